"""The switch that stops all sending. It is a row, so that it survives restarts and holds for every worker."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone

from lincassable.messaging.addresses import Author
from lincassable.messaging.models import SendingPause

logger = logging.getLogger("lincassable.messaging")


def current() -> SendingPause | None:
    """Return the pause in force, or None."""
    return SendingPause.objects.filter(in_force=True).first()


def pause(*, by: Author, reason: str = "") -> SendingPause:
    """Stop all sending from the next message on; what is written waits. A pause in force stays as it is. Return the one in force."""
    with transaction.atomic():
        row = SendingPause(paused_by_kind=by.kind, paused_by_id=by.id, reason=reason[:200])
        SendingPause.objects.bulk_create([row], ignore_conflicts=True)
    logger.warning("sending is paused, asked by %s %s", by.kind, by.id)
    return SendingPause.objects.get(in_force=True)


def resume(*, by: Author) -> bool:
    """Let messages leave again, and return whether there was a pause. The next sweep takes what waits."""
    ended = SendingPause.objects.filter(in_force=True).update(
        in_force=None, resumed_at=timezone.now(), resumed_by_kind=by.kind, resumed_by_id=by.id
    )
    if ended:
        logger.warning("sending goes on, asked by %s %s", by.kind, by.id)
    return bool(ended)
