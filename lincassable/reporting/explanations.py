"""Why what was seen may differ from what was expected: rules over plain facts, each a sentence and a place to go.

Pure: no database here (`reporting.discrepancies` gathers the facts). A stop takes full containers and leaves empty ones,
so it changes the total of its place by what it left less what it took.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

# Digits that hands and eyes take for one another.
ALIKE = [{"1", "7"}, {"3", "8"}, {"5", "6"}, {"0", "6"}, {"4", "9"}, {"3", "5"}, {"1", "4"}]
MOST = 3  # explanations shown for one difference
NEIGHBOUR_KM = 3.0


@dataclass(frozen=True)
class Visit:
    """One kind of container at one stop: what was planned and, once it was made, what was recorded.

    `state` is a StopState; `loaded_full` and `left_empty` are None as long as nothing was recorded. `where` is the latitude
    and longitude of its place, `km` how far that is from the place of the difference (None: nobody knows).
    """

    stop_id: int
    stop_uuid: object
    tour_id: int
    store_id: int
    store: str
    container_type_id: int
    day: dt.date
    state: str
    planned_full: int
    planned_empty: int
    loaded_full: int | None
    left_empty: int | None
    where: tuple[Decimal | None, Decimal | None] = (None, None)
    km: float | None = None

    @property
    def change(self) -> int:
        """What it was recorded to change at its place."""
        return (self.left_empty or 0) - (self.loaded_full or 0)

    @property
    def planned_change(self) -> int:
        """What it was planned to change there."""
        return self.planned_empty - self.planned_full

    @property
    def when(self) -> str:
        """The day, in words."""
        return date_format(self.day, "j F")


@dataclass(frozen=True)
class Odd:
    """A difference to explain: `seen` containers of a kind instead of `expected` at a place."""

    store_id: int
    container_type_id: int
    seen: int
    expected: int
    is_first: bool = False

    @property
    def difference(self) -> int:
        """How many more (or fewer) than expected."""
        return self.seen - self.expected


@dataclass(frozen=True)
class Explanation:
    """One likely reason. weight: the larger, the likelier; visit: the stop that it is about, which may be put right."""

    kind: str
    sentence: str
    weight: int
    visit: Visit | None = None


def is_mirror(first: int, second: int) -> bool:
    """Whether two numbers of two digits or more are the same digits in the other order."""
    return first != second and min(first, second) > 9 and str(first)[::-1] == str(second)


def looks_like(first: int, second: int) -> bool:
    """Whether two numbers differ by one digit that is easily taken for the other (13 and 18), or by one digit too many (1 and 11)."""
    a, b = sorted((str(first), str(second)), key=len)
    if first < 0 or second < 0 or a == b:
        return False
    if len(a) == len(b):
        wrong = [{x, y} for x, y in zip(a, b, strict=True) if x != y]
        return len(wrong) == 1 and (wrong[0] in ALIKE)
    return len(b) == len(a) + 1 and any(b[:place] + b[place + 1 :] == a for place in range(len(b)))


def explain(odd: Odd, visits: Sequence[Visit], neighbours: Sequence[Visit]) -> list[Explanation]:
    """Return what may explain a difference, the likeliest first, at most `MOST`.

    Arguments: `visits` of this container at the place, since it was last counted; `neighbours`, those at other places on
    the same days.
    """
    found = [*_not_recorded(odd, visits), *_mistyped(odd, visits), *_nothing_left(odd, visits), *_next_door(odd, neighbours)]
    found += _read_wrongly(odd)
    return sorted(found, key=lambda one: -one.weight)[:MOST] or [_unexplained(odd)]


def _not_recorded(odd: Odd, visits: Iterable[Visit]) -> Iterable[Explanation]:
    """A stop that was planned, and of which nothing was recorded, or that was recorded as missed."""
    for visit in visits:
        if visit.loaded_full is not None and visit.state != "missed":
            continue
        fits = visit.planned_change == odd.difference
        if not visit.planned_full and not visit.planned_empty:
            continue
        facts = {"when": visit.when, "full": visit.planned_full, "empty": visit.planned_empty}
        if visit.state == "missed":
            if fits:
                missed = _(
                    "The stop of %(when)s was recorded as missed, but %(full)s full taken and %(empty)s empty left would explain it."
                )
                yield Explanation("missed", missed % facts, 75, visit)
            continue
        sentence = _("The stop of %(when)s was planned (%(full)s full to take, %(empty)s empty to leave), but nothing was recorded.")
        yield Explanation("not_recorded", sentence % facts, 95 if fits else 60, visit)


def _mistyped(odd: Odd, visits: Iterable[Visit]) -> Iterable[Explanation]:
    """A figure recorded at a stop that, put right, explains the difference exactly: mirrored, alike, or as planned."""
    for visit in visits:
        if visit.loaded_full is None or visit.left_empty is None or visit.state == "missed":
            continue
        figures = [
            (visit.loaded_full, visit.loaded_full - odd.difference, visit.planned_full, _("full taken")),
            (visit.left_empty, visit.left_empty + odd.difference, visit.planned_empty, _("empty left")),
        ]
        for was, right, planned, what in figures:
            facts = {"when": visit.when, "was": was, "right": right, "what": what}
            if right < 0 or right == was:
                continue
            if is_mirror(was, right):
                yield Explanation(
                    "mirrored",
                    _("At the stop of %(when)s, %(was)s %(what)s may be %(right)s: mirrored digits.") % facts,
                    93 if right == planned else 90,
                    visit,
                )
            elif was and right and right == planned:
                yield Explanation(
                    "planned", _("At the stop of %(when)s, %(was)s %(what)s may be %(right)s, as planned.") % facts, 85, visit
                )
            elif was and right and looks_like(was, right):
                yield Explanation(
                    "mistyped", _("At the stop of %(when)s, %(was)s %(what)s may be %(right)s: a slip of the finger.") % facts, 70, visit
                )


def _nothing_left(odd: Odd, visits: Iterable[Visit]) -> Iterable[Explanation]:
    """Full ones were taken and no empty ones recorded as left, though more are there than expected."""
    for visit in visits:
        if odd.difference <= 0 or not visit.loaded_full or visit.left_empty:
            continue
        if odd.difference in (visit.planned_empty, visit.loaded_full):
            sentence = _(
                "At the stop of %(when)s, %(loaded)s full were taken and no empty one was recorded as left: %(left)s may be missing."
            )
            facts = {"when": visit.when, "loaded": visit.loaded_full, "left": odd.difference}
            yield Explanation("missing_delivery", sentence % facts, 88, visit)


def _next_door(odd: Odd, neighbours: Iterable[Visit]) -> Iterable[Explanation]:
    """A stop recorded at another place on the same round whose change is just what is missing here."""
    for visit in neighbours:
        if visit.loaded_full is None or visit.store_id == odd.store_id or visit.change != odd.difference:
            continue
        facts = {"when": visit.when, "place": visit.store, "full": visit.loaded_full, "empty": visit.left_empty}
        sentence = _("On %(when)s, %(full)s full taken and %(empty)s empty left were recorded at %(place)s: perhaps it was here.")
        yield Explanation("neighbour", sentence % facts, 80 if visit.km is not None and visit.km <= NEIGHBOUR_KM else 55, visit)


def _read_wrongly(odd: Odd) -> Iterable[Explanation]:
    """The total itself may have been typed wrongly."""
    facts = {"seen": odd.seen, "expected": odd.expected}
    if is_mirror(odd.seen, odd.expected):
        yield Explanation("total_mirrored", _("%(seen)s may be %(expected)s: mirrored digits.") % facts, 92)
    elif looks_like(odd.seen, odd.expected) and odd.seen and odd.expected > 0:
        yield Explanation("total_mistyped", _("%(seen)s may be %(expected)s: a slip of the finger.") % facts, 50)


def _unexplained(odd: Odd) -> Explanation:
    """Nothing found in the data."""
    if odd.is_first:
        return Explanation("first", _("Nothing was ever counted here: accept it as a first count."), 0)
    if odd.difference < 0:
        return Explanation("lost", _("Nothing in the data explains it: perhaps lost, broken, or taken by a stop that nobody recorded."), 0)
    return Explanation("brought", _("Nothing in the data explains it: perhaps brought from elsewhere without being recorded."), 0)
