"""Files for spreadsheet programs: what is written is what is read."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import openpyxl

from lincassable import spreadsheet

MOMENT = dt.datetime(2026, 11, 23, 7, 0, 30)
ROW = ["Épicerie <& fils>", 12, -3, 2.5, Decimal("4.20"), True, dt.date(2026, 2, 28), MOMENT, None, "  spaces  ", "line\nbreak", ""]


def read(titles, rows):
    """The sheet as a reader finds it."""
    return openpyxl.load_workbook(BytesIO(spreadsheet.write(titles, rows))).active


def test_values_keep_their_kind():
    sheet = read([f"column {number}" for number in range(len(ROW))], [ROW])
    found = [cell.value for cell in sheet[2]]
    assert found[:4] == ROW[:4]
    assert found[4] == 4.2
    assert found[5] is True
    assert found[6] == dt.datetime(2026, 2, 28)
    assert abs(found[7] - MOMENT) < dt.timedelta(seconds=1)
    assert found[8] is None
    assert found[9:11] == ["  spaces  ", "line\nbreak"]


def test_the_first_row_is_bold_and_stays_in_sight():
    sheet = read(["a", "b"], [[1, 2]])
    assert sheet.freeze_panes == "A2"
    assert all(cell.font.b for cell in sheet[1])
    assert not sheet["A2"].font.b


def test_signs_that_no_file_can_hold_are_left_out():
    assert read(["a"], [["before\x00\x1b\ud800after"]])["A2"].value == "beforeafter"


def test_many_columns_have_the_names_that_spreadsheets_give_them():
    sheet = read([str(number) for number in range(60)], [list(range(60))])
    assert (sheet["Z2"].value, sheet["AA2"].value, sheet["BH2"].value) == (25, 26, 59)


def test_an_empty_table_is_a_file_too():
    assert read(["a"], []).max_row == 1
    assert "xl/worksheets/sheet1.xml" in ZipFile(BytesIO(spreadsheet.write(["a"], []))).namelist()
