"""Files sent for an import hold names and addresses: they are part of the table of personal data, and go within a day."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.privacy import Identity, PersonalDataKind, register
from lincassable.importing.uploads import sweep


def export_nothing(identity: Identity) -> list[dict[str, Any]]:
    """Return nothing: what such a file said is in the contacts it became, or was never taken in."""
    return []


def erase_all(identity: Identity) -> int:
    """Remove every waiting file, whoever it is about: packed workbooks cannot be searched, and sending one again is easy."""
    return sweep(timezone.now())


def register_kinds() -> None:
    """Add the files of imports to the table of personal data."""
    register(
        PersonalDataKind(
            "import_file",
            _("files sent to be imported, until they are confirmed, and the lines that were refused"),
            _("to show what an import would change before it is done"),
            1,
            sweep,
            export_nothing,
            erase_all,
        )
    )
