"""`manage.py seed_demo`: a believable network to look at, to try and to measure."""

import datetime as dt
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lincassable.demo.services import NotEmpty, seed


class Command(BaseCommand):
    """Fill an empty database with the demo network."""

    help = "Fill an empty database with a demo network: about 130 points (times --scale) and two years of history."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, default=1.0, help="1 makes about 130 points, 10 ten times more")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another network; the same one the same network")
        parser.add_argument(
            "--date", type=dt.date.fromisoformat, default=None, help="the day the story ends (YYYY-MM-DD), today by default"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are collection points already")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        if not 0.1 <= options["scale"] <= 100:
            raise CommandError("--scale must lie between 0.1 and 100.")
        try:
            made = seed(scale=options["scale"], seed_number=options["seed"], today=options["date"] or timezone.localdate())
        except NotEmpty as error:
            if options["if_empty"]:
                return
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{number} {name}" for name, number in made.items()))
        self.stdout.write(f"Demo network ready in {time.monotonic() - started:.0f} s.")
