"""How long the figures of a large network take, next to SQL written by hand for the same sums.

    python benchmarks/figures.py [--sizes 130,1000,10000] [--rounds 7]

For each size it fills a database of its own with two years: a pickup a month at every place with its tour, stop and ledger lines, deposit
counts, non-conformities, trainings. Timed in turn, several times over, the median counts:

- bottles: `sums_of(collected)` for this year and for the year before: the whole, by month, by zone.
- raw: six plain `SELECT … GROUP BY` of the same sums, written by hand, fetched and dropped. The run fails when the sums differ.
- page: the whole report of the page, all figures, both years, by zone; by place: the same told apart by place.
- bare: the statements that the page by zone sends, through a cursor, fetched and dropped: what is left of the page is Python.

Fails when bottles take more than 1.5 times raw, or the page more than 1.5 times bare, in the largest network (in a small one the fixed part
of Python shows), or when the number of queries grows with the network.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import make_places, own_database

TARGET = 1.5
YEARS = 2

FILL = """
CREATE TEMP TABLE size AS SELECT %(stores)s::int AS stores, greatest(1, %(stores)s::int / 100) AS hubs, now() AS now;
INSERT INTO stores_zone (name) SELECT 'Zone ' || n FROM size, generate_series(1, greatest(3, stores / 50)) AS n;
UPDATE stores_store SET zone_id = (SELECT min(id) FROM stores_zone) + mod(stores_store.id, (SELECT count(*) FROM stores_zone))
    WHERE id <= (SELECT stores FROM size);
INSERT INTO pickups_carrier (name, email, contact_name, phone, language, lead_days, answer_days, weekdays, is_active, source, source_id)
    SELECT 'Carrier ' || n, 'c@example.org', '', '', 'fr', 2, 2, '{0,1,2,3,4}', true, '', '' FROM generate_series(1, 8) AS n;
CREATE TEMP TABLE visit AS SELECT n AS store, k, stores + 1 + mod(n, hubs) AS hub,
        nextval('crates_movement_id_seq') AS movement, nextval('pickups_stop_id_seq') AS stop,
        now - (k * 30 + mod(n, 28)) * interval '1 day' - interval '2 hours' AS at, 5 + mod(n * 7 + k * 3, 20) AS taken
    FROM size, generate_series(1, stores) AS n, generate_series(0, 12 * %(years)s - 1) AS k;
CREATE TEMP TABLE round AS SELECT nextval('pickups_tour_id_seq') AS tour, k, part, min(at)::date AS day, min(hub) AS hub
    FROM (SELECT *, store / 12 AS part FROM visit) AS v GROUP BY k, part;
INSERT INTO pickups_tour (id, uuid, date, zone_id, hub_id, carrier_id, departs_at, state, note, created_at, source, source_id,
        actor_kind)
    SELECT tour, gen_random_uuid(), day, (SELECT min(id) FROM stores_zone) + mod(part, (SELECT count(*) FROM stores_zone)), hub,
        (SELECT min(id) FROM pickups_carrier) + mod(part, 8), '08:00', 'closed', '', now(), '', '', 'system' FROM round;
INSERT INTO pickups_tourclosing (tour_id, closed_at, distance_m, duration_min, load_g, bottles, co2_low_g, co2_g, co2_high_g, note,
        actor_kind)
    SELECT tour, now(), 60000, 300, 0, 0, 30000, 40000, 50000, '', 'system' FROM round;
INSERT INTO pickups_stop (id, uuid, tour_id, store_id, position, state, completed_at, reason, note, is_unplanned, signer_name, source,
        source_id, actor_kind)
    SELECT stop, gen_random_uuid(), tour, store, 1, 'done', at, '', '', false, '', '', '', 'system'
    FROM visit JOIN round ON round.k = visit.k AND round.part = visit.store / 12;
INSERT INTO crates_movement (id, key, cause, occurred_at, recorded_at, reason, actor_kind, origin_kind, origin_id, source, source_id)
    SELECT movement, gen_random_uuid(), 'pickup', at, at, '', 'system', 'stop', stop, '', '' FROM visit ORDER BY at;
INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
    SELECT movement, place, (SELECT id FROM crates_containertype WHERE code = '75'), content, quantity, at FROM visit,
        LATERAL (VALUES (store, 'full', -taken), (hub, 'full', taken), (hub, 'empty', -taken),
            (store, 'empty', taken)) AS line (place, content, quantity)
    ORDER BY at;
INSERT INTO crates_depositcount (key, store_id, month, amount_id, charged, refunded, declared_at, recorded_at, is_current, is_held, source,
        source_id, actor_kind)
    SELECT gen_random_uuid(), n, (date_trunc('month', now) - k * interval '1 month')::date, (SELECT min(id) FROM crates_depositamount),
        100 + n, 50 + mod(n, 40), now, now, true, false, '', '', 'system'
    FROM size, generate_series(1, stores) AS n, generate_series(1, 12 * %(years)s) AS k;
INSERT INTO awareness_training (uuid, store_id, state, starts_at, duration_min, people, support, notes, cancel_reason, sequence, changed_at,
        created_at, actor_kind)
    SELECT gen_random_uuid(), n, 'done', now - mod(n, 700) * interval '1 day', 45, 5, '', '', '', 0, now, now, 'system'
    FROM size, generate_series(1, stores, 2) AS n
