"""People named in what coordinators write about places: notes, tasks, reasons, titles of files, steps, proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows, register
from stores.models import OnboardingCheck, StatusChange, StoreFile, StoreNote, StoreTask

# Free texts in which somebody may be named.
_TEXTS = (
    (StatusChange, ("reason",)),
    (StoreNote, ("text",)),
    (StoreTask, ("title",)),
    (StoreFile, ("title",)),
    (OnboardingCheck, ("note",)),
)


def _export(identity: Identity) -> list[dict[str, Any]]:
    """Return the texts that name the person, each with its place."""
    rows: list[dict[str, Any]] = []
    for model, fields in _TEXTS:
        found = model._default_manager.filter(identity.found_in(*fields)).select_related("store").order_by("pk")
        rows += [{"store": str(row.store), str(model._meta.verbose_name): getattr(row, fields[0])} for row in found]
    return rows


def _erase(identity: Identity) -> int:
    """Hide the person in these texts; return how many rows changed. A file itself is removed by a coordinator, on the place's page."""
    return sum(hide_in_rows(model._default_manager.all(), fields, identity) for model, fields in _TEXTS)


def _purge(before: datetime) -> int:
    """Nothing ends by age: the history of a place is kept as long as the place."""
    return 0


def register_kinds() -> None:
    """Add these texts to the table of personal data."""
    register(
        PersonalDataKind(
            key="store_following",
            what=_("people named in notes, tasks, files and the history of collection points"),
            purpose=_("to follow each place from the first contact on; seen by coordinators only"),
            retention_days=None,
            purge=_purge,
            export=_export,
            erase=_erase,
        )
    )
