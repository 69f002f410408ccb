"""The second half of `./run`, inside `.venv`: servers, preparation, then web server, worker and scheduler together."""

from __future__ import annotations

import fcntl
import os
import sys
import time
import urllib.error
import urllib.request
from typing import IO

from lincassable.embedded.bootstrap import ROOT, VAR, check_not_running, check_port, give_up
from lincassable.embedded.runner import Runner, Stopped

START_LIMIT = 120  # seconds for the web server to answer


def hold_lock(address: str) -> IO[str]:
    """Mark this folder as running, until this process ends however it ends; return the open file."""
    VAR.mkdir(parents=True, exist_ok=True)
    file = open(VAR / "run.lock", "a+")  # noqa: SIM115 - stays open: its lock is the mark
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        check_not_running()
        give_up("Lincassable already runs from this folder.")
    file.truncate(0)
    file.write(address)
    file.flush()
    return file


def set_environment(address: str) -> None:
    """Tell this process's children, and `manage.py` in another terminal, that this is a local site at `address`."""
    os.environ["LOCAL"] = "1"
    os.environ["VAR_DIR"] = str(VAR)
    site = os.environ.setdefault("SITE_URL", address)
    fresh = VAR / "local.env.new"
    fresh.write_text(f"LOCAL=1\nSITE_URL={site}\n")
    fresh.replace(VAR / "local.env")


def start_servers() -> None:
    """Start the embedded PostgreSQL and Valkey, unless the settings name others."""
    from lincassable.embedded.postgres import EmbeddedServerError

    try:
        import lincassable.settings  # noqa: F401 - reading the settings starts them
    except EmbeddedServerError as error:
        give_up(str(error))


def stop_servers() -> None:
    """Stop the embedded servers this process has started or found running; the database goes last."""
    from lincassable.embedded import postgres, valkey

    for broker in valkey.STARTED:
        broker.stop()
    for database in postgres.STARTED:
        database.stop()


def commands(port: int) -> dict[str, list[str]]:
    """Return the processes of a running site. Paths may hold spaces, so every program is started by its module."""
    web = ["gunicorn", "lincassable.wsgi:application", "--bind", f"127.0.0.1:{port}", "-w", "2", "--threads", "4"]
    web += ["--no-control-socket", "--log-level", "warning", "--graceful-timeout", "10"]
    # The worker carries the scheduler (-B) and serves both queues.
    worker = ["celery", "-q", "-A", "lincassable", "worker", "-B", "--pool", "threads", "-c", "4"]
    worker += ["-Q", "mail,computing", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    # As root (a container) Celery shows ten lines of warning at each start.
    no_warning = ["-W", "ignore:You're running the worker with superuser privileges"]
    return {"The web server": [sys.executable, "-m", *web], "The worker": [sys.executable, *no_warning, "-m", *worker]}


def answers(address: str) -> bool:
    """Whether the web server says that it is up."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{address}/healthz", timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def announce(runner: Runner, port: int, access: str) -> None:
    """Wait until the site answers, then print its address and `access`: the demo administrator and a store's link."""
    deadline = time.monotonic() + START_LIMIT
    while not answers(f"http://127.0.0.1:{port}"):
        if runner.stop_asked or runner.ended():
            return
        if time.monotonic() > deadline:
            print(f"The web server did not answer within {START_LIMIT} s.", file=sys.stderr, flush=True)
            return
        time.sleep(0.2)
    print(f"\nLincassable runs at {os.environ['SITE_URL']} (Ctrl-C stops it).\n{access}", flush=True)


def main(port: int) -> int:
    """Run the site on `port` until a signal comes; return the exit code."""
    address = f"http://localhost:{port}"
    runner = Runner(cwd=ROOT)
    try:
        # Held until the servers have stopped: the name keeps the file open.
        lock = hold_lock(address)  # noqa: F841
        check_port(port)
        set_environment(address)
        start_servers()
        code, access = runner.step(sys.executable, "-m", "lincassable.embedded.prepare")
        if code:
            return code
        return runner.watch(commands(port), lambda: announce(runner, port, access))
    except Stopped:
        return 0
    finally:
        runner.watching = True  # further signals change nothing: we are stopping
        stop_servers()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
