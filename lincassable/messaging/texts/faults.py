"""A text in use that cannot be filled in: the mail leaves with the delivered text, and the coordinators are told, once per version."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction

from lincassable.messaging.models import MailTextFault

logger = logging.getLogger("lincassable.messaging")
_told: set[int] = set()
_listeners: list[Callable[[MailTextFault], None]] = []


def on_fault(listener: Callable[[MailTextFault], None]) -> None:
    """Have `listener` called, in a transaction, for the first failure of each version: a higher floor knows whom to tell."""
    _listeners.append(listener)


def tell(text_id: int, error: str) -> None:
    """Keep that a version failed, once the transaction that writes the mail is over. Costs nothing from the second time on."""
    if text_id not in _told:
        transaction.on_commit(lambda: _record(text_id, error), robust=True)


def _record(text_id: int, error: str) -> None:
    """Write the row, and tell those who listen when it is new."""
    with transaction.atomic():
        fault, is_new = MailTextFault.objects.get_or_create(text_id=text_id, defaults={"error": error[:2000]})
        if is_new:
            for listener in _listeners:
                listener(fault)
    _told.add(text_id)
