"""The mail channel: from a row to a mail, and its way to an SMTP server or to a provider's API (django-anymail)."""

from __future__ import annotations

import hashlib
import logging
import re
import smtplib
from collections.abc import Callable
from email.headerregistry import Address
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.attachments import Mail, from_rows, put_into
from lincassable.messaging.channels import Channel
from lincassable.messaging.enums import EMAIL, Reason
from lincassable.messaging.failures import Later, NoServer, Refused
from lincassable.messaging.models import Message
from lincassable.messaging.plain_mails import address_of, bytes_of
from lincassable.messaging.sealing import unseal

logger = logging.getLogger("lincassable.messaging")
# Written by us or by Django: a row that names one of them again would make two, and signatures (DKIM) of such mails do not hold.
OUR_HEADERS = frozenset(
    ["from", "to", "cc", "bcc", "subject", "sender", "date", "message-id", "mime-version", "content-type", "content-transfer-encoding"]
)
# What servers answer about an address that does not exist or is closed (RFC 3463), and not about us or the mail.
_UNKNOWN_ADDRESS = re.compile(r"\b5\.1\.(?:1|2|3|6|10)\b|\b5\.2\.1\b")


def domain() -> str:
    """Return the domain our mails come from; Message-ID and From share it."""
    return address_of(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2] or "localhost"


def message_id_of(message: Message) -> str:
    """Return the Message-ID header: always the same for one row, so that a second copy can be recognised."""
    digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:16]
    return f"<{message.pk}.{digest}@{domain()}>"


def headers_of(message: Message) -> dict[str, str]:
    """Return the headers of the mail of `message`, each once however it is written; the row's win over the general ones."""
    headers = {
        "Message-ID": message_id_of(message),
        "Date": format_datetime(timezone.localtime(timezone=ZoneInfo(settings.NETWORK_TIME_ZONE))),
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    headers |= {"Reply-To": settings.REPLY_TO_EMAIL} if settings.REPLY_TO_EMAIL else {}
    own = {name.title(): unseal(value) for name, value in message.headers.items() if name.lower() not in OUR_HEADERS}
    if any(name.lower() == "list-unsubscribe" for name in own):  # what can be stopped as a kind is called by its kind
        headers["List-Id"] = f"<{message.kind.replace('_', '-')}.{domain()}>"
    replaced = {name.lower() for name in own}
    return {name: value for name, value in headers.items() if name.lower() not in replaced} | own


def mail_of(message: Message, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """Return the mail that `message` becomes: text, HTML, files, and its headers. Raises ValueError for an impossible address."""
    user, _at, host = message.to_email.rpartition("@")
    address = str(Address(message.to_name, user, host))
    mail = Mail(message.subject, unseal(message.text), to=[address], headers=headers_of(message), connection=connection)
    if message.html:
        mail.attach_alternative(unseal(message.html), "text/html")
    put_into(mail, from_rows(message.attachments))
    return mail


class MailConversation:
    """A conversation with the mail server, opened by the first mail and kept for the next ones."""

    def __init__(self) -> None:
        self.backend = get_connection()

    def send(self, message: Message) -> str:
        """Hand over the mail of `message`; return the provider's number of it. Raises as `Conversation.send` says."""
        ready = self._written_at_once(message)
        if ready is not None:
            self._guarded(lambda backend: backend.connection.sendmail(ready[0], [message.to_email], ready[1]))
            return ""
        mail = mail_of(message, self.backend)
        if settings.MAIL_PROVIDER:
            mail.metadata = {"message": message_id_of(message).strip("<>")}  # type: ignore[attr-defined]
        self._guarded(lambda backend: backend.send_messages([mail]))
        status = getattr(mail, "anymail_status", None)
        return str(getattr(status, "message_id", None) or "")[:255]

    def _written_at_once(self, message: Message) -> tuple[str, bytes] | None:
        """Return sender and bytes for an SMTP server, None when the mail goes another way or has files."""
        if type(self.backend) is not SMTPBackend or message.attachments:
            return None
        return bytes_of(
            subject=message.subject,
            sender=settings.DEFAULT_FROM_EMAIL,
            to_name=message.to_name,
            to_email=message.to_email,
            headers=headers_of(message),
            text=unseal(message.text),
            html=unseal(message.html),
            boundary=f"=_{message.pk}.{hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:24]}",
        )

    def _guarded(self, hand_over: Callable[[Any], object]) -> None:
        """Hand a mail over on the open connection, once more on a new one when that was ended; raise what errors mean."""
        try:
            fresh = self.backend.open() is not False
            try:
                hand_over(self.backend)
            except smtplib.SMTPException as error:
                if fresh or not _conversation_ended(error):
                    raise
                # Servers end a conversation after so many mails or minutes.
                self.close()
                self.backend.open()
                hand_over(self.backend)
        except Exception as error:
            failure = (_provider_failure(error) if settings.MAIL_PROVIDER else None) or _smtp_failure(error)
            if failure is None:
                raise
            raise failure from error

    def close(self) -> None:
        """End the conversation; a server that is gone already is no news."""
        try:
            self.backend.close()
        except (smtplib.SMTPException, OSError):
            logger.debug("the mail server was gone before we said goodbye", exc_info=True)


class MailChannel(Channel):
    """Mails."""

    name = EMAIL
    label = _("e-mail")  # type: ignore[assignment]

    def conversation(self) -> MailConversation:
        """Return a line to the mail server."""
        return MailConversation()


def _conversation_ended(error: smtplib.SMTPException) -> bool:
    return isinstance(error, smtplib.SMTPServerDisconnected) or getattr(error, "smtp_code", None) == 421


def _smtp_failure(error: Exception) -> Exception | None:
    """Return what an error of the conversation means; None when it is about the mail itself, or unknown."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _refusal(code, answer, about_address=True)
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused):
        return NoServer(str(error), Reason.SETTINGS)
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return NoServer(str(error))
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):  # SMTPException is an OSError
        return NoServer(str(error) or type(error).__name__)
    return None


def _refusal(code: int, answer: bytes | str, *, about_address: bool = False) -> Exception:
    """Return what a permanent answer (5xx) means, or one that asks to come back (4xx)."""
    text = f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    if code < 500:
        return Later(text)
    unknown = about_address and bool(_UNKNOWN_ADDRESS.search(text))
    return Refused(text, Reason.RECIPIENT if about_address else Reason.CONTENT, unknown_address=unknown)


def _provider_failure(error: Exception) -> Exception | None:
    """Return what a provider's answer means. Its text may be long; the row keeps its beginning."""
    from anymail.exceptions import AnymailConfigurationError, AnymailRecipientsRefused, AnymailRequestsAPIError

    if isinstance(error, AnymailRecipientsRefused):
        return Refused(str(error), Reason.RECIPIENT)
    if isinstance(error, AnymailConfigurationError):
        return NoServer(str(error), Reason.SETTINGS)
    if not isinstance(error, AnymailRequestsAPIError):
        return None
    status = error.status_code
    if status is None:
        return NoServer(str(error))
    if status in (401, 403):
        return NoServer(str(error), Reason.SETTINGS)
    if status in (408, 425, 429) or status >= 500:
        return NoServer(str(error), Reason.LATER)
    return Refused(str(error), Reason.CONTENT)
