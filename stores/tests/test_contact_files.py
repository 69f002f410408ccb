"""Contacts and places as files: read, written, and read back."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.importing.engine import open_file, run
from lincassable.importing.report import Mode, Outcome
from stores import merging
from stores.contact_import import ContactImporter
from stores.models import Contact, Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
TITLES = "identifiant du point;point de collecte;ville;nom;rôle;e-mail;téléphone;langue;actif;relevé des consignes"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def shop():
    return StoreFactory(name="Épicerie du Port", city="Marseille", source="import", source_id="PDC-1")


@pytest.fixture
def coordinator(client):
    client.force_login(UserFactory(role="coordinator", language="fr"))
    return client


def load(*lines):
    """Import these lines; return the report."""
    importer = ContactImporter(BY, "import")
    content = "\r\n".join([TITLES, *lines]).encode()
    return run(open_file(content, importer), importer, mode=Mode.SKIP_BAD)


def counts(report):
    """How many lines were new, updated, unchanged and refused."""
    return (*(report.counts[each] for each in (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)), len(report.refused))


def test_a_line_makes_a_person_and_the_same_file_again_changes_nothing(shop):
    lines = [
        "PDC-1;;;Camille Roche;responsable;camille@port.example;04 91 00 00 01;français;oui;oui",
        ";epicerie du port;MARSEILLE;Ali;;;;;;",
    ]
    report = load(*lines)
    assert counts(report) == (2, 0, 0, 0)
    camille = shop.contacts.get(name="Camille Roche")
    assert (camille.role, camille.email, str(camille.phone), camille.wants_deposit_mails) == (
        "manager",
        "camille@port.example",
        "+33491000001",
        True,
    )
    assert counts(load(*lines)) == (0, 0, 2, 0)


def test_a_person_is_found_by_address_and_an_empty_cell_leaves_what_is_there(shop):
    known = ContactFactory(store=shop, email="camille@port.example", name="Camille", phone="+33491000001")
    assert counts(load("PDC-1;;;Camille Roche;;camille@PORT.example;;;non;")) == (0, 1, 0, 0)
    known.refresh_from_db()
    assert (known.name, str(known.phone), known.is_active) == ("Camille Roche", "+33491000001", False)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("PDC-9;;;Ali;;;;;;", "store"),
        (";;;Ali;;;;;;", "store"),
        ("PDC-1;;;;;;;;;", "name"),
        ("PDC-1;;;Ali;chef;;;;;", "role"),
        ("PDC-1;;;Ali;;pas une adresse;;;;", "email"),
        ("PDC-1;;;Ali;;;12;;;", "phone"),
        ("PDC-1;;;Ali;;;;klingon;;", "language"),
        ("PDC-1;;;Ali;;;;;peut-être;", "is_active"),
        (";Jumelle;Arles;Ali;;;;;;", "store"),
    ],
)
def test_a_wrong_line_is_refused_at_its_column_and_the_others_are_kept(shop, line, column):
    StoreFactory(name="Jumelle", city="Arles")
    StoreFactory(name="Jumelle", city="Arles")
    report = load(line, "PDC-1;;;Bonne;;;;;;")
    assert counts(report) == (1, 0, 0, 1)
    names = ("store_id", "store", "city", "name", "role", "email", "phone", "language", "is_active")
    titles = dict(zip(names, TITLES.split(";"), strict=False))
    assert [problem.column for problem in report.problems] == [titles[column]]
    assert [contact.name for contact in shop.contacts.all()] == ["Bonne"]


def test_people_of_a_place_that_became_part_of_another_one_go_there(shop):
    winner = StoreFactory()
    merging.merge(shop, winner, by=BY)
    load("PDC-1;;;Ali;;;;;;", ";Épicerie du Port;Marseille;Zoé;;;;;;")
    assert set(winner.contacts.values_list("name", flat=True)) == {"Ali", "Zoé"}


def test_the_exported_contacts_are_read_back_unchanged_in_both_formats(shop, coordinator):
    ContactFactory(store=shop, name="=cmd", phone="+33491000001", role="logistics", wants_invitations=False)
    ContactFactory(store=shop, name="Bram", phone="+3225555555", language="en", is_active=False)
    for suffix in ("csv", "xlsx"):
        response = coordinator.get(reverse(f"admin:stores_contact_export_{suffix}"))
        importer = ContactImporter(BY, "import")
        report = run(open_file(response.content, importer), importer, mode=Mode.ALL_OR_NOTHING)
        # A name that would run as a formula is written with an apostrophe, and found again by the address.
        assert counts(report)[::3] == (0, 0), [str(problem) for problem in report.problems]
    assert b"'=cmd" in coordinator.get(reverse("admin:stores_contact_export_csv")).content


def test_the_exported_places_are_read_back_and_a_merged_one_is_left_out(shop, coordinator):
    gone = StoreFactory(source="import", source_id="PDC-2")
    merging.merge(gone, shop, by=BY)
    sheet = openpyxl.load_workbook(io.BytesIO(coordinator.get(reverse("admin:stores_store_export_xlsx")).content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["identifiant externe", "PDC-1"]
    assert len(rows[0]) == len(rows[1])
    start = reverse("admin:stores_store_import")
    content = coordinator.get(reverse("admin:stores_store_export_csv")).content
    step = coordinator.post(start, {"file": SimpleUploadedFile("points.csv", content), "source": "import"}).url
    assert 'data-ok="yes"' in coordinator.get(step).content.decode()
    coordinator.post(step, {"decision": "all"})
    assert Store.objects.count() == 2


def test_the_admin_previews_a_file_and_imports_it_once(shop, coordinator):
    content = f"{TITLES}\r\nPDC-1;;;Ali;;;;;;\r\nPDC-9;;;Zoé;;;;;;".encode()
    start = reverse("admin:stores_contact_import")
    assert "identifiant du point" in coordinator.get(start).content.decode()
    step = coordinator.post(start, {"file": SimpleUploadedFile("c.csv", content), "source": "import"}).url
    preview = coordinator.get(step).content.decode()
    assert "Ali" in preview
    assert 'data-ok="no"' in preview
    assert not Contact.objects.exists()
    coordinator.post(step, {"decision": "skip_bad"})
    assert [contact.name for contact in Contact.objects.all()] == ["Ali"]


def test_only_who_may_see_contacts_exports_them(client):
    client.force_login(UserFactory(role="carrier"))
    assert client.get(reverse("admin:stores_contact_export_csv")).status_code in (302, 403)


@pytest.mark.parametrize("command", ["import_contacts", "import_references", "import_shelves"])
def test_the_command_writes_a_template_and_says_what_is_wrong(command, tmp_path, capsys):
    template = tmp_path / "template.csv"
    call_command(command, template=str(template))
    assert template.read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises((CommandError, SystemExit)):
        call_command(command, str(tmp_path / "missing.csv"))
