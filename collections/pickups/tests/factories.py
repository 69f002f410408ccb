"""Carriers, requests and tours for tests. A tour made here is a draft without stops; states are reached through services."""

from __future__ import annotations

from datetime import date, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crates.models import ContainerType
from pickups.lines import PlannedLine
from pickups.models import Carrier, PickupRequest, Stop, StopLine, StopPalox, Tour, TourLog, Vehicle
from stores.enums import Kind
from stores.tests.factories import StoreFactory


def tomorrow() -> date:
    """The day after today, in the network's time."""
    return timezone.localdate() + timedelta(days=1)


def container(code: str = "75") -> ContainerType:
    """Return a kind of container of the seeded catalogue: "75", "33" or "palox"."""
    return ContainerType.objects.get(code=code)


def planned(code: str = "75", full: int = 10, empty: int = 8) -> PlannedLine:
    """Return a planned line."""
    return PlannedLine(container(code), full, empty)


class CarrierFactory(DjangoModelFactory):
    """A carrier with an address, in French."""

    name = factory.Sequence(lambda n: f"Transports {n}")
    email = factory.Sequence(lambda n: f"quai{n}@transport.example")

    class Meta:
        model = Carrier
        skip_postgeneration_save = True


class VehicleFactory(DjangoModelFactory):
    """A van."""

    carrier = factory.SubFactory(CarrierFactory)
    name = factory.Sequence(lambda n: f"Camionnette {n}")
    payload_kg = 900
    crates = 60

    class Meta:
        model = Vehicle


class PickupRequestFactory(DjangoModelFactory):
    """An open request of a new shop."""

    store = factory.SubFactory(StoreFactory)

    class Meta:
        model = PickupRequest


class TourFactory(DjangoModelFactory):
    """A draft for tomorrow, towards a new hub."""

    date = factory.LazyFunction(tomorrow)
    hub = factory.SubFactory(StoreFactory, kind=Kind.HUB)
    carrier = factory.SubFactory(CarrierFactory)

    class Meta:
        model = Tour


class StopFactory(DjangoModelFactory):
    """A stop to do."""

    tour = factory.SubFactory(TourFactory)
    store = factory.SubFactory(StoreFactory)

    class Meta:
        model = Stop


class StopLineFactory(DjangoModelFactory):
    """Ten full 75 cl crates to take, eight empty ones to leave."""

    stop = factory.SubFactory(StopFactory)
    container_type = factory.LazyFunction(container)
    planned_full = 10
    planned_empty = 8

    class Meta:
        model = StopLine


class TourLogFactory(DjangoModelFactory):
    """A tour that was sent."""

    tour = factory.SubFactory(TourFactory)
    from_state = "draft"
    to_state = "awaiting"

    class Meta:
        model = TourLog


class StopPaloxFactory(DjangoModelFactory):
    """A number that a driver typed and nobody knows."""

    stop = factory.SubFactory(StopFactory)
    number = factory.Sequence(lambda n: f"INC-{n:05d}")
    direction = "taken"

    class Meta:
        model = StopPalox
