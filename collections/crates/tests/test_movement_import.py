"""Files of movements: what reaches the ledger, that again changes nothing, and what they are refused for."""

import datetime as dt
import io

import pytest
import time_machine
from django.core.management import call_command
from django.utils import translation

from crates.enums import Cause, Content
from crates.models import Balance, Movement, StoreContainer
from crates.movement_import import MovementImporter, key_of
from crates.queries import stock_of
from crates.services import CountedLine, Line, cancel, correct, record_inventory
from crates.tests.factories import ContainerTypeFactory
from lincassable.accounts.actors import Actor
from lincassable.importing.engine import open_file, run
from lincassable.importing.report import Mode
from stores.enums import Kind
from stores.models import Store
from stores.point_import import PointImporter
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
HEADER = "identifiant externe;date;cause;de;vers;contenant;contenu;quantité;note\n"
TWO_LINES = (
    HEADER
    + "M1;31/12/2025 09:30;collecte;PDC-1;HUB;75;plein;14;tournée du matin\n"
    + "M2;30/12/2025;achat;;HUB;33;vide;100;\n"
    + "M1;31/12/2025 09:30;Collecte;HUB;PDC-1;75;vide;20;\n"
)


@pytest.fixture(autouse=True)
def places():
    for code in ("75", "33"):
        ContainerTypeFactory(code=code)
    return (
        StoreFactory(source="old tool", source_id="PDC-1"),
        StoreFactory(source="old tool", source_id="HUB", kind=Kind.HUB),
        StoreFactory(source="other", source_id="ELSEWHERE"),
    )


def load(text, mode=Mode.ALL_OR_NOTHING, source="old tool"):
    importer = MovementImporter(BY, source)
    with translation.override("en"):
        return run(open_file(text.encode(), importer), importer, mode=mode)


def outcome(report):
    return {str(name): count for name, count in report.counts.items() if count}


def reasons(report):
    return [(problem.line, problem.column) for problem in report.problems]


def balances():
    return {
        (store, code, content): quantity
        for store, code, content, quantity in Balance.objects.values_list("store__source_id", "container_type__code", "content", "quantity")
        if quantity
    }


def test_lines_with_the_same_id_are_one_movement():
    report = load(TWO_LINES)
    assert report.problems == []
    assert outcome(report) == {"created": 2}
    pickup = Movement.objects.get(source="old tool", source_id="M1")
    assert (pickup.cause, pickup.reason, pickup.entries.count()) == (Cause.PICKUP, "tournée du matin", 4)
    assert pickup.occurred_at == dt.datetime(2025, 12, 31, 8, 30, tzinfo=dt.UTC)
    assert Movement.objects.get(source_id="M2").occurred_at == dt.datetime(2025, 12, 30, 11, 0, tzinfo=dt.UTC)  # noon
    assert balances() == {
        ("PDC-1", "75", "full"): -14,
        ("PDC-1", "75", "empty"): 20,
        ("HUB", "75", "full"): 14,
        ("HUB", "75", "empty"): -20,
        ("HUB", "33", "empty"): 100,
    }


def test_importing_again_changes_nothing():
    load(TWO_LINES)
    before = balances()
    assert outcome(load(TWO_LINES)) == {"unchanged": 2}
    assert outcome(load(TWO_LINES.replace("plein", "FULL").replace("31/12/2025 09:30", "2025-12-31T08:30Z"))) == {"unchanged": 2}
    assert balances() == before
    assert Movement.objects.count() == 2


def test_a_day_alone_is_held_to_its_day():
    with time_machine.travel(dt.datetime(2026, 3, 10, 7, 0, tzinfo=dt.UTC), tick=False):
        today = HEADER + "M1;10/03/2026;achat;;HUB;75;vide;5;\n"
        load(today)
    with time_machine.travel(dt.datetime(2026, 3, 10, 20, 0, tzinfo=dt.UTC), tick=False):
        assert outcome(load(today)) == {"unchanged": 1}
        assert load(today.replace("10/03", "09/03")).refused == {2}
    assert Movement.objects.get().occurred_at == dt.datetime(2026, 3, 10, 7, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("before", "after"), [("14", "15"), ("plein", "vide"), ("09:30", "09:31"), ("de;vers", "vers;de"), ("M1;31", "M1;30")]
)
def test_a_changed_line_is_sent_to_the_admin_and_the_ledger_stays(before, after):
    load(TWO_LINES)
    held = balances()
    changed = TWO_LINES.replace(before, after) if before != "plein" else TWO_LINES.replace("75;plein;14", "75;vide;14")
    report = load(changed, Mode.SKIP_BAD)
    assert 2 in report.refused
    assert "correct it in the admin" in " ".join(report.reasons().values())
    assert balances() == held


def test_a_movement_corrected_since_is_still_the_one_of_the_file(places):
    load(TWO_LINES)
    pickup, purchase = Movement.objects.get(source_id="M1"), Movement.objects.get(source_id="M2")
    kind = purchase.entries.first().container_type
    correct(purchase, [Line(places[1], kind, Content.EMPTY, 90), Line(None, kind, Content.EMPTY, -90)], by=BY, reason="miscounted")
    cancel(pickup, by=BY, reason="not that day")
    held = balances()
    assert outcome(load(TWO_LINES)) == {"unchanged": 2}
    assert balances() == held == {("HUB", "33", "empty"): 90}


