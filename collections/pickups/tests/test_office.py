"""A carrier's office: what it sees of its own tours, and nothing of anybody else's."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import StopState, TourState
from pickups.models import Stop, Tour, TourLog
from pickups.tests.factories import CarrierFactory, StopFactory, StopLineFactory, TourFactory, VehicleFactory
from pickups.tests.factories_proofs import SlipUploadFactory, StopProofFactory
from pickups.tests.phones import CARRIER_PAGE, carrier_of
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
HOME, HISTORY, FIGURES = "/transporteur/", "/transporteur/historique/", "/transporteur/fiabilite/"


@pytest.fixture(autouse=True)
def _private_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def office_of(made) -> Client:
    """A browser with the carrier's account, in English."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(made.users["carrier"])
    return client


def on_the_desk(page: str, name: str) -> str:
    """The part of the page of the office called `name`."""
    return page.split(f'data-desk="{name}"')[1].split("</section>")[0]


def move_to(made, days: int) -> None:
    """Let the tour be `days` days from today."""
    Tour.objects.filter(pk=made.tour.pk).update(date=timezone.localdate() + timedelta(days=days))


def one_carrier(*scenes) -> None:
    """Let all these tours be those of the first one's carrier."""
    Tour.objects.filter(pk__in=[made.tour.pk for made in scenes]).update(carrier=scenes[0].tour.carrier)


# -- the desk


def test_each_tour_stands_where_something_is_to_be_done_with_it(scene):
    asked, coming, late, unsigned = (scene(state) for state in (TourState.AWAITING, TourState.ACCEPTED, TourState.ACCEPTED, TourState.DONE))
    move_to(late, -1)
    move_to(unsigned, -2)
    one_carrier(asked, coming, late, unsigned)
    page = office_of(asked).get(HOME).content.decode()
    assert f'data-tour="{asked.tour.uuid}"' in on_the_desk(page, "to-accept")
    assert f'data-tour="{coming.tour.uuid}"' in on_the_desk(page, "coming")
    to_complete = on_the_desk(page, "to-complete")
    assert "2 stops are not recorded" in to_complete
    assert "the signed slip is missing" in to_complete
    assert page.count("data-tour=") == 4


def test_what_is_complete_or_settled_leaves_the_desk(scene, settings):
    signed, closed, old = scene(TourState.DONE), scene(TourState.CLOSED), scene(TourState.DONE)
    SlipUploadFactory(tour=signed.tour)
    move_to(old, -settings.SLIP_NAGGING_DAYS - 1)
    one_carrier(signed, closed, old)
    assert "data-tour=" not in office_of(signed).get(HOME).content.decode()


def test_the_desk_takes_the_same_few_queries_for_one_tour_and_for_nine(scene, django_assert_max_num_queries):
    made = scene(TourState.AWAITING)
    client = office_of(made)
    client.get(HOME)
    for _ in range(2):
        with django_assert_max_num_queries(9):
            client.get(HOME)
        for state in (TourState.AWAITING, TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE):
            tour = TourFactory(carrier=made.tour.carrier, state=state, vehicle=VehicleFactory(carrier=made.tour.carrier))
            StopLineFactory(stop=StopFactory(tour=tour))


def test_an_account_without_a_carrier_sees_no_tour_and_no_figures(scene, client):
    scene(TourState.AWAITING)
    client.force_login(UserFactory(role="carrier"))
    assert "data-tour=" not in client.get(HOME).content.decode()
    for address in (HISTORY, FIGURES, FIGURES + "accepted/"):
        assert client.get(address).status_code == 403


def test_a_coordinator_does_not_get_into_an_office_by_its_permissions(scene, client):
    made = scene(TourState.AWAITING)
    client.force_login(made.users["coordinator"])
    assert "data-tour=" not in client.get(HOME).content.decode()
    assert client.get(reverse("pickups:carrier_user_tour", args=[made.tour.uuid])).status_code == 404


def test_drafts_other_carriers_prices_and_contacts_are_nowhere_in_an_office(scene):
    mine, other, draft = scene(TourState.DRAFT), scene(TourState.ACCEPTED), scene(TourState.DRAFT)
    one_carrier(mine, draft)
    secrets = [ContactFactory(store=store, name=f"Secrète {store.pk}", phone="+33612345678") for store in (*mine.stores, *other.stores)]
    services.revise_tour(mine.tour, by=mine.coordinator, fields={"price_eur": 98765})
    services.send_tour(mine.tour, by=mine.coordinator)
    services.accept_tour(mine.tour, by=mine.carrier)
    move_to(mine, 0)
    move_to(other, 0)
    move_to(draft, 0)
    client = office_of(mine)
    for address in (HOME, HISTORY, FIGURES, FIGURES + "accepted/", reverse("pickups:carrier_user_tour", args=[mine.tour.uuid])):
        page = client.get(address).content.decode()
        assert str(draft.tour.uuid) not in page
        assert str(other.tour.uuid) not in page
        for store in other.stores:
            assert store.name not in page
        for contact in secrets:
            assert contact.name not in page
        assert "98765" not in page
        assert "98 765" not in page


