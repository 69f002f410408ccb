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
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from django.utils import timezone

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database

DECLARATIONS, PICKUPS = 18, 12  # of each place


def day(pk: int, number: int) -> datetime:
    """Return a moment some months ago, another one for each place."""
    return timezone.now() - timedelta(days=30 * number + pk % 29, hours=1)


def fill(first: int, last: int) -> None:
    """Write the places with these ids, and what is known of them."""
    from stores.models import Store

    ids = range(first, last + 1)
    Store.objects.bulk_create([Store(pk=pk, name=f"Place {pk}", city="Marseille") for pk in ids], batch_size=2000)
    Store.objects.update(created_at=timezone.now() - timedelta(days=900))
    fill_stock(ids)
    fill_deposits(ids)
    fill_measures(ids)


def fill_stock(ids: range) -> None:
    """Write declarations and pickups."""
    from crates.enums import Cause, Content
    from crates.models import ContainerType, Declaration, Entry, Movement

    Declaration.objects.bulk_create(
        [Declaration(key=uuid.uuid4(), store_id=pk, declared_at=day(pk, number)) for pk in ids for number in range(pk % 3, DECLARATIONS)],
        batch_size=5000,
    )
    crate = ContainerType.objects.get(code="75")
    movements = [
        Movement(key=uuid.uuid4(), cause=Cause.PICKUP, occurred_at=day(pk, number + number // 2)) for pk in ids for number in range(PICKUPS)
    ]
    Movement.objects.bulk_create(movements, batch_size=5000)
    entries = []
    for number, movement in enumerate(movements):
        for store, sign in ((ids[number // PICKUPS], -1), (None, 1)):
            line = Entry(movement=movement, store_id=store, container_type=crate, content=Content.FULL, quantity=sign * 10)
            line.occurred_at = movement.occurred_at
            entries.append(line)
    Entry.objects.bulk_create(entries, batch_size=10_000)


def fill_deposits(ids: range) -> None:
    """Write the deposits of six months."""
    from crates.models import DepositAmount, DepositCount

    amount, months = DepositAmount.objects.first(), []
    month = timezone.now().date().replace(day=1)
    for _number in range(6):
        month = (month - timedelta(days=1)).replace(day=1)
        months.append(month)
    DepositCount.objects.bulk_create(
        [DepositCount(store_id=pk, month=month, amount=amount, charged=60, refunded=20 + pk % 40) for pk in ids for month in months],
        batch_size=5000,
    )


def fill_measures(ids: range) -> None:
    """Write trainings, visits and non-conformities."""
    from awareness.models import Training, Visit
    from nonconformities.models import NonConformity, NonConformityKind

    kinds, today = list(NonConformityKind.objects.all()), timezone.now().date()
    Training.objects.bulk_create([Training(store_id=pk, state="done", people=3, starts_at=day(pk, pk % 24)) for pk in ids if pk % 5])
    made = [
        Visit(store_id=pk, state="done", planned_on=day(pk, pk % 14).date(), done_at=day(pk, pk % 14), key=uuid.uuid4(), score=pk % 101)
        for pk in ids
        if pk % 3
    ]
    Visit.objects.bulk_create(made, batch_size=5000)
    common = {"severity": "minor", "source": "store", "due_on": today}
    problems = [
        NonConformity(store_id=pk, kind=kinds[pk % 7], occurred_at=day(pk, number), recorded_at=day(pk, number), **common)
        for pk in ids
        for number in range(pk % 5)
    ]
    NonConformity.objects.bulk_create(problems, batch_size=5000)


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
