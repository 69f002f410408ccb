"""When the weekly report leaves, to whom, and how it is stopped."""

from __future__ import annotations

from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.messaging.services import deliver
from lincassable.reminders.stopping import stop_mails
from lincassable.reporting import services, tasks
from lincassable.reporting.emails import store_key
from lincassable.reporting.services import send_weekly_reports
from lincassable.reporting.tests.factories import at
from lincassable.reporting.weekly import Week
from stores.enums import Status
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def people():
    """Two contacts of one store and a coordinator, who want the report; nobody else does."""
    store = StoreFactory()
    return [ContactFactory(store=store), ContactFactory(store=store), UserFactory(role="coordinator")]


def sent() -> int:
    """Messages in the outbox."""
    return Message.objects.count()


@pytest.mark.parametrize(
    ("moment", "mails"),
    [
        ("2026-11-22 23:59", 0),
        ("2026-11-23 06:59", 0),
        ("2026-11-23 07:00", 3),
        ("2026-11-23 20:20", 3),
        ("2026-11-24 09:20", 3),
        ("2026-11-25 23:59", 3),
        ("2026-11-26 00:00", 0),
        ("2026-11-29 12:00", 0),
        ("2026-10-26 06:30", 0),  # the clocks went back on Sunday: 05:30 UTC
        ("2026-10-26 07:00", 3),
        ("2026-03-30 06:59", 0),  # the clocks went forward on Sunday
        ("2026-03-30 07:00", 3),
    ],
)
def test_the_report_is_due_on_monday_at_seven_and_caught_up_until_wednesday(people, moment, mails):
    with time_machine.travel(at(moment), tick=False):
        tasks.weekly_report()
        assert sent() == mails


def test_a_week_brings_one_report_each_and_the_next_week_another(people):
    table = [
        ("2026-11-23 07:00", 3),
        ("2026-11-23 07:00", 3),
        ("2026-11-23 08:20", 3),
        ("2026-11-25 20:20", 3),
        ("2026-11-27 08:00", 3),
        ("2026-11-30 06:59", 3),
        ("2026-11-30 07:00", 6),
        ("2026-12-01 09:00", 6),
        ("2026-12-09 20:00", 9),  # the worker was off until Wednesday
        ("2026-12-17 09:00", 9),  # and until Thursday: too late
    ]
    for moment, mails in table:
        with time_machine.travel(at(moment), tick=False):
            tasks.weekly_report()
            assert sent() == mails, moment


def test_a_newcomer_on_tuesday_gets_theirs_and_nobody_else_a_second_one(people):
    with time_machine.travel(at("2026-11-23 07:00"), tick=False):
        send_weekly_reports()
    with time_machine.travel(at("2026-11-24 09:20"), tick=False):
        newcomer = ContactFactory(store=people[0].store)
        summary = send_weekly_reports()
    assert (summary.stores, summary.coordinators, summary.already) == (1, 0, 3)
    assert Message.objects.filter(to_email=newcomer.email).count() == 1


def test_now_sends_on_any_day_and_monday_does_not_repeat_it(people):
    with time_machine.travel(at("2026-11-23 05:00"), tick=False):
        assert send_weekly_reports(force=True).stores == 2
    with time_machine.travel(at("2026-11-23 07:00"), tick=False):
        assert send_weekly_reports().already == 3
    assert sent() == 3


def test_the_keys_name_the_week_and_the_person(people):
    with time_machine.travel(at("2026-11-23 07:00"), tick=False):
        send_weekly_reports()
    keys = set(Message.objects.values_list("dedupe_key", flat=True))
    store = people[0].store
    week = Week.of(at("2026-11-23 07:00"))
    assert keys == {*(store_key(week, contact) for contact in people[:2]), f"weekly:2026-W48:user:{people[2].pk}"}
    assert all(key.startswith((f"weekly:2026-W48:store:{store.pk}:", "weekly:2026-W48:user:")) for key in keys)
    assert people[0].email not in str(keys)


def test_a_contact_typed_anew_gets_no_second_one_but_a_corrected_address_does(people):
    with time_machine.travel(at("2026-11-23 07:00"), tick=False):
        send_weekly_reports()
    contact, other, _user = people
    again = {"store": contact.store, "email": contact.email.upper(), "name": "Anew"}
    contact.delete()
    with time_machine.travel(at("2026-11-24 09:20"), tick=False):
        ContactFactory(**again)
        other.email = "corrected@boutique.example"
        other.save()
        assert send_weekly_reports().stores == 1
    assert Message.objects.filter(to_email="corrected@boutique.example").exists()


