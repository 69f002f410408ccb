"""How many unknown links one address may try in an hour, and how often a card may do what fills tables.

Genuine links always open: a prankster behind a shop's (or a phone operator's) shared address must not lock its staff
out, and 136 bits are not guessed.
"""

from __future__ import annotations

import hashlib
import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from lincassable.accounts.usage import CACHE_ERRORS

logger = logging.getLogger(__name__)
HOUR = 3600


def client_address(request: HttpRequest) -> str:
    """Return the address that the request comes from.

    The header X-Forwarded-For is believed only behind our own proxy (BEHIND_PROXY), and only its last entry: the
    proxy wrote that one, whoever asks wrote the others.
    """
    forwarded = request.headers.get("X-Forwarded-For", "")
    if settings.BEHIND_PROXY and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.META.get("REMOTE_ADDR", "")


def too_many_unknown(request: HttpRequest) -> bool:
    """Count one more unknown link from the address of `request`; return whether it is beyond LINK_RATE_LIMIT this hour."""
    return is_beyond(request, "link-unknown", settings.LINK_RATE_LIMIT)


def is_beyond(request: HttpRequest, what: str, most: int, *, by_card: bool = False) -> bool:
    """Count one more `what` (a short name) from the address of `request`; return whether it is beyond `most` this hour.

    Arguments: by_card, count by the access link of the request instead: a shop shares its address with its whole quarter, its card
        with nobody.
    The cache holds a hash of the address for an hour. A cache that does not answer refuses nobody.
    """
    whose = f"card {request.link.link.pk}" if by_card else client_address(request)  # type: ignore[attr-defined]
    digest = hashlib.blake2s(whose.encode(), key=settings.SECRET_KEY.encode()[:32]).hexdigest()
    key = f"{what}:{digest}:{int(time.time() // HOUR)}"
    try:
        cache.add(key, 0, HOUR)
        return cache.incr(key) > most
    except CACHE_ERRORS:
        logger.warning("%s is not counted: the cache does not answer", what)
    except ValueError:
        logger.info("the count of %s expired between two commands", what)
    return False
