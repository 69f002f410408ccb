"""The discrepancy inbox: what was declared, counted and expected, side by side, with what may explain it. Nothing here writes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from crates.models import ContainerType
from crates.queries import catalogue
from crates.queries_differences import Difference, Seen, open_differences, seen_before
from lincassable.reporting.explanations import Explanation, Odd, Visit, explain
from pickups.enums import StopState, TourState
from pickups.models import StopLine
from stores.models import Store

PAGE = 50
LOOK_BACK_DAYS = 45  # stops before a difference that may explain it
_DRIVEN = (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE, TourState.CLOSED)


@dataclass(frozen=True)
class Line:
    """One line of the inbox, ready to show. `declared` and `counted` are the last totals up to its moment."""

    found: Difference
    store: Store
    container_type: ContainerType
    declared: Seen | None
    counted: Seen | None
    explanations: list[Explanation] = field(default_factory=list)

    @property
    def cost_eur(self) -> Decimal:
        """What the missing containers are worth; 0 when none is missing."""
        return max(0, -self.found.difference) * self.container_type.value_eur

    @property
    def is_cost_unknown(self) -> bool:
        """Whether some are missing and nobody has said what losing one costs."""
        return self.found.difference < 0 and not self.container_type.value_eur

    @property
    def difference(self) -> int:
        """How many more (or fewer) than expected."""
        return self.found.difference


@dataclass(frozen=True)
class Inbox:
    """One page of open differences, and how many there are in all."""

    lines: list[Line]
    total: int
    number: int = 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, math.ceil(self.total / PAGE))


def inbox(*, number: int = 1, store_ids: Collection[int] | None = None) -> Inbox:
    """Return one page of the inbox, newest first, in six queries whatever the size of the network."""
    found, total = open_differences(limit=PAGE, offset=(max(1, number) - 1) * PAGE, store_ids=store_ids)
    return Inbox(lines_of(found), total, max(1, number))


def newest(limit: int) -> Inbox:
    """Return the newest differences without explanations, and how many there are; three queries."""
    found, total = open_differences(limit=limit)
    stores, kinds = Store.objects.in_bulk({each.store_id for each in found}), catalogue()
    return Inbox([Line(each, stores[each.store_id], kinds[each.container_type_id], None, None) for each in found], total)


def lines_of(found: Sequence[Difference]) -> list[Line]:
    """Return differences as lines with their likely explanations; five queries."""
    if not found:
        return []
    stores = Store.objects.in_bulk({each.store_id for each in found})
    kinds, before = catalogue(), seen_before(found)
    visits, neighbours = _visits(found, stores)
    lines = []
    for each in found:
        declared, counted = before.get(each.count_id, (None, None))
        since = each.at - dt.timedelta(days=LOOK_BACK_DAYS)
        if counted and counted.at < each.at:
            since = max(since, counted.at)
        lines.append(
            Line(
                each,
                stores[each.store_id],
                kinds[each.container_type_id],
                declared,
                counted,
                _explained(each, visits, neighbours, stores, since),
            )
        )
    return lines


def _explained(
    each: Difference, visits: list[Visit], neighbours: list[Visit], stores: dict[int, Store], since: dt.datetime
) -> list[Explanation]:
    """Return what may explain one difference, from the stops since `since`."""
    first, last = timezone.localdate(since), timezone.localdate(each.at)
    odd = Odd(each.store_id, each.container_type_id, each.total, each.expected, each.is_first)
    kind = each.container_type_id

    def near(rows: Iterable[Visit]) -> list[Visit]:
        return [visit for visit in rows if visit.container_type_id == kind and first <= visit.day <= last]

    here = near(visit for visit in visits if visit.store_id == each.store_id)
    place = stores[each.store_id]
    position = (place.latitude, place.longitude)
    there = [replace(visit, km=_km(visit.where, position)) for visit in near(neighbours) if visit.store_id != each.store_id]
    return explain(odd, here, there)


def _visits(found: Sequence[Difference], stores: dict[int, Store]) -> tuple[list[Visit], list[Visit]]:
    """Return the stops at the places of the differences, and those of the same zones whose quantities fit one; two queries."""
    earliest = timezone.localdate(min(each.at for each in found)) - dt.timedelta(days=LOOK_BACK_DAYS)
    latest = timezone.localdate(max(each.at for each in found))
    lines = StopLine.objects.filter(stop__tour__date__range=(earliest, latest), stop__tour__state__in=_DRIVEN)
    kinds = {each.container_type_id for each in found}
    here = _read(lines.filter(stop__store_id__in=stores, container_type_id__in=kinds))
    zones = {store.zone_id for store in stores.values() if store.zone_id}
    made = lines.filter(stop__store__zone_id__in=zones, stop__state__in=[StopState.DONE, StopState.PARTIAL], container_type_id__in=kinds)
    fitting = made.annotate(change=F("left_empty") - F("loaded_full")).filter(change__in={each.difference for each in found})
    neighbours = _read(fitting)
    return here, neighbours


def _read(lines: QuerySet[StopLine]) -> list[Visit]:
    """Return stop lines as visits, newest first."""
    rows = lines.order_by("-stop__tour__date", "-pk").values_list(
        "stop_id",
        "stop__uuid",
        "stop__tour_id",
        "stop__store_id",
        "stop__store__name",
        "container_type_id",
        "stop__tour__date",
        "stop__state",
        "planned_full",
        "planned_empty",
        "loaded_full",
        "left_empty",
        "stop__store__latitude",
        "stop__store__longitude",
    )
    return [Visit(*row[:12], where=(row[12], row[13])) for row in rows]


def _km(first: tuple[Any, Any], second: tuple[Any, Any]) -> float | None:
    """Return the distance between two points in kilometres (flat earth, good enough for neighbours); None without both."""
    if None in first or None in second:
        return None
    latitude = math.radians(float(first[0] + second[0]) / 2)
    north, east = float(first[0] - second[0]) * 111.2, float(first[1] - second[1]) * 111.2 * math.cos(latitude)
    return math.hypot(north, east)


def horizon() -> dt.date:
    """Return the first day whose counts are still asked about."""
    return timezone.localdate() - dt.timedelta(days=settings.DISCREPANCY_DAYS)
