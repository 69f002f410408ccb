"""The SQL that the stock board and the alerts share: named steps (`WITH …`) over the whole network, for now or any past moment.

Every step is set-based and reads balances, not history, unless a past moment is asked. Values are always parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from crates.models import Declaration
from crates.queries import figures_at, is_early
from crates.queries_paloxes import months_before
from pickups.enums import ANNOUNCED_TOUR_STATES, OPEN_REQUEST_STATES, StopState
from stores.enums import STOCK_KEEPERS, Kind, Status

# Places that have something to do with stock: a prospect holds nothing yet, an archived place nothing any more.
BOARD_STATUSES = (Status.ACTIVE, Status.SETTING_UP, Status.PAUSED)


@dataclass(frozen=True)
class Scope:
    """Which part of the network is looked at, and when.

    Arguments:
        moment: the past moment asked for; None is now. zone, container: ids. kind: of `stores.enums.Kind`.
        stores: ids, or None for all. Any of them may be None.
    """

    moment: datetime | None = None
    zone: int | None = None
    kind: str | None = None
    container: int | None = None
    stores: tuple[int, ...] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of the steps."""
        end = self.moment or timezone.now()
        return {
            "moment": end,
            "zone": self.zone,
            "kind": self.kind,
            "container": self.container,
            "stores": None if self.stores is None else list(self.stores),
            "statuses": list(BOARD_STATUSES),
            "active": Status.ACTIVE,
            "not_collected": [*STOCK_KEEPERS, Kind.WASHING],
            "over_full": settings.PICKUP_FILL_PERCENT,
            "low_empties": settings.LOW_EMPTIES_PERCENT,
            "old_before": months_before(end, settings.OLD_BOTTLES_MONTHS),
            "unseen_before": months_before(end, settings.PALOX_UNSEEN_MONTHS),
            "posted": Declaration.POSTED,
            "today": timezone.localdate(end),
            "announced": list(ANNOUNCED_TOUR_STATES),
            "to_do": StopState.TO_DO,
            "open_request": list(OPEN_REQUEST_STATES),
        }

    @property
    def steps(self) -> list[str]:
        """The named steps `announced`, `place`, `figure` and `line`, in the order in which they need each other."""
        places = [f"s.{column} = %({name})s" for column, name in (("zone_id", "zone"), ("kind", "kind")) if getattr(self, name) is not None]
        if self.stores is not None:
            places.append("s.id = ANY(%(stores)s)")
        chosen = "".join(f" AND {condition}" for condition in places)
        lines = "" if self.container is None else "AND k.id = %(container)s"
        used = USED if self.stores is None else f"(SELECT * FROM {USED} {OF_STORES})"  # noqa: S608  constants of ours
        return [self._announced, f"{PLACE}{chosen})", self._figure, LINE.format(lines=lines, used=used)]

    @property
    def _figure(self) -> str:
        if self.moment is None:
            return FIGURE_NOW.format(where="" if self.stores is None else OF_STORES)
        return f"figure AS ({figures_at(early=is_early(self.moment))})"

    @property
    def _announced(self) -> str:
        return ANNOUNCED if self.moment is None else "announced AS (SELECT NULL::bigint AS store_id WHERE false)"


PLACE = """place AS (
    SELECT s.id, s.uuid, s.name, s.city, s.kind, s.zone_id, s.status, s.status = %(active)s AS is_active,
        s.status = %(active)s AND s.kind <> ALL(%(not_collected)s) AS is_collected,
        s.id IN (SELECT store_id FROM announced)
            OR coalesce(s.collected_through_id IN (SELECT store_id FROM announced), false) AS is_announced
    FROM stores_store AS s WHERE s.status = ANY(%(statuses)s)"""

FIGURE_NOW = """figure AS (
    SELECT store_id, container_type_id, coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0)::bigint AS empty,
        coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint AS "full"
    FROM crates_balance {where} GROUP BY 1, 2
)"""
# Said to both sides of the full join: the planner carries no condition into one.
OF_STORES = "WHERE store_id = ANY(%(stores)s)"
USED = "crates_storecontainer"

# Places where a truck is known to come, themselves or through the place that they bring their crates to.
ANNOUNCED = """announced AS MATERIALIZED (
    SELECT DISTINCT stop.store_id FROM pickups_tour AS tour JOIN pickups_stop AS stop ON stop.tour_id = tour.id
    WHERE tour.state = ANY(%(announced)s) AND tour.date >= %(today)s AND stop.state = %(to_do)s
)"""

# One row per place and container that it uses or holds. Full is cut at zero, once; the total never is. Without a known
# capacity, what is there stands for it. Low: into the buffer, or, without one, a small share of the room.
LINE = """line AS (
    SELECT l.*, l.is_collected AND NOT l.is_announced AND l."full" > 0 AND l."full" * 100 >= l.room * %(over_full)s AS is_over,
        l.is_collected AND NOT l.is_announced AND l.by_count AND (l."full" > 0 OR l.capacity > 0)
            AND CASE WHEN l.buffer > 0 THEN l.empty < l.buffer ELSE l.empty * 100 <= l.room * %(low_empties)s END AS is_low
    FROM (
        SELECT store_id, container_type_id, k.position, k.declared_as = 'count' AS by_count, coalesce(f.empty, 0) AS raw_empty,
            coalesce(f."full", 0) AS raw_full, greatest(f."full", 0) AS "full",
            coalesce(f.empty, 0) + coalesce(f."full", 0) - greatest(f."full", 0) AS empty, u.capacity, coalesce(u.buffer, 0) AS buffer,
            coalesce(nullif(u.capacity, 0), greatest(f.empty + f."full", f."full", 0)) AS room, place.is_active, place.is_collected,
            place.is_announced
        FROM figure AS f FULL JOIN {used} AS u USING (store_id, container_type_id)
        JOIN place ON place.id = store_id JOIN crates_containertype AS k ON k.id = container_type_id
        WHERE (u.id IS NOT NULL OR f.empty <> 0 OR f."full" <> 0) {lines}
    ) AS l
)"""
