"""Files as people save them are read; files that are no tables are refused with a sentence, never with a crash."""

import contextlib
import csv
import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lincassable.importing import limits
from lincassable.importing.columns import FileRefused, knows, match_headers, simplified
from lincassable.importing.reading import open_sheet
from lincassable.importing.tests.toy import COLUMNS, csv_bytes, xlsx_bytes

KNOWN = knows(COLUMNS)
HEADER = ["identifiant", "nom", "note d'accès"]
ROWS = [HEADER, ["1", "Épicerie « Œuf », rue Haÿ", "entrée à côté ; sonner, 2 fois €"], ["2", "Hôtel", ""]]


def lines(content: bytes):
    return [(line.number, line.cells) for line in open_sheet(content, KNOWN).lines()]


@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_delimiter_and_line_end_gives_the_same_lines(encoding, delimiter, newline):
    content = csv_bytes(ROWS, delimiter=delimiter, encoding=encoding, newline=newline)
    assert lines(content) == [(2, ROWS[1]), (3, ROWS[2])]
    assert open_sheet(content, KNOWN).headers == HEADER


def test_latin_1_is_read_without_being_told():
    assert lines("identifiant;nom\n1;Crémerie à l'été\n".encode("latin-1")) == [(2, ["1", "Crémerie à l'été"])]


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), max_size=30), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    delimiter=st.sampled_from(";,\t"),
)
def test_whatever_the_texts_they_come_back(rows, encoding, delimiter):
    rows = [[cell.strip().strip("\xa0") for cell in row] for row in rows]
    expected = [(number, row) for number, row in enumerate(rows, start=2) if any(row)]
    try:
        assert lines(csv_bytes([HEADER, *rows], delimiter=delimiter, encoding=encoding)) == expected
    except AssertionError:
        # Bytes of cp1252 that happen to be valid UTF-8 too (“Ã©”) cannot be told apart from it: UTF-8 wins.
        assert encoding == "cp1252"
        csv_bytes([HEADER, *rows], delimiter=delimiter, encoding=encoding).decode("utf-8")


def test_line_numbers_are_those_of_a_spreadsheet():
    content = b'nom;identifiant\n\n"two\nlines in one cell";1\n;\nlast;2\n'
    assert lines(content) == [(3, ["two\nlines in one cell", "1"]), (5, ["last", "2"])]


def test_excels_separator_hint_is_no_line():
    assert lines(b"sep=;\r\nidentifiant;nom\r\n1;A\r\n") == [(2, ["1", "A"])]


def test_a_comma_in_a_title_does_not_beat_a_known_title():
    assert open_sheet(b"identifiant;nom, ou enseigne, ou marque\n1;A\n", KNOWN).headers == [
        "identifiant",
        "nom, ou enseigne, ou marque",
    ]


def test_titles_are_recognised_in_both_languages_whatever_their_case_and_accents():
    for titles in (["IDENTIFIANT", "Nom", "NOTE D’ACCES"], ["Id", "name", "Access_Note"], ["external_id", "NAME", "note"]):
        assert match_headers(titles, COLUMNS).positions == {"external_id": 0, "name": 1, "note": 2}
    assert simplified("  Œuvre – Café N° 2 ") == "oeuvre cafe n 2"


def test_missing_double_and_unknown_columns_are_named():
    with pytest.raises(FileRefused, match=r"nom"):
        match_headers(["identifiant", "couleur"], COLUMNS)
    with pytest.raises(FileRefused, match=r"nom.*name"):
        match_headers(["identifiant", "nom", "name"], COLUMNS)
    assert match_headers(["id", "nom", "couleur", "", "âge"], COLUMNS).ignored == ["couleur", "âge"]


# -- XLSX


def test_a_workbook_shows_what_its_cells_show():
    def change(sheet):
        sheet["C2"] = dt.datetime(2025, 12, 31, 9, 30)
        sheet["C3"] = dt.date(2025, 12, 31)
        sheet["C4"] = True

    content = xlsx_bytes([HEADER, [1, 43.2965, None], [2.0, "  A ", None], [3, 1000, None], [None, None, None], [5, "B", "x"]], change)
    assert lines(content) == [
        (2, ["1", "43.2965", "2025-12-31 09:30:00"]),
        (3, ["2", "A", "2025-12-31"]),
        (4, ["3", "1000", "1"]),
        (6, ["5", "B", "x"]),
    ]


