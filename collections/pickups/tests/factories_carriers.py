"""Contacts and prices of carriers, emission factors, series of tours, for tests."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from pickups.models import CarrierContact, EmissionFactor, PriceRule, RecurringSkip, RecurringStop, RecurringTour
from pickups.tests.factories import CarrierFactory
from stores.enums import Kind
from stores.tests.factories import StoreFactory


class CarrierContactFactory(DjangoModelFactory):
    """Somebody at a carrier's office."""

    carrier = factory.SubFactory(CarrierFactory)
    name = "Sacha Pons"
    email = factory.Sequence(lambda n: f"bureau{n}@transport.example")

    class Meta:
        model = CarrierContact


class PriceRuleFactory(DjangoModelFactory):
    """A price for any vehicle: 100 € a tour, 5 € a stop, 1 € a kilometre, 8 € a pallet."""

    carrier = factory.SubFactory(CarrierFactory)
    fixed_eur = 100
    per_stop_eur = 5
    per_km_eur = 1
    per_pallet_eur = 8
    valid_from = date(2026, 1, 1)

    class Meta:
        model = PriceRule


class EmissionFactorFactory(DjangoModelFactory):
    """The factor of a kind of vehicle; those of the seeded kinds are there already."""

    vehicle_kind = "van"
    low_g_per_km = 200
    typical_g_per_km = 250
    high_g_per_km = 300
    source = "test"
    as_of = date(2026, 1, 1)

    class Meta:
        model = EmissionFactor
        django_get_or_create = ["vehicle_kind"]


class RecurringTourFactory(DjangoModelFactory):
    """Every second Tuesday of 2026, without places."""

    name = factory.Sequence(lambda n: f"Tournée {n}")
    weekday = 1
    every_weeks = 2
    starts_on = date(2026, 1, 1)
    hub = factory.SubFactory(StoreFactory, kind=Kind.HUB)
    carrier = factory.SubFactory(CarrierFactory)

    class Meta:
        model = RecurringTour


class RecurringStopFactory(DjangoModelFactory):
    """A place of a series."""

    recurring = factory.SubFactory(RecurringTourFactory)
    store = factory.SubFactory(StoreFactory)
    position = factory.Sequence(lambda n: n)

    class Meta:
        model = RecurringStop


class RecurringSkipFactory(DjangoModelFactory):
    """A day on which a series does not drive."""

    recurring = factory.SubFactory(RecurringTourFactory)
    day = date(2026, 8, 11)
    reason = "inventaire"

    class Meta:
        model = RecurringSkip
