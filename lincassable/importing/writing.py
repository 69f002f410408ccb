"""The files we hand out: empty templates, and the lines that were refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import IO

from django.utils.translation import gettext as _

from lincassable.formulas import harmless
from lincassable.importing.columns import Column, simplified
from lincassable.importing.engine import Importer
from lincassable.importing.reading import Sheet
from lincassable.importing.report import Report

# Programs set to French open this by a double click: they want semicolons, and the mark to see that it is UTF-8.
DELIMITER, ENCODING = ";", "utf-8-sig"
REASON = Column("reason", "motif du refus", "reason of the refusal", "")
TEXT_FORMAT = "@"


def refused_rows(sheet: Sheet, report: Report) -> Iterator[list[str]]:
    """Yield the table of refused lines, header first: the file's own columns, then why.

    The file is read again rather than kept in memory. A column of reasons from an earlier round is replaced.
    """
    reasons = report.reasons()
    kept = [index for index, header in enumerate(sheet.headers) if simplified(header) not in REASON.spellings]
    yield [*(sheet.headers[index] for index in kept), REASON.header]
    for line in sheet.lines():
        if line.number in reasons:
            cells = line.cells + [""] * (len(sheet.headers) - len(line.cells))
            yield [*(cells[index] for index in kept), reasons[line.number]]


def write_csv(rows: Iterable[Iterable[str]], out: IO[bytes]) -> None:
    """Write `rows` to `out` as CSV that French spreadsheet programs open by a double click, and run nothing of."""
    text = io.TextIOWrapper(out, encoding=ENCODING, newline="", write_through=True)
    csv.writer(text, delimiter=DELIMITER).writerows([harmless(cell) for cell in row] for row in rows)
    text.detach()


def csv_template(importer: Importer) -> bytes:
    """Return an empty CSV with the titles of the columns, in the current language."""
    out = io.BytesIO()
    write_csv([[column.header for column in importer.columns]], out)
    return out.getvalue()


def xlsx_template(importer: Importer) -> bytes:
    """Return an empty XLSX with the titles of the columns, and a second sheet that explains each."""
    import openpyxl  # slow to import
    from openpyxl.styles import Alignment, Font

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = _("To fill in")
    guide = book.create_sheet(_("Columns"))
    guide.append([_("column"), _("required"), _("what to write"), _("example")])
    for index, column in enumerate(importer.columns, start=1):
        title = sheet.cell(1, index, column.header)
        title.font = Font(bold=True)
        letter = title.column_letter
        sheet.column_dimensions[letter].width = max(14, len(column.header) + 4)
        if column.as_text:  # or the spreadsheet eats the zero of 01000
            sheet.column_dimensions[letter].number_format = TEXT_FORMAT
        guide.append([column.header, _("yes") if column.required else "", str(column.help), column.example])
    sheet.freeze_panes = "A2"
    guide.freeze_panes = "A2"
    for letter, width in {"A": 26, "B": 12, "C": 90, "D": 40}.items():
        guide.column_dimensions[letter].width = width
    for cells in guide.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TEMPLATES = {"csv": csv_template, "xlsx": xlsx_template}
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
