"""The coordinator's pages: requests become stops, the page of a tour saves through the services, buttons follow the table."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from crates.queries import stock_of
from crates.services import DeclaredLine, declare
from crates.tests.factories import StoreContainerFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from pickups import queries, services
from pickups.enums import RequestSource, RequestState, StopState, TourState
from pickups.models import PickupRequest, Tour
from pickups.tests.factories import CarrierFactory, PickupRequestFactory, VehicleFactory, container, tomorrow
from stores.enums import Kind
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/pickups/tour/add/"
REQUESTS = "/admin/pickups/pickuprequest/"


def page_of(tour: Tour) -> str:
    """Return the address of a tour's page."""
    return reverse("admin:pickups_tour_change", args=[tour.pk])


def tour_data(stops: list[dict], initial: int = 0, **fields: object) -> dict[str, object]:
    """Return what the browser sends for a tour with these rows of stops."""
    data: dict[str, object] = {"date": tomorrow().isoformat(), "zone": "", "vehicle": "", "price_eur": "", "note": "", **fields}
    data |= {"stops-TOTAL_FORMS": len(stops), "stops-INITIAL_FORMS": initial}
    for number, row in enumerate(stops):
        data |= {f"stops-{number}-{name}": value for name, value in row.items()}
    return data


def shelf(store, full: int, code: str = "75", total: int = 30, **options: int) -> None:
    """Let a place hold and declare containers."""
    StoreContainerFactory(store=store, container_type=container(code), **options)
    lines = [DeclaredLine(container(code), full=full, total=total)]
    declare(store, key=uuid.uuid4(), lines=lines, by=Actor.system())


# -- requests


def test_the_list_shows_open_requests_first_the_oldest_at_the_top(office):
    old, new = PickupRequestFactory(), PickupRequestFactory()
    PickupRequest.objects.filter(pk=old.pk).update(requested_at=old.requested_at - timedelta(days=9))
    over = services.refuse_request(PickupRequestFactory(), "fermé", by=Actor.system())
    shelf(old.store, 17)
    page = office.get(REQUESTS).content.decode()
    assert page.index(old.store.name) < page.index(new.store.name)
    assert over.store.name not in page
    assert "75 cl : 17" in page
    everything = office.get(REQUESTS + "?which=all").content.decode()
    assert everything.index(new.store.name) < everything.index(over.store.name)


def test_the_list_of_requests_takes_the_same_queries_for_any_number(office, django_assert_max_num_queries):
    for _ in range(12):
        shelf(PickupRequestFactory().store, 5)
    with django_assert_max_num_queries(16):
        office.get(REQUESTS)


def test_a_coordinator_adds_a_request_and_a_second_one_joins_it(office):
    store = StoreFactory()
    for note in ("au téléphone", "rappel"):
        assert office.post(REQUESTS + "add/", {"store": store.pk, "note": note}).status_code == 302
    request = PickupRequest.objects.get()
    assert request.note == "au téléphone · rappel"
    assert request.source == RequestSource.COORDINATOR


def test_chosen_requests_open_a_new_tour_with_their_places_and_quantities(office):
    zone = ZoneFactory()
    hub = StoreFactory(kind=Kind.HUB)
    StoreFactory(kind=Kind.HUB)
    requests = [PickupRequestFactory(store=StoreFactory(zone=zone, usual_hub=hub)) for _ in range(2)]
    carrier = CarrierFactory()
    carrier.zones.add(zone)
    CarrierFactory()
    shelf(requests[0].store, 14)
    answer = office.post(REQUESTS, {"action": "plan_selected", "_selected_action": [row.pk for row in requests]})
    assert answer.status_code == 302
    assert answer["Location"].startswith(ADD)
    page = office.get(answer["Location"])
    form = page.context["adminform"].form
    assert form.initial["date"] == tomorrow()
    assert (form.initial["hub"], form.initial["carrier"], form.initial["zone"]) == (hub.pk, carrier.pk, zone.pk)
    rows = page.context["inline_admin_formsets"][0].formset.initial_extra
    assert [row["store"] for row in rows] == [row.store_id for row in requests]
    assert rows[0][f"full_{container().pk}"] == 14


