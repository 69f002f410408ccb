"""A Celery worker of its own process for tests: same code, the test's database, a broker and a mail server of choice.

    with running_worker(tmp_path, email_url=server.url) as worker:      # the embedded Valkey, as `./run` has it
        ...
    with redis_server(tmp_path) as url, broker_at(url), running_worker(tmp_path, broker=url) as worker:   # Debian's
        ...

Time may be simulated: schedulers whose clocks are told, and workers whose tasks live at the time they were due.

    with running_worker(tmp_path, app="tests.simulated_time", pool="solo"), running_scheduler(tmp_path, monday) as scheduler:
        live_through([monday + timedelta(hours=hour) for hour in range(1, 24)], [scheduler])

Tests that use it need `@pytest.mark.django_db(transaction=True)`: the worker sees what is committed only.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import redis
from celery import current_app
from django.conf import settings
from django.db import connection

BASE = Path(__file__).resolve().parent.parent


def wait_for(condition: Callable[[], object], *, seconds: float = 90, what: str = "") -> object:
    """Return the first true answer of `condition`, asked again and again. Raises TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(what or f"{condition} stayed false for {seconds} s")
        time.sleep(0.02)
    return answer


def forget_tasks() -> int:
    """Empty the queues of this test process's own broker; return how many tasks waited there."""
    with current_app.connection_for_write() as broker:
        return sum(broker.default_channel.queue_purge(name) for name in current_app.amqp.queues)


def database_url() -> str:
    """Return the DATABASE_URL of the test database, also when it is reached by a socket."""
    found = connection.settings_dict
    host, port = found["HOST"] or found.get("OPTIONS", {}).get("host", ""), found["PORT"]
    account = quote(found["USER"]) + (f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else "")
    if host.startswith("/"):
        return f"postgres://{account}@/{quote(found['NAME'])}?host={quote(host, safe='/')}"
    return f"postgres://{account}@{host}{f':{port}' if port else ''}/{quote(found['NAME'])}"


def environment(folder: Path, *, broker: str = "", **others: str) -> dict[str, str]:
    """Return the environment of a process of ours that shares this test's database, broker, cache and secrets.

    `folder` becomes its VAR_DIR; `broker` is this test process's own broker unless named; `others` are set as given.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO_"))}
    ours = {
        "LOCAL": "1",
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": database_url(),
        "REDIS_URL": broker or str(current_app.conf.broker_url),
        "CACHE_URL": str(settings.CACHES["default"]["LOCATION"]),
        "SECRET_KEY": settings.SECRET_KEY,
        "LINK_SECRET": settings.LINK_SECRET,
        "SITE_URL": settings.SITE_URL,
        "MAIL_FOLDER": str(settings.MAIL_FOLDER),
        "LOG_JSON": "0",
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **ours, **others}


class Worker:
    """A running worker; `log` is the file of what it says."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log = process, log

    def said(self, text: str) -> bool:
        """Whether `text` is in its log."""
        return text in self.log.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        """Wait until it takes tasks. Raises RuntimeError when it ends instead."""
        wait_for(lambda: self.said(" ready.") or self.process.poll() is not None, seconds=60, what="the worker does not start")
        if self.process.poll() is not None:
            raise RuntimeError(f"the worker ended: {self.log.read_text(errors='replace')[-3000:]}")

    def kill(self) -> None:
        """kill -9, the worker and all its children."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """Ask it to finish what it does and leave; kill it when it does not within 20 seconds."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def running_worker(
    folder: Path,
    *,
    broker: str = "",
    email_url: str = "",
    pool: str = "threads",
    beat: bool = False,
    app: str = "lincassable",
    ready: bool = True,
    at_once: int = 2,
    **others: str,
) -> Iterator[Worker]:
    """Run a worker of both queues until the end of the block; it is ready when the block begins.

    `folder` takes its files; `broker` is a REDIS_URL (this process's own unless given); `email_url` an EMAIL_URL (mails
    go to settings.MAIL_FOLDER unless given); `beat` lets it schedule too; `app` is another Celery application; without
    `ready` the block begins at once (`wait_until_ready` when it matters); `at_once` is how many tasks it runs at a time; `others` are
    environment variables.
    """
    log = folder / f"worker-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "--pool", pool, "-c", str(at_once), "-Q", "mail,computing"]
    command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", *(["-B"] if beat else [])]
    variables = environment(folder, broker=broker, EMAIL_URL=email_url, **others)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=BASE, env=variables, stdout=output, stderr=output, start_new_session=True)
    worker = Worker(process, log)
    try:
        if ready:
            worker.wait_until_ready()
        yield worker
    finally:
        worker.stop()


