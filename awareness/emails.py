"""The mails about events: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| event_signup | who signed up | they have a place, at once or given back by somebody | event, signup, promoted, link |
| event_waiting | who signed up | they are on the waiting list | event, signup, link |
| event_withdrawn | who signed up | they are off the list | event, signup |
| event_changed | who signed up | it moves, or takes place after all | event, signup, before (None: after all), link |
| event_cancelled | who signed up | it is called off | event, signup |
| event_reminder | who has a place | EVENT_REMINDER_DAYS before | event, signup, link |

`link` is the page to withdraw on. Those who wait are told of changes as well. Teams and coordinators: see `awareness.rules`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from awareness import calendar_events, links
from awareness.enums import SignUpState
from awareness.models import Event, SignUp
from lincassable.accounts import links as access
from lincassable.accounts.models import AccessLink
from lincassable.messaging.services import Prepared, Recipient
from lincassable.web_addresses import web_address

SUBJECT = "event"


def _to(signup: SignUp) -> Recipient:
    return Recipient(signup.email, signup.first_name, signup.language)


def _mail(template: str, signup: SignUp, key: str, *, method: calendar_events.Method | None = None, **context: Any) -> Prepared:
    """Return one mail to somebody who signed up; `method` adds the calendar's file."""
    shown = {"event": signup.event, "signup": signup, "link": links.url(signup), **context}
    files = [calendar_events.invitation(signup, method=method)] if method else []
    return Prepared(template, _to(signup), shown, f"{key}:signup:{signup.pk}", SUBJECT, signup.event_id, attachments=files)


def signed_up(signup: SignUp) -> Iterator[Prepared]:
    """Yield the answer to a sign-up: a place, or the waiting list. Asked for again on the same day, it is not written twice."""
    if signup.state == SignUpState.CONFIRMED:
        yield from confirmed(signup)
    elif signup.state == SignUpState.WAITING:
        yield from waiting(signup)


def confirmed(signup: SignUp) -> Iterator[Prepared]:
    """Yield the mail that says: you have a place, at once or since somebody gave it back."""
    promoted = signup.promoted_at is not None
    key = f"event-signup{'-promoted' if promoted else ''}:{timezone.localdate()}"
    yield _mail("event_signup", signup, key, method=calendar_events.REQUEST, promoted=promoted)


def waiting(signup: SignUp) -> Iterator[Prepared]:
    """Yield the mail that says: you are on the waiting list."""
    yield _mail("event_waiting", signup, f"event-waiting:{timezone.localdate()}")


def withdrawn(signup: SignUp) -> Iterator[Prepared]:
    """Yield the answer to a withdrawal; it takes the event out of the calendar, unless somebody else comes with the same address."""
    others = signup.event.signups.filter(email__iexact=signup.email, state=SignUpState.CONFIRMED).exclude(pk=signup.pk)
    yield _mail("event_withdrawn", signup, "event-withdrawn", method=None if others.exists() else calendar_events.CANCEL)


def _listed(event: Event) -> Iterator[SignUp]:
    """Yield who has a place or waits for one, the event on each."""
    for signup in event.signups.exclude(state=SignUpState.WITHDRAWN).order_by("pk"):
        signup.event = event
        yield signup


def changed(event: Event, before: Event | None) -> Iterator[Prepared]:
    """Yield the mails about a move. Arguments: before, the event as it was; None when it takes place after all."""
    for signup in _listed(event):
        method = calendar_events.REQUEST if signup.state == SignUpState.CONFIRMED else None
        yield _mail("event_changed", signup, f"event-changed:{event.sequence}", method=method, before=before)


def cancelled(event: Event) -> Iterator[Prepared]:
    """Yield the mails that call it off."""
    for signup in _listed(event):
        method = calendar_events.CANCEL if signup.state == SignUpState.CONFIRMED else None
        yield _mail("event_cancelled", signup, f"event-cancelled:{event.sequence}", method=method)


def reminder(signup: SignUp) -> Prepared:
    """Return the reminder of an event. The key holds its beginning: one that moves is reminded of anew."""
    return _mail("event_reminder", signup, f"event-reminder:{signup.event.starts_at:%Y%m%d%H%M}")


def team_url(event: Event) -> str:
    """Return the absolute address of the phone page of an event's team: by its link, made when it is published, else signed in."""
    link = AccessLink.objects.filter(kind=AccessLink.EVENT, object_id=event.pk, revoked_at=None).first()
    return access.url(link) if link else web_address("events:staff_team", event.uuid)
