"""How fast the stock is read, against the least that could be done and against how the present tool does it.

    python benchmarks/stock.py [--sizes 130,1000,10000] [--stops 12] [--rounds 21]

For each network size it fills a database of its own with a year of stops and one count per place, then times, in turn
and several times over:

- raw: one SQL `SELECT` of all balance rows, fetched, nothing else;
- rows: `crates.queries.stock_rows()`, every line of stock with full cut at zero, by ids;
- named: `crates.queries.stock_of_all()`, ready for a screen: the same grouped by place, with the containers' names
  and figures, which cost one constant part of a millisecond;
- recomputed: for each place, its last inventory, then the sum of its stops since, as the present tool does (two
  queries a place, on that tool's own kind of tables, with an index on place and date).

The figures of the last two are compared; the run fails when they differ. Target: rows at most 1.5 times raw.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import history
from own_database import make_places, own_database

TARGET = 1.5
STOPS_A_YEAR = 12

# Places 1…n are shops, the last ones hubs; every shop is counted 180 days ago and collected every month.
FILL = """
CREATE TEMP TABLE size AS SELECT %(stores)s::int AS stores, greatest(3, %(stores)s::int / 100) AS hubs, %(stops)s::int AS stops,
    date_trunc('day', now()) AS today;
CREATE TEMP TABLE stop AS
    SELECT nextval('crates_movement_id_seq') AS movement, n AS store, stores + 1 + mod(n, hubs) AS hub,
        today - (k * 365.0 / stops + mod(n, 7)) * interval '1 day' - interval '12 hours' AS at,
        5 + mod(n * 7 + k * 3, 20) AS full_75, 4 + mod(n * 5 + k * 7, 20) AS empty_75,
        mod(n + k, 9) AS full_33, mod(n + k * 2, 9) AS empty_33
    FROM size, generate_series(1, stores) AS n, generate_series(0, stops - 1) AS k;
INSERT INTO crates_movement (id, key, cause, occurred_at, recorded_at, reason, actor_kind, origin_kind, source, source_id)
    SELECT movement, gen_random_uuid(), 'pickup', at, at, '', 'system', '', '', '' FROM stop;
INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
    SELECT movement, place, kind.id, content, quantity, at FROM stop,
    LATERAL (VALUES (store, '75', 'full', -full_75), (hub, '75', 'full', full_75), (hub, '75', 'empty', -empty_75),
        (store, '75', 'empty', empty_75), (store, '33', 'full', -full_33), (hub, '33', 'full', full_33),
        (hub, '33', 'empty', -empty_33), (store, '33', 'empty', empty_33)) AS line (place, code, content, quantity)
    JOIN crates_containertype AS kind USING (code) WHERE quantity <> 0;
CREATE TEMP TABLE counted AS
    SELECT nextval('crates_movement_id_seq') AS movement, nextval('crates_inventory_id_seq') AS inventory, n AS store,
        today - interval '180 days' AS at
    FROM size, generate_series(1, stores + hubs) AS n;
INSERT INTO crates_inventory (id, key, store_id, counted_at, recorded_at, note, actor_kind, withdrawn_reason, withdrawn_by_kind,
        source, source_id)
    SELECT inventory, gen_random_uuid(), store, at, at, '', 'system', '', '', '', '' FROM counted;
INSERT INTO crates_movement (id, key, cause, occurred_at, recorded_at, reason, actor_kind, origin_kind, source, source_id, inventory_id)
    SELECT movement, gen_random_uuid(), 'inventory', at, at, '', 'system', '', '', '', inventory FROM counted;
INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
    SELECT movement, place, kind.id, content, sign * (40 + mod(store, 30)), at
    FROM counted, crates_containertype AS kind, (VALUES ('empty'), ('full')) AS c (content),
        LATERAL (VALUES (store, 1), (NULL, -1)) AS line (place, sign)
    WHERE kind.code IN ('75', '33');
INSERT INTO crates_count (inventory_id, store_id, container_type_id, at, total, "full", fill_percents, pins_total, pins_full, withdrawn)
    SELECT counted.inventory, counted.store, e.container_type_id, counted.at, sum(e.quantity),
        coalesce(sum(e.quantity) FILTER (WHERE e.content = 'full'), 0), '{}', true, true, false
    FROM counted JOIN crates_entry AS e ON e.store_id = counted.store AND e.occurred_at <= counted.at
    GROUP BY counted.inventory, counted.store, e.container_type_id, counted.at;
-- the same story in the present tool's kind of tables
CREATE TABLE bench_inventory AS
    SELECT c.store_id AS place, c.at::date AS day, max(c.total) FILTER (WHERE kind.code = '75') AS total_75,
        max(c.total) FILTER (WHERE kind.code = '33') AS total_33
    FROM crates_count AS c JOIN crates_containertype AS kind ON kind.id = c.container_type_id GROUP BY 1, 2;
