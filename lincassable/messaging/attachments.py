"""Files and pictures that leave with a mail: how they lie in the outbox, and how they sit in the mail.

A row keeps them as JSON: text as it is, anything else in base64. They live and go with the row (purge, erasure). A file that goes to many
is kept once in the private folder of files, by its owner; the rows hold its name there.
A picture of the HTML text is a file with a content id: the text shows it by `<img src="cid:…">`, and it travels beside that text
(RFC 2387), so that mail programs show it in its place, without asking for it elsewhere, and do not list it among the files.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from typing import Any

from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart

from lincassable.messaging.sealing import holds_secret

# Ten seconds of a slow line, and what every mail server takes.
LARGEST = 5_000_000  # bytes, of all files of one mail
_NAME = re.compile(r"[\w .()-]{1,120}")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(; ?[a-zA-Z-]+=[A-Za-z0-9-]+)*")
_CONTENT_ID = re.compile(r"[A-Za-z0-9.@_-]{1,80}")
_FOLD = re.compile(r"\r\n[ \t]")


@dataclass(frozen=True)
class Attachment:
    """One file.

    Arguments:
        name: how it is called for people, with its ending; no path.
        content_type: with its parameters, for instance `text/calendar; method=REQUEST; charset=UTF-8`.
        content: its bytes; those of a text are UTF-8.
        content_id: for a picture that the HTML text shows, the name by which it does (`cid:…`); empty for a file.
        stored: instead of `content`, the name of a file in the private folder of files, which is no text (see `loaded`).
    """

    name: str
    content_type: str
    content: bytes = b""
    content_id: str = ""
    stored: str = ""

    @property
    def kind(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip()

    @property
    def is_text(self) -> bool:
        """Whether people can read it as it is."""
        return self.kind.startswith("text/")

    @property
    def is_invitation(self) -> bool:
        """Whether calendars take it as an invitation or its withdrawal: they look for it beside the texts of the mail."""
        return self.kind == "text/calendar" and "method=" in self.content_type.lower()

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture in the text, not a file beside it."""
        return bool(self.content_id)

    @property
    def size(self) -> int:
        """How many bytes it has; 0 when it lay in the folder of files and is gone from there."""
        if not self.stored:
            return len(self.content)
        return default_storage.size(self.stored) if default_storage.exists(self.stored) else 0

    @property
    def data_url(self) -> str:
        """The whole file as an address, for pages that show a mail."""
        return f"data:{self.kind};base64,{base64.b64encode(self.content).decode('ascii')}"

    @property
    def text(self) -> str:
        """The content for people, empty when it is no text; the folded lines of a calendar are whole again."""
        return _FOLD.sub("", self.content.decode("utf-8", "replace")) if self.is_text else ""


def to_rows(attachments: Iterable[Attachment]) -> list[dict[str, str]]:
    """Return what the outbox keeps of `attachments`.

    Raises ValueError for a name or a type that cannot be, for more than `LARGEST` bytes, and for a text that holds a link's token:
    unlike the texts of a mail, a file lies in the outbox as it is.
    """
    found = list(attachments)
    if sum(len(each.content) for each in found) > LARGEST:
        raise ValueError(f"the files of one mail hold at most {LARGEST} bytes")
    return [_to_row(each) for each in found]


def _to_row(attachment: Attachment) -> dict[str, str]:
    if not _NAME.fullmatch(attachment.name) or attachment.name.startswith("."):
        raise ValueError(f"not the name of a file: {attachment.name!r}")
    if not _TYPE.fullmatch(attachment.content_type):
        raise ValueError(f"not a content type: {attachment.content_type!r}")
    row = {"name": attachment.name, "content_type": attachment.content_type}
    if attachment.is_picture:
        if not _CONTENT_ID.fullmatch(attachment.content_id) or not attachment.kind.startswith("image/"):
            raise ValueError(f"not a picture of a mail: {attachment.content_id!r}, {attachment.kind!r}")
        row["content_id"] = attachment.content_id
    if attachment.stored:
        return row | {"stored": attachment.stored}
    if not attachment.is_text:
        return row | {"base64": base64.b64encode(attachment.content).decode("ascii")}
    if holds_secret(attachment.text):
        raise ValueError(f"{attachment.name} holds a secret link: it would lie in the outbox")
    return row | {"text": attachment.content.decode("utf-8")}