def test_a_late_fact_does_not_change_what_was_counted_since(places):
    kind = ContainerTypeFactory(code="75")
    counted = [CountedLine(kind, 40, 10)]
    record_inventory(places[0], key=key_of("t", "1"), counted_at=dt.datetime(2026, 1, 10, tzinfo=dt.UTC), lines=counted, by=BY)
    load(TWO_LINES)
    line = next(line for line in stock_of(places[0]) if line.container_type == kind)
    assert (line.total, line.full) == (40, 10)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("M;32/12/2025;collecte;PDC-1;HUB;75;plein;1;", "date"),
        ("M;31/12/2125;collecte;PDC-1;HUB;75;plein;1;", "date"),
        ("M;31/12/2025;voyage;PDC-1;HUB;75;plein;1;", "cause"),
        ("M;31/12/2025;inventory;PDC-1;HUB;75;plein;1;", "cause"),
        ("M;31/12/2025;collecte;nobody;HUB;75;plein;1;", "de"),
        ("M;31/12/2025;collecte;PDC-1;ELSEWHERE;75;plein;1;", "vers"),
        ("M;31/12/2025;collecte;;;75;plein;1;", "de"),
        ("M;31/12/2025;collecte;HUB;HUB;75;plein;1;", "vers"),
        ("M;31/12/2025;collecte;PDC-1;HUB;50;plein;1;", "contenant"),
        ("M;31/12/2025;collecte;PDC-1;HUB;75;mi-plein;1;", "contenu"),
        ("M;31/12/2025;collecte;PDC-1;HUB;75;plein;0;", "quantité"),
        ("M;31/12/2025;collecte;PDC-1;HUB;75;plein;-3;", "quantité"),
        ("M;31/12/2025;collecte;PDC-1;HUB;75;plein;1,5;", "quantité"),
        ("M;31/12/2025;collecte;PDC-1;HUB;75;plein;100001;", "quantité"),
        (";31/12/2025;collecte;PDC-1;HUB;75;plein;1;", "identifiant externe"),
        ("M;31/12/2025;collecte;PDC-1;HUB;75;plein;1;" + "x" * 251, "note"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_kept(line, column):
    report = load(TWO_LINES + line + "\n")
    assert reasons(report) == [(5, column)]
    assert not Movement.objects.exists()
    assert not Balance.objects.exists()


def test_a_movement_is_imported_whole_or_not_at_all():
    report = load(TWO_LINES + "M1;31/12/2025 09:30;collecte;PDC-1;HUB;99;plein;1;\n", Mode.SKIP_BAD)
    assert report.refused == {2, 4, 5}
    assert list(Movement.objects.values_list("source_id", flat=True)) == ["M2"]
    report = load(TWO_LINES + "M1;31/12/2025 09:30;collecte;PDC-1;HUB;75;plein;beaucoup;\n", Mode.SKIP_BAD)
    assert report.refused == {2, 4, 5}
    assert outcome(report) == {"unchanged": 1}


def test_a_movement_has_one_date_and_one_cause():
    for wrong, column in (("M1;30/12/2025;collecte", "date"), ("M1;31/12/2025 09:30;perte", "cause")):
        report = load(TWO_LINES + f"{wrong};PDC-1;HUB;75;plein;1;\n", Mode.DRY_RUN)
        assert (5, column) in reasons(report)
        assert report.refused == {2, 4, 5}


def test_lines_that_undo_each_other_move_nothing():
    report = load(HEADER + "M;31/12/2025;transfert;PDC-1;HUB;75;plein;3;\nM;31/12/2025;transfert;HUB;PDC-1;75;plein;3;\n")
    assert report.refused == {2, 3}


def test_a_trial_leaves_the_ledger_as_it_was():
    assert outcome(load(TWO_LINES, Mode.DRY_RUN)) == {"created": 2}
    assert not Movement.objects.exists()
    assert not Balance.objects.exists()


def test_the_command_imports_and_offers_a_template(tmp_path):
    path, template = tmp_path / "movements.csv", tmp_path / "template.csv"
    path.write_text(TWO_LINES, encoding="cp1252")
    out = io.StringIO()
    call_command("import_movements", str(path), source="old tool", language="en", stdout=out)
    assert "2 new" in out.getvalue()
    call_command("import_movements", template=str(template), language="fr", stdout=out)
    assert template.read_text("utf-8-sig").strip() == HEADER.strip()


# -- containers in the file of places


def points(text):
    importer = PointImporter(BY, "old tool")
    with translation.override("en"):
        return run(open_file(text.encode(), importer), importer, mode=Mode.ALL_OR_NOTHING)


def used(store_id="PDC-1"):
    rows = StoreContainer.objects.filter(store__source_id=store_id).order_by("container_type__code")
    return list(rows.values_list("container_type__code", "capacity", "buffer"))


def test_a_file_of_places_says_which_containers_they_use():
    text = "external id;name;town;contenants;capacité 75;stock tampon 75\nPDC-1;A;B;33;40;10\n9;C;D;75;;\n"
    assert outcome(points(text)) == {"created": 1, "updated": 1}
    assert used() == [("33", None, 0), ("75", 40, 10)]
    assert used("9") == [("75", None, 0)]
    assert outcome(points(text)) == {"unchanged": 2}
    assert outcome(points(text.replace("40", "50").replace(";33;", ";;"))) == {"updated": 1, "unchanged": 1}
    assert used() == [("33", None, 0), ("75", 50, 10)]


def test_an_unknown_container_and_half_a_crate_are_refused():
    head = "external id;name;town;containers;capacity 75\n"
    assert reasons(points(head + "1;A;B;60;\n")) == [(2, "containers")]
    assert reasons(points(head + "1;A;B;;2,5\n")) == [(2, "capacity 75")]
    assert not Store.objects.filter(source_id="1").exists()