CREATE TABLE bench_stop AS SELECT store AS place, hub, at::date AS day, full_75, empty_75, full_33, empty_33 FROM stop;
CREATE INDEX ON bench_inventory (place, day);
CREATE INDEX ON bench_stop (place, day);
CREATE INDEX ON bench_stop (hub, day);
"""
EMPTY = "DROP TABLE IF EXISTS bench_inventory, bench_stop, size, stop, counted"

RAW = "SELECT store_id, container_type_id, content, quantity FROM crates_balance ORDER BY store_id, container_type_id, content"
LAST_INVENTORY = "SELECT day, total_75, total_33 FROM bench_inventory WHERE place = %s AND day <= current_date ORDER BY day DESC LIMIT 1"
STOPS_SINCE = """
    SELECT coalesce(sum(empty_75 - full_75), 0), coalesce(sum(empty_33 - full_33), 0) FROM (
        SELECT full_75, empty_75, full_33, empty_33 FROM bench_stop WHERE place = %s AND day BETWEEN %s AND current_date
        UNION ALL
        SELECT -full_75, -empty_75, -full_33, -empty_33 FROM bench_stop WHERE hub = %s AND day BETWEEN %s AND current_date
    ) AS stop
"""


def fill(stores: int, stops: int) -> None:
    """Write a network of `stores` shops, a hub per hundred, `stops` stops a year each."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET lincassable.allow_truncate = 'on'")  # this database is made to be thrown away
        cursor.execute("TRUNCATE stores_store CASCADE")
        cursor.execute(EMPTY)
        make_places(stores, max(3, stores // 100))
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"stores": stores, "stops": stops})
        cursor.execute("VACUUM ANALYZE")


def raw() -> list[tuple]:
    """Fetch the balance rows, and do nothing with them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(RAW)
        return cursor.fetchall()


def rows() -> list:
    """The stock of every place, by ids."""
    from crates.queries import stock_rows

    return stock_rows()


def named() -> dict:
    """The stock of every place, as screens take it."""
    from crates.queries import stock_of_all

    return stock_of_all()


def recomputed(places: int) -> dict[int, tuple[int, int]]:
    """Return the totals (75, 33) by place, each from its last inventory and its stops since."""
    from django.db import connection

    totals = {}
    with connection.cursor() as cursor:
        for place in range(1, places + 1):
            cursor.execute(LAST_INVENTORY, [place])
            day, total_75, total_33 = cursor.fetchone()
            cursor.execute(STOPS_SINCE, [place, day, place, day])
            more_75, more_33 = cursor.fetchone()
            totals[place] = (total_75 + more_75, total_33 + more_33)
    return totals


def timed(action: Callable[[], object], *, best_of: int) -> float:
    """Return how many seconds an action takes: the best of a few, as a busy machine only ever makes it longer."""
    gc.collect()
    gc.disable()
    times = []
    for _ in range(best_of):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    gc.enable()
    return min(times)


def measure(stores: int, stops: int, rounds: int) -> tuple[list[float], int]:
    """Return the medians (raw, rows, named, recomputed) in seconds, and the number of entries. Exits when figures differ."""
    from crates.check import check_ledger
    from crates.models import Entry

    fill(stores, stops)
    places = stores + max(3, stores // 100)
    told = {store: tuple(line.total for line in lines) for store, lines in named().items()}
    if told != recomputed(places) or check_ledger():
        sys.exit("The figures differ: the ledger does not say what the present tool's rules say.")
    slow_rounds = min(rounds, 3 if stores > 1000 else 7)
    actions: dict[Callable[[], object], list[float]] = {raw: [], rows: [], named: [], lambda: recomputed(places): []}
    for number in range(rounds):
        for rank, (action, times) in enumerate(actions.items()):
            if rank < 3 or number < slow_rounds:
                times.append(timed(action, best_of=5 if rank < 3 else 1))
    return [statistics.median(times) for times in actions.values()], Entry.objects.count()


def main() -> int:
    """Print the table; return 1 when the target is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default="130,1000,10000", help="numbers of places")
    options.add_argument("--stops", type=int, default=STOPS_A_YEAR, help="stops per place in the year")
    options.add_argument("--rounds", type=int, default=21, help="measures of each, taken in turn; the median counts")
    options.add_argument("--entries", default="", help="measure ledgers of so many entries instead: 1000000,10000000 (see history.py)")
    chosen = options.parse_args()
    if chosen.entries:
        with own_database("bench_stock"):
            for entries in map(int, chosen.entries.split(",")):
                history.report(entries, min(chosen.rounds, 5))
        return 0
    print("median milliseconds; × is times raw, and for the last column times rows")
    print(f"{'places':>7} {'entries':>9} {'raw':>8} {'rows':>8} {'×':>5} {'named':>8} {'×':>5} {'recomputed':>11} {'×':>5}")
    worst = 0.0
    with own_database("bench_stock"):
        for stores in map(int, chosen.sizes.split(",")):
            (least, flat, full, theirs), entries = measure(stores, chosen.stops, chosen.rounds)
            worst = max(worst, flat / least)
            ours = f"{flat * 1000:8.2f} {flat / least:5.2f} {full * 1000:8.2f} {full / least:5.2f}"
            print(f"{stores:7} {entries:9} {least * 1000:8.2f} {ours} {theirs * 1000:11.1f} {theirs / flat:5.0f}", flush=True)
    print(f"Target: rows at most {TARGET} times raw. Worst: {worst:.2f}.")
    return int(worst > TARGET)


if __name__ == "__main__":
    sys.exit(main())
