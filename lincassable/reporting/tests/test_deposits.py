"""When stores are asked for their deposit counts, how often, and how it stops."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from crates.models import DepositAmount, DepositCount
from crates.services.deposits import DepositLine, record_deposits
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import unseal
from lincassable.messaging.services import deliver
from lincassable.reporting import deposits, tasks
from lincassable.reporting.deposits import ask_for_deposits
from lincassable.reporting.services import send_weekly_reports
from lincassable.reporting.tests.factories import SYSTEM, at
from stores.enums import Status
from stores.models import Contact
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    """The contact of a shop who is asked."""
    return ContactFactory(store=StoreFactory(name="La Cagette"), wants_deposit_mails=True, language="en")


def declare(store, month: str) -> None:
    """The store declares a month ("2026-10")."""
    amount = DepositAmount.objects.get(amount_eur=Decimal("0.50"))
    line = DepositLine(dt.date.fromisoformat(f"{month}-01"), amount, 100, 80)
    record_deposits(store, [line], key=uuid.uuid4(), by=Actor.system())


def kinds() -> list[str]:
    """The mails written so far, in short: "request" or "reminder"."""
    return [kind.removeprefix("deposit_") for kind in Message.objects.order_by("pk").values_list("kind", flat=True)]


@pytest.mark.parametrize(
    ("days", "mails"),
    [
        # the worker ran on these days of November (at 09:00), nothing was declared
        ([1], ["request"]),
        ([1, 1, 2, 7], ["request"]),
        ([1, 8], ["request", "reminder"]),
        ([1, 8, 9, 14, 15, 16, 21], ["request", "reminder", "reminder"]),
        ([1, 8, 15, 21, 22, 30], ["request", "reminder", "reminder"]),
        ([2], ["request"]),  # the 1st was missed
        ([1, 10], ["request", "reminder"]),  # the 8th was missed
        ([10], ["request"]),  # the first mail is a request, whatever the day
        ([9, 10, 15], ["request", "reminder"]),
        ([1, 16, 17], ["request", "reminder"]),  # two weeks off: one reminder, not two at once
        ([21], ["request"]),
        ([22], []),
        ([30], []),
        ([], []),
    ],
)
def test_a_store_is_asked_on_the_1st_and_reminded_on_the_8th_and_15th_until_the_21st(contact, days, mails):
    for day in days:
        with time_machine.travel(at(f"2026-11-{day:02d} 09:00"), tick=False):
            tasks.deposit_reminders()
    assert kinds() == mails


def test_day_by_day_until_the_store_declares_and_again_next_month(contact):
    table = [
        ("2026-11-01 09:00", 1),
        ("2026-11-08 09:00", 2),
        ("2026-11-12 09:00", 2),  # declared on the 10th, see below
        ("2026-11-15 09:00", 2),
        ("2026-11-30 23:00", 2),
        ("2026-12-01 00:30", 3),  # the first of the network's day, still November in UTC
        ("2026-12-08 09:00", 4),
    ]
    for moment, mails in table:
        with time_machine.travel(at(moment), tick=False):
            if moment.startswith("2026-11-12"):
                declare(contact.store, "2026-10")
            tasks.deposit_reminders()
            assert Message.objects.count() == mails, moment
    assert set(Message.objects.values_list("dedupe_key", flat=True)) == {
        f"deposit:{contact.store_id}:{month}:{step}:contact:{contact.pk}"
        for month, step in (("2026-10", 1), ("2026-10", 8), ("2026-11", 1), ("2026-11", 8))
    }


def test_only_those_who_want_it_at_places_that_take_part_are_asked():
    store = StoreFactory()
    ContactFactory(store=store)
    ContactFactory(store=store, wants_deposit_mails=True, is_active=False)
    ContactFactory(store=store, wants_deposit_mails=True, email="")
    ContactFactory(store=StoreFactory(status=Status.PAUSED), wants_deposit_mails=True)
    two = [ContactFactory(store=store, wants_deposit_mails=True) for _ in range(2)]
    done = ContactFactory(wants_deposit_mails=True)
    with time_machine.travel(at("2026-11-01 09:00"), tick=False):
        declare(done.store, "2026-10")
        summary = ask_for_deposits()
    assert (summary.step, summary.requests, summary.reminders) == (1, 2, 0)
    assert set(Message.objects.values_list("to_email", flat=True)) == {contact.email for contact in two}


def test_many_contacts_are_asked_chunk_by_chunk_in_a_few_queries(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(deposits, "CHUNK", 3)
    for _ in range(7):
        ContactFactory(wants_deposit_mails=True)
    with time_machine.travel(at("2026-11-01 09:00"), tick=False):
        assert ask_for_deposits().requests == 7
        with django_assert_max_num_queries(25):
            assert ask_for_deposits().requests == 0


def test_the_mail_names_the_month_what_else_lacks_and_the_way_to_the_form(contact):
    with time_machine.travel(at("2026-11-01 09:00"), tick=False):
        declare(contact.store, "2026-07")
        declare(contact.store, "2026-09")
        ask_for_deposits()
    message = Message.objects.get()
    text = unseal(message.text)
    assert "October 2026" in message.subject
    assert "August 2026" in text
    assert "September 2026" not in text
    link = links.link_for(AccessLink.STORE, contact.store_id)
    assert links.url(link) in text
    assert unsubscribing.url("deposit", contact.pk) in text
    assert links.url(link) in unseal(message.html)


def test_without_a_card_the_mail_tells_to_scan_the_code(contact):
    links.revoke(links.link_for(AccessLink.STORE, contact.store_id), by=SYSTEM)
    with time_machine.travel(at("2026-11-08 09:00"), tick=False):
        ask_for_deposits()
    assert "/p/" not in unseal(Message.objects.get().text)


@pytest.mark.parametrize(
    ("when", "left"),
    [("2026-11-02 09:00", 1), ("2026-11-21 09:00", 1), ("2026-11-22 09:00", 0), ("2026-12-02 09:00", 0)],
)
def test_a_mail_that_waited_leaves_only_while_it_is_still_due(contact, mailoutbox, when, left):
    with time_machine.travel(at("2026-11-01 09:00"), tick=False):
        ask_for_deposits()
    with time_machine.travel(at(when), tick=False):
        deliver(Message.objects.get().pk)
    assert len(mailoutbox) == left


@pytest.mark.parametrize("meanwhile", ["declared", "stopped", "gone", "archived"])
def test_a_mail_that_waited_does_not_leave_when_things_changed(contact, mailoutbox, meanwhile):
    with time_machine.travel(at("2026-11-01 09:00"), tick=False):
        ask_for_deposits()
        if meanwhile == "declared":
            declare(contact.store, "2026-10")
        elif meanwhile == "stopped":
            Contact.objects.update(wants_deposit_mails=False)
        elif meanwhile == "gone":
            contact.delete()
        else:
            contact.store.status = Status.ARCHIVED
            contact.store.save()
        deliver(Message.objects.get().pk)
    assert mailoutbox == []
    assert Message.objects.get().state == Message.CANCELLED


def test_held_counts_are_not_asked_for_again(contact):
    with time_machine.travel(at("2026-11-05 09:00"), tick=False):
        declare(contact.store, "2026-10")
        DepositCount.objects.update(is_current=False, is_held=True)
        assert ask_for_deposits().requests == 0


def test_who_stops_these_mails_keeps_the_weekly_report(contact):
    address = unsubscribing.url("deposit", contact.pk).removeprefix("http://localhost:8000")
    phone = Client()
    assert b'data-unsubscribe="ask"' in phone.get(address).content
    contact.refresh_from_db()
    assert contact.wants_deposit_mails
    assert b'data-unsubscribe="stopped"' in phone.post(address).content
    contact.refresh_from_db()
    assert (contact.wants_deposit_mails, contact.wants_weekly_report) == (False, True)
    with time_machine.travel(at("2026-11-01 09:00"), tick=False):
        assert ask_for_deposits().requests == 0
    assert send_weekly_reports(force=True).stores == 1


def test_the_signature_of_one_kind_of_mail_does_not_stop_another(contact):
    swapped = unsubscribing.sign("deposit", contact.pk).replace("deposit", "contact")
    assert Client().post(f"/desabonnement/{swapped}/").status_code == 404
