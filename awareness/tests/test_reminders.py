"""Mails about events that come by themselves: a table of days, and what still holds when they leave."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from awareness import reminders, rules, services
from awareness.enums import EventState, SignUpState
from awareness.models import Event
from awareness.tasks import look_after_events
from awareness.tests.factories import EventFactory, EventItemFactory, EventReportFactory, PublicEventFactory, SignUpFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from lincassable.reminders.registry import Ask, rule_of

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def at(day, hour=10, minute=0):
    return datetime(2026, 10, day, hour, minute, tzinfo=PARIS)


@pytest.fixture
def event():
    """The 25th of October 2026, 14:00: the day on which clocks change."""
    with time_machine.travel(at(1)):
        event = PublicEventFactory(starts_at=at(25, 14), ends_at=at(25, 17), visitor_places=1)
        SignUpFactory(event=event, email="lou@courriel.example")
        SignUpFactory(event=event, email="attend@courriel.example", state=SignUpState.WAITING)
    return event


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (at(22, 18), 0),
        (at(23, 8, 59), 0),
        (at(23, 9), 1),
        (at(24, 12), 1),  # a missed day catches up
        (at(25, 13, 59), 1),
        (at(25, 14), 0),  # it has begun
        (at(23, 23), 0),  # nobody is written to at night
    ],
)
def test_who_has_a_place_is_reminded_two_days_before_until_it_begins(event, moment, written):
    with time_machine.travel(moment):
        assert reminders.send_due() == written
        assert reminders.send_due() == 0
    assert list(Message.objects.values_list("to_email", flat=True)) == ["lou@courriel.example"] * written


def test_who_has_just_signed_up_needs_no_reminder(event):
    with time_machine.travel(at(24, 12)):
        Event.objects.update(visitor_places=9)
        services.sign_up(event, role="visitor", first_name="Tom", email="tom@courriel.example", by=Actor.system())
        reminders.send_due()
    assert not Message.objects.filter(kind="event_reminder", to_email="tom@courriel.example").exists()


def test_what_moves_is_reminded_of_anew_and_the_old_mail_does_not_leave(event):
    with time_machine.travel(at(23, 10)):
        reminders.send_due()
        first = Message.objects.get(kind="event_reminder")
        assert reminders.still_due(first)
        event.starts_at, event.ends_at = at(30, 14), at(30, 17)
        services.save_event(event, by=Actor.system())
        assert not reminders.still_due(first)
    with time_machine.travel(at(28, 10)):
        assert reminders.send_due() == 1


def test_a_reminder_of_what_was_called_off_or_given_back_does_not_leave(event):
    with time_machine.travel(at(23, 10)):
        reminders.send_due()
        message = Message.objects.get(kind="event_reminder")
        services.withdraw(event.signups.get(email="lou@courriel.example"), by=Actor.system())
        assert not reminders.still_due(message)


def ask(now):
    return Ask(now, timezone.localtime(now, PARIS).date(), rule_of("event-team").plan)


def test_the_team_is_told_what_to_bring_and_who_comes(event):
    user = UserFactory(role="coordinator", email="ana@reseau.example")
    event.team.add(user)
    EventItemFactory(event=event, name="Flyers", quantity=200)
    with time_machine.travel(at(23, 10)):
        found = list(rules.teams(ask(at(23, 10))))
        assert [(one.person.email, one.subject_id, one.day.day, one.until) for one in found] == [
            ("ana@reseau.example", event.pk, 25, event.starts_at)
        ]
        from lincassable.reminders.registry import Due

        words = rules.team_words(Due("event-team", found[0], 2, at(23).date()))
    assert "200 × Flyers" in " ".join(words.text)
    assert words.url


def test_reports_are_asked_of_the_team_else_of_the_coordinators_until_they_come(event):
    coordinator, member = UserFactory(role="coordinator"), UserFactory(role="coordinator")
    with time_machine.travel(at(26, 10)):
        assert look_after_events().startswith("1 done")
        assert {one.person.id for one in rules.unreported(ask(at(26, 10)))} == {coordinator.pk, member.pk}
        event.team.add(member)
        assert {one.person.id for one in rules.unreported(ask(at(26, 10)))} == {member.pk}
        EventReportFactory(event=event)
        assert not list(rules.unreported(ask(at(26, 10))))
    assert Event.objects.get(pk=event.pk).state == EventState.DONE


def test_nobody_is_asked_about_drafts_or_what_was_called_off_or_long_ago():
    past = timezone.now() - timedelta(days=3)
    UserFactory(role="coordinator")
    for state in (EventState.DRAFT, EventState.CANCELLED):
        EventFactory(state=state, starts_at=past, ends_at=past + timedelta(hours=1))
    long_ago = timezone.now() - timedelta(days=40)
    EventFactory(state=EventState.DONE, starts_at=long_ago, ends_at=long_ago + timedelta(hours=1))
    assert not list(rules.unreported(ask(timezone.now())))
