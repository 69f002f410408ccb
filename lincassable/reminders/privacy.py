"""The personal data of the reminders: who was reminded of what, and who wants no more of which kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import User
from lincassable.accounts.privacy import Identity, PersonalDataKind, register
from lincassable.reminders.models import ReminderStop, Told
from lincassable.reminders.registry import CONTACT, USER
from stores.models import Contact
from stores.privacy import contacts_of


def _of(identity: Identity) -> Q:
    """Return the condition “this row is about the person”."""
    contacts = Q(person_kind=CONTACT, person_id__in=contacts_of(identity).values("pk"))
    return contacts | Q(person_kind=USER, person_id__in=User.objects.filter(email__iexact=identity.email or "-").values("pk"))


def _gone() -> Q:
    """Return the condition “the person of this row is not there any more”: the number that is left names nobody."""
    contacts = Q(person_kind=CONTACT) & ~Q(person_id__in=Contact.objects.values("pk"))
    return contacts | (Q(person_kind=USER) & ~Q(person_id__in=User.objects.values("pk")))


def _delete(*rows: QuerySet) -> int:
    return sum(some.delete()[0] for some in rows)


def purge(before: datetime) -> int:
    """Forget who was reminded before the moment, and what was stopped by people who are gone. Returns how many rows."""
    return _delete(Told.objects.filter(Q(told_at__lt=before) | _gone()), ReminderStop.objects.filter(_gone()))


def export(identity: Identity) -> list[dict[str, Any]]:
    """Return what a person was reminded of, and what they stopped."""
    told = Told.objects.filter(_of(identity)).values("rule", "subject_kind", "subject_id", "day", "told_at")
    stopped = ReminderStop.objects.filter(_of(identity)).values("switch", "stopped_at")
    return [*({"reminded_of": row} for row in told), *({"stopped": row} for row in stopped)]


def erase(identity: Identity) -> int:
    """Forget the rows of a person, and of those who are gone (the person's contacts may have been deleted before). Returns how many."""
    about = _of(identity) | _gone()
    return _delete(Told.objects.filter(about), ReminderStop.objects.filter(about))


def register_kinds() -> None:
    """Add the reminders to the table of personal data."""
    register(
        PersonalDataKind(
            "reminders",
            _("which reminders a person was sent, and which kinds of them they stopped"),
            _("so that nobody is told twice, nor again what they stopped"),
            settings.PERSONAL_DATA_RETENTION_DAYS["message_address"],
            purge,
            export,
            erase,
        )
    )
