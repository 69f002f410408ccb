"""The table of an XLSX file, read line by line. What a cell shows is what counts: results, not formulas."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from lincassable.formulas import as_meant
from lincassable.importing.columns import FileRefused
from lincassable.importing.limits import MAX_CELL_CHARS, MAX_COLUMNS, MAX_UNZIPPED_BYTES, MAX_ZIP_PARTS
from lincassable.importing.reading import BLANKS, Line, too_long

MERGED = re.compile(rb"<(?:\w+:)?mergeCell [^>]{0,200}?ref=\"([A-Z0-9:]+)\"")
FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
CHUNK = 1024 * 1024


def _damaged() -> FileRefused:
    return FileRefused(_("This XLSX file is damaged. Open it in a spreadsheet program and save it again."))


def checked_archive(content: bytes) -> None:
    """Refuse what is no workbook, and archives that would swell beyond reason. Raises FileRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _damaged() from None
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise FileRefused(_("This file is not an XLSX spreadsheet. Save the table as .xlsx or as CSV."))
    # Python reads at most the announced size of each part, so that the announcement can be trusted.
    if len(parts) > MAX_ZIP_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
        raise FileRefused(_("This XLSX file is too big once opened. Keep only the sheet to import, or save it as CSV."))


class XlsxSheet:
    """The first visible sheet of a workbook."""

    def __init__(self, content: bytes) -> None:
        """Read the header. Raises FileRefused when the workbook is damaged or empty, or has merged cells."""
        checked_archive(content)
        self._content = content
        self._workbook = self._open(data_only=True)
        self._name = self._first_visible()
        self._has_formulas = self._inspected()
        self.total: int | None = None
        self._header_line, self.headers = self._header()

    def _header(self) -> tuple[int, list[str]]:
        """The first line that holds something, without the empty cells at its end."""
        for number, row in self._rows(self._workbook, 1, MAX_COLUMNS + 1):
            cells = [shown(cell) for cell in row]
            if any(cells[MAX_COLUMNS:]):
                raise FileRefused(_("This file has more than %(most)d columns.") % {"most": MAX_COLUMNS})
            if any(cells):
                while not cells[-1]:
                    cells.pop()
                return number, cells
        raise FileRefused(_("This file is empty."))

    def _open(self, *, data_only: bool) -> openpyxl.Workbook:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what openpyxl cannot keep (validations, styles) is nothing to us
                return openpyxl.load_workbook(io.BytesIO(self._content), read_only=True, data_only=data_only, keep_links=False)
        except Exception:  # openpyxl raises whatever comes: KeyError, ValueError, ParseError, BadZipFile…
            raise _damaged() from None

    def _first_visible(self) -> str:
        for sheet in self._workbook.worksheets:
            if sheet.sheet_state == "visible":
                return sheet.title
        raise FileRefused(_("This file is empty."))

    def _inspected(self) -> bool:
        """Refuse merged cells, in which values hide; return whether there are formulas."""
        path = self._workbook[self._name]._worksheet_path
        formulas, tail = False, b""
        try:
            with zipfile.ZipFile(io.BytesIO(self._content)) as archive, archive.open(path) as part:
                while chunk := part.read(CHUNK):
                    piece = tail + chunk
                    formulas = formulas or FORMULA.search(piece) is not None
                    if merged := MERGED.search(piece):
                        raise FileRefused(
                            _("The cells %(cells)s are merged. Unmerge all cells of the sheet, so that each line holds its own values.")
                            % {"cells": merged[1].decode()}
                        )
                    tail = piece[-300:]
        except (KeyError, zipfile.BadZipFile, OSError, EOFError):
            raise _damaged() from None
        return formulas

    def _rows(self, workbook: openpyxl.Workbook, start: int, width: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        try:
            yield from enumerate(workbook[self._name].iter_rows(min_row=start, max_col=width), start=start)
        except Exception:  # a broken part shows only when its lines are reached, with any exception
            raise _damaged() from None

    def lines(self) -> Iterator[Line]:
        """Yield the lines below the header that hold something. Raises FileRefused when the file breaks off."""
        start, width = self._header_line + 1, len(self.headers)
        formulas = self._rows(self._open(data_only=False), start, width) if self._has_formulas else None
        for number, row in self._rows(self._workbook, start, width):
            written = next(formulas)[1] if formulas else ()
            faults = {index: fault for index, cell in enumerate(row) if (fault := _fault(cell))}
            for index, cell in enumerate(written):
                if cell.data_type == "f" and row[index].value is None:
                    faults[index] = _("This formula has no stored result: open the file in a spreadsheet program and save it again.")
            cells = [shown(cell) for cell in row]
            if any(cells) or faults:
                yield Line(number, cells, faults)


def _fault(cell: Any) -> str:
    if cell.data_type == "e" and cell.value is not None:
        return _("This cell shows the error %(error)s: correct it in the spreadsheet.") % {"error": cell.value}
    if isinstance(cell.value, str) and len(cell.value) > MAX_CELL_CHARS:
        return too_long()
    return ""


def shown(cell: Any) -> str:
    """Return what a cell holds as text: whole numbers without decimals, dates as 2025-12-31, with the time if it shows one."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        # Spreadsheets keep times as fractions of a day: half a second of rounding either way.
        value = (value + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        timed = "h" in (getattr(cell, "number_format", "") or "").lower() or value.time() != dt.time()
        return value.isoformat(" ") if timed else value.date().isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("minutes")
    return as_meant(str(value).strip(BLANKS))
