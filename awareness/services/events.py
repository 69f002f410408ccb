"""The life of an event: written, published, moved, cancelled, done. Whoever signed up is told, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from awareness import emails
from awareness.enums import EVENT_TRANSITIONS, EventState, SignUpState
from awareness.models import Event, EventItem, EventLog
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.services import enqueue_many

# What calendars hold of an event; of these, when and where is what people are told by mail.
SHOWN = ("title", "description", "starts_at", "ends_at", "store_id", "place_name", "street", "postcode", "city", "latitude", "longitude")
WHEN, WHERE = ("starts_at", "ends_at"), ("store_id", "place_name", "street", "postcode", "city")


def locked(event: Event) -> Event:
    """Return the fresh row, locked until the end of the transaction: always before its sign-ups."""
    return Event.objects.select_for_update(of=("self",)).select_related("store").get(pk=event.pk)


def _note(event: Event, note: str, by: Actor) -> None:
    EventLog.objects.create(event=event, to_state=event.state, note=note[:500], **EventLog.author(by))


def _touch(event: Event) -> None:
    """Count a change, so that calendars take the new version."""
    event.sequence += 1
    event.changed_at = timezone.now()


@transaction.atomic
def save_event(event: Event, *, by: Actor) -> Event:
    """Write an event, new or changed. Of a published one that moves, those who signed up are told; free places are given.

    Raises ValidationError, by field, for what an event cannot be, and when a published one would begin in the past.
    """
    before = locked(event) if event.pk else None
    if before is not None:
        for name in ("state", "sequence", "changed_at", "cancel_reason", "visitors_counted", "volunteers_counted"):
            setattr(event, name, getattr(before, name))
    event.full_clean()
    if before is None:
        for name, value in Event.author(by).items():
            setattr(event, name, value)
        event.state = EventState.DRAFT
        event.save()
        _note(event, _("written"), by)
        return event
    changed = [name for name in SHOWN if getattr(before, name) != getattr(event, name)]
    moved = bool({*WHEN, *WHERE} & set(changed))
    if moved and event.state == EventState.PUBLISHED and event.is_over:
        raise ValidationError({"ends_at": _("This moment is over: a published event can only be moved to a day to come.")})
    if changed:
        _touch(event)
    event.save()
    if changed and event.state != EventState.DRAFT:
        _note(event, _("changed: %(fields)s") % {"fields": _names(changed)}, by)
    if event.state == EventState.PUBLISHED:
        if moved and not event.is_over:
            enqueue_many(emails.changed(event, before))
        from awareness.services.signups import promote

        promote(event, by=by)
    return event


def _names(fields: list[str]) -> str:
    """Return the names of columns for people, each once."""
    names = {str(Event._meta.get_field(name.removesuffix("_id")).verbose_name): None for name in fields}  # type: ignore[union-attr]
    return ", ".join(names)


def _may(event: Event, to: str) -> None:
    """Raise ValidationError unless `to` may follow the event's state."""
    if to not in EVENT_TRANSITIONS[event.state]:
        sentence = _("This event is %(state)s: that can no longer be done.") % {"state": event.get_state_display()}
        raise ValidationError(sentence, code="state")


def _go(event: Event, to: str, note: str, by: Actor) -> None:
    event.state = to
    _touch(event)
    event.save()
    _note(event, note, by)


@transaction.atomic
def publish(event: Event, *, by: Actor) -> Event:
    """Show an event to the public, and let people sign up. Also takes a cancellation back: then those who signed up are told.

    Returns the fresh row; again changes nothing. Raises ValidationError for an event that is over or done.
    """
    event = locked(event)
    if event.state == EventState.PUBLISHED:
        return event
    _may(event, EventState.PUBLISHED)
    if event.is_over:
        raise ValidationError(_("This event is over: change its day before publishing it."), code="over")
    was_cancelled = event.state == EventState.CANCELLED
    event.cancel_reason = ""
    _go(event, EventState.PUBLISHED, _("published"), by)
    links.link_for(AccessLink.EVENT, event.pk)  # for the team's phones
    if was_cancelled:
        enqueue_many(emails.changed(event, None))
    return event


@transaction.atomic
def to_draft(event: Event, *, by: Actor) -> Event:
    """Take a published event back before anybody signed up. Returns the fresh row; again changes nothing.

    Raises ValidationError once somebody has signed up, or it has begun: it can then only be cancelled.
    """
    event = locked(event)
    if event.state == EventState.DRAFT:
        return event
    _may(event, EventState.DRAFT)
    if event.has_begun or event.signups.exclude(state=SignUpState.WITHDRAWN).exists():
        raise ValidationError(_("People have signed up, or it has begun: cancel it instead, and they are told."), code="signups")
    _go(event, EventState.DRAFT, _("taken back into draft"), by)
    return event


@transaction.atomic
def cancel(event: Event, reason: str, *, by: Actor) -> Event:
    """Call an event off, and tell those who signed up why. Returns the fresh row; again changes nothing.

    Raises ValidationError without a reason, and for what was never published or is done.
    """
    event = locked(event)
    if event.state == EventState.CANCELLED:
        return event
    _may(event, EventState.CANCELLED)
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why, for those who wanted to come."), code="required")
    event.cancel_reason = reason[:250]
    _go(event, EventState.CANCELLED, _("cancelled: %(reason)s") % {"reason": event.cancel_reason}, by)
    enqueue_many(emails.cancelled(event))
    return event


@transaction.atomic
def delete_event(event: Event, *, by: Actor) -> None:
    """Delete a draft. Raises ValidationError for what was published: it is cancelled instead."""
    event = locked(event)
    if event.state != EventState.DRAFT or event.signups.exists():
        raise ValidationError(_("Only a draft can be deleted: cancel this event instead."), code="state")
    event.delete()


@transaction.atomic
def finish_past(now: datetime | None = None) -> int:
    """Mark the published events that are over as done; return how many. Again changes nothing."""
    over = Event.objects.filter(state=EventState.PUBLISHED, ends_at__lte=now or timezone.now())
    done = list(over.order_by("pk").select_for_update(skip_locked=True))
    for event in done:
        event.state = EventState.DONE
        event.save(update_fields=["state"])
        _note(event, _("over since %(when)s") % {"when": date_format(timezone.localtime(event.ends_at), "DATETIME_FORMAT")}, Actor.system())
    return len(done)


@transaction.atomic
def set_packed(event: Event, packed: set[str], *, by: Actor) -> int:
    """Tick what is packed of an event's checklist: exactly the items whose public id is in `packed`; return how many changed."""
    items = list(EventItem.objects.filter(event=event).order_by("pk").select_for_update())
    changed = [item for item in items if item.is_packed != (str(item.uuid) in packed)]
    for item in changed:
        item.is_packed = not item.is_packed
    EventItem.objects.bulk_update(changed, ["is_packed"])
    return len(changed)
