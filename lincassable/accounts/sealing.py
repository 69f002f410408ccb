"""Keeps the tokens of access links out of stored mails (`messaging.sealing`): a row names the link, not what opens it."""

from __future__ import annotations

import re

from lincassable.accounts.tokens import LENGTH, Claim, read_token, write_token
from lincassable.messaging.sealing import register_secret

_TOKEN = re.compile(rf"(?<=/)[A-Za-z0-9_-]{{{LENGTH}}}(?![A-Za-z0-9_-])")


def _reference(token: str) -> str | None:
    claim = read_token(token)
    return f"{claim.kind}.{claim.link_id}.{claim.version}" if claim else None


def _secret(reference: str) -> str:
    kind, link_id, version = reference.split(".")
    return write_token(Claim(kind, int(link_id), int(version)))


def register() -> None:
    """Tell the outbox how tokens look and what stands for them."""
    register_secret("link", _TOKEN, reference=_reference, secret=_secret)
