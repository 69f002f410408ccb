"""What mail providers tell afterwards: delivered, deferred, bounced, complained. Twice, late and in any order is all the same."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lincassable.messaging import addresses
from lincassable.messaging.enums import FATE_RANK, Fate, Happening, Refusal
from lincassable.messaging.mails import message_id_of
from lincassable.messaging.models import Message, MessageEvent

logger = logging.getLogger("lincassable.messaging")
LONGEST_DETAIL = 1000  # characters


@dataclass(frozen=True)
class Told:
    """One event as a provider told it.

    Arguments:
        source: the provider. event_id: its number of the event, unique among its events.
        kind: a `Happening`. at: when it happened.
        reference: our own Message-ID without its brackets, if the event holds it; provider_id: the provider's number of the message.
        recipient: whose copy it is about. hard: whether the address itself is at fault, for good.
    """

    source: str
    event_id: str
    kind: str
    at: datetime
    reference: str = ""
    provider_id: str = ""
    recipient: str = ""
    hard: bool = False
    detail: str = ""


def record(told: Told) -> MessageEvent | None:
    """Keep what was told and bring the message's fate up to date.

    Return the new row; None when it was known already, or is about no message of ours.
    """
    with transaction.atomic():
        message = _message(told)
        if message is None:
            logger.info("an event of %s is about no message of ours", told.source)
            return None
        event = MessageEvent(
            message=message,
            kind=told.kind,
            at=min(told.at, timezone.now()),
            source=told.source[:30],
            event_id=f"{told.source}:{told.event_id}"[:120],
            detail=told.detail.replace("\x00", "")[:LONGEST_DETAIL],
        )
        known = MessageEvent.objects.filter(event_id=event.event_id).exists()  # the message's lock keeps a second one out
        if known:
            return None
        _note_fate(message, told)
        event.save()
        if told.hard and told.kind in (Happening.BOUNCED, Happening.COMPLAINED):
            why = Refusal.COMPLAINED if told.kind == Happening.COMPLAINED else Refusal.BOUNCED
            addresses.refuse(message.to_email, why=why, detail=told.detail, message=message)
    return event


def _message(told: Told) -> Message | None:
    """Return the message that the event is about, locked; None when it is not ours, or is about another recipient."""
    rows = Message.objects.select_for_update()
    message = None
    number = told.reference.partition(".")[0]
    if number.isascii() and number.isdigit() and len(number) < 19:
        found = rows.filter(pk=int(number)).first()
        message = found if found is not None and message_id_of(found).partition("@")[0] == f"<{told.reference.partition('@')[0]}" else None
    if message is None and told.provider_id:
        message = rows.filter(provider_id=told.provider_id[:255]).order_by("-pk").first()
    if message is not None and told.recipient and told.recipient.lower() != message.to_email.lower():
        return None  # the address was corrected or erased since
    return message


def _note_fate(message: Message, told: Told) -> None:
    """Let the fate move on, never back; a message that we had not stamped when our worker died has left, as the provider knows."""
    changed = []
    if told.kind in Fate.values and FATE_RANK[told.kind] > FATE_RANK[message.fate]:
        message.fate, message.fate_at = told.kind, told.at
        changed += ["fate", "fate_at"]
    if message.state == Message.WAITING and not message.attempts and not message.events.exists():
        message.state, message.sent_at, message.attempts = Message.SENT, told.at, 1
        changed += ["state", "sent_at", "attempts"]
    if changed:
        message.save(update_fields=changed)
