"""Files of collection points: what they create, what they change, that again changes nothing, and what they are refused for."""

import io
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.importing.engine import open_file, run
from lincassable.importing.report import Mode, Outcome
from stores import services
from stores.enums import Kind, Status
from stores.models import Contact, Store, Zone
from stores.point_columns import COLUMNS
from stores.point_import import PointImporter
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()

FULL = """identifiant externe;nom;type;statut;zone;adresse;code postal;ville;latitude;longitude;horaires;notes d'accès;collecté via;hub habituel;contacts;e-mails;téléphones
PDC-2;Épicerie du Port;magasin;actif;Marseille;12 rue du Port;13002;Marseille;43,2965;5,3698;Mo-Fr 09:00-19:00;Sonner;PDC-1;HUB;Camille Roche; camille@boutique.example ;04 91 00 00 01
PDC-1;Le Grand Marché;Magasin;;marseille;;13001;Marseille;;;;;;HUB;"Ali Benaïssa; Zoé";ali@boutique.example;"06 12 34 56 78; 0491000002"
HUB;Plateforme Sud;point de massification;;;;1000;Bourg-en-Bresse;;;;;;;;;
"""  # noqa: E501  a line of the file is a line


def load(text, mode=Mode.ALL_OR_NOTHING, source="old tool"):
    importer = PointImporter(BY, source)
    content = text if isinstance(text, bytes) else text.encode()
    with translation.override("en"):
        return run(open_file(content, importer), importer, mode=mode)


def outcome(report):
    return {str(name): count for name, count in report.counts.items() if count}


def reasons(report):
    return [(problem.line, problem.column) for problem in report.problems]


def test_a_file_becomes_places_zones_contacts_and_cards():
    report = load(FULL)
    assert report.problems == []
    shop, big, hub = (Store.objects.get(source="old tool", source_id=external) for external in ("PDC-2", "PDC-1", "HUB"))
    assert (shop.kind, shop.status, shop.postcode, shop.access_notes) == (Kind.SHOP, Status.ACTIVE, "13002", "Sonner")
    assert (shop.latitude, shop.longitude) == (Decimal("43.296500"), Decimal("5.369800"))
    assert (shop.collected_through, shop.usual_hub, big.usual_hub) == (big, hub, hub)
    assert (hub.kind, hub.postcode) == (Kind.HUB, "01000")  # the zero that spreadsheets take
    assert shop.zone == big.zone == Zone.objects.get()
    assert list(big.contacts.values_list("name", "email", "phone")) == [
        ("Ali Benaïssa", "ali@boutique.example", "+33612345678"),
        ("Zoé", "", "+33491000002"),
    ]
    assert AccessLink.objects.filter(kind=AccessLink.STORE).count() == 3


def test_importing_again_changes_nothing_and_writes_nothing():
    load(FULL)
    before = list(Store.objects.order_by("pk").values()), list(Contact.objects.order_by("pk").values())
    report = load(FULL)
    assert outcome(report) == {"unchanged": 3}
    assert (list(Store.objects.order_by("pk").values()), list(Contact.objects.order_by("pk").values())) == before


def test_changed_lines_update_their_place_and_leave_the_others():
    load(FULL)
    report = load(FULL.replace("12 rue du Port", "14 rue du Port").replace("06 12 34 56 78", "06 99 99 99 99"))
    assert outcome(report) == {"updated": 2, "unchanged": 1}
    assert Store.objects.get(source_id="PDC-2").street == "14 rue du Port"
    assert str(Contact.objects.get(email="ali@boutique.example").phone.as_e164) == "+33699999999"
    assert Store.objects.count() == Contact.objects.count() == 3


def test_empty_cells_and_missing_columns_leave_what_a_coordinator_wrote():
    load(FULL)
    store = services.update_store(Store.objects.get(source_id="HUB"), by=BY, opening_hours="24/7", status=Status.PAUSED)
    assert outcome(load("external id,name,town,opening hours\nHUB,Plateforme Sud,Bourg-en-Bresse,\n")) == {"unchanged": 1}
    store.refresh_from_db()
    assert (store.opening_hours, store.status) == ("24/7", Status.PAUSED)


def test_a_later_address_completes_the_contact_that_had_none():
    head = "external id,name,town,contacts,e-mails,phones\n"
    load(head + "1,A,B,Zoé,,06 12 34 56 78\n")
    load(head + "1,A,B,Zoé,zoe@boutique.example,06 12 34 56 78\n")
    assert list(Contact.objects.values_list("name", "email")) == [("Zoé", "zoe@boutique.example")]


def test_two_sources_may_use_the_same_number():
    for source in ("north", "south"):
        load("external id,name,town\n1,A,B\n", source=source)
    assert Store.objects.count() == 2


def test_the_same_id_twice_is_refused_with_the_other_line():
    report = load("external id,name,town\n1,A,B\n2,C,D\n1,E,F\n", Mode.SKIP_BAD)
    assert reasons(report) == [(4, "external id")]
    assert "2" in report.problems[0].reason
    assert set(Store.objects.values_list("name", flat=True)) == {"A", "C"}


