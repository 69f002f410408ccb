"""A report as it is shown: cards, months with their bars, a table; every number with the address of the rows behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crates.models.deposits import next_month
from lincassable.reporting.figures import words
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import MEMBERS_SHOWN, Dimension, Preset
from lincassable.reporting.figures.forms import names_of
from lincassable.reporting.figures.periods import Period
from lincassable.reporting.figures.registry import COLUMNS, FIGURES, Figure, Reading, may_see
from lincassable.reporting.figures.report import Compared, Report


@dataclass(frozen=True)
class Number:
    """A number on a page.

    Arguments: text, its unit, url of its rows ("" where there is none); before, with its unit, before_text, without it, and the url of its
    rows; change, in words, or why there is none (is_change False).
    """

    text: str
    unit: str
    url: str
    before: str
    before_text: str
    before_url: str
    change: str
    is_change: bool


NOTHING = Number("", "", "", "", "", "", "", False)  # of a month to come


@dataclass(frozen=True)
class Card:
    """A figure of the whole: its number, and what it counts."""

    figure: Figure
    number: Number
    note: str
    study: str


@dataclass(frozen=True)
class Line:
    """A line of the table: its name, its own page of figures, and a number per column."""

    key: int
    name: str
    url: str
    numbers: Sequence[Number]


@dataclass(frozen=True)
class Month:
    """A month (or year): bottles collected and a year before, planned ones; the widths of their bars in % of the largest."""

    day: date
    name: str
    number: Number
    planned: str
    planned_url: str
    width: float
    before_width: float
    planned_width: float


def rows_url(figure: Figure, asked: Asked) -> str:
    """Return the address of the rows behind a figure."""
    return f"{reverse('figures:rows', args=[figure.code])}?{urlencode(asked.query())}"


def number_of(compared: Compared, asked: Asked, *, in_tonnes: bool = True) -> Number:
    """Return a figure as it is shown, with the addresses of its rows. Arguments: in_tonnes, as in `words.told`."""
    figure, now, before = compared.figure, compared.now, compared.before
    earlier = asked.before if before is not None else None
    return Number(
        words.told(figure, now, in_tonnes=in_tonnes),
        (words.unit(figure, now) if in_tonnes else str(figure.unit.label)) if now else "",
        rows_url(figure, asked) if now else "",
        words.with_unit(figure, before) if before else "",
        words.told(figure, before, in_tonnes=in_tonnes) if before else "",
        rows_url(figure, earlier) if earlier else "",
        words.change(compared),
        compared.change is not None,
    )


def cards(report: Report, user: Any) -> list[Card]:
    """Return the figures that can be told and that the user may see, in the registry's order."""
    found = []
    for code, figure in FIGURES.items():
        if not may_see(figure, user):
            continue
        compared = report.figure(code)
        note = compared.note or ("" if compared.now else _("not told for this part of the network, or nothing to tell"))
        found.append(Card(figure, number_of(compared, _plain(report.asked)), note, words.study(report, code)))
    return found


def _plain(asked: Asked) -> Asked:
    return replace(asked, by=None)


def columns(by: Dimension | None, user: Any) -> list[Figure]:
    """Return the figures of the table that a user may see."""
    return [FIGURES[code] for code in (COLUMNS[by] if by else ()) if may_see(FIGURES[code], user)]


def titles(report: Report, user: Any) -> list[tuple[Figure, str]]:
    """Return the columns of the table, each with why it is not compared with the year before ("" when it is)."""
    return [(figure, report.figure(figure.code).why_not) for figure in columns(report.asked.by, user)]


def lines(report: Report, user: Any, most: int | None = MEMBERS_SHOWN) -> list[Line]:
    """Return the lines of the table, most bottles first. Arguments: most, how many (None: all)."""
    by = report.asked.by
    if by is None:
        return []
    keys, asked = report.members[:most], _plain(report.asked)
    names, figures = names_of(by, keys), columns(by, user)
    found = []
    for key in keys:
        one = asked.only(**{str(by): key})
        url = f"{reverse('figures:page')}?{urlencode(one.query(by=_next(by)))}" if key else ""
        numbers = [number_of(report.member(figure.code, key), one, in_tonnes=False) for figure in figures]
        found.append(Line(key, names.get(key, "?"), url, numbers))
    return found


def _next(by: Dimension) -> str:
    """Return what the figures of one member are best told apart by."""
    return str(Dimension.ZONE if by != Dimension.ZONE else Dimension.STORE)


def slice_of(asked: Asked, day: date) -> Asked:
    """Return the question about one month (or year) of a period: its days that lie within it."""
    period = asked.period
    end = next_month(day) if period.bucket == "month" else day.replace(year=day.year + 1)
    last = min(end - timedelta(days=1), period.last)
    return replace(asked, period=Period(max(day, period.first), last, period.now, Preset.FREE), by=None)


def months(report: Report) -> list[Month]:
    """Return the months of the period with the bars of their bottles; none where bottles cannot be told."""
    if "collected" not in report.now:
        return []
    asked, planned = report.asked, report.now["planned"].buckets if "planned" in report.now else {}
    every = [(day, report.bucket("bottles", day), planned.get(day, {}).get("planned", 0)) for day in report.buckets]
    most = max(
        [
            Decimal(1),
            *(_value(each) for _day, told, _plan in every for each in (told.now, told.before)),
            *(Decimal(each[2]) for each in every),
        ]
    )
    found = []
    for day, told, plan in every:
        part = slice_of(asked, day)
        name = date_format(day, "F Y") if asked.period.bucket == "month" else str(day.year)
        shares = [_share(each, most) for each in (_value(told.now), _value(told.before), Decimal(plan))]
        plan_url = rows_url(FIGURES["planned"], part) if plan else ""
        number = number_of(told, part) if day <= asked.period.last_known else NOTHING
        found.append(Month(day, name, number, words.number(plan) if plan else "", plan_url, *shares))
    return found


def _value(reading: Reading | None) -> Decimal:
    return reading.value if reading else Decimal(0)


def _share(value: Decimal, most: Decimal) -> float:
    """Return the width of a bar in % of the largest."""
    return round(float(100 * max(Decimal(0), value) / most), 1)
