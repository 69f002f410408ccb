"""Two believable years: people bring bottles back, staff declare, tours collect, hubs feed the sorting centre.

Each place is simulated forwards in time, so every line is written at its moment and no late fact has to be carried.
The rows go in by bulk inserts, through the same triggers as everything else.
"""

from __future__ import annotations

import datetime as dt
import math
import random
import uuid
from zoneinfo import ZoneInfo

from django.conf import settings

from crates.enums import Cause, Content
from crates.models import ContainerType, Count, Declaration, Entry, Inventory, Movement
from lincassable.demo.network import HUB_OF_ZONE, SOURCE, Network
from lincassable.demo.rows import Rows
from lincassable.demo.shelf import Shelf
from lincassable.demo.sorting import BottlesWay
from pickups.enums import RequestSource, RequestState, StopState, TourState
from pickups.models import Carrier, PickupRequest, Stop, StopLine, Tour, Vehicle
from stores.enums import Kind, Status
from stores.models import Store

# Bottles brought back, relative to a usual month: peaks in summer and December (domain figures).
SEASONS = [0.8, 0.8, 0.9, 0.95, 1.05, 1.25, 1.4, 1.35, 1.05, 0.95, 0.95, 1.25]
GROWTH_PER_YEAR = 1.53
ROUND_DAYS = 7  # every zone has one tour a week, when somebody asks
CLOSED_AFTER_DAYS = 10
WEEKS_TO_FILL = {"75": 7.0, "33": 11.0, "palox": 16.0}  # what an average place needs in an average month
Line = tuple[Store | None, ContainerType, str, int]  # place (None: the outside world), kind, content, signed quantity


