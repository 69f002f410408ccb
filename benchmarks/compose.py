"""The compose screen's time at the server, against bare views that ask the database as often.

    python benchmarks/compose.py [--places 1000] [--stops 12] [--rounds 21]

One database of its own, one process, the project's own middleware, asked by Django's test client:

- ours: the whole screen; the list of places filtered; one gesture (a stop moved, as the script of the screen sends it).
- bare: a view that sends the very same statements, fetches every row, and answers "ok": no rule, no model, no template.
- plain: as many queries again, each one row of a small table by its key: the least there is.
- framed: the same statements, then the admin's frame with an empty page: what any page of the admin costs.

They are measured in turn; the median counts. Target: a gesture at most 3 times bare.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import ROOT, own_database

TARGET = 3.0


def fill(places: int, stops: int) -> tuple[int, list[int]]:
    """Write a network with stock, requests and history, and a draft; return the tour's key and those of its places."""
    import random
    from datetime import timedelta

    from django.utils import timezone

    from crates.models import ContainerType, Declaration, StoreContainer
    from lincassable.accounts.actors import Actor
    from pickups import services
    from pickups.lines import PlannedLine, StopPlan
    from pickups.models import Carrier, PickupRequest, Vehicle
    from stores.enums import Kind
    from stores.models import Store

    by, now, dice = Actor.system(), timezone.now(), random.Random(7)
    hours = "Mo-Sa 09:00-19:00; PH off"
    kinds = list(ContainerType.objects.filter(code__in=["75", "33"]))
    hub = Store.objects.create(name="Hub", kind=Kind.HUB, city="Marseille", latitude="43.3", longitude="5.37")
    made = Store.objects.bulk_create(
        Store(name=f"Place {number}", city="Marseille", latitude=f"{43 + dice.random():.6f}", longitude="5.4", opening_hours=hours)
        for number in range(places)
    )
    StoreContainer.objects.bulk_create(StoreContainer(store=store, container_type=kind, capacity=40) for store in made for kind in kinds)

    _move(made, hub, kinds, "purchase", 90, 30)
    _move(made, hub, kinds, "pickup", 60, -10)
    _move(made, hub, kinds, "pickup", 30, -8)
    Declaration.objects.bulk_create(
        Declaration(key=uuid.uuid4(), store=store, declared_at=now - timedelta(days=5), **Declaration.author(by)) for store in made
    )
    PickupRequest.objects.bulk_create(PickupRequest(store=store) for store in made[::9])
    carrier = Carrier.objects.create(name="T", email="quai@transport.example")
    vehicle = Vehicle.objects.create(carrier=carrier, name="Porteur", kind="truck_12t", payload_kg=5000, pallets=14, crates=400)
    plans = [StopPlan(store, [PlannedLine(kind, 10, 8) for kind in kinds]) for store in made[:stops]]
    tour = services.create_tour(date=(now + timedelta(days=9)).date(), hub=hub, carrier=carrier, vehicle=vehicle, by=by, stops=plans)
    return tour.pk, [store.pk for store in made[:stops]]


def _move(places: list, hub: object, kinds: list, cause: str, days: int, signed: int) -> None:
    """Write one movement of so many full containers of each kind to (or, below 0, from) every place."""
    from datetime import timedelta

    from django.utils import timezone

    from crates.models import Entry, Movement
    from lincassable.accounts.actors import Actor

    at = timezone.now() - timedelta(days=days)
    movement = Movement.objects.create(key=uuid.uuid4(), cause=cause, occurred_at=at, **Movement.author(Actor.system()))
    line = {"movement": movement, "content": "full", "occurred_at": at}
    rows = [Entry(store=store, container_type=kind, quantity=signed, **line) for store in places for kind in kinds]
    rows += [Entry(store=hub, container_type=kind, quantity=-signed * len(places), **line) for kind in kinds]
    Entry.objects.bulk_create(rows, batch_size=10_000)


