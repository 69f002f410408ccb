"""Where what people saw is not what the ledger expected: the lines that a coordinator looks into. Nothing here writes.

A count of an inventory has made the ledger equal to itself; what is left to explain is the sum of what it wrote (its
difference and the offsets at its moment). A movement that was missing and is recorded later, before the count, takes
that sum back to zero: the line leaves by itself. The total of a declaration pins nothing: it is compared with the
ledger's total at its moment. At hubs and sorting centres full containers are compared too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from stores.enums import STOCK_KEEPERS


class Difference(NamedTuple):
    """One kind of container at one place, seen otherwise than expected (numbers of containers).

    `total` was seen and `expected` is what the ledger held; `full` and `expected_full` only where full ones are compared,
    else None. `is_first`: nothing had been counted there before.
    """

    count_id: int
    store_id: int
    container_type_id: int
    at: datetime
    inventory_id: int | None
    declaration_id: int | None
    total: int
    expected: int
    full: int | None
    expected_full: int | None
    is_first: bool

    @property
    def difference(self) -> int:
        """How many more (or fewer) were seen than expected."""
        return self.total - self.expected

    @property
    def full_difference(self) -> int:
        """The same for full ones; 0 where they are not compared."""
        return 0 if self.full is None or self.expected_full is None else self.full - self.expected_full

    @property
    def is_counted(self) -> bool:
        """Whether it comes from an inventory."""
        return self.inventory_id is not None


class Seen(NamedTuple):
    """What was seen at another moment, to show beside a difference."""

    total: int
    at: datetime


_FOUND = """
    WITH inventory_line AS (
        SELECT c.id, c.store_id, c.container_type_id, c.at, c.inventory_id, c.declaration_id, c.total, c."full"
        FROM crates_count AS c
        WHERE c.at >= %(since)s AND NOT c.withdrawn AND c.total IS NOT NULL AND c.inventory_id IS NOT NULL {one}
    ), latest AS (
        SELECT DISTINCT ON (c.store_id, c.container_type_id)
            c.id, c.store_id, c.container_type_id, c.at, c.inventory_id, c.declaration_id, c.total, c."full"
        FROM crates_count AS c LEFT JOIN crates_declaration AS d ON d.id = c.declaration_id
        WHERE c.at >= %(since)s AND NOT c.withdrawn AND c.total IS NOT NULL AND (d.id IS NULL OR d.state = 'posted') {one}
        ORDER BY c.store_id, c.container_type_id, c.at DESC, c.id DESC
    ), figure AS (
        SELECT line.*, line.total - wrote.quantity AS expected, line."full" - wrote.full_ones AS expected_full
        FROM inventory_line AS line CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.quantity), 0)::bigint AS quantity,
                coalesce(sum(e.quantity) FILTER (WHERE e.content = 'full'), 0)::bigint AS full_ones
            FROM crates_movement AS m JOIN crates_entry AS e ON e.movement_id = m.id
            WHERE m.inventory_id = line.inventory_id AND e.store_id = line.store_id AND e.container_type_id = line.container_type_id
        ) AS wrote
        UNION ALL
        SELECT line.*, held.quantity, held.full_ones
        FROM latest AS line CROSS JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0)::bigint AS quantity,
                coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint AS full_ones
            FROM (
                SELECT content, quantity FROM crates_balance AS b
                    WHERE b.store_id = line.store_id AND b.container_type_id = line.container_type_id
                UNION ALL
                SELECT content, -quantity FROM crates_entry AS e
                    WHERE e.store_id = line.store_id AND e.container_type_id = line.container_type_id AND e.occurred_at > line.at
            ) AS moved
        ) AS held
        WHERE line.declaration_id IS NOT NULL
    ), kept AS (
        SELECT figure.*, figure.store_id = ANY(ARRAY(SELECT id FROM stores_store WHERE kind = ANY(%(keepers)s))) AS keeps
        FROM figure
    ), beyond AS MATERIALIZED (  -- few lines are left here: what is asked of each below is not asked of all
        SELECT kept.*
        FROM kept JOIN crates_containertype AS kind ON kind.id = kept.container_type_id
        WHERE abs(kept.total - kept.expected) > kind.count_tolerance
            OR (kept.keeps AND abs(kept."full" - kept.expected_full) > kind.count_tolerance)
    ), known AS (
        SELECT beyond.*, EXISTS (
            SELECT 1 FROM crates_count AS c WHERE c.store_id = beyond.store_id AND c.container_type_id = beyond.container_type_id
                AND c.at < beyond.at AND c.pins_total AND NOT c.withdrawn
        ) OR EXISTS (
            SELECT 1 FROM crates_entry AS e JOIN crates_movement AS m ON m.id = e.movement_id
            WHERE e.store_id = beyond.store_id AND e.container_type_id = beyond.container_type_id
                AND e.occurred_at < beyond.at AND m.cause <> 'declaration'
        ) AS was_known
        FROM beyond
        WHERE NOT EXISTS (SELECT 1 FROM crates_discrepancydecision AS d WHERE d.count_id = beyond.id AND d.undone_at IS NULL)
            AND NOT EXISTS (  -- an inventory that a decision made
                SELECT 1 FROM crates_discrepancydecision AS d WHERE d.inventory_id = beyond.inventory_id AND d.undone_at IS NULL
            )
    )
    SELECT {columns} FROM known WHERE (was_known OR inventory_id IS NULL)
