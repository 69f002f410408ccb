"""What is sorted: containers become empty, bottles are counted by model, rejects are kept with their reason."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import BottleStage, Cause, Content, PaloxState
from crates.models import Act, BottleMovement, Entry, Movement, SortingBatch
from crates.queries import stock_of
from crates.queries_bottles import bottle_stock, losses, yield_of, yields_of
from crates.services import MovedLine, record_transfer
from crates.services.paloxes import see_palox
from crates.services.sorting import Accepted, Intake, Rejected, cancel_sorting, record_sorting, transfer_for_sorting
from crates.services.undo import undo_last
from crates.tests.factories import (
    BottleModelFactory,
    CentreFactory,
    ContainerTypeFactory,
    HubFactory,
    PaloxFactory,
    RejectReasonFactory,
    SortingBatchFactory,
)
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.tests.factories import UserFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def centre():
    """A sorting centre that got 100 full crates of 12 two days ago."""
    centre = CentreFactory()
    lines = [MovedLine(ContainerTypeFactory(), Content.FULL, 100)]
    record_transfer(None, centre, lines, key=uuid.uuid4(), occurred_at=timezone.now() - dt.timedelta(days=2), by=BY)
    return centre


def sort(centre, **facts):
    """Sort ten crates of twelve: 110 beer bottles, seven broken, three foreign."""
    given = {
        "key": uuid.uuid4(),
        "sorted_at": timezone.now() - dt.timedelta(hours=1),
        "intakes": [Intake(ContainerTypeFactory(), 10)],
        "accepted": [Accepted(BottleModelFactory(), 110)],
        "rejects": [
            Rejected(BottleModelFactory(), RejectReasonFactory(), 7),
            Rejected(None, RejectReasonFactory(code="foreign"), 3),
        ],
        "by": BY,
    }
    return record_sorting(centre, **{**given, **facts})


def crates(centre):
    line = stock_of(centre)[0]
    return line.raw_full, line.total - line.raw_full


def bottles(**where):
    return {(line.bottle_model.code, line.stage): line.quantity for line in bottle_stock(**where)}


def test_sorting_empties_the_containers_where_they_are_and_puts_the_bottles_into_stock(centre):
    batch = sort(centre)
    assert crates(centre) == (90, 10)
    assert bottles() == {("beer-75-1", BottleStage.SORTED): 110}
    assert (batch.movement.cause, batch.movement.origin_kind, batch.movement.origin_id) == (Cause.SORTING, "sorting", batch.pk)
    assert sorted(batch.rejects.values_list("reason__code", "quantity")) == [("broken", 7), ("foreign", 3)]
    assert check_ledger() == []


def test_the_same_key_is_one_batch_whatever_the_second_form_says(centre):
    first = sort(centre)
    second = sort(centre, key=first.key, accepted=[Accepted(BottleModelFactory(), 999)])
    assert (second.pk, second.replayed) == (first.pk, True)
    assert SortingBatch.objects.count() == BottleMovement.objects.count() == 1
    assert bottles() == {("beer-75-1", BottleStage.SORTED): 110}


def test_a_cancelled_batch_leaves_full_crates_and_no_bottles_and_stays_readable(centre):
    batch = sort(centre)
    cancelled = cancel_sorting(batch, by=BY, reason="Wrong table")
    assert (crates(centre), bottles()) == ((100, 0), {})
    assert (cancelled.cancelled_reason, cancelled.cancelled_at is not None) == ("Wrong table", True)
    assert cancel_sorting(batch, by=BY, reason="Twice").cancelled_reason == "Wrong table"
    assert BottleMovement.objects.count() == 2
    assert Movement.objects.filter(cause=Cause.SORTING).count() == 2
    assert check_ledger() == []


def test_cancelling_needs_a_reason(centre):
    batch = sort(centre)
    with pytest.raises(ValidationError):
        cancel_sorting(batch, by=BY, reason="  ")
    assert crates(centre) == (90, 10)


def test_whoever_sorted_may_undo_it_for_ten_minutes(centre):
    by = Actor.of_user(UserFactory(role="sorting"))
    batch = sort(centre, by=by)
    assert Act.objects.get().origin_id == batch.pk
    undo_last(by=by)
    batch.refresh_from_db()
    assert batch.cancelled_at
    assert crates(centre) == (100, 0)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: {"sorted_at": timezone.now() + dt.timedelta(minutes=5)}, "future"),
        (lambda: {"intakes": [], "accepted": [], "rejects": []}, "nothing"),
        (lambda: {"intakes": [Intake(ContainerTypeFactory(), 0)], "accepted": [], "rejects": []}, "nothing"),
        (lambda: {"intakes": [Intake(ContainerTypeFactory(), -1)]}, "absurd"),
        (lambda: {"accepted": [Accepted(BottleModelFactory(), 2_000_000)]}, "absurd"),
        (lambda: {"rejects": [Rejected(None, RejectReasonFactory(), -3)]}, "absurd"),
        (lambda: {"intakes": [Intake(ContainerTypeFactory(), 1), Intake(ContainerTypeFactory(), 2)]}, "twice"),
        (lambda: {"accepted": [Accepted(BottleModelFactory(), 1), Accepted(BottleModelFactory(), 1)]}, "twice"),
        (lambda: {"rejects": [Rejected(None, RejectReasonFactory(), 1)] * 2}, "twice"),
        (lambda: {"intakes": [Intake(ContainerTypeFactory(code="palox"), 1, ["NO-SUCH"])]}, "unknown"),
        (lambda: {"intakes": [Intake(ContainerTypeFactory(code="palox"), 1, ["A", "B"])]}, "numbers"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(centre, wrong, code):
    before = Entry.objects.count()
    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        sort(centre, **wrong())
    assert refusal.value.code == code
    assert (SortingBatch.objects.count(), Entry.objects.count(), bottles()) == (0, before, {})


def test_only_a_sorting_centre_sorts(centre):
    with pytest.raises(ValidationError) as refusal:
        sort(HubFactory())
    assert refusal.value.code == "place"


def test_a_phones_link_neither_sorts_nor_cancels(centre):
    link = Actor(LINK, 1, "store", centre.pk)
    with pytest.raises(PermissionDenied):
        sort(centre, by=link)
    batch = sort(centre)
    with pytest.raises(PermissionDenied):
        cancel_sorting(batch, by=link, reason="No")


def test_more_crates_than_the_ledger_believes_are_sorted_all_the_same(centre):
    sort(centre, intakes=[Intake(ContainerTypeFactory(), 130)])
    assert crates(centre) == (-30, 130)


def test_a_numbered_palox_is_seen_at_the_centre_emptied_and_goes_back_when_the_batch_is_cancelled(centre):
    shop, palox = StoreFactory(), PaloxFactory(number="INC-00007")
    earlier = timezone.now() - dt.timedelta(days=3)
    see_palox("INC-00007", store=shop, state=PaloxState.STORE, at=earlier, key=uuid.uuid4(), by=BY)
    batch = sort(centre, intakes=[Intake(ContainerTypeFactory(code="palox", bottles=500), 2, ["inc-00007"])])
    palox.refresh_from_db()
    assert (palox.store, palox.state) == (centre, PaloxState.IN_STOCK)
    assert list(batch.intakes.get().paloxes.all()) == [palox]
    cancel_sorting(batch, by=BY, reason="Another palox")
    palox.refresh_from_db()
    assert (palox.store, palox.state) == (shop, PaloxState.STORE)


def test_a_palox_seen_elsewhere_since_stays_there_when_the_batch_is_cancelled(centre):
    hub, palox = HubFactory(), PaloxFactory(number="INC-00007")
    batch = sort(centre, intakes=[Intake(ContainerTypeFactory(code="palox"), 1, ["INC-00007"])])
    see_palox("INC-00007", store=hub, state=PaloxState.IN_STOCK, at=timezone.now(), key=uuid.uuid4(), by=BY)
    cancel_sorting(batch, by=BY, reason="Other")
    palox.refresh_from_db()
    assert palox.store == hub


def test_a_batch_told_late_does_not_move_the_stock_since_a_count(centre):
    from crates.services import CountedLine, record_inventory

    counted = timezone.now() - dt.timedelta(minutes=30)
    record_inventory(centre, key=uuid.uuid4(), counted_at=counted, lines=[CountedLine(ContainerTypeFactory(), 100, 90)], by=BY)
    sort(centre)
    assert crates(centre) == (90, 10)
    assert check_ledger() == []


def test_a_trip_takes_full_ones_to_the_centre_and_brings_empty_ones_back_in_one_movement(centre):
    hub, crate = HubFactory(), ContainerTypeFactory()
    sort(centre)
    movement = transfer_for_sorting(
        hub, centre, sent_full=[(crate, 30)], brought_empty=[(crate, 10)], key=uuid.uuid4(), occurred_at=timezone.now(), by=BY
    )
    assert movement.cause == Cause.TRANSFER
    assert crates(centre) == (120, 0)
    assert crates(hub) == (-30, 10)
    with pytest.raises(ValidationError):
        transfer_for_sorting(hub, hub, sent_full=[(crate, 1)], brought_empty=[], key=uuid.uuid4(), occurred_at=timezone.now(), by=BY)


def test_the_yield_compares_bottles_with_what_the_containers_hold(centre):
    batch = sort(centre)
    found = yields_of([batch])[batch.pk]
    assert (found.expected, found.accepted, found.rejected, found.gap_percent, found.is_odd) == (120, 110, 10, 0, False)
    assert found.rate == 91.7
    crate = ContainerTypeFactory()
    assert yield_of([(crate, 10)], 60, 0).is_odd
    assert yield_of([], 5, 0).is_odd
    assert yield_of([], 0, 0).rate is None


def test_the_rate_of_rejects_is_measured_and_leaves_cancelled_batches_out(centre):
    since = timezone.now() - dt.timedelta(days=30)
    sort(centre)
    cancel_sorting(sort(centre), by=BY, reason="Twice")
    lost = losses(since, timezone.now())
    assert (lost.accepted, lost.rejected_total, lost.reject_percent, lost.broken_percent) == (110, 10, 8.3, None)
    assert [(reason.code, number) for reason, number in lost.rejected] == [("foreign", 3), ("broken", 7)]


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("sorting_not_in_the_future", {"sorted_at": timezone.now() + dt.timedelta(days=365)}),
        ("sorting_cancelled_with_a_reason", {"cancelled_at": timezone.now()}),
    ],
)
def test_the_database_refuses_an_impossible_batch(name, facts):
    with pytest.raises(IntegrityError, match=name):
        SortingBatchFactory(**facts)
