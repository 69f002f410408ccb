"""Producers, products and shelves for tests. What a service writes, tests make with the service; these are for the rest."""

import uuid

import factory
from factory.django import DjangoModelFactory

from references.enums import Drink
from references.models import HeldList, Producer, Reference, ShelfCheck, ShelfItem, WashingLimit
from stores.enums import Kind
from stores.tests.factories import StoreFactory


class ProducerFactory(DjangoModelFactory):
    """A brewery."""

    name = factory.Sequence(lambda n: f"Brasserie {n}")
    city = "Arles"

    class Meta:
        model = Producer


class ReferenceFactory(DjangoModelFactory):
    """A beer of 33 cl, of a producer of its own."""

    producer = factory.SubFactory(ProducerFactory)
    name = factory.Sequence(lambda n: f"Blonde {n}")
    drink = Drink.BEER
    volume_cl = 33

    class Meta:
        model = Reference


class WashingLimitFactory(DjangoModelFactory):
    """A washing centre that takes 150 to 310 mm by 45 to 90 mm."""

    centre = factory.SubFactory(StoreFactory, kind=Kind.WASHING, name=factory.Sequence(lambda n: f"Laverie {n}"))

    class Meta:
        model = WashingLimit


class ShelfItemFactory(DjangoModelFactory):
    """A product that is on the shelf of a shop."""

    store = factory.SubFactory(StoreFactory)
    reference = factory.SubFactory(ReferenceFactory)

    class Meta:
        model = ShelfItem


class ShelfCheckFactory(DjangoModelFactory):
    """A look at a shelf that changed nothing."""

    store = factory.SubFactory(StoreFactory)

    class Meta:
        model = ShelfCheck


class HeldListFactory(DjangoModelFactory):
    """A list that came under a replaced card."""

    key = factory.LazyFunction(uuid.uuid4)
    store = factory.SubFactory(StoreFactory)

    class Meta:
        model = HeldList
