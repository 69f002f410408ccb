"""How many declarations a second the site takes from fifty people at once, against the least that Django could do.

    python benchmarks/mobile.py [--phones 50] [--seconds 8] [--rounds 5]

Two gunicorn servers, alike (2 processes of 4 threads), on one database of its own:

- ours: the declaration form as a store's phone opens it (GET) and sends it with a pickup asked for (POST);
- bare: a Django view that sends the same statements behind the same middleware, and does nothing else: no check of
  who asks, no form, no rule, no template (`bare_views.same`);
- plain: the same number of queries again, each on one row of a small table: the least there is (`bare_views.plain`).

They are measured in turn, several rounds; the median counts. Target: ours at least 70 % of bare's requests per second;
the share of plain is printed too.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent))
from load import Call, Measured, measure
from own_database import ROOT, own_database

HERE = Path(__file__).resolve().parent
TARGET = 0.7
SERVER = ["-w", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
OURS, BARE = 18731, 18732


def database_url() -> str:
    """Return the DATABASE_URL of the benchmark's database, also when it is reached by a socket."""
    from django.db import connection

    found = connection.settings_dict
    host = found["HOST"] or found.get("OPTIONS", {}).get("host", "")
    account = quote(found["USER"]) + (f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else "")
    if host.startswith("/"):
        return f"postgres://{account}@/{quote(found['NAME'])}?host={quote(host, safe='/')}"
    return f"postgres://{account}@{host}:{found['PORT'] or 5432}/{quote(found['NAME'])}"


def environment(folder: str) -> dict[str, str]:
    """Return what a server of ours needs to share this process's database, cache and secrets, set up as in production."""
    from django.conf import settings

    ours = {
        "LOCAL": "1",
        "DEBUG": "0",
        "LOG_JSON": "1",
        "LOG_LEVEL": "INFO",
        "VAR_DIR": folder,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "CACHE_URL": settings.CACHE_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "LINK_SECRET": settings.LINK_SECRET,
        "SITE_URL": f"http://localhost:{OURS}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]),
    }
    return {**os.environ, **ours}


