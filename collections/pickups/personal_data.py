"""The personal data that pickups hold: the person to talk to at a carrier, and people named in notes and reasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows
from pickups.models import Carrier, CarrierContact, PickupRequest, RecurringSkip, RecurringTour, RequestPart, Stop, Tour, TourLog

# Free texts in which somebody may be named.
_TEXTS = (
    (PickupRequest, ("note", "reason")),
    (RequestPart, ("note",)),
    (Tour, ("note",)),
    (Stop, ("note", "reason")),
    (TourLog, ("note",)),
    (RecurringTour, ("note",)),
    (RecurringSkip, ("reason",)),
)


def _carriers_of(identity: Identity) -> Any:
    """Return the carriers whose contact is this person."""
    condition = Q(pk__in=[])
    if identity.email:
        condition |= Q(email__iexact=identity.email)
    if identity.phone:
        condition |= Q(phone=identity.phone)
    for name in identity.names:
        condition |= Q(contact_name__iexact=name)
    return Carrier.objects.filter(condition).order_by("pk")


def _contacts_of(identity: Identity) -> Any:
    """Return the rows of this person at carriers' offices."""
    condition = Q(pk__in=[])
    if identity.email:
        condition |= Q(email__iexact=identity.email)
    if identity.phone:
        condition |= Q(phone=identity.phone)
    # By name only when nothing says that it is somebody else.
    named = identity.is_name("name")
    if identity.email:
        named &= Q(email="") | Q(email__iexact=identity.email)
    if identity.phone:
        named &= Q(phone="") | Q(phone=identity.phone)
    return CarrierContact.objects.filter(condition | named).select_related("carrier").order_by("pk")


def _names(identity: Identity) -> set[str]:
    """Return the names that carriers give to this address or phone."""
    found = {carrier.contact_name for carrier in _carriers_of(identity)} | {contact.name for contact in _contacts_of(identity)}
    return found - {""}


def _export(identity: Identity) -> list[dict[str, Any]]:
    """Return the person's rows: contacts of carriers, and texts that name them."""
    rows: list[dict[str, Any]] = [
        {"carrier": carrier.name, "contact": carrier.contact_name, "email": carrier.email, "phone": str(carrier.phone)}
        for carrier in _carriers_of(identity)
    ]
    rows += [
        {"carrier": contact.carrier.name, "contact": contact.name, "email": contact.email, "phone": str(contact.phone)}
        for contact in _contacts_of(identity)
    ]
    for model, fields in _TEXTS:
        found = model._default_manager.filter(identity.found_in(*fields)).order_by("pk").values_list(*fields)
        rows += [{str(model._meta.verbose_name): " · ".join(filter(None, texts))} for texts in found]
    return rows


def _erase(identity: Identity) -> int:
    """Take the person out of carriers and texts; return how many rows changed.

    Rows at carriers' offices are deleted.
    A carrier without an address cannot get tours: its address goes too when it is the person's, and a coordinator enters another.
    """
    changed = 0
    for carrier in _carriers_of(identity):
        carrier.contact_name = ""
        if str(carrier.phone) == identity.phone:
            carrier.phone = ""
        if carrier.email.lower() == identity.email.lower():
            carrier.email = ""
        carrier.save(update_fields=["contact_name", "phone", "email"])
        changed += 1
    changed += _contacts_of(identity).delete()[0]
    return changed + sum(hide_in_rows(model._default_manager.all(), fields, identity) for model, fields in _TEXTS)


def _purge(before: datetime) -> int:
    """Nothing ends by age: a carrier's contact is kept as long as the carrier works with the network."""
    return 0


CARRIER_CONTACT = PersonalDataKind(
    key="carrier_contact",
    what=_("Name, e-mail and phone of the person to talk to at a carrier; people named in notes on pickups"),
    purpose=_("Entrusting tours to carriers and agreeing on them"),
    retention_days=None,
    purge=_purge,
    export=_export,
    erase=_erase,
    names=_names,
)
