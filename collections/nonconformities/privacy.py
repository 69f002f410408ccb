"""The personal data of non-conformities: first names, what notes and comments say, photos on which somebody may be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from nonconformities.models import NonConformity, NonConformityComment, NonConformityLog, NonConformityPhoto, ProducerContact
from nonconformities.services.photos import delete_photos

TEXTS = ("note", "answer", "root_cause", "corrective_action")


def purge(before: datetime) -> int:
    """Delete photos and first names of what was over before the moment; what went wrong, how often and why stays."""
    over = Q(closed_at__lt=before)
    photos = delete_photos(NonConformityPhoto.objects.filter(nonconformity__closed_at__lt=before).order_by("pk"))
    names = NonConformity.objects.filter(over).exclude(first_name="").update(first_name="")
    old = NonConformityComment.objects.filter(nonconformity__closed_at__lt=before).exclude(first_name="")
    return photos + names + old.update(first_name="")


def export(identity: Identity) -> list[dict[str, Any]]:
    """Return what a person reported, and where they are named."""
    mine = NonConformity.objects.filter(identity.is_name("first_name") | identity.found_in("first_name", *TEXTS))
    said = NonConformityComment.objects.filter(identity.is_name("first_name") | identity.found_in("first_name", "text"))
    rows = [
        {"number": row.reference_number, "place": str(row.store or ""), "first_name": row.first_name, "reported": row.recorded_at}
        | {name: getattr(row, name) for name in TEXTS}
        | {"photos": row.photos.count()}
        for row in mine.select_related("store").order_by("pk")
    ]
    return rows + [
        {"number": row.nonconformity.reference_number, "first_name": row.first_name, "text": row.text, "written": row.written_at}
        for row in said.select_related("nonconformity").order_by("pk")
    ]


def erase(identity: Identity) -> int:
    """Take a person's name out of what was reported and written, and the photos of what they reported away."""
    mine = list(NonConformity.objects.filter(identity.is_name("first_name")).order_by("pk").values_list("pk", flat=True))
    changed = delete_photos(NonConformityPhoto.objects.filter(nonconformity__in=mine).order_by("pk"))
    changed += NonConformity.objects.filter(pk__in=mine).update(first_name="")
    changed += NonConformityComment.objects.filter(identity.is_name("first_name")).update(first_name="")
    changed += hide_in_rows(NonConformity.objects.all(), ["first_name", *TEXTS], identity)
    changed += hide_in_rows(NonConformityComment.objects.all(), ["first_name", "text"], identity)
    return changed + hide_in_rows(NonConformityLog.objects.all(), ["note"], identity)


def _people(identity: Identity) -> QuerySet[ProducerContact]:
    """Return the rows of this person at producers: by address; by name only where nothing says that it is somebody else."""
    named = identity.is_name("name")
    if identity.email:
        named = Q(email__iexact=identity.email) | (named & Q(email=""))
    return ProducerContact.objects.filter(named).select_related("producer").order_by("pk")


def _names(identity: Identity) -> set[str]:
    return {contact.name for contact in _people(identity)} - {""}


def _export_people(identity: Identity) -> list[dict[str, Any]]:
    return [{"producer": contact.producer.name, "contact": contact.name, "email": contact.email} for contact in _people(identity)]


def _erase_people(identity: Identity) -> int:
    return _people(identity).delete()[0]


def _purge_people(before: datetime) -> int:
    """Nothing ends by age: a producer's contact is kept as long as the producer works with the network."""
    return 0


def register_kinds() -> None:
    """Add them to the table of personal data."""
    register(
        PersonalDataKind(
            "producer_contact",
            _("Name and e-mail of the person at a producer who is told what goes wrong with its bottles"),
            _("So that producers can mend what comes from them, like labels that do not come off"),
            None,
            _purge_people,
            _export_people,
            _erase_people,
            _names,
        )
    )
    register(
        PersonalDataKind(
            "nonconformity",
            _("first name of who reports a problem or writes about it, photos of it"),
            _("to ask back and to answer; deleted some time after it is over"),
            settings.PERSONAL_DATA_RETENTION_DAYS["nonconformity"],
            purge,
            export,
            erase,
        )
    )
