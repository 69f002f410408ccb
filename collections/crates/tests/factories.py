"""Ledger rows for tests. What a service writes, tests make with the service; these are for the rest."""

import uuid

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crates.enums import Cause, Content
from crates.models import ContainerType, Count, Declaration, Entry, Inventory, Movement, StoreContainer
from stores.enums import Kind
from stores.tests.factories import StoreFactory


class HubFactory(StoreFactory):
    """A hub."""

    name = factory.Sequence(lambda n: f"Plateforme {n}")
    kind = Kind.HUB


class ContainerTypeFactory(DjangoModelFactory):
    """The 75 cl crate of the catalogue, or another by its code; made again when a test has emptied the tables."""

    code = "75"
    name_fr = "casier 12×75 cl"
    name_en = "crate 12×75 cl"
    short_fr = short_en = "75 cl"
    bottles = 12

    class Meta:
        model = ContainerType
        django_get_or_create = ("code",)


class StoreContainerFactory(DjangoModelFactory):
    """A shop that has room for 40 crates."""

    store = factory.SubFactory(StoreFactory)
    container_type = factory.SubFactory(ContainerTypeFactory)
    capacity = 40

    class Meta:
        model = StoreContainer


class InventoryFactory(DjangoModelFactory):
    """The head of a count, without lines: it pins nothing. Use `record_inventory` for a real one."""

    key = factory.LazyFunction(uuid.uuid4)
    store = factory.SubFactory(StoreFactory)
    counted_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = Inventory


class DeclarationFactory(DjangoModelFactory):
    """The head of a declaration, without lines. Use `declare` for a real one."""

    key = factory.LazyFunction(uuid.uuid4)
    store = factory.SubFactory(StoreFactory)
    declared_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = Declaration


class CountFactory(DjangoModelFactory):
    """A line of an inventory that pins nothing."""

    inventory = factory.SubFactory(InventoryFactory)
    store = factory.SelfAttribute("inventory.store")
    container_type = factory.SubFactory(ContainerTypeFactory)
    at = factory.SelfAttribute("inventory.counted_at")
    total = 12

    class Meta:
        model = Count


class MovementFactory(DjangoModelFactory):
    """A movement without lines. Use `post_movement` for a real one."""

    key = factory.LazyFunction(uuid.uuid4)
    cause = Cause.TRANSFER
    occurred_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = Movement


class EntryFactory(DjangoModelFactory):
    """One line, alone: the database refuses it, which is what it is for."""

    movement = factory.SubFactory(MovementFactory)
    store = factory.SubFactory(StoreFactory)
    container_type = factory.SubFactory(ContainerTypeFactory)
    content = Content.EMPTY
    quantity = 1
    occurred_at = factory.SelfAttribute("movement.occurred_at")

    class Meta:
        model = Entry
