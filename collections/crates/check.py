"""Proof that the ledger holds: every rule that the triggers and the services keep is counted again, from the rows."""

from __future__ import annotations

from django.db import connection, transaction
from django.utils.translation import gettext as _

MOST_TOLD = 20  # wrong rows named per rule; the rest is a number

_BALANCES = """
    SELECT coalesce(b.store_id, e.store_id), coalesce(b.container_type_id, e.container_type_id), coalesce(b.content, e.content),
        coalesce(b.quantity, 0), coalesce(e.quantity, 0)
    FROM crates_balance AS b
    FULL JOIN (
        SELECT store_id, container_type_id, content, sum(quantity)::bigint AS quantity FROM crates_entry
        WHERE store_id IS NOT NULL GROUP BY 1, 2, 3
    ) AS e ON e.store_id = b.store_id AND e.container_type_id = b.container_type_id AND e.content = b.content
    WHERE coalesce(b.quantity, 0) <> coalesce(e.quantity, 0) ORDER BY 1, 2, 3
"""
_SUMS = """
    SELECT movement_id, container_type_id, sum(quantity)::bigint FROM crates_entry
    GROUP BY 1, 2 HAVING sum(quantity) <> 0 ORDER BY 1, 2
"""
_MOMENTS = """
    SELECT e.movement_id, e.occurred_at, m.occurred_at FROM crates_entry AS e JOIN crates_movement AS m ON m.id = e.movement_id
    WHERE e.occurred_at <> m.occurred_at ORDER BY 1
"""
_REVERSALS = """
    SELECT m.id, m.reverses_id FROM crates_movement AS m
    JOIN LATERAL (
        SELECT 1 FROM crates_entry AS e WHERE e.movement_id IN (m.id, m.reverses_id)
        GROUP BY e.store_id, e.container_type_id, e.content HAVING sum(e.quantity) <> 0 LIMIT 1
    ) AS unequal ON true
    WHERE m.reverses_id IS NOT NULL ORDER BY 1
"""
# One pass per (place, container type) in the order of time: running sums of the entries, read off at each pin. The
# latest line of a moment is the one that holds, for the total and for the full ones apart.
_PINS = """
    WITH pin AS (
        SELECT id, store_id, container_type_id, at,
            CASE WHEN pins_total AND id = max(id) FILTER (WHERE pins_total) OVER same THEN total END AS total,
            CASE WHEN pins_full AND id = max(id) FILTER (WHERE pins_full) OVER same THEN "full" END AS "full"
        FROM crates_count WHERE NOT withdrawn AND (pins_total OR pins_full)
        WINDOW same AS (PARTITION BY store_id, container_type_id, at)
    ), line AS (
        SELECT store_id, container_type_id, occurred_at AS at, 0 AS rank, NULL::bigint AS pin, NULL::int AS total, NULL::int AS "full",
            quantity AS in_total, CASE WHEN content = 'full' THEN quantity ELSE 0 END AS in_full
        FROM crates_entry WHERE store_id IS NOT NULL
        UNION ALL
        SELECT store_id, container_type_id, at, 1, id, total, "full", 0, 0 FROM pin
    ), running AS (
        SELECT pin, store_id, container_type_id, at, total, "full",
            sum(in_total) OVER so_far AS held_total, sum(in_full) OVER so_far AS held_full
        FROM line WINDOW so_far AS (PARTITION BY store_id, container_type_id ORDER BY at, rank)
    )
    SELECT pin, store_id, container_type_id, at, total, "full", held_total::bigint, held_full::bigint FROM running
    WHERE pin IS NOT NULL AND (total <> held_total OR "full" <> held_full) ORDER BY pin
"""


@transaction.atomic
def check_ledger() -> list[str]:
    """Return one plain sentence per thing that is wrong; an empty list when everything holds.

    Balances equal the sum of the entries; every movement sums to zero per container type (so the sum over all places
    and the outside world is zero); entries have their movement's moment; reversals take back exactly what they name;
    every count in force holds at its moment. It reads one snapshot, so it may run while people work.
    """
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:  # inside someone's transaction (a test), the snapshot is theirs
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return [sentence for query, told in _RULES for sentence in _told(cursor, query, told)]


def _told(cursor, query: str, told) -> list[str]:  # type: ignore[no-untyped-def]
    """Run one rule's query and return its findings as sentences, the first ones in full."""
    cursor.execute(query)
    rows = cursor.fetchall()
    sentences = [told(*row) for row in rows[:MOST_TOLD]]
    if len(rows) > MOST_TOLD:
        sentences.append(_("… and %(number)s more of the same kind.") % {"number": len(rows) - MOST_TOLD})
    return sentences


def _balance(store: int, kind: int, content: str, balance: int, entries: int) -> str:
    return _("Place %(store)s, container %(kind)s, %(content)s: the balance says %(balance)s, the entries sum to %(entries)s.") % {
        "store": store,
        "kind": kind,
        "content": content,
        "balance": balance,
        "entries": entries,
    }


def _sum(movement: int, kind: int, quantity: int) -> str:
    return _("Movement %(movement)s: its lines of container %(kind)s sum to %(quantity)s instead of zero.") % {
        "movement": movement,
        "kind": kind,
        "quantity": quantity,
    }


def _moment(movement: int, entry_at: object, movement_at: object) -> str:
    return _("Movement %(movement)s happened at %(movement_at)s, but one of its lines says %(entry_at)s.") % {
        "movement": movement,
        "movement_at": movement_at,
        "entry_at": entry_at,
    }


def _reversal(movement: int, reverses: int) -> str:
    return _("Movement %(movement)s reverses movement %(reverses)s, but does not take back exactly its lines.") % {
        "movement": movement,
        "reverses": reverses,
    }


def _pin(pin: int, store: int, kind: int, at: object, total: int | None, full: int | None, held_total: int, held_full: int) -> str:
    return _(
        "Count line %(pin)s (place %(store)s, container %(kind)s, %(at)s) does not hold: "
        "counted %(total)s in all and %(full)s full, the entries give %(held_total)s and %(held_full)s."
    ) % {
        "pin": pin,
        "store": store,
        "kind": kind,
        "at": at,
        "total": "–" if total is None else total,
        "full": "–" if full is None else full,
        "held_total": held_total,
        "held_full": held_full,
    }


_RULES = [(_BALANCES, _balance), (_SUMS, _sum), (_MOMENTS, _moment), (_REVERSALS, _reversal), (_PINS, _pin)]
