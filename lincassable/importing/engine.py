"""Runs an importer over a sheet: every line through its form, every record through its service, one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils.translation import gettext as _

from lincassable.importing.columns import Column, FileRefused, Headers, knows, match_headers
from lincassable.importing.limits import MAX_FILE_BYTES, MAX_ROWS
from lincassable.importing.reading import Line, Sheet, open_sheet
from lincassable.importing.report import Example, Mode, Outcome, Problem, Report

T = TypeVar("T")
Track = Callable[[Iterable[T], int | None, str], Iterable[T]]
EXAMPLES = 20
SOURCE = re.compile(r"(?=.*\w)[\w .-]{1,40}")


def untracked(items: Iterable[T], total: int | None, label: str) -> Iterable[T]:
    """No progress bar."""
    return items


@dataclass(slots=True)
class Row:
    """A line whose cells were understood: its number, and its values by column name."""

    line: int
    data: dict[str, Any]


@dataclass(slots=True)
class Record:
    """What one or several lines make together: a store, a movement.

    Arguments:
        rows: its lines, at least one.
        refusal: an error found while putting the lines together; None when they fit.
    """

    rows: list[Row]
    refusal: ValidationError | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The values of its first line."""
        return self.rows[0].data


@dataclass
class Importer:
    """What one kind of file means. Subclasses say which columns there are and hand each record to a service.

    Arguments:
        by: who imports (an Actor); passed on to the services.
        source: the name of the list the external ids belong to.
    """

    by: Any
    source: str
    headers: Headers = field(init=False)
    # Set by the engine before `records`: the external ids whose lines were refused by the form.
    refused_ids: set[str] = field(default_factory=set, init=False)
    # Filled by `save`: in words, what the record takes away from what was there; people see it before they confirm.
    taken: list[str] = field(default_factory=list, init=False)

    name = ""  # what its template files are called
    id_column = "external_id"

    @cached_property
    def columns(self) -> Sequence[Column]:
        """The columns that are understood."""
        raise NotImplementedError

    def form(self) -> forms.Form:
        """A form with one field per column; the engine binds it to each line in turn."""
        raise NotImplementedError

    def records(self, rows: list[Row]) -> list[Record]:
        """Put lines together into records, in the order in which they are to be saved. One line, one record by default."""
        return [Record([row]) for row in rows]

    def save(self, record: Record) -> Outcome:
        """Bring the record into the database through a service. Raises ValidationError, with column names as fields."""
        raise NotImplementedError

    def finish(self, track: Track) -> None:
        """Called once after the last record, inside the transaction: what is cheaper done all together."""

    def describe(self, record: Record) -> str:
        """How the record is called in a preview."""
        raise NotImplementedError

    def given(self, data: Mapping[str, Any], *names: str) -> dict[str, Any]:
        """The values of `names` that the line really gives; a missing column or an empty cell leaves what is there."""
        return {name: data[name] for name in names if name in self.headers.positions and data[name] not in (None, "", [])}


def open_file(content: bytes, importer: Importer, *, max_bytes: int = MAX_FILE_BYTES) -> Sheet:
    """Return the table of a file that `importer` should understand. Raises FileRefused."""
    return open_sheet(content, knows(importer.columns), max_bytes=max_bytes)


def run(sheet: Sheet, importer: Importer, *, mode: Mode, max_rows: int = MAX_ROWS, track: Track = untracked) -> Report:
    """Import the lines of `sheet`, in one transaction.

    Arguments:
        sheet: the table (`open_file`).
        importer: what the lines mean, for whom and from which source.
        mode: a trial, all or nothing, or the good lines alone.
        max_rows: the most lines accepted.
        track: wraps a loop to show progress: (items, how many if known, label) -> items.

    A trial does everything and takes it back: it meets the same refusals as the real run, of the services and of the
    database. Returns the report. Raises FileRefused when the file as a whole cannot be used; nothing is kept then.
    """
    if not SOURCE.fullmatch(importer.source):
        raise FileRefused(_("A source is a short name of letters, digits, spaces, dots and hyphens, at most 40 characters."))
    importer.headers = match_headers(sheet.headers, importer.columns)
    report = Report(mode, ignored=importer.headers.ignored)
    with transaction.atomic():
        rows = list(_rows(sheet, importer, report, max_rows, track))
        if not report.lines:
            raise FileRefused(_("This file holds no line below its titles."))
        records = importer.records(rows)
        for record in track(records, len(records), _("Saving")):
            _save(record, importer, report)
        _finish(importer, track)
        report.saved = mode is Mode.SKIP_BAD or (mode is Mode.ALL_OR_NOTHING and report.ok)
        if not report.saved:
            transaction.set_rollback(True)
    report.sort()
    return report


