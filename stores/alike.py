"""Which places to compare when looking for duplicates, and how alike their names are: PostgreSQL's trigrams, counted here.

The database takes the same names apart again for each pair, and sorts their trigrams on disk: some seconds for ten thousand places
(benchmarks/duplicates.py). Here every name is taken apart once. Nothing is compared with everything: candidates are neighbours on a grid,
or share a postcode, a street or a name.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_000
_WORD = re.compile(r"[^\W_]+")


class Row(NamedTuple):
    """What is compared of a place. Texts are without accents and in lower case, `street` letters and digits only; "" when unknown.

    Arguments: pk; keeps, whether it is a hub or a sorting centre; archived; latitude and longitude in degrees, None when unknown.
    """

    pk: int
    keeps: bool
    archived: bool
    postcode: str
    name: str
    city: str
    street: str
    latitude: float | None
    longitude: float | None


def trigrams(text: str) -> frozenset[str]:
    """Return the trigrams of `text` as pg_trgm's `show_trgm` does: of each word, with two blanks before it and one after."""
    padded = (f"  {word} " for word in _WORD.findall(text.lower()))
    return frozenset(word[start : start + 3] for word in padded for start in range(len(word) - 2))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how alike two sets of trigrams are, 0 to 1: those they share by all that they have (pg_trgm's `similarity`)."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def distance_m(one: Row, other: Row) -> float | None:
    """Return the metres between two places (great circle, haversine formula); None when a position is missing."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(south) * math.cos(north) * math.sin(math.radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1, half)))


class Names:
    """The names of places, each taken apart once."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Arguments: rows, the places whose names will be compared."""
        self.grams = {name: trigrams(name) for name in {row.name for row in rows}}

    def likeness(self, one: Row, other: Row) -> float:
        """Return how alike the names of two places are, 0 to 1."""
        return likeness(self.grams[one.name], self.grams[other.name])

    def rare(self, least: float) -> dict[str, list[str]]:
        """Return of each name its rarest trigrams, so many that two names at least so alike (0 to 1) have one of them in common.

        Two sets alike to `least`, of which one has `many` members, share at least `least` × many of them: leaving out one less than
        that from the end of an order that is the same for all loses no pair ("prefix filter").
        """
        often = Counter(gram for grams in self.grams.values() for gram in grams)
        kept = {}
        for name, grams in self.grams.items():
            many = len(grams)
            ordered = sorted(grams, key=lambda gram: (often[gram], gram))
            kept[name] = ordered[: many - math.ceil((least - 0.001) * many) + 1]
        return kept


def neighbours(rows: Iterable[Row], cell: float) -> Iterator[tuple[Row, Row]]:
    """Yield each two places whose positions are in one square of a grid or in two that touch. Arguments: cell, its side in degrees."""
    grid: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.latitude is not None and row.longitude is not None:
            grid[math.floor(row.latitude / cell), math.floor(row.longitude / cell)].append(row)
    for (down, right), here in list(grid.items()):
        yield from combinations(here, 2)
        for step in ((0, 1), (1, -1), (1, 0), (1, 1)):  # the other four squares around have this one as theirs
            yield from product(here, grid.get((down + step[0], right + step[1]), ()))


def sharing(rows: Iterable[Row], key: Callable[[Row], object]) -> Iterator[tuple[Row, Row]]:
    """Yield each two places whose `key` is the same and not empty."""
    groups: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        said = key(row)
        if said:
            groups[said].append(row)
    for group in groups.values():
        yield from combinations(group, 2)


def alike_in_one_postcode(rows: Iterable[Row], names: Names, least: float) -> Iterator[tuple[Row, Row]]:
    """Yield each two places of one postcode whose names are at least so alike (0 to 1)."""
    rare = names.rare(least)
    towns: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.postcode:
            towns[row.postcode].append(row)
    for town in towns.values():
        seen: dict[str, list[int]] = defaultdict(list)  # of each trigram, where in `town` it was met
        for number, row in enumerate(town):
            near: set[int] = set()
            for gram in rare[row.name]:
                near.update(seen[gram])
                seen[gram].append(number)
            grams = names.grams[row.name]
            yield from ((town[other], row) for other in near if likeness(names.grams[town[other].name], grams) >= least)
