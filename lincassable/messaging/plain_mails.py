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
LONGEST_WORD = 75  # characters of an encoded word (RFC 2047)
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\\[\]()]+@[^\s@<>,;:\"\\\[\]()]+")


def bytes_of(
    *, subject: str, sender: str, to_name: str, to_email: str, headers: Mapping[str, str], text: str, html: str, boundary: str
) -> tuple[str, bytes] | None:
    """Return the envelope's sender and the mail, or None when it needs the long way (an address with letters beyond ASCII).

    `boundary` must differ from mail to mail. Raises ValueError for an impossible address and for a header with a line break.
    """
    own = address_of(sender)
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
def address_of(sender: str) -> str:
    """Return the address of `Name <address>`; there is one sender or two, and taking them apart is slow."""
    return parseaddr(sender)[1]


@lru_cache(maxsize=8)
def _sender(sender: str) -> str:
    """Return the From header."""
    return sanitize_address(sender, "utf-8")


class _Quoted(dict[str, str]):
    """What each character becomes in an encoded word that may stand for a name, too: filled in as they come."""

    def __missing__(self, sign: str) -> str:
        safe = sign.isascii() and (sign.isalnum() or sign in "!*+-/")
        self[sign] = sign if safe else "_" if sign == " " else "".join(f"={byte:02X}" for byte in sign.encode())
        return self[sign]


_quoted = _Quoted()


def _header(name: str, value: str) -> str:
    if "\r" in value or "\n" in value:
        raise ValueError(f"the header {name} has a line break")
    if not value.isascii():
        return f"{name}: {_encoded(value, len(name) + 2)}"
    if len(name) + len(value) + 2 <= LONGEST_LINE or " " not in value:
        return f"{name}: {value}"
    return f"{name}: {Header(value, header_name=name).encode(linesep=CRLF)}"


def _recipient(name: str, email: str) -> str:
    if not name:
        return email
    if "\r" in name or "\n" in name:
        raise ValueError("the name has a line break")
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{email}>'
    return f"{_encoded(name, len('To: '))} <{email}>"


def _encoded(value: str, before: int) -> str:
    """Return words beyond ASCII as encoded words, one a line; `before`, how many characters stand on the first line already.

    Letters that stay readable when most are ASCII, base64 otherwise; a character is never cut.
    """
    readable = sum(len(_quoted[sign]) for sign in value) <= 4 * len(value.encode()) / 3
    frame = len("=?utf-8?q??=")
    words, word, used, room = [], "", 0, LONGEST_WORD - frame - before
    for sign in value:
        size = len(_quoted[sign]) if readable else len(sign.encode())
        if word and used + size > (room if readable else room // 4 * 3):
            words.append(word)
            word, used, room = "", 0, LONGEST_WORD - frame - 1
        word, used = word + sign, used + size
    words.append(word)
    if readable:
        return f"{CRLF} ".join(f"=?utf-8?q?{''.join(map(_quoted.__getitem__, each))}?=" for each in words)
    return f"{CRLF} ".join(f"=?utf-8?b?{binascii.b2a_base64(each.encode(), newline=False).decode()}?=" for each in words)


def _part(content: str, kind: str) -> bytes:
    """Return one text with its headers. Quoted-printable has no “=_” of its own, so no boundary."""
    plain = content.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    head = f'Content-Type: text/{kind}; charset="utf-8"{CRLF}Content-Transfer-Encoding: quoted-printable{CRLF}{CRLF}'
    return head.encode("ascii") + binascii.b2a_qp(plain, istext=True).replace(b"\n", b"\r\n")
