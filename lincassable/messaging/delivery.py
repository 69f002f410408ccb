"""Sending what the outbox holds. A row is locked while it is sent, so that any number of workers send it once.

A worker that dies between the server's “250 OK” and our stamp leaves the row waiting: the message is sent again, once,
with the same Message-ID. It is never lost.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import time
from collections.abc import Callable
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from typing import Protocol
from zoneinfo import ZoneInfo

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.messaging.attachments import Mail, from_rows, put_into
from lincassable.messaging.enums import RETRY_PAUSES, SWEEP_LIMIT
from lincassable.messaging.models import Message
from lincassable.messaging.sealing import unseal

logger = logging.getLogger("lincassable.messaging")

# “Still due?”, asked just before sending, by kind of message. Higher floors fill it in their AppConfig.ready(); a message
# whose function answers False is cancelled.
BEFORE_SEND: dict[str, Callable[[Message], bool]] = {}

SENT, NOT_SENT, NO_SERVER = "sent", "not sent", "no server"


class Author(Protocol):
    """Who asks: an `accounts.actors.Actor` (a floor above this one)."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> int | None: ...


class Refused(Exception):
    """The server will never take this message; the text is its answer."""


class NoServer(Exception):
    """The mail server cannot be reached or ended the conversation; the text says how."""


def deliver(message_id: int) -> bool:
    """Send one message if it is due, and return whether it left now.

    A message that is sent, cancelled, deferred, unknown or being sent by somebody else is left alone.
    """
    connection = get_connection()
    try:
        return _attempt(message_id, connection) == SENT
    finally:
        _close(connection)


def sweep(limit: int = SWEEP_LIMIT, *, until: float | None = None) -> int:
    """Send the messages that are due, at most `limit`, over one connection; return how many left.

    `until` is a time of `time.monotonic()` after which no other message is begun. When the mail server cannot be
    reached, the sweep stops there: the others keep their tries.
    """
    due = Message.objects.filter(state=Message.WAITING, next_try_at__lte=timezone.now()).order_by("next_try_at", "pk")
    sent, connection = 0, get_connection()
    try:
        for message_id in list(due.values_list("pk", flat=True)[:limit]):
            if until is not None and time.monotonic() > until:
                break
            outcome = _attempt(message_id, connection)
            sent += outcome == SENT
            if outcome == NO_SERVER:
                break
    finally:
        _close(connection)
    return sent


