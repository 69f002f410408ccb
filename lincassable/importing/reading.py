"""From the bytes of a file to its lines of text, whatever the program that saved it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from lincassable.formulas import as_meant
from lincassable.importing.columns import FileRefused
from lincassable.importing.limits import MAX_CELL_CHARS, MAX_COLUMNS, MAX_FILE_BYTES

DELIMITERS = ";,\t"
BLANKS = " \t\r\n\xa0\ufeff"
ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Line:
    """One line below the header.

    Arguments:
        number: the line's number as a spreadsheet shows it; the header is usually line 1.
        cells: the text of each cell.
        faults: cell index -> why the cell cannot be read (an error value, a formula without result).
    """

    number: int
    cells: list[str]
    faults: dict[int, str] = field(default_factory=dict)


def too_long() -> str:
    """Return why a cell with too much text is refused."""
    return _("This cell is longer than %(most)d characters.") % {"most": MAX_CELL_CHARS}


class Sheet(Protocol):
    """A table that can be read several times."""

    headers: list[str]
    total: int | None

    def lines(self) -> Iterator[Line]:
        """Yield the lines below the header that hold something. Raises FileRefused when the file breaks off."""
        ...


def open_sheet(content: bytes, known: Callable[[str], bool], *, max_bytes: int = MAX_FILE_BYTES) -> Sheet:
    """Return the table held by a CSV or XLSX file; what the bytes are counts, not the file's name.

    Arguments:
        content: the file, whole.
        known: says whether a header is one that the importer understands; decides between delimiters.
        max_bytes: the largest file accepted.

    Raises FileRefused when the file is empty, too big, damaged or of another type.
    """
    if len(content) > max_bytes:
        raise FileRefused(
            _("This file is too big (%(size)s; at most %(most)s). Cut it into several files.")
            % {"size": filesizeformat(len(content)), "most": filesizeformat(max_bytes)}
        )
    if content.startswith(ZIP):
        from lincassable.importing.xlsx import XlsxSheet  # openpyxl is slow to import; most files are CSV

        return XlsxSheet(content)
    if content.startswith(OLD_OFFICE):
        raise FileRefused(
            _("This is an old Excel file (.xls) or one protected by a password. Save it as .xlsx without a password, or as CSV.")
        )
    return CsvSheet(decoded(content), known)


def decoded(content: bytes) -> str:
    """Return the text of a CSV file: UTF-8 with or without mark, UTF-16 with a mark, else what Windows in France writes.

    Raises FileRefused when the bytes are no text.
    """
    not_text = FileRefused(_("This file is neither a CSV nor an XLSX spreadsheet. Save the table in one of these two formats."))
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise not_text
    if "\0" in text:
        head = text[: text.index("\0")]
        if not head or any(ord(letter) < 32 and letter not in "\t\r\n" for letter in head):
            raise not_text
        raise FileRefused(
            _("Line %(line)d holds a NUL character, which no text should: save the file again from your spreadsheet program.")
            % {"line": head.count("\n") + 1}
        )
    if text[:200].lstrip().lower().startswith(("<!doctype", "<html", "<table", "<?xml", "%pdf", "{\\rtf")):
        raise not_text
    return text


class CsvSheet:
    """The table of a CSV text."""

    def __init__(self, text: str, known: Callable[[str], bool]) -> None:
        """Read the header. Raises FileRefused when there is none."""
        first, _newline, rest = text.partition("\n")
        if first.strip().lower() in ("sep=;", "sep=,", "sep=\t"):  # Excel's own hint; it is no line of the table
            text = rest
        self._text = text
        self._delimiter = self._sniffed(known)
        self.total: int | None = text.count("\n")
        for number, cells in self._records():
            if any(cells):
                self.headers, self._header_line = cells, number
                break
        else:
            raise FileRefused(_("This file is empty."))
        if len(self.headers) > MAX_COLUMNS:
            raise FileRefused(_("This file has more than %(most)d columns.") % {"most": MAX_COLUMNS})

    def _sniffed(self, known: Callable[[str], bool]) -> str:
        """The delimiter that makes most headers understood, then the one that makes most cells."""
        start = self._text.lstrip("\r\n \ufeff")[:20_000]

        def score(delimiter: str) -> tuple[int, int]:
            try:
                header = next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), [])
            except csv.Error:
                return 0, 0
            return sum(map(known, header)), len(header)

        return max(DELIMITERS, key=score)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        number = 0
        records = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter, strict=True)
        try:
            for number, cells in enumerate(records, start=1):
                yield number, [as_meant(cell.strip(BLANKS)) for cell in cells]
        except csv.Error:
            raise FileRefused(
                _(
                    "The file cannot be read after line %(line)d: a quotation mark is misplaced or never closed, or a cell is far too "
                    "long. Open the file in a spreadsheet program and save it again."
                )
                % {"line": number}
            ) from None

    def lines(self) -> Iterator[Line]:
        """Yield the lines below the header that hold something. Raises FileRefused at a misplaced quotation mark."""
        for number, cells in self._records():
            if number > self._header_line and any(cells):
                faults = {index: too_long() for index, cell in enumerate(cells) if len(cell) > MAX_CELL_CHARS}
                yield Line(number, cells, faults)
