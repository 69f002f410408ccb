"""Whatever people do, in whatever order it reaches us, the ledger says what a patient clerk would have worked out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crates.check import check_ledger
from crates.enums import Cause, Content
from crates.models import Balance, Count, Declaration, Entry, Inventory, Movement
from crates.queries import stock_at
from crates.services import (
    CountedLine,
    DeclaredLine,
    MovedLine,
    PickedLine,
    accept_held,
    cancel,
    correct,
    declare,
    pickup_lines,
    post_pickup,
    record_inventory,
    record_purchase,
    record_write_off,
    refuse_held,
    replace_inventory,
    withdraw_declaration,
    withdraw_inventory,
)
from crates.tests.factories import ContainerTypeFactory, HubFactory
from crates.tests.oracle import Oracle
from lincassable.accounts.actors import Actor
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()

few = st.integers(0, 30)
perhaps = st.none() | few
# Two shops and a hub, two kinds; mostly the first, and at few moments, so that much happens at the very same spot.
place = st.sampled_from([0, 0, 0, 1, 2])
kind = st.sampled_from([0, 0, 0, 1])
day = st.integers(0, 3)
nth = st.integers(0, 30)
figures = st.tuples(kind, few, perhaps)
per_kind = {"min_size": 1, "max_size": 2, "unique_by": lambda line: line[0]}
picked = st.lists(st.tuples(kind, few, few), min_size=1, max_size=2)
observations = [
    st.tuples(st.just("declare"), place, day, st.lists(st.tuples(kind, perhaps, perhaps), **per_kind)),
    st.tuples(st.just("count"), place, day, st.lists(figures, **per_kind)),
    st.tuples(st.just("pickup"), st.integers(0, 1), day, picked),
    st.tuples(st.just("buy"), place, day, kind, st.integers(1, 30)),
    st.tuples(st.just("lose"), place, day, kind, st.sampled_from(list(Content)), st.integers(1, 9)),
]
decisions = [
    st.tuples(st.just("hold"), place, day, st.lists(figures, **per_kind)),
    st.tuples(st.just("correct"), nth, st.integers(0, 1), picked),
    st.tuples(st.just("cancel"), nth),
    st.tuples(st.just("withdraw count"), nth),
    st.tuples(st.just("recount"), nth, st.lists(figures, **per_kind)),
    st.tuples(st.just("withdraw declaration"), nth),
    st.tuples(st.just("accept"), nth),
    st.tuples(st.just("refuse"), nth),
]
steps = st.one_of(*observations, *decisions)
# `LEDGER_EXAMPLES=1000 pytest …` searches longer, for instance at night.
EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "50"))


def searched(examples: int, **strategies):  # type: ignore[no-untyped-def]
    """Return the decorator of a property that is tried on so many examples; the network is made once, read-only."""

    def decorate(function):  # type: ignore[no-untyped-def]
        slow = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
        return settings(max_examples=examples, suppress_health_check=slow)(given(**strategies)(function))

    return decorate


@dataclass
class Network:
    """Two shops, a hub, two kinds of containers, and moments a day apart."""

    places: list[Store]
    kinds: list[int]
    now: datetime

    def moment(self, days_ago: int) -> datetime:
        return self.now - timedelta(days=days_ago)


@pytest.fixture
def network() -> Network:
    kinds = [ContainerTypeFactory(code=code).pk for code in ("75", "33")]
    return Network([StoreFactory(), StoreFactory(), HubFactory()], kinds, timezone.now())


@contextmanager
def rolled_back() -> Iterator[None]:
    """Run one example, verify what is checked at commit, and forget it."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


