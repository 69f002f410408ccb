"""Movements: what is recorded, what is refused, how a mistake is put right."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause, Content
from crates.models import Balance, Movement
from crates.queries import StockLine, stock_of
from crates.services import (
    CountedLine,
    DeclaredLine,
    Line,
    MovedLine,
    PickedLine,
    cancel,
    correct,
    declare,
    pickup_lines,
    post_movement,
    post_pickup,
    record_inventory,
    record_purchase,
    record_write_off,
)
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", 41)


def ago(**units: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(**units)


def pickup(store, hub, *lines, occurred_at=None, **more):  # type: ignore[no-untyped-def]
    return post_pickup(store, hub, lines, key=uuid.uuid4(), occurred_at=occurred_at or ago(hours=1), by=BY, **more)


def held(store) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    """Return the ledger's own (empty, full) of the only container type."""
    figures = dict(Balance.objects.filter(store=store).values_list("content", "quantity"))
    return figures.get("empty", 0), figures.get("full", 0)


def test_a_pickup_moves_full_ones_to_the_hub_and_empty_ones_to_the_store():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    movement = pickup(store, hub, PickedLine(kind, loaded_full=13, left_empty=10), origin=("stop", 7))
    assert (held(store), held(hub)) == ((10, -13), (-10, 13))
    assert (movement.cause, movement.origin_kind, movement.origin_id, movement.actor_id) == (Cause.PICKUP, "stop", 7, 41)


def test_a_pickup_over_two_containers_is_one_movement():
    store, hub = StoreFactory(), HubFactory()
    pickup(store, hub, *[PickedLine(ContainerTypeFactory(code=code), 5, 4) for code in ("75", "33")])
    assert Movement.objects.get().entries.count() == 8


def test_a_stop_where_nothing_was_loaded_nor_left_makes_no_movement():
    assert pickup(StoreFactory(), HubFactory(), PickedLine(ContainerTypeFactory())) is None
    assert not Movement.objects.exists()


def test_a_pickup_without_a_known_hub_goes_to_the_outside_world():
    store = StoreFactory()
    movement = pickup(store, None, PickedLine(ContainerTypeFactory(), 3, 0))
    assert held(store) == (0, -3)
    assert movement.entries.filter(store=None).get().quantity == 3


def test_more_may_be_loaded_than_was_believed_to_be_there_and_screens_cut_the_full_ones_only():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    record_inventory(store, key=uuid.uuid4(), counted_at=ago(days=1), lines=[CountedLine(kind, 10, 4)], by=BY)
    pickup(store, hub, PickedLine(kind, 6, 0))
    assert held(store) == (6, -2)
    assert stock_of(store) == [StockLine(kind, empty=4, full=0, total=4, raw_full=-2)]


def test_a_replay_returns_the_first_movement_and_writes_nothing():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    first = pickup(store, hub, PickedLine(kind, 5, 5))
    again = post_pickup(store, hub, [PickedLine(kind, 9, 9)], key=first.key, occurred_at=ago(hours=2), by=BY)
    assert (again, again.replayed, first.replayed) == (first, True, False)
    assert held(store) == (5, -5)


def test_lines_about_the_same_thing_are_added_up():
    store, kind = StoreFactory(), ContainerTypeFactory()
    entries = [Line(store, kind, Content.EMPTY, 2), Line(store, kind, Content.EMPTY, 3), Line(None, kind, Content.EMPTY, -5)]
    movement = post_movement(Cause.PURCHASE, occurred_at=ago(hours=1), entries=entries, key=uuid.uuid4(), by=BY)
    assert sorted(movement.entries.values_list("quantity", flat=True)) == [-5, 5]


