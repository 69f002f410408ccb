"""One transaction, every line through its form and its service; a report by line and column."""

import io

import openpyxl
import pytest
from django.contrib.auth.models import Group
from django.utils import translation

from lincassable.importing.columns import FileRefused
from lincassable.importing.engine import open_file, run
from lincassable.importing.report import Mode, Outcome
from lincassable.importing.tests.toy import csv_bytes, importer, load, xlsx_bytes
from lincassable.importing.writing import csv_template, refused_rows, write_csv, xlsx_template

pytestmark = pytest.mark.django_db
HEADER = ["identifiant", "nom", "couleur"]
GOOD = csv_bytes([HEADER, ["1", "A", "red"], ["2", "B", ""]])
BAD = csv_bytes([HEADER, ["1", "A", "red"], ["", "B", ""], ["3", "no good", ""], ["4", "C", "", "spilt"], ["5", "D", ""]])


def names():
    return set(Group.objects.exclude(name__in=["administrator", "coordinator", "sorting", "carrier"]).values_list("name", flat=True))


def test_a_good_file_is_loaded_and_again_changes_nothing():
    first, again = load(GOOD), load(GOOD)
    assert first.saved
    assert first.counts[Outcome.CREATED] == 2
    assert again.counts == {Outcome.CREATED: 0, Outcome.UPDATED: 0, Outcome.UNCHANGED: 2}
    assert first.ignored == ["couleur"]
    assert names() == {"A", "B"}


def test_a_trial_reports_the_same_and_keeps_nothing():
    trial = load(BAD, Mode.DRY_RUN)
    assert not trial.saved
    assert names() == set()
    real = load(BAD, Mode.SKIP_BAD)
    assert (trial.counts, trial.problems, trial.examples) == (real.counts, real.problems, real.examples)


def test_one_bad_line_and_truly_nothing_is_kept():
    report = load(BAD)
    assert not report.saved
    assert names() == set()
    assert report.refused == {3, 4, 5}


def test_the_good_lines_alone_are_kept_without_the_halves_of_the_others():
    report = load(BAD, Mode.SKIP_BAD)
    assert report.saved
    assert names() == {"A", "D"}
    assert report.counts[Outcome.CREATED] == 2


def test_each_refusal_names_its_line_its_column_and_its_reason():
    with translation.override("en"):
        problems = load(BAD).problems
        assert str(problems[0]) == "line 3, column “identifiant”: This field is required."
    assert [(problem.line, problem.column) for problem in problems] == [(3, "identifiant"), (4, "nom"), (5, "")]
    assert problems[0].reason == "This field is required."
    assert problems[1].reason == "“no good” will not do."


def test_what_the_database_refuses_is_a_refused_line():
    report = load(csv_bytes([HEADER, ["1", "clash"], ["2", "B"]]), Mode.SKIP_BAD)
    assert names() == {"B"}
    assert report.refused == {2}
    assert "auth_group_name" in report.problems[0].reason


def test_refused_lines_come_back_with_their_own_columns_and_can_be_loaded_once_corrected():
    toy = importer()
    report = load(BAD, Mode.SKIP_BAD)
    out = io.BytesIO()
    write_csv(refused_rows(open_file(BAD, toy), report), out)
    text = out.getvalue().decode("utf-8-sig")
    assert [line.split(";")[:3] for line in text.splitlines()] == [HEADER, ["", "B", ""], ["3", "no good", ""], ["4", "C", ""]]
    again = load(out.getvalue(), Mode.SKIP_BAD)
    assert again.refused == {2, 3}  # the spilt cell is gone with its line rewritten
    twice = list(refused_rows(open_file(out.getvalue(), toy), again))
    assert len(twice[0]) == len(HEADER) + 1


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+33 4 91 00 00 00", "-1", "@SUM(1)"])
def test_a_refused_text_is_run_by_no_spreadsheet_program_and_comes_back_as_it_was(text):
    toy, content = importer(), csv_bytes([HEADER, ["1", "no good", text]])
    out = io.BytesIO()
    write_csv(refused_rows(open_file(content, toy), load(content, Mode.SKIP_BAD)), out)
    assert out.getvalue().decode("utf-8-sig").splitlines()[1].split(";")[2] == f"'{text}"
    assert next(open_file(out.getvalue(), toy).lines()).cells[2] == text


def test_formulas_without_result_are_refused_at_their_cell():
    report = load(xlsx_bytes([HEADER, [1, "=1+1"], [2, "B"]]), Mode.SKIP_BAD)
    assert [(problem.line, problem.column) for problem in report.problems] == [(2, "nom")]
    assert names() == {"B"}


def test_a_file_without_lines_or_with_too_many_is_refused_whole():
    with pytest.raises(FileRefused):
        load(csv_bytes([HEADER]))
    with pytest.raises(FileRefused):
        load(GOOD, max_rows=1)
    assert names() == set()


def test_a_file_that_breaks_off_keeps_nothing():
    with pytest.raises(FileRefused):
        load(b'identifiant;nom\n1;A\n2;"B\n', Mode.SKIP_BAD)
    assert names() == set()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_templates_are_read_back_by_their_importer(language):
    toy = importer()
    with translation.override(language):
        files = [csv_template(toy), xlsx_template(toy)]
        for content in files:
            assert open_file(content, toy).headers == [column.header for column in toy.columns]
            with pytest.raises(FileRefused):  # nothing filled in yet
                load(content)


def test_the_xlsx_template_explains_its_columns_and_keeps_codes_as_text():
    book = openpyxl.load_workbook(io.BytesIO(xlsx_template(importer())))
    sheet, guide = book.worksheets
    assert sheet.column_dimensions["A"].number_format == "@"
    assert guide.max_row == 4
    assert guide["D3"].value == "Café de l’Œuvre"


def test_progress_sees_every_line_and_record():
    seen = []

    def track(items, total, label):
        for item in items:
            seen.append(label)
            yield item

    load(GOOD, track=track)
    assert len(seen) == 4


def test_what_somebody_else_wrote_meanwhile_stops_the_whole_import(monkeypatch):
    def finish(toy, track):
        Group.objects.create(name="A")

    monkeypatch.setattr("lincassable.importing.tests.toy.ToyImporter.finish", finish)
    with pytest.raises(FileRefused):
        load(GOOD, Mode.SKIP_BAD)
    assert names() == set()


@pytest.mark.parametrize("source", ["", " ", "x" * 41, "<b>", "a;b"])
def test_a_source_is_a_short_name(source):
    toy = importer()
    toy.source = source
    with pytest.raises(FileRefused):
        run(open_file(GOOD, toy), toy, mode=Mode.ALL_OR_NOTHING)
