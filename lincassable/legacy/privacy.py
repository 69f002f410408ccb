"""The personal data that imports remember: the people of a place as the present tool lists them, and quotes in problems."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import to_python

from lincassable.accounts.privacy import Identity, PersonalDataKind, register
from lincassable.legacy.enums import Table
from lincassable.legacy.models import LegacyImport, LegacyRow


def _is(identity: Identity, listed: list[Any]) -> bool:
    """Whether [name, e-mail, phone, …] is the person."""
    name, email, phone = (str(part or "") for part in listed[:3])
    number: Any = to_python(phone) if phone and identity.phone else ""
    return (
        bool(identity.email and email.casefold() == identity.email.casefold())
        or bool(number and str(number) == identity.phone)
        or name.casefold() in {other.casefold() for other in identity.names}
    )


def _rows(identity: Identity) -> Iterator[tuple[LegacyRow, list[list[Any]], list[list[Any]]]]:
    """Yield the places that list the person: (row, the person's entries, the others)."""
    points = LegacyRow.objects.filter(table_name=Table.POINT, detail__has_key="people").order_by("pk")
    for row in points.iterator():
        people = (row.detail or {}).get("people", [])
        theirs = [listed for listed in people if _is(identity, listed)]
        if theirs:
            yield row, theirs, [listed for listed in people if listed not in theirs]


def _names(identity: Identity) -> set[str]:
    """Return the names that the present tool gives to this address or phone."""
    return {str(listed[0]) for _row, theirs, _others in _rows(identity) for listed in theirs if listed[0]}


def _told(identity: Identity) -> Iterator[tuple[LegacyImport, list[list[Any]]]]:
    """Yield the imports whose problems quote the person, and the problems without them."""
    for row in LegacyImport.objects.order_by("pk"):
        hidden = [[file, line, identity.hide_in(reason), bad] for file, line, reason, bad in row.problems]
        if hidden != row.problems:
            yield row, hidden


def _export(identity: Identity) -> list[dict[str, Any]]:
    """Return what imports remember of a person."""
    rows: list[dict[str, Any]] = [
        {"row": str(row), "name": listed[0], "email": listed[1], "phone": listed[2]}
        for row, theirs, _others in _rows(identity)
        for listed in theirs
    ]
    return rows + [
        {"import": str(row), "problem": was[2]}
        for row, hidden in _told(identity)
        for was, now in zip(row.problems, hidden, strict=True)
        if was != now
    ]


def _erase(identity: Identity) -> int:
    """Forget a person; return how many rows changed.

    The digest of a place stays, so that the same row in a later export is still the same: it does not bring the person back.
    """
    changed = 0
    for row, _theirs, others in list(_rows(identity)):
        row.detail = {**(row.detail or {}), "people": others}
        row.save(update_fields=["detail"])
        changed += 1
    for memory, hidden in _told(identity):
        memory.problems = hidden
        memory.save(update_fields=["problems"])
        changed += 1
    return changed


def _purge(before: datetime) -> int:
    """Nothing ends by age: a newer export is compared with what the last one said."""
    return 0


def register_kinds() -> None:
    """Add what imports remember to the table of personal data."""
    register(
        PersonalDataKind(
            "legacy_row",
            _("names, e-mails and phones of collection points as the present tool lists them"),
            _("so that a newer export changes here only what has changed there"),
            None,
            _purge,
            _export,
            _erase,
            names=_names,
        )
    )
