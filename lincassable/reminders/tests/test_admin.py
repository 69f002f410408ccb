"""The pages of the reminders in the admin."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.reminders import engine
from lincassable.reminders.models import ReminderRule, Told
from lincassable.reminders.registry import rule_of, rules
from lincassable.reminders.tests.tables import PARIS, at
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/reminders/reminderrule/"


@pytest.fixture
def office() -> Client:
    """A coordinator's browser."""
    browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    browser.force_login(UserFactory(role="coordinator", language="en"))
    return browser


@pytest.fixture
def shops():
    """Three shops whose lists of products are old since 9 August 2026."""
    joined = datetime(2026, 6, 10, 10, tzinfo=PARIS)
    return [ContactFactory(store=StoreFactory(name=f"Boutique {letter}", created_at=joined), language="en") for letter in "ABC"]


def page(code: str) -> str:
    """The address of a rule's page."""
    return reverse("admin:reminders_reminderrule_rule", args=[code])


def test_the_list_says_every_rule_in_words(office):
    content = office.get(LIST).content.decode()
    for rule in rules():
        assert f'data-rule="{rule.code}"' in content
        assert str(rule.title) in content
    for code in (
        "pickup-soon", "tour-soon", "declaration-overdue", "request-unanswered", "carrier-silent", "slip-missing", "deposit-counts",
        "references-stale", "palox-unseen", "bottles-waiting", "inventory-due",
    ):  # fmt: skip
        assert rule_of(code)


def test_who_would_get_it_today_is_shown_without_sending(office, shops):
    with at("2026-08-10 08:00"):
        content = office.get(page("references-stale")).content.decode()
    assert content.count('data-state="later"') == 3
    assert shops[0].email in content
    assert "Boutique A: nobody has filled in the list yet" in content
    assert not Message.objects.exists()
    assert not Told.objects.exists()
    with at("2026-08-10 10:00"):
        assert office.get(page("references-stale")).content.decode().count('data-state="now"') == 3
        engine.send_due()
        assert office.get(page("references-stale")).content.decode().count('data-state="told"') == 3
    with at("2026-08-11 10:00"):
        assert "data-nobody" in office.get(page("references-stale")).content.decode()


def test_who_had_a_mail_today_waits_for_tomorrow(office, shops):
    with at("2026-08-10 10:00"):
        ReminderRule.objects.create(code="references-stale", is_on=False)
        Message.objects.create(
            dedupe_key=engine.key_of(datetime(2026, 8, 10).date(), shops[0].email.lower()),
            kind="reminder",
            to_email="x@y.example",
            text="x",
        )
        content = office.get(page("references-stale")).content.decode()
    assert content.count('data-state="tomorrow"') == 1


def test_settings_override_and_what_is_as_before_follows_the_registry(office, shops):
    data = {"first": 0, "every": 30, "times": 1, "catch_up": 20, "hour": "14:00", "any_day": "", "days": 90}
    assert office.post(page("references-stale"), data).status_code == 302
    row = ReminderRule.objects.get(code="references-stale")
    assert (row.first, row.every, row.times, row.catch_up, f"{row.hour:%H:%M}", row.any_day) == (None, None, 1, None, "14:00", None)
    assert row.parameters == {"days": 90}
    with at("2026-08-10 15:00"):
        assert engine.send_due().mails == 0
    with at("2026-09-08 13:00"):
        assert engine.send_due().mails == 0
    with at("2026-09-08 15:00"):
        assert engine.send_due().mails == 3
    office.post(page("references-stale"), data | {"times": 2, "hour": "09:00", "days": 60})
    row.refresh_from_db()
    assert (row.times, row.hour, row.parameters) == (None, None, {})


@pytest.mark.parametrize(
    ("code", "values", "sentence"),
    [
        ("references-stale", {"hour": "25:00"}, "Enter a valid time."),
        ("references-stale", {"every": "0"}, "To remind several times, say after how many days: at least 1."),
        ("references-stale", {"times": "0"}, "Between 1 and 50 times: to stop a reminder, switch it off."),
        ("references-stale", {"days": "0"}, "Ensure this value is greater than or equal to 1."),
        ("references-stale", {"first": "x"}, "Enter a whole number."),
        ("references-stale", {"catch_up": "-1"}, "Ensure this value is greater than or equal to 0."),
        ("pickup-soon", {"steps": "two"}, "Write days like “2, 1”."),
        ("pickup-soon", {"steps": ""}, "This field is required."),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_sentence_and_nothing_typed_is_lost(office, code, values, sentence):
    good = {"steps": "2, 1", "first": 0, "every": 30, "times": 2, "catch_up": 20, "hour": "09:00", "days": 60}
    answer = office.post(page(code), good | values)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert next(iter(values.values())) in answer.content.decode()
    assert not ReminderRule.objects.exclude(parameters={}, hour=None, every=None, times=None, first=None).exists()


def test_a_rule_is_switched_off_and_on(office, shops):
    switch = reverse("admin:reminders_reminderrule_switch", args=["references-stale"])
    assert office.post(switch, {"on": "0"}, follow=True).status_code == 200
    with at("2026-08-10 10:00"):
        assert engine.send_due().mails == 0
    assert office.post(switch, {"on": "1", "back": "1"}).headers["Location"] == page("references-stale")
    with at("2026-08-10 10:00"):
        assert engine.send_due().mails == 3
    assert office.get(switch).status_code == 405


def test_a_rule_that_nobody_registers_is_not_there(office):
    assert office.get(page("nothing")).status_code == 404
    assert office.post(reverse("admin:reminders_reminderrule_switch", args=["nothing"])).status_code == 404


def test_the_row_of_a_rule_leads_to_its_page(office):
    row = ReminderRule.objects.create(code="references-stale")
    assert office.get(f"{LIST}{row.pk}/change/").headers["Location"] == page("references-stale")
    assert office.get(f"{LIST}add/").status_code == 403
