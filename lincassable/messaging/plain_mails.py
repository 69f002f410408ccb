"""The bytes of a mail that has texts and no files, which most have: written at once, where Python's email package takes milliseconds.

Says the same as `mails.mail_of(…).message()`, which a test compares. Anything unusual is left to that one.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from email.header import Header
from email.utils import parseaddr
from functools import lru_cache

from django.core.mail.message import sanitize_address

LONGEST_LINE = 76  # characters; longer headers are folded
CRLF = "\r\n"
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\\[\]()]+@[^\s@<>,;:\"\\\[\]()]+")


def bytes_of(
    *, subject: str, sender: str, to_name: str, to_email: str, headers: Mapping[str, str], text: str, html: str, boundary: str
) -> tuple[str, bytes] | None:
    """Return the envelope's sender and the mail, or None when it needs the long way (an address with letters beyond ASCII).

    `boundary` must differ from mail to mail. Raises ValueError for an impossible address and for a header with a line break.
    """
    own = parseaddr(sender)[1]
    if not to_email.isascii() or not own.isascii():
        return None
    if not _ADDRESS.fullmatch(to_email):
        raise ValueError(f"“{to_email}” is not an e-mail address")
    lines = [
        "MIME-Version: 1.0",
        _header("Subject", subject),
        f"From: {_sender(sender)}",
        f"To: {_recipient(to_name, to_email)}",
    ]
    lines += [_header(name, value) for name, value in headers.items()]
    if not html:
        return own, (CRLF.join(lines) + CRLF).encode("ascii") + _part(text, "plain")
    head = CRLF.join([*lines, f'Content-Type: multipart/alternative; boundary="{boundary}"', "", ""]).encode("ascii")
    mark = b"--" + boundary.encode("ascii")
    return own, b"\r\n".join([head + mark, _part(text, "plain"), mark, _part(html, "html"), mark + b"--", b""])


@lru_cache(maxsize=8)
def _sender(sender: str) -> str:
    """Return the From header; there is one sender or two."""
    return sanitize_address(sender, "utf-8")


def _header(name: str, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(f"the header {name} has a line break")
    if value.isascii() and len(name) + len(value) + 2 <= LONGEST_LINE:
        return f"{name}: {value}"
    return f"{name}: {Header(value, None if value.isascii() else 'utf-8', header_name=name).encode(linesep=CRLF)}"


def _recipient(name: str, email: str) -> str:
    if not name:
        return email
    if "\r" in name or "\n" in name:
        raise ValueError("the name has a line break")
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{email}>'
    return f"{Header(name, 'utf-8', header_name='To').encode(linesep=CRLF)} <{email}>"


def _part(content: str, kind: str) -> bytes:
    """Return one text with its headers. Quoted-printable has no “=_” of its own, so no boundary."""
    plain = content.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    head = f'Content-Type: text/{kind}; charset="utf-8"{CRLF}Content-Transfer-Encoding: quoted-printable{CRLF}{CRLF}'
    return head.encode("ascii") + binascii.b2a_qp(plain, istext=True).replace(b"\n", b"\r\n")
