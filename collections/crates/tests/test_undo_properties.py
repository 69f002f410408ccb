"""Whatever coordinators record, correct, withdraw and undo, in whatever order, the ledger is what a patient clerk would have written."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from hypothesis import strategies as st

from crates.check import check_ledger
from crates.enums import ActKind, Cause, Content
from crates.models import Act, Inventory, Movement
from crates.services import (
    MovedLine,
    cancel,
    correct,
    pickup_lines,
    record_inventory,
    record_transfer,
    replace_inventory,
    withdraw_inventory,
)
from crates.services.undo import undo, undoable
from crates.tests.test_properties import (
    EXAMPLES,
    Clerk,
    balances,
    day,
    decisions,
    few,
    figures,
    kind,
    network,
    nth,
    observations,
    per_kind,
    picked,
    place,
    rolled_back,
    searched,
)
from lincassable.accounts.actors import Actor

__all__ = ["network"]
pytestmark = pytest.mark.django_db
ME = Actor("user", 41)
acts = [
    st.tuples(st.just("my count"), place, day, st.lists(figures, **per_kind)),
    st.tuples(st.just("my transfer"), place, place, day, kind, st.sampled_from(list(Content)), st.integers(1, 30)),
    st.tuples(st.just("my correction"), nth, st.integers(0, 1), picked),
    st.tuples(st.just("my cancellation"), nth),
    st.tuples(st.just("my withdrawal"), nth),
    st.tuples(st.just("my recount"), nth, st.lists(figures, **per_kind)),
    st.tuples(st.just("chain"), day, kind, few),
]
undoing = st.tuples(st.just("undo"), st.integers(0, 3))
steps = st.one_of(*acts, undoing, undoing, undoing, *observations, *decisions)


class Coordinator(Clerk):
    """Does things under a name, and takes some of them back."""

    def __init__(self, network) -> None:
        super().__init__(network)
        self.mine: list = []  # (act, what undoing it does to the oracle)

    def _noted(self, kind: ActKind, do, oracle_undo, taken=None):
        row, act = undoable(kind, do, by=ME, taken=taken)
        self.mine.append((act, oracle_undo))
        return row

    def my_count(self, where: int, days_ago: int, lines: list) -> None:
        store, key, moment, counted = self.network.places[where], uuid.uuid4(), self.network.moment(days_ago), self._counted(lines)
        self._noted(
            ActKind.INVENTORY,
            lambda: record_inventory(store, key=key, counted_at=moment, lines=counted, by=ME),
            lambda act: self.oracle.take_back(str(key)),
        )
        self._count_in_oracle(store, str(key), moment, counted)

    def my_transfer(self, giver: int, taker: int, days_ago: int, what: int, content: Content, quantity: int) -> None:
        key, moment = uuid.uuid4(), self.network.moment(days_ago)
        moved = [MovedLine(self.network.kinds[what], content, quantity)]
        if giver == taker:
            return
        self._noted(
            ActKind.MOVEMENT,
            lambda: record_transfer(self.network.places[giver], self.network.places[taker], moved, key=key, occurred_at=moment, by=ME),
            lambda act: self.oracle.take_back(str(key)),
        )
        sign = (quantity, 0) if content == Content.EMPTY else (0, quantity)
        self.oracle.fact(str(key), moment, {self.pair(giver, what): (-sign[0], -sign[1]), self.pair(taker, what): sign})

    def chain(self, days_ago: int, what: int, quantity: int) -> None:
        """Full ones go shop → hub → the other shop, which stands for a sorting centre."""
        if quantity:
            self.my_transfer(0, 2, days_ago, what, Content.FULL, quantity)
            self.my_transfer(2, 1, days_ago, what, Content.FULL, quantity)

    def _restore(self, gone: list, act: Act) -> None:
        """A movement that came back has a key of its own."""
        self.oracle.bring_back(gone, str(uuid.uuid5(act.key, "restored")))

    def my_correction(self, index: int, where: int, lines: list) -> None:
        movement = self._some(self._standing(), index)
        if movement is None or not any(loaded or left for _what, loaded, left in lines):
            return
        after = pickup_lines(self.network.places[where], self.network.places[2], self._picked(lines))
        gone: list = []

        def back(act: Act) -> None:
            self.oracle.take_back(str(act.made_movement.key))
            self._restore(gone, act)

        row = self._noted(ActKind.CORRECTION, lambda: correct(movement, after, by=ME, reason="the slip"), back, taken=movement)
        gone += self.oracle.take_back(str(movement.key))
        self._pickup_in_oracle(str(row.key), where, movement.occurred_at, lines)

    def my_cancellation(self, index: int) -> None:
        movement = self._some(self._standing(), index)
        if movement is None:
            return
        gone: list = []
        do = lambda: cancel(movement, by=ME, reason="not at all")  # noqa: E731
        self._noted(ActKind.CANCELLATION, do, lambda act: self._restore(gone, act), taken=movement)
        gone += self.oracle.take_back(str(movement.key))

    def my_withdrawal(self, index: int) -> None:
        inventory = self._some(Inventory.objects.filter(withdrawn_at=None), index)
        if inventory is None:
            return
        gone: list = []
        do = lambda: withdraw_inventory(inventory, by=ME, reason="next door")  # noqa: E731
        self._noted(ActKind.WITHDRAWAL, do, lambda act: self.oracle.bring_back(gone, str(inventory.key)), taken=inventory)
        gone += self.oracle.take_back(str(inventory.key))

    def my_recount(self, index: int, lines: list) -> None:
        inventory = self._some(Inventory.objects.filter(withdrawn_at=None), index)
        if inventory is None:
            return
        gone: list = []
        key, counted = uuid.uuid4(), self._counted(lines)

        def back(act: Act) -> None:
            self.oracle.take_back(str(key))
            self.oracle.bring_back(gone, str(inventory.key))

        do = lambda: replace_inventory(inventory, key=key, lines=counted, by=ME, reason="a slip of the pen")  # noqa: E731
        self._noted(ActKind.RECOUNT, do, back, taken=inventory)
        gone += self.oracle.take_back(str(inventory.key))
        self._count_in_oracle(inventory.store, str(key), inventory.counted_at, counted)

    def undo(self, back: int) -> None:
        """Take back one of the last acts. One that something was built on is refused, and nothing changes."""
        standing = [pair for pair in self.mine if not Act.objects.get(pk=pair[0].pk).undone_at]
        if len(standing) <= back:
            return
        act, oracle_undo = standing[-1 - back]
        before = balances()
        try:
            with transaction.atomic():
                undone = undo(act.key, by=ME)
        except ValidationError:
            assert balances() == before
            return
        oracle_undo(undone)
        again = Movement.objects.count()
        undo(act.key, by=ME)  # a second click
        assert Movement.objects.count() == again


@searched(EXAMPLES, story=st.lists(steps, min_size=2, max_size=14))
def test_any_story_with_undoing_leaves_the_ledger_a_patient_clerk_would_have_written(network, story):
    with rolled_back():
        clerk = Coordinator(network)
        for step in story:
            clerk.do(step)
        clerk.verify()


@searched(EXAMPLES // 2, before=st.lists(st.one_of(*observations), max_size=6), act=st.one_of(*acts[:-1]))
def test_undoing_at_once_leaves_every_balance_as_it_was(network, before, act):
    with rolled_back():
        clerk = Coordinator(network)
        for step in before:
            clerk.do(step)
        stock = balances()
        clerk.do(act)
        if clerk.mine:
            undo(clerk.mine[-1][0].key, by=ME)
        assert balances() == stock
        assert check_ledger() == []


def test_what_goes_down_the_chain_is_conserved(network):
    """Store → hub → sorting centre → back as empty ones, with a count at the hub in between."""
    store, sorting, hub = network.places
    what = network.kinds[0]
    Coordinator(network).count(0, 3, [(0, 40, 30)])
    for content, giver, taker, days_ago in [(Content.FULL, store, hub, 3), (Content.FULL, hub, sorting, 1)]:
        moved = [MovedLine(what, content, 30)]
        record_transfer(giver, taker, moved, key=uuid.uuid4(), occurred_at=network.moment(days_ago), by=ME)
    Coordinator(network).count(2, 2, [(0, 28, 28)])
    sums = dict(Movement.objects.filter(cause=Cause.TRANSFER).values_list("cause").annotate(Sum("entries__quantity")))
    assert sums == {Cause.TRANSFER: 0}
    assert balances()[hub.pk, what] == (0, -2)
    assert balances()[sorting.pk, what] == (0, 30)
    assert check_ledger() == []
