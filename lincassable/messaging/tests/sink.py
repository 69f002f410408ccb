"""An SMTP server of its own process that takes every mail and writes down its Message-ID before it says so.

with running_sink(folder) as sink:      # sink.url is its EMAIL_URL
    … sink.taken() …                    # the Message-IDs, in the order of arrival, once for each copy
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Sink:
    """A running sink: its port, the file it writes, and its process."""

    port: int
    file: Path
    pid: int = 0

    @property
    def url(self) -> str:
        """Its EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def taken(self) -> list[str]:
        """Return the Message-IDs it has said “250 OK” to, or was about to."""
        return self.file.read_text().split()


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    """Run a sink until the end of the block."""
    file = folder / "taken.txt"
    file.touch()
    process = subprocess.Popen([sys.executable, "-m", __name__, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Sink(int(process.stdout.readline()), file, process.pid)
    finally:
        process.kill()
        process.communicate()


class _Handler:
    def __init__(self, file: Path) -> None:
        self._file = file.open("ab", buffering=0)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        """Write the Message-ID down, then take the mail."""
        found = _MESSAGE_ID.search(envelope.content)  # type: ignore[attr-defined]
        self._file.write((found[1] if found else b"<none>") + b"\n")
        return "250 OK"


async def _serve(file: Path) -> None:
    from aiosmtpd.smtp import SMTP

    loop, handler = asyncio.get_running_loop(), _Handler(file)
    server = await loop.create_server(lambda: SMTP(handler, loop=loop, hostname="sink", data_size_limit=0), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
