"""Reading the folder that FolderBackend fills: which mails lie there, and what one says. Nothing outside it is reachable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

# As FolderBackend names them: no separator, no leading dot, so that no name can point elsewhere.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.eml")


@dataclass(frozen=True)
class Summary:
    """One line of the list."""

    name: str
    subject: str
    to: str
    date: datetime | None


def names() -> list[str]:
    """Return the file names of the mails, newest first."""
    folder = Path(settings.MAIL_FOLDER)
    return sorted((file.name for file in folder.glob("*.eml") if NAME.fullmatch(file.name)), reverse=True)


def path_of(name: str) -> Path:
    """Return the file called `name`. Raises FileNotFoundError when it is not a mail of the folder."""
    path = Path(settings.MAIL_FOLDER) / name
    if not NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise FileNotFoundError(name)
    return path


def summary(name: str) -> Summary:
    """Return what the list shows of one mail. Raises FileNotFoundError."""
    with path_of(name).open("rb") as file:
        headers = BytesHeaderParser(policy=policy.default).parse(file)
    return Summary(name, str(headers["Subject"] or ""), str(headers["To"] or ""), _date(headers["Date"]))


def read(name: str) -> EmailMessage:
    """Return the mail in the file called `name`. Raises FileNotFoundError."""
    mail = message_from_bytes(path_of(name).read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)  # noqa: S101 - what this policy makes
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    """Return the mail's `plain` or `html` part, empty when it has none."""
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _date(header: object) -> datetime | None:
    """Return the moment in a Date header; “-0000” means UTC, place unknown."""
    try:
        moment = parsedate_to_datetime(str(header))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
