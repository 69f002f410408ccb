"""What places reported, gave back and declared, week by week and month by month: read once for the whole network, then added up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.db.models.functions import TruncWeek

from awareness.effects.statistics import Change
from awareness.effects.windows import Windows, first_of, monday_of, month_of, week_of
from crates.models import DepositCount
from crates.queries_collected import SUM_OF_BOTTLES, taken
from nonconformities.models import NonConformity
from stores.enums import Status
from stores.merging import PLACE
from stores.models import Store

# The first line of each place in the ledger: one look at the index per place and kind of container.
JOINED = """
    SELECT coalesce(s.merged_into_id, s.id), (min(first.occurred_at) AT TIME ZONE %s)::date
    FROM stores_store s CROSS JOIN crates_containertype t
    CROSS JOIN LATERAL (
        SELECT e.occurred_at FROM crates_entry e WHERE e.store_id = s.id AND e.container_type_id = t.id ORDER BY e.occurred_at LIMIT 1
    ) first
    GROUP BY 1
"""


class Sums:
    """A number per place and step (a week or a month), which can be added up over any stretch at once."""

    def __init__(self, rows: Iterable[tuple[int, int, float]]) -> None:
        """Arguments: rows of place, step, number."""
        kept = list(rows)
        self._first = min((step for _place, step, _number in kept), default=0)
        self._length = max((step for _place, step, _number in kept), default=0) - self._first + 1
        found: dict[int, list[float]] = {}
        for place, step, number in kept:
            found.setdefault(place, [0.0] * self._length)[step - self._first] += number
        self._sums = {place: [0.0, *accumulate(numbers)] for place, numbers in found.items()}

    def over(self, place: int, steps: range) -> float:
        """Return the sum of a place over these steps."""
        sums = self._sums.get(place)
        if sums is None:
            return 0.0
        start, stop, last = steps.start - self._first, steps.stop - self._first, self._length
        start, stop = 0 if start < 0 else start, 0 if stop < 0 else stop  # faster than min and max, and asked for millions of times
        return sums[stop if stop < last else last] - sums[start if start < last else last]


@dataclass(frozen=True)
class Place:
    """What is to be known of a place. Arguments: joined, its first day in the ledger, None when it is in none."""

    pk: int
    name: str
    kind: str
    zone: int | None
    is_active: bool
    joined: date | None


@dataclass
class Series:
    """The figures of every place that tours collect from; those of a merged place belong to the one that stayed.

    Arguments: places, by id; bottles collected and reports of non-conformities that count, by week; bottles charged and refunded, by
    month; declared, 1 for each month for which there is a count.
    """

    places: dict[int, Place]
    bottles: Sums
    reports: Sums
    charged: Sums
    refunded: Sums
    declared: Sums
    by_kind: dict[str, list[Place]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the places by kind."""
        for place in self.places.values():
            self.by_kind.setdefault(place.kind, []).append(place)

    def bottles_of(self, place: int, windows: Windows, weeks: int | None = None) -> Change:
        """Return the bottles collected from a place, over weeks. Arguments: weeks, how many of those after are over (None: all)."""
        return self._by_week(self.bottles, place, windows, weeks)

    def weekly_reports_of(self, place: int, windows: Windows, weeks: int | None = None) -> Change:
        """Return the reports about a place, over weeks."""
        return self._by_week(self.reports, place, windows, weeks)

    def reports_of(self, place: int, windows: Windows, weeks: int | None = None) -> Change:
        """Return the reports about a place, over thousands of bottles collected there."""
        reports, bottles = self.weekly_reports_of(place, windows, weeks), self.bottles_of(place, windows, weeks)
        return Change(reports.before, bottles.before / 1000, reports.after, bottles.after / 1000)

    def deposits_of(self, place: int, windows: Windows) -> Change:
        """Return the bottles refunded at a place, over those charged, in the months that were declared."""
        before, after = windows.months_before, windows.months_after
        refunded, charged = self.refunded, self.charged
        return Change(refunded.over(place, before), charged.over(place, before), refunded.over(place, after), charged.over(place, after))

    def months_told(self, place: int, windows: Windows) -> tuple[int, int]:
        """Return how many months before and after a place declared its deposits for."""
        return int(self.declared.over(place, windows.months_before)), int(self.declared.over(place, windows.months_after))

    def _by_week(self, sums: Sums, place: int, windows: Windows, weeks: int | None) -> Change:
        after = windows.after if weeks is None else windows.after[:weeks]
        return Change(sums.over(place, windows.before), windows.weeks, sums.over(place, after), len(after))


def load(first_week: int, last_week: int, first_month: int, last_month: int) -> Series:
    """Return the figures of the whole network from one week or month to another, both included; five queries."""
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    ends = [datetime.combine(day, datetime.min.time(), zone) for day in (monday_of(first_week), monday_of(last_week + 1))]
    between = {"occurred_at__gte": ends[0], "occurred_at__lt": ends[1]}
    week = TruncWeek("occurred_at", tzinfo=zone)
    collected: Any = taken(*ends).order_by().values_list(PLACE, week).annotate(number=SUM_OF_BOTTLES)
    seen: Any = NonConformity.objects.standing().exclude(store=None).filter(**between)
    seen = seen.order_by().values_list(PLACE, week).annotate(number=Count("pk"))
    told: Any = DepositCount.objects.filter(is_current=True, month__gte=first_of(first_month), month__lte=first_of(last_month))
    told = list(told.order_by().values_list(PLACE, "month").annotate(Sum("charged"), Sum("refunded")))
    return Series(
        _places(),
        Sums((place, week_of(moment.date()), number or 0) for place, moment, number in collected),
        Sums((place, week_of(moment.date()), number) for place, moment, number in seen),
        Sums((place, month_of(month), charged) for place, month, charged, _refunded in told),
        Sums((place, month_of(month), refunded) for place, month, _charged, refunded in told),
        Sums((place, month_of(month), 1) for place, month, _charged, _refunded in told),
    )


def _places() -> dict[int, Place]:
    with connection.cursor() as cursor:
        cursor.execute(JOINED, [settings.NETWORK_TIME_ZONE])
        joined = dict(cursor.fetchall())
    stores = Store.objects.collected().filter(merged_into=None).select_related(None).order_by("pk")
    return {
        store.pk: Place(store.pk, str(store), store.kind, store.zone_id, store.status == Status.ACTIVE, joined.get(store.pk))
        for store in stores.only("name", "city", "kind", "zone_id", "status")
    }
