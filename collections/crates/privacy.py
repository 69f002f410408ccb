"""The personal data of counts: the first name that staff may leave with a declaration, and people named in notes.

Movements and entries hold none: they keep the number of who wrote them, and cannot be changed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from crates.models import Declaration, Inventory
from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from stores.privacy import contacts_of


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
    """Return the declarations that a person signed, and the counts whose notes mention them."""
    signed = Declaration.objects.filter(Q(pk__in=_declarations(identity).values("pk")) | identity.found_in("note"))
    rows: list[dict[str, Any]] = [
        {"store": str(row.store), "declared": row.declared_at, "first_name": row.first_name, "note": row.note}
        for row in signed.select_related("store").order_by("declared_at")
    ]
    counts = Inventory.objects.filter(identity.found_in("note", "withdrawn_reason")).select_related("store").order_by("counted_at")
    return rows + [{"store": str(row.store), "counted": row.counted_at, "note": row.note} for row in counts]


def erase_declarations(identity: Identity) -> int:
    """Take a person's first name out of declarations, and hide them in notes; quantities and moments stay."""
    signed = _declarations(identity).update(first_name="")
    notes = hide_in_rows(Declaration.objects.all(), ["note"], identity)
    return signed + notes + hide_in_rows(Inventory.objects.all(), ["note", "withdrawn_reason"], identity)


def register_kinds() -> None:
    """Add first names to the table of personal data."""
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