def test_midnight_is_a_time_when_the_cell_shows_one():
    def change(sheet):
        sheet["C2"].number_format = "dd/mm/yyyy"
        sheet["C3"].number_format = "dd/mm/yyyy hh:mm"

    midnight = dt.datetime(2025, 12, 31)
    content = xlsx_bytes([HEADER, [1, "A", midnight], [2, "B", midnight]], change)
    assert [cells[2] for _number, cells in lines(content)] == ["2025-12-31", "2025-12-31 00:00:00"]


def test_a_sheet_can_be_read_twice_and_hidden_sheets_are_passed_over():
    def change(sheet):
        sheet.parent.create_sheet("hidden", 0)["A1"] = "nothing"
        sheet.parent["hidden"].sheet_state = "hidden"

    sheet = open_sheet(xlsx_bytes(ROWS, change), KNOWN)
    assert [line.cells for line in sheet.lines()] == [line.cells for line in sheet.lines()] == ROWS[1:]


def test_formulas_without_results_and_error_values_are_named():
    def change(sheet):
        sheet["B2"] = "=1+1"
        sheet["B3"] = "#REF!"
        sheet["B3"].data_type = "e"

    found = list(open_sheet(xlsx_bytes([HEADER, ["1", "", ""], ["2", "", ""], ["3", "C", ""]], change), KNOWN).lines())
    assert [sorted(line.faults) for line in found] == [[1], [1], []]
    assert "#REF!" in found[1].faults[1]


def test_merged_cells_are_refused_by_name():
    with pytest.raises(FileRefused, match="A2:B3"):
        open_sheet(xlsx_bytes(ROWS, lambda sheet: sheet.merge_cells("A2:B3")), KNOWN)


# -- what is no table


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


WORKBOOK = xlsx_bytes(ROWS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \r\n \r\n;;;\r\n",
        b"\xef\xbb\xbf",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"<!DOCTYPE html><table><tr><td>nom</td></tr></table>",
        b"identifiant;nom\n1;A\0B\n",
        b"identifiant;nom\n\x81\x8d\x8f;A\n",
        b'identifiant;nom\n1;"never closed\n2;B\n',
        b'identifiant;nom\n1;"closed"too early\n',
        b"identifiant;nom\n1;" + b"x" * 140_000 + b"\n",
        b"PK\x03\x04 and then nothing",
        WORKBOOK[: len(WORKBOOK) // 2],
        zipped(word__document=b"<w/>"),
        zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
        zipped(xl__workbook=b"nonsense"),
        zipped(**{"xl__workbook.xml": b"<nonsense/>", "[Content_Types].xml": b"<x/>"}),
        xlsx_bytes([]),
        b";".join(b"c%d" % number for number in range(limits.MAX_COLUMNS + 1)) + b"\n1\n",
        xlsx_bytes([[f"c{number}" for number in range(limits.MAX_COLUMNS + 1)], [1]]),
        "nom\n".encode("utf-16") + b"\xd8",
    ],
    ids=range(23),
)
def test_what_is_no_table_is_refused_with_a_sentence(content):
    with pytest.raises(FileRefused) as refusal:
        list(open_sheet(content, KNOWN).lines())
    assert refusal.value.sentence.endswith(".")


def test_a_file_that_swells_beyond_reason_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr("lincassable.importing.xlsx.MAX_UNZIPPED_BYTES", 10_000_000)
    bomb = zipped(**{"xl__workbook.xml": b"<workbook/>", "xl__worksheets__sheet1.xml": b" " * 10_000_001})
    assert len(bomb) < 50_000
    with pytest.raises(FileRefused):
        open_sheet(bomb, KNOWN)


def test_a_file_over_the_limit_is_refused():
    with pytest.raises(FileRefused):
        open_sheet(b"identifiant;nom\n1;A\n", KNOWN, max_bytes=10)


@given(
    st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode), st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail))
)
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(FileRefused):
        list(open_sheet(content, KNOWN).lines())


@given(position=st.integers(0, len(WORKBOOK) - 1), byte=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused(position, byte):
    with contextlib.suppress(FileRefused):
        list(open_sheet(WORKBOOK[:position] + bytes([byte]) + WORKBOOK[position + 1 :], KNOWN).lines())


def test_a_line_of_a_hundred_thousand_is_streamed():
    rows = "\n".join(f"{number};place {number}" for number in range(100_000))
    sheet = open_sheet(f"identifiant;nom\n{rows}\n".encode(), KNOWN)
    assert sum(1 for _line in sheet.lines()) == 100_000


def test_the_csv_module_keeps_its_own_limit():
    assert csv.field_size_limit() == 131_072  # a cell longer than this is refused, not read
