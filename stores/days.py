"""Which days are worked: public holidays, closures of places, opening hours of a day. Nothing here writes."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import holidays
from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import get_language
from opening_hours import OpeningHours, ParserError, State, UnknownCountryError  # type: ignore[attr-defined]  # its stubs forget two

from stores.models import Closure, Store

_LANGUAGES = {"fr": "fr", "en": "en_US"}  # ours → those of the library of holidays
_CLOSED_ON_HOLIDAYS = re.compile(r"\bPH\b[^;]*\b(off|closed)\b")
_LAST_MINUTE = time(23, 59)


@lru_cache(maxsize=64)
def _holidays(country: str, subdivision: str, language: str, year: int) -> dict[date, str]:
    """Return the public holidays of a year with their names."""
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year, language=language))


def public_holiday(day: date) -> str | None:
    """Return the name of the public holiday that `day` is, in the current language; None for any other day.

    The country and its subdivision (Alsace-Moselle: "57") are settings: HOLIDAY_COUNTRY, HOLIDAY_SUBDIVISION.
    """
    language = _LANGUAGES.get((get_language() or settings.LANGUAGE_CODE)[:2], "fr")
    return _holidays(settings.HOLIDAY_COUNTRY, settings.HOLIDAY_SUBDIVISION, language, day.year).get(day)


def is_working_day(day: date) -> bool:
    """Return whether `day` is one from Monday to Friday and no public holiday."""
    return day.weekday() < 5 and public_holiday(day) is None


def with_closures(first: date, last: date) -> Prefetch:
    """Return what to `prefetch_related` on stores so that `closure_on` asks nothing more for the days from `first` to `last`."""
    return Prefetch("closures", Closure.objects.filter(first_day__lte=last, last_day__gte=first).order_by("first_day", "pk"))


def closure_on(store: Store, day: date) -> Closure | None:
    """Return the closure of `store` that covers `day`, the earliest when several do; None when nothing is announced.

    One query, or none when the store's closures were prefetched (`with_closures`).
    """
    if "closures" in getattr(store, "_prefetched_objects_cache", {}):
        known = sorted(store.closures.all(), key=lambda closure: (closure.first_day, closure.pk))
        return next((closure for closure in known if closure.first_day <= day <= closure.last_day), None)
    return store.closures.filter(first_day__lte=day, last_day__gte=day).order_by("first_day", "pk").first()


def closures_on(store_ids: Collection[int], day: date) -> dict[int, Closure]:
    """Return the closures that cover `day`, by store id: `closure_on` for many places, in one query."""
    found = Closure.objects.filter(store_id__in=store_ids, first_day__lte=day, last_day__gte=day).order_by("-first_day", "-pk")
    return {closure.store_id: closure for closure in found}


@lru_cache(maxsize=4096)
def _parsed(text: str, country: str) -> OpeningHours | None:
    """Return opening hours ready to be asked; None when they cannot be read."""
    try:
        return OpeningHours(text, country=country)
    except (ParserError, UnknownCountryError):
        return None


def open_windows(store: Store, day: date) -> list[tuple[time, time]] | None:
    """Return when `store` is open on `day` by its opening hours, as local times in order; closures are separate.

    [] says that it is closed that day (public holidays included, when the hours speak of them), None that nobody knows.
    A window that goes on after midnight ends at 23:59.
    """
    hours = _parsed(store.opening_hours, settings.HOLIDAY_COUNTRY) if store.opening_hours else None
    if hours is None:
        return None
    # The library knows the country's holidays, not those of a subdivision.
    if _CLOSED_ON_HOLIDAYS.search(store.opening_hours) and public_holiday(day):
        return []
    start = datetime.combine(day, time.min)
    end = start + timedelta(days=1)
    return [
        (max(opens, start).time(), closes.time() if closes < end else _LAST_MINUTE)
        for opens, closes, state, _comment in hours.intervals(start, end)
        if state == State.OPEN
    ]