def _rows(sheet: Sheet, importer: Importer, report: Report, max_rows: int, track: Track) -> Iterator[Row]:
    """Yield the lines that their form accepts, and note why it refuses the others."""
    form = importer.form()
    for line in track(sheet.lines(), sheet.total, _("Reading")):
        report.lines += 1
        if report.lines > max_rows:
            raise FileRefused(_("This file has more than %(most)d lines. Cut it into several files.") % {"most": max_rows})
        values = {name: line.cells[index] for name, index in importer.headers.positions.items() if index < len(line.cells)}
        problems = _faults(line, sheet.headers)
        # One form for all lines: building its fields anew costs more than checking them.
        form.is_bound, form.data = True, values
        form.full_clean()
        faulty = {problem.column for problem in problems}
        problems += [problem for problem in _problems(form.errors.as_data(), line.number, importer) if problem.column not in faulty]
        if problems:
            report.problems += problems
            importer.refused_ids.add(values.get(importer.id_column, ""))
        else:
            yield Row(line.number, form.cleaned_data)


def _faults(line: Line, headers: list[str]) -> list[Problem]:
    titles = dict(enumerate(title.strip() for title in headers))
    problems = [Problem(line.number, titles.get(index, ""), reason) for index, reason in line.faults.items()]
    if any(line.cells[len(headers) :]):
        reason = _("This line has more cells than there are titles. Does a text hold the separator without quotation marks around it?")
        problems.append(Problem(line.number, "", reason))
    return problems


def _save(record: Record, importer: Importer, report: Report) -> None:
    try:
        importer.taken = []
        if record.refusal is not None:
            raise record.refusal
        with transaction.atomic():
            outcome = importer.save(record)
    except ValidationError as error:
        report.problems += _record_problems(record, error, importer)
    except (IntegrityError, DataError) as error:
        reason = _("The database refuses this line (%(rule)s). It contradicts another line or what is there already.")
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__
        report.problems += [Problem(row.line, "", reason % {"rule": rule}) for row in record.rows]
    else:
        report.counts[outcome] += 1
        report.taken += [Example(record.rows[0].line, outcome, f"{importer.describe(record)}: {words}") for words in importer.taken]
        if len(report.examples) < EXAMPLES:
            report.examples.append(Example(record.rows[0].line, outcome, importer.describe(record)))


def _finish(importer: Importer, track: Track) -> None:
    try:
        with transaction.atomic():
            importer.finish(track)
    except IntegrityError:
        # Every record was checked against what was there at the start: somebody else has written meanwhile.
        raise FileRefused(
            _("The same things were recorded by somebody else at the same moment. Nothing was imported: start again.")
        ) from None


class LineRefused(ValidationError):
    """One line of a record that has several is at fault.

    Arguments:
        line: its number.
        message: as for ValidationError.
    """

    def __init__(self, line: int, message: Any) -> None:
        super().__init__(message)
        self.line = line


def _record_problems(record: Record, error: ValidationError, importer: Importer) -> list[Problem]:
    """The problems of a refused record: at its line at fault, and a word at its other lines, which fall with it."""
    at = getattr(error, "line", record.rows[0].line)
    errors: Any = error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    problems = _problems(errors, at, importer)
    together = _("This line goes with line %(line)d, which is refused.") % {"line": at}
    return problems + [Problem(row.line, "", together) for row in record.rows if row.line != at]


def _problems(errors: Mapping[str, list[ValidationError]], line: int, importer: Importer) -> list[Problem]:
    headers = {column.name: column.header for column in importer.columns} | importer.headers.titles
    return [
        Problem(line, headers.get(name, ""), message)
        for name, of_field in errors.items()
        for error in of_field
        for message in error.messages
    ]