class Clerk:
    """Does each step twice over: through the services, and in the oracle."""

    def __init__(self, network: Network) -> None:
        self.network, self.oracle = network, Oracle()
        self.done: list = []  # what was done, to be replayed

    def do(self, step: tuple) -> None:
        name, *details = step
        getattr(self, name.replace(" ", "_"))(*details)

    def again(self, action) -> None:
        self.done.append(action)
        action()

    def pair(self, where: int, what: int) -> tuple[int, int]:
        return self.network.places[where].pk, self.network.kinds[what]

    # -- what staff, drivers and coordinators do

    def declare(self, where: int, days_ago: int, lines: list, *, held: bool = False) -> None:
        store, key, moment = self.network.places[where], uuid.uuid4(), self.network.moment(days_ago)
        said = [DeclaredLine(self.network.kinds[what], full, total) for what, full, total in lines]
        self.again(lambda: declare(store, key=key, lines=said, by=BY, occurred_at=moment, held=held))
        if not held and not store.keeps_stock:
            for what, full, _total in lines:
                self.oracle.count(str(key), moment, self.pair(where, what), full=full)

    def hold(self, where: int, days_ago: int, lines: list) -> None:
        self.declare(where, days_ago, lines, held=True)

    def count(self, where: int, days_ago: int, lines: list) -> None:
        store, key, moment = self.network.places[where], uuid.uuid4(), self.network.moment(days_ago)
        counted = self._counted(lines)
        self.again(lambda: record_inventory(store, key=key, counted_at=moment, lines=counted, by=BY))
        self._count_in_oracle(store, str(key), moment, counted)

    def _counted(self, lines: list) -> list[CountedLine]:
        return [CountedLine(self.network.kinds[what], total, None if full is None else min(full, total)) for what, total, full in lines]

    def _count_in_oracle(self, store: Store, owner: str, moment: datetime, lines: list[CountedLine]) -> None:
        for line in lines:
            full = 0 if line.full is None and store.keeps_stock else line.full
            self.oracle.count(owner, moment, (store.pk, line.container_type), total=line.total, full=full)

    def _picked(self, lines: list) -> list[PickedLine]:
        return [PickedLine(self.network.kinds[what], loaded, left) for what, loaded, left in lines]

    def _pickup_in_oracle(self, owner: str, where: int, moment: datetime, lines: list) -> None:
        for what, loaded, left in lines:
            self.oracle.fact(owner, moment, {self.pair(where, what): (left, -loaded), self.pair(2, what): (-left, loaded)})

    def pickup(self, where: int, days_ago: int, lines: list) -> None:
        key, moment = uuid.uuid4(), self.network.moment(days_ago)
        shop, hub = self.network.places[where], self.network.places[2]
        self.again(lambda: post_pickup(shop, hub, self._picked(lines), key=key, occurred_at=moment, by=BY, origin=("stop", 7)))
        self._pickup_in_oracle(str(key), where, moment, lines)

    def buy(self, where: int, days_ago: int, what: int, quantity: int) -> None:
        key, moment, store = uuid.uuid4(), self.network.moment(days_ago), self.network.places[where]
        self.again(lambda: record_purchase(store, self.network.kinds[what], quantity, key=key, occurred_at=moment, by=BY))
        self.oracle.fact(str(key), moment, {self.pair(where, what): (quantity, 0)})

    def lose(self, where: int, days_ago: int, what: int, content: Content, quantity: int) -> None:
        key, moment, store = uuid.uuid4(), self.network.moment(days_ago), self.network.places[where]
        lost = [MovedLine(self.network.kinds[what], content, quantity)]
        self.again(lambda: record_write_off(store, lost, cause=Cause.LOSS, key=key, occurred_at=moment, by=BY))
        change = (-quantity, 0) if content == Content.EMPTY else (0, -quantity)
        self.oracle.fact(str(key), moment, {self.pair(where, what): change})

    # -- what is taken back

    def _some(self, rows, index: int):  # type: ignore[no-untyped-def]
        found = list(rows.order_by("pk"))
        return found[index % len(found)] if found else None

    def _standing(self):  # type: ignore[no-untyped-def]
        return Movement.objects.filter(inventory=None, declaration=None, reverses=None, reversed_by=None)

    def correct(self, index: int, where: int, lines: list) -> None:
        movement = self._some(self._standing(), index)
        if movement is None or not any(loaded or left for _what, loaded, left in lines):
            return
        after = pickup_lines(self.network.places[where], self.network.places[2], self._picked(lines))
        corrected = correct(movement, after, by=BY, reason="the slip says otherwise")
        self.oracle.take_back(str(movement.key))
        self._pickup_in_oracle(str(corrected.key), where, movement.occurred_at, lines)

    def cancel(self, index: int) -> None:
        movement = self._some(self._standing(), index)
        if movement is not None:
            cancel(movement, by=BY, reason="it did not happen")
            self.oracle.take_back(str(movement.key))

    def withdraw_count(self, index: int) -> None:
        inventory = self._some(Inventory.objects.filter(withdrawn_at=None), index)
        if inventory is not None:
            withdraw_inventory(inventory, by=BY, reason="counted next door")
            self.oracle.take_back(str(inventory.key))

    def recount(self, index: int, lines: list) -> None:
        inventory = self._some(Inventory.objects.filter(withdrawn_at=None), index)
        if inventory is not None:
            key, counted = uuid.uuid4(), self._counted(lines)
            replace_inventory(inventory, key=key, lines=counted, by=BY, reason="a slip of the pen")
            self.oracle.take_back(str(inventory.key))
            self._count_in_oracle(inventory.store, str(key), inventory.counted_at, counted)

    def withdraw_declaration(self, index: int) -> None:
        declaration = self._some(Declaration.objects.filter(state=Declaration.POSTED), index)
        if declaration is not None:
            withdraw_declaration(declaration, by=BY, reason="a child's play")
            self.oracle.take_back(str(declaration.key))

    def accept(self, index: int) -> None:
        declaration = self._some(Declaration.objects.filter(state=Declaration.HELD), index)
        if declaration is not None:
            accept_held(declaration, by=BY)
            if not declaration.store.keeps_stock:
                for line in Count.objects.filter(declaration=declaration).order_by("pk"):
                    pair = line.store_id, line.container_type_id
                    self.oracle.count(str(declaration.key), declaration.declared_at, pair, full=line.full)

    def refuse(self, index: int) -> None:
        declaration = self._some(Declaration.objects.filter(state=Declaration.HELD), index)
        if declaration is not None:
            refuse_held(declaration, by=BY)

    # -- what must be true

    def verify(self) -> None:
        assert check_ledger() == []
        assert balances() == self.oracle.stock()
        for days_ago in range(4):
            moment = self.network.moment(days_ago)
            told = {
                (store, line.container_type.pk): (line.total - line.raw_full, line.raw_full)
                for store, lines in stock_at(moment).items()
                for line in lines
                if line.total or line.raw_full
            }
            assert told == self.oracle.stock(moment)
        outside = Entry.objects.filter(store=None).aggregate(n=Sum("quantity"))["n"] or 0
        inside = Balance.objects.aggregate(n=Sum("quantity"))["n"] or 0
        assert outside + inside == 0


