"""How much goes wrong, per 1,000 bottles collected: by kind, place, producer, zone and month; what comes again and again.

Reports that were set aside or repeat another one do not count. Bottles are those of the full containers that tours took from places.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format

from crates.models import BottleMovement
from crates.queries_collected import SUM_OF_BOTTLES, taken
from nonconformities.models import NonConformity, NonConformityKind
from references.models import Producer
from stores.merging import PLACE
from stores.models import Store, Zone


@dataclass(frozen=True)
class Line:
    """One line of a table. Arguments: label; reports, how many; pieces, bottles or containers; bottles collected, None when not known;
    filters, of the admin's list that shows the reports."""

    label: str
    reports: int
    pieces: int
    bottles: int | None
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """Reports per 1,000 bottles, None without bottles."""
        return self.reports * 1000 / self.bottles if self.bottles else None


@dataclass(frozen=True)
class Recurrent:
    """A kind that came several times at one place. Arguments: reports, how many; last, when it was last seen."""

    store: Store
    kind: NonConformityKind
    reports: int
    last: datetime


def rows_between(since: datetime, until: datetime) -> Any:
    """Return the non-conformities that count, seen from `since` on and before `until`."""
    return NonConformity.objects.standing().filter(occurred_at__gte=since, occurred_at__lt=until)


_COUNTED: dict[str, Any] = {"reports": Count("pk"), "pieces": Sum("quantity")}


def bottles_collected(since: datetime, until: datetime) -> int:
    """Return how many bottles tours took in that time."""
    return taken(since, until).aggregate(bottles=SUM_OF_BOTTLES)["bottles"] or 0


def by_kind(since: datetime, until: datetime) -> list[Line]:
    """Return a line per kind, the most frequent first. Three queries."""
    bottles, kinds = bottles_collected(since, until), NonConformityKind.objects.in_bulk()
    found: Any = rows_between(since, until).order_by().values("kind").annotate(**_COUNTED).order_by("-reports", "kind")
    return [Line(str(kinds[row["kind"]]), row["reports"], row["pieces"], bottles, {"kind__id__exact": row["kind"]}) for row in found]


def by_store(since: datetime, until: datetime, most: int = 50) -> list[Line]:
    """Return a line per place, the most frequent first; what happened at a merged place counts for the one that stayed."""
    found: Any = (
        rows_between(since, until).exclude(store=None).order_by().values(place=PLACE).annotate(**_COUNTED).order_by("-reports", "place")
    )
    rows: list[Any] = list(found.order_by("-reports", "place")[:most])
    stores = Store.objects.in_bulk([row["place"] for row in rows])
    collected: Any = taken(since, until).order_by().values(place=PLACE).annotate(bottles=SUM_OF_BOTTLES)
    bottles = {row["place"]: row["bottles"] for row in collected}
    return [
        Line(str(stores[row["place"]]), row["reports"], row["pieces"], bottles.get(row["place"], 0), {"q": stores[row["place"]].name})
        for row in rows
    ]


def by_zone(since: datetime, until: datetime) -> list[Line]:
    """Return a line per zone, by name; places without a zone are left out."""
    found: Any = rows_between(since, until).exclude(store__zone=None).order_by().values("store__zone").annotate(**_COUNTED)
    collected: Any = taken(since, until).order_by().values("store__zone").annotate(bottles=SUM_OF_BOTTLES)
    bottles = {row["store__zone"]: row["bottles"] for row in collected}
    zones, counted = Zone.objects.in_bulk(), {row["store__zone"]: row for row in found}
    lines = [
        Line(str(zones[pk]), row["reports"], row["pieces"], bottles.get(pk, 0), {"store__zone__id__exact": pk})
        for pk, row in counted.items()
    ]
    return sorted(lines, key=lambda line: line.label)


