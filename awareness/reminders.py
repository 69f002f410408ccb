"""What events remind of by themselves.

Who signed up has no account and nothing to stop but the sign-up itself: `people` writes to them, once, `EVENT_REMINDER_DAYS` before,
from 9:00 until it begins. Who signed up after that moment needs none: the answer to the sign-up has just told them. `still_due` asks
again before the mail leaves. Teams and coordinators are reminded by rules of `lincassable.reminders` (see `awareness.rules`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from lincassable.reminders.days import is_awake

HOUR = time(9)  # local
REMINDER = "event_reminder"
_SIGNUP = re.compile(r":signup:([0-9]+)$")


def send_due(now: datetime | None = None) -> int:
    """Write the reminders that are due at `now` (None: the present moment), and return how many are new; safe to run at any time."""
    now = now or timezone.now()
    if not is_awake(now):
        return 0
    with transaction.atomic():
        return enqueue_many(people(now))


def due_at(event: Event) -> datetime:
    """Return from when on an event is reminded of: nine o'clock, local, so many days before."""
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    day = timezone.localtime(event.starts_at, zone).date() - timedelta(days=settings.EVENT_REMINDER_DAYS)
    return datetime.combine(day, HOUR, zone)


def is_due(event: Event, now: datetime) -> bool:
    """Return whether an event is to be reminded of at `now`."""
    return event.state == EventState.PUBLISHED and due_at(event) <= now < event.starts_at


def needs_reminder(signup: SignUp, now: datetime) -> bool:
    """Return whether somebody who signed up is to be reminded at `now`."""
    told = signup.promoted_at or signup.signed_up_at
    return signup.state == SignUpState.CONFIRMED and is_due(signup.event, now) and told < due_at(signup.event)


def people(now: datetime) -> Iterator[Prepared]:
    """Yield the reminders to those who have a place."""
    latest = now + timedelta(days=settings.EVENT_REMINDER_DAYS + 1)
    coming = Event.objects.filter(state=EventState.PUBLISHED, starts_at__gt=now, starts_at__lte=latest)
    for event in queries.with_places(coming).order_by("starts_at", "pk"):
        for signup in event.signups.filter(state=SignUpState.CONFIRMED).order_by("pk"):
            signup.event = event
            if needs_reminder(signup, now):
                yield emails.reminder(signup)


def still_due(message: Message) -> bool:
    """Whether a reminder that waits in the outbox still holds: asked just before it leaves."""
    found = _SIGNUP.search(message.dedupe_key)
    signup = SignUp.objects.select_related("event").filter(pk=int(found[1])).first() if found else None
    if signup is None or f"{signup.event.starts_at:%Y%m%d%H%M}" not in message.dedupe_key:
        return False
    return signup.state == SignUpState.CONFIRMED and is_due(signup.event, timezone.now())
