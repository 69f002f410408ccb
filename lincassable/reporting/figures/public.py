"""The headline figures that anybody may see: sums of the whole network, nothing of a place or a person.

They are read once an hour at most (PUBLIC_FIGURES_MINUTES), whoever looks and however often; a cache that is down costs time, nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from lincassable.accounts.decorators import public
from lincassable.reporting.figures import words
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import Preset
from lincassable.reporting.figures.periods import period_of
from lincassable.reporting.figures.registry import FIGURES, Reading
from lincassable.reporting.figures.report import Report, report
from lincassable.web_addresses import web_address
from stores.models import Store

logger = logging.getLogger(__name__)
SHOWN = ("bottles", "return_rate", "delivered", "spared", "trainings", "met")
KEPT_BY_BROWSERS = 300  # seconds


@dataclass(frozen=True)
class Headlines:
    """What is kept: plain numbers of no language.

    Arguments: at, when they were read; ever, bottles since the beginning; places, that take part; figures, of the last 12 months by code;
    growth, of the bottles in %, None when a year before is not known;
    months, (first day, bottles), oldest first; studies, behind the CO₂e, by language.
    """

    at: datetime
    ever: int
    places: int
    figures: dict[str, Reading | None]
    growth: int | None
    months: Sequence[tuple[date, int]]
    studies: dict[str, str]


# What another version of the software kept is not asked for.
KEY = "-".join(["figures-public", *(field.name for field in fields(Headlines))])


@dataclass(frozen=True)
class Line:
    """A figure in words: title, value with its unit, what it counts; study, "" when it is counted only."""

    code: str
    title: str
    value: str
    counts: str
    study: str


def read(now: datetime | None = None) -> Headlines:
    """Return the figures as they stand; some twenty queries, whatever the size of the network."""
    asked = Asked(period_of(Preset.TWELVE_MONTHS, now))
    answer = report(asked, codes=SHOWN)
    told = {code: answer.figure(code) for code in SHOWN}
    change = told["bottles"].change
    months = [(day, int(value.value) if (value := answer.bucket("bottles", day).now) else 0) for day in answer.buckets[-12:]]
    return Headlines(
        asked.period.now,
        answer.ever or 0,
        Store.objects.active().collected().count(),
        {code: compared.now for code, compared in told.items()},
        None if change is None else round(change),
        months,
        {language: _study(answer, language) for language, _name in settings.LANGUAGES},
    )


def _study(answer: Report, language: str) -> str:
    with translation.override(language):
        return words.study(answer, "spared")


def headlines() -> Headlines:
    """Return the figures, as they were read at most PUBLIC_FIGURES_MINUTES ago."""
    try:
        kept = cache.get(KEY)
    except Exception:  # whatever the cache is, the page does without it
        logger.warning("the cache did not answer")
        kept = None
    if isinstance(kept, Headlines):
        return kept
    found = read()
    try:
        cache.set(KEY, found, settings.PUBLIC_FIGURES_MINUTES * 60)
    except Exception:
        logger.warning("the cache did not take the figures")
    return found


@public
@require_safe
@gzip_page
def page(request: HttpRequest) -> HttpResponse:
    """The network in a few numbers, and how they are counted. Needs no script."""
    found = headlines()
    most = max([1, *(bottles for _day, bottles in found.months)])
    context: dict[str, Any] = {
        "at": timezone.localtime(found.at),
        "ever": words.number(found.ever),
        "places": words.number(found.places),
        "growth": found.growth if found.growth and found.growth > 0 else None,
        "lines": [line for line in (_line(code, found) for code in SHOWN) if line],
        "months": [
            (date_format(day, "F Y"), words.number(bottles), round(100 * max(0, bottles) / most, 1)) for day, bottles in found.months
        ],
        "canonical": web_address("reporting:public_figures"),
    }
    response = render(request, "reporting/figures/public.html", context)
    patch_cache_control(response, private=True, max_age=KEPT_BY_BROWSERS)  # private: the form that changes the language is one's own
    return response


def _line(code: str, found: Headlines) -> Line | None:
    """Return a figure in words; None when there is nothing to tell."""
    figure, reading = FIGURES[code], found.figures.get(code)
    if reading is None or not reading.value:
        return None
    study = found.studies.get(get_language() or "", "") if code == "spared" else ""
    return Line(code, str(figure.title), words.with_unit(figure, reading), str(figure.counts), study)
