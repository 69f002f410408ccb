"""Sending what the outbox holds. A row is locked while it is sent, so that any number of workers send it once.

A worker that dies between the server's “250 OK” and our stamp leaves the row waiting: the message is sent again, once,
with the same Message-ID. It is never lost.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.messaging import addresses, announcing, channels, locking, pausing
from lincassable.messaging.addresses import Author
from lincassable.messaging.channels import Conversation
from lincassable.messaging.enums import EMAIL, RETRY_PAUSES, SWEEP_LIMIT, Happening, Reason, Refusal
from lincassable.messaging.failures import NoServer, Refused, reason_of
from lincassable.messaging.mails import mail_of, message_id_of
from lincassable.messaging.models import Message, MessageEvent

__all__ = ["BEFORE_SEND", "NoServer", "Refused", "cancel", "deliver", "mail_of", "message_id_of", "retry", "retry_failed", "sweep"]
logger = logging.getLogger("lincassable.messaging")

# “Still due?”, asked just before sending, by kind of message. Higher floors fill it in their AppConfig.ready(); a message
# whose function answers False is cancelled, one whose function answers with a moment waits until then.
BEFORE_SEND: dict[str, Callable[[Message], bool | datetime]] = {}

SENT, NOT_SENT, NO_SERVER = "sent", "not sent", "no server"
LONGEST_ERROR = 2000  # characters
PAUSE_ASKED_EVERY = 1.0  # seconds, in a sweep


class Round:
    """One round of deliveries: its open lines, and what it knows of pauses and refused addresses. A context manager."""

    def __init__(self) -> None:
        self._lines: dict[str, Conversation] = {}
        self._silent: set[str] = set()
        self._asked, self._paused = 0.0, False

    def line(self, channel: str) -> Conversation:
        """Return the open line of `channel`. Raises ValueError for an unknown one."""
        if channel not in self._lines:
            self._lines[channel] = channels.get(channel).conversation()
        return self._lines[channel]

    def hang_up(self, channel: str) -> None:
        """Close the line of `channel`: what remains of a conversation that failed is not to be trusted."""
        if channel in self._lines:
            self._lines.pop(channel).close()

    def paused(self) -> bool:
        """Whether all sending is stopped; asked of the database at most every `PAUSE_ASKED_EVERY` seconds."""
        if time.monotonic() - self._asked >= PAUSE_ASKED_EVERY:
            self._asked, self._paused = time.monotonic(), pausing.current() is not None
        return self._paused

    def attempt(self, message_id: int, channel: str) -> str:
        """Send one message if nothing is in the way, and return SENT, NOT_SENT or NO_SERVER (nothing else of its channel can leave)."""
        if channel in self._silent:
            return NOT_SENT
        outcome = _attempt(message_id, self)
        if outcome == NO_SERVER:
            self._silent.add(channel)
        return outcome

    def __enter__(self) -> Round:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for channel in list(self._lines):
            self.hang_up(channel)


def deliver(message_id: int) -> bool:
    """Send one message if it is due, and return whether it left now.

    A message that is sent, cancelled, deferred, unknown or being sent by somebody else is left alone, and so is every one while
    sending is paused.
    """
    with Round() as now:
        return not now.paused() and _attempt(message_id, now) == SENT


def sweep(limit: int = SWEEP_LIMIT, *, until: float | None = None) -> int:
    """Send the messages that are due, at most `limit`, over one connection; return how many left.

    `until` is a time of `time.monotonic()` after which no other message is begun. When the mail server cannot be
    reached, no other mail is tried: the others keep their tries.
    """
    due = Message.objects.filter(state=Message.WAITING, next_try_at__lte=timezone.now()).order_by("next_try_at", "pk")
    sent = 0
    with Round() as now:
        for message_id, channel in list(due.values_list("pk", "channel")[:limit]):
            if (until is not None and time.monotonic() > until) or now.paused():
                break
            sent += now.attempt(message_id, channel) == SENT
    return sent


def retry(message: Message, *, by: Author, to_email: str = "") -> Message:
    """Make a message that is waiting, given up, withdrawn or bounced due now, with all its tries, and return it.

    `to_email`, when given, is the corrected address. The next sweep takes it. Raises ValidationError when it was sent (and did not
    come back), when the address cannot be one, and when nothing is sent to that address.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        corrected = to_email.strip()
        if message.state == Message.SENT and message.fate != "bounced":
            raise ValidationError(_("This message was sent: there is nothing to try again."), code="sent")
        if corrected and corrected.lower() != message.to_email.lower():
            Message._meta.get_field("to_email").run_validators(corrected)  # what an address is, and how long it may be
            message.to_email = corrected
        if addresses.refused([message.to_email]):
            raise ValidationError(
                _("Nothing is sent to %(address)s since it bounced or complained. Correct it, or let mails go to it again first.")
                % {"address": message.to_email},
                code="refused",
            )
        message.state, message.attempts, message.next_try_at = Message.WAITING, 0, timezone.now()
        message.sent_at, message.fate, message.fate_at, message.reason = None, "", None, ""
        message.save()
        _remember(message, Happening.RETRIED, f"{by.kind} {by.id or ''}".strip())
    logger.info("message %s is tried again, asked by %s %s", message.pk, by.kind, by.id)
    return message


