"""What the public points cost in a large network, next to the same rows in a bare json.dumps.

    python benchmarks/map.py [--places 10000] [--rounds 11]

Fills a database of its own with public places. **bare**: the very same statements through a cursor, every row fetched, and one
`json.dumps` of them as they come. **written**: the collection made anew (no cache), compressed, with its ETag. **page**: the whole
answer of the site, middlewares and all, from the cache; **304**: the same when nothing changed; **our map**: the page's shorter list,
likewise. On the wire: bytes as they are sent, next to the bare rows compressed the same way. In turns, medians. Fails when writing
takes more than MOST_TIMES_BARE times bare, when a cached answer is not faster than bare, or when the bytes exceed MOST_TIMES_BYTES
times those of the bare rows.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database

if TYPE_CHECKING:
    from django.http import HttpResponse
    from django.test import Client

MOST_TIMES_BARE = 3.0
MOST_TIMES_BYTES = 1.5
HOURS = ["Mo-Sa 09:00-19:00; PH off", "Tu-Sa 09:00-12:30,14:30-19:00; PH off", "Mo-Fr 08:30-19:30; Sa 09:00-13:00", "Fr-Sa 18:00-02:00", ""]
WORDS = ["Épicerie", "Biocoop", "Cave", "Brasserie", "Halles", "Fournil", "Comptoir", "Marché", "Ferme", "Atelier", "Hôtel", "Bistrot"]
OF = ["du Port", "des Œillets", "du Château", "Saint-Roch", "de la Gare", "du Cœur", "aux Herbes", "du Lavoir", "des Alpilles", "Émile"]
TOWNS = ["Marseille", "Arles", "Sète", "Aix-en-Provence", "Nîmes", "Montpellier", "Toulon", "Avignon", "Béziers", "Alès", "Gap", "Digne"]


def fill(places: int) -> None:
    """Write the network: public places with an address, a position, hours, and two kinds of containers each."""
    from django.db import connection

    from crates.models import ContainerType, StoreContainer
    from stores.enums import DepositPractice, Kind
    from stores.models import Store

    rng = random.Random(1)
    kinds = [Kind.SHOP] * 8 + [Kind.RESTAURANT, Kind.PRODUCER]
    Store.objects.bulk_create(
        [
            Store(
                pk=n,
                name=f"{WORDS[n % 12]} {OF[n // 12 % 10]} {n}",
                kind=kinds[n % 10],
                street=f"{n % 180 + 1} rue {OF[n // 5 % 10]}",
                postcode=f"{13000 + n % 900:05}",
                city=TOWNS[n // 7 % 12],
                latitude=round(rng.uniform(42.4, 50.8), 6),
                longitude=round(rng.uniform(-4.5, 7.7), 6),
                opening_hours=HOURS[n % 5],
                deposit_practice=DepositPractice.values[n % 4],
                website=f"https://place-{n}.example/" if n % 3 == 0 else "",
            )
            for n in range(1, places + 1)
        ],
        batch_size=2000,
    )
    types = list(ContainerType.objects.filter(code__in=["75", "33"]))
    rows = [StoreContainer(store_id=n, container_type=kind, capacity=40) for n in range(1, places + 1) for kind in types]
    StoreContainer.objects.bulk_create(rows, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def median_ms(action: Callable[[], object], rounds: int) -> float:
    """Return the median time of an action in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def statements() -> list[str]:
    """Return the SQL that the collection asks for."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from lincassable.portal.public.data import collection

    with CaptureQueriesContext(connection) as made:
        collection()
    return [query["sql"] for query in made.captured_queries]


def rows_of(statements: list[str]) -> list[Any]:
    """Return the rows of each statement, read by a bare cursor."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            found.append(cursor.fetchall())
    return found


