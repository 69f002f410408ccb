"""The report on one A4 page, for a funder: figures with the year before, bottles by month, a table, and where the figures come from.

Lengths are millimetres, font sizes points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lincassable.paper import INK, SOFT, Lettering
from lincassable.reporting.figures import words
from lincassable.reporting.figures.cards import columns
from lincassable.reporting.figures.forms import names_of
from lincassable.reporting.figures.registry import FIGURES, Figure, may_see
from lincassable.reporting.figures.report import Compared, Report

MARGIN, WIDTH, GAP = 15.0, 210.0 - 2 * 15.0, 4.0
GREEN, GREY, LINE = (33, 103, 65), (170, 176, 184), (205, 205, 205)
# What a funder asks first, three a row.
SHOWN = (
    "bottles",
    "return_rate",
    "problem_rate",
    "delivered",
    "spared",
    "emitted",
    "km",
    "trainings",
    "trained",
    "events",
    "met",
    "planned",
)
MOST_COLUMNS, MOST_LINES, MOST_MONTHS = 5, 8, 24
MOST_LINES_BESIDE = 3


def sheet(report: Report, user: Any, *, names: Sequence[str], language: str) -> bytes:
    """Return the page. Arguments: names, of the part of the network, in words; user, what they may not see is left out."""
    with translation.override(language):
        title = _("%(network)s: figures") % {"network": settings.SITE_NAME}
        page = Lettering(title=title, language=language)
        page.set_margin(0)
        page.add_page()
        y = _head(page, report, names)
        y = _boxes(page, report, [FIGURES[code] for code in SHOWN if may_see(FIGURES[code], user)], y)
        y = _columns(page, report, y + 3)
        y = _table(page, report, columns(report.asked.by, user)[:MOST_COLUMNS], y + 3)
        _sources(page, report, user, y + 3)
        _foot(page)
        return bytes(page.output())


def _head(page: Lettering, report: Report, names: Sequence[str]) -> float:
    page.image(finders.find("app/logo.svg"), MARGIN, 12, w=13)
    page.write_at(MARGIN + 17, 12, WIDTH - 17, settings.SITE_NAME, size=18, bold=True, height=8)
    period = report.asked.period
    page.write_at(MARGIN + 17, 20, WIDTH - 17, " · ".join([period.sentence[:1].upper() + period.sentence[1:], *names]), size=11, height=6)
    before = period.year_before
    if before is None:
        return 30.0
    told = (
        _("Compared with %(days)s.")
        if period.is_over
        else _("Compared with the same part of the year before: %(days)s, up to the same hour.")
    )
    return page.paragraph(MARGIN, 28, WIDTH, told % {"days": before.sentence}, size=9, colour=SOFT) + 2


def _boxes(page: Lettering, report: Report, figures: Sequence[Figure], y: float) -> float:
    """Draw a box per figure that can be told, three in a row; return where the next thing may begin."""
    width, height = (WIDTH - 2 * GAP) / 3, 21.0
    told = [compared for compared in (report.figure(figure.code) for figure in figures) if compared.now is not None]
    for number, compared in enumerate(told):
        x, top = MARGIN + number % 3 * (width + GAP), y + number // 3 * (height + 2)
        page.set_draw_color(*LINE)
        page.rect(x, top, width, height)
        page.write_at(x + 2, top + 1, width - 4, str(compared.figure.title), size=9, height=5, colour=SOFT)
        page.write_at(x + 2, top + 6, width - 4, words.with_unit(compared.figure, compared.now), size=14, bold=True, height=7)
        for line, text in enumerate(_beside(compared)):
            page.write_at(x + 2, top + 13 + 4 * line, width - 4, text, size=7.5, height=4, colour=SOFT)
    return y + -(-len(told) // 3) * (height + 2)


def _beside(compared: Compared) -> list[str]:
    """Return the year before with the change, and what one has to know: two lines at most."""
    earlier = _("a year before: %(value)s") % {"value": words.with_unit(compared.figure, compared.before)} if compared.before else ""
    change, is_change = words.change(compared), compared.change is not None
    lines = [" · ".join(filter(None, [earlier, change if is_change else ""])), "" if is_change else change, compared.note]
    told = [line for line in lines if line]
    return told if len(told) < MOST_LINES_BESIDE else [told[0], " · ".join(told[1:])]


def _columns(page: Lettering, report: Report, y: float) -> float:
    """Draw the bottles of each month beside those of the year before, each with its number."""
    days = [day for day in report.buckets if day <= report.asked.period.last_known][-MOST_MONTHS:]
    told = [report.bucket("bottles", day) for day in days] if "collected" in report.now else []
    if not told:
        return y
    title = _("Bottles collected by month") if report.asked.period.bucket == "month" else _("Bottles collected by year")
    page.write_at(MARGIN, y, WIDTH, title, size=10, bold=True, height=5)
    height, ground = 30.0, y + 40.0
    most = max([1.0, *(float(each.value) for one in told for each in (one.now, one.before) if each)])
    step = WIDTH / len(told)
    for number, one in enumerate(told):
        x = MARGIN + number * step
        for reading, left, colour in ((one.before, 0.1, GREY), (one.now, 0.45, GREEN)):
            tall = max(0.0, float(reading.value)) / most * height if reading else 0.0
            page.set_fill_color(*colour)
            if tall:
                page.rect(x + step * left, ground - tall, step * 0.4 if colour == GREEN else step * 0.33, tall, style="F")
        value = words.number(one.now.value) if one.now else ""
        page.write_at(
            x, ground - max(0.0, float(one.now.value) if one.now else 0) / most * height - 4, step, value, size=6.5, height=4, align="C"
        )
        label = date_format(days[number], "m/y") if report.asked.period.bucket == "month" else str(days[number].year)
        page.write_at(x, ground + 0.5, step, label, size=6.5, height=4, align="C", colour=SOFT)
    page.set_draw_color(*SOFT)
    page.line(MARGIN, ground, MARGIN + WIDTH, ground)
    if report.before:
        page.write_at(MARGIN, ground + 4.5, WIDTH, _("green: the period; grey: a year before"), size=7, height=4, colour=SOFT)
    return ground + 9


def _table(page: Lettering, report: Report, figures: Sequence[Figure], y: float) -> float:
    """Write the lines with most bottles; how many more there are is said."""
    by, keys = report.asked.by, report.members
    if by is None or not keys or not figures:
        return y
    shown, names = keys[:MOST_LINES], names_of(by, keys[:MOST_LINES])
    first, rest = WIDTH * 0.32, WIDTH * 0.68 / len(figures)
    y += 3
    page.write_at(MARGIN, y, first, str(by.label).capitalize(), size=8, bold=True, height=5)
    for number, figure in enumerate(figures):
        page.write_at(MARGIN + first + number * rest, y - 3, rest - 1, str(figure.title), size=8, bold=True, height=5, align="R")
        page.write_at(MARGIN + first + number * rest, y + 0.5, rest - 1, str(figure.unit.label), size=6.5, height=4, align="R", colour=SOFT)
    page.set_draw_color(*LINE)
    for key in shown:
        y += 5
        page.line(MARGIN, y, MARGIN + WIDTH, y)
        page.write_at(MARGIN, y, first - 1, names.get(key, "?"), size=8, height=5)
        for number, figure in enumerate(figures):
            value = words.told(figure, report.member(figure.code, key).now, in_tonnes=False)
            page.write_at(MARGIN + first + number * rest, y, rest - 1, value, size=8, height=5, align="R")
    if len(keys) > len(shown):
        page.write_at(MARGIN, y + 5, WIDTH, _("and %(number)s more") % {"number": len(keys) - len(shown)}, size=8, height=5, colour=SOFT)
        y += 5
    return y + 5


def _sources(page: Lettering, report: Report, user: Any, y: float) -> float:
    """Say what the figures count, and after which study."""
    page.write_at(MARGIN, y, WIDTH, _("What is counted"), size=8, bold=True, height=4.5)
    lines = [
        _("%(what)s: %(told)s") % {"what": FIGURES[code].title, "told": FIGURES[code].counts}
        for code in ("bottles", "return_rate", "problem_rate", "spared", "emitted")
        if may_see(FIGURES[code], user)
    ]
    lines += [words.study(report, code) for code in ("spared", "emitted") if may_see(FIGURES[code], user)]
    y += 4.5
    for line in lines:
        if y + page.height_of(line, WIDTH, 6) > 286:
            break
        y = page.paragraph(MARGIN, y, WIDTH, line, size=6, colour=SOFT)
    return y


def _foot(page: Lettering) -> None:
    made = _("%(organisation)s · made on %(day)s · %(address)s") % {
        "organisation": settings.ORGANISATION_NAME,
        "day": date_format(timezone.localtime(), "j F Y"),
        "address": settings.SITE_URL,
    }
    page.set_draw_color(*GREEN)
    page.line(MARGIN, 287, MARGIN + WIDTH, 287)
    page.write_at(MARGIN, 288, WIDTH, made, size=7.5, height=4, colour=INK)
