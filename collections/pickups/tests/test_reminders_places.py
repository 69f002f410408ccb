"""Day tables of the reminders about places and requests."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest

from crates.models import StoreContainer
from crates.services import DeclaredLine, PickedLine, declare, post_pickup
from lincassable.accounts.actors import Actor
from lincassable.reminders import engine
from lincassable.reminders.models import ReminderRule
from lincassable.reminders.registry import rule_of
from lincassable.reminders.tests.tables import PARIS, assert_table, at, coordinator
from pickups import services
from pickups.enums import RequestState
from pickups.models import PickupRequest
from pickups.tests.factories import PickupRequestFactory, container
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
SHOP, OFFICE = "boutique@points.example", "coordination@reseau.example"


def moment(text: str) -> datetime:
    """A local moment."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


def say(shop, when: str, full: int) -> None:
    """The shop declares full crates."""
    with at(when):
        declare(shop, key=uuid.uuid4(), lines=[DeclaredLine(container(), full)], by=SYSTEM)


@pytest.fixture
def shop():
    """A shop with room for 40 crates, collected on 1 October; 20 days later half of it was full again: it is nearly full on 2 November."""
    with at("2026-10-01 10:00"):
        shop = ContactFactory(store=StoreFactory(name="La Cagette"), email=SHOP, language="en").store
        StoreContainer.objects.create(store=shop, container_type=container(), capacity=40)
        lines = [PickedLine(container(), 20, 20)]
        post_pickup(shop, StoreFactory(kind=Kind.HUB), lines, key=uuid.uuid4(), occurred_at=moment("2026-10-01 10:00"), by=SYSTEM)
    say(shop, "2026-10-21 10:00", 20)
    return shop


OVERDUE = "declaration-overdue/{} " + SHOP


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-10-26 09:00": [],  # the clocks have changed
            "2026-11-02 09:00": [],  # nearly full by the forecast, but it declared less than three weeks ago
            "2026-11-10 09:00": [],
            "2026-11-11 10:00": [],  # three weeks, on a public holiday
            "2026-11-12 08:59": [],
            "2026-11-12 09:00": [OVERDUE.format(0)],
            "2026-11-17 09:00": [],
            "2026-11-18 09:00": [OVERDUE.format(1)],
            "2026-11-25 09:00": [OVERDUE.format(2)],
            "2026-12-02 09:00": [],  # three times are enough
            "2026-12-14 09:00": [],
        },
        {"2026-11-14 09:00": [], "2026-11-15 09:00": [], "2026-11-16 09:00": [OVERDUE.format(0)]},  # missed, and a weekend
        {"2026-11-24 09:00": [OVERDUE.format(1)], "2026-11-25 09:00": [OVERDUE.format(2)]},
        {"2026-12-01 09:00": [OVERDUE.format(2)]},
        {"2026-12-02 09:00": []},  # a week after the last day
        {"2026-11-12 20:30": [], "2026-11-13 07:00": [OVERDUE.format(0)]},  # not at night
    ],
)
def test_a_place_that_must_be_filling_up_is_asked_to_declare(shop, table):
    assert_table(table, "declaration-overdue")


@pytest.mark.parametrize("why", ["declared", "asked", "longer delay", "not filling up"])
def test_a_place_is_not_asked_to_declare_in_vain(shop, why):
    if why == "declared":
        say(shop, "2026-11-09 10:00", 30)
    elif why == "asked":
        with at("2026-11-09 10:00"):
            services.request_pickup(shop, by=SYSTEM)
    elif why == "longer delay":
        ReminderRule.objects.create(code="declaration-overdue", parameters={"days": 60})
    else:
        StoreContainer.objects.update(capacity=200)
    assert_table({"2026-11-12 09:00": [], "2026-11-18 09:00": []}, "declaration-overdue")


def test_a_declaration_ends_the_matter_and_the_next_one_begins_after_it(shop):
    assert_table({"2026-11-12 09:00": [OVERDUE.format(0)]}, "declaration-overdue")
    say(shop, "2026-11-13 10:00", 36)
    assert_table({"2026-11-18 09:00": [], "2026-11-25 09:00": [], "2026-12-04 09:00": [OVERDUE.format(0)]}, "declaration-overdue")


WAITS = "request-unanswered/{} " + OFFICE


@pytest.fixture
def request_():
    """A request of Monday 1 June, and a coordinator."""
    coordinator(OFFICE)
    return PickupRequestFactory(requested_at=moment("2026-06-01 10:00"), updated_at=moment("2026-06-01 10:00"))


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-05 09:00": [],
            "2026-06-06 09:00": [],  # five days, on a Saturday
            "2026-06-08 08:59": [],
            "2026-06-08 09:00": [WAITS.format(0)],
            "2026-06-10 09:00": [],
            "2026-06-11 09:00": [WAITS.format(1)],
            "2026-06-16 09:00": [WAITS.format(2)],
            "2026-06-21 09:00": [],
            "2026-06-22 09:00": [WAITS.format(3)],
            "2026-06-26 09:00": [],
            "2026-07-15 09:00": [],
        },
        {"2026-06-12 09:00": [WAITS.format(1)]},  # one that was missed is not told any more
        {"2026-06-28 09:00": [], "2026-06-29 09:00": []},  # the last one was missed for a week
        {"2026-06-26 19:00": [WAITS.format(3)], "2026-06-26 20:00": []},
    ],
)
def test_a_request_that_nobody_plans_is_told_to_the_coordinators(request_, table):
    assert_table(table, "request-unanswered")


@pytest.mark.parametrize("state", [RequestState.PLANNED, RequestState.CANCELLED, RequestState.REFUSED])
def test_a_request_that_was_answered_is_not_told(request_, state):
    closed_at = None if state == RequestState.PLANNED else moment("2026-06-02 10:00")
    PickupRequest.objects.update(state=state, reason="x" if state == RequestState.REFUSED else "", closed_at=closed_at)
    assert_table({"2026-06-08 09:00": [], "2026-06-11 09:00": []}, "request-unanswered")


def test_many_places_take_a_few_queries(django_assert_max_num_queries):
    with at("2026-10-01 10:00"):
        for _number in range(12):
            store = ContactFactory().store
            StoreContainer.objects.create(store=store, container_type=container(), capacity=10)
    setting = engine.setting_of(rule_of("declaration-overdue"), None)
    with at("2026-11-12 09:00"), django_assert_max_num_queries(20):
        list(engine.dues(setting, setting.ask(moment("2026-11-12 09:00"))))
