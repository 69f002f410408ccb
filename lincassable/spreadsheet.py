"""A spreadsheet file (XLSX, ECMA-376) of one table, written row by row: no more memory for a long table than for a short one.

Only what our tables need: a bold first row that stays in sight, texts, numbers, days and moments. openpyxl, which reads what people send
us, takes ten times as long to write.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Styles of cells: 0 plain, 1 bold, 2 a day, 3 a moment (14 and 22 are the built-in formats of the reader's own language).
    "xl/styles.xml": f'<styleSheet xmlns="{_SHEET}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1" xfId="0"/><xf numFmtId="22" applyNumberFormat="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_HEAD = (
    f'<worksheet xmlns="{_SHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/></sheetView></sheetViews><sheetData>'
)
_TAIL = "</sheetData></worksheet>"
# What XML cannot say at all; people paste such signs.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001  day 0 of spreadsheets, which know no zones (ECMA-376, 18.17.4.1)
_BOLD = ' s="1"'
_LONGEST = 32_767  # characters in a cell


def write(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the file.

    Arguments: rows, of texts, numbers, days, moments without a time zone, booleans, None for an empty cell.
    """
    out, columns = BytesIO(), [_letters(number) for number in range(len(titles))]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _PARTS.items():
            book.writestr(name, _XML + content)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((_XML + _HEAD + _row(1, columns, titles, bold=True)).encode())
            for number, row in enumerate(rows, start=2):
                sheet.write(_row(number, columns, row).encode())
            sheet.write(_TAIL.encode())
    return out.getvalue()


def _row(number: int, columns: list[str], row: Sequence[Any], *, bold: bool = False) -> str:
    cells = "".join(_cell(f"{column}{number}", value, bold) for column, value in zip(columns, row, strict=True) if value is not None)
    return f'<row r="{number}">{cells}</row>'


def _cell(at: str, value: Any, bold: bool) -> str:
    if isinstance(value, str):
        return f'<c r="{at}"{_BOLD if bold else ""} {_text(value)}'
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float) or hasattr(value, "as_tuple"):
        return f'<c r="{at}"><v>{value}</v></c>'
    if isinstance(value, dt.datetime):
        return f'<c r="{at}" s="3"><v>{(value - _FIRST_DAY) / dt.timedelta(days=1):.10f}</v></c>'
    if isinstance(value, dt.date):
        return f'<c r="{at}" s="2"><v>{(value - _FIRST_DAY.date()).days}</v></c>'
    return _cell(at, str(value), bold)


# Places, kinds and containers come again in many rows.
@lru_cache(maxsize=1024)
def _text(value: str) -> str:
    """Return the rest of the cell of a text."""
    return f't="inlineStr"><is><t xml:space="preserve">{escape(_IMPOSSIBLE.sub("", value)[:_LONGEST])}</t></is></c>'


def _letters(number: int) -> str:
    """Return the name of a column, from 0: A, B, … Z, AA."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