@pytest.mark.parametrize(
    ("column", "value", "at"),
    [
        ("latitude", "quarante-trois", "latitude"),
        ("latitude", "95", "latitude"),
        ("latitude", "43,29", "longitude"),
        ("type", "garage", "type"),
        ("statut", "fermé", "statut"),
        ("code postal", "13 001 Marseille", "code postal"),
        ("horaires", "tous les jours", "horaires"),
        ("e-mails", "camille", "e-mails"),
        ("e-mails", "c@b.example;C@b.example", "e-mails"),
        ("téléphones", "0612", "téléphones"),
        ("collecté via", "nobody", "collecté via"),
        ("collecté via", "1", "collecté via"),
        ("hub habituel", "2", "hub habituel"),
        ("nom", "", "nom"),
        ("ville", "x" * 121, "ville"),
        ("zone", "x" * 81, "zone"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column_and_nothing_is_kept(column, value, at):
    values = {"identifiant externe": "1", "nom": "A", "ville": "B"}
    values |= {column: value} | ({"longitude": ""} if column == "latitude" else {})
    text = ";".join(values) + "\n" + ";".join(f'"{cell}"' for cell in values.values()) + "\n" + "2;C;D" + ";" * (len(values) - 3) + "\n"
    report = load(text)
    assert reasons(report) == [(2, at)]
    assert report.refused == {2}
    assert not Store.objects.exists()
    assert not Zone.objects.exists()
    assert not Contact.objects.exists()


def test_a_place_whose_lead_is_refused_falls_with_it_and_the_rest_is_kept():
    text = "external id,name,town,collected through\n1,A,B,2\n2,,B,\n3,C,D,\n4,E,F,1\n"
    report = load(text, Mode.SKIP_BAD)
    assert report.refused == {2, 3, 5}
    assert list(Store.objects.values_list("name", flat=True)) == ["C"]


def test_a_zone_of_a_refused_line_does_not_stay():
    report = load("external id,name,town,zone,hub\n1,A,B,Nord,nobody\n2,C,D,Nord,\n", Mode.SKIP_BAD)
    assert report.refused == {2}
    assert Store.objects.get().zone == Zone.objects.get()


def test_places_in_a_circle_are_refused_together():
    report = load("external id,name,town,collected through\n1,A,B,2\n2,C,D,3\n3,E,F,2\n4,G,H,\n", Mode.SKIP_BAD)
    assert report.refused == {2, 3, 4}
    assert list(Store.objects.values_list("name", flat=True)) == ["G"]


def test_a_long_chain_comes_in_the_right_order():
    rows = "".join(f"{number},Place {number},Arles,{number + 1 if number % 20 else ''}\n" for number in range(1, 101))
    assert load("external id,name,town,collected through\n" + rows).problems == []
    assert Store.objects.exclude(collected_through=None).count() == 95


def test_several_thousand_places_are_read_in_few_queries_when_nothing_changed(django_assert_max_num_queries):
    rows = "external id,name,town\n" + "".join(f"{number},Place {number},Arles\n" for number in range(1000))
    Store.objects.bulk_create(StoreFactory.build(name=f"Place {n}", city="Arles", source="old tool", source_id=str(n)) for n in range(1000))
    with django_assert_max_num_queries(2 * 1000 + 20):  # a savepoint and its release for each place
        assert outcome(load(rows)) == {"unchanged": 1000}


NAMES = st.sampled_from(["", "Zoé", "Ali", "Camille Roche"])
PHONES = st.sampled_from(["06 12 34 56 78", "04 91 00 00 01", "06 99 99 99 99"])
EMAILS = st.sampled_from(["zoe@b.example", "ali@b.example", "camille@b.example"])


class Idempotence(TestCase):
    """Whatever people a line names, the same line again changes nothing."""

    @settings(max_examples=25)
    @given(
        names=st.lists(NAMES.filter(bool), max_size=3),
        emails=st.lists(EMAILS, max_size=3, unique=True),
        phones=st.lists(PHONES, max_size=3),
        before=st.lists(
            st.tuples(NAMES, EMAILS | st.just(""), PHONES | st.just("")).filter(any),
            max_size=3,
            unique_by=lambda person: person[1] or person,
        ),
    )
    def test_contacts_settle_after_one_import(self, names, emails, phones, before):
        store = StoreFactory(source="old tool", source_id="1", name="A", city="B")
        for name, email, phone in before:
            services.create_contact(store, by=BY, name=name, email=email, phone=phone)
        cells = ["1", "A", "B", ";".join(names), ";".join(emails), ";".join(phones)]
        text = "external id\tname\ttown\tcontacts\te-mails\tphones\n" + "\t".join(cells) + "\n"
        assert load(text).counts[Outcome.UPDATED] <= 1
        assert Contact.objects.count() >= len(before)
        assert outcome(load(text)) == {"unchanged": 1}


# -- the command


def command(*args, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_points", *map(str, args), stdout=out, stderr=err, language="en", **options)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def bad_file(tmp_path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text("identifiant externe;nom;ville;latitude;longitude\n1;Crèmerie;Arles;;\n2;B;C;nord;5\n3;C;D;;\n", encoding="cp1252")
    return path


def test_the_command_imports_all_or_nothing_and_says_where_it_hurts(bad_file, capsys):
    with pytest.raises(SystemExit) as end:
        command(bad_file)
    assert end.value.code == 1
    assert not Store.objects.exists()


def test_the_command_tries_without_changing_anything(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text(FULL, encoding="utf-8-sig")
    out, _err = command(path, dry_run=True)
    assert "3 new" in out
    assert "Épicerie du Port" in out
    assert not Store.objects.exists()


def test_the_command_keeps_the_good_lines_and_writes_the_others_next_to_the_file(bad_file):
    out, err = command(bad_file, skip_bad=True)
    assert "line 3, column “latitude”" in err
    assert set(Store.objects.values_list("name", flat=True)) == {"Crèmerie", "C"}
    refused = bad_file.with_name("points.refused.csv")
    assert str(refused) in out
    header, line = refused.read_text("utf-8-sig").splitlines()
    assert header.split(";")[:5] == ["identifiant externe", "nom", "ville", "latitude", "longitude"]
    assert line.startswith("2;B;C;nord;5;")


def test_the_refused_file_loads_once_corrected(bad_file, tmp_path):
    elsewhere = tmp_path / "to correct.csv"
    command(bad_file, skip_bad=True, refused=str(elsewhere))
    elsewhere.write_text(elsewhere.read_text("utf-8-sig").replace("nord", "43,6"), encoding="utf-8-sig")
    command(elsewhere)
    assert Store.objects.get(source_id="2").latitude == Decimal("43.6")


def test_tags_are_added_and_only_replaced_where_the_cell_says_so():
    head = "identifiant externe;nom;ville;étiquettes\n"

    def tags(cell, **how):
        report = load(head + f'1;Épicerie;Arles;"{cell}"\n', **how)
        assert report.ok, report.problems
        found = sorted(Store.objects.get().tags.values_list("name", flat=True))
        return found, [(one.line, one.text) for one in report.taken], [name for name, number in report.counts.items() if number]

    tags("pilote")
    assert tags("bord de mer") == (["bord de mer", "pilote"], [], [Outcome.UPDATED])
    assert tags("") == (["bord de mer", "pilote"], [], [Outcome.UNCHANGED])
    told = [(2, "Épicerie (Arles): tags taken away: bord de mer")]
    trial = tags("Seulement : PILOTE; vrac", mode=Mode.DRY_RUN)
    assert trial == (["bord de mer", "pilote"], told, [Outcome.UPDATED]), "a trial tells and takes nothing"
    assert tags("Seulement : PILOTE; vrac") == (["pilote", "vrac"], told, [Outcome.UPDATED])
    assert tags("only:pilote;vrac") == (["pilote", "vrac"], [], [Outcome.UNCHANGED])
    assert tags("only:")[0] == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_template_is_understood_once_filled_in(tmp_path, suffix, language):
    path = tmp_path / f"template.{suffix}"
    call_command("import_points", template=str(path), language=language, stdout=io.StringIO())
    values = {"external_id": "1", "name": "Épicerie", "city": "Arles", "postcode": "01000", "phones": "0612345678"}
    row = [values.get(column.name, "") for column in COLUMNS]
    if suffix == "csv":
        path.write_bytes(path.read_bytes() + (";".join(row) + "\r\n").encode())
    else:
        book = openpyxl.load_workbook(path)
        book.worksheets[0].append(row)
        book.save(path)
    command(path)
    assert Store.objects.get().postcode == "01000"
    assert str(Contact.objects.get().phone.as_e164) == "+33612345678"


def test_the_command_answers_mistakes_with_a_sentence(tmp_path, bad_file):
    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    for args, options in [
        ([], {}),
        ([tmp_path / "nowhere.csv"], {}),
        ([tmp_path], {}),
        ([tmp_path / "photo.csv"], {}),
        ([bad_file], {"skip_bad": True, "refused": str(bad_file)}),
        ([bad_file], {"skip_bad": True, "refused": str(tmp_path / "no" / "folder.csv")}),
        ([], {"template": str(tmp_path / "template.doc")}),
        ([], {"template": str(tmp_path / "no" / "template.csv")}),
        ([bad_file], {"source": "x" * 41}),
    ]:
        with pytest.raises(CommandError):
            command(*args, **options)
    assert not Store.objects.exists()


def test_a_progress_bar_can_be_asked_for(tmp_path, capsys):
    path = tmp_path / "points.csv"
    path.write_text(FULL)
    command(path, progress=True)
    assert "/3" in capsys.readouterr().err
