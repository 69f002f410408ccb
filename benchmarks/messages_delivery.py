"""Delivering prepared messages to an SMTP sink in its own process, against smtplib in a loop on one connection, side by side.

    python benchmarks/messages_delivery.py [--messages 2000] [--slice 100] [--rounds 3]

- **loop**: smtplib on one connection, mails built beforehand; a new connection for each slice, as for each sweep of ours.
- **ours**: the worker's task, from the rows that wait to the rows that are stamped. Target: at least 50 % as fast.
- **loop that builds its mails**: the same loop with each mail made from its row by Django, which a loop without an outbox does too.

The ways take turns, a slice of each: what else the machine does weighs on all alike. Besides the clock, the processor time of everybody
who takes part (this process, its database session, the sink) is added up: on a busy machine it moves less than the clock does.
"""

from __future__ import annotations

import argparse
import resource
import smtplib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks.own_database import own_database
from lincassable.messaging.tests.sink import Sink, running_sink

TARGET = 0.5
PARAGRAPH = "La tournée du mardi passe entre 9 h et 11 h : 14 casiers pleins de 12 × 75 cl sont attendus, 14 vides seront laissés. "


def prepare(first: int, count: int) -> None:
    """Write `count` messages of about the size of a weekly report (3 kB of text, 12 kB of HTML) that wait."""
    from lincassable.messaging.models import Message

    html = (
        "<!doctype html><html><body>"
        + "".join(f'<p style="margin:0 0 12px;color:#1f2933">{PARAGRAPH}</p>' for _ in range(70))
        + "</body></html>"
    )
    rows = (
        Message(
            dedupe_key=f"bench:{number}",
            kind="benchmark",
            to_email=f"point{number}@example.org",
            to_name=f"Point de collecte nº {number}",
            subject=f"Votre semaine, point {number}",
            text=(PARAGRAPH + "\n") * 24,
            html=html,
            headers={"List-Unsubscribe": "<https://example.org/stop>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
        for number in range(first, first + count)
    )
    Message.objects.bulk_create(rows, batch_size=500)


def loop(sink: Sink, mails: list[tuple[str, bytes]]) -> None:
    """Send built mails with smtplib on one connection."""
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        for address, content in mails:
            smtp.sendmail("bonjour@lincassable.example", [address], content)


def ours(count: int) -> None:
    """Deliver everything that waits, `count` mails, as the worker's task does."""
    from lincassable.messaging import tasks

    sent = 0
    while sent < count:
        left = tasks.sweep()
        if not left:
            raise RuntimeError("nothing leaves")
        sent += left


@dataclass
class Way:
    """One way to send: what its slices took, in seconds by the clock and of processors, and how many mails they were."""

    wall: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    def mails_a_second(self, size: int) -> float:
        """Return the speed of all slices together; `size`, the mails of one."""
        return size * len(self.wall) / sum(self.wall)


def processor_seconds(sink: Sink) -> float:
    """Return the processor time so far of this process, of its database session and of the sink."""
    from django.db import connection

    connection.ensure_connection()
    times = [psutil.Process(pid).cpu_times() for pid in (connection.connection.info.backend_pid, sink.pid)]
    return time.process_time() + sum(each.user + each.system for each in times)


def timed(slices: int, size: int, sink: Sink) -> dict[str, Way]:
    """Return what each way took, a slice of one after a slice of the other."""
    from lincassable.messaging.mails import mail_of
    from lincassable.messaging.models import Message

    def built_here() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
            for row in rows:
                smtp.sendmail("bonjour@lincassable.example", [row.to_email], mail_of(row).message().as_bytes(linesep="\r\n"))

    found = {"loop": Way(), "ours": Way(), "loop that builds its mails": Way()}
    for number in range(slices):
        prepare(number * size, size)
        rows = list(Message.objects.filter(state="waiting"))
        built = [(row.to_email, mail_of(row).message().as_bytes(linesep="\r\n")) for row in rows]
        ways: dict[str, Callable[[], object]] = {
            "loop": lambda built=built: loop(sink, built),
            "ours": lambda: ours(size),
            "loop that builds its mails": built_here,
        }
        for name in [*ways, *ways][number % 3 : number % 3 + 3]:
            busy, wall = processor_seconds(sink), time.perf_counter()
            ways[name]()
            found[name].wall.append(time.perf_counter() - wall)
            found[name].busy.append(processor_seconds(sink) - busy)
    return found


def peak() -> float:
    """Return the highest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(found: dict[str, Way], size: int) -> float:
    """Print the figures; return how fast ours is, of the loop."""
    bare = found["loop"]
    print(f"{len(bare.wall)} slices of {size} messages")
    for name, way in found.items():
        share = statistics.median([theirs / mine for mine, theirs in zip(way.wall, bare.wall, strict=True)])
        print(
            f"  {name:28} {way.mails_a_second(size):6.0f} mails/s  {way.mails_a_second(size) / bare.mails_a_second(size):5.0%} of the loop"
            f" (median of the slices {share:.0%}), best slice {size / min(way.wall):5.0f} mails/s,"
            f" processors {1000 * statistics.mean(way.busy) / size:.2f} ms a mail"
        )
    return found["ours"].mails_a_second(size) / bare.mails_a_second(size)


def main() -> int:
    """Measure, print, and return 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--slice", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with own_database("bench_messages_delivery"), tempfile.TemporaryDirectory() as folder, running_sink(Path(folder)) as sink:
        from django.conf import settings

        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "127.0.0.1", sink.port, False, False
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        prepare(10_000_000, 200)
        ours(200)
        small = peak()
        prepare(20_000_000, 4 * wanted.messages)
        before = peak()
        ours(4 * wanted.messages)
        after = peak()
        found = timed(wanted.rounds * wanted.messages // wanted.slice, wanted.slice, sink)
    ratio = report(found, wanted.slice)
    print(f"memory: {small:.0f} MB after 200 messages; {before:.0f} → {after:.0f} MB while delivering {4 * wanted.messages}")
    print(f"ours / loop: {ratio:.0%} (target {TARGET:.0%})")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
