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
from lincassable.messaging.services import deliver, sweep
from lincassable.reminders import engine
from lincassable.reminders.models import Told
from lincassable.reporting import deposits
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
        # the worker ran on these days of September (at 09:00), nothing was declared
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
        with time_machine.travel(at(f"2026-09-{day:02d} 09:00"), tick=False):
            engine.send_due()
    assert kinds() == mails


@pytest.mark.parametrize(
    ("days", "mails"),
    [
        # November: the 1st is a Sunday and All Saints', the 8th and the 15th are Sundays, the 11th is a holiday
        ([1], []),
        ([1, 2], ["request"]),
        ([2, 7, 8], ["request"]),
        ([2, 8, 9], ["request", "reminder"]),
        ([2, 9, 14, 15, 16], ["request", "reminder", "reminder"]),
        ([11], []),
        ([12], ["request"]),
        ([21, 22], []),  # the last days are a weekend
        ([23], []),
    ],
)
def test_nobody_is_asked_on_days_off(contact, days, mails):
    for day in days:
        with time_machine.travel(at(f"2026-11-{day:02d} 09:00"), tick=False):
            engine.send_due()
    assert kinds() == mails


def test_day_by_day_until_the_store_declares_and_again_next_month(contact):
    table = [
        ("2026-09-01 08:59", 0),
        ("2026-09-01 09:00", 1),
        ("2026-09-08 09:00", 2),
        ("2026-09-11 09:00", 2),  # declared on that day, see below
        ("2026-09-15 09:00", 2),
        ("2026-09-30 23:00", 2),
        ("2026-10-01 00:30", 2),  # the first of the network's day, still September in UTC: nobody is written to at night
        ("2026-10-01 09:00", 3),
        ("2026-10-08 09:00", 4),
    ]
    for moment, mails in table:
        with time_machine.travel(at(moment), tick=False):
            if moment.startswith("2026-09-11"):
                declare(contact.store, "2026-08")
            engine.send_due()
            assert Message.objects.count() == mails, moment
    assert set(Told.objects.values_list("rule", "subject_id", "day", "step", "person_id")) == {
        ("deposit-counts", contact.store_id, dt.date(2026, month, 1), step, contact.pk) for month in (9, 10) for step in (0, 1)
    }


def test_only_those_who_want_it_at_places_that_take_part_are_asked():
    store = StoreFactory()
    ContactFactory(store=store)
    ContactFactory(store=store, wants_deposit_mails=True, is_active=False)
    ContactFactory(store=store, wants_deposit_mails=True, email="")
    ContactFactory(store=StoreFactory(status=Status.PAUSED), wants_deposit_mails=True)
    two = [ContactFactory(store=store, wants_deposit_mails=True) for _ in range(2)]
    done = ContactFactory(wants_deposit_mails=True)
    with time_machine.travel(at("2026-09-01 09:00"), tick=False):
        declare(done.store, "2026-08")
        assert engine.send_due().mails == 2
    assert set(Message.objects.values_list("to_email", flat=True)) == {contact.email for contact in two}


def test_many_contacts_are_asked_chunk_by_chunk_in_a_few_queries(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(deposits, "CHUNK", 3)
    for _ in range(7):
        ContactFactory(wants_deposit_mails=True)
    with time_machine.travel(at("2026-09-01 09:00"), tick=False):
        assert engine.send_due().mails == 7
        with django_assert_max_num_queries(120):
            assert engine.send_due().mails == 0


def test_the_mail_names_the_month_what_else_lacks_and_the_way_to_the_form(contact):
    with time_machine.travel(at("2026-09-01 09:00"), tick=False):
        declare(contact.store, "2026-05")
        declare(contact.store, "2026-07")
        engine.send_due()
    message = Message.objects.get()
    text = unseal(message.text)
    assert "August 2026" in message.subject
    assert "June 2026" in text
    assert "July 2026" not in text
    link = links.link_for(AccessLink.STORE, contact.store_id)
    assert links.url(link) in text
    assert f"/rappels/arreter/contact-{contact.pk}:deposits." in text
    assert links.url(link) in unseal(message.html)


def test_without_a_card_the_mail_tells_to_scan_the_code(contact):
    links.revoke(links.link_for(AccessLink.STORE, contact.store_id), by=SYSTEM)
    with time_machine.travel(at("2026-09-08 09:00"), tick=False):
        engine.send_due()
    assert "/p/" not in unseal(Message.objects.get().text)


@pytest.mark.parametrize(
    ("when", "left"),
    [("2026-09-01 19:00", 1), ("2026-09-02 09:00", 1), ("2026-09-21 09:00", 1), ("2026-09-22 09:00", 0), ("2026-10-05 09:00", 0)],
)
def test_a_mail_that_waited_leaves_only_while_it_is_still_due(contact, mailoutbox, when, left):
    with time_machine.travel(at("2026-09-01 09:00"), tick=False):
        engine.send_due()
    if when == "2026-10-05 09:00":
        declare(contact.store, "2026-09")
    with time_machine.travel(at(when), tick=False):
        sweep()  # that of an earlier day does not leave …
        engine.send_due()  # … and what still holds is told today
        sweep()
    assert len(mailoutbox) == left


@pytest.mark.parametrize("meanwhile", ["declared", "stopped", "gone", "archived"])
def test_a_mail_that_waited_does_not_leave_when_things_changed(contact, mailoutbox, meanwhile):
    with time_machine.travel(at("2026-09-01 09:00"), tick=False):
        engine.send_due()
        if meanwhile == "declared":
            declare(contact.store, "2026-08")
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
    with time_machine.travel(at("2026-09-04 09:00"), tick=False):
        declare(contact.store, "2026-08")
        DepositCount.objects.update(is_current=False, is_held=True)
        assert engine.send_due().mails == 0


def test_who_stops_these_mails_keeps_the_weekly_report(contact):
    address = unsubscribing.url("deposit", contact.pk).removeprefix("http://localhost:8000")
    phone = Client()
    assert b'data-unsubscribe="ask"' in phone.get(address).content
    contact.refresh_from_db()
    assert contact.wants_deposit_mails
    assert b'data-unsubscribe="stopped"' in phone.post(address).content
    contact.refresh_from_db()
    assert (contact.wants_deposit_mails, contact.wants_weekly_report) == (False, True)
    with time_machine.travel(at("2026-09-01 09:00"), tick=False):
        assert engine.send_due().mails == 0
    assert send_weekly_reports(force=True).stores == 1


def test_the_signature_of_one_kind_of_mail_does_not_stop_another(contact):
    swapped = unsubscribing.sign("deposit", contact.pk).replace("deposit", "contact")
    assert Client().post(f"/desabonnement/{swapped}/").status_code == 404
