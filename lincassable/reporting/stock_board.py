"""The network's stock at a glance: one row per place, the most urgent first. One query, whatever the size of the network.

For now it reads balances, so that its time does not grow with history; for a past moment, what happened since is taken off.
Urgency is the sum of what presses (`enums.URGENCY_…`): nearly full without a truck announced, an open request, few empty
ones, a late declaration, anything else to look at. Equal places are ordered by how full they are, then by who said nothing
for longest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.models import ContainerType
from lincassable.reporting import enums
from lincassable.reporting.alert_queries import union_of
from lincassable.reporting.alerts import Alert
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.stock_sql import Scope
from stores.enums import Kind
from stores.models import Zone

PAGE = 50  # places on a page


@dataclass(frozen=True)
class StockBar:
    """One kind of container at one place, as numbers of containers.

    Arguments:
        full, empty: as shown (full never negative). raw_full: the ledger's own figure. capacity: None when not known.
        room: the capacity, or what is there. buffer: how many stay there.
    """

    container: ContainerType
    full: int
    empty: int
    raw_full: int
    capacity: int | None
    room: int
    buffer: int

    @property
    def total(self) -> int:
        """All that is there; never cut."""
        return self.raw_full + self.raw_empty

    @property
    def raw_empty(self) -> int:
        """The ledger's own figure of empty ones."""
        return self.empty + self.full - self.raw_full

    @property
    def percent(self) -> int:
        """Full ones in % of the room; may exceed 100."""
        return round(100 * self.full / self.room) if self.room else 0

    @property
    def is_negative(self) -> bool:
        """Whether the ledger holds fewer than none."""
        return self.raw_full < 0 or self.raw_empty < 0

    @property
    def span(self) -> int:
        """How many containers the whole width of the drawing stands for; at least 1."""
        return max(self.capacity or 0, self.full + max(self.empty, 0), self.buffer, 1)

    @property
    def drawn(self) -> int:
        """How many are drawn in all: full and empty ones."""
        return self.full + max(self.empty, 0)

    @property
    def sentence(self) -> str:
        """The bar in words: the text alternative of the drawing."""
        parts = [
            ngettext("%(count)s full", "%(count)s full", self.full) % {"count": self.full},
            ngettext("%(count)s empty", "%(count)s empty", self.empty) % {"count": self.empty},
        ]
        if self.buffer:
            parts.append(_("%(count)s of them stay as buffer") % {"count": self.buffer})
        if self.capacity:
            parts.append(_("room for %(count)s") % {"count": self.capacity})
        return ", ".join(parts)


@dataclass(frozen=True)
class BoardRow:
    """One place of the board.

    Arguments:
        urgency: its points; 0 when nothing presses. declared_at, requested_at: the last declaration, the open request, if any.
        is_announced: a truck is known to come. is_late: its declaration is asked for again.
    """

    store_id: int
    uuid: str
    name: str
    city: str
    kind: str
    zone: str
    urgency: int
    declared_at: datetime | None
    requested_at: datetime | None
    is_announced: bool
    is_late: bool
    bars: Sequence[StockBar] = ()
    alerts: Sequence[Alert] = ()

    @property
    def kind_name(self) -> str:
        """The kind of place, in words."""
        return str(Kind(self.kind).label)


@dataclass(frozen=True)
class Asked:
    """What the board is asked: which part of the network, when, which alert, which page (from 1; None: everything)."""

    scope: Scope = field(default_factory=Scope)
    alert: AlertKind | None = None
    page: int | None = 1
    size: int = PAGE


@dataclass(frozen=True)
class Board:
    """A page of the board, and what its filters offer.

    Arguments: total, places in all pages; nowhere, the alerts that are about no place, on the first page of the whole network.
    """

    rows: Sequence[BoardRow]
    total: int
    page: int
    pages: int
    zones: Sequence[Zone]
    containers: Sequence[ContainerType]
    nowhere: Sequence[Alert] = ()


