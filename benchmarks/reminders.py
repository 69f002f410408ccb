"""What a run of the reminders costs in a large network: the busiest day, and a day on which everybody was told.

    python benchmarks/reminders.py [--places 10000]

Fills a database of its own with places that each have a contact, a list of products and a count that fall due on the same day: two things
in one mail per place. Prints seconds, queries and the highest memory (tracemalloc) of the run that writes all of them, and of the next
one, which finds all told.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import make_places, own_database

NOW = datetime(2026, 9, 8, 10, tzinfo=ZoneInfo("Europe/Paris"))


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


def measure(label: str, places: int) -> None:
    """Run the reminders once and print what it cost."""
    from django.db import connection

    from lincassable.reminders import engine

    queries = 0

    def count(execute: Callable, *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    tracemalloc.start()
    begin = time.perf_counter()
    with connection.execute_wrapper(count):
        summary = engine.send_due(NOW)
    seconds, peak = time.perf_counter() - begin, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{label:>16} {places:>6} places  {seconds:7.1f} s  {queries:>6} queries  {peak / 1e6:6.1f} MB at most  {summary}")


def main() -> None:
    """Fill a database and measure two runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    places = parser.parse_args().places
    with own_database("lincassable_bench_reminders"):
        import time_machine

        from lincassable.reminders.models import ReminderRule

        with time_machine.travel(NOW, tick=True):
            fill(places)
            ReminderRule.objects.create(code="references-stale", parameters={"days": 184})
            measure("all due", places)
            measure("all told", places)


if __name__ == "__main__":
    main()
