"""Declarations: what staff say from a phone."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crates.check import check_ledger
from crates.models import Balance, Count, Declaration, Movement
from crates.services import (
    CountedLine,
    DeclaredLine,
    PickedLine,
    accept_held,
    declare,
    post_pickup,
    record_inventory,
    refuse_held,
    withdraw_declaration,
)
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from stores.enums import Kind
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
STAFF = Actor("link", 7, "store", 3)
COORDINATOR = Actor("user", 41)


def ago(**units: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(**units)


@pytest.fixture
def store() -> Store:
    """A shop where 30 crates were counted thirty days ago, none of them full."""
    store = StoreFactory()
    record_inventory(
        store, key=uuid.uuid4(), counted_at=ago(days=30), lines=[CountedLine(ContainerTypeFactory(), 30, 0)], by=Actor.system()
    )
    return store


def say(store, full, total=None, **more):  # type: ignore[no-untyped-def]
    more.setdefault("key", uuid.uuid4())
    return declare(store, lines=[DeclaredLine(ContainerTypeFactory(), full, total)], by=STAFF, **more)


def held(store) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    figures = dict(Balance.objects.filter(store=store).values_list("content", "quantity"))
    assert check_ledger() == []
    return figures.get("empty", 0), figures.get("full", 0)


def test_declaring_fills_containers_that_are_there(store):
    declaration = say(store, 14, 30, first_name=" Inès ", wants_pickup=True)
    assert held(store) == (16, 14)
    assert (declaration.first_name, declaration.wants_pickup, declaration.actor_kind) == ("Inès", True, "link")
    say(store, 9)
    assert held(store) == (21, 9)


def test_the_total_is_kept_as_an_observation_and_moves_nothing(store):
    declaration = say(store, 14, 26)
    assert held(store) == (16, 14)
    line = declaration.lines.get()
    assert (line.total, line.pins_total, line.pins_full) == (26, False, True)


def test_more_full_ones_than_containers_are_recorded(store):
    say(store, 40, 35)
    assert held(store) == (-10, 40)


def test_an_earlier_pickup_learned_later_does_not_lower_what_staff_saw(store):
    say(store, 14, occurred_at=ago(days=2))
    post_pickup(
        store, HubFactory(), [PickedLine(ContainerTypeFactory(), 10, 10)], key=uuid.uuid4(), occurred_at=ago(days=3), by=COORDINATOR
    )
    assert held(store) == (16, 14)


def test_a_declaration_two_days_late_counts_at_its_own_time(store):
    post_pickup(
        store, HubFactory(), [PickedLine(ContainerTypeFactory(), 10, 10)], key=uuid.uuid4(), occurred_at=ago(days=1), by=COORDINATOR
    )
    declaration = say(store, 14, occurred_at=ago(days=2))
    assert held(store) == (26, 4)
    assert declaration.claimed_at is None


@pytest.mark.parametrize("claimed", [dt.timedelta(hours=3), dt.timedelta(days=-31)])
def test_a_phones_time_that_cannot_be_believed_is_kept_as_a_claim(store, claimed):
    moment = timezone.now() + claimed
    declaration = say(store, 14, occurred_at=moment)
    assert (declaration.claimed_at, declaration.declared_at) == (moment, declaration.received_at)
    assert held(store) == (16, 14)


def test_a_form_sent_twice_is_one_declaration(store):
    first = say(store, 14)
    again = say(store, 3, key=first.key)
    assert (again, again.replayed, first.replayed) == (first, True, False)
    assert held(store) == (16, 14)


@pytest.mark.parametrize("kind", [Kind.HUB, Kind.SORTING])
def test_at_hubs_and_sorting_centres_a_declaration_is_an_observation(kind):
    hub = StoreFactory(kind=kind)
    declaration = say(hub, 14, 20)
    assert held(hub) == (0, 0)
    assert declaration.lines.get().full == 14
    assert not Movement.objects.exists()


def test_paloxes_are_declared_by_how_full_each_is():
    store, palox = StoreFactory(), ContainerTypeFactory(code="palox")
    line = DeclaredLine(palox, fill_percents=[100, 40, 100])
    declaration = declare(store, key=uuid.uuid4(), lines=[line], by=STAFF)
    assert held(store) == (-2, 2)
    assert declaration.lines.get().fill_percents == [100, 40, 100]


def test_staff_may_ask_for_a_pickup_and_say_nothing_else(store):
    declaration = declare(store, key=uuid.uuid4(), lines=[DeclaredLine(ContainerTypeFactory())], by=STAFF, wants_pickup=True)
    assert not declaration.lines.exists()
    assert held(store) == (30, 0)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([{"full": -1}], "negative"),
        ([{"full": 3, "total": 100_001}], "absurd"),
        ([{"fill_percents": [101]}], "percent"),
        ([{"full": 1}, {"full": 2}], "twice"),
    ],
)
def test_what_nobody_can_have_seen_is_refused(store, lines, code):
    with pytest.raises(ValidationError) as refusal:
        declare(store, key=uuid.uuid4(), lines=[DeclaredLine(ContainerTypeFactory(), **line) for line in lines], by=STAFF)
    assert refusal.value.code == code
    assert not Declaration.objects.exists()


def test_a_held_declaration_waits_and_then_counts_at_its_own_time(store):
    declaration = say(store, 14, held=True, occurred_at=ago(days=2))
    assert (declaration.state, held(store)) == (Declaration.HELD, (30, 0))
    post_pickup(
        store, HubFactory(), [PickedLine(ContainerTypeFactory(), 10, 10)], key=uuid.uuid4(), occurred_at=ago(days=1), by=COORDINATOR
    )
    accepted = accept_held(declaration, by=COORDINATOR)
    assert (accepted.state, accepted.settled_by_id, held(store)) == (Declaration.POSTED, 41, (26, 4))


def test_a_refused_declaration_has_no_effect(store):
    refused = refuse_held(say(store, 14, held=True), by=COORDINATOR, reason="an old card")
    assert (refused.state, refused.settled_reason, held(store)) == (Declaration.REFUSED, "an old card", (30, 0))
    assert Count.objects.get(declaration=refused).withdrawn


def test_a_declaration_is_settled_once(store):
    declaration = accept_held(say(store, 14, held=True), by=COORDINATOR)
    for attempt in (lambda: accept_held(declaration, by=COORDINATOR), lambda: refuse_held(declaration, by=COORDINATOR)):
        with pytest.raises(ValidationError) as refusal:
            attempt()
        assert refusal.value.code == "state"


def test_a_withdrawn_declaration_was_never_made(store):
    first = say(store, 14, occurred_at=ago(days=2))
    second = say(store, 20, occurred_at=ago(days=1))
    withdraw_declaration(first, by=COORDINATOR, reason="a child's play")
    assert held(store) == (10, 20)
    withdraw_declaration(second, by=COORDINATOR, reason="a child's play")
    assert held(store) == (30, 0)


def test_a_declaration_takes_four_queries(store):
    lines = [DeclaredLine(ContainerTypeFactory(code=code), 14, 20) for code in ("75", "33")]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        declare(store, key=uuid.uuid4(), lines=lines, by=STAFF)
    sent = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sent) == 4


def test_a_replayed_declaration_takes_two_queries(store):
    declaration = say(store, 14)
    with CaptureQueriesContext(connection) as queries:
        say(store, 14, key=declaration.key)
    sent = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(sent) <= 3  # one of them is the container type of this very test