def from_rows(rows: Sequence[dict[str, str]]) -> list[Attachment]:
    """Return the files that a row of the outbox keeps; those that lie in the folder of files are not read yet (see `loaded`)."""
    return [
        Attachment(
            row["name"],
            row["content_type"],
            row["text"].encode() if "text" in row else base64.b64decode(row.get("base64", "")),
            row.get("content_id", ""),
            row.get("stored", ""),
        )
        for row in rows
    ]


def loaded(attachment: Attachment) -> Attachment:
    """Return a file with its content. Raises ValueError when it lay in the folder of files and is gone from there."""
    if not attachment.stored:
        return attachment
    try:
        with default_storage.open(attachment.stored, "rb") as file:
            return replace(attachment, content=file.read(), stored="")
    except FileNotFoundError as error:
        raise ValueError(f"{attachment.name} is gone from the folder of files") from error


class Mail(EmailMultiAlternatives):
    """A mail whose pictures travel beside its HTML text, and its files beside both."""

    def _create_attachments(self, msg: Any) -> Any:
        """Put the texts and their pictures into one part; Django's way would list pictures among the files."""
        pictures = [part for part in self.attachments if isinstance(part, MIMEBase) and part["Content-ID"]]
        if not pictures:
            return super()._create_attachments(msg)  # type: ignore[misc]
        related = SafeMIMEMultipart(_subtype="related", encoding=self.encoding or "utf-8")
        for part in [msg, *pictures]:
            related.attach(part)
        everything, self.attachments = self.attachments, [part for part in self.attachments if part not in pictures]
        try:
            return super()._create_attachments(related)  # type: ignore[misc]
        finally:
            self.attachments = everything


def put_into(mail: EmailMultiAlternatives, attachments: Iterable[Attachment]) -> None:
    """Add files to a mail.

    An invitation is there twice, as big calendars send it: beside the texts, where Gmail, Outlook and Apple look for it, and as a file,
    for programs that show neither. Raises ValueError for a file that is gone from the folder of files.
    """
    for attachment in map(loaded, attachments):
        if attachment.is_invitation:
            # Django adds the charset, which is UTF-8.
            kind = re.sub(r"; ?charset=[^;]+", "", attachment.content_type, flags=re.IGNORECASE)
            mail.attach_alternative(attachment.content.decode("utf-8"), kind)
            mail.attach(attachment.name, attachment.content, "application/ics")
        elif attachment.is_picture:
            mail.attach(_picture(attachment))
        else:
            mail.attach(attachment.name, attachment.content, attachment.content_type)


def _picture(attachment: Attachment) -> MIMEImage:
    part = MIMEImage(attachment.content, attachment.kind.removeprefix("image/"))
    part["Content-ID"] = f"<{attachment.content_id}>"
    part["Content-Disposition"] = f'inline; filename="{attachment.name}"'
    return part


def with_pictures(html: str, found: Iterable[Attachment]) -> str:
    """Return the HTML text of a mail with its pictures inside it, for a page that shows it."""
    for one in found:
        if one.is_picture:
            html = html.replace(f"cid:{one.content_id}", one.data_url)
    return html


def of_mail(mail: EmailMessage) -> list[Attachment]:
    """Return the files of a mail that was read from somewhere; an invitation that is there twice is named once."""
    found: dict[str, Attachment] = {}
    for number, part in enumerate(mail.walk(), start=1):
        if part.is_multipart() or (part.get_content_type() in ("text/plain", "text/html") and not part.get_filename()):
            continue
        content: Any = part.get_payload(decode=True)
        name = part.get_filename() or f"{number}.{'ics' if part.get_content_type() == 'text/calendar' else 'bin'}"
        kind = "text/calendar" if part.get_content_type() == "application/ics" else part.get_content_type()
        one = Attachment(name, kind, content or b"", str(part.get("Content-ID", "")).strip("<>"))
        if one.is_text and any(_same_text(one, other) for other in found.values()):
            found = {key: one if _same_text(one, other) else other for key, other in found.items()}
        else:
            found[name] = one
    return list(found.values())


def _same_text(one: Attachment, other: Attachment) -> bool:
    return one.kind == other.kind and one.text.split() == other.text.split()
