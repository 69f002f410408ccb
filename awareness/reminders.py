"""Mails about events that come by themselves: who is due now is computed from the days of events, never scheduled ahead.

| mail | to | due | until |
| --- | --- | --- | --- |
| event_reminder | who has a place | `EVENT_REMINDER_DAYS` days before, from 9:00 | it begins |
| event_team | the team | the same | it begins |
| event_report_wanted | the team, else the coordinators | the day after, then a week after, from 9:00 | `EVENT_REPORT_NAGGING_DAYS` |

A missed run is caught up by the next one, until the last column. Who signed up after the reminder fell due needs none: the answer to the
sign-up has just told them. Before a mail leaves, `still_due` asks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from awareness import emails, queries
from awareness.enums import EventState, SignUpState
from awareness.models import Event, SignUp
from lincassable.messaging.models import Message
from lincassable.messaging.services import Prepared, enqueue_many

HOUR = time(9)  # local
AWAKE = range(7, 20)  # local hours in which mails are written
REPORT_STEPS = (1, 7)  # days after the event
REMINDER, TEAM, REPORT = "event_reminder", "event_team", "event_report_wanted"
KINDS = (REMINDER, TEAM, REPORT)
_SIGNUP = re.compile(r":signup:([0-9]+)$")


@dataclass(frozen=True)
class Summary:
    """How many mails of each kind a run wrote."""

    people: int = 0
    teams: int = 0
    reports: int = 0

    def __str__(self) -> str:
        return f"{self.people} to people who come, {self.teams} to teams, {self.reports} about reports"


def send_due(now: datetime | None = None) -> Summary:
    """Write the mails that are due at `now` (None: the present moment); safe to run at any time, any number of times."""
    now = now or timezone.now()
    if _local(now).hour not in AWAKE:
        return Summary()
    return Summary(_write(people(now)), _write(teams(now)), _write(reports(now)))


def _write(mails: Iterable[Prepared]) -> int:
    with transaction.atomic():
        return enqueue_many(mails)


def _local(now: datetime) -> datetime:
    return timezone.localtime(now, ZoneInfo(settings.NETWORK_TIME_ZONE))


def _morning(moment: datetime, days: int) -> datetime:
    """Return nine o'clock, `days` days after (or before, when negative) the local day of `moment`."""
    return datetime.combine(_local(moment).date() + timedelta(days=days), HOUR, ZoneInfo(settings.NETWORK_TIME_ZONE))


def due_at(event: Event) -> datetime:
    """Return from when on an event is reminded of."""
    return _morning(event.starts_at, -settings.EVENT_REMINDER_DAYS)


def is_due(event: Event, now: datetime) -> bool:
    """Return whether an event is to be reminded of at `now`."""
    return event.state == EventState.PUBLISHED and due_at(event) <= now < event.starts_at


def _soon(now: datetime) -> list[Event]:
    latest = now + timedelta(days=settings.EVENT_REMINDER_DAYS + 1)
    coming = Event.objects.filter(state=EventState.PUBLISHED, starts_at__gt=now, starts_at__lte=latest)
    return [event for event in queries.with_places(coming).order_by("starts_at", "pk") if is_due(event, now)]


def needs_reminder(signup: SignUp, now: datetime) -> bool:
    """Return whether somebody who signed up is to be reminded at `now`."""
    told = signup.promoted_at or signup.signed_up_at
    return signup.state == SignUpState.CONFIRMED and is_due(signup.event, now) and told < due_at(signup.event)


def people(now: datetime) -> Iterator[Prepared]:
    """Yield the reminders to those who have a place."""
    for event in _soon(now):
        for signup in event.signups.filter(state=SignUpState.CONFIRMED).order_by("pk"):
            signup.event = event
            if needs_reminder(signup, now):
                yield emails.reminder(signup)


def teams(now: datetime) -> Iterator[Prepared]:
    """Yield the mails to the teams: what to bring, who comes."""
    for event in _soon(now):
        if event.team.exists():
            yield from emails.to_team(event)


def report_step(event: Event, now: datetime) -> int | None:
    """Return the step of `REPORT_STEPS` that is due for an event without report at `now`: the last one whose moment has come."""
    if now >= _morning(event.ends_at, settings.EVENT_REPORT_NAGGING_DAYS):
        return None
    return max((step for step in REPORT_STEPS if _morning(event.ends_at, step) <= now), default=None)


def reports(now: datetime) -> Iterator[Prepared]:
    """Yield the mails that ask for reports."""
    oldest = now - timedelta(days=settings.EVENT_REPORT_NAGGING_DAYS + 1)
    for event in queries.without_report(now).filter(ends_at__gt=oldest):
        step = report_step(event, now)
        if step:
            yield from emails.report_wanted(event, step)


def still_due(message: Message) -> bool:
    """Whether a mail of this module that waits in the outbox still holds: asked just before it leaves."""
    now = timezone.now()
    event = Event.objects.filter(pk=message.subject_id or 0).first()
    if event is None:
        return False
    if message.kind == REPORT:
        return queries.without_report(now).filter(pk=event.pk).exists()
    if f"{event.starts_at:%Y%m%d%H%M}" not in message.dedupe_key or not is_due(event, now):
        return False
    if message.kind == TEAM:
        return True
    found = _SIGNUP.search(message.dedupe_key)
    signup = SignUp.objects.filter(pk=int(found[1]), event=event).first() if found else None
    return signup is not None and signup.state == SignUpState.CONFIRMED
