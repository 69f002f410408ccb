"""Bottles between the sorting table and a producer's yard."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import strategies as st

from crates.check import check_ledger
from crates.enums import BottleAct, BottleStage
from crates.models import BottleMovement, Movement, SortingBatch
from crates.queries import stock_of
from crates.queries_bottles import bottle_stock, by_model, losses
from crates.services.bottles import BottleLine, cancel_bottles, deliver_to_producer, receive_washed, send_to_washing
from crates.services.sorting import Accepted, Intake, Rejected, cancel_sorting, record_sorting
from crates.tests.factories import (
    BottleModelFactory,
    BottleMovementFactory,
    CentreFactory,
    ContainerTypeFactory,
    RejectReasonFactory,
    WasherFactory,
)
from crates.tests.test_properties import rolled_back, searched
from lincassable.accounts.actors import LINK, Actor
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
SORTED, WASHING, WASHED = BottleStage.SORTED, BottleStage.WASHING, BottleStage.WASHED


@pytest.fixture
def chain():
    """A centre with 3,000 sorted beer bottles, a washing centre, a producer."""
    centre = CentreFactory()
    BottleMovementFactory(to_store=centre, quantity=3000, occurred_at=timezone.now() - dt.timedelta(days=9))
    return centre, WasherFactory(), StoreFactory(kind=Kind.PRODUCER)


def when(**ago):
    return {"key": uuid.uuid4(), "occurred_at": timezone.now() - dt.timedelta(**ago), "by": BY}


def stock(at=None):
    return {(line.bottle_model.code, line.stage): line.quantity for line in bottle_stock(at)}


def beer(**numbers):
    return [BottleLine(BottleModelFactory(), **numbers)]


def test_two_pallets_go_to_washing_come_back_less_the_broken_and_are_delivered(chain):
    centre, washer, producer = chain
    sent = send_to_washing(centre, washer, beer(pallets=2, bottles=50), **when(days=5))
    assert [(row.quantity, row.pallets) for row in sent] == [(2450, 2)]
    assert stock() == {("beer-75-1", SORTED): 550, ("beer-75-1", WASHING): 2450}
    receive_washed(washer, centre, beer(pallets=2, broken=30), **when(days=2))
    assert stock() == {("beer-75-1", SORTED): 550, ("beer-75-1", WASHING): 20, ("beer-75-1", WASHED): 2400}
    deliver_to_producer(centre, producer, beer(pallets=1), **when(days=1))
    assert stock()["beer-75-1", WASHED] == 1200
    lost = losses(timezone.now() - dt.timedelta(days=30), timezone.now())
    assert (lost.washed, lost.broken, lost.delivered, lost.broken_percent) == (2400, 30, 1200, 1.2)


def test_the_stock_of_a_past_moment_is_as_it_was_and_of_one_place_only_what_is_there(chain):
    centre, washer, _producer = chain
    send_to_washing(centre, washer, beer(bottles=1000), **when(days=5))
    assert stock(timezone.now() - dt.timedelta(days=6)) == {("beer-75-1", SORTED): 3000}
    assert [line.stage for line in bottle_stock(store=washer)] == [WASHING]
    assert by_model(bottle_stock())[0][1] == {SORTED: 2000, WASHING: 1000, WASHED: 0}


def test_the_same_key_moves_nothing_twice(chain):
    centre, washer, _producer = chain
    facts = when(days=5)
    first = send_to_washing(centre, washer, beer(bottles=1000), **facts)
    again = send_to_washing(centre, washer, beer(bottles=7), **facts)
    assert [row.pk for row in again] == [row.pk for row in first]
    back = when(days=4)
    receive_washed(washer, washer, beer(bottles=900, broken=100), **back)
    assert len(receive_washed(washer, washer, beer(bottles=900, broken=100), **back)) == 2
    assert stock() == {("beer-75-1", SORTED): 2000, ("beer-75-1", WASHED): 900}


def test_more_than_there_is_may_leave_and_is_flagged(chain):
    centre, washer, _producer = chain
    send_to_washing(centre, washer, beer(pallets=3), **when(days=1))
    line = next(line for line in bottle_stock() if line.stage == SORTED)
    assert (line.quantity, line.is_doubtful) == (-600, True)


def test_a_movement_is_taken_back_once_with_a_reason(chain):
    centre, washer, _producer = chain
    movement = send_to_washing(centre, washer, beer(pallets=1), **when(days=1))[0]
    with pytest.raises(ValidationError):
        cancel_bottles(movement, by=BY, reason="")
    reversal = cancel_bottles(movement, by=BY, reason="The truck did not come")
    assert stock() == {("beer-75-1", SORTED): 3000}
    assert (reversal.occurred_at, reversal.pallets) == (movement.occurred_at, 1)
    for row in (movement, reversal):
        with pytest.raises(ValidationError) as refusal:
            cancel_bottles(row, by=BY, reason="Again")
        assert refusal.value.code == "not_reversible"


def test_bottles_of_a_batch_are_taken_back_with_their_batch_only(chain):
    batch = record_sorting(
        chain[0], key=uuid.uuid4(), sorted_at=timezone.now(), intakes=[], accepted=[Accepted(BottleModelFactory(), 5)], rejects=[], by=BY
    )
    with pytest.raises(ValidationError):
        cancel_bottles(batch.bottle_movements.get(), by=BY, reason="No")


@pytest.mark.parametrize(
    ("numbers", "code"), [({}, "nothing"), ({"bottles": -1}, "absurd"), ({"pallets": 5000}, "absurd"), ({"broken": -2}, "absurd")]
)
def test_figures_that_cannot_be_are_refused(chain, numbers, code):
    centre, washer, _producer = chain
    lines = beer(**numbers) if "broken" not in numbers else beer(bottles=1, **numbers)
    with pytest.raises(ValidationError) as refusal, transaction.atomic():
        receive_washed(washer, centre, lines, **when(days=1))
    assert refusal.value.code == code
    assert BottleMovement.objects.count() == 1


def test_each_step_ends_at_the_right_kind_of_place_and_never_in_the_future(chain):
    centre, washer, producer = chain
    for act in (send_to_washing, deliver_to_producer):
        with pytest.raises(ValidationError) as refusal:
            act(centre, centre, beer(bottles=1), **when(days=1))
        assert refusal.value.code == "place"
    with pytest.raises(ValidationError):
        receive_washed(producer, centre, beer(bottles=1), **when(days=1))
    with pytest.raises(ValidationError) as refusal:
        send_to_washing(centre, washer, beer(bottles=1), **when(days=-1))
    assert refusal.value.code == "future"
    with pytest.raises(ValidationError) as refusal:
        send_to_washing(centre, washer, beer(bottles=1) * 2, **when(days=1))
    assert refusal.value.code == "twice"


def test_a_phones_link_moves_no_bottles(chain):
    centre, washer, _producer = chain
    link = Actor(LINK, 1, "store", centre.pk)
    with pytest.raises(PermissionDenied):
        send_to_washing(centre, washer, beer(bottles=1), **{**when(days=1), "by": link})
    with pytest.raises(PermissionDenied):
        cancel_bottles(BottleMovement.objects.get(), by=link, reason="No")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("bottle_movement_moves_something", {"quantity": 0}),
        ("bottle_movement_not_in_the_future", {"occurred_at": timezone.now() + dt.timedelta(days=365)}),
        ("bottle_movement_has_a_stage", {"to_stage": "", "to_store": None}),
        ("bottle_movement_is_somewhere", {"to_store": None}),
    ],
)
def test_the_database_refuses_an_impossible_movement(name, facts):
    with pytest.raises(IntegrityError, match=name):
        BottleMovementFactory(**facts)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_nobody_rewrites_what_happened_to_bottles(chain, change):
    rows = BottleMovement.objects.all()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(quantity=1) if change == "update" else rows.delete()


few = st.integers(0, 40)
model = st.integers(0, 1)
acts = st.one_of(
    st.tuples(st.just("sort"), few, st.lists(st.tuples(model, few), max_size=2, unique_by=lambda line: line[0]), few),
    st.tuples(st.sampled_from(["send", "wash", "deliver"]), model, few, st.integers(0, 2), few),
    st.tuples(st.sampled_from(["cancel batch", "cancel bottles", "replay"]), st.integers(0, 20)),
)


class Story:
    """Carries acts out, and keeps its own books: what came in, what went out, by model."""

    def __init__(self, chain):
        self.centre, self.washer, self.producer = chain
        self.models = [BottleModelFactory(code=code, pallet_bottles=10) for code in ("water-75", "milk-100")]
        self.now, self.serial, self.books = timezone.now(), 0, Counter()
        self.full = 0
        self.done: list = []

    def facts(self):
        self.serial += 1
        return {"key": uuid.uuid4(), "by": BY}, self.now - dt.timedelta(minutes=self.serial % 7)

    def do(self, act):
        getattr(self, act[0].replace(" ", "_"))(*act[1:])

    def sort(self, crates, accepted, rejected):
        facts, at = self.facts()
        facts |= {
            "sorted_at": at,
            "intakes": [Intake(ContainerTypeFactory(), crates)],
            "accepted": [Accepted(self.models[which], number) for which, number in accepted],
            "rejects": [Rejected(None, RejectReasonFactory(), rejected)],
        }
        if not (crates or rejected or any(number for _which, number in accepted)):
            return
        record_sorting(self.centre, **facts)
        self.done.append(lambda: record_sorting(self.centre, **facts))
        self.full -= crates
        for which, number in accepted:
            self.books[which, SORTED] += number

    def _step(self, service, ends, moves, which, bottles, pallets, broken=0):
        facts, at = self.facts()
        line = BottleLine(self.models[which], bottles, pallets, broken)
        if not line.quantity and not broken:
            return
        service(*ends, [line], occurred_at=at, **facts)
        self.done.append(lambda: service(*ends, [line], occurred_at=at, **facts))
        for stage, sign in moves:
            self.books[which, stage] += sign * line.quantity
        self.books[which, WASHING] -= broken

    def send(self, which, bottles, pallets, _broken):
        self._step(send_to_washing, (self.centre, self.washer), [(SORTED, -1), (WASHING, 1)], which, bottles, pallets)

    def wash(self, which, bottles, pallets, broken):
        self._step(receive_washed, (self.washer, self.centre), [(WASHING, -1), (WASHED, 1)], which, bottles, pallets, broken)

    def deliver(self, which, bottles, pallets, _broken):
        self._step(deliver_to_producer, (self.centre, self.producer), [(WASHED, -1)], which, bottles, pallets)

    def replay(self, nth):
        if self.done:
            self.done[nth % len(self.done)]()

    def cancel_batch(self, nth):
        rows = list(SortingBatch.objects.filter(cancelled_at=None).order_by("pk"))
        if not rows:
            return
        batch = rows[nth % len(rows)]
        self.full += sum(batch.intakes.values_list("quantity", flat=True))
        self._forget(batch.bottle_movements.filter(reverses=None))
        cancel_sorting(batch, by=BY, reason="x")

    def cancel_bottles(self, nth):
        rows = list(
            BottleMovement.objects.filter(batch=None, reverses=None, reversed_by=None).exclude(kind=BottleAct.SORTED).order_by("pk")
        )
        if rows:
            self._forget([rows[nth % len(rows)]])
            cancel_bottles(rows[nth % len(rows)], by=BY, reason="x")

    def _forget(self, movements):
        for row in movements:
            which = self.models.index(row.bottle_model)
            for stage, sign in ((row.from_stage, 1), (row.to_stage, -1)):
                if stage:
                    self.books[which, stage] += sign * row.quantity


@searched(40, story=st.lists(acts, max_size=14))
def test_whatever_is_sorted_washed_delivered_and_taken_back_no_bottle_appears_or_disappears(chain, story):
    with rolled_back():
        told = Story(chain)
        for act in story:
            told.do(act)
        found = Counter(
            {
                (told.models.index(line.bottle_model), line.stage): line.quantity
                for line in bottle_stock()
                if line.bottle_model in told.models
            }
        )
        assert {key: number for key, number in told.books.items() if number} == dict(found)
        centre = stock_of(told.centre)
        held = (centre[0].raw_full, centre[0].total - centre[0].raw_full) if centre else (0, 0)
        assert held == (told.full, -told.full)
        assert check_ledger() == []
        assert Movement.objects.filter(origin_kind="sorting").exclude(cause="sorting").count() == 0
