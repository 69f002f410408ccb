"""The driver's pages: what they show, to whom, and what happens to wrong input."""

import pytest

from crates.models import Movement
from crates.tests.factories import StoreContainerFactory
from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups.enums import StopState, TourState
from pickups.tests.phones import CARRIER_PAGE, DRIVER_PAGE, carrier_of, driver_of, form, stop_url
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_the_drivers_list_shows_stops_in_order_with_what_a_driver_needs(scene):
    made = scene(TourState.ACCEPTED)
    Store.objects.filter(pk=made.stores[0].pk).update(access_notes="Portail vert, code 12", opening_hours="Mo-Su 08:00-20:00")
    ContactFactory(store=made.stores[0], phone="+33612345678", name="Alex")
    page = driver_of(made).get(DRIVER_PAGE).content.decode()
    assert page.index(made.stores[0].name) < page.index(made.stores[1].name)
    for text in ("Portail vert, code 12", "08:00–20:00", 'href="tel:+33612345678"', "geo:43.296500,5.369800", made.tour.hub.name):
        assert text in page
    assert page.count("data-keep") == 3  # two stops, and the page that adds one


def test_the_list_takes_the_same_few_queries_for_two_stops_and_for_twelve(scene, django_assert_num_queries):
    for count in (2, 12):
        made = scene(TourState.ACCEPTED, stores=count)
        for store in made.stores:
            ContactFactory(store=store, phone="+33612345678")
        client = driver_of(made)
        with django_assert_num_queries(8):  # link, tour, stops, lines, phones, closures, places collected through them, pallets
            client.get(DRIVER_PAGE)


def test_a_stop_is_recorded_by_the_form_and_the_driver_goes_on(scene):
    made = scene(TourState.ACCEPTED)
    client, stop = driver_of(made), made.stops[0]
    page = client.get(stop_url(stop)).content.decode()
    assert 'name="full_75" value="10"' in page
    assert 'name="empty_75" value="8"' in page
    answer = client.post(stop_url(stop), form())
    assert (answer.status_code, answer["Location"]) == (302, DRIVER_PAGE + "#suite")
    assert stop.lines.get().loaded_full == 13
    assert f'data-stop="{stop.uuid}" data-stop-state="done"' in client.get(DRIVER_PAGE).content.decode()


def test_the_phones_queue_gets_json(scene):
    made = scene(TourState.ACCEPTED)
    client, (stop, second) = driver_of(made), made.stops
    client.defaults["HTTP_ACCEPT"] = "application/json"
    data = form(scope=str(made.tour.uuid))
    for _ in range(2):
        answer = client.post(stop_url(stop), data)
        assert (answer.status_code, answer.json()) == (200, {"redirect": DRIVER_PAGE + "#suite"})
    assert Movement.objects.count() == 1
    wrong = client.post(stop_url(second), form(full="treize"))
    assert wrong.status_code == 422
    assert "data-outbox" in wrong.json()["html"]
    assert "treize" in wrong.json()["html"]


def test_a_second_phone_is_told_that_the_stop_is_already_recorded(scene):
    made = scene(TourState.ACCEPTED)
    first, second, stop = driver_of(made), driver_of(made), made.stops[0]
    first.post(stop_url(stop), form(full=12))
    answer = second.post(stop_url(stop), form(full=99))
    assert answer["Location"] == stop_url(stop) + "?deja=1"
    assert stop.lines.get().loaded_full == 12
    page = second.get(answer["Location"]).content.decode()
    assert 'data-stop-state="done"' in page
    assert "full_75" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"full_75": "treize"},
        {"full_75": "-1"},
        {"empty_75": "100000"},
        {"full_75": ""},
        {"outcome": ""},
        {"outcome": "to_do"},
        {"outcome": "partial"},
        {"outcome": "missed", "full_75": "0"},
        {"reason": "x" * 300, "outcome": "partial"},
        {"key": "not-a-key"},
    ],
)
def test_wrong_input_is_explained_and_what_was_typed_is_kept(scene, wrong):
    made = scene(TourState.ACCEPTED)
    client, stop = driver_of(made), made.stops[0]
    page = client.post(stop_url(stop), form(**{"empty_75": "7", **wrong}))
    assert page.status_code == 422
    text = page.content.decode()
    assert "data-form-errors" in text
    for name in ("full_75", "empty_75"):
        value = {**form(empty=7), **wrong}[name]
        if value != "":
            assert f'value="{value}"' in text
    stop.refresh_from_db()
    assert stop.state == StopState.TO_DO


