"""What is on the truck, stop by stop: kilograms, pallet places and crates, planned or actual. Nothing here writes.

The truck leaves the hub with what it will leave at the stops, and comes back with what it took. Weights and figures are the catalogue's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from django.conf import settings

from crates.models import ContainerType
from pickups.enums import PalletDirection, PalletType, StopState
from pickups.models import Stop, StopLine, StopPallet

# Places on the floor, in Europe pallets: a VMF one is 1.20 m², a Europe one 0.96 m².
PALLET_PLACES = {PalletType.EUROPE: Decimal(1), PalletType.VMF: Decimal("1.25")}


@dataclass(frozen=True)
class Load:
    """What is on board: weight in kilograms, pallet places to a tenth, room in crates of 75 or 33 cl; both rounded up."""

    kg: int = 0
    pallets: Decimal = Decimal(0)
    crates: int = 0


class _Moved(NamedTuple):
    """Of one kind at one stop: full taken, empty taken, full left, empty left."""

    taken_full: int
    taken_empty: int
    left_full: int
    left_empty: int


class _Sum(NamedTuple):
    """A load before it is rounded: grams, pallet places, dm³."""

    grams: int = 0
    pallets: Decimal = Decimal(0)
    volume_l: int = 0

    def plus(self, other: _Sum, sign: int = 1) -> _Sum:
        """Return both together, or the difference for `sign` -1."""
        return _Sum(self.grams + sign * other.grams, self.pallets + sign * other.pallets, self.volume_l + sign * other.volume_l)

    def rounded(self) -> Load:
        """Return it as people read it."""
        pallets = max(Decimal(0), self.pallets).quantize(Decimal("0.1"), ROUND_CEILING)
        return Load(round(max(0, self.grams) / 1000), pallets, math.ceil(max(0, self.volume_l) / settings.CRATE_VOLUME_L))


def lines_of(stop: Stop) -> list[StopLine]:
    """Return a stop's lines with their container types: `all_lines` when they were fetched, else one query."""
    known = getattr(stop, "all_lines", None)
    return list(stop.lines.select_related("container_type")) if known is None else known


def pallets_of(stop: Stop) -> list[StopPallet]:
    """Return a stop's pallets: `all_pallets` when they were fetched, else one query (or none when prefetched)."""
    known = getattr(stop, "all_pallets", None)
    if known is not None:
        return known
    return list(stop.pallets.all()) if stop.pk else []


def along(stops: Sequence[Stop], *, actual: bool = False) -> list[Load]:
    """Return the load on leaving the hub, then on leaving each stop: one more than there are stops.

    Arguments:
        stops: in order; `all_lines` and `all_pallets` on them spare two queries each.
        actual: what really moved where it was recorded, the plan for stops to do, nothing for missed ones.
    """
    taken = [_moved(stop, PalletDirection.TAKEN, actual=actual) for stop in stops]
    left = [_moved(stop, PalletDirection.LEFT, actual=actual) for stop in stops]
    now = _Sum()
    for part in left:
        now = now.plus(part)
    loads = [now.rounded()]
    for off, on in zip(left, taken, strict=True):
        now = now.plus(off, -1).plus(on)
        loads.append(now.rounded())
    return loads


def heaviest(loads: Iterable[Load]) -> Load:
    """Return the most of each measure that is on board at any point."""
    loads = list(loads)
    return Load(
        max((load.kg for load in loads), default=0),
        max((load.pallets for load in loads), default=Decimal(0)),
        max((load.crates for load in loads), default=0),
    )


def bottles_of(stops: Iterable[Stop], *, actual: bool = False) -> int:
    """Return how many bottles the full containers that a tour takes hold, by the catalogue."""
    lines = (line for stop in stops for line in lines_of(stop) if _counts(stop, line, actual=actual))
    return sum(_quantities(line, actual=actual).taken_full * line.container_type.bottles for line in lines)


def pallet_places(kind: ContainerType, number: int) -> Decimal:
    """Return how many pallet places so many containers take, parts included; 0 when the catalogue does not know."""
    return Decimal(number) / kind.per_pallet if kind.per_pallet else Decimal(0)


def _counts(stop: Stop, line: StopLine, *, actual: bool) -> bool:
    """Whether a line is part of the load: always planned; once recorded, only what was recorded."""
    return not actual or line.loaded_full is not None or stop.state == StopState.TO_DO


def _quantities(line: StopLine, *, actual: bool) -> _Moved:
    """Return what moves: planned, or actual where it was recorded."""
    if actual and line.loaded_full is not None:
        return _Moved(line.loaded_full, line.taken_empty, line.left_full, line.left_empty or 0)
    return _Moved(line.planned_full, line.planned_taken_empty, line.planned_left_full, line.planned_empty)


def _moved(stop: Stop, direction: str, *, actual: bool) -> _Sum:
    """Return what one stop puts on board, or takes off it.

    Pallets that were named count as they are, in place of what the containers on them would take.
    """
    pallets = [(pallet, _number(pallet, actual=actual)) for pallet in pallets_of(stop) if pallet.direction == direction]
    named = {pallet.container_type_id for pallet, number in pallets if number}
    places = sum((PALLET_PLACES[PalletType(pallet.pallet_type)] * number for pallet, number in pallets), Decimal(0))
    grams = volume = 0
    for line in lines_of(stop):
        if not _counts(stop, line, actual=actual):
            continue
        kind, moved = line.container_type, _quantities(line, actual=actual)
        full, empty = (moved.taken_full, moved.taken_empty) if direction == PalletDirection.TAKEN else (moved.left_full, moved.left_empty)
        grams += full * kind.full_weight_g + empty * kind.tare_g
        volume += (full + empty) * kind.volume_l
        on_mixed = None in named and kind.per_pallet > 1
        if kind.pk not in named and not on_mixed:
            places += pallet_places(kind, full + empty)
    return _Sum(grams, places, volume)


def _number(pallet: StopPallet, *, actual: bool) -> int:
    """Return how many pallets: the actual number where it is wanted and known."""
    return pallet.actual if actual and pallet.actual is not None else pallet.planned
