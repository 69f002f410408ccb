"""Mails delivered into a folder (no mail server named): copies of messages, so personal data as well."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

from lincassable.accounts.privacy import Identity
from lincassable.messaging.attachments import of_mail


def _files() -> Iterator[Path]:
    folder = Path(settings.MAIL_FOLDER)
    return folder.glob("*.eml") if folder.is_dir() else iter(())


def purge(before: datetime) -> int:
    """Delete the mails written into the folder before the moment; return how many. Again changes nothing."""
    old = [file for file in _files() if datetime.fromtimestamp(file.stat().st_mtime, UTC) < before]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def erase(identity: Identity) -> int:
    """Delete the mails in the folder that were sent to a person, or mention them; return how many."""
    theirs = [file for file in _files() if _concerns(file, identity)]
    for file in theirs:
        file.unlink(missing_ok=True)
    return len(theirs)


def _concerns(file: Path, identity: Identity) -> bool:
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    headers = [str(mail[name]) for name in ("To", "Cc", "Subject") if mail[name]]
    if identity.email and identity.email in {address.lower() for _name, address in getaddresses(headers[:2])}:
        return True
    body = mail.get_body(("plain", "html"))
    files = [file.text for file in of_mail(mail)]
    texts = [*headers, body.get_content() if body is not None else "", *files]
    return any(identity.hide_in(text) != text for text in texts)