def retry(message: Message, *, by: Author) -> Message:
    """Make a message that is waiting, given up or cancelled due now, with all its tries, and return it.

    The next sweep takes it. Raises ValidationError when it was sent already.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.state == Message.SENT:
            raise ValidationError(_("This message was sent: there is nothing to try again."), code="sent")
        message.state, message.attempts, message.next_try_at = Message.WAITING, 0, timezone.now()
        message.save(update_fields=["state", "attempts", "next_try_at"])
    logger.info("message %s is tried again, asked by %s %s", message.pk, by.kind, by.id)
    return message


def cancel(message: Message, *, by: Author) -> Message:
    """Withdraw a message that has not left, and return it. Raises ValidationError when it was sent already."""
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.state == Message.SENT:
            raise ValidationError(_("This message was sent: it cannot be withdrawn any more."), code="sent")
        message.state = Message.CANCELLED
        message.save(update_fields=["state"])
    logger.info("message %s is cancelled, asked by %s %s", message.pk, by.kind, by.id)
    return message


def message_id_of(message: Message) -> str:
    """Return the Message-ID header: always the same for one row, so that a second copy can be recognised."""
    digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:16]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{message.pk}.{digest}@{domain}>"


def mail_of(message: Message, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """Return the mail that `message` becomes: text, HTML, files, and its headers. Raises ValueError for an impossible address."""
    user, _at, domain = message.to_email.rpartition("@")
    address = str(Address(message.to_name, user, domain))
    headers = {
        "Message-ID": message_id_of(message),
        "Date": format_datetime(timezone.localtime(timezone=ZoneInfo(settings.NETWORK_TIME_ZONE))),
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    headers |= {"Reply-To": settings.REPLY_TO_EMAIL} if settings.REPLY_TO_EMAIL else {}
    headers |= {name: unseal(value) for name, value in message.headers.items()}
    mail = Mail(message.subject, unseal(message.text), to=[address], headers=headers, connection=connection)
    if message.html:
        mail.attach_alternative(unseal(message.html), "text/html")
    put_into(mail, from_rows(message.attachments))
    return mail


def _attempt(message_id: int, connection: BaseEmailBackend) -> str:
    """Lock the row, send it if it is still due, record how it went, and return SENT, NOT_SENT or NO_SERVER."""
    with transaction.atomic():
        due = Message.objects.filter(pk=message_id, state=Message.WAITING, next_try_at__lte=timezone.now())
        message = due.select_for_update(skip_locked=True).first()
        if message is None:
            return NOT_SENT
        try:
            if not _still_due(message):
                message.state, message.last_error = Message.CANCELLED, _("No longer due.")
                message.save(update_fields=["state", "last_error"])
                return NOT_SENT
            _send(mail_of(message, connection), connection)
        except SoftTimeLimitExceeded:
            raise  # the row stays as it was: the next sweep takes it
        except Exception as error:  # one message must not stop the others
            _close(connection)  # what remains of the conversation is not to be trusted
            _record_failure(message, error)
            return NO_SERVER if isinstance(error, NoServer) else NOT_SENT
        message.state, message.sent_at, message.last_error = Message.SENT, timezone.now(), ""
        message.attempts += 1
        message.save(update_fields=["state", "sent_at", "last_error", "attempts"])
        return SENT


def _still_due(message: Message) -> bool:
    """Ask the floor that wrote the message whether it still holds; without an opinion, it does."""
    ask = BEFORE_SEND.get(message.kind)
    if ask is None:
        return True
    with transaction.atomic():  # a question that fails in the database must leave us able to write that down
        return ask(message)


def _send(mail: EmailMultiAlternatives, connection: BaseEmailBackend) -> None:
    """Hand `mail` to the server. Raises Refused, NoServer, or the backend's own error."""
    mail.message()  # a mail that cannot be built is no fault of the server
    try:
        fresh = connection.open() is not False
        try:
            connection.send_messages([mail])
        except smtplib.SMTPException as error:
            if fresh or not _conversation_ended(error):
                raise
            # Servers end a conversation after so many mails or minutes: once more, on a new one.
            _close(connection)
            connection.open()
            connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise _refusal(code, answer) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError) as error:
        raise NoServer(str(error)) from error
    except OSError as error:
        if isinstance(error, smtplib.SMTPException):  # SMTPException is an OSError
            raise
        raise NoServer(str(error) or type(error).__name__) from error


def _conversation_ended(error: smtplib.SMTPException) -> bool:
    return isinstance(error, smtplib.SMTPServerDisconnected) or getattr(error, "smtp_code", None) == 421


def _refusal(code: int, answer: bytes | str) -> Exception:
    """Return Refused for a permanent answer (5xx), a plain error for one that asks to come back (4xx)."""
    text = f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    return Refused(text) if code >= 500 else smtplib.SMTPException(text)


def _record_failure(message: Message, error: Exception) -> None:
    """Count the try; wait longer before the next one, or give up and say so."""
    message.attempts += 1
    message.last_error = (str(error) or type(error).__name__).replace("\x00", "")[:2000]
    permanent = isinstance(error, Refused | ValueError | TypeError)
    if permanent or message.attempts > len(RETRY_PAUSES):
        message.state = Message.FAILED
        logger.error("message %s (%s) is given up after %s tries: %s", message.pk, message.kind, message.attempts, message.last_error)
    else:
        message.next_try_at = timezone.now() + RETRY_PAUSES[message.attempts - 1]
        logger.warning("message %s (%s) was not taken, try %s: %s", message.pk, message.kind, message.attempts, message.last_error)
    message.save(update_fields=["attempts", "last_error", "state", "next_try_at"])


def _close(connection: BaseEmailBackend) -> None:
    """End the conversation; a server that is gone already is no news."""
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        logger.debug("the mail server was gone before we said goodbye", exc_info=True)
