"""When a link was last used, and from which device: kept in the cache by pages, written to the database by a task.

A page that is only looked at must write nothing; and a cache that is down must not break it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from django.core.cache import cache
from django.db import transaction
from redis.exceptions import RedisError

from lincassable.accounts.models import AccessLink

logger = logging.getLogger(__name__)
CACHE_ERRORS = (RedisError, OSError)
KEPT_SECONDS = 3 * 24 * 3600  # a worker that was off for a weekend loses nothing
BATCH = 1000
# To the minute is precise enough: somebody who opens three pages in a row costs one write to the cache.
NOTED_AGAIN_AFTER = 60  # seconds
MOST_NOTED = 10_000  # links remembered by this process
_noted: dict[int, tuple[float, str]] = {}


def _key(link_id: int) -> str:
    return f"link-use:{link_id}"


def note_use(link: AccessLink, device: str) -> None:
    """Remember in the cache that `link` was used now from `device` (its random id, or ""); at most once a minute."""
    now = datetime.now(UTC).timestamp()
    before, whose = _noted.get(link.pk, (0.0, ""))
    if whose == device and 0 <= now - before < NOTED_AGAIN_AFTER:
        return
    try:
        cache.set(_key(link.pk), (now, device), KEPT_SECONDS)
    except CACHE_ERRORS:
        logger.warning("the last use of link %s could not be noted: the cache does not answer", link.pk)
        return
    if len(_noted) >= MOST_NOTED:
        _noted.clear()
    _noted[link.pk] = (now, device)


def flush_last_use() -> int:
    """Write what the cache remembers to the links; return how many rows changed. Running it again changes nothing.

    A cache that does not answer is logged and leaves the rows as they are; the next run takes over.
    """
    changed = 0
    ids = list(AccessLink.objects.filter(revoked_at=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        keys = {_key(pk): pk for pk in ids[start : start + BATCH]}
        try:
            uses = {keys[key]: use for key, use in cache.get_many(keys).items()}
        except CACHE_ERRORS:
            logger.warning("the last use of links could not be read: the cache does not answer")
            break
        changed += _write(uses)
    return changed


@transaction.atomic
def _write(uses: dict[int, tuple[float, str]]) -> int:
    """Store {link id: (seconds since 1970, device)} where it is later than what the row has."""
    later = []
    for link in AccessLink.objects.select_for_update().filter(pk__in=uses).order_by("pk"):
        at, device = datetime.fromtimestamp(uses[link.pk][0], UTC), uses[link.pk][1]
        if link.last_used_at is None or at > link.last_used_at:
            link.last_used_at, link.last_device = at, device or link.last_device
            later.append(link)
    AccessLink.objects.bulk_update(later, ["last_used_at", "last_device"])
    return len(later)
