"""Quiet times: a mailing waits at night, on weekends and on public holidays, unless somebody says to send anyway."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.urls import reverse

from lincassable.accounts.tests.factories import UserFactory
from lincassable.mailings import quiet, services, timing
from lincassable.mailings.enums import State
from lincassable.mailings.models import Mailing
from lincassable.mailings.tests.factories import BY, MailingFactory, begun, people
from lincassable.messaging.models import Message
from lincassable.messaging.services import deliver
from stores.tests.factories import ContactFactory

FRIDAY_EVENING = "2026-11-27 18:59:30+00:00"  # 19:59 in Paris
SATURDAY, SUNDAY_NIGHT = "2026-11-28 09:00:00+00:00", "2026-11-29 23:00:00+00:00"
MONDAY_EARLY, MONDAY = "2026-11-30 05:59:00+00:00", "2026-11-30 06:00:00+00:00"


def at(moment: str) -> time_machine.travel:
    """Stop the clock there."""
    return time_machine.travel(moment, tick=False)


def utc(text: str) -> dt.datetime:
    """A moment."""
    return dt.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-24 09:00+00:00", "2026-11-24 09:00+00:00"),
        ("2026-11-24 05:59+00:00", "2026-11-24 06:00+00:00"),  # seven in Paris
        ("2026-11-24 18:59+00:00", "2026-11-24 18:59+00:00"),
        ("2026-11-24 19:00+00:00", "2026-11-25 06:00+00:00"),
        ("2026-11-27 19:00+00:00", "2026-11-30 06:00+00:00"),  # Friday evening
        ("2026-11-28 12:00+00:00", "2026-11-30 06:00+00:00"),
        ("2026-11-10 22:00+00:00", "2026-11-12 06:00+00:00"),  # 11 November is a holiday
        ("2027-05-05 20:00+00:00", "2027-05-07 05:00+00:00"),  # Ascension
        ("2026-10-23 18:30+00:00", "2026-10-26 06:00+00:00"),  # the clocks change in between
        ("2026-03-27 19:30+00:00", "2026-03-30 05:00+00:00"),
    ],
)
def test_a_quiet_time_ends_at_the_first_hour_of_a_working_day(moment, opens):
    assert quiet.opens(utc(moment)) == utc(opens)
    assert not quiet.why(utc(opens))
    assert bool(quiet.why(utc(moment))) == (moment != opens)


@pytest.mark.parametrize(
    ("begin", "count", "rate", "end", "anyway"),
    [
        ("2026-11-24 09:00+00:00", 600, 600, "2026-11-24 09:59+00:00", "2026-11-24 09:59+00:00"),
        ("2026-11-24 18:30+00:00", 600, 600, "2026-11-25 06:29+00:00", "2026-11-24 19:29+00:00"),  # half of it the next morning
        ("2026-11-28 09:00+00:00", 1, 600, "2026-11-30 06:00+00:00", "2026-11-28 09:00+00:00"),
        ("2026-11-27 18:00+00:00", 28, 1, "2026-12-02 06:00+00:00", "2026-11-28 21:00+00:00"),  # one, and thirteen a day
    ],
)
def test_the_end_of_a_mailing_counts_the_quiet_times(begin, count, rate, end, anyway):
    assert timing.expected_end(utc(begin), count, rate) == utc(end)
    assert timing.expected_end(utc(begin), count, rate, any_hour=True) == utc(anyway)


@pytest.mark.django_db
def test_a_mailing_planned_for_a_saturday_begins_on_monday_with_the_list_of_then():
    people(2)
    with at(FRIDAY_EVENING):
        mailing = services.schedule(MailingFactory(), utc(SATURDAY), by=BY)
    for moment in (SATURDAY, SUNDAY_NIGHT, MONDAY_EARLY):
        with at(moment):
            assert services.run() == {"begun": 0, "handed over": 0}
    ContactFactory(email="neuve@x.example")
    with at(MONDAY):
        assert services.run() == {"begun": 1, "handed over": 3}
    assert Mailing.objects.get(pk=mailing.pk).started_at == utc(MONDAY)


@pytest.mark.django_db
def test_a_mailing_that_is_under_way_stops_in_the_evening_and_goes_on_the_next_working_day(settings):
    settings.MAILINGS_PER_HOUR = 60
    people(3)
    with at(FRIDAY_EVENING):
        begun()
        assert services.run()["handed over"] == 1
    for moment in ("2026-11-27 19:01:00+00:00", SATURDAY, SUNDAY_NIGHT):
        with at(moment):
            assert services.run()["handed over"] == 0
    with at(MONDAY):
        assert services.run()["handed over"] == 1


@pytest.mark.django_db
def test_what_is_to_be_sent_anyway_waits_for_nothing():
    people(2)
    with at(SATURDAY):
        services.schedule(MailingFactory(), None, by=BY, any_hour=True)
        assert services.run() == {"begun": 1, "handed over": 2}
        message = Message.objects.first()
        assert deliver(message.pk)


@pytest.mark.django_db
def test_a_message_that_is_held_up_until_the_night_leaves_in_the_morning_as_one_try(mailoutbox):
    people(1)
    with at(FRIDAY_EVENING):
        mailing = begun()
        services.run()
    message = Message.objects.get()
    with at(SATURDAY):
        assert not deliver(message.pk)
        message.refresh_from_db()
        assert (message.state, message.attempts, message.next_try_at) == (Message.WAITING, 0, utc(MONDAY))
    with at(MONDAY_EARLY):
        assert not deliver(message.pk)
    with at(MONDAY):
        assert deliver(message.pk)
    assert len(mailoutbox) == 1
    assert Mailing.objects.get(pk=mailing.pk).state == State.DONE


@pytest.mark.django_db
def test_sending_anyway_is_decided_while_it_waits_and_taken_back(client):
    people(2)
    user = UserFactory(role="coordinator")
    with at(SATURDAY):
        client.force_login(user)
        mailing = services.schedule(MailingFactory(), None, by=BY)
        services.run()
        follow = reverse("admin:mailings_mailing_follow", args=[mailing.pk])
        page = client.get(follow).content.decode()
        assert "data-waits" in page
        client.post(reverse("admin:mailings_mailing_act", args=[mailing.pk, "anyway"]))
        assert "data-waits" not in client.get(follow).content.decode()
        client.post(reverse("admin:mailings_mailing_act", args=[mailing.pk, "quiet"]))
        assert services.run()["begun"] == 0
        client.post(reverse("admin:mailings_mailing_act", args=[mailing.pk, "anyway"]))
        assert services.run() == {"begun": 1, "handed over": 2}
    notes = [(row.from_state, row.to_state, row.actor_id) for row in mailing.log.order_by("pk")]
    assert notes[1:4] == [("scheduled", "scheduled", user.pk)] * 3


@pytest.mark.django_db
def test_the_messages_of_a_mailing_sent_anyway_leave_at_once_even_if_they_were_put_off():
    people(1)
    with at(FRIDAY_EVENING):
        mailing = begun()
        services.run()
    message = Message.objects.get()
    with at(SATURDAY):
        assert not deliver(message.pk)
        services.send_anyway(Mailing.objects.get(pk=mailing.pk), True, by=BY)
        assert deliver(message.pk)


@pytest.mark.django_db
def test_a_draft_or_a_mailing_that_is_over_is_not_sent_anyway():
    for mailing in (MailingFactory(), services.cancel_rest(begun_with_somebody(), by=BY)):  # nothing of it can leave
        with pytest.raises(ValidationError) as refused:
            services.send_anyway(mailing, True, by=BY)
        assert refused.value.code == "state"


def begun_with_somebody() -> Mailing:
    """A mailing that has begun."""
    people(1)
    return begun()


@pytest.mark.django_db
def test_the_launch_page_tells_until_when_it_waits_and_keeps_what_was_ticked(client):
    people(1)
    with at(SATURDAY):
        client.force_login(UserFactory(role="coordinator"))
        mailing = MailingFactory()
        address = reverse("admin:mailings_mailing_launch", args=[mailing.pk])
        assert client.get(address).content.decode().count("data-warning") == 1
        given = {"seen": mailing.version, "expected": 1, "when": "now", "any_hour": "on"}
        looked = client.post(address, {**given, "then": "look"}).content.decode()
        assert 'name="any_hour" id="id_any_hour" checked' in looked
        client.post(address, {**given, "then": "launch"})
        assert services.run()["begun"] == 1
