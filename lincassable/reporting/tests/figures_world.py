"""A small network with two years of everything, made at random, for the tests of figures."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from awareness.enums import EventState, TrainingState
from awareness.tests.factories import EventFactory, EventReportFactory, TrainingFactory
from crates.enums import BottleAct, BottleStage
from crates.models import Movement
from crates.services import PickedLine, cancel, post_pickup
from crates.tests.factories import BottleModelFactory, BottleMovementFactory, CentreFactory, DepositCountFactory, HubFactory
from lincassable.reporting.tests.factories import SYSTEM, container
from nonconformities.enums import State
from nonconformities.models import NonConformityKind
from nonconformities.tests.factories import KindFactory, NonConformityFactory
from pickups.enums import TourState
from pickups.models import Carrier, Stop, TourClosing
from pickups.tests.factories import CarrierFactory, StopFactory, StopLineFactory, TourFactory
from references.models import Producer
from references.tests.factories import ProducerFactory
from stores.enums import Kind, Status
from stores.models import Store, Zone
from stores.tests.factories import StoreFactory, ZoneFactory

DAYS = 800


@dataclass
class World:
    """What is there."""

    zones: list[Zone] = field(default_factory=list)
    carriers: list[Carrier] = field(default_factory=list)
    producers: list[Producer] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    hub: Store | None = None
    kind: NonConformityKind | None = None


def collect(store: Store, hub: Store, when: datetime, full: int, *, stop: Stop | None = None, code: str = "75") -> Movement:
    """A truck takes full ones away, at a stop or not."""
    lines = [PickedLine(container(code), full, full)]
    origin = ("stop", stop.pk) if stop else None
    movement = post_pickup(store, hub, lines=lines, key=uuid.uuid4(), occurred_at=when, by=SYSTEM, origin=origin)
    assert movement
    return movement


def world(now: datetime, *, shops: int = 6, seed: int = 1, rounds: int = 60) -> World:
    """Make the network.

    Arguments: now, the moment before which everything happened; shops, how many; rounds, how many things of each kind.
    """
    rng, made = random.Random(seed), World()
    made.zones = [ZoneFactory(), ZoneFactory()]
    made.carriers = [CarrierFactory(), CarrierFactory()]
    made.hub, made.kind = HubFactory(), KindFactory()
    made.stores = [StoreFactory(zone=rng.choice([*made.zones, None])) for _number in range(shops)]
    yard = StoreFactory(kind=Kind.PRODUCER, zone=made.zones[0])
    made.stores += [yard, StoreFactory(status=Status.ARCHIVED, merged_into=made.stores[0], zone=made.zones[1])]
    made.producers = [ProducerFactory(store=yard), ProducerFactory()]
    for number in range(rounds):
        _tour(made, rng, now, is_told=number % 3 > 0)
    for _number in range(rounds):
        _around(made, rng, _moment(rng, now))
    _deposits(made, rng, now)
    return made


def _moment(rng: random.Random, now: datetime) -> datetime:
    return now - timedelta(days=rng.uniform(0, DAYS))


def _tour(made: World, rng: random.Random, now: datetime, *, is_told: bool) -> None:
    """A tour over three places; some have closed figures, some stops were wrong and are taken back, some crates come without a stop."""
    when = _moment(rng, now)
    tour = TourFactory(
        date=when.date(), hub=made.hub, carrier=rng.choice(made.carriers), zone=rng.choice(made.zones), state=TourState.CLOSED
    )
    for store in rng.sample(made.stores, 3):
        stop = StopFactory(tour=tour, store=store) if rng.random() < 0.9 else None
        movement = collect(store, made.hub, when, rng.randint(1, 30), stop=stop, code=rng.choice(["75", "33"]))
        if rng.random() < 0.15:
            cancel(movement, by=SYSTEM, reason="wrong")
        if rng.random() < 0.3:
            _problem(made, rng, when, stop=stop)
    if is_told:
        metres = rng.randint(1000, 90_000)
        TourClosing.objects.create(tour=tour, distance_m=metres, co2_low_g=metres // 4, co2_g=metres // 3, co2_high_g=metres // 2)
    coming = TourFactory(date=(now + timedelta(days=rng.randint(0, 90))).date(), hub=made.hub, carrier=rng.choice(made.carriers))
    StopLineFactory(stop=StopFactory(tour=coming, store=rng.choice(made.stores)), planned_full=rng.randint(0, 20))


def _problem(made: World, rng: random.Random, when: datetime, stop: Stop | None = None) -> None:
    state = rng.choice([State.REPORTED, State.STARTED, State.REJECTED])
    closed = {"closed_at": when, "answer": "no"} if state == State.REJECTED else {}
    about = {"store": stop.store if stop else rng.choice(made.stores), "stop": stop, "producer": rng.choice([*made.producers, None])}
    NonConformityFactory(**about, recorded_at=when, state=state, kind=made.kind, **closed)


def _around(made: World, rng: random.Random, when: datetime) -> None:
    """A training, an event, a problem or a delivery."""
    store = rng.choice(made.stores)
    which = rng.randint(0, 4)
    if which == 0:
        TrainingFactory(store=store, starts_at=when, state=TrainingState.DONE, people=rng.randint(0, 9))
        TrainingFactory(store=store, starts_at=when)
    elif which == 1:
        event = EventFactory(store=store, starts_at=when, ends_at=when + timedelta(hours=2), state=EventState.DONE)
        if rng.random() < 0.7:
            EventReportFactory(event=event, people_met=rng.randint(0, 90))
    elif which == 2:
        _problem(made, rng, when)
    else:
        taken_back = rng.random() < 0.2
        figures = {
            "kind": BottleAct.DELIVERED,
            "bottle_model": BottleModelFactory(),
            "to_stage": "",
            "to_store": rng.choice([store, made.stores[-2]]),
        }
        figures |= {"from_stage": BottleStage.WASHED, "from_store": CentreFactory(), "quantity": rng.randint(1, 900), "occurred_at": when}
        movement = BottleMovementFactory(**figures)
        if taken_back:
            BottleMovementFactory(**figures | {"reverses": movement})


def _deposits(made: World, rng: random.Random, now: datetime) -> None:
    """A year and a half of counts of half the places; some were said again, better."""
    month = now.date().replace(day=1)
    for _number in range(18):
        month = (month - timedelta(days=1)).replace(day=1)
        for store in made.stores[:4]:
            charged = rng.randint(1, 200)
            DepositCountFactory(store=store, month=month, charged=charged, refunded=rng.randint(0, charged))
            if rng.random() < 0.2:
                DepositCountFactory(store=store, month=month, charged=9999, refunded=9999, is_current=False)