class Scheduler:
    """A scheduler whose clock is told (tests/simulated_beat.py)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, moment: datetime) -> None:
        """Tell it the time; it sends what is due (`answer` waits for that)."""
        assert self.process.stdin is not None
        self.process.stdin.write(moment.isoformat() + "\n")
        self.process.stdin.flush()

    def answer(self) -> int:
        """Return how many messages it sent. Raises RuntimeError when it ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the scheduler ended; see beat-*.log")
        return int(line)


@contextmanager
def running_scheduler(folder: Path, start: datetime, *, broker: str = "", **others: str) -> Iterator[Scheduler]:
    """Run a scheduler of its own process, whose clock stands at `start` until it is told another time."""
    variables = environment(folder, broker=broker, **others)
    command = [sys.executable, "-m", "tests.simulated_beat", start.isoformat()]
    with (folder / f"beat-{time.monotonic_ns()}.log").open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=BASE,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("the scheduler does not start; see beat-*.log")
        yield Scheduler(process)
    finally:
        process.kill()
        process.communicate()


def live_through(moments: Iterable[datetime], schedulers: Sequence[Scheduler], *, seconds: float = 60) -> int:
    """Let every scheduler live through `moments`, all at once at each, and wait until the workers have run what was due.

    Returns how many messages the schedulers sent in all. `moments` grow; what falls due between two of them falls due at the later
    one, as after a scheduler that was away. The workers must be of `app="tests.simulated_time"` for their clocks to follow.
    """
    sent = 0
    for moment in moments:
        for scheduler in schedulers:
            scheduler.ask(moment)
        sent += sum(scheduler.answer() for scheduler in schedulers)
        wait_for(nothing_to_do, seconds=seconds, what=f"the workers do not finish what was due at {moment}")
    return sent


def nothing_to_do() -> bool:
    """Whether no task waits in the queues or is being run."""
    with current_app.connection_for_read() as broker:
        client = broker.default_channel.client
        return not any(client.llen(queue) for queue in ("mail", "computing")) and not client.hlen("unacked")


@contextmanager
def redis_server(folder: Path, port: int = 0) -> Iterator[str]:
    """Run Debian's `redis-server` until the end of the block, and give its REDIS_URL. Mark the test `redis_server`.

    Its data stay in `folder`: a second one there, on the same `port`, is the first one started again.
    """
    if not port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    program = shutil.which("redis-server") or "redis-server"
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    with (folder / "redis.log").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def answers() -> bool:
        try:
            with redis.Redis(port=port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    try:
        wait_for(answers, seconds=20, what="redis-server does not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Make this process use the broker at `url` until the end of the block."""
    before = current_app.conf.broker_url
    _use(url)
    try:
        yield
    finally:
        _use(before)


def _use(url: str) -> None:
    """Name another broker, and forget the connections to the one before."""
    current_app.pool.force_close_all()
    current_app._pool = None
    current_app.amqp._producer_pool = None
    current_app.conf.broker_url = url
    if current_app.conf.broker_write_url != url:
        raise RuntimeError("another test has left a broker_write_url behind: messages would go there")
