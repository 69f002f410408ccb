"""The stock of a place over time, drawn by the server: one chart per kind of container, and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from crates.models import ContainerType

if TYPE_CHECKING:
    from lincassable.reporting.movements_page import Period

WIDTH, HEIGHT = 600, 160  # of the drawing's own units
MOST_POINTS = 110  # more would not be seen, nor read in the table
STEPS = (1, 7, 30, 91, 365)  # days between two points


@dataclass(frozen=True)
class Point:
    """What was there at the end of a day; `percent` is the fill, full ones in % of the capacity, None without one."""

    day: date
    total: int
    full: int
    percent: int | None


@dataclass(frozen=True)
class Chart:
    """The stock of one kind of container: steps of the total and of the full ones, and the line of the capacity if known."""

    container: ContainerType
    points: Sequence[Point]
    capacity: int | None

    @property
    def top(self) -> int:
        """The highest figure of the scale."""
        return max([1, self.capacity or 0, *(max(point.total, point.full) for point in self.points)])

    @property
    def bottom(self) -> int:
        """The lowest figure of the scale: zero, or below when the ledger is."""
        return min([0, *(min(point.total, point.full) for point in self.points)])

    @property
    def zero(self) -> float:
        """Where zero is drawn."""
        return self._y(0)

    @property
    def capacity_y(self) -> float | None:
        """Where the line of the capacity is drawn."""
        return self._y(self.capacity) if self.capacity else None

    @property
    def total_line(self) -> str:
        """The steps of the total, as an SVG path."""
        return self._steps([point.total for point in self.points])

    @property
    def full_area(self) -> str:
        """The full ones, as a closed SVG path down to zero."""
        return f"{self._steps([point.full for point in self.points])} V{self.zero} H0 Z"

    @property
    def is_negative(self) -> bool:
        """Whether it was below zero at the end of some day shown."""
        return self.bottom < 0

    def _steps(self, figures: Sequence[int]) -> str:
        """Each figure holds until the next point; the last one reaches the right edge."""
        path = f"M0 {self._y(figures[0])}"
        for number, figure in enumerate(figures[1:], start=1):
            path += f" H{round(WIDTH * number / len(figures), 1)} V{self._y(figure)}"
        return f"{path} H{WIDTH}"

    def _y(self, figure: int) -> float:
        return round(HEIGHT * (self.top - figure) / (self.top - self.bottom), 1)


# Net changes by local day, of one place: one index range.
DAYS = """
    SELECT container_type_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day,
        coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0)::bigint,
        coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint
    FROM crates_entry WHERE store_id = ANY(%(stores)s) AND occurred_at >= %(since)s AND occurred_at <= %(until)s GROUP BY 1, 2 ORDER BY 2
"""


def charts_of(period: Period) -> list[Chart]:
    """Return the charts of a period, of the containers that the place uses or held then. One query besides the balances."""
    values = {"zone": settings.NETWORK_TIME_ZONE, "stores": period.places, "since": period.since, "until": period.until}
    changes: dict[int, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(DAYS, values)
        for kind, *change in cursor.fetchall():
            changes.setdefault(kind, []).append(tuple(change))
    days = days_of(timezone.localdate(period.since), timezone.localdate(period.until))
    charts = []
    for opening, closing in period.balances:
        pk = opening.container.pk
        if pk in changes or opening.total or opening.full or closing.total or closing.full:
            capacity = period.capacities.get(pk)
            points = _points(days, opening.empty, opening.full, changes.get(pk, []), capacity)
            charts.append(Chart(opening.container, points, capacity))
    return charts


def days_of(first: date, last: date) -> list[date]:
    """Return the days to draw: every day, or every 7th, 30th … counted back from the last one, at most `MOST_POINTS`."""
    length = (last - first).days + 1
    step = next((step for step in STEPS if length <= step * MOST_POINTS), -(-length // MOST_POINTS))
    return [last - timedelta(days=back) for back in range(0, length, step)][::-1]


def _points(days: Sequence[date], empty: int, full: int, changes: Sequence[tuple[Any, ...]], capacity: int | None) -> list[Point]:
    """Add the changes up, and read the sums off at the end of each day."""
    points, rest = [], iter([*changes, (date.max, 0, 0)])
    day, more_empty, more_full = next(rest)
    for shown in days:
        while day <= shown:
            empty, full = empty + more_empty, full + more_full
            day, more_empty, more_full = next(rest)
        percent = round(100 * max(full, 0) / capacity) if capacity else None
        points.append(Point(shown, empty + full, full, percent))
    return points
