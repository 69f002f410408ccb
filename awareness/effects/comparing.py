"""Which places a place is compared with: alike before, and without such a measure. Plain Python, without Django.

Measures are taken where problems are, and a place that had a bad quarter usually has a better one next, whatever is done (regression to the
mean: Barnett, van der Pols & Dobson 2005, International Journal of Epidemiology 34:215-220). So the comparable places are those that stood
where this one stood before: they swing back as well, and what is left over is closer to what the measure did. It is not proof: what
moved somebody to go to this place and not to those may itself matter (Daw & Hatfield 2018, Health Services Research 53:4138-4156).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import log2, sqrt

from awareness.effects.enums import Outcome

LARGEST_RATIO = 2.0  # of bottles before, between two places that are compared
FARTHEST = 2.0  # between two levels before, in the steps below
STEPS = {Outcome.REPORTS: 0.25, Outcome.RETURN_RATE: 0.05, Outcome.BOTTLES: 1.0}  # what one step of `level` is
OTHER_ZONE = 0.25  # how much farther another zone is
MOST_LOOKED_AT = 75  # on either side, by size


@dataclass(frozen=True)
class Standing:
    """Where a place stood before. Arguments: place, its id; zone; size, bottles collected before, above 0; levels, by outcome (None: not
    known, or not known after)."""

    place: int
    zone: int | None
    size: float
    levels: tuple[float | None, float | None, float | None]

    def level(self, outcome: Outcome) -> float | None:
        """Return the level of an outcome."""
        return self.levels[_ORDER[outcome]]


_ORDER = {Outcome.REPORTS: 0, Outcome.RETURN_RATE: 1, Outcome.BOTTLES: 2}


def standing(place: int, zone: int | None, bottles: float, reports: float, return_rate: float | None) -> Standing:
    """Return where a place stood before.

    Arguments: bottles and reports, sums before; return_rate, refunded over charged, None when not declared. Reports are told apart by their
    square root, whose variance is about the same for many and for few (Anscombe 1948, Biometrika 35:246-254); bottles by size only.
    """
    return Standing(place, zone, bottles, (sqrt(reports), return_rate, 0.0))


class Pool:
    """The places that one may be compared with: of its kind, over the same time."""

    def __init__(self, sizes: Iterable[tuple[float, int]], standing_of: Callable[[int], Standing | None]) -> None:
        """Arguments: sizes, of each place (bottles before, above 0) with its id; standing_of, where a place stood, None when it may not be
        compared with. It is only asked about places of a fitting size."""
        rows = sorted(sizes)
        self._sizes, self._places = [size for size, _place in rows], [place for _size, place in rows]
        self._standing_of, self._known = standing_of, dict[int, Standing | None]()

    def _standing(self, place: int) -> Standing | None:
        if place not in self._known:
            self._known[place] = self._standing_of(place)
        return self._known[place]

    def some(self, most: int) -> list[int]:
        """Return `most` places at most, from the smallest to the largest at even distances."""
        return self._places[:: max(1, -(-len(self._places) // most))]

    def nearest(self, one: Standing, outcome: Outcome, but: Collection[int], most: int) -> list[int]:
        """Return the ids of the places most like `one`, the most alike first, `most` at most.

        Arguments: but, the ids of places that may not be compared with. Places that are too different are not taken: there may be none.
        """
        level = one.level(outcome)
        if level is None:
            return []
        middle = bisect_left(self._sizes, one.size)
        first = max(bisect_left(self._sizes, one.size / LARGEST_RATIO), middle - MOST_LOOKED_AT)
        last = min(bisect_right(self._sizes, one.size * LARGEST_RATIO), middle + MOST_LOOKED_AT)
        found, which, step = [], _ORDER[outcome], STEPS[outcome]
        for place in self._places[first:last]:
            row = None if place in but or place == one.place else self._standing(place)
            there = row.levels[which] if row else None
            if row is None or there is None:
                continue
            steps = (there - level) / step
            if abs(steps) <= FARTHEST:
                other = 0.0 if row.zone == one.zone else OTHER_ZONE
                found.append((log2(row.size / one.size) ** 2 + steps * steps + other, row.place))
        return [place for _far, place in sorted(found)[:most]]