def test_requests_are_refused_with_a_reason(office):
    rows = [PickupRequestFactory(), PickupRequestFactory()]
    asked = office.post(REQUESTS, {"action": "refuse_selected", "_selected_action": [row.pk for row in rows]})
    page = office.get(asked["Location"])
    assert rows[0].store.name in page.content.decode()
    assert office.post(asked["Location"], {"reason": ""}).status_code == 200
    assert PickupRequest.objects.open().count() == 2
    office.post(asked["Location"], {"reason": "pas de camion avant lundi"})
    assert set(PickupRequest.objects.values_list("state", "reason")) == {("refused", "pas de camion avant lundi")}


def test_cancelling_a_planned_request_is_refused_with_a_sentence(office, scene):
    made = scene()
    request = services.request_pickup(made.stores[0], by=Actor.system())
    services.send_tour(made.tour, by=made.coordinator)
    page = office.post(f"{REQUESTS}cancel/?ids={request.pk}", {"reason": ""}, follow=True)
    assert made.stores[0].name in " ".join(str(message) for message in page.context["messages"])
    request.refresh_from_db()
    assert request.state == RequestState.PLANNED


# -- suggestions


def test_suggested_quantities_leave_the_buffer_stock_and_bring_as_many_empty_ones():
    store, other = StoreFactory(), StoreFactory()
    shelf(store, 14, buffer=0)
    shelf(other, 14, buffer=100)
    for place in (store, other):
        services.request_pickup(place, by=Actor.system())
    assert queries.suggested_lines([other.pk]) == {}
    suggested = queries.suggested_lines([store.pk])
    totals = {line.container_type.code: line.total for line in stock_of(store)}
    if totals["75"] >= 14:
        assert [(line.planned_full, line.planned_empty) for line in suggested[store.pk]] == [(14, 14)]


# -- a tour's page


def test_a_tour_is_made_with_its_stops_on_one_page(office):
    hub, carrier, stores = StoreFactory(kind=Kind.HUB), CarrierFactory(), [StoreFactory(), StoreFactory()]
    vehicle = VehicleFactory(carrier=carrier)
    kind = container()
    StoreContainerFactory(store=stores[0], container_type=kind)
    request = services.request_pickup(stores[0], by=Actor.system())
    rows = [
        {
            "store": stores[0].pk,
            "position": 1,
            f"full_{kind.pk}": 12,
            f"empty_{kind.pk}": 10,
            "window_start": "09:00",
            "window_end": "10:30",
        },
        {"store": stores[1].pk, "position": 2},
        {"store": "", "position": 3},
    ]
    answer = office.post(ADD, tour_data(rows, hub=hub.pk, carrier=carrier.pk, vehicle=vehicle.pk))
    assert answer.status_code == 302
    tour = Tour.objects.get()
    first, second = tour.stops.order_by("position")
    assert (first.store, second.store) == tuple(stores)
    assert (first.lines.get().planned_full, first.lines.get().planned_empty) == (12, 10)
    assert first.request_id == request.pk
    assert tour.state == TourState.DRAFT
    assert office.get(page_of(tour)).status_code == 200


