"""One import after another: what comes in, what is corrected and how, what is refused."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crates.models import Declaration, DepositCount, Inventory, Movement, Palox
from crates.services import withdraw_inventory
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.legacy.models import AssumedCount, LegacyImport, LegacyRow
from lincassable.legacy.services import ImportRefused, post_pending
from lincassable.legacy.tests.exports import HUB, SORTING, Export, declaration, inventory, point, stop
from lincassable.legacy.tests.helpers import assert_agrees, assert_holds, bring_in, evening, figures, ledger_size
from pickups.enums import StopState, TourState
from pickups.models import Carrier, Stop, Tour
from stores.enums import Kind, Status
from stores.models import Contact, Store

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 6, 30)
PLACES = (point(HUB), point(SORTING), point(101), point(102))
COUNTS = (
    inventory(1, HUB, "2025-06-01T08:00:00+00:00", (6000, 2000, 300)),
    inventory(2, 101, "2025-06-01T08:00:00+00:00", (20, 5, 0)),
    inventory(3, 102, "2025-06-02", (30, 0, 2), (10, "", "")),
)
BASE = Export(
    points=PLACES,
    inventories=COUNTS,
    stops=(stop(1, 101, "2025-06-10", (12, 2, 0), (10, 3, 0)), stop(2, 102, "2025-06-11", (8, 0, 1), (9, 0, 1), tournee_id=7)),
    tours=(
        {"id": 7, "date": "2025-06-11", "zone_de_collecte_id": 1, "transporteur_id": 1, "point_de_massification_id": HUB,
         "statut": "Réalisé", "type_de_vehicule": "12 T", "prix": "240,50"},
    ),
    declarations=(declaration(1, 101, "2025-06-09", 12, 20),),
)  # fmt: skip


def shop(row_id: int) -> Store:
    return Store.objects.get(source="tool", source_id=str(row_id))


def test_the_figures_are_the_present_tools_and_the_ledger_holds() -> None:
    bring_in(BASE)
    assert_agrees(BASE, DAY)
    assert figures()[101, "75"] == (18, 0)
    assert figures()[102, "75"] == (31, 2)
    assert figures()[HUB, "75"] == (6001, 20)
    assert_holds()


def test_the_commands_do_it_and_stock_lists_every_place_and_container(tmp_path: Path) -> None:
    out = io.StringIO()
    call_command("import_legacy", str(BASE.write(tmp_path)), at="2025-06-30T23:59:59+02:00", stdout=out)
    assert "2 new" in out.getvalue()
    out = io.StringIO()
    call_command("stock", format="json", stdout=out)
    rows = json.loads(out.getvalue())
    assert len(rows) == 4 * 3
    assert {"store": 101, "name": "Point 101", "container": "75", "total": 18, "full": 0} in rows
    out = io.StringIO()
    call_command("stock", format="json", at="2025-06-09", stdout=out)
    assert {"store": 101, "name": "Point 101", "container": "75", "total": 20, "full": 12} in json.loads(out.getvalue())
    call_command("stock", stdout=out)
    with pytest.raises(CommandError):
        call_command("import_legacy", str(tmp_path / "nothing"), stdout=out)


def test_places_carriers_and_tours_are_what_the_rows_say() -> None:
    first = point(
        101, adresse_numero="12", adresse_rue="rue des Lices", adresse_code_postal="13100", horaires="9h-12h30 14h-19h", info="Sonner",
        contacts='{"Camille Roche"}', emails='["camille@example.org"]', telephones="{0491000001}", emails_consigne="{compta@example.org}",
        stock_casiers_75_tampon=4, collecte_par_id=102,
    )  # fmt: skip
    bring_in(BASE.with_(points=(*PLACES[:2], first, point(102, kind="Producteur", statut="archive"))))
    store = shop(101)
    assert (store.street, store.postcode, store.opening_hours, store.access_notes) == (
        "12 rue des Lices", "13100", "09:00-12:30,14:00-19:00", "Sonner",
    )  # fmt: skip
    assert store.collected_through == shop(102)
    assert store.zone is not None
    assert (shop(102).kind, shop(102).status, shop(HUB).kind, shop(SORTING).kind) == (
        Kind.PRODUCER,
        Status.ARCHIVED,
        Kind.HUB,
        Kind.SORTING,
    )
    assert set(store.contacts.values_list("email", "wants_deposit_mails")) == {("camille@example.org", False), ("compta@example.org", True)}
    assert store.containers.get(container_type__code="75").buffer == 4
    assert AccessLink.objects.filter(kind=AccessLink.STORE, object_id=store.pk).exists()
    tour = Tour.objects.get(source_id="7")
    assert (tour.hub, tour.state, str(tour.price_eur), tour.vehicle.kind) == (shop(HUB), TourState.DONE, "240.50", "truck_12t")
    assert Carrier.objects.get(name="Vélo Durance").depot == shop(HUB)
    assert Stop.objects.get(source_id="collecte/2").tour == tour


def test_the_same_export_again_changes_nothing_and_needs_no_moment() -> None:
    bring_in(BASE)
    before = (ledger_size(), figures())
    again = bring_in(BASE, None)
    assert again.changes == 0
    assert bring_in(BASE).changes == 0
    assert (ledger_size(), figures()) == before
    assert LegacyImport.objects.get().at == evening(DAY)


def test_a_changed_stop_is_reversed_and_posted_anew_never_edited() -> None:
    bring_in(BASE)
    first = Movement.objects.get(source_id="collecte/1")
    after = BASE.with_(stops=(stop(1, 101, "2025-06-10", (18, 2, 0), (10, 3, 0)), BASE.stops[1]))
    bring_in(after)
    assert_agrees(after, DAY)
    assert first.reversed_by.reason
    assert Stop.objects.get(source_id="collecte/1").lines.get(container_type__code="75").loaded_full == 18
    assert_holds()


@pytest.mark.parametrize(
    "changed",
    [
        {"stops": BASE.stops[:1]},
        {"stops": ()},
        {"stops": (stop(1, 102, "2025-06-10", (12, 2, 0)), BASE.stops[1])},
        {"stops": (stop(1, 101, "2025-05-30", (12, 2, 0)), BASE.stops[1])},
        {"stops": (stop(1, 101, "2025-07-08", (12, 2, 0)), BASE.stops[1])},
        {"stops": (stop(1, 101, "", (12, 2, 0)), BASE.stops[1])},
        {"stops": (stop(1, 101, "2025-06-10", (12, 2, 0), hub=""), stop(2, 102, "2025-06-11", (8, 0, 1), hub=SORTING))},
        {"inventories": (*COUNTS[:1], inventory(2, 101, "2025-06-20T08:00:00+00:00", (7, 7, 7)), COUNTS[2])},
        {"inventories": COUNTS[:2]},
        {"inventories": (*COUNTS, inventory(4, 101, "2025-06-01T06:00:00+00:00", (99, 9, 9)))},
        {"inventories": (*COUNTS, inventory(4, 101, "2025-06-01T20:00:00+00:00", (99, 9, 9)))},
        {"inventories": ()},
        {"declarations": (declaration(1, 101, "2025-06-12", 3, 20), declaration(2, 102, "2025-06-12", 4, 20))},
        {"points": (point(HUB, type="Magasin"), *PLACES[1:])},
        {"points": PLACES[:3], "stops": BASE.stops[:1], "inventories": COUNTS[:2]},
    ],
)
def test_whatever_changes_since_the_figures_follow_and_the_way_back_too(changed: dict) -> None:
    bring_in(BASE)
    shown = figures()
    after = BASE.with_(**changed)
    bring_in(after)
    assert_agrees(after, DAY)
    assert_holds()
    bring_in(BASE)
    assert figures() == shown
    assert_holds()


def test_rows_dated_later_wait_and_are_posted_by_a_later_import_or_by_the_nightly_job() -> None:
    later = BASE.with_(
        stops=(*BASE.stops, stop(3, 101, "2025-07-02", (5, 0, 0), (4, 0, 0)), stop(4, 101, "2025-07-04", (1, 0, 0))),
        inventories=(*COUNTS, inventory(4, 102, "2025-07-03T08:00:00+00:00", (50, 0, 0))),
    )
    bring_in(later)
    assert_agrees(later, DAY)
    planned = Stop.objects.get(source_id="collecte/3")
    assert (planned.state, planned.lines.get().planned_full, planned.lines.get().loaded_full) == (StopState.TO_DO, 5, None)
    bring_in(later, "2025-07-02")
    assert_agrees(later, dt.date(2025, 7, 2))
    assert post_pending() == 2
    assert_agrees(later, dt.date(2025, 7, 4))
    assert post_pending() == 0
    before = (ledger_size(), figures())
    bring_in(later)
    assert (ledger_size(), figures()) == before
    assert_holds()


def test_a_place_that_nobody_counted_shows_its_columns_whatever_its_stops() -> None:
    places = (*PLACES[:2], point(101, stock=(40, 3, 1)), PLACES[3])
    export = BASE.with_(points=places, inventories=(COUNTS[0], COUNTS[2]))
    bring_in(export)
    assert [figures()[101, code][0] for code in ("75", "33", "palox")] == [40, 3, 1]
    # One more stop since, and columns that say the same: the place still shows its columns.
    more = export.with_(stops=(*export.stops, stop(3, 101, "2025-07-01", (9, 0, 0))))
    bring_in(more, "2025-07-02")
    assert figures()[101, "75"][0] == 40
    # Somebody counts it, on the day of the columns or before: the columns give way.
    counted = more.with_(inventories=(*export.inventories, inventory(9, 101, "2025-07-02T08:00:00+00:00", (11, 0, 0))))
    bring_in(counted, "2025-07-02")
    assert_agrees(counted, dt.date(2025, 7, 2))
    assert not AssumedCount.objects.get(store=shop(101)).in_force
    # The count is withdrawn in the present tool: they are back.
    bring_in(more, "2025-07-02")
    assert figures()[101, "75"][0] == 40
    assert_holds()


def test_an_import_of_today_counts_today_whatever_the_time() -> None:
    today = timezone.localdate().isoformat()
    places = (*PLACES[:2], point(101, stock=(40, 0, 0)), PLACES[3])
    export = BASE.with_(
        points=places, inventories=(COUNTS[0], COUNTS[2]), stops=(stop(1, 101, today, (3, 0, 0)), stop(2, 102, today, (4, 0, 0)))
    )
    bring_in(export, None)
    assert_agrees(export, timezone.localdate())
    assert figures()[101, "75"][0] == 40
    more = export.with_(stops=(*export.stops, stop(3, 101, today, (5, 0, 0)), stop(4, 102, today, (6, 0, 0))))
    for _again in range(2):
        bring_in(more, None)
        assert_agrees(more, timezone.localdate())
        assert figures()[101, "75"][0] == 40
    assert not Movement.objects.filter(occurred_at__gt=timezone.now()).exists()
    assert_holds()


def test_a_real_count_made_here_takes_the_place_of_the_columns_too() -> None:
    bring_in(BASE.with_(points=(*PLACES[:2], point(101, stock=(40, 0, 0)), PLACES[3]), inventories=()))
    assumed = AssumedCount.objects.get(store=shop(101))
    from crates.models import ContainerType
    from crates.services import CountedLine, record_inventory

    real = record_inventory(
        shop(101), key=assumed.store.uuid, counted_at=evening("2025-06-29"), by=Actor.system(),
        lines=[CountedLine(ContainerType.objects.get(code="75"), 25)],
    )  # fmt: skip
    post_pending()
    assert figures()[101, "75"][0] == 25
    withdraw_inventory(real, by=Actor.system(), reason="a mistake")
    post_pending()
    assert figures()[101, "75"][0] == 40
    assert_holds()


def test_figures_of_any_size_and_below_zero_are_imported_and_told() -> None:
    export = BASE.with_(
        stops=(stop(1, 101, "2025-06-10", (40_000, 0, 0)), stop(2, 102, "2025-06-10", (-4, 0, 0), (-2, 0, 0))),
        inventories=(*COUNTS[:2], inventory(3, 102, "2025-06-02", (-7, 3_000_000, 0))),
    )
    report = bring_in(export)
    assert_agrees(export, DAY)
    assert figures()[101, "75"] == (20 - 40_000, 0)
    assert {(problem.file, problem.line) for problem in report.problems if not problem.bad} >= {("collecte.csv", 3), ("inventaire.csv", 4)}
    assert not report.has_bad_rows
    assert_holds()


def test_any_column_but_the_id_may_be_missing_and_any_table_too() -> None:
    bare = Export(points=tuple({"id": row_id, "type": "Magasin", "nom": f"P{row_id}"} for row_id in (1, 2)), zones=(), carriers=())
    bring_in(bare, only=("point_de_collecte",))
    stops = ({"id": 1, "date": "2025-06-01", "point_de_collecte_id": 1, "collecte_nb_casier_75_plein": 4},)
    counts = ({"id": 1, "date": "2025-05-01", "point_de_collecte_id": 1, "stock_casiers_75": 10},)
    bring_in(bare.with_(stops=stops, inventories=counts), only=("collecte", "inventaire"))
    assert figures()[1, "75"] == (6, 0)
    assert figures()[2, "75"] == (0, 0)
    nothing_but_ids = Export(
        **{name: ({"id": 5},) for name in ("points", "stops", "inventories", "declarations", "tours", "deposits", "paloxes")}
    )
    report = bring_in(nothing_but_ids)
    assert {problem.file for problem in report.problems if problem.bad} >= {"collecte.csv", "inventaire.csv", "consigne.csv", "palox.csv"}
    assert_holds()


def test_a_bare_header_empties_a_table_and_a_missing_file_says_nothing() -> None:
    bring_in(BASE)
    shown = figures()
    bring_in(BASE.with_(stops=()), only=("point_de_collecte", "inventaire"))
    assert figures() == shown
    bring_in(BASE.with_(stops=()), only=("collecte",))
    assert figures()[101, "75"][0] == 20
    assert_holds()


def test_a_dry_run_reports_and_writes_nothing() -> None:
    report = bring_in(BASE, dry_run=True)
    assert report.changes
    assert not Store.objects.filter(source="tool").exists()
    assert not LegacyRow.objects.exists()
    assert not LegacyImport.objects.exists()


def test_strict_refuses_the_whole_import_for_one_bad_row_and_not_for_a_warning() -> None:
    with pytest.raises(ImportRefused):
        bring_in(BASE.with_(stops=(*BASE.stops, stop(3, 999, "2025-06-10"))), strict=True)
    assert not LegacyRow.objects.exists()
    bring_in(BASE.with_(stops=(*BASE.stops, stop(3, 101, "2025-06-10", (-1, 0, 0)))), strict=True)
    assert LegacyRow.objects.exists()


def test_ids_of_two_sources_are_kept_apart(tmp_path: Path) -> None:
    folder = str(BASE.write(tmp_path))
    for source in ("south", "north"):
        call_command("import_legacy", folder, source=source, at="2025-06-30T23:59:59+02:00", stdout=io.StringIO())
    assert Store.objects.filter(source_id="101").count() == 2
    call_command("import_legacy", folder, source="south", stdout=io.StringIO())
    for store in Store.objects.filter(source_id="101"):
        assert sum(store.balances.filter(container_type__code="75").values_list("quantity", flat=True)) == 18
    assert_holds()


def test_deposits_are_one_per_month_and_amount_and_the_former_figures_stay() -> None:
    def row(row_id: int, charged: int, **more: object) -> dict:
        return {"id": row_id, "date": "2025-05-01", "point_de_collecte_id": 101, "consigne": charged, "deconsigne": 50, "consigne_20": 10,
                "deconsigne_20": 0, "montant": (charged - 50) / 2 + 2, **more}  # fmt: skip

    report = bring_in(BASE.with_(deposits=(row(1, 100), row(2, 120), row(3, 80, point_de_collecte_id=102, montant=1))))
    assert [problem.line for problem in report.problems if problem.file == "consigne.csv"] == [4]
    current = DepositCount.objects.filter(is_current=True, store=shop(101))
    assert set(current.values_list("amount__amount_eur", "charged", "refunded")) == {
        (dt_amount, *pair)
        for dt_amount, pair in zip(sorted(current.values_list("amount__amount_eur", flat=True)), [(10, 0), (120, 50)], strict=True)
    }
    bring_in(BASE.with_(deposits=(row(1, 100), row(2, 130))))
    assert current.get(amount__amount_eur="0.50").charged == 130
    assert DepositCount.objects.filter(store=shop(101), amount__amount_eur="0.50", charged=120, is_current=False).exists()
    bring_in(BASE.with_(deposits=(row(1, 100),)))
    assert current.get(amount__amount_eur="0.50").charged == 100
    assert not DepositCount.objects.filter(is_current=True, store=shop(102)).exists()


def test_paloxes_have_a_place_and_a_history_and_no_number_twice() -> None:
    def row(row_id: int, number: str, place: object = 101, state: str = "Point de collecte") -> dict:
        return {"id": row_id, "numero": number, "model": "bois", "statut": state, "point_de_collecte_id": place, "format_tri": "mixte"}

    report = bring_in(BASE.with_(paloxes=(row(1, "PX 1"), row(2, "palox bleu n° 2", HUB, "Tri"), row(3, "px 1"), row(4, "PX4", 999))))
    assert [problem.line for problem in report.problems if problem.file == "palox.csv"] == [4, 5]
    assert set(Palox.objects.values_list("number", "state")) == {("PX 1", "store"), ("palox bleu n° 2", "sorting"), ("PX4", "in_stock")}
    bring_in(BASE.with_(paloxes=(row(1, "PX 1", 102),)))
    palox = Palox.objects.get(number="PX 1")
    assert (palox.store, palox.events.count()) == (shop(102), 2)
    assert Palox.objects.get(number="PX4").state == "lost"


def test_what_a_coordinator_changed_here_stays_until_the_row_itself_changes() -> None:
    bring_in(BASE)
    store = shop(101)
    Store.objects.filter(pk=store.pk).update(name="Le bon nom", city="Cassis")
    bring_in(BASE.with_(points=(*PLACES[:2], point(101, stock=(1, 1, 1), info="Code 12"), PLACES[3])))
    store.refresh_from_db()
    assert (store.name, store.city, store.access_notes) == ("Le bon nom", "Cassis", "Code 12")


def test_people_who_leave_the_present_tool_get_no_more_mail_and_nobody_is_lost() -> None:
    def with_mails(mails: str) -> Export:
        return BASE.with_(points=(*PLACES[:2], point(101, emails=mails), PLACES[3]))

    report = bring_in(with_mails("{a@example.org,b@example.org,pas une adresse}"))
    assert any("pas une adresse" in problem.reason for problem in report.problems)
    Contact.objects.create(store=shop(101), name="Ajoutée ici", email="ici@example.org")
    bring_in(with_mails("{b@example.org,c@example.org}"))
    active = shop(101).contacts.filter(is_active=True)
    assert set(active.values_list("email", flat=True)) == {"b@example.org", "c@example.org", "ici@example.org"}
    assert not active.filter(email="c@example.org", wants_weekly_report=True).exists()


def test_counts_of_one_day_follow_each_other_by_time_then_id() -> None:
    counts = (
        inventory(5, 101, "2025-06-20T15:00:00+00:00", (5, 0, 0)),
        inventory(6, 101, "2025-06-20T09:00:00+00:00", (6, 0, 0)),
        inventory(7, 101, "2025-06-20T15:00:00+00:00", (7, 0, 0)),
        inventory(8, 101, "2025-06-19T22:30:00+00:00", (8, 0, 0)),
    )
    bring_in(BASE.with_(inventories=(*COUNTS, *counts)))
    assert figures()[101, "75"][0] == 7
    # One more that belongs in between comes with a later export: the last one of the day still holds.
    late = inventory(4, 101, "2025-06-20T15:00:00+00:00", (4, 0, 0))
    bring_in(BASE.with_(inventories=(*COUNTS, *counts, late)))
    assert figures()[101, "75"][0] == 7
    assert Inventory.objects.filter(withdrawn_at__isnull=False).exists()
    assert_holds()


def test_declarations_keep_what_was_said_and_pin_the_full_ones_of_shops_only() -> None:
    export = BASE.with_(
        declarations=(
            declaration(1, 101, "2025-06-15", 9, 20, remplissage_palox=100, remplissage_palox_2=40),
            declaration(2, HUB, "2025-06-15", 9, 20),
        )
    )
    bring_in(export)
    assert figures()[101, "75"][1] == 9
    assert_agrees(export, DAY)
    said = Declaration.objects.get(source_id="remplissage_contenants/1")
    palox = said.lines.get(container_type__code="palox")
    assert (palox.fill_percents, palox.full) == ([100, 40], 1)


@pytest.mark.parametrize("name", ["legacy-export", "legacy-export-dirty"])
def test_the_exports_that_lie_beside_the_repository_come_in(name: str) -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / name
    if not folder.exists():
        pytest.skip("only where these exports are")
    out = io.StringIO()
    call_command("import_legacy", str(folder), at="2025-06-30T23:59:59+02:00", stdout=out)
    assert_holds()
    again = io.StringIO()
    call_command("import_legacy", str(folder), stdout=again)
    assert ", 0 " in again.getvalue().splitlines()[-1]
