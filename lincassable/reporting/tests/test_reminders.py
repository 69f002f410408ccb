"""Day table of the reminder about bottles that wait for too long."""

from __future__ import annotations

import uuid

import pytest
import time_machine

from crates.services import PickedLine, post_pickup
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.reminders.stopping import stop_mails
from lincassable.reminders.tests.tables import assert_table, coordinator
from lincassable.reporting.tests.factories import SYSTEM, at, container, say, use
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
OFFICE = "coordination@reseau.example"
OLD = "bottles-waiting/0 " + OFFICE


@pytest.fixture
def shop():
    """A shop whose ten full crates were declared on 5 January, at noon."""
    coordinator(OFFICE)
    shop = StoreFactory(name="La Cagette")
    with time_machine.travel(at("2026-01-05 12:00"), tick=False):
        use(shop)
        say(shop, at("2026-01-05 12:00"), 10)
    return shop


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-04 09:00": [],
            "2026-06-05 11:00": [],  # five months are over at noon
            "2026-06-05 13:00": [OLD],
            "2026-06-08 09:00": [],
            "2026-06-30 09:00": [],
            "2026-07-01 08:59": [],
            "2026-07-01 09:00": [OLD],  # once a month for as long as it lasts
            "2026-08-01 09:00": [],  # a Saturday
            "2026-08-03 09:00": [OLD],
            "2026-10-30 09:00": [OLD],  # nobody ran it in September: told once in October
            "2026-11-01 09:00": [],
            "2026-11-02 09:00": [OLD],
        },
        {"2026-06-06 09:00": [], "2026-06-07 09:00": [], "2026-06-08 07:00": [OLD]},
        {"2026-06-05 20:00": [], "2026-06-05 21:00": []},
    ],
)
def test_bottles_that_wait_for_five_months_are_told_to_the_coordinators_once_a_month(shop, table):
    assert_table(table, "bottles-waiting")


def test_a_pickup_ends_the_matter(shop):
    assert_table({"2026-06-05 13:00": [OLD]}, "bottles-waiting")
    with time_machine.travel(at("2026-06-10 12:00"), tick=False):
        lines = [PickedLine(container(), 10, 10)]
        post_pickup(shop, StoreFactory(kind=Kind.HUB), lines, key=uuid.uuid4(), occurred_at=at("2026-06-10 11:00"), by=SYSTEM)
    assert_table({"2026-07-01 09:00": []}, "bottles-waiting")


def test_mails_that_wait_are_taken_back_when_their_kind_is_stopped():
    contact = ContactFactory()
    address = unsubscribing.url(unsubscribing.PICKUP, contact.pk)
    mine, other = (
        Message.objects.create(dedupe_key=key, kind="test", to_email=contact.email, text="x", headers=unsubscribing.headers(url))
        for key, url in (("1", address), ("2", unsubscribing.url(unsubscribing.PICKUP, contact.pk + 1)))
    )
    assert stop_mails(unsubscribing.PICKUP, contact.pk, by=SYSTEM)
    assert Message.objects.get(pk=mine.pk).state == Message.CANCELLED
    assert Message.objects.get(pk=other.pk).state == Message.WAITING
