"""How long the discrepancy inbox takes in a large network, and how many queries.

    python benchmarks/inbox.py [--places 10000] [--rounds 11]

Fills a database of its own with `benchmarks/stock.py`'s year of stops, then counts every shop again five days ago: one in
five finds a few containers fewer or more than expected. Times the first page with its explanations, the last page, and the
number that the coordinator's home shows. Fails when the first page takes more queries than in a network of a hundred places.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database
from stock import STOPS_A_YEAR, fill

# Every shop is counted five days ago; what its stops since 180 days make is expected, every fifth shop has three fewer or more.
COUNTED = """
CREATE TEMP TABLE recounted AS
    SELECT nextval('crates_movement_id_seq') AS movement, nextval('crates_inventory_id_seq') AS inventory, id AS store,
        date_trunc('day', now()) - interval '5 days' AS at,
        CASE WHEN mod(id, 5) = 0 THEN CASE WHEN mod(id, 2) = 0 THEN 30 ELSE -30 END ELSE 0 END AS odd
    FROM stores_store WHERE kind = 'shop';
INSERT INTO crates_inventory (id, key, store_id, counted_at, recorded_at, note, actor_kind, withdrawn_reason, withdrawn_by_kind,
        source, source_id)
    SELECT inventory, gen_random_uuid(), store, at, at, '', 'system', '', '', '', '' FROM recounted;
INSERT INTO crates_movement (id, key, cause, occurred_at, recorded_at, reason, actor_kind, origin_kind, source, source_id, inventory_id)
    SELECT movement, gen_random_uuid(), 'inventory', at, at, '', 'system', '', '', '', inventory FROM recounted WHERE odd <> 0;
INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
    SELECT movement, place, kind.id, 'empty', sign * odd, at
    FROM recounted, crates_containertype AS kind, LATERAL (VALUES (store, 1), (NULL, -1)) AS line (place, sign)
    WHERE kind.code IN ('75', '33') AND odd <> 0;
INSERT INTO crates_count (inventory_id, store_id, container_type_id, at, total, fill_percents, pins_total, pins_full, withdrawn)
    SELECT recounted.inventory, recounted.store, e.container_type_id, recounted.at, sum(e.quantity), '{}', true, false, false
    FROM recounted JOIN crates_entry AS e ON e.store_id = recounted.store AND e.occurred_at <= recounted.at
    GROUP BY recounted.inventory, recounted.store, e.container_type_id, recounted.at;
DROP TABLE recounted
"""


def recount() -> None:
    """Count every shop once more."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in COUNTED.split(";\n"):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


def queries_of(action: Callable[[], object]) -> int:
    """Return how many queries an action makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as made:
        action()
    return len(made)


def median_ms(action: Callable[[], object], rounds: int) -> float:
    """Return the median time of an action in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def measure(places: int, rounds: int) -> int:
    """Fill, time, print; return the queries of the first page."""
    from crates.queries_differences import count_open_differences
    from lincassable.reporting.discrepancies import inbox

    fill(places, STOPS_A_YEAR)
    recount()
    first = inbox()
    queries = queries_of(inbox)
    print(f"{places} shops, {first.total} open differences: first page in {queries} queries", flush=True)
    for name, action in (
        ("first page", inbox),
        ("last page", lambda: inbox(number=first.pages)),
        ("how many there are", count_open_differences),
    ):
        print(f"{name:22} {median_ms(action, rounds):8.1f} ms", flush=True)
    return queries


def main() -> int:
    """Measure a small and a large network; return 1 when the large one takes more queries."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=11)
    chosen = parser.parse_args()
    with own_database("bench_inbox"):
        return int(measure(100, chosen.rounds) != measure(chosen.places, chosen.rounds))


if __name__ == "__main__":
    sys.exit(main())
