"""The personal data of events: who signed up, who may be on photos, what reports and notes say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from awareness.enums import SignUpRole, SignUpState
from awareness.models import Event, EventLog, EventPhoto, EventReport, SignUp
from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register


def _signups_of(identity: Identity) -> QuerySet[SignUp]:
    """Return the sign-ups of a person: by address or phone. A first name alone is nobody's."""
    condition = Q(pk__in=[])
    if identity.email:
        condition |= Q(email__iexact=identity.email)
    if identity.phone:
        condition |= Q(phone=identity.phone)
    return SignUp.objects.filter(condition)


def purge_signups(before: datetime) -> int:
    """Delete the sign-ups of events that ended before the moment; how many they were is kept on the event."""
    events = Event.objects.filter(ends_at__lt=before, signups__isnull=False).distinct().order_by("pk")
    for event in events:
        had_place = event.signups.filter(state=SignUpState.CONFIRMED)
        event.visitors_counted = (event.visitors_counted or 0) + had_place.filter(role=SignUpRole.VISITOR).count()
        event.volunteers_counted = (event.volunteers_counted or 0) + had_place.filter(role=SignUpRole.VOLUNTEER).count()
        event.save(update_fields=["visitors_counted", "volunteers_counted"])
    return SignUp.objects.filter(event__ends_at__lt=before).delete()[0]


def export_signups(identity: Identity) -> list[dict[str, Any]]:
    """Return what a person signed up for."""
    return [
        {
            "event": str(row.event),
            "at": row.event.starts_at,
            "role": row.role,
            "state": row.state,
            "first_name": row.first_name,
            "email": row.email,
            "phone": str(row.phone),
            "signed_up": row.signed_up_at,
        }
        for row in _signups_of(identity).select_related("event").order_by("pk")
    ]


def erase_signups(identity: Identity) -> int:
    """Delete a person's sign-ups, and take them out of notes, reports and logs. Places that become free are given by the next sign-up."""
    deleted = _signups_of(identity).delete()[0]
    hidden = hide_in_rows(Event.objects.all(), ["notes"], identity)
    hidden += hide_in_rows(EventReport.objects.all(), ["note"], identity)
    return deleted + hidden + hide_in_rows(EventLog.objects.all(), ["note"], identity)


def purge_photos(before: datetime) -> int:
    """Delete the photos of events that ended before the moment, with their files."""
    from awareness.services import delete_photo
    from lincassable.accounts.actors import Actor

    old = list(EventPhoto.objects.filter(event__ends_at__lt=before).order_by("pk"))
    for photo in old:
        delete_photo(photo, by=Actor.system())
    return len(old)


def _no_rows(identity: Identity) -> list[dict[str, Any]]:
    return []


def _no_erasure(identity: Identity) -> int:
    return 0


def register_kinds() -> None:
    """Add them to the table of personal data."""
    register(
        PersonalDataKind(
            "event_signup",
            _("who signs up for an event: first name, e-mail, phone of volunteers"),
            _("to keep a place, and to tell of changes; deleted after the event"),
            settings.PERSONAL_DATA_RETENTION_DAYS["event_signup"],
            purge_signups,
            export_signups,
            erase_signups,
        )
    )
    register(
        PersonalDataKind(
            "event_photo",
            _("photos of events, on which people may be recognised who agreed to it"),
            _("to show funders and partners what was done; a coordinator deletes a photo at once when somebody asks"),
            settings.PERSONAL_DATA_RETENTION_DAYS["event_photo"],
            purge_photos,
            _no_rows,
            _no_erasure,
        )
    )
