"""The rows behind a number: a list whose sum is the number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.reporting.figures import words
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import ROWS_SHOWN, Clock, Dimension
from lincassable.reporting.figures.forms import names_of
from lincassable.reporting.figures.registry import Figure, Part
from lincassable.reporting.figures.sums import Row, knows, rows_of, sums_of

# How a measure is shown: its title, by what it is divided, its decimals.
MEASURES: dict[str, tuple[Promise | str, int, int]] = {
    "bottles": (gettext_lazy("bottles"), 1, 0),
    "glass_g": (gettext_lazy("kg of glass"), 1000, 1),
    "planned": (gettext_lazy("bottles planned"), 1, 0),
    "charged_n": (gettext_lazy("bottles charged"), 1, 0),
    "refunded_n": (gettext_lazy("bottles refunded"), 1, 0),
    "reports": (gettext_lazy("reports"), 1, 0),
    "tours": (gettext_lazy("tours"), 1, 0),
    "sum_distance_m": ("km", 1000, 1),
    "sum_co2_low_g": (gettext_lazy("kg CO₂e, low"), 1000, 1),
    "sum_co2_g": (gettext_lazy("kg CO₂e"), 1000, 1),
    "sum_co2_high_g": (gettext_lazy("kg CO₂e, high"), 1000, 1),
    "trainings": (gettext_lazy("trainings"), 1, 0),
    "trained": (gettext_lazy("people"), 1, 0),
    "events": (gettext_lazy("events"), 1, 0),
    "met": (gettext_lazy("people met"), 1, 0),
    "delivered": (gettext_lazy("bottles delivered"), 1, 0),
}


@dataclass(frozen=True)
class Total:
    """A part's sum: title and text, and the address of its rows."""

    title: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A row as it is shown. Arguments: url, of its page in the admin; names, of the dimensions that the source knows; numbers, as texts."""

    day: str
    url: str
    what: str
    names: Sequence[str]
    numbers: Sequence[str]


@dataclass(frozen=True)
class Drill:
    """A page of the rows behind a part of a figure.

    Arguments: dimensions, that the rows know, and their titles; totals, of all pages; rows, of this page; total, how many rows there are.
    """

    figure: Figure
    part: Part
    dimensions: Sequence[Dimension]
    titles: Sequence[str]
    totals: Sequence[Total]
    rows: Sequence[Shown]
    total: int
    page: int
    pages: int


def value(measure: str, amount: int) -> Decimal:
    """Return a measure in the unit that it is shown in."""
    return Decimal(amount) / MEASURES[measure][1]


def drill(figure: Figure, part: Part, asked: Asked, page: int) -> Drill | None:
    """Return a page of the rows, from 1; the last one for a page behind it. None when they cannot be told apart as asked."""
    source = part.origin
    if not knows(source, asked):
        return None
    whole = sums_of(source, asked).whole
    pages = max(1, -(-whole["rows"] // ROWS_SHOWN))
    page = min(page, pages)
    rows = rows_of(source, asked, page=page)
    names = {dimension: names_of(dimension, _keys(rows, dimension)) for dimension in source.knows}
    totals = [Total(str(MEASURES[name][0]), words.number(value(name, whole[name]), MEASURES[name][2])) for name in part.measures]
    titles = [str(dimension.label) for dimension in source.knows]
    shown = [_shown(part, row, names, is_month=source.clock == Clock.MONTH) for row in rows]
    return Drill(figure, part, source.knows, titles, totals, shown, whole["rows"], page, pages)


def _keys(rows: Sequence[Row], dimension: Dimension) -> list[int]:
    return [key for key in {_key(row, dimension) for row in rows} if key]


def _key(row: Row, dimension: Dimension) -> int:
    name = "place" if dimension == Dimension.STORE else str(dimension)
    return getattr(row, name) or 0


def _shown(part: Part, row: Row, names: dict[Dimension, dict[int, str]], *, is_month: bool) -> Shown:
    day = date_format(row.day, "F Y" if is_month else "SHORT_DATE_FORMAT")
    told = [names[dimension].get(_key(row, dimension), "") if _key(row, dimension) else "" for dimension in part.origin.knows]
    numbers = [words.number(value(name, row.measures[name]), MEASURES[name][2]) for name in part.measures]
    return Shown(day, reverse(part.origin.admin, args=[row.key]), row.what, told, numbers)


def table(part: Part, asked: Asked) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and all rows of a part, as a file."""
    source = part.origin
    headers = [_("day"), _("number of the row"), *(str(dimension.label) for dimension in source.knows), _("what")]
    return [*headers, *(str(MEASURES[name][0]) for name in part.measures)], _table_rows(part, asked)


def _table_rows(part: Part, asked: Asked) -> Iterator[list[Any]]:
    rows = rows_of(part.origin, asked, page=None)
    names = {dimension: names_of(dimension, _keys(rows, dimension)) for dimension in part.origin.knows}
    for row in rows:
        told = [names[dimension].get(_key(row, dimension)) if _key(row, dimension) else None for dimension in part.origin.knows]
        numbers = [row.measures[name] if MEASURES[name][1] == 1 else value(name, row.measures[name]) for name in part.measures]
        yield [row.day, row.key, *told, row.what, *numbers]
