"""Several test runs may share the embedded test servers: who is alone may tidy up."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

_JOINED: list[IO[str]] = []


class TestRun:
    """One run of the tests of this folder, as others see it: a shared lock while it lasts."""

    __test__ = False  # pytest: not a test class

    def __init__(self, var_dir: Path) -> None:
        self.path = Path(var_dir) / "tests.lock"
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def join(self) -> None:
        """Count as running until this process ends."""
        file = open(self.path, "w")  # noqa: SIM115 - stays open: its lock is the mark
        fcntl.flock(file, fcntl.LOCK_SH)
        _JOINED.append(file)

    @contextlib.contextmanager
    def if_nobody_else(self) -> Iterator[bool]:
        """Yield whether no run lasts; if so, none can begin before the block ends."""
        with open(self.path, "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def drop_leftovers(address: str) -> list[str]:
    """Drop the test databases that killed runs have left, and return their names. Only for a run that is alone."""
    with psycopg.connect(address, autocommit=True) as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")]
        for name in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    return names
