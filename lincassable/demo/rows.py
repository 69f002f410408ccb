"""The rows of the demo history, and their bulk insertion."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import models

from crates.models import Count, Declaration, Entry, Inventory, Movement
from lincassable.demo.sorting import SortingRows
from pickups.models import PickupRequest, Stop, StopLine, Tour

BATCH = 5_000


@dataclass
class Rows:
    """Everything to insert, in the order in which it was made up."""

    inventories: list[Inventory] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    requests: list[PickupRequest] = field(default_factory=list)
    tours: list[Tour] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    lines: list[StopLine] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    stop_of_movement: dict[uuid.UUID, Stop] = field(default_factory=dict)
    sorting: SortingRows = field(default_factory=SortingRows)

    def save(self) -> None:
        """Insert everything, parents first. Must run in a transaction; the ledger's triggers apply as to any row."""
        insert(Inventory, self.inventories)
        insert(Declaration, self.declarations)
        _point(self.counts, "inventory", "declaration")
        insert(Count, self.counts)
        _point(self.requests, "declaration")
        insert(PickupRequest, self.requests)
        insert(Tour, self.tours)
        _point(self.stops, "tour", "request")
        insert(Stop, self.stops)
        _point(self.lines, "stop")
        insert(StopLine, self.lines)
        _point(self.movements, "inventory", "declaration")
        for movement in self.movements:
            if stop := self.stop_of_movement.get(movement.key):
                movement.origin_kind, movement.origin_id = "stop", stop.pk
        self.sorting.save_batches()
        insert(Movement, self.movements)
        self.sorting.save_rest()
        _point(self.entries, "movement")
        # One statement: the lines of a movement must never be split between two.
        Entry.objects.bulk_create(self.entries)


def insert(model: type[models.Model], rows: list) -> None:
    """Insert `rows` of `model` in batches; their ids are known afterwards."""
    model._default_manager.bulk_create(rows, batch_size=BATCH)


def _point(rows: list, *names: str) -> None:
    """Copy the ids that parents got by their insertion into the foreign keys of `rows`."""
    for row in rows:
        for name in names:
            parent = getattr(row, name)
            if parent is not None:
                setattr(row, f"{name}_id", parent.pk)
