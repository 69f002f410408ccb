"""What the list of the visits most worth making costs in a large network.

    python benchmarks/visits.py [--places 10000]

Fills a database of its own: each place has a year and a half of declarations and pickups, six months of deposits, a training, a visit and
some non-conformities. Prints seconds by the clock and of processors (medians of five) and queries, for a tenth of the places and for all;
returns 1 when ten times as many places ask more queries.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database

DECLARATIONS, PICKUPS = 18, 12  # of each place


def fill(first: int, last: int) -> None:
    """Write the places with these ids, and what is known of them."""
    import uuid
    from datetime import timedelta

    from django.utils import timezone

    from awareness.models import Training, Visit
    from crates.enums import Cause, Content
    from crates.models import ContainerType, Declaration, DepositAmount, DepositCount, Entry, Movement
    from nonconformities.models import NonConformity, NonConformityKind
    from stores.models import Store

    Store.objects.bulk_create([Store(pk=pk, name=f"Place {pk}", city="Marseille") for pk in range(first, last + 1)], batch_size=2000)
    now, kinds = timezone.now(), list(NonConformityKind.objects.all())
    ids = range(first, last + 1)
    Store.objects.update(created_at=now - timedelta(days=900))

    def days(pk: int, number: int) -> Any:
        return now - timedelta(days=30 * number + pk % 29, hours=1)

    Declaration.objects.bulk_create(
        [Declaration(key=uuid.uuid4(), store_id=pk, declared_at=days(pk, number)) for pk in ids for number in range(pk % 3, DECLARATIONS)],
        batch_size=5000,
    )
    crate = ContainerType.objects.get(code="75")
    movements = [
        Movement(key=uuid.uuid4(), cause=Cause.PICKUP, occurred_at=days(pk, number + number // 2))
        for pk in ids
        for number in range(PICKUPS)
    ]
    Movement.objects.bulk_create(movements, batch_size=5000)
    entries = []
    for number, movement in enumerate(movements):
        for store, sign in ((ids[number // PICKUPS], -1), (None, 1)):
            line = Entry(movement=movement, store_id=store, container_type=crate, content=Content.FULL, quantity=sign * 10)
            line.occurred_at = movement.occurred_at
            entries.append(line)
    Entry.objects.bulk_create(entries, batch_size=10_000)
    amount, months = DepositAmount.objects.first(), []
    month = now.date().replace(day=1)
    for _number in range(6):
        month = (month - timedelta(days=1)).replace(day=1)
        months.append(month)
    DepositCount.objects.bulk_create(
        [DepositCount(store_id=pk, month=month, amount=amount, charged=60, refunded=20 + pk % 40) for pk in ids for month in months],
        batch_size=5000,
    )
    Training.objects.bulk_create([Training(store_id=pk, state="done", people=3, starts_at=days(pk, pk % 24)) for pk in ids if pk % 5])
    made = [
        Visit(store_id=pk, state="done", planned_on=days(pk, pk % 14).date(), done_at=days(pk, pk % 14), key=uuid.uuid4(), score=pk % 101)
        for pk in ids
        if pk % 3
    ]
    Visit.objects.bulk_create(made, batch_size=5000)
    NonConformity.objects.bulk_create(
        [
            NonConformity(
                store_id=pk, kind=kinds[pk % 7], severity="minor", source="store", due_on=now.date(),
                occurred_at=days(pk, number), recorded_at=days(pk, number),
            )
            for pk in ids
            for number in range(pk % 5)
        ],
        batch_size=5000,
    )  # fmt: skip


def measure(places: int) -> int:
    """Ask for the five five times, print what it cost, and return the number of queries of one."""
    from django.db import connection

    from awareness.visit_urgency import worth_making

    queries, seconds = 0, []

    def count(execute: Callable, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    database, busy = psutil.Process(connection.connection.info.backend_pid), []
    for _number in range(5):
        queries, begin, ours, theirs = 0, time.perf_counter(), time.process_time(), sum(database.cpu_times()[:2])
        with connection.execute_wrapper(count):
            found = worth_making()
        seconds.append(time.perf_counter() - begin)
        busy.append((time.process_time() - ours, sum(database.cpu_times()[:2]) - theirs))
    own, there = (median(pair[number] for pair in busy) for number in (0, 1))
    print(
        f"{places:>6} places {median(seconds):6.2f} s by the clock, {own:5.2f} s of our processor, {there:5.2f} s of the database's,"
        f" {queries} queries   {[row.urgency for row in found]}",
        flush=True,
    )
    return queries


def main() -> int:
    """Fill a database and measure a small and a large network; return 1 when more places ask more queries."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    places = parser.parse_args().places
    with own_database("lincassable_bench_visits"):
        fill(1, places // 10)
        found = [measure(places // 10)]
        fill(places // 10 + 1, places)
        found.append(measure(places))
    return int(found[1] > found[0])


if __name__ == "__main__":
    sys.exit(main())
