"""A ledger of millions of entries in a database made to be thrown away, and how long its pages and questions take.

Used by `stock.py --entries N`. Four years of a network of N/1000 shops: each declares and is collected again and again, 75 cl
and 33 cl in turn (2 entries a declaration, 4 a pickup). The rows are made by `INSERT … SELECT generate_series`, with the
triggers off for the time of making them; then the balances are summed up and `check_ledger` proves the whole.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from own_database import make_places

YEARS = 4
PER_CYCLE = 6  # entries of a declaration and the pickup after it

SIZE = """
CREATE TEMP TABLE size AS SELECT %(stores)s::int AS stores, greatest(1, %(stores)s::int / 100) AS hubs, %(cycles)s::int AS cycles,
    date_trunc('day', now()) - %(days)s * interval '1 day' AS start, %(days)s * interval '1 day' / (%(cycles)s + 1) AS step
"""
CONTAINERS = """
INSERT INTO crates_storecontainer (store_id, container_type_id, capacity, buffer)
    SELECT n, kind.id, 40, 0 FROM size, generate_series(1, stores) AS n, crates_containertype AS kind WHERE kind.code IN ('75', '33')
"""
# One row per cycle and shop, in the order of time. The last pickup of every fourth shop is yet to come.
CYCLES = """
CREATE TEMP TABLE cycle AS
    SELECT c::bigint * stores + n AS id, n AS store, stores + 1 + mod(n, hubs) AS hub, 8 + mod(n * 7 + c * 3, 28) AS number,
        start + step * (c + mod(n, 100) / 200.0) AS said, start + step * (c + 0.5 + mod(n, 100) / 200.0) AS fetched,
        c < cycles - 1 OR mod(n, 4) > 0 AS is_fetched,
        (SELECT id FROM crates_containertype WHERE code = CASE mod(c, 2) WHEN 0 THEN '75' ELSE '33' END) AS kind
    FROM size, generate_series(0, cycles - 1) AS c, generate_series(1, stores) AS n ORDER BY c, n
"""
DECLARATIONS = """
INSERT INTO crates_declaration (id, key, store_id, declared_at, received_at, wants_pickup, first_name, note, state, settled_reason,
        settled_by_kind, source, source_id, actor_kind)
    SELECT id, gen_random_uuid(), store, said, said, false, '', '', 'posted', '', '', '', '', 'system' FROM cycle
"""
MOVEMENTS = """
INSERT INTO crates_movement (id, key, cause, occurred_at, recorded_at, reason, actor_kind, origin_kind, source, source_id, declaration_id)
    SELECT id, gen_random_uuid(), cause, at, at, '', 'system', '', '', '', declaration FROM (
        SELECT n AS id, 'purchase' AS cause, start AS at, NULL::bigint AS declaration FROM size, generate_series(1, stores + hubs) AS n
        UNION ALL SELECT stores + hubs + 2 * id - 1, 'declaration', said, id FROM cycle, size
        UNION ALL SELECT stores + hubs + 2 * id, 'pickup', fetched, NULL FROM cycle, size WHERE is_fetched
    ) AS movement
"""
ENTRIES = """
INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
    SELECT stores + hubs + 2 * cycle.id - CASE WHEN line.is_pickup THEN 0 ELSE 1 END, line.place, kind, line.content, line.quantity,
        CASE WHEN line.is_pickup THEN fetched ELSE said END
    FROM cycle, size, LATERAL (VALUES (false, store, 'empty', -number), (false, store, 'full', number), (true, store, 'full', -number),
        (true, hub, 'full', number), (true, hub, 'empty', -number),
        (true, store, 'empty', number)) AS line (is_pickup, place, content, quantity)
    WHERE is_fetched OR NOT line.is_pickup
"""
BOUGHT = """
INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
    SELECT n, line.place, kind.id, 'empty', line.sign * CASE WHEN n <= stores THEN 40 ELSE 5000000 END, start
    FROM size, generate_series(1, stores + hubs) AS n, crates_containertype AS kind,
        LATERAL (VALUES (n, 1), (NULL, -1)) AS line (place, sign)
    WHERE kind.code IN ('75', '33')
