"""Where mails go when no server is named: a folder of `.eml` files, as any mail program opens them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class FolderBackend(BaseEmailBackend):
    """Delivers into `settings.MAIL_FOLDER`: one file per mail, complete or absent, named by time and Message-ID."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each mail and return how many were written. Raises OSError when the folder cannot be written."""
        folder = Path(settings.MAIL_FOLDER)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for mail in email_messages:
            _write(folder, mail)
        return len(email_messages)


def _write(folder: Path, mail: EmailMessage) -> Path:
    """Write the bytes of one mail under its final name in one step, and return that name."""
    built = mail.message()
    identity = re.sub(r"[^A-Za-z0-9._-]", "-", str(built["Message-ID"]).strip("<>").partition("@")[0])[:80]
    target = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{identity}.eml"
    partial = folder / f".{target.name}.{os.getpid()}.part"
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(built.as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
            file.flush()
            os.fsync(file.fileno())  # the row is about to say “sent”
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return target
