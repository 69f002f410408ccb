"""The personal data of awareness: who signed up, who may be on photos, who answered a quiz, what reports and notes say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from awareness import visit_privacy
from awareness.enums import SignUpRole, SignUpState
from awareness.models import (
    Event,
    EventLog,
    EventPhoto,
    EventReport,
    MaterialOrder,
    Participation,
    Placement,
    SignUp,
    Training,
    TrainingWish,
)
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


def purge_names(before: datetime) -> int:
    """Take the names of those who answered a quiz before the moment away; the answers stay, without anybody's name."""
    return Participation.objects.filter(answered_at__lt=before).exclude(name="").update(name="")


def _named(identity: Identity) -> QuerySet[Participation]:
    return Participation.objects.filter(identity.is_name("name") | identity.found_in("name", "comment"))


def export_names(identity: Identity) -> list[dict[str, Any]]:
    """Return the quizzes that somebody of this name answered."""
    return [
        {"training": str(row.training), "name": row.name, "score": str(row), "comment": row.comment, "answered": row.answered_at}
        for row in _named(identity).select_related("training__store").order_by("pk")
    ]


def erase_names(identity: Identity) -> int:
    """Take a person's name out of quizzes, comments, notes of trainings, wishes and orders."""
    named = Participation.objects.filter(identity.is_name("name")).update(name="")
    hidden = hide_in_rows(Participation.objects.all(), ["name", "comment"], identity)
    hidden += hide_in_rows(Training.objects.all(), ["notes", "support"], identity)
    hidden += hide_in_rows(MaterialOrder.objects.all(), ["note", "answer"], identity)
    return named + hidden + hide_in_rows(TrainingWish.objects.all(), ["note"], identity)


def purge_photos(before: datetime) -> int:
    """Delete the photos of events that ended before the moment, with their files."""
    from awareness.services import delete_photo
    from lincassable.accounts.actors import Actor

    old = list(EventPhoto.objects.filter(event__ends_at__lt=before).order_by("pk"))
    for photo in old:
        delete_photo(photo, by=Actor.system())
    return len(old)


def purge_placement_photos(before: datetime) -> int:
    """Delete the photos of what stands in places that were sent before the moment, with their files."""
    from awareness.services import delete_placement_photo
    from lincassable.accounts.actors import Actor

    old = list(Placement.objects.filter(photo_at__lt=before).exclude(photo="").order_by("pk"))
    for placement in old:
        delete_placement_photo(placement, by=Actor.system())
    return len(old)


def _no_rows(identity: Identity) -> list[dict[str, Any]]:
    return []


def _no_erasure(identity: Identity) -> int:
    return 0


KINDS = (
    PersonalDataKind(
        "event_signup",
        _("who signs up for an event: first name, e-mail, phone of volunteers"),
        _("to keep a place, and to tell of changes; deleted after the event"),
        settings.PERSONAL_DATA_RETENTION_DAYS["event_signup"],
        purge_signups,
        export_signups,
        erase_signups,
    ),
    PersonalDataKind(
        "quiz_name",
        _("name that somebody gives to get an attestation of training"),
        _("to print the attestation, and to print it again for some weeks"),
        settings.PERSONAL_DATA_RETENTION_DAYS["quiz_name"],
        purge_names,
        export_names,
        erase_names,
    ),
    PersonalDataKind(
        "event_photo",
        _("photos of events, on which people may be recognised who agreed to it"),
        _("to show funders and partners what was done; a coordinator deletes a photo at once when somebody asks"),
        settings.PERSONAL_DATA_RETENTION_DAYS["event_photo"],
        purge_photos,
        _no_rows,
        _no_erasure,
    ),
    PersonalDataKind(
        "placement_photo",
        _("photos of posters and stickers in places, on which somebody may be by accident"),
        _("to see how the deposit is shown; a newer photo replaces the one before, and a coordinator deletes one at once"),
        settings.PERSONAL_DATA_RETENTION_DAYS["placement_photo"],
        purge_placement_photos,
        _no_rows,
        _no_erasure,
    ),
)


def register_kinds() -> None:
    """Add them to the table of personal data."""
    for kind in (*KINDS, visit_privacy.KIND):
        register(kind)
