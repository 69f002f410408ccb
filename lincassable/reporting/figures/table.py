"""The table of figures as a file: the whole first, then a line per zone, carrier, producer or place; numbers stay numbers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lincassable.reporting.figures import words
from lincassable.reporting.figures.forms import names_of
from lincassable.reporting.figures.registry import COLUMNS, FIGURES, Figure, Reading, may_see
from lincassable.reporting.figures.report import Compared, Report


def table(report: Report, user: Any) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and the rows: for each figure its value (both ends of a range) and that of the year before."""
    figures = [figure for figure in FIGURES.values() if may_see(figure, user)]
    by = report.asked.by
    headers = [str(by.label) if by else "", _("from"), _("to")]
    for figure in figures:
        name = f"{figure.title} ({figure.unit.label})" if figure.unit.label else str(figure.title)
        ends = [_("%(figure)s, low") % {"figure": name}, _("%(figure)s, high") % {"figure": name}] if _is_range(figure) else [name]
        headers += ends
        if figure.is_compared:
            headers += [_("%(figure)s, year before") % {"figure": end} for end in ends]
    return headers, _rows(report, figures)


def _is_range(figure: Figure) -> bool:
    return figure.code in ("emitted", "spared")


def _rows(report: Report, figures: list[Figure]) -> Iterator[list[Any]]:
    days = [report.asked.period.first, report.asked.period.last_known]
    yield [_("in all"), *days, *_cells([report.figure(figure.code) for figure in figures])]
    if report.asked.by:
        keys = report.keys([*COLUMNS[report.asked.by], *(figure.code for figure in figures)])
        names = names_of(report.asked.by, keys)
        for key in keys:
            yield [names.get(key, "?"), *days, *_cells([report.member(figure.code, key) for figure in figures])]


def _cells(told: list[Compared]) -> list[Any]:
    cells: list[Any] = []
    for compared in told:
        cells += _values(compared.figure, compared.now)
        if compared.figure.is_compared:
            cells += _values(compared.figure, compared.before)
    return cells


def _values(figure: Figure, reading: Reading | None) -> list[Any]:
    if reading is None:
        return [None, None] if _is_range(figure) else [None]
    if _is_range(figure):
        return [_rounded(reading.low, 1), _rounded(reading.high, 1)]
    return [_rounded(reading.value, figure.decimals)]


def _rounded(value: Decimal | None, decimals: int) -> int | Decimal | None:
    if value is None:
        return None
    return words.rounded(value, decimals) if decimals else int(words.rounded(value, 0))