@contextmanager
def server(application: str, port: int, variables: dict[str, str]) -> Iterator[None]:
    """Run gunicorn until the end of the block."""
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", *SERVER]
    with (Path(variables["VAR_DIR"]) / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
    try:
        yield
    except Exception:
        print((Path(variables["VAR_DIR"]) / f"{port}.log").read_text()[-2000:], file=sys.stderr)
        raise
    finally:
        process.terminate()
        process.wait(30)


def make_network(phones: int) -> list[tuple[int, str]]:
    """Write one store per phone, with two kinds of crates counted; return (store id, cookie of its card)."""
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from crates.models import ContainerType, StoreContainer
    from crates.services import CountedLine, record_inventory
    from lincassable.accounts import links
    from lincassable.accounts.actors import Actor
    from lincassable.accounts.models import AccessLink
    from stores.models import Store

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_bare (id bigserial PRIMARY KEY, store_id bigint REFERENCES stores_store, note text)")
    kinds = list(ContainerType.objects.filter(code__in=["75", "33"]))
    made = []
    for number in range(phones):
        store = Store.objects.create(name=f"Place {number}", city="Marseille", postcode="13001")
        StoreContainer.objects.bulk_create(StoreContainer(store=store, container_type=kind, capacity=40) for kind in kinds)
        lines = [CountedLine(kind, 40, 0) for kind in kinds]
        record_inventory(store, key=uuid.uuid4(), counted_at=timezone.now(), lines=lines, by=Actor.system())
        phone = Client(headers={"Host": "localhost"})
        phone.get(f"/p/{links.token(links.link_for(AccessLink.STORE, store.pk))}")
        # The page's language switch brings this one at the first visit; a phone that comes back has it.
        phone.cookies["csrftoken"] = uuid.uuid4().hex
        made.append((store.pk, "; ".join(f"{name}={morsel.value}" for name, morsel in phone.cookies.items())))
    return made


def calls(phones: list[tuple[int, str]]) -> dict[str, tuple[int, Callable[[int], Call], int]]:
    """Return what is measured: name -> (port, the next request of a phone, the expected status)."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def ours_get(number: int) -> Call:
        return Call("GET", "/p/declarer/", {"Cookie": phones[number][1], "Accept": "text/html", "Accept-Language": "fr"})

    def filled_in() -> bytes:
        full = random.randrange(40)
        return urlencode({"key": uuid.uuid4(), "full_75": full, "full_33": full // 2, "wants_pickup": "on", "note": "quai nord"}).encode()

    def ours_post(number: int) -> Call:
        headers = {"Cookie": phones[number][1], "Accept": "application/json", "Sec-Fetch-Site": "same-origin", **form}
        return Call("POST", "/p/declarer/", headers, filled_in())

    def bare_get(view: str) -> Callable[[int], Call]:
        return lambda number: Call("GET", f"/{view}/{phones[number][0]}/")

    def bare_post(view: str) -> Callable[[int], Call]:
        return lambda number: Call("POST", f"/{view}/{phones[number][0]}/", form, filled_in())

    return {
        "GET ours": (OURS, ours_get, 200),
        "GET bare": (BARE, bare_get("same"), 200),
        "GET plain": (BARE, bare_get("plain"), 200),
        "POST ours": (OURS, ours_post, 200),
        "POST bare": (BARE, bare_post("same"), 200),
        "POST plain": (BARE, bare_post("plain"), 200),
    }


def wait_until_up(asked: dict[str, tuple[int, Callable[[int], Call], int]]) -> None:
    """Wait until both servers answer, and let each process load what it loads once."""
    for port, make, expected in asked.values():
        deadline = time.monotonic() + 60
        while True:
            try:
                measure(port, make, phones=8, seconds=1, expected=expected)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the server on port {port} does not start")
                time.sleep(0.3)


def check(variables: dict[str, str]) -> None:
    """Exit unless what was measured is right: nothing lost, nothing doubled, the ledger in order."""
    from crates.check import check_ledger
    from crates.models import Declaration
    from pickups.models import PickupRequest

    if check_ledger() or PickupRequest.objects.open().count() > Declaration.objects.values("store").distinct().count():
        sys.exit("The ledger is not in order after the load.")
    print(f"{Declaration.objects.count()} declarations recorded; the ledger is in order.")


def main() -> int:
    """Print the table; return 1 when the target is missed."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--phones", type=int, default=50, help="people at once")
    options.add_argument("--seconds", type=float, default=8, help="length of one measure")
    options.add_argument("--rounds", type=int, default=5, help="measures of each, taken in turn; the median counts")
    chosen = options.parse_args()
    os.environ.setdefault("VAR_DIR", str(ROOT / "var" / "bench-mobile"))  # another benchmark may be running
    with own_database("bench_mobile"), tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        variables = environment(folder)
        subprocess.run([sys.executable, "manage.py", "collectstatic", "--no-input", "-v", "0"], cwd=ROOT, env=variables, check=True)
        asked = calls(make_network(chosen.phones))
        stack.enter_context(server("lincassable.wsgi:application", OURS, variables))
        stack.enter_context(server("bare:application", BARE, variables))
        wait_until_up(asked)
        found: dict[str, list[Measured]] = {name: [] for name in asked}
        for _ in range(chosen.rounds):
            for name, (port, make, expected) in asked.items():
                found[name].append(measure(port, make, phones=chosen.phones, seconds=chosen.seconds, expected=expected))
        worst = report(found)
        check(variables)
    print(f"Target: ours at least {TARGET:.0%} of bare. Worst: {worst:.0%}.")
    return int(worst < TARGET)


def report(found: dict[str, list[Measured]]) -> float:
    """Print the medians and the ratios; return the worst ratio of requests per second to bare."""
    print(f"{'':10} {'requests/s':>11} {'p95 ms':>8} {'median ms':>10}")
    rates = {}
    for name, runs in found.items():
        rates[name] = statistics.median(run.rate for run in runs)
        p95, median = (statistics.median(getattr(run, figure) for run in runs) for figure in ("p95", "median"))
        print(f"{name:10} {rates[name]:11.1f} {p95:8.1f} {median:10.1f}")
    ratios = {}
    for other in ("plain", "bare"):
        ratios = {method: rates[f"{method} ours"] / rates[f"{method} {other}"] for method in ("GET", "POST")}
        print(f"ours/{other}: " + ", ".join(f"{method} {ratio:.2f}" for method, ratio in ratios.items()))
    return min(ratios.values())


if __name__ == "__main__":
    sys.exit(main())