# -- answering


def test_accepting_from_the_desk_names_the_vehicle(scene):
    made = scene(TourState.AWAITING)
    VehicleFactory(carrier=made.tour.carrier, name="Fourgon A")
    vehicle = VehicleFactory(carrier=made.tour.carrier, name="Fourgon B")
    client = office_of(made)
    assert "Fourgon B" in on_the_desk(client.get(HOME).content.decode(), "to-accept")
    answer = client.post(reverse("pickups:carrier_user_tour", args=[made.tour.uuid]), {"answer": "accept", "vehicle": vehicle.pk})
    assert answer.status_code == 302
    made.tour.refresh_from_db()
    assert (made.tour.state, made.tour.vehicle) == (TourState.ACCEPTED, vehicle)
    assert "Fourgon B" in made.tour.log.get(to_state=TourState.ACCEPTED).note
    assert "/chauffeur/" in client.get(answer["Location"]).content.decode()


def test_accepting_without_naming_a_vehicle_keeps_the_planned_one(scene):
    made = scene(TourState.AWAITING)
    vehicle = VehicleFactory(carrier=made.tour.carrier)
    Tour.objects.filter(pk=made.tour.pk).update(vehicle=vehicle)
    carrier_of(made).post(CARRIER_PAGE, {"answer": "accept"})
    made.tour.refresh_from_db()
    assert (made.tour.state, made.tour.vehicle) == (TourState.ACCEPTED, vehicle)


@pytest.mark.parametrize("which", ["another carrier's", "a retired one", "none that exists", "no number"])
def test_only_its_own_vehicles_in_use_can_be_named(scene, which):
    made = scene(TourState.AWAITING)
    own = VehicleFactory(carrier=made.tour.carrier)
    value = {
        "another carrier's": VehicleFactory().pk,
        "a retired one": VehicleFactory(carrier=made.tour.carrier, is_active=False).pk,
        "none that exists": own.pk + 1000,
        "no number": "'; --",
    }[which]
    for client, address in (
        (office_of(made), reverse("pickups:carrier_user_tour", args=[made.tour.uuid])),
        (carrier_of(made), CARRIER_PAGE),
    ):
        answer = client.post(address, {"answer": "accept", "vehicle": value})
        assert answer.status_code == 422
        assert "is-invalid" in answer.content.decode()
    made.tour.refresh_from_db()
    assert (made.tour.state, made.tour.vehicle) == (TourState.AWAITING, None)


def test_a_vehicle_cannot_be_slipped_in_after_accepting(scene):
    made = scene(TourState.AWAITING)
    first, second = VehicleFactory(carrier=made.tour.carrier), VehicleFactory(carrier=made.tour.carrier)
    for vehicle in (first, second):
        services.accept_with_vehicle(made.tour, vehicle, by=made.carrier)
    made.tour.refresh_from_db()
    assert made.tour.vehicle == first


def test_the_coordinators_are_told_of_another_vehicle_and_of_what_it_cannot_do(scene):
    made = scene(TourState.AWAITING)
    small = VehicleFactory(carrier=made.tour.carrier, name="Petit fourgon", payload_kg=40, crates=5)
    services.accept_with_vehicle(made.tour, small, by=made.carrier)
    mail = Message.objects.get(kind="tour_vehicle")
    assert mail.to_email == made.users["coordinator"].email
    assert "Petit fourgon" in mail.text
    assert " kg" in mail.text
    assert mail.text.count("\n- ") >= 2  # too heavy, too many crates


def test_the_planned_vehicle_calls_for_no_mail_to_coordinators(scene):
    made = scene(TourState.AWAITING)
    services.accept_with_vehicle(made.tour, None, by=made.carrier)
    assert not Message.objects.filter(kind="tour_vehicle").exists()


def test_declining_from_the_desk_without_a_reason_keeps_the_form(scene):
    made = scene(TourState.AWAITING)
    client, address = office_of(made), reverse("pickups:carrier_user_tour", args=[made.tour.uuid])
    assert client.post(address, {"answer": "decline", "reason": ""}).status_code == 422
    assert client.post(address, {"answer": "decline", "reason": "x" * 300}).status_code == 422
    assert client.post(address, {"answer": "decline", "reason": "Plus de chauffeur"}).status_code == 302
    assert TourLog.objects.filter(tour=made.tour, to_state=TourState.DECLINED, note="Plus de chauffeur").exists()