def browser() -> object:
    """Return the test client of a coordinator, as a browser on the site."""
    from django.contrib.auth.models import Group
    from django.test import Client

    from lincassable.accounts.models import User

    user = User.objects.create_user("bench@lincassable.example", "bench", name="Bench", is_staff=True)
    user.groups.add(Group.objects.get(name="coordinator"))
    client = Client(headers={"Host": "localhost", "Accept-Language": "fr"})
    client.force_login(user)
    return client


def actions(client: object, tour: int, stops: list[int]) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name."""
    from django.urls import reverse

    address, script = reverse("admin:pickups_tour_compose", args=[tour]), {"X-Requested-With": "compose"}
    turn = {"up": False}

    def gesture() -> object:
        turn["up"] = not turn["up"]
        return client.post(address, {"do": f"{'up' if turn['up'] else 'down'}:{stops[1]}"}, headers=script)

    return {
        "screen": lambda: client.get(address),
        "list": lambda: client.get(f"{address}?q=place", headers=script),
        "points": lambda: client.get(reverse("admin:pickups_tour_points", args=[tour])),
        "gesture": gesture,
    }


def statements(action: Callable[[], object]) -> list[str]:
    """Return the statements that an action sends, those of the session and of the account apart."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    action()
    with CaptureQueriesContext(connection) as queries:
        answer = action()
    assert answer.status_code == 200, answer.status_code
    ours = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "\n")
    kept = [query["sql"] for query in queries if query["sql"].startswith(ours)]
    return [sql for sql in kept if "django_session" not in sql and "accounts_user" not in sql.split("WHERE")[0]]


def timed(action: Callable[[], object]) -> float:
    """Return the milliseconds that an action takes, the best of three: a busy machine only ever makes it longer."""
    times = []
    gc.collect()
    for _ in range(3):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def main() -> int:
    """Print the table; return 1 when the target is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--places", type=int, default=1000)
    options.add_argument("--stops", type=int, default=12)
    options.add_argument("--rounds", type=int, default=21, help="measures of each, taken in turn; the median counts")
    chosen = options.parse_args()
    os.environ.setdefault("VAR_DIR", str(ROOT / "var" / "bench-compose"))
    with own_database("bench_compose"):
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS, settings.ROOT_URLCONF = ["*"], "compose_views"
        call_command("collectstatic", "--no-input", "-v", "0")
        tour, stops = fill(chosen.places, chosen.stops)
        from django.db import connection

        connection.cursor().execute("VACUUM ANALYZE")
        client = browser()
        return report(client, actions(client, tour, stops), chosen.rounds)


def report(client: object, ours: dict[str, Callable[[], object]], rounds: int) -> int:
    """Measure, print, and return the exit code."""
    import compose_views

    compose_views.STATEMENTS.update({name: statements(action) for name, action in ours.items()})
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):
        for name, action in ours.items():
            ways = {kind: (lambda kind=kind, name=name: client.get(f"/{kind}/{name}/")) for kind in ("bare", "plain", "framed")}
            for kind, way in {"ours": action, **ways}.items():
                found.setdefault((name, kind), []).append(timed(way))
    print(f"{'':8} {'queries':>8} {'ours ms':>8} {'bare ms':>8} {'×':>5} {'plain ms':>9} {'×':>5} {'framed ms':>10} {'×':>5}")
    ratios = {}
    for name in ours:
        times = {kind: statistics.median(found[name, kind]) for kind in ("ours", "bare", "plain", "framed")}
        ratios[name] = times["ours"] / times["bare"]
        shown = [f"{name:8} {len(compose_views.STATEMENTS[name]):8} {times['ours']:8.1f}"]
        shown += [
            f"{times[kind]:{width}.1f} {times['ours'] / times[kind]:5.2f}" for kind, width in (("bare", 8), ("plain", 9), ("framed", 10))
        ]
        print(" ".join(shown))
    print(f"Target: at most {TARGET} times bare. Worst: {max(ratios.values()):.2f}.")
    return int(max(ratios.values()) > TARGET)


if __name__ == "__main__":
    sys.exit(main())
