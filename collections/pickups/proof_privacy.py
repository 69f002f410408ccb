"""The personal data that proofs of a stop hold: who signed, the signature, photos on which somebody may be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind
from pickups.enums import ProofKind
from pickups.models import Stop, StopProof
from pickups.services.proofs import delete_proofs


def _signed_by(identity: Identity) -> QuerySet[Stop]:
    """Return the stops that this person signed."""
    return Stop.objects.filter(identity.is_name("signer_name") | identity.found_in("signer_name")).exclude(signer_name="")


def purge_proofs(before: datetime) -> int:
    """Delete photos and signatures taken before the moment, with their files, and the names of who had signed; what was moved stays."""
    names = Stop.objects.filter(completed_at__lt=before).exclude(signer_name="").update(signer_name="")
    return names + delete_proofs(StopProof.objects.filter(taken_at__lt=before).order_by("pk"))


def export_proofs(identity: Identity) -> list[dict[str, Any]]:
    """Return the stops that a person signed, and which pictures are kept of them (a coordinator hands the pictures over)."""
    signatures = Count("proofs", filter=Q(proofs__kind=ProofKind.SIGNATURE))
    stops = _signed_by(identity).annotate(photos=Count("proofs") - signatures, signatures=signatures)
    return [
        {
            "store": str(stop.store),
            "tour": stop.tour.reference,
            "at": stop.completed_at,
            "signer_name": stop.signer_name,
            "signatures": stop.signatures,
            "photos": stop.photos,
        }
        for stop in stops.select_related("store", "tour").order_by("pk")
    ]


def erase_proofs(identity: Identity) -> int:
    """Take a person's name, signature and the photos of what they signed away; quantities and moments stay."""
    ids = list(_signed_by(identity).order_by("pk").values_list("pk", flat=True))
    deleted = delete_proofs(StopProof.objects.filter(stop__in=ids).order_by("pk"))
    return deleted + Stop.objects.filter(pk__in=ids).update(signer_name="")


STOP_PROOF = PersonalDataKind(
    key="stop_proof",
    what=_("name of the person who signed for a place when the truck came, their signature, photos of the stop"),
    purpose=_("proving what was taken and left, as long as somebody may contest it"),
    retention_days=settings.PERSONAL_DATA_RETENTION_DAYS["stop_proof"],
    purge=purge_proofs,
    export=export_proofs,
    erase=erase_proofs,
)
