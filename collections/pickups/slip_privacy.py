"""The personal data on signed papers: names and signatures that no program can read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind
from pickups.models import SlipUpload
from stores.models import Contact


def purge_slips(before: datetime) -> int:
    """Delete the papers sent before the moment, with their files. Returns how many."""
    return _delete(SlipUpload.objects.filter(uploaded_at__lt=before))


def _delete(slips: QuerySet[SlipUpload]) -> int:
    files = [(slip.file.storage, slip.file.name or "") for slip in slips.order_by("pk")]
    slips.delete()
    for storage, name in files:
        # The file goes only once its row is gone for good.
        transaction.on_commit(lambda storage=storage, name=name: storage.delete(name))  # type: ignore[misc]
    return len(files)


def export_slips(identity: Identity) -> list[dict[str, Any]]:
    """Return the papers that a person may have signed: those of tours to the places where they are a contact, or that they signed by name.

    A coordinator looks at the papers, and hands over those that bear the person's name.
    """
    contact = identity.is_name("name")
    if identity.email:
        contact |= Q(email__iexact=identity.email)
    if identity.phone:
        contact |= Q(phone=identity.phone)
    places = Contact.objects.filter(contact).values("store")
    signed = identity.is_name("tour__stops__signer_name")
    papers = SlipUpload.objects.filter(Q(tour__stops__store__in=places) | signed).distinct().select_related("tour").order_by("pk")
    return [
        {"tour": paper.tour.reference, "date": paper.tour.date, "sent": paper.uploaded_at, "format": paper.extension} for paper in papers
    ]


def erase_slips(identity: Identity) -> int:
    """Leave the papers: each bears several people's signatures, and proves what was handed over until its time is up (GDPR, 17.3.e)."""
    return 0


PAPER_SLIP = PersonalDataKind(
    key="paper_slip",
    what=_("names and signatures on the signed papers of tours, as they were scanned or photographed"),
    purpose=_("proving what was taken and left, as long as somebody may contest it"),
    retention_days=settings.PERSONAL_DATA_RETENTION_DAYS["paper_slip"],
    purge=purge_slips,
    export=export_slips,
    erase=erase_slips,
)
