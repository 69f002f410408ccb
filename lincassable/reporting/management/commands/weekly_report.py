"""`manage.py weekly_report`: send this week's report to those who have not had it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from lincassable.reporting.services import send_weekly_reports


class Command(BaseCommand):
    """Sends the weekly report when it is due, or at once with --now. Nobody gets it twice in a week."""

    help = "Send this week's report to every store contact and coordinator who wants it and has not had it yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--now", action="store_true", help="send even if it is not Monday morning")
        parser.add_argument("--dry-run", action="store_true", help="count who would get it, write nothing")

    def handle(self, *args: Any, now: bool, dry_run: bool, **options: Any) -> None:
        """Run, and print what was done."""
        summary = send_weekly_reports(force=now or dry_run, dry_run=dry_run)
        if not summary.due:
            self.stdout.write(f"Week {summary.week}: the report is due on Monday at 07:00 until Wednesday. Use --now to send it now.")
            return
        verb = "to send" if dry_run else "sent to the outbox"
        self.stdout.write(
            f"Week {summary.week}: {summary.stores} reports for stores and {summary.coordinators} for coordinators {verb}; "
            f"{summary.already} people had theirs already."
        )
