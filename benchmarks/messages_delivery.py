"""Delivering prepared messages to an SMTP sink in its own process, against smtplib in a loop on one connection, side by side.

.venv/bin/python benchmarks/messages_delivery.py [--messages 2000] [--rounds 5]
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
from pathlib import Path

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


def loop(sink: Sink, mails: list[tuple[str, bytes]]) -> float:
    """Send built mails with smtplib on one connection; return mails per second."""
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        for address, content in mails:
            smtp.sendmail("bonjour@lincassable.example", [address], content)
    return len(mails) / (time.perf_counter() - started)


def ours(count: int) -> float:
    """Deliver everything that waits as the worker's task does; return mails per second."""
    from lincassable.messaging import tasks

    started = time.perf_counter()
    sent = 0
    while sent < count:
        left = tasks.sweep()
        if not left:
            raise RuntimeError("nothing leaves")
        sent += left
    return count / (time.perf_counter() - started)


def timed(rounds: int, count: int, sink: Sink) -> dict[str, list[float]]:
    """Return the speeds of each way, measured in turn."""
    from lincassable.messaging.mails import mail_of
    from lincassable.messaging.models import Message

    speeds: dict[str, list[float]] = {"loop": [], "ours": [], "loop that builds its mails": []}
    for number in range(rounds):
        prepare(number * count, count)
        rows = list(Message.objects.filter(state="waiting"))
        built = [(row.to_email, mail_of(row).message().as_bytes(linesep="\r\n")) for row in rows]

        def build_and_send(rows: list = rows) -> float:
            started = time.perf_counter()
            with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
                for row in rows:
                    smtp.sendmail("bonjour@lincassable.example", [row.to_email], mail_of(row).message().as_bytes(linesep="\r\n"))
            return len(rows) / (time.perf_counter() - started)

        ways: dict[str, Callable[[], float]] = {
            "loop": lambda built=built: loop(sink, built),
            "ours": lambda: ours(count),
            "loop that builds its mails": build_and_send,
        }
        for way in [*ways, *ways][number % 3 : number % 3 + 3]:
            speeds[way].append(ways[way]())
    return speeds


def peak() -> float:
    """Return the highest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure, print, and return 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
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
        speeds = timed(wanted.rounds, wanted.messages, sink)
    bare = statistics.median(speeds["loop"])
    print(f"{wanted.messages} messages, {wanted.rounds} rounds, medians")
    for way, found in speeds.items():
        print(
            f"  {way:28} {statistics.median(found):7.0f} mails/s  {statistics.median(found) / bare:5.0%}   "
            + " ".join(f"{one:.0f}" for one in found)
        )
    print(f"memory: {small:.0f} MB after 200 messages; {before:.0f} → {after:.0f} MB while delivering {4 * wanted.messages}")
    ratio = statistics.median([mine / theirs for mine, theirs in zip(speeds["ours"], speeds["loop"], strict=True)])
    print(f"ours / loop: {ratio:.0%} (target {TARGET:.0%})")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