"""

RAW = """
SELECT {group}, sum(-e.quantity * k.bottles) FROM crates_entry AS e JOIN crates_movement AS m ON m.id = e.movement_id
    JOIN crates_containertype AS k ON k.id = e.container_type_id JOIN stores_store AS s ON s.id = e.store_id
WHERE m.cause = 'pickup' AND e.content = 'full' AND s.kind NOT IN ('hub', 'sorting', 'washing')
    AND e.occurred_at >= %s AND e.occurred_at < %s
GROUP BY 1
"""
GROUPS = ("1::int", "date_trunc('month', e.occurred_at AT TIME ZONE 'Europe/Paris')::date", "s.zone_id")


def fill(stores: int) -> None:
    """Write the network; the triggers are off meanwhile, nothing here asks the balances."""
    from django.db import connection

    from nonconformities.models import NonConformity, NonConformityKind

    with connection.cursor() as cursor:
        cursor.execute("SET lincassable.allow_truncate = 'on'")  # this database is made to be thrown away
        cursor.execute("TRUNCATE stores_store, stores_zone, pickups_carrier CASCADE")
        cursor.execute("DROP TABLE IF EXISTS size, visit, round")
        make_places(stores, max(1, stores // 100))
        cursor.execute("SET session_replication_role = replica")
        for statement in FILL.split(";\n"):
            cursor.execute(statement, {"stores": stores, "years": YEARS} if "%(" in statement else None)
        cursor.execute("SET session_replication_role = origin")
    _problems(NonConformity, NonConformityKind.objects.order_by("pk").first(), stores)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _problems(model: type, kind: object, stores: int) -> None:
    from datetime import timedelta

    from django.utils import timezone

    now, today = timezone.now(), timezone.localdate()
    rows = (
        model(kind=kind, severity="minor", source="store", store_id=n, due_on=today, recorded_at=at, occurred_at=at)
        for n in range(1, stores + 1, 2)
        for at in [now - timedelta(days=n % 700)]
    )
    model.objects.bulk_create(rows, batch_size=2000)


def median_ms(actions: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median times of actions in milliseconds, run in turn: what else the machine does weighs on all alike."""
    times: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) * 1000 for name, found in times.items()}


def same(sums: list, plain: list) -> None:
    """Leave with a sentence when our sums are not those of SQL by hand."""
    for number, told in enumerate(sums):
        whole, months, zones = plain[3 * number : 3 * number + 3]
        if told.whole["bottles"] != whole[1] or {key: line["bottles"] for key, line in told.buckets.items()} != months:
            sys.exit("The sums differ from those of SQL by hand.")
        if {key: line["bottles"] for key, line in told.members.items()} != zones:
            sys.exit("The sums by zone differ from those of SQL by hand.")


def rows_of(statements: list[tuple[str, list | None]]) -> list:
    """Return the rows of each statement, read by a bare cursor."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for statement, values in statements:
            cursor.execute(statement, values)
            found.append(cursor.fetchall())
    return found


def measure(stores: int, rounds: int) -> tuple[int, float, float]:
    """Fill, compare, time, print; return the number of queries and the two ratios."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lincassable.reporting.figures.asked import Asked
    from lincassable.reporting.figures.enums import Dimension, Preset
    from lincassable.reporting.figures.periods import period_of
    from lincassable.reporting.figures.report import report
    from lincassable.reporting.figures.sources import SOURCES
    from lincassable.reporting.figures.sums import sums_of

    fill(stores)
    asked = Asked(period_of(Preset.TWELVE_MONTHS), by=Dimension.ZONE)
    both = (asked, asked.before)
    by_hand = [(RAW.format(group=group), [each.looked_at.since, each.looked_at.until]) for each in both for group in GROUPS]

    def ours() -> list:
        return [sums_of(SOURCES["collected"], each) for each in both]

    def raw() -> list:
        return [dict(rows) for rows in rows_of(by_hand)]

    same(ours(), raw())
    with CaptureQueriesContext(connection) as made:
        report(asked)
    statements: list[tuple[str, list | None]] = [(query["sql"], None) for query in made.captured_queries]
    actions = {
        "raw": raw,
        "bottles": ours,
        "bare": lambda: rows_of(statements),
        "page": lambda: report(asked),
        "by place": lambda: report(Asked(asked.period, by=Dimension.STORE)),
    }
    times = median_ms(actions, rounds)
    first, second = times["bottles"] / times["raw"], times["page"] / times["bare"]
    raw_ms, bottles, bare, page, places = (f"{times[name]:.0f}" for name in actions)
    cells = [f"{stores:,}", str(len(statements)), raw_ms, bottles, f"{first:.2f}", bare, page, f"{second:.2f}", places]
    print("| " + " | ".join(cells) + " |", flush=True)
    return len(statements), first, second


def main() -> int:
    """Run; return 1 when a target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="130,1000,10000")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    print("| places | queries | raw ms | bottles ms | × raw | bare ms | page ms | × bare | by place ms |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    with own_database("bench_figures"):
        found = [measure(int(size), options.rounds) for size in options.sizes.split(",")]
    missed = max(found[-1][1:]) > TARGET or len({queries for queries, *_ in found}) > 1
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
