"""Zones, places and contacts for tests."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from stores.enums import Kind
from stores.models import Closure, Contact, Store, Zone


class ZoneFactory(DjangoModelFactory):
    """A zone with a name of its own."""

    name = factory.Sequence(lambda n: f"Zone {n}")

    class Meta:
        model = Zone


class StoreFactory(DjangoModelFactory):
    """An active shop in Marseille, with a position and an address. `StoreFactory(kind=Kind.HUB)` for another kind."""

    name = factory.Sequence(lambda n: f"Épicerie {n}")
    kind = Kind.SHOP
    street = "12 rue des Consignes"
    postcode = "13001"
    city = "Marseille"
    latitude = "43.296500"
    longitude = "5.369800"

    class Meta:
        model = Store


class ContactFactory(DjangoModelFactory):
    """A contact of a new shop, with an address of their own."""

    store = factory.SubFactory(StoreFactory)
    name = "Camille Roche"
    email = factory.Sequence(lambda n: f"contact{n}@boutique.example")

    class Meta:
        model = Contact


class ClosureFactory(DjangoModelFactory):
    """Two weeks of August."""

    store = factory.SubFactory(StoreFactory)
    first_day = date(2026, 8, 3)
    last_day = date(2026, 8, 16)
    reason = "congés"

    class Meta:
        model = Closure
