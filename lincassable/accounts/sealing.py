"""Keeps the tokens of access links out of stored mails (`messaging.sealing`): a row names the link, not what opens it."""

from __future__ import annotations

import re
from functools import lru_cache

from django.conf import settings

from lincassable.accounts.tokens import LENGTH, Claim, read_token, write_token
from lincassable.messaging.sealing import register_secret

# Its stroke is part of the match, not looked back at: the search then hops from stroke to stroke, ten times faster.
_TOKEN = re.compile(rf"/([A-Za-z0-9_-]{{{LENGTH}}})(?![A-Za-z0-9_-])")


def _reference(token: str) -> str | None:
    return _told(token, settings.LINK_SECRET, *settings.LINK_SECRET_FALLBACKS)


# A mail has its reader's token in its buttons, in each of its texts: proving it once will do.
@lru_cache(maxsize=32)
def _told(token: str, *_secrets: str) -> str | None:
    claim = read_token(token)
    return f"{claim.kind}.{claim.link_id}.{claim.version}" if claim else None


def _secret(reference: str) -> str:
    kind, link_id, version = reference.split(".")
    return write_token(Claim(kind, int(link_id), int(version)))


def register() -> None:
    """Tell the outbox how tokens look and what stands for them."""
    register_secret("link", _TOKEN, reference=_reference, secret=_secret)
