"""The engine with rules of its own: gathering, once, stopping, asking again."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from lincassable.accounts import privacy
from lincassable.accounts.privacy import Identity
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import unseal
from lincassable.messaging.services import deliver
from lincassable.reminders import engine, registry
from lincassable.reminders.models import ReminderRule, ReminderStop, Told
from lincassable.reminders.people import contacts_of
from lincassable.reminders.registry import Ask, Due, Matter, Rule, Switch, Words, after
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> time_machine.travel:
    """Stand at a local moment of 2026."""
    return time_machine.travel(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=PARIS), tick=False)


class Board:
    """Rules of the test: what they find is set by the test."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[int, date]]] = {}

    def rule(self, code: str, priority: int = 50, **changes: object) -> Rule:
        """Register a rule that tells the contacts of each (store, day) in `found[code]`."""

        def find(ask: Ask):
            rows = self.found.get(code, [])
            people = contacts_of({store for store, _day in rows})
            for store, day in rows:
                for person in people[store]:
                    yield Matter(person, "store", store, day)

        def words(due: Due) -> Words:
            return Words(f"{code} of {due.matter.subject_id}", [f"Look at {code}.", "Please."], "Look", f"https://example.org/{code}")

        switch = Switch(code, f"Mails about {code}", f"Stop {code}?", f"Stopped {code}.")
        given = {"plan": after(), "priority": priority, "switch": switch, "find": find, "words": words} | changes
        rule = Rule(code, code, code, code, **given)
        registry.register(rule)
        return rule


@pytest.fixture
def board(monkeypatch):
    """A registry of its own."""
    monkeypatch.setattr(registry, "_rules", {})
    monkeypatch.setattr(registry, "_switches", {})
    return Board()


@pytest.fixture
def contact():
    """Somebody to remind, in English."""
    return ContactFactory(store=StoreFactory(), email="Boutique@points.example", name="Zoé", language="en")


TUESDAY = date(2026, 6, 9)


def test_one_matter_reads_as_its_own_mail(board, contact):
    board.rule("alpha")
    board.found["alpha"] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        assert str(engine.send_due()) == "1 mails about 1 things, 0 wait for tomorrow"
    mail = Message.objects.get()
    assert (mail.kind, mail.subject, mail.to_email) == ("reminder", f"alpha of {contact.store_id}", "Boutique@points.example")
    assert "Look at alpha." in mail.text
    assert "/rappels/arreter/contact-" in mail.headers["List-Unsubscribe"]
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_comes_together_is_one_mail_the_most_important_first(board, contact):
    other = ContactFactory(store=StoreFactory(), email="boutique@points.example")
    for code, priority in (("alpha", 60), ("beta", 10)):
        board.rule(code, priority)
        board.found[code] = [(contact.store_id, TUESDAY)]
    board.found["beta"].append((other.store_id, TUESDAY))
    with at("06-09 09:00"):
        summary = engine.send_due()
        assert (summary.mails, summary.reminders) == (1, 3)
        engine.send_due()
    mail = Message.objects.get()
    assert (mail.kind, mail.subject) == ("reminder_digest", "beta (2) · and 1 other thing")
    assert mail.text.index("beta (2)") < mail.text.index(f"alpha of {contact.store_id}")
    assert Told.objects.filter(message=mail).count() == 3


def test_a_matter_that_comes_after_the_mail_of_the_day_goes_tomorrow_if_it_is_still_due(board, contact):
    board.rule("alpha")
    board.rule("beta")
    board.found["alpha"] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        engine.send_due()
    board.found["beta"] = [(contact.store_id, TUESDAY)]
    with at("06-09 10:00"):
        assert engine.send_due().waiting == 1
    assert Message.objects.count() == 1
    with at("06-10 09:00"):
        engine.send_due()
    assert Message.objects.order_by("pk").last().subject == f"beta of {contact.store_id}"


def test_a_digest_is_written_anew_without_what_was_settled_meanwhile(board, contact, mailoutbox):
    for code in ("alpha", "beta"):
        board.rule(code)
        board.found[code] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        engine.send_due()
        board.found["alpha"] = []
        assert deliver(Message.objects.get().pk)
    assert mailoutbox[0].subject == f"beta of {contact.store_id}"
    assert "alpha" not in mailoutbox[0].body
    assert list(Told.objects.values_list("rule", flat=True)) == ["beta"]


def test_a_mail_that_did_not_leave_on_its_day_is_told_in_the_next_ones(board, contact, mailoutbox):
    board.rule("alpha")
    board.found["alpha"] = [(contact.store_id, TUESDAY)]
    with at("06-09 19:00"):
        engine.send_due()
    with at("06-09 23:00"):
        assert deliver(Message.objects.get().pk) is False
    with at("06-10 09:00"):
        engine.send_due()
        assert deliver(Message.objects.order_by("pk").last().pk)
    assert [mail.subject for mail in mailoutbox] == [f"alpha of {contact.store_id}"]