class History:
    """Simulates the network from `first_day` up to the evening before `today`, then writes it with `save`."""

    def __init__(self, network: Network, first_day: dt.date, today: dt.date, rng: random.Random) -> None:
        self.network, self.first_day, self.today, self.rng = network, first_day, today, rng
        self.zone_info = ZoneInfo(settings.NETWORK_TIME_ZONE)
        self.rows = Rows()
        self.shelves: dict[int, dict[str, Shelf]] = {}
        self.joined: dict[int, dt.date] = {}
        self.pace = {store.pk: rng.lognormvariate(0, 0.35) for store in network.stores}
        self.last_fact: dict[int, dt.datetime] = {}
        self.serial = 0

    # --- the story -------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """Simulate every day; nothing is written yet."""
        self._open_hubs()
        self._join()
        vehicles, bottles = self._vehicles(), BottlesWay(self, self.rows.sorting)
        rounds = {zone.name: 1 + index % 5 for index, zone in enumerate(self.network.zones)}  # Monday is 0: never on Mondays
        by_zone: dict[str, list[Store]] = {}
        for store in self.network.stores:
            by_zone.setdefault(store.zone.name, []).append(store)
        day = self.first_day
        while day < self.today:
            for zone, stores in by_zone.items():
                present = [s for s in stores if self.joined[s.pk] <= day]
                for store in present:
                    self._bring_bottles(store, day)
                if day.weekday() == rounds[zone] % 6:
                    self._round(zone, present, day, vehicles[zone])
            bottles.on(day)
            if day.day == 15:
                self._count_some(day)
            day += dt.timedelta(days=1)
        self._ask_for_the_coming_days()

    def _open_hubs(self) -> None:
        stock = {"75": 6000, "33": 2000, "palox": 300}
        scale = max(1, len(self.network.stores) // 130)
        for place in [*self.network.hubs, self.network.sorting]:
            shelves = self.shelves.setdefault(place.pk, {})
            for code, row in self.network.containers[place.pk].items():
                shelves[code] = Shelf(row, 0)
            self._inventory(place, self.at(self.first_day, 7), {code: (stock[code] * scale, 0) for code in shelves})

    def _join(self) -> None:
        """Two places in three were there from the start; the others joined on the way, as the network grew."""
        span = (self.today - self.first_day).days
        for store in self.network.stores:
            late = self.rng.random() < 1 - 1 / GROWTH_PER_YEAR
            self.joined[store.pk] = self.first_day + dt.timedelta(days=self.rng.randint(7, span - 60) if late else 0)
            shelves = self.shelves.setdefault(store.pk, {})
            for code, row in self.network.containers[store.pk].items():
                shelves[code] = Shelf(row, 0)
        for store in sorted(self.network.stores, key=lambda s: (self.joined[s.pk], s.pk)):
            sizes = {code: shelf.size for code, shelf in self.shelves[store.pk].items()}
            at = self.at(self.joined[store.pk], 9)
            if self.joined[store.pk] == self.first_day:
                self._inventory(store, at, {code: (size, None) for code, size in sizes.items()})
            else:
                self._deliver(store, at, sizes)

    def _bring_bottles(self, store: Store, day: dt.date) -> None:
        if store.status != Status.ACTIVE and (self.today - day).days < 60:
            return
        weekend = 1.5 if day.weekday() >= 5 else 0.8
        season = SEASONS[day.month - 1]
        growth = GROWTH_PER_YEAR ** ((day - self.today).days / 365)
        for code, shelf in self.shelves[store.pk].items():
            capacity_bottles = (shelf.row.capacity or 1) * shelf.row.container_type.bottles
            weeks_to_fill = WEEKS_TO_FILL[code]
            daily = capacity_bottles / (weeks_to_fill * 7) * self.pace[store.pk] * season * growth * weekend
            shelf.bottles += max(0.0, self.rng.gauss(daily, daily * 0.4))

    # --- one round of a zone ---------------------------------------------------------------------------------------

    def _round(self, zone: str, stores: list[Store], day: dt.date, fleet: tuple[Carrier, Vehicle]) -> None:
        asking: list[tuple[Store, PickupRequest, Declaration]] = []
        for store in stores:
            if store.collected_through_id or store.status != Status.ACTIVE:
                continue
            fill = self._fill(store)
            wants = fill >= self.rng.uniform(0.62, 0.9)
            if wants or self.rng.random() < 0.12:
                when = self.at(day - dt.timedelta(days=self.rng.randint(1, 3)), self.rng.uniform(9, 18.5))
                when = max(when, self.at(self.joined[store.pk], 10) + dt.timedelta(minutes=self.rng.randint(1, 200)), self._last(store))
                declaration = self._declare(store, when, wants)
                if wants:
                    asking.append((store, self._request(store, declaration, when), declaration))
        if not asking:
            return
        for start in range(0, len(asking), 12):
            self._tour(zone, asking[start : start + 12], day, fleet)

    def _tour(
        self, zone: str, asking: list[tuple[Store, PickupRequest, Declaration]], day: dt.date, fleet: tuple[Carrier, Vehicle]
    ) -> None:
        carrier, vehicle = fleet
        hub = self.network.hubs[HUB_OF_ZONE[zone]]
        age = (self.today - day).days
        tour = Tour(
            date=day,
            zone=asking[0][0].zone,
            hub=hub,
            carrier=carrier,
            vehicle=vehicle,
            state=TourState.CLOSED if age > CLOSED_AFTER_DAYS else TourState.DONE,
            price_eur=round(90 + 16 * len(asking) + self.rng.random() * 60, 2),
            sent_at=self.at(day - dt.timedelta(days=1), 11),
            created_at=self.at(day - dt.timedelta(days=1), 10),
            source=SOURCE,
            source_id=self._next("tour"),
        )
        self.rows.tours.append(tour)
        for position, (store, request, _declaration) in enumerate(asking, 1):
            at = self.at(day, 8 + position * 0.55)
            if self.rng.random() < 0.02:
                self._missed_stop(tour, store, request, position, at)
            else:
                self._stop(tour, store, request, position, at)

    def _stop(self, tour: Tour, store: Store, request: PickupRequest, position: int, at: dt.datetime) -> None:
        stop = Stop(
            tour=tour,
            store=store,
            request=request,
            position=position,
            state=StopState.DONE,
            completed_at=at,
            uuid=self._uuid(),
            source=SOURCE,
            source_id=self._next("stop"),
        )
        entries: list[Line] = []
        for code, shelf in self.shelves[store.pk].items():
            planned = max(0, shelf.full - (shelf.row.buffer if code == "75" and self.rng.random() < 0.1 else 0))
            loaded = max(0, min(shelf.total, shelf.seen_full() + shelf.slip(self.rng)))
            # Drivers leave as many as they take, give or take one, and make up for what went astray before.
            missing = shelf.size - shelf.total
            left = max(0, loaded + max(-2, min(2, missing)) + shelf.slip(self.rng))
            if not (planned or loaded or left):
                continue
            kind = shelf.row.container_type
            self.rows.lines.append(
                StopLine(stop=stop, container_type=kind, planned_full=planned, planned_empty=planned, loaded_full=loaded, left_empty=left)
            )
            hub = self.shelves[tour.hub_id][code]
            entries += [(store, kind, Content.FULL, -loaded), (tour.hub, kind, Content.FULL, loaded)]
            entries += [(tour.hub, kind, Content.EMPTY, -left), (store, kind, Content.EMPTY, left)]
            shelf.bottles = max(0.0, shelf.bottles - max(0, loaded - shelf.full) * kind.bottles)
            shelf.full, shelf.total = shelf.full - loaded, shelf.total - loaded + left
            hub.full, hub.total = hub.full + loaded, hub.total + loaded - left
        self.rows.stops.append(stop)
        request.state, request.closed_at, request.updated_at = RequestState.COLLECTED, at, at
        movement = self.write(Cause.PICKUP, at, entries)
        if movement:
            self.rows.stop_of_movement[movement.key] = stop

    def _missed_stop(self, tour: Tour, store: Store, request: PickupRequest, position: int, at: dt.datetime) -> None:
        self.rows.stops.append(
            Stop(
                tour=tour,
                store=store,
                request=request,
                position=position,
                state=StopState.MISSED,
                completed_at=at,
                uuid=self._uuid(),
                reason="Rideau baissé, personne sur place.",
                source=SOURCE,
                source_id=self._next("stop"),
            )
        )
        request.state, request.closed_at, request.updated_at = RequestState.REFUSED, at, at
        request.reason = "Rideau baissé, personne sur place."

    def _ask_for_the_coming_days(self) -> None:
        """The fullest places have asked yesterday or the day before; the coordinator has not planned them yet."""
        ready = [s for s in self.network.stores if s.status == Status.ACTIVE and not s.collected_through_id and self._fill(s) >= 0.6]
        for store in sorted(ready, key=self._fill, reverse=True)[: max(12, len(self.network.stores) // 7)]:
            when = max(self.at(self.today - dt.timedelta(days=self.rng.randint(1, 2)), self.rng.uniform(9, 18.5)), self._last(store))
            self._request(store, self._declare(store, when, wants=True), when)

    # --- single facts ----------------------------------------------------------------------------------------------

    def _fill(self, store: Store) -> float:
        """Return the fullest of the place's kinds of container, 0 to 1."""
        return max((shelf.seen_full() / max(1, shelf.total) for shelf in self.shelves[store.pk].values()), default=0)

    def _declare(self, store: Store, at: dt.datetime, wants: bool) -> Declaration:
        declaration = Declaration(
            key=self._uuid(),
            store=store,
            declared_at=at,
            received_at=at,
            wants_pickup=wants,
            actor_kind="system",
        )
        self.rows.declarations.append(declaration)
        entries: list[Line] = []
        for code, shelf in self.shelves[store.pk].items():
            full, kind = shelf.seen_full(), shelf.row.container_type
            fills = self._fills(shelf, full) if code == "palox" else []
            total = shelf.total + self.rng.choice([0] * 9 + [-1]) if self.rng.random() < 0.5 else None
            self.rows.counts.append(
                Count(
                    declaration=declaration,
                    store=store,
                    container_type=kind,
                    at=at,
                    full=full,
                    total=total,
                    fill_percents=fills,
                    pins_full=True,
                )
            )
            change = full - shelf.full
            entries += [(store, kind, Content.EMPTY, -change), (store, kind, Content.FULL, change)]
            shelf.bottles = max(0.0, shelf.bottles - change * kind.bottles)
            shelf.full = full
        self.write(Cause.DECLARATION, at, entries, declaration=declaration)
        return declaration

    def _fills(self, shelf: Shelf, full: int) -> list[int]:
        partial = min(75, round(shelf.bottles / max(1, shelf.row.container_type.bottles) * 4) * 25)
        return ([100] * full + [partial] + [0] * shelf.total)[: max(0, shelf.total)]

    def _request(self, store: Store, declaration: Declaration, at: dt.datetime) -> PickupRequest:
        request = PickupRequest(
            store=store, declaration=declaration, source=RequestSource.STORE, requested_at=at, updated_at=at, uuid=self._uuid()
        )
        self.rows.requests.append(request)
        return request

    def _deliver(self, store: Store, at: dt.datetime, sizes: dict[str, int]) -> None:
        hub = self.network.hubs[HUB_OF_ZONE[store.zone.name]]
        entries: list[Line] = []
        for code, size in sizes.items():
            kind = self.shelves[store.pk][code].row.container_type
            entries += [(hub, kind, Content.EMPTY, -size), (store, kind, Content.EMPTY, size)]
            self.shelves[store.pk][code].total += size
            self.shelves[hub.pk][code].total -= size
        self.write(Cause.DELIVERY, at, entries)

    def _count_some(self, day: dt.date) -> None:
        """Each month a fifth of the places are counted; now and then a crate is missing."""
        for store in self.network.stores:
            if self.rng.random() > 0.2 or self.joined[store.pk] >= day or store.kind not in (Kind.SHOP, Kind.PRODUCER):
                continue
            found = {}
            for code, shelf in self.shelves[store.pk].items():
                total = max(0, shelf.total + self.rng.choice([0, 0, 0, 0, -1, -1, -2, 1]))
                found[code] = (total, min(total, shelf.seen_full()))
            self._inventory(store, max(self.at(day, self.rng.uniform(9, 17)), self._last(store)), found)

    def _inventory(self, place: Store, at: dt.datetime, found: dict[str, tuple[int, int | None]]) -> None:
        inventory = Inventory(key=self._uuid(), store=place, counted_at=at, recorded_at=at)
        self.rows.inventories.append(inventory)
        entries: list[Line] = []
        for code, (total, full) in found.items():
            shelf = self.shelves[place.pk][code]
            kind = shelf.row.container_type
            full_change = 0 if full is None else full - shelf.full
            empty_change = total - shelf.total - full_change
            self.rows.counts.append(
                Count(
                    inventory=inventory,
                    store=place,
                    container_type=kind,
                    at=at,
                    total=total,
                    full=full,
                    pins_total=True,
                    pins_full=full is not None,
                )
            )
            entries += [(place, kind, Content.FULL, full_change), (None, kind, Content.EMPTY, -full_change - empty_change)]
            entries += [(place, kind, Content.EMPTY, empty_change)]
            shelf.total, shelf.full = total, shelf.full + full_change
            shelf.bottles = max(0.0, shelf.bottles - full_change * kind.bottles)
        self.write(Cause.INVENTORY, at, entries, inventory=inventory)

    def write(self, cause: str, at: dt.datetime, lines: list[Line], **links: Inventory | Declaration) -> Movement | None:
        moving = [line for line in lines if line[3]]
        if not moving:
            return None
        for store in {line[0].pk for line in moving if line[0]}:
            self.last_fact[store] = max(at, self.last_fact.get(store, at))
        movement = Movement(key=self._uuid(), cause=cause, occurred_at=at, recorded_at=at, **links)
        self.rows.movements.append(movement)
        self.rows.entries += [
            Entry(movement=movement, store=store, container_type=kind, content=content, quantity=quantity, occurred_at=at)
            for store, kind, content, quantity in moving
        ]
        return movement

    # --- helpers ---------------------------------------------------------------------------------------------------

    def _vehicles(self) -> dict[str, tuple[Carrier, Vehicle]]:
        fleet = {}
        for carrier in self.network.carriers:
            largest = max(carrier.vehicles.all(), key=lambda vehicle: vehicle.payload_kg)
            for zone in carrier.zones.all():
                fleet[zone.name] = (carrier, largest)
        return fleet

    def at(self, day: dt.date, hour: float) -> dt.datetime:
        """Return a moment of the network's day `day`, `hour` being 0 to 24."""
        whole = math.floor(hour)
        local = dt.datetime.combine(day, dt.time(whole, int((hour - whole) * 60)), tzinfo=self.zone_info)
        return local.astimezone(dt.UTC)

    def _last(self, store: Store) -> dt.datetime:
        """Return a moment just after the last fact at a place, so that its story never runs backwards."""
        return self.last_fact.get(store.pk, dt.datetime.min.replace(tzinfo=dt.UTC)) + dt.timedelta(minutes=1)

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def _next(self, kind: str) -> str:
        self.serial += 1
        return f"{kind}-{self.serial}"
