"""How long the list of likely duplicates takes in a large network, next to comparing the neighbours bare.

    python benchmarks/duplicates.py [--places 10000] [--rounds 7]

Fills a database of its own with places of 300 towns, a contact each, one place in fifty typed twice. **ours**: `stores.duplicates.pairs()`,
with the names, reasons and order that the page shows. **bare**: every place next to each other one of its postcode, by the likeness of
their names without accents, in SQL: what the list takes when nothing is left out beforehand (it finds fewer pairs: no neighbours across
a border, no shared e-mail or phone). In turns, medians. Fails when ours is not faster than bare, or when fewer than 95 in 100 of the
places typed twice are among the pairs.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database

TOWNS = 300
LEAST_FOUND = 0.95
WORDS = ["Épicerie", "Biocoop", "Cave", "Brasserie", "Halles", "Fournil", "Comptoir", "Marché", "Ferme", "Atelier", "Hôtel", "Bistrot"]
OF = ["du Port", "des Œillets", "du Château", "Saint-Roch", "de la Gare", "du Cœur", "aux Herbes", "du Lavoir", "des Alpilles", "Émile"]
BY = ["Martin", "Garcia", "Lefèvre", "Roux", "Faure", "Blanc", "Girard", "Bonnet", "Durand", "Vidal", "Perrin", "Moulin", "Noël", "Roche"]
BARE = """
WITH place AS MATERIALIZED (SELECT id, postcode, plain_text(name) AS name FROM stores_store WHERE merged_into_id IS NULL)
SELECT a.id, b.id, similarity(a.name, b.name) FROM place AS a JOIN place AS b ON b.postcode = a.postcode AND b.id > a.id
WHERE similarity(a.name, b.name) >= 0.45
"""


def fill(places: int) -> set[tuple[int, int]]:
    """Write the network; return the pairs that are one place typed twice."""
    from django.db import connection

    from stores.models import Contact, Store

    rng = random.Random(3)
    towns = [(f"Ville-{n}", f"{10000 + n * 17:05}", rng.uniform(42.5, 50.5), rng.uniform(-4, 7)) for n in range(TOWNS)]
    weights = [1 / (n + 1) for n in range(TOWNS)]  # a few large towns, many small ones
    stores, twice = [], set()
    for n in range(1, places + 1):
        if n % 50 == 0:
            stores.append(_typed_again(n, stores[-1], rng))
            twice.add((n - 1, n))
            continue
        city, postcode, latitude, longitude = rng.choices(towns, weights)[0]
        postcode = (
            f"{int(postcode) + rng.randrange(4):05}" if weights[towns.index((city, postcode, latitude, longitude))] > 0.02 else postcode
        )
        stores.append(
            Store(
                pk=n,
                name=f"{rng.choice(WORDS)} {rng.choice(OF)} {rng.choice(BY) if n % 3 else ''}".strip(),
                street=f"{rng.randrange(1, 180)} rue {rng.choice(OF)}",
                postcode=postcode,
                city=city,
                latitude=round(rng.gauss(latitude, 0.015), 6),
                longitude=round(rng.gauss(longitude, 0.02), 6),
            )
        )
    Store.objects.bulk_create(stores, batch_size=2000)
    Contact.objects.bulk_create(
        [Contact(store_id=n, name="Zoé", email=f"zoe{n}@boutique.example", phone=f"+33612{n:06}") for n in range(1, places + 1)],
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return twice


def _typed_again(pk: int, one, rng: random.Random):  # type: ignore[no-untyped-def]
    """Return the place `one` as somebody else types it: another spelling, a position some metres away."""
    from stores.models import Store

    name = one.name.upper() if pk % 100 else one.name.replace("É", "E") + "."
    near = {
        "latitude": round(one.latitude + rng.uniform(-1, 1) * 2e-4, 6),
        "longitude": round(one.longitude + rng.uniform(-1, 1) * 2e-4, 6),
    }
    return Store(pk=pk, name=name, street=one.street, postcode=one.postcode, city=one.city, **near)


def seconds(action: Callable[[], object], rounds: int) -> float:
    """Return the median time of an action in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(places: int, rounds: int) -> bool:
    """Fill, time, print; return whether the targets hold."""
    from django.db import connection

    from stores.duplicates import pairs

    twice = fill(places)

    def bare() -> list[tuple[int, int, float]]:
        with connection.cursor() as cursor:
            cursor.execute(BARE)
            return cursor.fetchall()

    found = pairs()
    among = len(twice & {(pair.first.pk, pair.second.pk) for pair in found}) / len(twice)
    ours_s = bare_s = float("inf")
    for _round in range(3):
        ours_s, bare_s = min(ours_s, seconds(pairs, rounds)), min(bare_s, seconds(bare, rounds))
    print(f"{places} places, {len(twice)} typed twice, {len(found)} pairs shown, {among:.0%} of those typed twice among them")
    print(f"ours {ours_s * 1000:.0f} ms, bare {bare_s * 1000:.0f} ms ({len(bare())} pairs), ours / bare {ours_s / bare_s:.2f}", flush=True)
    return ours_s < bare_s and among >= LEAST_FOUND


def main() -> int:
    """Measure; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with own_database("bench_duplicates"):
        return 0 if measure(chosen.places, chosen.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