def by_producer(since: datetime, until: datetime) -> list[Line]:
    """Return a line per producer, the most frequent first; bottles are those delivered to its place, None where it has none."""
    found: Any = rows_between(since, until).exclude(producer=None).order_by().values("producer").annotate(**_COUNTED)
    producers = Producer.objects.in_bulk([row["producer"] for row in found])
    moved = BottleMovement.objects.filter(kind="delivered", occurred_at__gte=since, occurred_at__lt=until, reverses=None, reversed_by=None)
    delivered: dict[Any, int] = dict(moved.order_by().values_list("to_store").annotate(Sum("quantity")))
    return [
        Line(
            str(producers[row["producer"]]),
            row["reports"],
            row["pieces"],
            delivered.get(producers[row["producer"]].store_id, 0) if producers[row["producer"]].store_id else None,
            {"producer__id__exact": row["producer"]},
        )
        for row in found.order_by("-reports", "producer")
    ]


def by_month(since: datetime, until: datetime) -> list[Line]:
    """Return a line per month in which something was seen or collected, the latest first."""
    month = TruncMonth("occurred_at")
    seen = {row["month"]: row for row in rows_between(since, until).order_by().values(month=month).annotate(**_COUNTED)}
    collected: Any = taken(since, until).order_by().values(month=month).annotate(bottles=SUM_OF_BOTTLES)
    bottles = {row["month"]: row["bottles"] for row in collected}
    nothing = {"reports": 0, "pieces": 0}
    return [
        Line(date_format(day, "F Y"), seen.get(day, nothing)["reports"], seen.get(day, nothing)["pieces"], bottles.get(day, 0))
        for day in sorted({*seen, *bottles}, reverse=True)
    ]


def recurrent(now: datetime | None = None, *, places: Collection[int] | None = None) -> list[Recurrent]:
    """Return what came NONCONFORMITY_RECURRENT times at a place within NONCONFORMITY_RECURRENT_DAYS, the most frequent first.

    Arguments: now, the moment (None: the present one); places, ids of the only places to look at (None: all). Three queries.
    A training or a visit is what helps there.
    """
    now = now or timezone.now()
    since = now - timedelta(days=settings.NONCONFORMITY_RECURRENT_DAYS)
    rows: Any = NonConformity.objects.standing().filter(Q(occurred_at__gte=since, occurred_at__lte=now), store__isnull=False).order_by()
    if places is not None:
        rows = rows.filter(Q(store__in=places) | Q(store__merged_into__in=places))
    found = rows.values("kind", place=PLACE).annotate(reports=Count("pk"), last=Max("occurred_at"))
    often = list(found.filter(reports__gte=settings.NONCONFORMITY_RECURRENT).order_by("-reports", "-last"))
    stores = Store.objects.in_bulk([row["place"] for row in often])
    kinds = NonConformityKind.objects.in_bulk()
    return [Recurrent(stores[row["place"]], kinds[row["kind"]], row["reports"], row["last"]) for row in often]


def once_too_often(found: Collection[Recurrent], now: datetime) -> dict[int, NonConformity]:
    """Return, by id, the report that made each of `found` (see `recurrent`, of the same moment) recurrent. One query."""
    since = now - timedelta(days=settings.NONCONFORMITY_RECURRENT_DAYS)
    known = {(one.store.pk, one.kind.pk) for one in found}
    rows = NonConformity.objects.standing().filter(occurred_at__gte=since, occurred_at__lte=now, kind__in={kind for _store, kind in known})
    seen: dict[tuple[Any, int], int] = {}
    made: dict[int, NonConformity] = {}
    for row in rows.annotate(place=PLACE).filter(place__in={store for store, _kind in known}).order_by("occurred_at", "pk"):
        place = (row.place, row.kind_id)  # type: ignore[attr-defined]
        seen[place] = seen.get(place, 0) + 1
        if place in known and seen[place] == settings.NONCONFORMITY_RECURRENT:
            made[row.pk] = row
    return made
