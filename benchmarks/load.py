"""Concurrent staff: so many phones, each sending its next request as soon as it has the answer to the last one."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """One request: its method, address, headers and body."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def raw(self) -> bytes:
        """The bytes that go over the wire."""
        headers = {"Host": "localhost", "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + self.body


@dataclass(frozen=True)
class Measured:
    """What a run gave: requests per second, 95th percentile and median in milliseconds, number of requests."""

    rate: float
    p95: float
    median: float
    requests: int


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Read one response; return its status and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    if "transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0))
    return status, "connection: close" not in head


async def _phone(number: int, port: int, make: Callable[[int], Call], until: float, expected: int, times: list[float]) -> None:
    reader = writer = None
    while time.perf_counter() < until:
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        request = make(number).raw()
        started = time.perf_counter()
        try:
            writer.write(request)
            status, stays = await _answer(reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer = None  # the server had just closed an idle connection: as a browser does, ask again
            continue
        times.append(time.perf_counter() - started)
        if status != expected:
            raise RuntimeError(f"the server answered {status} instead of {expected}")
        if not stays:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def _all(phones: int, port: int, make: Callable[[int], Call], seconds: float, expected: int) -> Measured:
    times: list[float] = []
    started = time.perf_counter()
    await asyncio.gather(*(_phone(number, port, make, started + seconds, expected, times) for number in range(phones)))
    elapsed = time.perf_counter() - started
    times.sort()
    return Measured(len(times) / elapsed, times[int(len(times) * 0.95)] * 1000, statistics.median(times) * 1000, len(times))


def measure(port: int, make: Callable[[int], Call], *, phones: int, seconds: float, expected: int) -> Measured:
    """Let `phones` phones ask for `seconds`; `make` builds the next request of a phone. Raises RuntimeError for another status."""
    return asyncio.run(_all(phones, port, make, seconds, expected))
