"""Files of products and of shelves: what they bring, what they leave, and a sentence at each wrong line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.importing.engine import open_file, run
from lincassable.importing.report import Mode
from references.enums import Drink, ShelfState
from references.exports import references_file, shelves_file
from references.imports import ReferenceImporter, ShelfImporter
from references.models import Producer, Reference, ShelfItem
from references.tests.factories import ReferenceFactory, ShelfItemFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
HEAD = "identifiant externe;producteur;produit;boisson;volume (cl);modèle de bouteille;consigne;EAN;étiquette lavable\n"


def load(importer, text, mode=Mode.ALL_OR_NOTHING):
    made = importer(Actor.system(), "import")
    content = text if isinstance(text, bytes) else text.encode()
    return run(open_file(content, made), made, mode=mode)


def told(report):
    return [(problem.line, problem.column) for problem in report.problems]


def test_a_file_of_products_brings_them_with_their_producer_once():
    text = HEAD + "1;Brasserie du Môle;Blonde;bière;33;beer-33;0,20;12345670;oui\n2;Brasserie du Mole;Brune;beer;75;;;;\n"
    assert load(ReferenceImporter, text).ok
    assert Producer.objects.count() == 1
    blonde = Reference.objects.get(name="Blonde")
    assert (blonde.drink, blonde.volume_cl, blonde.bottle_model.code, blonde.label_washable) == (Drink.BEER, 33, "beer-33", True)
    assert (str(blonde.deposit.amount_eur), blonde.ean, blonde.source_id) == ("0.20", "12345670", "1")
    again = load(ReferenceImporter, text)
    assert {outcome.value: number for outcome, number in again.counts.items() if number} == {"unchanged": 2}


def test_an_empty_cell_leaves_what_is_there_and_a_changed_line_updates():
    load(ReferenceImporter, HEAD + "1;Brasserie;Blonde;bière;33;beer-33;;12345670;oui\n")
    load(ReferenceImporter, HEAD + "1;Brasserie;Blonde du Port;;33;;;;\n")
    row = Reference.objects.get()
    assert (row.name, row.ean, row.bottle_model.code) == ("Blonde du Port", "12345670", "beer-33")


def test_each_wrong_line_is_told_and_nothing_is_kept():
    text = HEAD + (
        "1;Brasserie;Blonde;bière;33;inconnu;;;\n2;Brasserie;Brune;thé;33;;;;\n3;Brasserie;Rousse;bière;33;;7,77;;\n"
        "4;Brasserie;Ambrée;bière;0;;;;\n5;Brasserie;IPA;bière;33;;;123;\n6;Brasserie;Stout;;33;;;;\n"
    )
    report = load(ReferenceImporter, text)
    assert [line for line, _column in told(report)] == [2, 3, 4, 5, 6, 7]
    assert not Reference.objects.exists()
    assert not Producer.objects.exists()


def test_a_day_that_is_none_is_told_with_its_column_and_how_a_day_is_written():
    text = "producteur;produit;boisson;volume (cl);en vente depuis;en vente jusqu'au\nBrasserie;Blonde;bière;33;2026-02-30;bientôt\n"
    with translation.override("en"):
        told = [str(problem) for problem in load(ReferenceImporter, text).problems]
    assert told == [
        "line 2, column “en vente depuis”: “2026-02-30” is not a day: write it like 31/12/2025 or 2025-12-31.",
        "line 2, column “en vente jusqu'au”: “bientôt” is not a day: write it like 31/12/2025 or 2025-12-31.",
    ]
    assert load(ReferenceImporter, text.replace("2026-02-30", " 28.02.2026 ").replace("bientôt", "2026-12-31 00:00:00")).ok
    row = Reference.objects.get()
    assert (row.on_market_from.isoformat(), row.on_market_to.isoformat()) == ("2026-02-28", "2026-12-31")


def test_a_file_of_shelves_finds_places_and_products_by_number_or_by_name():
    shop = StoreFactory(name="Épicerie du Port", source="import", source_id="PDC-1")
    beer = ReferenceFactory(producer__name="Brasserie", name="Blonde", ean="12345670")
    juice = ReferenceFactory(producer__name="Verger", name="Pomme", volume_cl=100)
    head = "identifiant du point;point de collecte;ville;EAN;producteur;produit;volume (cl);état\n"
    text = head + "PDC-1;;;12345670;;;;rupture\n;Épicerie du Port;marseille;;verger;pomme;100;\n"
    report = load(ShelfImporter, text)
    assert report.ok, report.problems
    states = dict(ShelfItem.objects.filter(store=shop).values_list("reference", "state"))
    assert states == {beer.pk: ShelfState.OUT, juice.pk: ShelfState.AVAILABLE}
    wrong = load(ShelfImporter, head + "X;;;12345670;;;;\nPDC-1;;;99999999;;;;\n;;;;;;;\nPDC-1;;;12345670;;;;peut-être\n")
    assert {line for line, _column in told(wrong)} >= {2, 3, 5}


def test_two_places_of_one_name_in_one_town_ask_for_the_number():
    StoreFactory.create_batch(2, name="Biocoop")
    ReferenceFactory(ean="12345670")
    report = load(ShelfImporter, "point de collecte;ville;EAN;état\nBiocoop;Marseille;12345670;\n")
    assert told(report) == [(2, "point de collecte")]


def test_what_is_exported_is_read_back_and_changes_nothing():
    item = ShelfItemFactory(state=ShelfState.OUT, reference__ean="12345670", reference__label_washable=False)
    for importer, file in ((ReferenceImporter, references_file), (ShelfImporter, shelves_file)):
        for suffix in ("csv", "xlsx"):
            report = load(importer, file(suffix).content)
            assert report.ok, report.problems
            assert {outcome.value: number for outcome, number in report.counts.items() if number} == {"unchanged": 1}
    assert (Reference.objects.get(), ShelfItem.objects.get()) == (item.reference, item)


def test_a_file_is_looked_at_before_it_is_imported(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    client.force_login(UserFactory(role="coordinator"))
    start = "/admin/references/reference/import/"
    assert client.get(start).status_code == 200
    file = SimpleUploadedFile("r.csv", (HEAD + "1;Brasserie;Blonde;bière;33;;;;\n").encode())
    step = client.post(start, {"file": file, "source": "import"}).url
    assert not Reference.objects.exists()
    client.post(step, {"decision": "all"})
    assert Reference.objects.get().name == "Blonde"
