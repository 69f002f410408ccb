"""Plain data: what goes in and out of the services: planned and actual quantities, and stops to plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from crates.models import ContainerType
from pickups.models import Stop
from stores.models import Store


@dataclass(frozen=True)
class PlannedLine:
    """So many full containers to take, so many empty ones to leave."""

    container_type: ContainerType
    planned_full: int = 0
    planned_empty: int = 0


@dataclass(frozen=True)
class ActualLine:
    """So many full containers really loaded, so many empty ones really left."""

    container_type: ContainerType
    loaded_full: int = 0
    left_empty: int = 0


@dataclass(frozen=True)
class PaloxNumbers:
    """The numbers of the paloxes really taken and really left at a stop, as typed or scanned."""

    taken: Sequence[str] = ()
    left: Sequence[str] = ()


@dataclass(frozen=True)
class StopPlan:
    """One stop as it should be.

    Arguments:
        store: the place to visit.
        lines: planned quantities; kinds of container that are not listed are not planned.
        stop: the stop to change; None adds one.
        position: its rank in the tour; None keeps it, or puts a new stop last.
        window_start, window_end: the time slot, local time; both may be None.
        note: for the driver.
    """

    store: Store
    lines: list[PlannedLine] = field(default_factory=list)
    stop: Stop | None = None
    position: int | None = None
    window_start: time | None = None
    window_end: time | None = None
    note: str = ""