def test_one_click_stops_a_kind_for_every_row_of_the_reader_and_what_waits(board, contact, mailoutbox):
    other = ContactFactory(store=StoreFactory(), email="boutique@points.example")
    board.rule("alpha")
    board.rule("beta")
    board.found["alpha"] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        engine.send_due()
        mail = Message.objects.get()
        path = mail.headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
        assert b'data-unsubscribe="ask"' in Client().get(path).content
        assert not ReminderStop.objects.exists()
        stopped = Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"})
        assert b'data-unsubscribe="stopped"' in stopped.content
        mail.refresh_from_db()
        assert mail.state == Message.CANCELLED
        board.found = {"alpha": [(other.store_id, TUESDAY)], "beta": [(contact.store_id, TUESDAY)]}
    with at("06-10 09:00"):
        engine.send_due()
    assert [message.subject for message in Message.objects.order_by("pk")[1:]] == [f"beta of {contact.store_id}"]


def test_the_page_of_choices_switches_kinds_off_and_on(board, contact):
    board.rule("alpha")
    board.rule("beta")
    board.found["alpha"] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        engine.send_due()
    text = unseal(Message.objects.get().text)
    path = next(line for line in text.splitlines() if "/rappels/choix/" in line).removeprefix("http://localhost:8000")
    assert Client().get(path).content.count(b" checked") == 2
    page = Client().post(path, {"wanted": ["beta"]})
    assert page.content.count(b" checked") == 1
    assert ReminderStop.objects.get().switch == "alpha"
    Client().post(path, {"wanted": ["alpha", "beta"]})
    assert not ReminderStop.objects.exists()


@pytest.mark.parametrize("signed", ["x", "contact-1:alpha.forged", "contact-1.forged"])
def test_an_address_that_we_did_not_sign_does_nothing(board, contact, signed):
    board.rule("alpha")
    assert Client().post(f"/rappels/arreter/{signed}/").status_code == 404
    assert Client().post(f"/rappels/choix/{signed}/").status_code == 404


def test_a_rule_that_fails_does_not_silence_the_others(board, contact):
    def broken(ask: Ask):
        raise RuntimeError("no")
        yield

    board.rule("alpha", find=broken)
    board.rule("beta")
    board.found["beta"] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        summary = engine.send_due()
    assert (summary.mails, summary.failed) == (1, ["alpha"])
    assert ReminderRule.objects.get(code="alpha").last_succeeded is False
    assert ReminderRule.objects.get(code="beta").last_succeeded is True


def test_words_that_fail_stop_only_the_mails_that_have_them(board, contact):
    other = ContactFactory(store=StoreFactory(), email="autre@points.example")

    def broken(due: Due) -> Words:
        raise RuntimeError("no")

    board.rule("alpha", words=broken)
    board.rule("beta")
    board.found = {"alpha": [(contact.store_id, TUESDAY)], "beta": [(other.store_id, TUESDAY)]}
    with at("06-09 09:00"):
        summary = engine.send_due()
    assert summary.failed == ["alpha"]
    assert Message.objects.get().to_email == "autre@points.example"


@pytest.mark.parametrize(("hour", "mails"), [("06:59", 0), ("07:00", 1), ("19:59", 1), ("20:00", 0), ("23:30", 0)])
def test_nothing_is_written_at_night(board, contact, hour, mails):
    board.rule("alpha")
    board.found["alpha"] = [(contact.store_id, date(2026, 6, 8))]
    with at(f"06-09 {hour}"):
        engine.send_due()
    assert Message.objects.count() == mails


def test_personal_data_of_reminders_are_found_exported_and_forgotten(board, contact):
    board.rule("alpha")
    board.rule("beta")
    board.found["alpha"] = [(contact.store_id, TUESDAY)]
    with at("06-09 09:00"):
        engine.send_due()
    ReminderStop.objects.create(switch="beta", person_kind="contact", person_id=contact.pk)
    Told.objects.create(rule="x", subject_kind="y", subject_id=1, day=TUESDAY, step=0, person_kind="contact", person_id=contact.pk + 1000)
    held = privacy.export(Identity(contact.email))["reminders"]
    assert [row["reminded_of"]["rule"] for row in held if "reminded_of" in row] == ["alpha"]
    assert [row["stopped"]["switch"] for row in held if "stopped" in row] == ["beta"]
    kind = next(kind for kind in privacy.kinds() if kind.key == "reminders")
    assert kind.purge(datetime(2026, 6, 8, tzinfo=PARIS)) == 1  # whose person is gone
    kind.erase(Identity(contact.email))
    assert not Told.objects.exists()
    assert not ReminderStop.objects.exists()