def measure(places: int, rounds: int) -> bool:
    """Fill, time, print; return whether the targets hold."""
    from django.test import Client

    from lincassable.portal.public.data import collection, written

    fill(places)
    sql = statements()

    def bare() -> bytes:
        return json.dumps(rows_of(sql), default=str, ensure_ascii=False, separators=(",", ":")).encode()

    def ask(**headers: str) -> tuple[int, bytes, str]:
        answer = client.get("/api/v1/points.geojson", headers={"Accept-Encoding": "gzip", **headers})
        return answer.status_code, answer.content, answer["ETag"]

    client = Client(SERVER_NAME="localhost")
    status, packed, tag = ask()
    assert status == 200
    assert json.loads(gzip.decompress(packed))["features"]
    assert ask(**{"If-None-Match": tag})[0] == 304
    actions: dict[str, Callable[[], object]] = {
        "bare rows, json.dumps": bare,
        "bare, compressed": lambda: gzip.compress(bare(), compresslevel=6, mtime=0),
        "collection, as text": collection,
        "written, no cache": written,
        "page, from the cache": ask,
        "304": lambda: ask(**{"If-None-Match": tag}),
        **own_map(client),
    }
    times = fastest(actions, rounds)
    rows = bare()
    own = client.get("/carte/points/", headers={"Accept-Encoding": "gzip"}).content
    tell(f"{places} places, {len(sql)} queries", times, rows, packed, own)
    ratio = times["written, no cache"] / times["bare, compressed"]
    print(f"written / bare compressed: {ratio:.2f}", flush=True)
    cheap = max(times["page, from the cache"], times["our map, from the cache"]) < times["bare rows, json.dumps"]
    return ratio <= MOST_TIMES_BARE and cheap and len(packed) <= MOST_TIMES_BYTES * len(gzip.compress(rows, compresslevel=6, mtime=0))


def own_map(client: Client) -> dict[str, Callable[[], object]]:
    """Return what is timed of our own map's points: written anew and compressed, from the cache, and when nothing changed."""
    from awareness.queries import upcoming_public
    from lincassable.portal.public import points
    from lincassable.portal.public.filters import Wish

    def ask(**headers: str) -> HttpResponse:
        return client.get("/carte/points/", headers={"Accept-Encoding": "gzip", **headers})

    tag = ask()["ETag"]
    assert ask(**{"If-None-Match": tag}).status_code == 304
    return {
        "our map, no cache": lambda: gzip.compress(points.written(Wish(), list(upcoming_public())), compresslevel=6, mtime=0),
        "our map, from the cache": ask,
        "our map, 304": lambda: ask(**{"If-None-Match": tag}),
    }


def fastest(actions: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the milliseconds of each action: the best of three medians, taken in turns so that a busy moment hits all of them."""
    times = dict.fromkeys(actions, float("inf"))
    for _round in range(3):
        for name, action in actions.items():
            times[name] = min(times[name], median_ms(action, rounds))
    return times


def tell(title: str, times: dict[str, float], rows: bytes, packed: bytes, own: bytes) -> None:
    """Print the times and the sizes: bare rows, the file as it is sent, our own map's points as they are sent."""
    zipped, plain = gzip.compress(rows, compresslevel=6, mtime=0), gzip.decompress(packed)
    print(f"{title}\n{'':24}{'ms':>9}{'× bare':>9}")
    for name, ms in times.items():
        print(f"{name:24}{ms:9.2f}{ms / times['bare rows, json.dumps']:9.2f}", flush=True)
    print(f"bytes: bare {len(rows):,}, ours {len(plain):,} ({len(plain) / len(rows):.2f})")
    print(f"on the wire: bare compressed {len(zipped):,}, ours {len(packed):,} ({len(packed) / len(zipped):.2f}), 304: 0")
    print(f"our map's own points on the wire: {len(own):,}", flush=True)


def main() -> int:
    """Measure; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=11)
    chosen = parser.parse_args()
    with own_database("bench_map"):
        return 0 if measure(chosen.places, chosen.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
