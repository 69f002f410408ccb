"""How fast the weekly reports of a large network are prepared, next to rendering the very same mails in a bare loop.

    python benchmarks/messages.py [--stores 10000] [--small 1000] [--coordinators 3]

Fills a database of its own with a year of stops, a contact with an address, a card and a declaration for every shop, then:

- **preparing**: the task of Monday morning as the scheduler runs it, from its start to the last row in the outbox: who wants the report and
  has not got it, stock, what changed, forecast, asks, buttons, pictures, the coordinators' page with its charts and its table; the mails
  rendered, their styles inlined, sealed, and written in one transaction per chunk.
- **bare**: the same templates rendered with the same contexts, styles inlined, in a loop that does nothing else: each chunk of mails once
  more, in turn right after the task has written it and right before, so that neither always finds what the other has just kept; making
  the contexts is not counted.

The target: preparing at least 60 % as fast as bare. Both run in turn, chunk by chunk, so that what else the machine does weighs on both.
A first run on the small network is not counted: templates are compiled and fonts read once in the life of a worker.
A process for itself then prepares the small and the large network, and tells its largest memory: the large one may
need at most a quarter more than the small one (its table is longer, and goes with each coordinator's mail). What delivering costs is told
by `messages_delivery.py`.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database

TARGET, MOST_GROWTH = 0.60, 1.25
DATABASE = "bench_messages"


def fill(stores: int, coordinators: int) -> None:
    """Write the network: a year of stops, as in the benchmark of the stock, and people who want the report."""
    import stock
    from django.db import connection

    from crates.models import StoreContainer
    from lincassable.accounts.models import AccessLink, User
    from lincassable.messaging.models import Message
    from stores.models import Contact, Store

    for model in (Message, Contact, AccessLink):
        model.objects.all().delete()
    stock.fill(stores, 12)
    Store.objects.update(status="active")
    shops = list(Store.objects.filter(kind="shop").order_by("pk").values_list("pk", flat=True))
    kinds = dict(StoreContainer._meta.get_field("container_type").remote_field.model.objects.values_list("code", "pk"))
    StoreContainer.objects.bulk_create(
        [
            StoreContainer(store_id=pk, container_type_id=kinds[code], capacity=room)
            for pk in shops
            for code, room in (("75", 80), ("33", 60))
        ],
        batch_size=2000,
    )
    Contact.objects.bulk_create(
        [
            Contact(store_id=pk, name=f"Camille {pk}", email=f"camille{pk}@boutique.example", language="en" if pk % 5 == 0 else "fr")
            for pk in shops
        ],
        batch_size=2000,
    )
    AccessLink.objects.bulk_create([AccessLink(kind=AccessLink.STORE, object_id=pk) for pk in shops], batch_size=2000)
    User.objects.bulk_create(
        [User(email=f"coordination{n}@example.org", is_staff=True, language="fr") for n in range(coordinators)], ignore_conflicts=True
    )
    with connection.cursor() as cursor:
        cursor.execute(DECLARE, {"share": 3})
        cursor.execute("VACUUM ANALYZE")


# Two shops in three declared in the last weeks.
DECLARE = """
    INSERT INTO crates_declaration (key, store_id, declared_at, received_at, wants_pickup, first_name, note, actor_kind, state,
        settled_reason, settled_by_kind, source, source_id)
    SELECT gen_random_uuid(), id, day, day, false, '', '', 'system', 'posted', '', '', '', ''
    FROM stores_store, LATERAL (SELECT now() - mod(stores_store.id, 40) * interval '1 day' AS day) AS said
    WHERE kind = 'shop' AND mod(id, %(share)s) <> 0
"""


def forget() -> None:
    """Empty the outbox: nobody has got the report."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message CASCADE")


@contextmanager
def kept_apart() -> Iterator[list[float]]:
    """Render the mails of the run once more by themselves and add up [seconds of that by the clock, of the processor, mails].

    The first chunk after it was written, the second before, and so on: whoever comes second finds sentences and pictures that the first
    has just worked out and kept.
    """
    from lincassable.messaging.rendering import render
    from lincassable.reporting import services

    enqueue, spent, turn = services.enqueue_many, [0.0, 0.0, 0], [0]

    def bare(chunk):  # type: ignore[no-untyped-def]
        wall, busy = time.perf_counter(), time.process_time()
        for one in chunk:
            render(one.template, one.to, one.context)
        spent[0] += time.perf_counter() - wall
        spent[1] += time.process_time() - busy
        spent[2] += len(chunk)

    def both(prepared):  # type: ignore[no-untyped-def]
        chunk = list(prepared)  # ours pays for making them
        turn[0] += 1
        if turn[0] % 2 == 0:
            bare(chunk)
        written = enqueue(chunk)
        if turn[0] % 2:
            bare(chunk)
        return written

    services.enqueue_many = both
    try:
        yield spent
    finally:
        services.enqueue_many = enqueue


def prepare() -> int:
    """Run the task; return how many mails it wrote."""
    from lincassable.reporting import services

    summary = services.send_weekly_reports(force=True)
    return summary.stores + summary.coordinators


def database_seconds() -> float:
    """Return the processor time so far of this process's database session."""
    from django.db import connection

    connection.ensure_connection()
    times = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return times.user + times.system


def measure() -> float:
    """Time preparing and bare on the same run; return bare seconds / preparing seconds."""
    forget()
    gc.collect()
    wall, busy, database = time.perf_counter(), time.process_time(), database_seconds()
    with kept_apart() as spent:
        mails = prepare()
    wall, busy, database = time.perf_counter() - wall, time.process_time() - busy, database_seconds() - database
    bare, ours = spent[0], wall - spent[0]
    bare_busy, ours_busy = spent[1], busy - spent[1] + database
    line = "{:12}{:8} mails {:8.1f} s {:8.0f} mails/s   processors {:6.2f} ms a mail"
    print(
        line.format("preparing", mails, ours, mails / ours, 1000 * ours_busy / mails)
        + f", {1000 * database / mails:.2f} of it the database's"
    )
    print(line.format("bare", spent[2], bare, spent[2] / bare, 1000 * bare_busy / spent[2]))
    print(
        f"preparing at {100 * bare / ours:.0f} % of the speed of bare rendering (target {100 * TARGET:.0f} %),"
        f" {100 * bare_busy / ours_busy:.0f} % by the processors' time",
        flush=True,
    )
    return bare / ours


def peak_mb(name: str) -> float:
    """Return the largest memory of a process that does nothing but prepare the reports of the database `name`."""
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; import os, django; django.setup();"
        "from django.conf import settings; from django.db import connection;"
        f"connection.settings_dict['NAME'] = settings.DATABASES['default']['NAME'] = {name!r};"
        "import messages; messages.prepare(); import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> int:
    """Measure; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=10_000)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--coordinators", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    with own_database(DATABASE):
        from django.db import connection

        peaks, ratio = [], 0.0
        for stores in (chosen.small, chosen.stores):
            fill(stores, chosen.coordinators)
            print(f"\n{stores} stores, {chosen.coordinators} coordinators", flush=True)
            forget()
            connection.close()
            peaks.append(peak_mb(DATABASE))
            print(f"largest memory {peaks[-1]:.0f} MB", flush=True)
            if stores == chosen.small:
                forget()
                prepare()
            ratio = statistics.median(measure() for _round in range(chosen.rounds))
        growth = peaks[1] / peaks[0]
        print(f"\nmemory of the large network / the small one: {growth:.2f} (at most {MOST_GROWTH})")
        return int(ratio < TARGET or growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
