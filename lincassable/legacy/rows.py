"""The rows of a table, one by one: each cell read by name, each fault told with its file and line."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from lincassable.legacy import cells
from lincassable.legacy.cells import CellRefused
from lincassable.legacy.reading import Sheet
from lincassable.legacy.report import Report

T = TypeVar("T")


class RowRefused(Exception):
    """A row cannot be used at all; the sentence says why."""


class Row:
    """One row of a file. A column that the file does not have reads as an empty cell."""

    __slots__ = ("_cells", "_columns", "id", "line", "report", "sheet")

    def __init__(self, sheet: Sheet, line: int, values: list[str]) -> None:
        self.sheet, self.line, self._cells, self._columns, self.report = sheet, line, values, sheet.columns, sheet.report
        self.id = 0

    def raw(self, column: str) -> str:
        """Return the text of a cell as it stands."""
        index = self._columns.get(column)
        return self._cells[index].strip() if index is not None else ""

    def text(self, column: str) -> str:
        """Return the text of a cell for people; what a wrong encoding garbled is told."""
        plain, garbled = cells.repaired(self.raw(column))
        if garbled:
            self.bad(column, _("wrong encoding: “%(text)s”.") % {"text": cells.shown(plain)})
        return plain

    def name(self, column: str, longest: int) -> str:
        """Return a name of at most `longest` characters; blanks around it and what is cut off are told."""
        plain, index = self.text(column), self._columns.get(column)
        if index is not None and plain and self._cells[index] != self._cells[index].strip():
            self.warn(_("%(column)s: the blanks around “%(text)s” are taken off.") % {"column": column, "text": cells.shown(plain)})
        if len(plain) > longest:
            self.warn(_("%(column)s: “%(text)s” is too long and cut off.") % {"column": column, "text": cells.shown(plain)})
        return plain[:longest]

    def needed(self, column: str, read: Callable[[str], T]) -> T:
        """Return what `read` makes of a cell without which the row is of no use. Raises RowRefused."""
        try:
            return read(self.raw(column))
        except CellRefused as refused:
            raise RowRefused(f"{column}: {refused}") from None

    def optional(self, column: str, read: Callable[[str], T], default: T) -> T:
        """Return what `read` makes of a cell; `default`, and a word in the report, when it cannot be read."""
        try:
            return read(self.raw(column))
        except CellRefused as refused:
            self.bad(column, _("%(reason)s It is left out.") % {"reason": refused})
            return default

    def words(self, column: str) -> list[str]:
        """Return the texts of an array; none, and a word in the report, when it cannot be read."""
        nothing: list[str] = []
        return self.optional(column, cells.words, nothing)

    def number(self, column: str) -> int:
        """Return a number of things; an empty cell is 0. Raises RowRefused."""
        index = self._columns.get(column)
        if index is None:
            return 0
        text = self._cells[index]
        if text.isdigit() and len(text) < 10 and text.isascii():
            return int(text)
        return self.needed(column, cells.whole) or 0

    def number_or_none(self, column: str) -> int | None:
        """Return a number of things, None for an empty cell. Raises RowRefused."""
        index = self._columns.get(column)
        if index is None or not self._cells[index]:
            return None
        return self.needed(column, cells.whole)

    def reference(self, column: str) -> int | None:
        """Return the id of another row, None for an empty cell. Raises RowRefused."""
        return self.needed(column, cells.identifier)

    def day(self, column: str) -> dt.date | None:
        """Return a day, None for an empty cell. Raises RowRefused."""
        found = self.moment(column)
        return found[0] if found else None

    def moment(self, column: str) -> tuple[dt.date, int] | None:
        """Return (local day, milliseconds since it began), None for an empty cell. Raises RowRefused."""
        text = self.raw(column)
        if not text:
            return None
        found = self.needed(column, cells.moment)
        if "/" in text and cells.is_french_day(text):
            self.warn(_("%(column)s: “%(text)s” is understood as day/month/year.") % {"column": column, "text": text})
        return found

    def bad(self, column: str, reason: str) -> None:
        """Say that a cell cannot be used."""
        self.report.bad(self.sheet.name, self.line, f"{column}: {reason}")

    def warn(self, sentence: str) -> None:
        """Say that the row is odd, but used."""
        self.report.warn(self.sheet.name, self.line, sentence)

    def skip(self, sentence: str) -> None:
        """Say that the row is left out."""
        self.report.skipped(self.sheet.name, self.line, sentence)


def rows(path: Path, name: str, columns: frozenset[str], report: Report) -> Iterator[Row] | None:
    """Return the rows of a file that have an id of their own, or None when the file says nothing at all.

    Rows without an id, or with one that was there before, are reported and left out: the first one counts.
    """
    sheet = Sheet(path, name, columns | {"id"}, report)
    return _identified(sheet) if sheet.usable else None


def _identified(sheet: Sheet) -> Iterator[Row]:
    seen: set[int] = set()
    for line, values in sheet:
        row = Row(sheet, line, values)
        try:
            found = row.reference("id")
        except RowRefused as refused:
            row.skip(str(refused))
            continue
        if found is None:
            row.skip(_("It has no id."))
        elif found in seen:
            row.skip(_("The id %(id)d was there before: the first row counts.") % {"id": found})
        else:
            seen.add(found)
            row.id = found
            yield row


def digest(*values: Any) -> uuid.UUID:
    """Return a digest of what a row means here."""
    return uuid.UUID(hashlib.md5(repr(values).encode(), usedforsecurity=False).hexdigest())


def digest_of(fields: Any) -> uuid.UUID:
    """Return a digest of fields that JSON can write."""
    return uuid.UUID(hashlib.md5(json.dumps(fields, sort_keys=True).encode(), usedforsecurity=False).hexdigest())
