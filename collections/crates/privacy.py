"""The personal data of counts: the first name that staff may leave with a declaration, and people named in notes.

Movements and entries hold none: they keep the number of who wrote them, and cannot be changed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crates.models import Declaration, DiscrepancyDecision, Inventory, PaloxEvent, SortingBatch
from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from stores.privacy import contacts_of

# Free texts in which somebody may be named, besides those of declarations.
_REMARKS = (
    (Inventory, ("note", "withdrawn_reason")),
    (PaloxEvent, ("note",)),
    (SortingBatch, ("note", "cancelled_reason")),
    (DiscrepancyDecision, ("reason",)),
)


def _declarations(identity: Identity) -> QuerySet[Declaration]:
    """Return the declarations signed with a person's name, or with their first name at the place whose contact they are."""
    condition = identity.is_name("first_name")
    for store_id, name in contacts_of(identity).exclude(name="").order_by().values_list("store_id", "name"):
        condition |= Q(store=store_id, first_name__iexact=name.split()[0])
    return Declaration.objects.filter(condition)


def purge_first_names(before: datetime) -> int:
    """Empty the first names and notes of declarations made before the moment; what was declared stays."""
    old = Declaration.objects.filter(declared_at__lt=before).exclude(first_name="", note="")
    return old.update(first_name="", note="")


def export_declarations(identity: Identity) -> list[dict[str, Any]]:
    """Return the declarations that a person signed, or whose notes mention them."""
    signed = Declaration.objects.filter(Q(pk__in=_declarations(identity).values("pk")) | identity.found_in("note"))
    return [
        {"store": str(row.store), "declared": row.declared_at, "first_name": row.first_name, "note": row.note}
        for row in signed.select_related("store").order_by("declared_at")
    ]


def erase_declarations(identity: Identity) -> int:
    """Take a person's first name out of declarations, and hide them in notes; quantities and moments stay."""
    signed = _declarations(identity).update(first_name="")
    return signed + hide_in_rows(Declaration.objects.all(), ["note"], identity)


def export_remarks(identity: Identity) -> list[dict[str, Any]]:
    """Return the remarks about counts, paloxes, batches and differences that mention a person."""
    return [
        {"about": str(model._meta.verbose_name), "text": " · ".join(filter(None, texts))}
        for model, fields in _REMARKS
        for texts in model._default_manager.filter(identity.found_in(*fields)).order_by("pk").values_list(*fields)
    ]


def erase_remarks(identity: Identity) -> int:
    """Hide a person in those remarks; the sentences stay."""
    return sum(hide_in_rows(model._default_manager.all(), fields, identity) for model, fields in _REMARKS)


def register_kinds() -> None:
    """Add first names and remarks to the table of personal data."""
    register(
        PersonalDataKind(
            "first_name",
            _("first name and note that staff may leave with a declaration"),
            _("so that the coordinator knows whom to ask; leaving one is never required"),
            settings.PERSONAL_DATA_RETENTION_DAYS["first_name"],
            purge_first_names,
            export_declarations,
            erase_declarations,
        )
    )
    register(
        PersonalDataKind(
            "ledger_remark",
            _("people named in remarks about counts, paloxes, sorting batches and differences"),
            _("so that whoever looks into a figure later understands what happened"),
            None,
            lambda before: 0,
            export_remarks,
            erase_remarks,
        )
    )
