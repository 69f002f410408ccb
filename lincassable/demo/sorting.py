"""The way of the bottles in the demo network: hubs, sorting centre, washing centre, producers, week by week.

On Fridays hubs send their full containers and get back the ones that were emptied; on Thursdays the centre sorts what
came the week before; every other Monday whole pallets go to washing, and come back two weeks later; on Wednesdays
producers fetch washed pallets.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crates.enums import BottleAct, BottleStage, Cause, Content
from crates.models import BottleModel, BottleMovement, ContainerType, Movement, RejectReason, SortingBatch, SortingIntake, SortingReject
from stores.enums import Kind, Status
from stores.models import Store

if TYPE_CHECKING:
    from lincassable.demo.history import History, Line

BATCH = 5_000
REJECTED = 0.03
BROKEN_AT_WASHING = 0.012
WASHING_DAYS = 14
LEAST_PALLETS = 1
# How often each model is found among the bottles of a kind of container; 33 cl crates hold 33 cl bottles only.
SHARES = {
    "beer-75-1": 24, "beer-75-2": 12, "bordeaux-brown": 8, "bordeaux-white": 6, "burgundy-63-brown": 7, "burgundy-63-dead-leaf": 14,
    "burgundy-63-white": 6, "sparkling-75": 5, "water-75": 6, "juice-100": 9, "milk-100": 3,
}  # fmt: skip
SMALL = {"beer-33": 1}
REASONS = {"foreign": 40, "broken": 25, "unrinsed": 18, "label": 12, "other": 5}


@dataclass
class SortingRows:
    """What is made up, in its order, and its insertion among the other rows."""

    batches: list[SortingBatch] = field(default_factory=list)
    intakes: list[SortingIntake] = field(default_factory=list)
    rejects: list[SortingReject] = field(default_factory=list)
    bottles: list[BottleMovement] = field(default_factory=list)

    def save_batches(self) -> None:
        """Insert the batches, and let their movements name them; before the movements are inserted."""
        movements = [batch.movement for batch in self.batches]
        for batch in self.batches:
            batch.movement = None
        SortingBatch.objects.bulk_create(self.batches, batch_size=BATCH)
        for batch, movement in zip(self.batches, movements, strict=True):
            batch.movement = movement
            if movement is not None:
                movement.origin_kind, movement.origin_id = "sorting", batch.pk

    def save_rest(self) -> None:
        """Insert what the batches hold; after the movements were inserted."""
        for batch in self.batches:
            batch.movement_id = batch.movement.pk if batch.movement else None
        SortingBatch.objects.bulk_update(self.batches, ["movement"], batch_size=BATCH)
        for rows in (self.intakes, self.rejects, self.bottles):
            for row in rows:
                row.batch_id = row.batch.pk if row.batch else None
        SortingIntake.objects.bulk_create(self.intakes, batch_size=BATCH)
        SortingReject.objects.bulk_create(self.rejects, batch_size=BATCH)
        BottleMovement.objects.bulk_create(self.bottles, batch_size=BATCH)


class BottlesWay:
    """What happens to containers and bottles after the hubs; `history` writes the movements of crates."""

    def __init__(self, history: History, rows: SortingRows) -> None:
        self.history, self.rows = history, rows
        self.rng = random.Random("bottles")
        self.centre, self.washer = history.network.sorting, history.network.washing
        self.models = {row.code: row for row in BottleModel.objects.all()}
        self.reasons = {row.code: row for row in RejectReason.objects.all()}
        self.waiting: list[tuple[Store, ContainerType, int]] = []  # full ones at the centre, and the hub they came from
        self.emptied: list[tuple[Store, ContainerType, int]] = []
        self.sorted: Counter[str] = Counter()
        self.washed: Counter[str] = Counter()
        self.at_washing: list[tuple[dt.date, Counter[str]]] = []

    def on(self, day: dt.date) -> None:
        """Tell what happens on `day`."""
        weekday, even = day.weekday(), day.isocalendar().week % 2 == 0
        if weekday == 0:
            self._back_from_washing(day)
            if even:
                self._to_washing(day)
        elif weekday == 2:
            self._deliver(day)
        elif weekday == 3:
            self._sort(day)
        elif weekday == 4:
            self._bring_back(day)
            self._send_full(day)

    # --- containers ------------------------------------------------------------------------------------------------

    def _send_full(self, day: dt.date) -> None:
        for hub in self.history.network.hubs:
            lines: list[Line] = []
            for shelf in self.history.shelves[hub.pk].values():
                kind, number = shelf.row.container_type, max(0, shelf.full)
                if number:
                    lines += [(hub, kind, Content.FULL, -number), (self.centre, kind, Content.FULL, number)]
                    self.waiting.append((hub, kind, number))
                    shelf.full, shelf.total = 0, shelf.total - number
            self.history.write(Cause.TRANSFER, self.history.at(day, 19), lines)

    def _bring_back(self, day: dt.date) -> None:
        for hub in self.history.network.hubs:
            mine = [(kind, number) for origin, kind, number in self.emptied if origin == hub]
            lines: list[Line] = []
            for kind, number in mine:
                lines += [(self.centre, kind, Content.EMPTY, -number), (hub, kind, Content.EMPTY, number)]
                self.history.shelves[hub.pk][kind.code].total += number
            self.history.write(Cause.TRANSFER, self.history.at(day, 16), lines)
        self.emptied = []

    def _sort(self, day: dt.date) -> None:
        """Empty everything that waits, in one batch."""
        numbers: dict[ContainerType, int] = {}
        for _hub, kind, number in self.waiting:
            numbers[kind] = numbers.get(kind, 0) + number
        if not numbers:
            return
        at = self.history.at(day, self.rng.uniform(14, 17))
        batch = SortingBatch(key=self._uuid(), centre=self.centre, sorted_at=at, recorded_at=at)
        batch.movement = self._empty(at, numbers)
        self.rows.batches.append(batch)
        self.rows.intakes += [SortingIntake(batch=batch, container_type=kind, quantity=number) for kind, number in numbers.items()]
        good = self._count(numbers)
        for code, number in sorted(good.items()):
            self._move(BottleAct.SORTED, code, number, at, ("", None), (BottleStage.SORTED, self.centre), batch=batch)
        self.sorted.update(good)
        self._reject(batch, round(good.total() * REJECTED * self.rng.uniform(0.6, 1.4)))
        self.emptied, self.waiting = self.emptied + self.waiting, []

    def _empty(self, at: dt.datetime, numbers: dict[ContainerType, int]) -> Movement | None:
        lines: list[Line] = []
        for kind, number in numbers.items():
            lines += [(self.centre, kind, Content.FULL, -number), (self.centre, kind, Content.EMPTY, number)]
        return self.history.write(Cause.SORTING, at, lines)

    def _count(self, numbers: dict[ContainerType, int]) -> Counter[str]:
        """Return the good bottles by model: a little less than the containers hold."""
        good: Counter[str] = Counter()
        for kind, number in numbers.items():
            shares = SMALL if kind.code == "33" else SHARES
            bottles = number * kind.bottles * (1 - REJECTED) * self.rng.uniform(0.96, 1.0)
            weights = {code: share * self.rng.uniform(0.7, 1.3) for code, share in shares.items() if code in self.models}
            for code, weight in weights.items():
                good[code] += round(bottles * weight / sum(weights.values()))
        return +good

    def _reject(self, batch: SortingBatch, bottles: int) -> None:
        known = {code: share for code, share in REASONS.items() if code in self.reasons}
        for code, share in known.items():
            number = round(bottles * share / sum(known.values()))
            if number:
                self.rows.rejects.append(SortingReject(batch=batch, reason=self.reasons[code], quantity=number))

    # --- bottles ---------------------------------------------------------------------------------------------------

    def _to_washing(self, day: dt.date) -> None:
        load: Counter[str] = Counter()
        for code, number in sorted(self.sorted.items()):
            pallets = number // self.models[code].pallet_bottles
            if pallets >= LEAST_PALLETS:
                load[code] = pallets * self.models[code].pallet_bottles
                ends = (BottleStage.SORTED, self.centre), (BottleStage.WASHING, self.washer)
                self._move(BottleAct.SENT, code, load[code], self.history.at(day, 9), *ends)
        self.sorted -= load
        if load:
            self.at_washing.append((day, load))

    def _back_from_washing(self, day: dt.date) -> None:
        back = [load for sent, load in self.at_washing if (day - sent).days >= WASHING_DAYS]
        self.at_washing = [(sent, load) for sent, load in self.at_washing if (day - sent).days < WASHING_DAYS]
        at_washing = (BottleStage.WASHING, self.washer)
        for load in back:
            at = self.history.at(day, 15)
            for code, number in sorted(load.items()):
                broken = round(number * BROKEN_AT_WASHING * self.rng.uniform(0.4, 1.6))
                self._move(BottleAct.WASHED, code, number - broken, at, at_washing, (BottleStage.WASHED, self.washer))
                if broken:
                    self._move(BottleAct.BROKEN, code, broken, at, at_washing, ("", None))
                self.washed[code] += number - broken

    def _deliver(self, day: dt.date) -> None:
        """Each model goes to a producer of its own, by whole pallets, when one is ready."""
        producers = [s for s in self.history.network.stores if s.kind == Kind.PRODUCER and s.status == Status.ACTIVE]
        if not producers:
            return
        for index, (code, number) in enumerate(sorted(self.washed.items())):
            load = number // self.models[code].pallet_bottles * self.models[code].pallet_bottles
            if load and self.rng.random() < 0.6:
                ends = (BottleStage.WASHED, self.washer), ("", producers[index % len(producers)])
                self._move(BottleAct.DELIVERED, code, load, self.history.at(day, 10), *ends)
                self.washed[code] -= load

    def _move(
        self,
        act: BottleAct,
        code: str,
        number: int,
        at: dt.datetime,
        giver: tuple[str, Store | None],
        taker: tuple[str, Store | None],
        batch: SortingBatch | None = None,
    ) -> None:
        model = self.models[code]
        self.rows.bottles.append(
            BottleMovement(
                key=self._uuid(),
                kind=act,
                bottle_model=model,
                from_stage=giver[0],
                from_store=giver[1],
                to_stage=taker[0],
                to_store=taker[1],
                quantity=number,
                pallets=0 if act in (BottleAct.SORTED, BottleAct.BROKEN) else number // model.pallet_bottles,
                occurred_at=at,
                recorded_at=at,
                batch=batch,
            )
        )

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)