def test_a_missed_stop_does_not_ask_for_numbers(scene):
    made = scene(TourState.ACCEPTED)
    client, stop = driver_of(made), made.stops[0]
    assert client.post(stop_url(stop), form(full="", empty="", outcome="missed", reason="fermé")).status_code == 302
    stop.refresh_from_db()
    assert (stop.state, stop.reason) == (StopState.MISSED, "fermé")


def test_the_form_asks_about_the_containers_of_the_place_and_of_the_plan(scene):
    made = scene(TourState.ACCEPTED)
    StoreContainerFactory(store=made.stores[0], container_type__code="33")
    page = driver_of(made).get(stop_url(made.stops[0])).content.decode()
    assert 'name="full_75"' in page
    assert 'name="full_33"' in page
    assert 'name="full_palox"' in page.split("data-more", 1)[1]  # whatever else is in use waits behind "more"
    assert 'name="full_palox"' not in page.split("data-more", 1)[0]


def test_a_form_of_another_tour_is_kept_for_that_tours_link(scene):
    made, other = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    client = driver_of(made)
    client.defaults["HTTP_ACCEPT"] = "application/json"
    answer = client.post(stop_url(made.stops[0]), form(scope=str(other.tour.uuid)))
    assert answer.status_code == 409
    assert answer.json()["message"]


def test_a_link_opens_its_own_tour_only(scene):
    made, other = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    client = driver_of(made)
    assert client.get(stop_url(other.stops[0])).status_code == 404
    assert client.post(stop_url(other.stops[0]), form()).status_code == 404
    page = client.get(DRIVER_PAGE).content.decode()
    assert other.stores[0].name not in page
    # The carrier's cookie is no driver's cookie, and the other way round.
    assert carrier_of(made).get(DRIVER_PAGE).status_code == 403
    assert client.get(CARRIER_PAGE).status_code == 403


def test_a_revoked_link_opens_nothing_more(scene):
    made = scene(TourState.ACCEPTED)
    client = driver_of(made)
    links.revoke(links.link_for(AccessLink.TOUR, made.tour.pk), by=made.coordinator)
    assert client.get(DRIVER_PAGE).status_code == 403
    assert client.post(stop_url(made.stops[0]), form()).status_code == 403


def test_without_a_link_the_pages_say_what_to_do(client):
    for address in (DRIVER_PAGE, CARRIER_PAGE, "/chauffeur/"):
        assert client.get(address).status_code == 403
    assert client.get("/chauffeur/not-a-token").status_code == 404


def test_the_end_of_the_tour_names_the_stops_left_then_ends(scene):
    made = scene(TourState.UNDER_WAY)
    client = driver_of(made)
    assert client.post("/chauffeur/fin/", {"scope": str(made.tour.uuid)}).status_code == 422
    client.defaults["HTTP_ACCEPT"] = "application/json"
    refused = client.post("/chauffeur/fin/", {"scope": str(made.tour.uuid)})
    assert refused.status_code == 422
    assert "data-outbox" in refused.json()["html"]
    for stop in made.stops:
        client.post(stop_url(stop), form())
    for _ in range(2):
        assert client.post("/chauffeur/fin/", {}).json() == {"redirect": DRIVER_PAGE}
    assert 'data-tour-state="done"' in client.get(DRIVER_PAGE).content.decode()


@pytest.mark.parametrize("state", [TourState.AWAITING, TourState.CANCELLED, TourState.CLOSED])
def test_a_tour_that_is_not_driven_shows_why(scene, state):
    made = scene(state)
    page = driver_of(made).get(DRIVER_PAGE)
    assert page.status_code == 200
    assert f'data-tour-state="{state}"' in page.content.decode()
    assert "data-keep" not in page.content.decode()


def test_the_worker_and_the_manifest_are_served_without_a_link(client):
    assert "/chauffeur/" in client.get("/chauffeur/sw.js").content.decode()
    assert client.get("/chauffeur/manifest.webmanifest").json()["scope"] == "/chauffeur/"


def test_a_place_known_to_be_closed_that_day_is_said(scene):
    made = scene(TourState.ACCEPTED)
    Store.objects.filter(pk=made.stores[0].pk).update(opening_hours="Mo-Su off")
    page = driver_of(made).get(DRIVER_PAGE).content.decode()
    assert page.count("data-hours") == 1
    assert StoreFactory().name not in page
