"""What moved at one place: every line of the ledger in a period, each with what the place held after it.

Running totals are worked out by the database over all lines of the period, then filtered and cut into pages: a line says
the same whatever the filter and the page. What the place held before comes from `crates.queries.stock_at`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crates.enums import Cause
from crates.models import ContainerType, StoreContainer
from crates.queries import catalogue, stock_at
from lincassable.reporting.stock_chart import Chart, charts_of
from stores.models import Store
from stores.timeline import places_of

PAGE = 100  # lines on a page


@dataclass(frozen=True)
class Held:
    """What a place holds of one kind of container at a moment; the ledger's own figures, which may be negative."""

    container: ContainerType
    empty: int = 0
    full: int = 0

    @property
    def total(self) -> int:
        """All that is there."""
        return self.empty + self.full

    @property
    def is_negative(self) -> bool:
        """Whether that cannot be: something was not recorded."""
        return self.empty < 0 or self.full < 0


@dataclass(frozen=True)
class Line:
    """One kind of container in one movement.

    Arguments:
        empty, full: more or less of them here. after: what the place held then. others: the other places of the movement.
        taken_back: by which movement; takes_back: which one it takes back.
    """

    movement_id: int
    occurred_at: datetime
    cause: str
    empty: int
    full: int
    after: Held
    others: str
    reason: str
    taken_back: int | None
    takes_back: int | None
    offsets: int | None

    @property
    def cause_name(self) -> str:
        """The cause, in words."""
        return str(Cause(self.cause).label)

    @property
    def standing(self) -> str:
        """What the movement has to do with others; empty when it simply stands."""
        if self.taken_back:
            return _("taken back by #%(number)s") % {"number": self.taken_back}
        if self.takes_back:
            return _("takes back #%(number)s") % {"number": self.takes_back}
        return _("a later count held against #%(number)s") % {"number": self.offsets} if self.offsets else ""


@dataclass(frozen=True)
class Period:
    """What is asked: a place, from one moment to another (both included), one cause (empty: all), one container (None: all)."""

    store: Store
    since: datetime
    until: datetime
    cause: str = ""
    container: ContainerType | None = None

    @cached_property
    def containers(self) -> dict[int, ContainerType]:
        """The catalogue, by id."""
        return catalogue()

    @cached_property
    def opening(self) -> dict[int, Held]:
        """What was there just before, by container id."""
        return self._held_at(self.since - timedelta(microseconds=1))

    @cached_property
    def closing(self) -> dict[int, Held]:
        """What was there at the end."""
        return self._held_at(self.until)

    @cached_property
    def capacities(self) -> dict[int, int | None]:
        """How many fit, by container id, for the containers that the place uses."""
        rows = StoreContainer.objects.filter(store=self.store).order_by("pk")
        return dict(rows.values_list("container_type_id", "capacity"))

    @property
    def balances(self) -> list[tuple[Held, Held]]:
        """The opening and the closing balance of each container that the place uses or held, in the order of screens."""
        known = self.capacities.keys() | self.opening.keys() | self.closing.keys()
        return [
            (self.opening.get(pk, Held(kind)), self.closing.get(pk, Held(kind)))
            for pk, kind in self.containers.items()
            if pk in known and (self.container is None or self.container.pk == pk)
        ]

    @cached_property
    def places(self) -> list[int]:
        """The place, and those that became part of it: their ledger is one, and what went over from one to the other is no move."""
        return places_of(self.store)

    def _held_at(self, moment: datetime) -> dict[int, Held]:
        held: dict[int, Held] = {}
        for place in Store.objects.filter(pk__in=self.places).order_by("pk") if len(self.places) > 1 else [self.store]:
            for line in stock_at(moment, place).get(place.pk, []):
                known = held.get(line.container_type.pk, Held(line.container_type))
                empty, full = known.empty + line.total - line.raw_full, known.full + line.raw_full
                held[line.container_type.pk] = Held(line.container_type, empty, full)
        return held


@dataclass(frozen=True)
class MovementsPage:
    """A page of a place's lines, the newest first. total: lines in all pages."""

    period: Period
    lines: Sequence[Line]
    total: int
    page: int
    pages: int
    charts: Sequence[Chart]


