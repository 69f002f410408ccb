"""What the ledger must say, worked out the slow way: all facts that still stand, told again in the order of time.

It knows nothing of movements, offsets or balances. A fact adds; a count of the total sets the total (the difference
goes to the empty ones); a count of the full ones fills or empties what is there. At one moment facts come before counts, and
counts in the order in which they came into force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

Pair = tuple[int, int]  # (store id, container type id)


@dataclass
class Told:
    """Something that happened, or was seen, at one place about one kind of container."""

    owner: str
    moment: datetime
    pair: Pair
    change: tuple[int, int] = (0, 0)  # a fact: (empty, full)
    total: int | None = None  # a count
    full: int | None = None
    rank: int = 0  # in which order it was told

    @property
    def is_count(self) -> bool:
        return self.total is not None or self.full is not None


@dataclass
class Oracle:
    """Everything told so far, in the order it was told; `owner` names what may be taken back together."""

    told: list[Told] = field(default_factory=list)
    ranks: Iterator[int] = field(default_factory=count)

    def fact(self, owner: str, moment: datetime, changes: dict[Pair, tuple[int, int]]) -> None:
        self.told += [Told(owner, moment, pair, change, rank=next(self.ranks)) for pair, change in changes.items()]

    def count(self, owner: str, moment: datetime, pair: Pair, *, total: int | None = None, full: int | None = None) -> None:
        if total is not None or full is not None:
            self.told.append(Told(owner, moment, pair, total=total, full=full, rank=next(self.ranks)))

    def take_back(self, owner: str) -> list[Told]:
        """Forget what `owner` told, and return it."""
        gone = [one for one in self.told if one.owner == owner]
        self.told = [one for one in self.told if one.owner != owner]
        return gone

    def bring_back(self, gone: list[Told], owner: str) -> None:
        """What had been taken back holds again, at its own place among the others; `owner` names it from now on."""
        self.told += [replace(one, owner=owner) for one in gone]

    def stock(self, until: datetime | None = None) -> dict[Pair, tuple[int, int]]:
        """Return (empty, full) per pair at the moment `until`, leaving out pairs at (0, 0)."""
        stock: defaultdict[Pair, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for one in sorted(self.told, key=lambda one: (one.moment, one.is_count, one.rank)):
            if until is not None and one.moment > until:
                break
            empty, full = stock[one.pair]
            empty, full = empty + one.change[0], full + one.change[1]
            if one.full is not None:
                empty, full = empty + full - one.full, one.full
            if one.total is not None:
                empty = one.total - full
            stock[one.pair] = (empty, full)
        return {pair: figures for pair, figures in stock.items() if figures != (0, 0)}