def balances() -> dict[tuple[int, int], tuple[int, int]]:
    """Return (empty, full) per pair from the balances, leaving out (0, 0)."""
    found: dict[tuple[int, int], list[int]] = {}
    for row in Balance.objects.all():
        found.setdefault((row.store_id, row.container_type_id), [0, 0])[row.content == Content.FULL] = row.quantity
    return {pair: (empty, full) for pair, (empty, full) in found.items() if empty or full}


def shape() -> tuple[int, ...]:
    """Return how many rows there are of everything."""
    return tuple(model.objects.count() for model in (Movement, Entry, Count, Declaration, Inventory))


@searched(EXAMPLES, story=st.lists(steps, min_size=1, max_size=14))
def test_any_story_leaves_the_ledger_a_patient_clerk_would_have_written(network, story):
    with rolled_back():
        clerk = Clerk(network)
        for step in story:
            clerk.do(step)
        clerk.verify()


@searched(EXAMPLES // 3, story=st.lists(steps, min_size=1, max_size=10), data=st.data())
def test_what_is_sent_again_changes_nothing(network, story, data):
    with rolled_back():
        clerk = Clerk(network)
        for step in story:
            clerk.do(step)
        before, rows = balances(), shape()
        for action in data.draw(st.permutations(clerk.done)):
            action()
        assert (balances(), shape()) == (before, rows)
        clerk.verify()


@searched(EXAMPLES // 3, story=st.lists(st.one_of(*observations), min_size=2, max_size=8), data=st.data())
def test_the_order_in_which_news_arrives_does_not_matter(network, story, data):
    # One thing per moment: at the very same moment the count recorded last is the one that holds.
    apart = [(name, where, 2 * index, *rest) for index, (name, where, _day, *rest) in enumerate(story)]
    ends = []
    for order in (apart, data.draw(st.permutations(apart))):
        with rolled_back():
            clerk = Clerk(network)
            for step in order:
                clerk.do(step)
            clerk.verify()
            ends.append(balances())
    assert ends[0] == ends[1]


@searched(EXAMPLES // 3, story=st.lists(steps, min_size=1, max_size=10))
def test_taking_everything_back_leaves_nothing(network, story):
    with rolled_back():
        clerk = Clerk(network)
        for step in story:
            clerk.do(step)
        for movement in list(clerk._standing()):
            cancel(movement, by=BY, reason="all of it")
        for inventory in Inventory.objects.filter(withdrawn_at=None):
            withdraw_inventory(inventory, by=BY, reason="all of it")
        for declaration in Declaration.objects.filter(state=Declaration.POSTED):
            withdraw_declaration(declaration, by=BY, reason="all of it")
        assert balances() == {}
        assert check_ledger() == []


def test_a_refused_step_leaves_no_trace(network):
    before = shape()
    with pytest.raises(ValidationError):
        record_inventory(network.places[0], key=uuid.uuid4(), counted_at=timezone.now(), lines=[CountedLine(network.kinds[0], 3, 4)], by=BY)
    assert shape() == before