# Old bottles are looked up for the places of the page alone, unless they are what is asked for: that reads months of entries.
RANKED = """
    other AS ({others}),
    chosen AS ({chosen}),
    fullest AS (
        SELECT store_id, max("full" * 100 / nullif(room, 0)) AS share, bool_or(is_over) AS is_over,
            bool_or(is_low AND NOT is_over) AS is_low
        FROM line GROUP BY store_id
    ),
    pressing AS (
        SELECT place.*, z.name AS zone, coalesce(f.share, 0) AS share, d.declared_at, r.requested_at,
            coalesce(f.is_over, false) AS is_over, coalesce(f.is_low, false) AS is_low,
            place.is_collected AND f.store_id IS NOT NULL AND coalesce(d.declared_at, '-infinity') < %(late_before)s AS is_late,
            EXISTS (SELECT FROM other WHERE other.store_id = place.id) AS has_other
        FROM place LEFT JOIN fullest AS f ON f.store_id = place.id LEFT JOIN stores_zone AS z ON z.id = place.zone_id
        LEFT JOIN request AS r ON r.store_id = place.id
        LEFT JOIN LATERAL (
            SELECT declared_at FROM crates_declaration AS d
            WHERE d.store_id = place.id AND d.state = %(posted)s AND d.declared_at <= %(moment)s ORDER BY d.declared_at DESC LIMIT 1
        ) AS d ON true
        WHERE {shown}
    ),
    ranked AS (
        SELECT *, is_over::int * %(p_over)s + (requested_at IS NOT NULL AND NOT is_announced)::int * %(p_request)s + is_low::int * %(p_low)s
            + is_late::int * %(p_late)s + has_other::int * %(p_other)s AS urgency
        FROM pressing
    )
"""
ORDER = "urgency DESC, share DESC, declared_at NULLS FIRST, name, id"
PAGED = """,
    page AS (SELECT *, row_number() OVER (ORDER BY {order}) AS rank FROM ranked ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s),
    page_line AS (SELECT line.* FROM line JOIN page ON page.id = line.store_id)
    SELECT (SELECT coalesce(json_agg(z ORDER BY z.name), '[]') FROM stores_zone AS z),
        (SELECT coalesce(json_agg(k ORDER BY k.position, k.code), '[]') FROM crates_containertype AS k),
        (SELECT count(*) FROM ranked),
        (SELECT coalesce(json_agg(json_build_array(page.id, page.uuid, page.name, page.city, page.kind, page.zone, page.urgency,
                page.declared_at, page.requested_at, page.is_announced, page.is_late) ORDER BY page.rank), '[]') FROM page),
        (SELECT coalesce(json_agg(json_build_array(l.store_id, l.container_type_id, l."full", l.empty, l.raw_full, l.capacity, l.room,
                l.buffer) ORDER BY l.position), '[]') FROM page_line AS l),
        (SELECT coalesce(json_agg(json_build_array(a.kind, a.store_id, a.container_type_id, a.figure, a.other, a.since)), '[]')
            FROM ({told}) AS a),
        (SELECT coalesce(json_agg(json_build_array(a.figure, a.since)), '[]') FROM ({nowhere}) AS a WHERE a.store_id IS NULL)
"""
REQUEST_NOW = "request AS (SELECT store_id, requested_at FROM pickups_pickuprequest WHERE state = ANY(%(open_request)s))"
REQUEST_AT = """request AS (
    SELECT store_id, max(requested_at) AS requested_at FROM pickups_pickuprequest
    WHERE requested_at <= %(moment)s AND (closed_at IS NULL OR closed_at > %(moment)s) GROUP BY store_id
)"""