@pytest.mark.parametrize("wrong", ["twice", "hub", "number", "vehicle", "slot", "no_store"])
def test_a_wrong_tour_is_explained_and_what_was_typed_is_kept(office, wrong):
    hub, carrier, store = StoreFactory(kind=Kind.HUB), CarrierFactory(), StoreFactory()
    kind = container()
    StoreContainerFactory(store=store, container_type=kind)
    row = {"store": store.pk, "position": 1, f"full_{kind.pk}": 12, "note": "sonner deux fois"}
    fields = {"hub": hub.pk, "carrier": carrier.pk}
    rows = [row]
    if wrong == "twice":
        rows = [row, {**row, "position": 2}]
    if wrong == "hub":
        row["store"] = hub.pk
    if wrong == "number":
        row[f"full_{kind.pk}"] = "-4"
    if wrong == "vehicle":
        fields["vehicle"] = VehicleFactory().pk
    if wrong == "slot":
        row |= {"window_start": "10:00", "window_end": "09:00"}
    if wrong == "no_store":
        row["store"] = ""
    page = office.post(ADD, tour_data(rows, **fields))
    assert page.status_code == 200
    assert "sonner deux fois" in page.content.decode()
    assert "errorlist" in page.content.decode() or "error" in page.content.decode()
    assert not Tour.objects.exists()


def test_the_buttons_follow_the_table(office, scene):
    made = scene()
    page = office.get(page_of(made.tour)).content.decode()
    assert 'data-tour-move="awaiting"' in page
    assert 'data-tour-move="accepted"' not in page
    services.send_tour(made.tour, by=made.coordinator)
    page = office.get(page_of(made.tour)).content.decode()
    assert 'data-tour-move="accepted"' in page
    assert "data-carrier-link" in page
    assert "data-driver-link" not in page


def test_a_tour_is_sent_after_a_confirmation_by_post(office, scene):
    made = scene()
    address = reverse("admin:pickups_tour_move", args=[made.tour.pk, "awaiting"])
    assert office.get(address).status_code == 200
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.DRAFT
    for _ in range(2):
        assert office.post(address, {"reason": ""}).status_code == 302
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.AWAITING
    assert Message.objects.filter(kind="tour_awaiting").count() == 1


