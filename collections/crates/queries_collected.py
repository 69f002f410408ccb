"""What tours collected: the one place that says which lines of the ledger are bottles collected.

Full containers that left a place by a pickup, each for the bottles of the catalogue, what was left there taken off. Corrections are lines
like the others, so a wrong visit and its reversal cancel out. Hubs, sorting and washing centres are not collected: what moves between them
was counted where it was taken.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet, Sum

from crates.enums import Cause, Content
from crates.models import Entry
from stores.models import Store

# Of a line, and of many: bottles, positive when they left their place.
BOTTLES = -F("quantity") * F("container_type__bottles")
SUM_OF_BOTTLES = Sum(BOTTLES)


def taken(since: datetime | None = None, until: datetime | None = None) -> QuerySet[Entry]:
    """Return the lines of full containers that tours took from places, from `since` on and before `until` (None: without end)."""
    lines = Entry.objects.filter(movement__cause=Cause.PICKUP, content=Content.FULL, store__in=Store.objects.collected())
    if since is not None:
        lines = lines.filter(occurred_at__gte=since)
    return lines if until is None else lines.filter(occurred_at__lt=until)
