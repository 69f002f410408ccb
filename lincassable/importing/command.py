"""The management command that every importer shares."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from lincassable.importing.columns import FileRefused
from lincassable.importing.engine import Importer, T, Track, open_file, run, untracked
from lincassable.importing.limits import MAX_FILE_BYTES
from lincassable.importing.reading import Sheet
from lincassable.importing.report import Mode, Report
from lincassable.importing.writing import TEMPLATES, refused_rows, write_csv

SHOWN_PROBLEMS = 50


class ImportCommand(BaseCommand):
    """Loads a CSV or XLSX file. Subclasses say which importer: `importer(source)`.

    Ends with status 1 when something is refused and nothing was imported, 0 otherwise.
    """

    def importer(self, source: str) -> Importer:
        """Return the importer for external ids of `source`."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", nargs="?", metavar="FILE", help="a CSV or XLSX file")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen, change nothing")
        parser.add_argument("--skip-bad", action="store_true", help="load the good lines; without it, one bad line stops everything")
        parser.add_argument("--refused", metavar="PATH", help="where --skip-bad writes the refused lines (default: next to FILE)")
        parser.add_argument("--source", default="import", help="the list that the external ids belong to (default: import)")
        parser.add_argument("--template", metavar="OUT", help="write an empty file to fill in (.csv or .xlsx), and stop")
        parser.add_argument("--progress", action="store_true", help="show a progress bar even when the output is no terminal")
        parser.add_argument(
            "--language", choices=[code for code, _name in settings.LANGUAGES], help="language of the report and of the template"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the import, or write the template."""
        with translation.override(options["language"] or translation.get_language()):
            if options["template"]:
                self._write_template(Path(options["template"]), options["source"])
            elif options["file"]:
                self._import(Path(options["file"]), options)
            else:
                raise CommandError(_("Name the file to import, or --template to get an empty one."))

    def _write_template(self, path: Path, source: str) -> None:
        make = TEMPLATES.get(path.suffix.lstrip(".").lower())
        if make is None:
            raise CommandError(_("A template ends in .csv or .xlsx."))
        try:
            path.write_bytes(make(self.importer(source)))
        except OSError as error:
            raise CommandError(_("%(path)s cannot be written: %(reason)s.") % {"path": path, "reason": error.strerror}) from None
        self.stdout.write(_("Template written to %(path)s.") % {"path": path})

    def _import(self, path: Path, options: dict[str, Any]) -> None:
        mode = Mode.DRY_RUN if options["dry_run"] else Mode.SKIP_BAD if options["skip_bad"] else Mode.ALL_OR_NOTHING
        refused_path = Path(options["refused"]) if options["refused"] else path.with_name(f"{path.stem}.refused.csv")
        if mode is Mode.SKIP_BAD:
            self._check_refused(path, refused_path)
        importer = self.importer(options["source"])
        try:
            sheet = open_file(self._content(path), importer)
            report = run(sheet, importer, mode=mode, track=self._track(options["progress"]))
        except FileRefused as error:
            raise CommandError(error.sentence) from None
        except OperationalError as error:
            raise CommandError(_("The database gave up (%(reason)s). Nothing was imported: start again.") % {"reason": error}) from None
        self._show(report)
        if mode is Mode.SKIP_BAD and not report.ok:
            self._write_refused(sheet, report, refused_path)
        if not report.ok and mode is not Mode.SKIP_BAD:
            sys.exit(1)

    def _content(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                return file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise CommandError(_("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}) from None

    def _check_refused(self, path: Path, refused: Path) -> None:
        """Better to know before than after the import that the refused lines cannot be written."""
        if refused.resolve() == path.resolve():
            raise CommandError(_("The refused lines cannot go into the file that is imported: give --refused another path."))
        if not refused.parent.is_dir():
            raise CommandError(_("The folder %(path)s does not exist.") % {"path": refused.parent})

    def _write_refused(self, sheet: Sheet, report: Report, path: Path) -> None:
        try:
            with path.open("wb") as out:
                write_csv(refused_rows(sheet, report), out)
        except OSError as error:
            raise CommandError(_("%(path)s cannot be written: %(reason)s.") % {"path": path, "reason": error.strerror}) from None
        self.stdout.write(_("The refused lines are in %(path)s: correct them there and import that file.") % {"path": path})

    def _show(self, report: Report) -> None:
        for example in report.examples if report.mode is Mode.DRY_RUN else []:
            self.stdout.write(f"  {example.line:>6}  {example.outcome.word:<12} {example.text}")
        for one in report.taken:
            self.stdout.write(f"  {one.line:>6}  {_('taken away'):<12} {one.text}")
        for problem in report.problems[:SHOWN_PROBLEMS]:
            self.stderr.write(str(problem))
        hidden = len(report.problems) - SHOWN_PROBLEMS
        if hidden > 0:
            self.stderr.write(ngettext("… and %(count)d more", "… and %(count)d more", hidden) % {"count": hidden})
        for sentence in report.summary():
            self.stdout.write(sentence)

    def _track(self, wanted: bool) -> Track:
        if not (wanted or sys.stderr.isatty()):
            return untracked

        def bar(items: Iterable[T], total: int | None, label: str) -> Iterable[T]:
            return tqdm(items, total=total, desc=label, file=sys.stderr, leave=False, unit="")

        return bar
