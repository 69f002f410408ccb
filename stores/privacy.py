"""The personal data of collection points: their contacts, and people named in notes for drivers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import AccessLink
from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from stores.enums import Status
from stores.models import Closure, Contact, Store


def contacts_of(identity: Identity) -> QuerySet[Contact]:
    """Return the contacts that are a person: by address or phone, or by name when nothing says it is somebody else."""
    condition = Q(pk__in=[])
    if identity.email:
        condition |= Q(email__iexact=identity.email)
    if identity.phone:
        condition |= Q(phone=identity.phone)
    named = identity.is_name("name")
    if identity.email:
        named &= Q(email="") | Q(email__iexact=identity.email)
    if identity.phone:
        named &= Q(phone="") | Q(phone=identity.phone)
    return Contact.objects.filter(condition | named)


def purge_contacts(before: datetime) -> int:
    """Delete contacts who have been inactive, or whose place has been archived, since before the moment.

    The moment is noted here, the first night that finds them so, and forgotten when they are back: whoever changes the
    row, and however, the delay counts from a night on which it was true.
    """
    gone = Q(is_active=False) | Q(store__status=Status.ARCHIVED)
    away = Contact.objects.filter(gone)
    Contact.objects.exclude(pk__in=away.values("pk")).filter(inactive_since__isnull=False).update(inactive_since=None)
    away.filter(inactive_since=None).update(inactive_since=timezone.now())
    return away.filter(inactive_since__lt=before).delete()[0]


def export_contacts(identity: Identity) -> list[dict[str, Any]]:
    """Return what is held about a person as a contact, and the notes for drivers that mention them."""
    rows: list[dict[str, Any]] = [
        {
            "store": str(contact.store),
            "name": contact.name,
            "role": contact.role,
            "email": contact.email,
            "phone": str(contact.phone),
            "language": contact.language,
            "receives_weekly_report": contact.wants_weekly_report,
            "receives_pickup_mails": contact.wants_pickup_mails,
            "is_reminded_of_pickups": contact.wants_pickup_reminders,
            "receives_invitations": contact.wants_invitations,
            "is_asked_for_deposit_counts": contact.wants_deposit_mails,
            "receives_news": contact.wants_mailings,
            "active": contact.is_active,
            "address_that_refuses": contact.refused_email,
            "refuses_since": contact.refused_at,
            "created": contact.created_at,
        }
        for contact in contacts_of(identity).select_related("store")
    ]
    noted = Store.objects.filter(identity.found_in("access_notes"))
    closed = Closure.objects.filter(identity.found_in("reason")).select_related("store")
    rows += [{"store": str(store), "access_notes": store.access_notes} for store in noted]
    return rows + [{"closure": str(closure), "reason": closure.reason} for closure in closed]


def erase_contacts(identity: Identity) -> int:
    """Delete a person's contacts, forget the last phone of their places' cards, hide them in notes for drivers and reasons of closures."""
    contacts = contacts_of(identity)
    stores = list(contacts.values_list("store_id", flat=True).distinct().order_by("store_id"))
    AccessLink.objects.filter(kind=AccessLink.STORE, object_id__in=stores).update(last_device="")
    hidden = hide_in_rows(Store.objects.all(), ["access_notes"], identity) + hide_in_rows(Closure.objects.all(), ["reason"], identity)
    return contacts.delete()[0] + hidden


def _names(identity: Identity) -> set[str]:
    """Return the names of the contacts with the person's address or phone."""
    known = Identity(identity.email, identity.phone)
    return set(contacts_of(known).exclude(name="").order_by().values_list("name", flat=True)) if known else set()


def register_kinds() -> None:
    """Add contacts to the table of personal data."""
    register(
        PersonalDataKind(
            "inactive_contact",
            _("contacts of collection points: name, role, e-mail, phone, language, what they want to receive"),
            _("to organise pickups and send the weekly report; kept after the contact or the place has left the network"),
            settings.PERSONAL_DATA_RETENTION_DAYS["inactive_contact"],
            purge_contacts,
            export_contacts,
            erase_contacts,
            names=_names,
        )
    )
