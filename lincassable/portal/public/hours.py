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
from stores.models import Closure, Store

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
    ends = [(formats.time_format(opens, "H:i"), _("midnight") if closes in (_LAST_MINUTE, time.min) else formats.time_format(closes, "H:i"))
            for opens, closes in windows]  # fmt: skip
    return ", ".join(f"{opens} – {closes}" for opens, closes in ends)


@dataclass(frozen=True)
class Opening:
    """One day of a place. windows: local times, empty when closed; one that ends before it begins goes on after midnight."""

    day: date
    windows: list[tuple[time, time]]
    is_exceptional: bool  # closed by an announced closure


def openings(place: Place, first: date, days: int = DAYS) -> list[Opening]:
    """Return the coming days of a place from `first` on: when its hours are not known, only those of an announced closure. One query.

    A night is told once, with the day on which it begins: "Friday 20:00 – 02:00", and nothing of it on Saturday.
    """
    after = first + timedelta(days=days)
    closed = _closed_days(place, first, after)
    known = {day: _windows(place, day) for day in (first + timedelta(days=number) for number in range(-1, days + 1))}
    if known[first] is None:
        return [Opening(day, [], True) for day in known if first <= day < after and day in closed]
    told = []
    for day in (first + timedelta(days=number) for number in range(days)):
        before, now, then = ([] if d in closed else known[d] or [] for d in (day - timedelta(days=1), day, day + timedelta(days=1)))
        told.append(Opening(day, _nights(before, now, then), day in closed))
    return told


def _nights(before: list[tuple[time, time]], now: list[tuple[time, time]], then: list[tuple[time, time]]) -> list[tuple[time, time]]:
    """Return the windows of a day with its night in one piece, and without the end of the night before."""
    windows = now[1:] if now and before and _is_one_night(before[-1], now[0]) else now
    if windows and then and _is_one_night(windows[-1], then[0]):
        windows = [*windows[:-1], (windows[-1][0], then[0][1])]
    return windows


def _is_one_night(evening: tuple[time, time], morning: tuple[time, time]) -> bool:
    """Return whether the two go on without a break, for less than a day."""
    return evening[1] >= _LAST_MINUTE and morning[0] == time.min and morning[1] <= evening[0]


def _closed_days(place: Place, first: date, last: date) -> set[date]:
    """Return the days from `first` to `last` that an announced closure covers."""
    found = Closure.objects.filter(store_id=place.pk, first_day__lte=last, last_day__gte=first).values_list("first_day", "last_day")
    days = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return {day for begins, ends in found for day in days if begins <= day <= ends}


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
    told = openings(place, today)
    if len(told) < DAYS:
        return []
    days = []
    for opening in told:
        note = _("closed exceptionally") if opening.is_exceptional else (public_holiday(opening.day) or "")
        days.append(Day(opening.day, windows_in_words(opening.windows), not opening.windows, note, opening.day == today))
    return days