def test_a_tour_that_is_not_ready_says_why(office, scene):
    made = scene(stores=0)
    page = office.post(reverse("admin:pickups_tour_move", args=[made.tour.pk, "awaiting"]), {"reason": ""}, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["error"]
    assert office.get(reverse("admin:pickups_tour_move", args=[made.tour.pk, "nowhere"])).status_code == 404


def _rows_of(made) -> list[dict]:
    """Return the rows of the tour's page as the browser would send them back unchanged."""
    kind = container()
    return [
        {
            "id": stop.pk, "tour": made.tour.pk, "store": stop.store_id, "position": stop.position,
            f"full_{kind.pk}": 10, f"empty_{kind.pk}": 8, "window_start": "", "window_end": "", "note": "",
        }
        for stop in made.stops
    ]  # fmt: skip


def test_changing_a_sent_tour_on_its_page_tells_the_carrier_once(office, scene):
    made = scene(TourState.AWAITING)
    rows = _rows_of(made)
    rows[0][f"full_{container().pk}"] = 20
    newcomer = StoreFactory()
    rows += [{"store": newcomer.pk, "position": 3}]
    later = (tomorrow() + timedelta(days=4)).isoformat()
    data = tour_data(rows, initial=2, hub=made.tour.hub_id, date=later)
    assert office.post(page_of(made.tour), data).status_code == 302
    made.tour.refresh_from_db()
    assert made.tour.date == tomorrow() + timedelta(days=4)
    assert made.tour.stops.count() == 3
    assert Message.objects.filter(kind="tour_changed").count() == 1
    assert "20 full" in Message.objects.get(kind="tour_changed").text


def test_saving_a_page_without_changes_tells_nobody(office, scene):
    made = scene(TourState.ACCEPTED)
    ContactFactory(store=made.stores[0])
    before = Message.objects.count()
    assert office.post(page_of(made.tour), tour_data(_rows_of(made), initial=2, hub=made.tour.hub_id)).status_code == 302
    assert Message.objects.count() == before
    assert made.tour.log.count() == 2


def test_a_stop_is_taken_out_on_the_page(office, scene):
    made = scene()
    rows = _rows_of(made)
    rows[1]["DELETE"] = "on"
    data = tour_data(rows, initial=2, hub=made.tour.hub_id, carrier=made.tour.carrier_id)
    assert office.post(page_of(made.tour), data).status_code == 302
    assert [stop.store for stop in made.stops] == [made.stores[0]]


def test_a_tour_that_is_over_shows_plan_and_reality_and_no_field_to_type(office, scene):
    made = scene(TourState.CLOSED)
    page = office.get(page_of(made.tour)).content.decode()
    assert "data-plan-and-reality" in page
    assert 'name="date"' not in page
    assert "stops-TOTAL_FORMS" not in page


def test_visited_stops_stay_while_others_change(office, scene):
    made = scene(TourState.ACCEPTED)
    made.complete(made.stops[0])
    rows = _rows_of(made)
    rows[0][f"full_{container().pk}"] = 99
    rows[1][f"full_{container().pk}"] = 15
    assert office.post(page_of(made.tour), tour_data(rows, initial=2)).status_code == 302
    first, second = made.stops
    assert first.lines.get().planned_full == 10
    assert second.lines.get().planned_full == 15


def test_a_coordinator_records_a_stop_from_the_paper_slip_then_corrects_it(office, scene):
    made = scene(TourState.ACCEPTED)
    stop, kind = made.stops[0], container()
    address = reverse("admin:pickups_tour_stop", args=[made.tour.pk, stop.uuid])
    assert f'name="full_{kind.pk}" value="10"' in office.get(address).content.decode()
    data = {"outcome": "done", "reason": "", f"full_{kind.pk}": 13, f"empty_{kind.pk}": 8}
    assert office.post(address, data).status_code == 302
    stop.refresh_from_db()
    assert stop.state == StopState.DONE
    assert stock_of(made.tour.hub)[0].raw_full == 13
    assert office.post(address, {**data, f"full_{kind.pk}": 18}).status_code == 200  # a correction needs a reason
    assert office.post(address, {**data, f"full_{kind.pk}": 18, "reason": "bon signé"}).status_code == 302
    assert stock_of(made.tour.hub)[0].raw_full == 18


def test_pages_of_another_tours_stop_and_of_strangers_are_refused(office, scene, client):
    made, other = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    assert office.get(reverse("admin:pickups_tour_stop", args=[made.tour.pk, other.stops[0].uuid])).status_code == 404
    sorter = UserFactory(role="sorting")
    sorter.is_staff = True
    sorter.save()
    client.force_login(sorter)
    for name, args in (("change", [made.tour.pk]), ("move", [made.tour.pk, "cancelled"]), ("stop", [made.tour.pk, made.stops[0].uuid])):
        assert client.get(reverse(f"admin:pickups_tour_{name}", args=args)).status_code == 403
    assert client.get(f"{REQUESTS}refuse/?ids=1").status_code == 403
    client.force_login(made.users["carrier"])
    assert client.get(page_of(made.tour)).status_code == 302


def test_tours_are_found_by_their_number_and_listed_with_a_fixed_number_of_queries(office, scene, django_assert_max_num_queries):
    made = [scene(TourState.ACCEPTED) for _ in range(4)]
    page = office.get(f"/admin/pickups/tour/?q=T-{made[1].tour.pk}").content.decode()
    assert page_of(made[1].tour) in page
    assert page_of(made[2].tour) not in page
    with django_assert_max_num_queries(16):
        office.get("/admin/pickups/tour/")


def test_the_tour_page_takes_a_bounded_number_of_queries(office, scene, django_assert_max_num_queries):
    made = scene(TourState.ACCEPTED, stores=12)
    with django_assert_max_num_queries(46):
        assert office.get(page_of(made.tour)).status_code == 200


def test_the_list_of_stops_is_there_to_look_things_up(office, scene):
    made = scene(TourState.CLOSED)
    page = office.get("/admin/pickups/stop/").content.decode()
    assert made.stores[0].name in page
    assert office.get(reverse("admin:pickups_stop_change", args=[made.stops[0].pk])).status_code == 200
