"""What the database itself refuses, whoever asks and however."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from crates.enums import Cause, Content
from crates.models import Balance, Count, Declaration, Entry, Inventory, Movement
from crates.services import record_purchase
from crates.tests.factories import (
    ContainerTypeFactory,
    CountFactory,
    DeclarationFactory,
    EntryFactory,
    InventoryFactory,
    MovementFactory,
    StoreContainerFactory,
)
from lincassable.accounts.actors import Actor
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
TOMORROW = timezone.now() + dt.timedelta(days=1)


@pytest.fixture
def movement() -> Movement:
    """Three crates bought."""
    return record_purchase(
        StoreFactory(), ContainerTypeFactory(), 3, key=uuid.uuid4(), occurred_at=timezone.now() - dt.timedelta(hours=1), by=Actor.system()
    )


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda movement: Movement.objects.update(reason="never mind"),
        lambda movement: Entry.objects.update(quantity=4),
        lambda movement: Entry.objects.all().delete(),
        lambda movement: Movement.objects.all()._raw_delete("default"),
        lambda movement: movement.save(),
        lambda movement: Entry.objects.bulk_update([movement.entries.first()], ["quantity"]),
        lambda movement: run("UPDATE crates_movement SET reason = 'never mind'"),
        lambda movement: run("UPDATE crates_entry SET quantity = quantity + 1"),
        lambda movement: run("DELETE FROM crates_entry"),
        lambda movement: run("DELETE FROM crates_movement"),
    ],
)
def test_movements_and_entries_are_neither_changed_nor_removed(movement, attempt):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        attempt(movement)
    assert Balance.objects.get(content=Content.EMPTY).quantity == 3


@pytest.mark.parametrize("table", ["crates_movement", "crates_entry"])
def test_the_ledger_cannot_be_emptied(movement, table):
    run("SET LOCAL lincassable.allow_truncate = 'off'")  # as everywhere but in a test database
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")
    run("SET LOCAL lincassable.allow_truncate = 'on'")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Balance.objects.update(quantity=99),
        lambda: Balance.objects.all().delete(),
        lambda: Balance.objects.create(store=StoreFactory(), container_type=ContainerTypeFactory(), content=Content.FULL, quantity=5),
        lambda: run("UPDATE crates_balance SET quantity = 99"),
        lambda: run("DELETE FROM crates_balance"),
        lambda: run(
            """INSERT INTO crates_balance (store_id, container_type_id, content, quantity)
            SELECT store_id, container_type_id, 'full', 1 FROM crates_balance"""
        ),
    ],
)
def test_balances_are_written_by_the_database_alone(movement, attempt):
    with pytest.raises(IntegrityError, match="balances are kept by the database"), transaction.atomic():
        attempt()
    assert list(Balance.objects.values_list("content", "quantity")) == [("empty", 3)]


def test_lines_that_do_not_sum_to_zero_are_refused():
    with pytest.raises(IntegrityError, match="do not sum to zero"), transaction.atomic():
        EntryFactory()


def test_lines_that_sum_to_zero_only_across_container_types_are_refused():
    movement, store = MovementFactory(), StoreFactory()
    same = {"movement": movement, "store": store, "content": "empty", "occurred_at": movement.occurred_at}
    lines = [Entry(container_type=ContainerTypeFactory(code=code), quantity=number, **same) for code, number in (("75", 2), ("33", -2))]
    with pytest.raises(IntegrityError, match="do not sum to zero"), transaction.atomic():
        Entry.objects.bulk_create(lines)


def test_an_entry_has_its_movements_moment():
    movement, kind = MovementFactory(), ContainerTypeFactory()
    another = movement.occurred_at - dt.timedelta(seconds=1)
    lines = [
        Entry(movement=movement, store=store, container_type=kind, content="empty", quantity=quantity, occurred_at=another)
        for store, quantity in ((StoreFactory(), 2), (None, -2))
    ]
    with pytest.raises(IntegrityError, match="another moment"), transaction.atomic():
        Entry.objects.bulk_create(lines)


def test_a_balance_follows_entries_written_in_bulk():
    store, kind = StoreFactory(), ContainerTypeFactory()
    movements = Movement.objects.bulk_create(Movement(cause=Cause.PURCHASE, occurred_at=timezone.now()) for _ in range(50))
    Entry.objects.bulk_create(
        Entry(movement=movement, store=place, container_type=kind, content="empty", quantity=quantity, occurred_at=movement.occurred_at)
        for movement in movements
        for place, quantity in ((store, 2), (None, -2))
    )
    assert Balance.objects.get().quantity == 100


def same_key(factory):  # type: ignore[no-untyped-def]
    first = factory()
    factory(key=first.key)


def reversed_twice() -> None:
    first = MovementFactory()
    MovementFactory(reverses=first)
    MovementFactory(reverses=first)


def listed_twice(owner: str, factory) -> None:  # type: ignore[no-untyped-def]
    head = factory()
    kind = ContainerTypeFactory()
    for _ in range(2):
        Count.objects.create(**{owner: head}, store=head.store, container_type=kind, at=head.moment, total=1)


REFUSED = {
    "movement_not_in_the_future": lambda: MovementFactory(occurred_at=TOMORROW),
    "movement_origin_is_whole": lambda: MovementFactory(origin_kind="stop"),
    "crates_movement_key": lambda: same_key(MovementFactory),
    "crates_movement_reverses_id_key": reversed_twice,
    "entry_moves_something": lambda: EntryFactory(quantity=0),
    "inventory_not_in_the_future": lambda: InventoryFactory(counted_at=TOMORROW),
    "inventory_unique_external_id": lambda: [InventoryFactory(source="old", source_id="7") for _ in range(2)],
    "inventory_withdrawal_is_whole": lambda: InventoryFactory(withdrawn_at=timezone.now()),
    "crates_inventory_key": lambda: same_key(InventoryFactory),
    "declaration_not_in_the_future": lambda: DeclarationFactory(declared_at=TOMORROW),
    "declaration_unique_external_id": lambda: [DeclarationFactory(source="old", source_id="7") for _ in range(2)],
    "declaration_settlement_is_whole": lambda: DeclarationFactory(settled_at=timezone.now()),
    "declaration_refused_is_settled": lambda: DeclarationFactory(state=Declaration.REFUSED),
    "crates_declaration_key": lambda: same_key(DeclarationFactory),
    "count_of_one_inventory_or_declaration": lambda: CountFactory(declaration=DeclarationFactory()),
    "count_pinned_total_is_known": lambda: CountFactory(total=None, full=1, pins_total=True),
    "count_pinned_full_is_known": lambda: CountFactory(pins_full=True),
    "count_once_per_inventory": lambda: listed_twice("inventory", InventoryFactory),
    "count_once_per_declaration": lambda: listed_twice("declaration", DeclarationFactory),
    "store_container_unique": lambda: StoreContainerFactory(store=StoreContainerFactory().store),
}


@pytest.mark.parametrize("constraint", REFUSED)
def test_each_constraint_refuses_what_it_names(constraint):
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        REFUSED[constraint]()


def test_every_constraint_has_its_test():
    ours = {constraint.name for model in (Movement, Entry, Inventory, Declaration, Count) for constraint in model._meta.constraints}
    assert ours <= set(REFUSED)