@pytest.mark.parametrize(
    ("mondays", "labels"),
    [
        (["2026-12-21", "2026-12-28", "2027-01-04"], ["2026-W52", "2026-W53", "2027-W01"]),
        (["2024-12-23", "2024-12-30", "2025-01-06"], ["2024-W52", "2025-W01", "2025-W02"]),
    ],
)
def test_the_turn_of_the_year_brings_one_a_week(people, mondays, labels):
    for number, (monday, label) in enumerate(zip(mondays, labels, strict=True), start=1):
        for moment in (f"{monday} 07:00", f"{monday} 09:20"):
            with time_machine.travel(at(moment), tick=False):
                tasks.weekly_report()
        assert sent() == 3 * number
        assert Message.objects.filter(dedupe_key__startswith=f"weekly:{label}:").count() == 3


def test_only_those_who_want_it_and_take_part_get_it():
    store = StoreFactory()
    ContactFactory(store=store, wants_weekly_report=False)
    ContactFactory(store=store, is_active=False)
    ContactFactory(store=store, email="")
    ContactFactory(store=StoreFactory(status=Status.PAUSED))
    ContactFactory(store=StoreFactory(status=Status.ARCHIVED))
    UserFactory(role="carrier")
    UserFactory(role="sorting")
    UserFactory(role="coordinator", is_active=False)
    UserFactory(role="coordinator", wants_weekly_report=False)
    both = UserFactory(role="administrator")
    send_weekly_reports(force=True)
    assert list(Message.objects.values_list("to_email", flat=True)) == [both.email]


def test_the_command_says_what_it_did_and_a_dry_run_writes_nothing(people):
    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("weekly_report", *arguments, stdout=out)
        return out.getvalue()

    with time_machine.travel(at("2026-11-27 12:00"), tick=False):
        assert "2 reports for stores and 1 for coordinators" in run("--dry-run")
        assert sent() == 0
        assert "--now" in run()
        assert "2 reports for stores and 1 for coordinators" in run("--now")
        assert "3 people had theirs" in run("--now")
    assert sent() == 3


def test_many_contacts_are_sent_chunk_by_chunk(monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 3)
    store = StoreFactory()
    ContactFactory.create_batch(8, store=store)
    assert send_weekly_reports(force=True).stores == 8
    assert send_weekly_reports(force=True).already == 8


def test_the_page_behind_the_link_asks_and_the_button_stops(people):
    contact, _other, user = people
    phone = Client()
    for kind, person in (("contact", contact), ("user", user)):
        address = unsubscribing.url(kind, person.pk).removeprefix("http://localhost:8000")
        for _again in range(2):
            assert b'data-unsubscribe="ask"' in phone.get(address).content
        person.refresh_from_db()
        assert person.wants_weekly_report
        assert b'data-unsubscribe="stopped"' in phone.post(address).content
        person.refresh_from_db()
        assert not person.wants_weekly_report
    assert send_weekly_reports(force=True).stores == 1


def test_a_mail_program_stops_the_report_without_cookies(people):
    address = unsubscribing.url("contact", people[0].pk).removeprefix("http://localhost:8000")
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, ONE_CLICK, headers={"Origin": "https://mail.example"}).status_code == 200
    people[0].refresh_from_db()
    assert not people[0].wants_weekly_report


@pytest.mark.parametrize("signed", ["contact-1", "contact-1.forged", "user-1.x", "x", "contact-1:abc"])
def test_a_forged_link_stops_nothing(people, signed):
    response = Client().post(f"/desabonnement/{signed}/")
    assert response.status_code == 404
    assert send_weekly_reports(force=True).stores == 2


def test_the_signature_of_one_person_does_not_serve_for_another(people):
    signed = unsubscribing.sign("contact", people[0].pk)
    swapped = signed.replace(f"contact-{people[0].pk}", f"contact-{people[1].pk}")
    assert unsubscribing.read(swapped) is None
    assert unsubscribing.read(signed) == ("contact", people[0].pk)


def test_a_link_of_somebody_who_is_gone_is_not_an_error():
    assert Client().post(f"/desabonnement/{unsubscribing.sign('contact', 10**9)}/").status_code == 404


def test_a_report_that_waited_is_not_sent_to_who_stopped_it_meanwhile(people, mailoutbox):
    send_weekly_reports(force=True)
    stop_mails("contact", people[0].pk, by=services.Actor.system())
    for message in Message.objects.order_by("pk"):
        deliver(message.pk)
    assert Message.objects.get(subject_id=people[0].pk, subject_kind="contact").state == Message.CANCELLED
    assert len(mailoutbox) == 2
    assert all(mail.extra_headers["List-Unsubscribe"].startswith("<http") for mail in mailoutbox)
