"""Opening hours as a week that people fill in, and OpenStreetMap's text for it. Pure: reads and writes nothing.

The text is the truth (`Store.opening_hours`); the week is how most of it can be typed: two windows a day, and whether public
holidays are closed. What is said otherwise (seasons, sunrise, every second Sunday) stays text: `week_of` answers None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import time

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MOST_WINDOWS = 2  # a day, in the form
_TIME = r"([01]\d|2[0-4]):[0-5]\d"
_WINDOWS = re.compile(rf"{_TIME}-{_TIME}(,{_TIME}-{_TIME})*")
_RULE = re.compile(r"(?P<days>[A-Z][a-z](?:[-,][A-Z][a-z])*)\s+(?P<when>\S+)")

Window = tuple[time, time]


@dataclass(frozen=True)
class Week:
    """When a place is open: seven days from Monday, each with its windows in order (to ≤ from: it closes after midnight).

    holidays: True when public holidays are closed; False when nothing special is said of them.
    """

    days: tuple[tuple[Window, ...], ...] = field(default_factory=lambda: ((),) * 7)
    holidays: bool = False


def week_of(text: str) -> Week | None:
    """Return opening hours as a week; None when there are none, or when a week with two windows a day cannot say them."""
    days: list[tuple[Window, ...]] = [()] * 7
    closed_on_holidays = False
    rules = [rule.strip() for rule in text.split(";") if rule.strip()]
    for rule in rules:
        if re.fullmatch(r"PH\s+(off|closed)", rule):
            closed_on_holidays = True
            continue
        found = _RULE.fullmatch(rule)
        numbers = _days_of(found["days"]) if found else None
        windows = _windows_of(found["when"]) if found else None
        if numbers is None or windows is None:
            return None
        for number in numbers:
            days[number] = windows  # a later rule wins, as in OpenStreetMap
    return Week(tuple(days), closed_on_holidays) if any(days) else None


def _days_of(text: str) -> list[int] | None:
    numbers: list[int] = []
    for part in text.split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            return None
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        numbers += range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    return numbers


def _windows_of(text: str) -> tuple[Window, ...] | None:
    if text in ("off", "closed"):
        return ()
    if not _WINDOWS.fullmatch(text):
        return None
    windows = []
    for part in text.split(","):
        start, end = part.split("-")
        if start >= "24:00" or end > "24:00":
            return None
        windows.append((time.fromisoformat(start), time(0) if end == "24:00" else time.fromisoformat(end)))
    return tuple(windows) if len(windows) <= MOST_WINDOWS else None


def text_of(week: Week) -> str:
    """Return a week in OpenStreetMap's syntax, days that are alike together; an empty text when no day is open."""
    groups: dict[tuple[Window, ...], list[int]] = {}
    for number, windows in enumerate(week.days):
        if windows:
            groups.setdefault(windows, []).append(number)
    rules = [f"{_named(numbers)} {_written(windows)}" for windows, numbers in groups.items()]
    return "; ".join(rules + (["PH off"] if week.holidays and rules else []))


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _named(numbers: list[int]) -> str:
    return ",".join(DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}" for first, last in _runs(numbers))


def _written(windows: tuple[Window, ...]) -> str:
    return ",".join(f"{start:%H:%M}-{'24:00' if end == time(0) else f'{end:%H:%M}'}" for start, end in windows)


def in_words(text: str) -> list[str]:
    """Return opening hours as lines for people, in the current language: “Monday – Friday: 09:00–12:30, 14:00–19:00”.

    What a week cannot say is given as it is written.
    """
    week = week_of(text)
    if week is None:
        return [text] if text else []
    lines = []
    for first, last in _runs_alike(week.days):
        name = str(WEEKDAYS[first]) if first == last else f"{WEEKDAYS[first]} – {WEEKDAYS[last]}"
        windows = ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in week.days[first])
        lines.append(_("%(days)s: %(hours)s") % {"days": name, "hours": windows or pgettext("opening hours", "closed")})
    return lines + ([_("public holidays: closed")] if week.holidays else [])


def _runs_alike(days: tuple[tuple[Window, ...], ...]) -> list[tuple[int, int]]:
    runs = [(0, 0)]
    for number in range(1, 7):
        if days[number] == days[number - 1]:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