# -- one tour


def test_the_tours_page_shows_plan_and_reality_slip_proofs_and_the_drivers_link(scene):
    made = scene(TourState.UNDER_WAY)
    made.complete(made.stops[0], full=4, empty=8)
    proof = StopProofFactory(stop=made.stops[0], uuid=uuid.uuid4())
    Stop.objects.filter(pk=made.stops[0].pk).update(signer_name="Léa Martin")
    for client, address, prefix in (
        (office_of(made), reverse("pickups:carrier_user_tour", args=[made.tour.uuid]), "pickups:carrier_user_proof"),
        (carrier_of(made), CARRIER_PAGE, "pickups:carrier_proof"),
    ):
        page = client.get(address).content.decode()
        assert reverse(prefix, args=[proof.uuid]) in page
        for part in ("data-planned", "data-slip-pdf", "data-slip-upload", "data-driver-link", "Léa Martin", "<svg"):
            assert part in page


def test_the_tours_page_takes_the_same_queries_for_two_stops_and_for_twelve(scene, django_assert_max_num_queries):
    for count in (2, 12):
        made = scene(TourState.DONE, stores=count)
        for stop in made.stops:
            StopProofFactory(stop=stop, uuid=uuid.uuid4())
        SlipUploadFactory(tour=made.tour)
        client = carrier_of(made)
        with django_assert_max_num_queries(10):
            client.get(CARRIER_PAGE)


# -- history


def test_the_history_holds_the_tours_of_the_period_with_their_sums(scene):
    made, older = scene(TourState.DONE), scene(TourState.CLOSED)
    one_carrier(made, older)
    move_to(made, -3)
    move_to(older, -40)
    client = office_of(made)
    today = timezone.localdate()
    page = client.get(HISTORY, {"since": today - timedelta(days=10), "until": today}).content.decode()
    assert f'data-tour="{made.tour.uuid}"' in page
    assert str(older.tour.uuid) not in page
    assert "2 / 2" in page
    assert client.get(HISTORY).content.decode().count("data-tour=") == 2
    assert client.get(HISTORY, {"state": "closed"}).content.decode().count("data-tour=") == 1


def test_the_history_as_files_has_the_same_rows(scene):
    made, missed = scene(TourState.DONE), scene(TourState.DONE)
    one_carrier(made, missed)
    move_to(made, -3)
    move_to(missed, -4)
    made.tour.stops.filter(pk=made.stops[0].pk).update(state=StopState.MISSED)
    client = office_of(made)
    sheet = client.get(HISTORY, {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["tour"] for row in rows] == [made.tour.reference, missed.tour.reference]
    assert (rows[0]["stops"], rows[0]["done"], rows[0]["missed"]) == ("2", "1", "1")
    assert (rows[1]["full planned"], rows[1]["full taken"], rows[1]["empty left"]) == ("20", "20", "16")
    book = openpyxl.load_workbook(io.BytesIO(client.get(HISTORY, {"format": "xlsx"}).content))
    assert book.active.max_row == 3
    assert client.get(HISTORY, {"format": "exe"}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "hier"},
        {"since": "2026-02-31"},
        {"since": "2026-05-01", "until": "2026-04-01"},
        {"until": "0001-01-01"},
        {"until": "9999-12-31"},
        {"state": "flying"},
        {"page": "-1"},
        {"page": "x" * 50},
        {"since": "\x00"},
    ],
)
def test_a_wrong_filter_is_told_and_breaks_nothing(scene, wrong):
    client = office_of(scene(TourState.DONE))
    for address in (HISTORY, FIGURES, FIGURES + "answered/"):
        assert client.get(address, wrong).status_code == 200


def test_the_history_takes_the_same_queries_for_one_tour_and_for_eight(scene, django_assert_max_num_queries):
    made = scene(TourState.DONE)
    client = office_of(made)
    for _ in range(2):
        with django_assert_max_num_queries(9):
            client.get(HISTORY, {"until": timezone.localdate() + timedelta(days=9)})
        for _ in range(7):
            StopLineFactory(stop=StopFactory(tour=TourFactory(carrier=made.tour.carrier, state=TourState.CLOSED)))


def test_a_user_of_two_carriers_sees_the_tours_of_both(scene):
    made = scene(TourState.AWAITING)
    second = CarrierFactory()
    second.users.add(made.users["carrier"])
    tour = TourFactory(carrier=second, state=TourState.AWAITING)
    page = office_of(made).get(HOME).content.decode()
    assert f'data-tour="{tour.uuid}"' in page
    assert f'data-tour="{made.tour.uuid}"' in page