@pytest.mark.parametrize(
    ("moment", "quantities", "code"),
    [
        (dt.timedelta(minutes=1), (2, -2), "future"),
        (dt.timedelta(minutes=-1), (2, -1), "not_zero"),
        (dt.timedelta(minutes=-1), (0, 0), "nothing"),
        (dt.timedelta(minutes=-1), (2**31, -(2**31)), "absurd"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(moment, quantities, code):
    store, kind = StoreFactory(), ContainerTypeFactory()
    entries = [Line(place, kind, Content.EMPTY, quantity) for place, quantity in zip((store, None), quantities, strict=True)]
    with pytest.raises(ValidationError) as refusal:
        post_movement(Cause.TRANSFER, occurred_at=timezone.now() + moment, entries=entries, key=uuid.uuid4(), by=BY)
    assert refusal.value.code == code
    assert not Movement.objects.exists()


def test_purchases_losses_and_breakage_meet_the_outside_world():
    store, kind = StoreFactory(), ContainerTypeFactory()
    record_purchase(store, kind, 100, key=uuid.uuid4(), occurred_at=ago(days=2), by=BY)
    for cause in (Cause.LOSS, Cause.BREAKAGE):
        record_write_off(store, [MovedLine(kind, Content.EMPTY, 5)], cause=cause, key=uuid.uuid4(), occurred_at=ago(days=1), by=BY)
    assert held(store) == (90, 0)


@pytest.mark.parametrize("cause", [Cause.INVENTORY, Cause.DECLARATION])
def test_counts_do_not_come_in_by_the_door_of_movements(cause):
    with pytest.raises(ValueError, match="use"):
        post_movement(cause, occurred_at=ago(hours=1), entries=[], key=uuid.uuid4(), by=BY)


def test_a_correction_reverses_and_records_what_really_happened():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    wrong = pickup(store, hub, PickedLine(kind, 13, 10), origin=("stop", 7))
    right = correct(wrong, pickup_lines(store, hub, [PickedLine(kind, 18, 10)]), by=BY, reason="the slip says 18")
    assert (held(store), held(hub)) == ((10, -18), (-10, 18))
    reversal = wrong.reversed_by
    assert {movement.occurred_at for movement in (wrong, reversal, right)} == {wrong.occurred_at}
    assert (reversal.reason, reversal.actor_id, right.origin_id, right.cause) == ("the slip says 18", 41, 7, Cause.PICKUP)


def test_a_correction_may_be_corrected_in_turn():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    movement = pickup(store, hub, PickedLine(kind, 13, 0))
    for number in (18, 15, 16):
        movement = correct(movement, pickup_lines(store, hub, [PickedLine(kind, number, 0)]), by=BY, reason="again")
    assert held(hub) == (0, 16)
    assert check_ledger() == []


def test_a_correction_may_change_the_place():
    right, neighbour, hub, kind = StoreFactory(), StoreFactory(), HubFactory(), ContainerTypeFactory()
    movement = pickup(neighbour, hub, PickedLine(kind, 4, 0))
    correct(movement, pickup_lines(right, hub, [PickedLine(kind, 4, 0)]), by=BY, reason="the shop next door")
    assert (held(right), held(neighbour), held(hub)) == ((0, -4), (0, 0), (0, 4))


def test_a_cancelled_movement_did_not_happen_and_both_stay_readable():
    store, hub = StoreFactory(), HubFactory()
    movement = pickup(store, hub, PickedLine(ContainerTypeFactory(), 4, 2))
    cancel(movement, by=BY, reason="another tour")
    assert (held(store), held(hub)) == ((0, 0), (0, 0))
    assert Movement.objects.count() == 2


def test_a_movement_is_taken_back_once_and_a_reversal_never():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    movement = pickup(store, hub, PickedLine(kind, 4, 2))
    reversal = cancel(movement, by=BY, reason="another tour")
    for attempt in (movement, reversal):
        with pytest.raises(ValidationError) as refusal:
            cancel(attempt, by=BY, reason="again")
        assert refusal.value.code == "not_reversible"
    with pytest.raises(ValidationError):
        correct(movement, pickup_lines(store, hub, [PickedLine(kind, 1, 0)]), by=BY, reason="again")


def test_what_follows_from_a_count_is_not_taken_back_by_itself():
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    record_inventory(store, key=uuid.uuid4(), counted_at=ago(days=3), lines=[CountedLine(kind, 10, 4)], by=BY)
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(kind, 6)], by=BY, occurred_at=ago(days=1))
    pickup(store, hub, PickedLine(kind, 2, 0), occurred_at=ago(days=2))
    followed = Movement.objects.exclude(cause=Cause.PICKUP)
    assert followed.filter(offsets__isnull=False).count() == 1
    for movement in followed:
        with pytest.raises(ValidationError) as refusal:
            cancel(movement, by=BY, reason="no")
        assert refusal.value.code == "not_reversible"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 251])
def test_a_correction_needs_a_reason(reason):
    movement = pickup(StoreFactory(), HubFactory(), PickedLine(ContainerTypeFactory(), 4, 2))
    with pytest.raises(ValidationError) as refusal:
        cancel(movement, by=BY, reason=reason)
    assert refusal.value.code == "reason"


def test_correcting_down_to_nothing_says_to_cancel():
    movement = pickup(StoreFactory(), HubFactory(), PickedLine(ContainerTypeFactory(), 4, 2))
    with pytest.raises(ValidationError) as refusal:
        correct(movement, [], by=BY, reason="nothing was loaded")
    assert refusal.value.code == "nothing"
