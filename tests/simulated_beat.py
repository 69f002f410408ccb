"""A scheduler of its own process whose clock is told: each line on standard input is a moment, each line of output says it is done.

The code is the real scheduler's (`lincassable.scheduler.Scheduler.tick`): what is due, and what is sent, is its decision.
"""

from __future__ import annotations

import sys

import time_machine
from celery.beat import Service

from lincassable.celery import app


def main(start: str) -> None:
    """Begin at `start` (ISO, with a zone), then tick at each moment that is read."""
    with time_machine.travel(start, tick=False) as clock:
        scheduler = Service(app, scheduler_cls="lincassable.scheduler:Scheduler").get_scheduler()
        print("ready", flush=True)
        for line in sys.stdin:
            clock.move_to(line.strip())
            sent = 0
            while scheduler.tick() == 0:  # sends one thing that is due, and says in how many seconds the next one is
                sent += 1
            print(sent, flush=True)


if __name__ == "__main__":
    import django

    django.setup()
    main(sys.argv[1])
