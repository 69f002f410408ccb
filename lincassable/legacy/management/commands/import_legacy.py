"""`manage.py import_legacy DIR`: bring in an export of the present tool."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from lincassable.legacy.moments import iso_moment
from lincassable.legacy.reading import ExportRefused, open_export
from lincassable.legacy.report import Report
from lincassable.legacy.services import ImportRefused, import_legacy

LONGEST_SOURCE = 40


class Command(BaseCommand):
    """Import an export of the present tool; name every row that cannot be used with its file, line and reason."""

    help = "Bring in the CSV exports of the present tool's tables. Can be run again: see docs/leaving-the-present-tool.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("folder", metavar="DIR", help="holds point_de_collecte.csv, collecte.csv and the others, whichever there are")
        parser.add_argument("--at", type=iso_moment, metavar="ISO", help="the moment of the export (default: remembered, else now)")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument("--strict", action="store_true", help="refuse the whole import when one row cannot be used")
        parser.add_argument("--source", default="lincassable-app", help="name under which the ids are kept (default: lincassable-app)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import. Raises CommandError when it is refused."""
        source = options["source"].strip()
        if not 0 < len(source) <= LONGEST_SOURCE:
            raise CommandError(_("Give a source of 1 to %(most)d characters.") % {"most": LONGEST_SOURCE})
        at = iso_moment(options["at"]) if isinstance(options["at"], str) else options["at"]
        try:
            export = open_export(Path(options["folder"]))
            report = import_legacy(export, source=source, at=at, strict=options["strict"], dry_run=options["dry_run"])
        except ExportRefused as refused:
            raise CommandError(str(refused)) from None
        except ImportRefused as refused:
            self._tell(refused.report)
            raise CommandError(str(refused)) from None
        self._tell(report)
        if options["dry_run"]:
            self.stdout.write(_("Dry run: nothing was changed."))

    def _tell(self, report: Report) -> None:
        """Print the problems by file and line, then the numbers."""
        for problem in sorted(report.problems):
            self.stdout.write(str(problem) if problem.bad else _("%(problem)s (warning)") % {"problem": problem})
        for file, number in sorted(report.left_out.items()):
            self.stdout.write(_("%(file)s: … and %(number)d more.") % {"file": file, "number": number})
        for note in report.notes:
            self.stdout.write(note)
        for table, counts in report.counts.items():
            self.stdout.write(f"{table}: " + ", ".join(f"{number} {what}" for what, number in sorted(counts.items())))
        self.stdout.write(_("%(bad)d problems, %(warnings)d warnings, %(changes)d rows written.") % {
            "bad": report.bad_rows, "warnings": report.warnings, "changes": report.changes,
        })  # fmt: skip
