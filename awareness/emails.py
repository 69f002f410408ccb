"""The mails about events: which templates exist (templates/mail/), who gets them, and what they need. Decides nothing, writes nothing.

| template | to | when | needs |
| --- | --- | --- | --- |
| event_signup | who signed up | they have a place, at once or given back by somebody | event, signup, promoted, link |
| event_waiting | who signed up | they are on the waiting list | event, signup, link |
| event_withdrawn | who signed up | they are off the list | event, signup |
| event_changed | who signed up | it moves, or takes place after all | event, signup, before (None: after all), link |
| event_cancelled | who signed up | it is called off | event, signup |
| event_reminder | who has a place | EVENT_REMINDER_DAYS before | event, signup, link |
| event_team | the team | EVENT_REMINDER_DAYS before | event, items, people, link, user |
| event_report_wanted | the team, else the coordinators | the day after, and a week later | event, link, user |

`link` is the page to withdraw on, or the team's phone page. Those who wait are told of changes as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone

from awareness import calendar_events, links
from awareness.enums import SignUpState
from awareness.models import Event, SignUp
from lincassable.accounts import links as access
from lincassable.accounts.models import AccessLink, User
from lincassable.messaging.services import Prepared, Recipient

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
    today = timezone.localdate()
    if signup.state == SignUpState.CONFIRMED:
        key, promoted = f"event-signup:{today}", signup.promoted_at is not None
        if promoted:
            key = f"event-signup-promoted:{today}"
        yield _mail("event_signup", signup, key, method=calendar_events.REQUEST, promoted=promoted)
    elif signup.state == SignUpState.WAITING:
        yield _mail("event_waiting", signup, f"event-waiting:{today}")


def withdrawn(signup: SignUp) -> Iterator[Prepared]:
    """Yield the answer to a withdrawal; it takes the event out of the calendar."""
    yield _mail("event_withdrawn", signup, "event-withdrawn", method=calendar_events.CANCEL)


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


def coordinators() -> list[User]:
    """Return the people who may change events: by their groups, by themselves, or as superusers."""
    permission = {"codename": "change_event", "content_type": ContentType.objects.get_for_model(Event)}
    by_group = Q(**{f"groups__permissions__{name}": value for name, value in permission.items()})
    by_hand = Q(**{f"user_permissions__{name}": value for name, value in permission.items()})
    found = User.objects.filter(by_group | by_hand | Q(is_superuser=True), is_active=True)
    return list(User.objects.filter(pk__in=found.values("pk")).order_by("pk"))


def team_of(event: Event) -> list[User]:
    """Return who answers for an event: its team, else all coordinators."""
    return list(event.team.filter(is_active=True).order_by("pk")) or coordinators()


def team_url(event: Event) -> str:
    """Return the absolute address of the phone page of an event's team; its link is made when there is none."""
    return access.url(access.link_for(AccessLink.EVENT, event.pk))


def _to_team(template: str, event: Event, key: str, **context: Any) -> Iterator[Prepared]:
    link = team_url(event)
    for user in team_of(event):
        shown = {"event": event, "link": link, "user": user, **context}
        yield Prepared(template, Recipient(user.email, user.name, user.language), shown, f"{key}:user:{user.pk}", SUBJECT, event.pk)


def to_team(event: Event) -> Iterator[Prepared]:
    """Yield what the team needs before an event: what to bring, who comes, the phone page."""
    confirmed = event.signups.filter(state=SignUpState.CONFIRMED)
    people = {role: confirmed.filter(role=role).count() for role in event.roles}
    key = f"event-team:{event.pk}:{event.starts_at:%Y%m%d%H%M}"
    yield from _to_team("event_team", event, key, items=list(event.items.all()), people=people)


def report_wanted(event: Event, step: int) -> Iterator[Prepared]:
    """Yield the mails that ask how it went. Arguments: step, days after the event."""
    yield from _to_team("event_report_wanted", event, f"event-report:{event.pk}:{step}d")
