"""Each kind of bad row that exports were seen to hold is named, with its file, its line and a reason that a person understands."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from lincassable.legacy.reading import open_export
from lincassable.legacy.services import import_legacy
from lincassable.legacy.tests.exports import HUB, Export, declaration, inventory, point, stop
from lincassable.legacy.tests.helpers import assert_holds, bring_in, evening
from stores.models import Store

pytestmark = pytest.mark.django_db
CLEAN = Export(
    points=(
        point(HUB, longitude=5.4), point(101, emails="{a@example.org}", contacts='{"Responsable 1"}', horaires="9h-12h30 14h-19h", info=""),
        point(102, longitude=5.41), point(103),
    ),
    tours=(
        {"id": 7, "date": "2025-06-11", "zone_de_collecte_id": 1, "transporteur_id": 1, "point_de_massification_id": HUB,
         "statut": "Clôturé", "type_de_vehicule": "12 T", "prix": "240.50"},
        {"id": 8, "date": "2025-06-12", "zone_de_collecte_id": 1, "transporteur_id": 1, "point_de_massification_id": HUB,
         "statut": "Clôturé", "type_de_vehicule": "VL", "prix": "180.00"},
    ),
    stops=(
        stop(1, 101, "2025-06-11", (12, 2, 0), (10, 3, 0), tournee_id=7, collecte_nb_bouteilles=192),
        stop(2, 102, "2025-06-12", (8, 0, 1), (9, 0, 1), tournee_id=8, collecte_nb_bouteilles=546),
    ),
    inventories=(inventory(1, 101, "2025-06-01T10:00:00+00:00", (20, 5, 0)), inventory(2, 102, "2025-06-02T10:00:00+00:00", (30, 0, 2))),
    declarations=(declaration(1, 101, "2025-06-09", 12, 20), declaration(2, 102, "2025-06-09", 5, 30, remplissage_palox=90)),
    deposits=(
        {"id": 1, "date": "2025-05-01", "point_de_collecte_id": 101, "consigne": 20, "deconsigne": 8, "consigne_20": 0, "deconsigne_20": 0,
         "montant": 6},
    ),
    paloxes=({"id": 1, "numero": "PX0001", "statut": "Point de collecte", "point_de_collecte_id": 102, "model": "bois"},),
)  # fmt: skip
# (table, row in it, cell -> what stands there instead, column that the reason names, words of the reason, is it only a warning)
ROWS = [
    ("points", 1, {"nom": ""}, "nom", "no name", False),
    ("points", 1, {"nom": "  BIOCOOP AIX 1 "}, "nom", "blanks around", True),
    ("points", 1, {"latitude": "", "longitude": ""}, "latitude", "missing coordinates", False),
    ("points", 1, {"longitude": 53.96}, "latitude, longitude", "km from the middle", False),
    ("points", 1, {"latitude": "43,780044"}, "latitude", "with a comma", True),
    ("points", 1, {"zone_de_collecte_id": 88}, "zone_de_collecte_id", "no zone 88", False),
    ("points", 1, {"collecte_par_id": 999}, "collecte_par_id", "no place 999", False),
    ("points", 1, {"type": "Supermarché"}, "type", "“Supermarché” is not one of", False),
    ("points", 1, {"stock_casiers_75_tampon": 400}, "stock_casiers_75_tampon", "a buffer of 400, but only 0", True),
    ("points", 1, {"telephones": "{0400000000}"}, "telephones", "no phone number", True),
    ("points", 1, {"emails": "{a@example}"}, "emails", "no e-mail address", True),
    ("points", 1, {"info": 'Livrer\nle matin; "sonner"'}, "", "goes over 2 lines", True),
    ("points", 2, {"id": 101, "nom": "Doublon"}, "", "id 101 was there before", False),
    ("tours", 0, {"transporteur_id": 77}, "transporteur_id", "no row 77", False),
    ("tours", 0, {"statut": "Annulé"}, "statut", "“Annulé” is not one of", False),
    ("tours", 0, {"type_de_vehicule": "20 m3"}, "type_de_vehicule", "no vehicle", False),
    ("tours", 0, {"prix": "250,50 €"}, "prix", "is read as 250.50", True),
    ("stops", 0, {"point_de_collecte_id": 999999}, "point_de_collecte_id", "no place 999999", False),
    ("stops", 0, {"point_de_collecte_id": ""}, "point_de_collecte_id", "names no place", False),
    ("stops", 0, {"tournee_id": 987654}, "tournee_id", "no tour 987654", False),
    ("stops", 0, {"livraison_nb_casier_75_vide": "douze"}, "livraison_nb_casier_75_vide", "“douze” is not a number", False),
    ("stops", 0, {"livraison_nb_casier_75_vide": "12.5"}, "livraison_nb_casier_75_vide", "not a whole number", False),
    ("stops", 0, {"date": "2025-02-30"}, "date", "is not a date", False),
    ("stops", 0, {"date": "0225-05-05"}, "date", "check the year", False),
    ("stops", 0, {"date": "10/06/2025"}, "date", "day/month/year", True),
    ("stops", 0, {"date": ""}, "date", "no day", True),
    ("stops", 0, {"collecte_nb_casier_75_plein": -4}, "", "negative quantity (collecte_nb_casier_75_plein -4)", True),
    ("stops", 0, {"collecte_nb_casier_75_plein": 40000}, "", "40000 containers at one stop", True),
    ("stops", 0, {"collecte_nb_bouteilles": "1\u00a0200"}, "collecte_nb_bouteilles", "is read as 1200", True),
    ("stops", 1, {"id": 1}, "", "id 1 was there before", False),
    ("inventories", 0, {"point_de_collecte_id": 424242}, "point_de_collecte_id", "no place 424242", False),
    ("inventories", 0, {"date": "hier"}, "date", "“hier” is not a date", False),
    ("inventories", 0, {"stock_casiers_75": ""}, "stock_casiers_75", "nothing was counted", True),
    ("declarations", 0, {"nb_casiers_plein": 900}, "nb_casiers_plein", "900 full of 20", True),
    ("declarations", 1, {"remplissage_palox": 140}, "remplissage_palox", "140 % full", False),
    ("deposits", 0, {"montant": "NaN"}, "montant", "“NaN” is not a number", False),
    ("deposits", 0, {"montant": "60"}, "montant", "the bottles make", True),
    ("paloxes", 0, {"point_de_collecte_id": 999998}, "point_de_collecte_id", "no place 999998", False),
    ("paloxes", 0, {"numero": ""}, "numero", "no number", False),
]  # fmt: skip
FILES = {
    "points": "point_de_collecte.csv", "tours": "tournee.csv", "stops": "collecte.csv", "inventories": "inventaire.csv",
    "declarations": "remplissage_contenants.csv", "deposits": "consigne.csv", "paloxes": "palox.csv",
}  # fmt: skip


def test_the_clean_export_has_nothing_to_tell() -> None:
    assert bring_in(CLEAN).problems == []


@pytest.mark.parametrize(("table", "number", "cells", "column", "words", "is_warning"), ROWS)
def test_a_bad_row_is_named_with_file_line_and_reason(
    table: str, number: int, cells: dict, column: str, words: str, is_warning: bool
) -> None:
    rows = [dict(row) for row in getattr(CLEAN, table)]
    rows[number] |= cells
    with translation.override("en"):
        report = bring_in(CLEAN.with_(**{table: tuple(rows)}))
    told = [problem for problem in report.problems if problem.file == FILES[table] and problem.line == number + 2]
    found = [problem for problem in told if words in problem.reason and problem.reason.startswith(column)]
    assert found, [str(problem) for problem in report.problems]
    assert found[0].bad is not is_warning
    assert_holds()


def test_lines_below_a_cell_with_line_breaks_are_those_of_the_file_in_latin_1_with_semicolons_too(tmp_path: Path) -> None:
    rows = (
        point(101, nom="Épicerie d'Étang", info='Livrer\nle matin; "sonner"'),
        point(102, nom="", info=""),
        point(103, zone_de_collecte_id=88),
    )
    folder = CLEAN.with_(points=(point(HUB), *rows)).write(tmp_path, only=("zone_de_collecte", "point_de_collecte"), delimiter=";")
    path = folder / "point_de_collecte.csv"
    path.write_bytes(path.read_bytes().decode().encode("latin-1"))
    report = import_legacy(open_export(folder), source="tool", at=evening("2025-06-30"))
    bad = {problem.line for problem in report.problems if problem.bad}
    text = path.read_bytes().decode("latin-1").split("\n")
    assert [text[line - 1].split(";")[0] for line in (3, 5, 6)] == ["101", "102", "103"]
    assert bad == {5, 6}
    assert any(problem.line == 3 and not problem.bad for problem in report.problems)
    store = Store.objects.get(source_id="101")
    assert (store.name, store.access_notes) == ("Épicerie d'Étang", 'Livrer\nle matin; "sonner"')