"""
_COLUMNS = """id, store_id, container_type_id, at, inventory_id, declaration_id, total, expected,
    CASE WHEN keeps THEN "full" END, CASE WHEN keeps THEN expected_full END, NOT was_known"""


def _run(columns: str, end: str = "", *, one: str = "", **values: Any) -> list[tuple]:
    """Run the search with other columns or another end; returns its rows."""
    since = timezone.now() - timedelta(days=settings.DISCREPANCY_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(columns=columns, one=one) + end, {"since": since, "keepers": list(STOCK_KEEPERS), **values})
        return cursor.fetchall()


def open_differences(*, limit: int = 50, offset: int = 0, store_ids: Collection[int] | None = None) -> tuple[list[Difference], int]:
    """Return the differences beyond the tolerance of their container that nobody has settled, newest first, and how many there are.

    Of what a place declared, only the last total counts, and only while nothing was counted since. A first count is no
    difference; a declared total where nothing was ever counted is. Arguments: `store_ids` for some places only.
    One query, however large the network; counts of the last DISCREPANCY_DAYS.
    """
    one = "" if store_ids is None else "AND c.store_id = ANY(%(stores)s)"
    stores = list(store_ids or ())
    rows = _run(
        f"{_COLUMNS}, count(*) OVER ()",
        " ORDER BY at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s",
        one=one,
        stores=stores,
        limit=limit,
        offset=offset,
    )
    return [Difference(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def count_open_differences() -> int:
    """Return how many differences wait for a coordinator."""
    return _run("count(*)")[0][0]


def difference_of(count_id: int, store_id: int) -> Difference | None:
    """Return the open difference of one line of a count at `store_id`; None when it is settled, within tolerance or gone."""
    rows = _run(_COLUMNS, " AND id = %(line)s", one="AND c.store_id = %(store)s", line=count_id, store=store_id)
    return Difference(*rows[0]) if rows else None


def seen_before(lines: Collection[Difference]) -> dict[int, tuple[Seen | None, Seen | None]]:
    """Return, by count line, the last total declared and the last total counted up to its moment; one query."""
    columns = [[line.count_id for line in lines], [line.store_id for line in lines], [line.container_type_id for line in lines]]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT line.id, declared.total, declared.at, counted.total, counted.at
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[]) AS line (id, store_id, kind_id, at)
            LEFT JOIN LATERAL (
                SELECT c.total, c.at FROM crates_count AS c JOIN crates_declaration AS d ON d.id = c.declaration_id
                WHERE c.store_id = line.store_id AND c.container_type_id = line.kind_id AND c.at <= line.at
                    AND c.total IS NOT NULL AND NOT c.withdrawn AND d.state = 'posted' ORDER BY c.at DESC, c.id DESC LIMIT 1
            ) AS declared ON true
            LEFT JOIN LATERAL (
                SELECT c.total, c.at FROM crates_count AS c
                WHERE c.store_id = line.store_id AND c.container_type_id = line.kind_id AND c.at <= line.at
                    AND c.pins_total AND NOT c.withdrawn ORDER BY c.at DESC, c.id DESC LIMIT 1
            ) AS counted ON true
            """,
            [*columns, [line.at for line in lines]],
        )
        rows = cursor.fetchall()
    return {row[0]: (None if row[1] is None else Seen(row[1], row[2]), None if row[3] is None else Seen(row[3], row[4])) for row in rows}
