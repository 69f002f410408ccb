"""What a run of the reminders costs in a large network: the busiest day, and a day on which everybody was told.

    python benchmarks/reminders.py [--places 10000]

Fills a database of its own with places that each have a contact, a list of products and a count that fall due on the same day: two things
in one mail per place. Prints seconds by the clock and of processors (the database's too), queries and the highest memory of the process so
far, of the run that writes all of them, and of the next one, which finds all told. A first run with a tenth of the places is printed too:
with ten times as many, the queries may be at most ten times as many.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import make_places, own_database

NOW = datetime(2026, 9, 8, 10, tzinfo=ZoneInfo("Europe/Paris"))


def forget() -> None:
    """Empty the network, the outbox and what was told."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the ledger refuses to be emptied, though it is empty
        cursor.execute(
            "TRUNCATE stores_store, stores_contact, accounts_accesslink, messaging_message, reminders_told, reminders_reminderrule CASCADE"
        )
        cursor.execute("SET session_replication_role = DEFAULT")


def fill(places: int) -> None:
    """Write places whose list and count fall due today. Each has its card: making one for the first mail is not what is measured."""
    from crates.models import ContainerType, StoreContainer
    from lincassable.accounts.models import AccessLink
    from stores.models import Contact, Store

    make_places(places, 0)
    Store.objects.update(created_at=NOW - timedelta(days=184, hours=1))
    ids = list(Store.objects.order_by("pk").values_list("pk", flat=True))
    Contact.objects.bulk_create([Contact(store_id=pk, email=f"contact{pk}@points.example") for pk in ids], batch_size=2000)
    AccessLink.objects.bulk_create([AccessLink(kind=AccessLink.STORE, object_id=pk) for pk in ids], batch_size=2000, ignore_conflicts=True)
    kind = ContainerType.objects.get(code="75")
    StoreContainer.objects.bulk_create([StoreContainer(store_id=pk, container_type=kind) for pk in ids], batch_size=2000)


def measure(label: str, places: int) -> int:
    """Run the reminders once, print what it cost, and return the number of queries."""
    from django.db import connection

    from lincassable.reminders import engine

    queries = 0

    def count(execute: Callable, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    connection.ensure_connection()
    database = psutil.Process(connection.connection.info.backend_pid)
    begin, busy, busy_there = time.perf_counter(), time.process_time(), sum(database.cpu_times()[:2])
    with connection.execute_wrapper(count):
        summary = engine.send_due(NOW)
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy + sum(database.cpu_times()[:2]) - busy_there
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{label:>9} {places:>6} places {seconds:7.1f} s {busy:7.1f} s of processors {1000 * busy / places:6.2f} ms a place"
        f" {queries:>6} queries {peak:5.0f} MB at most   {summary}",
        flush=True,
    )
    return queries


def main() -> int:
    """Fill a database and measure two runs in a small and a large network; return 1 when queries grow faster than places."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    places = parser.parse_args().places
    with own_database("lincassable_bench_reminders"):
        import time_machine

        from lincassable.reminders.models import ReminderRule

        found = []
        with time_machine.travel(NOW, tick=True):
            for number in (places // 10, places):
                forget()
                fill(number)
                ReminderRule.objects.create(code="references-stale", parameters={"days": 184})
                found.append(measure("all due", number) + measure("all told", number))
    return int(found[1] > 10 * found[0])


if __name__ == "__main__":
    sys.exit(main())
