"""The text in a link's address: derived from the link's id and version, and never stored.

A token is 24 bytes in URL-safe base64 (32 characters): kind (1), link id (4), version (2), and the first 17 bytes (136
bits) of HMAC-SHA256 over these under LINK_SECRET. Whoever has the database but not the secret can make none; whoever
has both can print a card again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass

from django.conf import settings

from lincassable.accounts.kinds import KIND_OF_CODE, KINDS

LENGTH = 32  # characters
_HEAD = struct.Struct(">BIH")
_MAC_BYTES = 17
_PURPOSE = b"lincassable access link 1:"


@dataclass(frozen=True)
class Claim:
    """What a genuine token or cookie says: the link's kind, id and version. The row may still refuse it."""

    kind: str
    link_id: int
    version: int


def _write(claim: Claim, secret: str) -> str:
    head = _HEAD.pack(KINDS[claim.kind].code, claim.link_id, claim.version)
    mac = hmac.digest(secret.encode(), _PURPOSE + head, hashlib.sha256)[:_MAC_BYTES]
    return base64.urlsafe_b64encode(head + mac).decode("ascii")


def write_token(claim: Claim) -> str:
    """Return the token of `claim` under today's LINK_SECRET (32 characters of A-Z a-z 0-9 - _).

    Raises struct.error beyond link id 2**32 - 1 or version 65535, KeyError for an unknown kind.
    """
    return _write(claim, settings.LINK_SECRET)


def read_token(token: str) -> Claim | None:
    """Return what `token` says when it was made under LINK_SECRET or one of its fallbacks, else None. Never raises.

    The whole text is compared, in constant time: two texts that decode alike are not both taken.
    """
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        code, link_id, version = _HEAD.unpack_from(base64.urlsafe_b64decode(token))
    except (binascii.Error, struct.error):
        return None
    if code not in KIND_OF_CODE:
        return None
    claim = Claim(KIND_OF_CODE[code], link_id, version)
    secrets = [settings.LINK_SECRET, *settings.LINK_SECRET_FALLBACKS]
    return claim if any(hmac.compare_digest(_write(claim, secret), token) for secret in secrets) else None
