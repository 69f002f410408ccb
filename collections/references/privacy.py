"""The personal data of shelves: the first name that staff may leave when they have looked through their list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, register
from references.models import HeldList, ShelfCheck
from stores.privacy import contacts_of

SIGNED: tuple[type[models.Model], ...] = (ShelfCheck, HeldList)


def _signed(identity: Identity, model: type[models.Model]) -> QuerySet[Any]:
    """Return the looks, or the lists held, signed with a person's name, or with their first name at the place whose contact they are."""
    condition = identity.is_name("first_name")
    for store_id, name in contacts_of(identity).exclude(name="").order_by().values_list("store_id", "name"):
        condition |= models.Q(store=store_id, first_name__iexact=name.split()[0])
    return model._default_manager.filter(condition)


def purge_first_names(before: datetime) -> int:
    """Empty the first names of looks before the moment; what was seen stays."""
    return sum(model._default_manager.filter(checked_at__lt=before).exclude(first_name="").update(first_name="") for model in SIGNED)


def export_checks(identity: Identity) -> list[dict[str, Any]]:
    """Return the looks that a person signed."""
    found = [row for model in SIGNED for row in _signed(identity, model).select_related("store").order_by("checked_at")]
    return [{"store": str(row.store), "looked": row.checked_at, "first_name": row.first_name} for row in found]


def erase_checks(identity: Identity) -> int:
    """Take a person's first name out of the looks; what was seen stays."""
    return sum(_signed(identity, model).update(first_name="") for model in SIGNED)


def register_kinds() -> None:
    """Add first names to the table of personal data."""
    register(
        PersonalDataKind(
            "shelf_first_name",
            _("first name that staff may leave with the list of products on their shelf"),
            _("so that the coordinator knows whom to ask; leaving one is never required"),
            settings.PERSONAL_DATA_RETENTION_DAYS["first_name"],
            purge_first_names,
            export_checks,
            erase_checks,
        )
    )