def board(asked: Asked) -> Board:
    """Return a page of the board, in one query. A page behind the last one is the last one (then two)."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(asked), _values(asked))
        zones, kinds, total, places, lines, alerts, nowhere = cursor.fetchone()
    pages = 1 if asked.page is None else max(1, -(-total // asked.size))
    if asked.page is not None and asked.page > pages:
        return board(replace(asked, page=pages))
    containers = [ContainerType(**kind) for kind in kinds]
    return Board(
        rows=_rows(places, lines, alerts, {container.pk: container for container in containers}),
        total=total,
        page=asked.page or 1,
        pages=pages,
        zones=[Zone(**zone) for zone in zones],
        containers=containers,
        nowhere=[Alert(AlertKind.PALOX_UNSEEN, None, "", None, figure, since=_moment(since)) for figure, since in nowhere],
    )


def ranked() -> list[int]:
    """Return the ids of all places of the board, the most urgent first; one query."""
    asked = Asked(page=None)
    with connection.cursor() as cursor:
        cursor.execute(f"{_ranking(asked)} SELECT id FROM ranked ORDER BY {ORDER}", _values(asked))  # noqa: S608  constants of ours
        return [pk for (pk,) in cursor.fetchall()]


def _sql(asked: Asked) -> str:
    scope = asked.scope
    is_whole = scope == Scope() and asked.alert in (None, AlertKind.PALOX_UNSEEN) and asked.page in (1, None)
    return _ranking(asked) + PAGED.format(
        order=ORDER,
        nowhere=union_of([AlertKind.PALOX_UNSEEN] if is_whole else [], scope),
        told=f"SELECT * FROM ({union_of(AlertKind, scope, 'page_line')}) AS found WHERE store_id IN (SELECT id FROM page)",  # noqa: S608  constants of ours
    )


def _ranking(asked: Asked) -> str:
    """Return the steps up to `ranked`, all places that are shown with their urgency."""
    scope = asked.scope
    conditions = []
    if asked.alert is not None:
        conditions.append("place.id IN (SELECT store_id FROM chosen)")
    if scope.container is not None:
        conditions.append("f.store_id IS NOT NULL")
    steps = RANKED.format(
        others=union_of(enums.OTHER_ALERTS, scope),
        chosen=union_of([asked.alert] if asked.alert else [], scope),
        shown=" AND ".join(conditions) or "true",
    )
    return f"WITH {', '.join([*scope.steps, REQUEST_NOW if scope.moment is None else REQUEST_AT])}, {steps}"


def _values(asked: Asked) -> dict[str, Any]:
    values = asked.scope.values
    late = (asked.scope.moment or timezone.now()) - timedelta(days=settings.DECLARATION_LATE_DAYS)
    limit, offset = (None, 0) if asked.page is None else (asked.size, (asked.page - 1) * asked.size)
    points = {
        "p_over": enums.URGENCY_OVER_FULL,
        "p_request": enums.URGENCY_REQUEST,
        "p_low": enums.URGENCY_LOW_EMPTIES,
        "p_late": enums.URGENCY_LATE,
        "p_other": enums.URGENCY_OTHER,
    }
    return {**values, **points, "late_before": late, "limit": limit, "offset": offset}


def _rows(places: list, lines: list, alerts: list, containers: dict[int, ContainerType]) -> list[BoardRow]:
    """Put each place together with its bars and its alerts, in the order of the places."""
    bars: dict[int, list[StockBar]] = {place[0]: [] for place in places}
    told: dict[int, list[Alert]] = {place[0]: [] for place in places}
    for store, kind, full, empty, raw_full, capacity, room, buffer in lines:
        bars[store].append(StockBar(containers[kind], full, empty, raw_full, capacity, room, buffer))
    order = {str(kind): rank for rank, kind in enumerate(AlertKind)}
    for kind, store, container, figure, other, since in sorted(alerts, key=lambda row: (order[row[0]], row[2] or 0)):
        told[store].append(Alert(AlertKind(kind), store, "", containers.get(container), figure, other, _moment(since)))
    return [_row(place, bars[place[0]], told[place[0]]) for place in places]


def _row(place: Sequence[Any], bars: list[StockBar], alerts: list[Alert]) -> BoardRow:
    pk, uuid, name, city, kind, zone, urgency, declared_at, requested_at, is_announced, is_late = place
    news = (_moment(declared_at), _moment(requested_at), is_announced, is_late)
    return BoardRow(pk, uuid, name, city, kind, zone or "", urgency, *news, bars, alerts)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
