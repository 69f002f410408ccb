"""Plain data: what goes in and out of the services: planned and actual quantities, and stops to plan."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from django.core.files.base import ContentFile

from crates.models import ContainerType
from pickups.models import Stop
from stores.models import Store


@dataclass(frozen=True)
class PlannedLine:
    """What is planned with one kind of container.

    Arguments:
        planned_full, planned_empty: the usual directions: full ones to take, empty ones to leave.
        planned_taken_empty, planned_left_full: the other two: empty ones to bring back, full ones to deliver.
    """

    container_type: ContainerType
    planned_full: int = 0
    planned_empty: int = 0
    planned_taken_empty: int = 0
    planned_left_full: int = 0

    @property
    def moved(self) -> tuple[int, int, int, int]:
        """Full to take, empty to leave, empty to take, full to leave."""
        return self.planned_full, self.planned_empty, self.planned_taken_empty, self.planned_left_full


@dataclass(frozen=True)
class PlannedPallet:
    """So many pallets to take or to leave.

    Arguments:
        direction: one of `PalletDirection`. pallet_type: one of `PalletType`.
        container_type: what stands on them; None when they are mixed (75 and 33 cl).
    """

    direction: str
    pallet_type: str
    container_type: ContainerType | None
    number: int

    @property
    def what(self) -> tuple[str, str, int | None]:
        """What makes a line of pallets unique at a stop."""
        return self.direction, self.pallet_type, self.container_type.pk if self.container_type else None


@dataclass(frozen=True)
class ActualLine:
    """What was really done at a stop with one kind of container.

    Arguments:
        loaded_full, left_empty: the usual directions: full ones taken away, empty ones left.
        taken_empty, left_full: the other two: empty ones brought back, full ones delivered.
        remaining_full: full ones that stayed because the stop was only partly done; None when nobody said.
    """

    container_type: ContainerType
    loaded_full: int = 0
    left_empty: int = 0
    taken_empty: int = 0
    left_full: int = 0
    remaining_full: int | None = None

    @property
    def moved(self) -> tuple[int, int, int, int]:
        """The four quantities that change places: what the ledger is told."""
        return self.loaded_full, self.left_empty, self.taken_empty, self.left_full


@dataclass(frozen=True)
class ActualPallet:
    """So many pallets really taken or left at a stop.

    Arguments:
        direction: one of `PalletDirection`. pallet_type: one of `PalletType`.
        container_type: what stands on them; None when they are mixed (75 and 33 cl).
    """

    direction: str
    pallet_type: str
    container_type: ContainerType | None
    number: int

    @property
    def what(self) -> tuple[str, str, int | None]:
        """What makes a line of pallets unique at a stop."""
        return self.direction, self.pallet_type, self.container_type.pk if self.container_type else None


@dataclass(frozen=True)
class NewProof:
    """A photo or a signature of a stop, cleaned (`lincassable.uploads.clean_image`).

    Arguments:
        key: the phone's UUID for it; the same again is kept once. kind: one of `ProofKind`.
    """

    key: uuid.UUID
    kind: str
    image: ContentFile[bytes]


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
        pallets: planned pallets, several of the same sort add up; None leaves them as they are.
    """

    store: Store
    lines: list[PlannedLine] = field(default_factory=list)
    stop: Stop | None = None
    position: int | None = None
    window_start: time | None = None
    window_end: time | None = None
    note: str = ""
    pallets: Sequence[PlannedPallet] | None = None
