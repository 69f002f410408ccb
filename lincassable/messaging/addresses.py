"""Addresses that bounced or complained: nothing is sent to them until somebody says so."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from lincassable.messaging.models import Message, RefusedAddress

logger = logging.getLogger("lincassable.messaging")
# What higher floors do when an address is refused for the first time (mark the contact, tell the coordinators). Filled in their
# AppConfig.ready(); called in the transaction that writes the row.
ON_REFUSED: list[Callable[[RefusedAddress], None]] = []
# The same when mails go to the address again.
ON_LIFTED: list[Callable[[RefusedAddress], None]] = []


class Author(Protocol):
    """Who asks: an `accounts.actors.Actor` (a floor above this one)."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> int | None: ...


def refused(emails: Collection[str]) -> set[str]:
    """Return those of `emails`, in lower case, that are refused now. One query."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return set()
    rows = RefusedAddress.objects.filter(lifted_at=None).annotate(lower=Lower("email")).filter(lower__in=wanted)
    return set(rows.order_by().values_list("lower", flat=True))


def refuse(email: str, *, why: str, detail: str, message: Message | None, at: datetime | None = None) -> RefusedAddress | None:
    """Stop all mails to `email`, tell `ON_REFUSED`, and return the new row; None when it was refused already.

    A complaint about an address that bounced is written over the bounce: it is the graver news.
    """
    with transaction.atomic():
        row = RefusedAddress(email=email, why=why, detail=detail[:2000], message=message, since=at or timezone.now())
        RefusedAddress.objects.bulk_create([row], ignore_conflicts=True)
        current = RefusedAddress.objects.annotate(lower=Lower("email")).select_for_update().get(lower=email.lower(), lifted_at=None)
        if (current.message_id, current.since, current.why) != (row.message_id, row.since, row.why):
            if why == current.why or why != "complained":
                return None
            current.why, current.detail = why, detail[:2000]
            current.save(update_fields=["why", "detail"])
        for tell in ON_REFUSED:
            _told(tell, current)
    logger.warning("mails to the address of message %s stop: %s", message.pk if message else "-", why)
    return current


def _told(tell: Callable[[RefusedAddress], None], row: RefusedAddress) -> None:
    """Let one of the higher floors know; what it cannot do must not undo the refusal."""
    try:
        with transaction.atomic():
            tell(row)
    except Exception:
        logger.exception("a refused address could not be told to %s", getattr(tell, "__qualname__", tell))


def lift(row: RefusedAddress, *, by: Author) -> RefusedAddress:
    """Let mails go to the address again, and return the row. Lifting twice changes nothing."""
    with transaction.atomic():
        row = RefusedAddress.objects.select_for_update().get(pk=row.pk)
        if row.lifted_at is None:
            row.lifted_at, row.lifted_by_kind, row.lifted_by_id = timezone.now(), by.kind, by.id
            row.save(update_fields=["lifted_at", "lifted_by_kind", "lifted_by_id"])
            for tell in ON_LIFTED:
                tell(row)
    return row
