"""Sixty numbered paloxes that travel with the tours of the story: left at shops, taken full, brought to hubs."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent, SortingBatch, SortingIntake
from crates.services.sorting import ORIGIN as SORTING
from lincassable.demo.history import History
from lincassable.demo.rows import insert
from pickups.enums import PaloxDirection
from pickups.models import Stop, StopPalox
from stores.models import Store

NUMBERED = 60
BATCHES_WITH_NUMBERS = 3
FORMATS = ["B75", "B33", "JUS 1 L"]
MISREAD = "INC-0OO12"  # what a driver typed for INC-00012, waiting for the coordinator


class Cages:
    """Who holds which numbered palox, as the story goes on."""

    def __init__(self, history: History, rng: random.Random) -> None:
        self.history, self.rng = history, rng
        self.rows: list[Palox] = []
        self.events: list[PaloxEvent] = []
        self.at_stops: list[StopPalox] = []
        self.in_batches: list[tuple[SortingIntake, Palox]] = []
        self.held: dict[int, list[Palox]] = {}

    def see(
        self,
        palox: Palox,
        state: str,
        store: Store | None,
        at: dt.datetime,
        stop: Stop | None = None,
        note: str = "",
        batch: SortingBatch | None = None,
    ) -> None:
        """Write an event, and move the palox."""
        if palox.store is not None:
            self.held[palox.store.pk].remove(palox)
        palox.state, palox.store, palox.last_seen_at = PaloxState(state), store, at
        if store is not None:
            self.held.setdefault(store.pk, []).append(palox)
        key = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        origin = {"origin_kind": "stop", "origin_id": stop.pk} if stop else {}
        if batch is not None:
            origin = {"origin_kind": SORTING, "origin_id": batch.pk}
        self.events.append(PaloxEvent(key=key, palox=palox, at=at, recorded_at=at, state=state, store=store, note=note, **origin))

    def start(self) -> None:
        """Every palox is numbered on the first day, at a hub."""
        at = self.history.at(self.history.first_day, 7)
        for number in range(1, NUMBERED + 1):
            hub = self.history.network.hubs[number % len(self.history.network.hubs)]
            palox = Palox(number=f"INC-{number:05d}", model="500 L plastique", sorting_format=self.rng.choice(FORMATS), created_at=at)
            self.rows.append(palox)
            self.see(palox, PaloxState.IN_STOCK, hub, at)

    def visit(self, stop: Stop, taken: int, left: int) -> None:
        """Move numbered paloxes as the truck did, when it had some."""
        at, hub = stop.completed_at, stop.tour.hub
        for _each in range(taken):
            if here := self.held.get(stop.store_id):
                self._moved(here[0], PaloxDirection.TAKEN, PaloxState.IN_STOCK, hub, at, stop)
        for _each in range(left):
            # Half of the paloxes that travel have no number yet.
            if (there := self.held.get(hub.pk)) and self.rng.random() < 0.5:
                self._moved(self.rng.choice(there), PaloxDirection.LEFT, PaloxState.STORE, stop.store, at, stop)

    def _moved(self, palox: Palox, direction: str, state: str, store: Store, at: dt.datetime, stop: Stop) -> None:
        self.see(palox, state, store, at, stop)
        self.at_stops.append(StopPalox(stop=stop, number=palox.number, direction=direction, palox=palox))

    def emptied(self) -> None:
        """The last batches tell the numbers of some of the paloxes that they emptied."""
        rows = self.history.rows.sorting
        intakes = [line for line in rows.intakes if line.container_type.code == "palox"][-BATCHES_WITH_NUMBERS:]
        for line in intakes:
            at = line.batch.sorted_at
            here = [palox for hub in self.history.network.hubs for palox in self.held.get(hub.pk, []) if (palox.last_seen_at or at) < at]
            told = here[: min(line.quantity, self.rng.randint(2, 4))]
            for palox in told:
                self.see(palox, PaloxState.IN_STOCK, self.history.network.sorting, at, batch=line.batch, note="vidé")
            self.in_batches += [(line, palox) for palox in told]

    def end(self) -> None:
        """A few are being sorted or washed, one was lost, one number was misread by a driver."""
        sorting = self.history.network.sorting
        at = self.history.at(self.history.today - dt.timedelta(days=1), 16)
        waiting = [palox for hub in self.history.network.hubs for palox in self.held.get(hub.pk, [])]
        for palox in waiting[:4]:
            self.see(palox, PaloxState.SORTING, sorting, at)
        for palox in waiting[4:6]:
            self.see(palox, PaloxState.WASHING, None, at)
        for palox in waiting[6:7]:
            self.see(palox, PaloxState.LOST, None, at, note="Fond cassé, mis au rebut.")
        if self.at_stops:
            last = self.at_stops[-1]
            self.at_stops.append(StopPalox(stop=last.stop, number=MISREAD, direction=last.direction))

    def save(self) -> None:
        """Insert everything, parents first."""
        insert(Palox, self.rows)
        for event in self.events:
            event.palox_id = event.palox.pk
        insert(PaloxEvent, self.events)
        for row in self.at_stops:
            row.palox_id = row.palox.pk if row.palox else None
        insert(StopPalox, self.at_stops)
        through = SortingIntake.paloxes.through
        insert(through, [through(sortingintake_id=line.pk, palox_id=palox.pk) for line, palox in self.in_batches])


def tell_paloxes(history: History, rng: random.Random) -> int:
    """Write the numbered paloxes and where each has been up to the story's end; return how many events."""
    cages = Cages(history, rng)
    cages.start()
    lines = [line for line in history.rows.lines if line.container_type.code == "palox" and line.loaded_full is not None]
    for line in sorted(lines, key=lambda line: line.stop.completed_at):
        cages.visit(line.stop, line.loaded_full or 0, line.left_empty or 0)
    cages.emptied()
    cages.end()
    cages.save()
    return len(cages.events)
