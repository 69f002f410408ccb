"""Day tables of the reminders of non-conformities: what goes to whom, day by day."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.utils import timezone

from lincassable.messaging.models import Message
from lincassable.messaging.services import deliver
from lincassable.reminders import engine
from lincassable.reminders.models import ReminderRule
from lincassable.reminders.tests.tables import PARIS, assert_table, at, coordinator
from nonconformities.enums import State
from nonconformities.models import NonConformity
from nonconformities.tests.factories import NonConformityFactory

pytestmark = pytest.mark.django_db
ANA, LOU = "ana@reseau.example", "lou@reseau.example"
LATE, ESCALATED = "nonconformity-late/{} ", "nonconformity-escalated/{} "
REPORTED = datetime(2026, 6, 1, 10, tzinfo=PARIS)


@pytest.fixture
def office():
    """Ana and Lou."""
    return [coordinator(ANA), coordinator(LOU)]


def due(day: date, **values: object) -> NonConformity:
    """A non-conformity that should be over by `day`."""
    return NonConformityFactory(recorded_at=REPORTED, due_on=day, **values)


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-08 19:00": [],  # the last day: it is not late yet
            "2026-06-09 08:59": [],
            "2026-06-09 09:00": [LATE.format(0) + ANA],
            "2026-06-10 09:00": [],
            "2026-06-12 09:00": [LATE.format(1) + ANA],
            "2026-06-15 09:00": [LATE.format(2) + ANA],
            "2026-06-18 09:00": [LATE.format(3) + ANA],
            "2026-06-22 09:00": [],  # four times are enough
            "2026-07-31 09:00": [],
        },
        {"2026-06-14 09:00": [], "2026-06-15 07:00": [], "2026-06-15 09:00": [LATE.format(2) + ANA]},  # a Sunday; nothing ran before
        {"2026-06-24 20:00": [], "2026-06-24 19:59": [LATE.format(3) + ANA]},  # not at night; the last one is caught up for six days
        {"2026-06-25 09:00": []},
    ],
)
def test_who_handles_it_is_reminded_four_times(office, table):
    due(date(2026, 6, 8), assignee=office[0])
    assert_table(table, "nonconformity-late")


def test_days_off_are_left_in_peace(office):
    due(date(2026, 7, 13), assignee=office[0])
    assert_table({"2026-07-14 09:00": [], "2026-07-15 08:59": [], "2026-07-15 09:00": [LATE.format(0) + ANA]}, "nonconformity-late")


def test_what_nobody_handles_is_told_to_everybody(office):
    due(date(2026, 6, 8))
    assert_table({"2026-06-09 09:00": [LATE.format(0) + ANA, LATE.format(0) + LOU]}, "nonconformity-late")


@pytest.mark.parametrize("why", ["over", "later", "switched off"])
def test_nobody_is_reminded_in_vain(office, why):
    row = due(date(2026, 6, 8), assignee=office[0])
    assert_table({"2026-06-09 09:00": [LATE.format(0) + ANA]}, "nonconformity-late")
    if why == "over":
        NonConformity.objects.filter(pk=row.pk).update(state=State.RESOLVED, answer="Fait.", closed_at=timezone.now())
    elif why == "later":
        NonConformity.objects.filter(pk=row.pk).update(due_on=date(2026, 6, 19))
    else:
        ReminderRule.objects.filter(code="nonconformity-late").update(is_on=False)
    again = [LATE.format(0) + ANA] if why == "later" else []
    assert_table({"2026-06-12 09:00": [], "2026-06-22 09:00": again}, "nonconformity-late")


@pytest.mark.parametrize(
    "table",
    [
        {
            "2026-06-14 09:00": [],
            "2026-06-15 08:59": [],
            "2026-06-15 09:00": [ESCALATED.format(0) + LOU],  # a week late
            "2026-06-16 09:00": [],
            "2026-06-22 09:00": [ESCALATED.format(1) + LOU],
            "2026-06-29 09:00": [ESCALATED.format(2) + LOU],
            "2026-07-06 09:00": [],
        },
        {"2026-06-19 07:00": [ESCALATED.format(0) + LOU]},
    ],
)
def test_what_stays_late_is_told_to_the_others(office, table):
    due(date(2026, 6, 8), assignee=office[0])
    assert_table(table, "nonconformity-escalated")


def test_the_days_before_the_others_hear_of_it_are_a_setting(office):
    ReminderRule.objects.create(code="nonconformity-escalated", parameters={"days": 3})
    due(date(2026, 6, 8), assignee=office[0])
    assert_table({"2026-06-10 09:00": [], "2026-06-11 09:00": [ESCALATED.format(0) + LOU]}, "nonconformity-escalated")


def test_a_mail_that_waits_does_not_leave_once_it_is_over(office, mailoutbox):
    row = due(date(2026, 6, 8), assignee=office[0])
    with at("2026-06-09 09:00"):
        engine.send_due()
        message = Message.objects.get(to_email=ANA)
        NonConformity.objects.filter(pk=row.pk).update(state=State.RESOLVED, answer="Fait.", closed_at=timezone.now())
        assert not deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, mailoutbox) == (Message.CANCELLED, [])