def retry_failed(reason: str, *, by: Author) -> int:
    """Make all messages that were given up for `reason` due now, and return how many. Those to refused addresses stay."""
    failed: QuerySet[Message] = Message.objects.filter(state=Message.FAILED, reason=reason)
    with transaction.atomic():
        rows = list(failed.select_for_update().values_list("pk", "to_email"))
        stopped = addresses.refused([email for _pk, email in rows])
        wanted = [pk for pk, email in rows if email.lower() not in stopped]
        now = timezone.now()
        events = [MessageEvent(message_id=pk, kind=Happening.RETRIED, at=now, detail=f"{by.kind} {by.id or ''}".strip()) for pk in wanted]
        MessageEvent.objects.bulk_create(events, batch_size=1000)
        Message.objects.filter(pk__in=wanted).update(state=Message.WAITING, attempts=0, next_try_at=now, reason="")
    logger.info("%s messages given up (%s) are tried again, asked by %s %s", len(wanted), reason, by.kind, by.id)
    return len(wanted)


def cancel(message: Message, *, by: Author) -> Message:
    """Withdraw a message that has not left, and return it. Raises ValidationError when it was sent already."""
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.state == Message.SENT:
            raise ValidationError(_("This message was sent: it cannot be withdrawn any more."), code="sent")
        message.state = Message.CANCELLED
        message.save(update_fields=["state"])
        _remember(message, Happening.CANCELLED, f"{by.kind} {by.id or ''}".strip())
    logger.info("message %s is cancelled, asked by %s %s", message.pk, by.kind, by.id)
    return message


def _attempt(message_id: int, now: Round) -> str:
    """Lock the row, send it if it is still due, record how it went, and return SENT, NOT_SENT or NO_SERVER."""
    with transaction.atomic():
        message = locking.locked(message_id)
        if message is None:
            return NOT_SENT
        try:
            if not _may_leave(message):
                return NOT_SENT
            number = now.line(message.channel).send(message)
        except SoftTimeLimitExceeded:
            raise  # the row stays as it was: the next sweep takes it
        except Exception as error:  # one message must not stop the others
            now.hang_up(message.channel)
            _record_failure(message, error)
            return NO_SERVER if isinstance(error, NoServer) else NOT_SENT
        locking.stamp(message, number)
        return SENT


def _may_leave(message: Message) -> bool:
    """Return whether `message` is still due and its address takes mails; withdraw it when not, put it off when it is to wait."""
    due = _still_due(message)
    if isinstance(due, datetime):
        message.next_try_at = due
        message.save(update_fields=["next_try_at"])
        return False
    if not due:
        _withdraw(message, Reason.NOT_DUE, _("No longer due."))
        return False
    if message.channel == EMAIL and message.is_refused:  # type: ignore[attr-defined]
        _withdraw(message, Reason.REFUSED, _("Nothing is sent to this address since it bounced or complained."))
        return False
    return True


def _withdraw(message: Message, reason: str, why: str) -> None:
    message.state, message.reason, message.last_error = Message.CANCELLED, reason, why
    message.save(update_fields=["state", "reason", "last_error"])
    _remember(message, Happening.CANCELLED, why)


def _still_due(message: Message) -> bool | datetime:
    """Ask the floor that wrote the message whether it still holds; without an opinion, it does."""
    ask = BEFORE_SEND.get(message.kind)
    if ask is None:
        return True
    with transaction.atomic():  # a question that fails in the database must leave us able to write that down
        return ask(message)


def _record_failure(message: Message, error: Exception) -> None:
    """Count the try; wait longer before the next one, or give up and say so."""
    message.attempts += 1
    message.last_error = (str(error) or type(error).__name__).replace("\x00", "")[:LONGEST_ERROR]
    message.reason = reason_of(error)
    permanent = isinstance(error, Refused | ValueError | TypeError)
    given_up = permanent or message.attempts > len(RETRY_PAUSES)
    if given_up:
        message.state = Message.FAILED
        logger.error("message %s (%s) is given up after %s tries: %s", message.pk, message.kind, message.attempts, message.last_error)
    else:
        message.next_try_at = timezone.now() + RETRY_PAUSES[message.attempts - 1]
        logger.warning("message %s (%s) was not taken, try %s: %s", message.pk, message.kind, message.attempts, message.last_error)
    message.save(update_fields=["attempts", "last_error", "reason", "state", "next_try_at"])
    _remember(message, Happening.GIVEN_UP if given_up else Happening.TRY_FAILED, message.last_error)
    if isinstance(error, Refused) and error.unknown_address:
        addresses.refuse(message.to_email, why=Refusal.BOUNCED, detail=message.last_error, message=message)
    if given_up and message.channel == EMAIL:
        announcing.mail_given_up(message)


def _remember(message: Message, kind: str, detail: str) -> None:
    MessageEvent.objects.create(message=message, kind=kind, at=timezone.now(), detail=detail[:LONGEST_ERROR])
