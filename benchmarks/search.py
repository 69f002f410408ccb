"""How long the search everywhere takes in a large network, next to its own SQL sent bare.

    python benchmarks/search.py [--places 10000] [--rounds 21]

Fills a database of its own with places, a contact each, and a palox for every fifth. For each question: **ours** is the
service as the page calls it (models, permissions, order, words); **bare** sends the very same statements through a cursor in
one transaction and fetches every row. Fails when ours takes more
than three times bare, or when the number of queries grows with the network.
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

MOST_TIMES_BARE = 3.0
QUESTIONS = ["Épicerie du Port", "epiccerie marsielle", "marseille", "zoe.martin412@", "06 12 00 41 23", "INC-00417", "T-12"]
WORDS = ["Épicerie", "Biocoop", "Cave", "Brasserie", "Halles", "Fournil", "Comptoir", "Marché", "Ferme", "Atelier", "Hôtel", "Bistrot"]
OF = ["du Port", "des Œillets", "du Château", "Saint-Roch", "de la Gare", "du Cœur", "aux Herbes", "du Lavoir", "des Alpilles", "Émile"]
TOWNS = ["Marseille", "Arles", "Sète", "Aix-en-Provence", "Nîmes", "Montpellier", "Toulon", "Avignon", "Béziers", "Alès", "Gap", "Digne"]
FIRST = ["Zoé", "Camille", "Noël", "Inès", "Théo", "Léa", "Aurélien", "Maëlle"]
LAST = ["Martin", "Roche", "Lefèvre", "Garcia", "Müller", "Bénard", "Faure"]


def fill(places: int) -> None:
    """Write the network."""
    from django.db import connection

    from crates.models import Palox
    from stores.models import Contact, Store

    for model in (Palox, Contact, Store):
        model.objects.all().delete()
    Store.objects.bulk_create(
        [Store(pk=n, name=f"{WORDS[n % 12]} {OF[n // 12 % 10]} {n}", city=TOWNS[n // 7 % 12]) for n in range(1, places + 1)],
        batch_size=2000,
    )
    Contact.objects.bulk_create(
        [
            Contact(store_id=n, name=f"{FIRST[n % 8]} {LAST[n // 8 % 7]}", email=f"zoe.martin{n}@boutique.example", phone=f"+33612{n:06}")
            for n in range(1, places + 1)
        ],
        batch_size=2000,
    )
    Palox.objects.bulk_create([Palox(number=f"INC-{n:05}") for n in range(1, places // 5 + 1)], batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def best_ms(action: Callable[[], object], rounds: int) -> float:
    """Return the median time of an action in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def measure(places: int, rounds: int) -> tuple[int, float]:
    """Fill, time, print; return the most queries of a question, and the worst ratio to bare."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from lincassable.accounts.models import User
    from lincassable.portal.search import everywhere

    fill(places)
    user, _made = User.objects.get_or_create(email="bench@example.org", defaults={"is_superuser": True, "is_staff": True})
    most, worst = 0, 0.0
    print(f"{places} places\n{'question':24}{'queries':>8}{'found':>7}{'ours ms':>9}{'bare ms':>9}{'ratio':>7}", flush=True)
    for text in QUESTIONS:
        with CaptureQueriesContext(connection) as made:
            found = sum(len(group.found) for group in everywhere(text, user=user))
        statements = [query["sql"] for query in made.captured_queries if query["sql"].split()[0] in ("SELECT", "WITH")]

        def bare(statements: list[str] = statements) -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                    cursor.fetchall()

        # In turns, so that what else the machine does weighs on both.
        ours_ms = bare_ms = float("inf")
        for _round in range(3):
            ours_ms = min(ours_ms, best_ms(lambda text=text: everywhere(text, user=user), rounds))
            bare_ms = min(bare_ms, best_ms(bare, rounds))
        most, worst = max(most, len(made)), max(worst, ours_ms / bare_ms)
        print(f"{text:24}{len(made):8}{found:7}{ours_ms:9.1f}{bare_ms:9.1f}{ours_ms / bare_ms:7.2f}", flush=True)
    return most, worst


def main() -> int:
    """Measure a small and a large network; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=21)
    chosen = parser.parse_args()
    with own_database("bench_search"):
        few, _ratio = measure(100, chosen.rounds)
        many, worst = measure(chosen.places, chosen.rounds)
        return int(few != many or worst > MOST_TIMES_BARE)


if __name__ == "__main__":
    sys.exit(main())
