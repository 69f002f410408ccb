"""Files as spreadsheets leave them: every row finds its line, every fault its reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from lincassable.legacy import cells
from lincassable.legacy.cells import CellRefused
from lincassable.legacy.reading import ExportRefused, Sheet, open_export
from lincassable.legacy.report import Report
from lincassable.legacy.rows import rows

KNOWN = frozenset({"id", "nom", "info"})


def read(tmp_path: Path, content: bytes) -> tuple[list[tuple[int, list[str]]], Report, Sheet]:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    report = Report()
    sheet = Sheet(path, "t.csv", KNOWN, report)
    return list(sheet), report, sheet


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("cp1252", b""), ("utf-16", b"")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_line_ends_are_understood(tmp_path: Path, delimiter: str, encoding: str, mark: bytes, end: str) -> None:
    text = end.join([delimiter.join(["id", "nom"]), delimiter.join(["1", "Étang"]), ""])
    found, report, _sheet = read(tmp_path, mark + text.encode(encoding))
    assert found == [(2, ["1", "Étang"])]
    assert not report.has_bad_rows


def test_lines_are_counted_as_in_the_file_over_cells_with_line_breaks(tmp_path: Path) -> None:
    found, _report, _sheet = read(tmp_path, b'id,nom,info\n1,a,"le matin\nau quai, ""sonner"""\n\n2,b,c\n')
    assert found == [(2, ["1", "a", 'le matin\nau quai, "sonner"']), (5, ["2", "b", "c"])]


def test_a_quotation_mark_that_is_never_closed_costs_its_row_only(tmp_path: Path) -> None:
    body = "".join(f"{number},b,c\n" for number in range(2, 400))
    found, report, _sheet = read(tmp_path, f'id,nom,info\n1,"a,c\n{body}'.encode())
    assert [line for line, _cells in found] == list(range(3, 401))
    assert [(problem.line, problem.bad) for problem in report.problems] == [(2, True)]


def test_a_latin_1_line_in_a_utf_8_file_is_named_and_read(tmp_path: Path) -> None:
    found, report, _sheet = read(tmp_path, "id,nom\n1,Étang\n".encode() + "2,Fréjus\n".encode("latin-1"))
    assert found[1] == (3, ["2", "Fréjus"])
    assert [problem.line for problem in report.problems] == [3]
    assert report.has_bad_rows


def test_a_row_of_another_width_is_named_and_left_out_but_empty_cells_at_its_end_are_not(tmp_path: Path) -> None:
    found, report, _sheet = read(tmp_path, b"id,nom\n1,a,b\n2\n3,c,,\n")
    assert found == [(4, ["3", "c"])]
    assert [problem.line for problem in report.problems] == [2, 3]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"nom,info\na,b\n"])
def test_a_file_that_is_empty_or_without_ids_says_nothing(tmp_path: Path, content: bytes) -> None:
    _found, report, sheet = read(tmp_path, content)
    assert not sheet.usable
    assert report.has_bad_rows


def test_a_bare_header_is_an_empty_table(tmp_path: Path) -> None:
    found, report, sheet = read(tmp_path, b"id,nom")
    assert sheet.usable
    assert (found, report.problems) == ([], [])


def test_rows_without_an_id_or_with_one_that_was_there_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,nom\n7,a\n,b\nx,c\n7,d\n 8 ,e\n")
    report = Report()
    assert [(row.id, row.line) for row in rows(path, "t.csv", KNOWN, report) or []] == [(7, 2), (8, 6)]
    assert [problem.line for problem in report.problems] == [3, 4, 5]


def test_a_folder_without_any_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("id\n")
    with pytest.raises(ExportRefused):
        open_export(tmp_path)
    with pytest.raises(ExportRefused):
        open_export(tmp_path / "missing")


def test_the_hash_of_an_export_is_of_its_tables_only(tmp_path: Path) -> None:
    (tmp_path / "palox.csv").write_text("id\n")
    first = open_export(tmp_path).content_hash
    (tmp_path / "notes.txt").write_text("x")
    assert open_export(tmp_path).content_hash == first
    (tmp_path / "palox.csv").write_text("id\n1\n")
    assert open_export(tmp_path).content_hash != first


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-4", -4),
        ("1\u00a0200", 1200),
        ("12,0", 12),
        ("12.00", 12),
        ("", None),
        ("1 000", 1000),
        ("40000", 40000),
        ("3e3", 3000),
    ],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert cells.whole(text) == number


@pytest.mark.parametrize("text", ["douze", "12.5", "NaN", "inf", "1_000", "٣", "12a", "--3", "99999999999"])
def test_text_where_a_number_belongs_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        cells.whole(text)


def test_decimals() -> None:
    assert cells.decimal("43,2965") == Decimal("43.2965")
    assert cells.decimal("1 234,50 €") == Decimal("1234.50")
    assert cells.decimal("1.234,5") == Decimal("1234.5")


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("2025-03-30", dt.date(2025, 3, 30), 0),
        ("2025-03-29T23:30:00+00:00", dt.date(2025, 3, 30), 0),
        ("2025-06-30T22:30:00Z", dt.date(2025, 7, 1), 0),
        ("2025-06-30 10:00:00+00", dt.date(2025, 6, 30), 12),
        ("2025-06-30 10:00:00.123456+00", dt.date(2025, 6, 30), 12),
        ("30/06/2025", dt.date(2025, 6, 30), 0),
    ],
)
def test_days_are_the_networks(text: str, day: dt.date, hour: int) -> None:
    found, clock = cells.moment(text)
    assert (found, clock // 3_600_000) == (day, hour)


@pytest.mark.parametrize("text", ["hier", "2025-02-30", "0225-05-05", "2025-13-01", "32/01/2025", "9999-01-01"])
def test_dates_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        cells.moment(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("{}", []),
        ("[]", []),
        ('["a", "b c"]', ["a", "b c"]),
        ("{a,b}", ["a", "b"]),
        ('{"a, b","c \\"d\\"",NULL,e}', ["a, b", 'c "d"', "e"]),
    ],
)
def test_arrays_are_read_both_ways(text: str, found: list[str]) -> None:
    assert cells.words(text) == found


@pytest.mark.parametrize("text", ["a,b", "[a", '{"a', "{a}{b}", '[["a"]]', '{"a": 1}x'])
def test_what_is_no_array_is_refused(text: str) -> None:
    with pytest.raises(CellRefused):
        cells.words(text)


@pytest.mark.parametrize(("text", "value"), [("t", True), ("true", True), ("f", False), ("FALSE", False), ("", False), ("1", True)])
def test_yes_and_no(text: str, value: bool) -> None:
    assert cells.truth(text) is value


@pytest.mark.parametrize(("text", "time"), [("", None), ("09:30", dt.time(9, 30)), ("9h", dt.time(9)), ("09:30:00+01", dt.time(9, 30))])
def test_times_of_day(text: str, time: dt.time | None) -> None:
    assert cells.clock(text) == time


def test_text_garbled_by_a_wrong_encoding_is_put_right() -> None:
    assert cells.repaired("Ã‰tang de Berre") == ("Étang de Berre", True)
    assert cells.repaired("Étang") == ("Étang", False)
    assert cells.repaired("V\ufffdlo")[1]