# The window runs over the whole period; the filter comes after it. Others are looked up for the lines that are shown.
LINES = """
    WITH line AS (
        SELECT movement_id, container_type_id, occurred_at, coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0)::bigint AS empty,
            coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint AS "full"
        FROM crates_entry WHERE store_id = ANY(%(stores)s) AND occurred_at >= %(since)s AND occurred_at <= %(until)s {container}
        GROUP BY 1, 2, 3
        HAVING cardinality(%(stores)s) = 1 OR sum(quantity) FILTER (WHERE content = 'empty') <> 0
            OR sum(quantity) FILTER (WHERE content = 'full') <> 0
    ), running AS (
        SELECT line.*, sum(empty) OVER so_far AS held_empty, sum("full") OVER so_far AS held_full
        FROM line WINDOW so_far AS (PARTITION BY container_type_id ORDER BY occurred_at, movement_id)
    ), shown AS (
        SELECT r.*, m.cause, m.reason, m.reverses_id, m.offsets_id, k.position, count(*) OVER () AS total
        FROM running AS r JOIN crates_movement AS m ON m.id = r.movement_id JOIN crates_containertype AS k ON k.id = r.container_type_id
        WHERE (%(cause)s = '' OR m.cause = %(cause)s)
        ORDER BY r.occurred_at DESC, r.movement_id DESC, k.position, k.id LIMIT %(limit)s OFFSET %(offset)s
    )
    SELECT shown.movement_id, shown.container_type_id, shown.occurred_at, shown.cause, empty, "full", held_empty::bigint, held_full::bigint,
        coalesce(other.names, ''), shown.reason, back.id, shown.reverses_id, shown.offsets_id, shown.total
    FROM shown LEFT JOIN crates_movement AS back ON back.reverses_id = shown.movement_id
    LEFT JOIN LATERAL (
        SELECT string_agg(DISTINCT s.name, ' · ') AS names FROM crates_entry AS e JOIN stores_store AS s ON s.id = e.store_id
        WHERE e.movement_id = shown.movement_id AND e.store_id <> ALL(%(stores)s)
    ) AS other ON true
    ORDER BY shown.occurred_at DESC, shown.movement_id DESC, shown.position, shown.container_type_id
"""


def movements_page(period: Period, page: int = 1, size: int = PAGE) -> MovementsPage:
    """Return a page of the lines of a period, from 1; a page behind the last one is the last one."""
    lines, total = _lines(period, size, (page - 1) * size)
    pages = max(1, -(-total // size))
    if not lines and page > 1:
        pages = max(1, -(-count_of(period) // size))
        return movements_page(period, pages, size)
    return MovementsPage(period, lines, total, page, pages, charts_of(period))


def count_of(period: Period) -> int:
    """Return how many lines a period has in all pages."""
    return _lines(period, 1, 0)[1]


def _lines(period: Period, limit: int | None, offset: int) -> tuple[list[Line], int]:
    sql = LINES.format(container="" if period.container is None else "AND container_type_id = %(container)s")
    values: dict[str, Any] = {
        "stores": period.places,
        "since": period.since,
        "until": period.until,
        "cause": period.cause,
        "container": period.container and period.container.pk,
        "limit": limit,
        "offset": offset,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    return [_line(period, row) for row in rows], rows[0][-1] if rows else 0


def _line(period: Period, row: Sequence[Any]) -> Line:
    movement, kind, moment, cause, empty, full, held_empty, held_full, others, reason, back, reverses, offsets, _total = row
    before = period.opening.get(kind) or Held(period.containers[kind])
    after = Held(before.container, before.empty + held_empty, before.full + held_full)
    return Line(movement, moment, cause, empty, full, after, others, reason, back, reverses, offsets)


def table(period: Period) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and the rows of all lines as a file, the oldest first, between the two balances."""
    headers = [_("date"), _("movement"), _("cause"), _("other place"), _("container"), _("full (more or less)"), _("empty (more or less)")]
    headers += [_("full after"), _("empty after"), _("in all after"), _("remark")]
    return headers, _table_rows(period)


def _table_rows(period: Period) -> Iterator[list[Any]]:
    for opening, _closing in period.balances:
        yield [period.since, None, _("opening balance"), None, opening.container.name, None, None, *_figures(opening), None]
    for line in reversed(_lines(period, None, 0)[0]):
        remark = " · ".join(filter(None, [line.standing, line.reason, _("below zero") if line.after.is_negative else ""]))
        where = [line.occurred_at, line.movement_id, line.cause_name, line.others]
        yield [*where, line.after.container.name, line.full, line.empty, *_figures(line.after), remark]
    for _opening, closing in period.balances:
        yield [period.until, None, _("closing balance"), None, closing.container.name, None, None, *_figures(closing), None]


def _figures(held: Held) -> list[int]:
    return [held.full, held.empty, held.total]
