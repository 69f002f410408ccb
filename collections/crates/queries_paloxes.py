"""Questions about numbered paloxes: where each has been, which were not seen for long, how many are where."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent


def history_of(palox: Palox) -> QuerySet[PaloxEvent]:
    """Return where a palox has been, the newest first, with the places."""
    return palox.events.select_related("store").order_by("-at", "-pk")


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the moment `months` calendar months earlier; on the last day of the month when the day does not exist there."""
    number = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(number, 12)
    for day in (moment.day, 30, 29, 28):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def unseen(now: dt.datetime | None = None, months: int | None = None) -> QuerySet[Palox]:
    """Return the paloxes that nobody has seen for `months` (None: PALOX_UNSEEN_MONTHS), the longest first.

    One that was never seen counts from the day it was registered; lost and scrapped ones are not looked for.
    Rows have `seen_at`, the moment that counts.
    """
    since = months_before(now or timezone.now(), settings.PALOX_UNSEEN_MONTHS if months is None else months)
    rows = Palox.objects.exclude(state=PaloxState.LOST).annotate(seen_at=Coalesce("last_seen_at", "created_at"))
    return rows.filter(seen_at__lt=since).select_related("store").order_by("seen_at", "pk")


@dataclass(frozen=True)
class PlaceCount:
    """How many paloxes are at one place; `store_id` None: nowhere in particular."""

    store_id: int | None
    name: str
    total: int
    unseen: int


def per_place(now: dt.datetime | None = None) -> list[PlaceCount]:
    """Return how many paloxes are at each place, and how many of them were not seen for long; the fullest place first. One query."""
    late = Q(pk__in=unseen(now).order_by().values("pk"))
    rows = Palox.objects.exclude(state=PaloxState.LOST).order_by().values_list("store_id", "store__name")
    counted = rows.annotate(total=Count("pk"), unseen=Count("pk", filter=late)).order_by("-total", "store__name", "store_id")
    return [PlaceCount(store_id, name or "", total, number) for store_id, name, total, number in counted]
