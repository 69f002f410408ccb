"""Ledger rows for tests. What a service writes, tests make with the service; these are for the rest."""

import datetime as dt
import uuid
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crates.enums import ActKind, BottleAct, BottleStage, Cause, Content, Decision
from crates.models import (
    Act,
    BottleModel,
    BottleMovement,
    ContainerType,
    Count,
    Declaration,
    DepositAmount,
    DepositCount,
    DiscrepancyDecision,
    Entry,
    Inventory,
    Movement,
    Palox,
    PaloxEvent,
    RejectReason,
    SortingBatch,
    SortingIntake,
    SortingReject,
    StoreContainer,
)
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


class PaloxFactory(DjangoModelFactory):
    """A palox with a number of its own, nowhere in particular. `see_palox` puts it somewhere."""

    number = factory.Sequence(lambda n: f"INC-{n:05d}")

    class Meta:
        model = Palox


class PaloxEventFactory(DjangoModelFactory):
    """Somebody saw a palox in stock; the palox itself does not move. Use `see_palox` for a real sighting."""

    palox = factory.SubFactory(PaloxFactory)
    at = factory.LazyFunction(timezone.now)
    state = "in_stock"

    class Meta:
        model = PaloxEvent


class DepositAmountFactory(DjangoModelFactory):
    """The 0.50 € deposit of the catalogue, or another; made again when a test has emptied the tables."""

    amount_eur = Decimal("0.50")
    valid_from = dt.date(2000, 1, 1)

    class Meta:
        model = DepositAmount
        django_get_or_create = ("amount_eur",)


class DepositCountFactory(DjangoModelFactory):
    """What a new shop counted in September 2026. Use `record_deposits` for a real one."""

    key = factory.LazyFunction(uuid.uuid4)
    store = factory.SubFactory(StoreFactory)
    month = dt.date(2026, 9, 1)
    amount = factory.SubFactory(DepositAmountFactory)
    charged = 100
    refunded = 80

    class Meta:
        model = DepositCount


class DiscrepancyDecisionFactory(DjangoModelFactory):
    """A difference that needs nothing. Use `dismiss` for a real one."""

    count = factory.SubFactory(CountFactory)
    decision = Decision.DISMISSED
    reason = "seen"

    class Meta:
        model = DiscrepancyDecision


class ActFactory(DjangoModelFactory):
    """Something a person did a moment ago. Use `note` for a real one."""

    kind = ActKind.MOVEMENT

    class Meta:
        model = Act


class BottleModelFactory(DjangoModelFactory):
    """The 75 cl beer bottle of the catalogue, or another by its code; made again when a test has emptied the tables."""

    code = "beer-75-1"
    name_fr = "bière 75 cl"
    name_en = "beer 75 cl"
    volume_cl = 75
    pallet_bottles = 1200

    class Meta:
        model = BottleModel
        django_get_or_create = ("code",)


class RejectReasonFactory(DjangoModelFactory):
    """“Broken” of the catalogue, or another by its code; made again when a test has emptied the tables."""

    code = "broken"
    name_fr = "cassée"
    name_en = "broken"

    class Meta:
        model = RejectReason
        django_get_or_create = ("code",)


class CentreFactory(StoreFactory):
    """A sorting centre."""

    name = factory.Sequence(lambda n: f"Centre de tri {n}")
    kind = Kind.SORTING


class WasherFactory(StoreFactory):
    """A washing centre."""

    name = factory.Sequence(lambda n: f"Centre de lavage {n}")
    kind = Kind.WASHING


class SortingBatchFactory(DjangoModelFactory):
    """The head of a batch, without lines: nothing moved. Use `record_sorting` for a real one."""

    key = factory.LazyFunction(uuid.uuid4)
    centre = factory.SubFactory(CentreFactory)
    sorted_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = SortingBatch


class SortingIntakeFactory(DjangoModelFactory):
    """Ten crates taken in by a batch."""

    batch = factory.SubFactory(SortingBatchFactory)
    container_type = factory.SubFactory(ContainerTypeFactory)
    quantity = 10

    class Meta:
        model = SortingIntake


class SortingRejectFactory(DjangoModelFactory):
    """Three broken bottles of a batch."""

    batch = factory.SubFactory(SortingBatchFactory)
    reason = factory.SubFactory(RejectReasonFactory)
    quantity = 3

    class Meta:
        model = SortingReject


class BottleMovementFactory(DjangoModelFactory):
    """A thousand bottles sorted at a new centre. Use the services for real ones."""

    key = factory.LazyFunction(uuid.uuid4)
    kind = BottleAct.SORTED
    bottle_model = factory.SubFactory(BottleModelFactory)
    to_stage = BottleStage.SORTED
    to_store = factory.SubFactory(CentreFactory)
    quantity = 1000
    occurred_at = factory.LazyFunction(timezone.now)

    class Meta:
        model = BottleMovement