"""
BALANCES = """
INSERT INTO crates_balance (store_id, container_type_id, content, quantity)
    SELECT store_id, container_type_id, content, sum(quantity) FROM crates_entry WHERE store_id IS NOT NULL
    GROUP BY 1, 2, 3 HAVING sum(quantity) <> 0
"""
STEPS = (SIZE, CONTAINERS, CYCLES, BOUGHT, ENTRIES, MOVEMENTS, DECLARATIONS, BALANCES)
# Indexes that no constraint stands on: taken away while rows are made, made again at the end.
INDEXES = """
    SELECT indexdef, indexname FROM pg_indexes WHERE tablename IN ('crates_entry', 'crates_movement', 'crates_declaration')
        AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def fill(entries: int) -> int:
    """Write about `entries` entries and prove them; return how many shops they are of. Exits when the ledger does not hold."""
    from django.db import connection

    from crates.check import check_ledger

    stores = max(10, entries // 1000)
    values = {"stores": stores, "cycles": max(1, entries // stores // PER_CYCLE), "days": YEARS * 365}
    with connection.cursor() as cursor:
        cursor.execute("SET lincassable.allow_truncate = 'on'")  # this database is made to be thrown away
        cursor.execute("TRUNCATE stores_store CASCADE")
        cursor.execute("DROP TABLE IF EXISTS size, cycle")
        make_places(stores, max(1, stores // 100))
        cursor.execute(INDEXES)
        indexes = cursor.fetchall()
        cursor.execute("SET session_replication_role = replica")
        for _definition, name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for statement in STEPS:
            cursor.execute(statement, values if statement is SIZE else None)
        cursor.execute("DROP TABLE cycle")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        for definition, _name in indexes:
            cursor.execute(definition)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    if wrong := check_ledger():
        sys.exit(f"The ledger does not hold: {wrong[0]}")
    return stores


def actions() -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    from django.utils import timezone

    from crates.queries import stock_at, stock_of_all
    from lincassable.reporting.alert_queries import find
    from lincassable.reporting.movements_page import Period, movements_page
    from lincassable.reporting.stock_board import Asked, board
    from lincassable.reporting.stock_sql import Scope
    from stores.models import Store

    now = timezone.now()
    back = {years: now - timedelta(days=365 * years) for years in (1, 2, 3)}
    shop, hub = Store.objects.get(pk=1), Store.objects.filter(kind="hub").order_by("pk")[0]
    return {
        "board, first page": lambda: board(Asked()),
        "board, last page": lambda: board(Asked(page=999_999)),
        "board, everything, as for a file": lambda: board(Asked(page=None)),
        "board, places with old bottles": lambda: board(Asked(alert=_old())),
        "board, first page, three years back": lambda: board(Asked(Scope(moment=back[3]))),
        "all alerts, as for the report": find,
        "stock of all, now": stock_of_all,
        "stock_at, one place, three years back": lambda: stock_at(back[3], shop),
        "stock_at, one hub, three years back": lambda: stock_at(back[3], hub),
        "stock_at, all, three years back": lambda: stock_at(back[3]),
        "stock_at, all, two years back": lambda: stock_at(back[2]),
        "stock_at, all, one year back": lambda: stock_at(back[1]),
        "movements of one place, twelve months": lambda: movements_page(Period(shop, back[1], now)),
        "movements of one hub, twelve months": lambda: movements_page(Period(hub, back[1], now)),
    }


def _old() -> object:
    from lincassable.reporting.enums import AlertKind

    return AlertKind.OLD_BOTTLES


def report(entries: int, rounds: int) -> None:
    """Make the ledger, then print the median of each action in milliseconds."""
    from crates.models import Entry

    start = time.perf_counter()
    stores = fill(entries)
    made = time.perf_counter() - start
    print(f"{Entry.objects.count()} entries of {stores} shops over {YEARS} years, made and proved in {made:.0f} s", flush=True)
    for name, action in actions().items():
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            action()
            times.append(time.perf_counter() - began)
        print(f"{name:40} {statistics.median(times) * 1000:9.1f} ms", flush=True)
