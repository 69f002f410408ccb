"""When a place is open, in words. Rests on stores.days: public holidays and closures count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from lincassable.portal.public.places import Place
from stores.days import closures_on, open_windows, public_holiday
from stores.models import Store

_LAST_MINUTE = time(23, 59)  # where stores.days cuts a window that goes on after midnight
DAYS = 7


@dataclass(frozen=True)
class Day:
    """One day of a place: `windows` in words, `note` why it is special (a public holiday, a closure), both may be empty."""

    day: date
    windows: str
    is_closed: bool
    note: str
    is_today: bool

    @property
    def name(self) -> str:
        """The day's name in the current language, with its date when it is special."""
        return formats.date_format(self.day, "l j F" if self.note else "l")


def _windows(place: Place, day: date) -> list[tuple[time, time]] | None:
    # `open_windows` reads the opening hours alone, which a Place has as well.
    return open_windows(cast(Store, place), day)


def windows_in_words(windows: list[tuple[time, time]]) -> str:
    """Return "9:00 – 12:30, 14:00 – 19:00" in the current language."""
    ends = [(formats.time_format(opens, "H:i"), _("midnight") if closes >= _LAST_MINUTE else formats.time_format(closes, "H:i"))
            for opens, closes in windows]  # fmt: skip
    return ", ".join(f"{opens} – {closes}" for opens, closes in ends)


def open_now(found: Iterable[Place], moment: datetime | None = None) -> dict[int, bool | None]:
    """Return by store id whether each place is open at `moment` (now): None where nobody knows. One query."""
    local = timezone.localtime(moment)
    day, clock = local.date(), local.time()
    chosen = list(found)
    closed = set(closures_on([place.pk for place in chosen], day)) if chosen else set()
    by_text: dict[str, bool | None] = {}
    answers: dict[int, bool | None] = {}
    for place in chosen:
        if place.opening_hours not in by_text:
            by_text[place.opening_hours] = _is_open(_windows(place, day), clock)
        answers[place.pk] = False if place.pk in closed else by_text[place.opening_hours]
    return answers


def _is_open(windows: list[tuple[time, time]] | None, clock: time) -> bool | None:
    if windows is None:
        return None
    return any(opens <= clock and (clock < closes or closes >= _LAST_MINUTE) for opens, closes in windows)


def week(place: Place, today: date | None = None) -> list[Day]:
    """Return the seven days from `today` on; an empty list when the hours are not known."""
    today = today or timezone.localdate()
    days = []
    for number in range(DAYS):
        day = today + timedelta(days=number)
        windows = _windows(place, day)
        closed = place.pk in closures_on([place.pk], day)
        if windows is None and not closed:
            return []
        note = _("closed exceptionally") if closed else (public_holiday(day) or "")
        open_then = [] if closed else windows or []
        days.append(Day(day, windows_in_words(open_then), not open_then, note, number == 0))
    return days
