"""A store's request on its phone: told like a parcel, changed or taken back until the tour is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lincassable.accounts.actors import Actor
from lincassable.portal.tests.factories import ORIGIN, answers, phone_of, send, use
from lincassable.portal.timeline import pickup_news
from pickups import services
from pickups.enums import RequestState, StopState
from pickups.lines import StopPlan
from pickups.models import PickupRequest
from pickups.tests.factories import CarrierFactory, planned, tomorrow
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def store():
    """A shop that uses 75 cl crates."""
    shop = StoreFactory(name="La Cagette")
    use(shop, "75")
    return shop


def tour_to(*stores):
    """A draft for tomorrow that visits these places."""
    return services.create_tour(
        date=tomorrow(), hub=StoreFactory(kind=Kind.HUB), carrier=CarrierFactory(), by=BY, stops=[StopPlan(s, [planned()]) for s in stores]
    )


def act(phone, store, **data):
    """Send the page's form."""
    return phone.post("/p/demande/", {"scope": str(store.uuid), **data}, headers=ORIGIN)


def test_a_second_wish_says_that_the_open_request_was_updated(store):
    phone = phone_of(store)
    first = send(phone, answers(wants_pickup="on"))
    assert b"data-updated" not in phone.get(first["Location"]).content
    second = send(phone, answers(wants_pickup="on", note="avant midi"))
    assert b"data-updated" in phone.get(second["Location"]).content
    assert PickupRequest.objects.get().note == "avant midi"


def test_the_note_is_changed_and_the_request_taken_back_on_the_phone(store):
    phone = phone_of(store)
    services.request_pickup(store, by=BY, note="avant midi")
    page = phone.get("/p/demande/")
    assert b"avant midi" in page.content
    assert act(phone, store, action="change", note="apr\u00e8s-midi").status_code == 302
    assert PickupRequest.objects.get().note == "apr\u00e8s-midi"
    for _tap in range(2):
        assert act(phone, store, action="cancel").status_code == 302
    assert PickupRequest.objects.get().state == RequestState.CANCELLED
    assert pickup_news(store).state == "cancelled"


def test_once_the_tour_is_sent_the_page_says_whom_to_call_and_keeps_what_was_typed(store, settings):
    settings.ORGANISATION_PHONE = "04 65 71 00 00"
    phone = phone_of(store)
    services.request_pickup(store, by=BY)
    services.send_tour(tour_to(store), by=BY)
    page = phone.get("/p/demande/")
    assert b'data-request="sent"' in page.content
    assert b"data-cancel" not in page.content
    late = act(phone, store, action="cancel")
    assert late.status_code == 422
    assert b"04 65 71 00 00" in late.content
    assert PickupRequest.objects.get().state == RequestState.PLANNED


def test_a_form_of_another_shop_or_another_site_changes_nothing(store):
    services.request_pickup(store, by=BY)
    phone = phone_of(store)
    assert act(phone, StoreFactory(), action="cancel").status_code == 409
    assert phone.post("/p/demande/", {"action": "cancel"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert act(phone, store, action="nonsense").status_code == 422
    assert PickupRequest.objects.get().state == RequestState.RECEIVED


def test_the_timeline_tells_the_date_its_change_the_way_and_what_stayed(store):
    services.request_pickup(store, by=BY)
    assert pickup_news(store).state == "received"
    tour = services.send_tour(tour_to(store), by=BY)
    assert pickup_news(store).state == "planning"
    services.accept_tour(tour, by=BY)
    services.revise_tour(tour, by=BY, fields={"date": tour.date + timedelta(days=1)})
    news = pickup_news(store)
    assert news.state == "announced"
    assert str(tour.date.day) in news.steps[1]["detail"]
    services.start_tour(tour, by=BY)
    assert [step["state"] for step in pickup_news(store).steps] == ["done", "done", "current", "coming"]
    stop = tour.stops.get()
    lines = [services.ActualLine(planned().container_type, 6, 8)]
    services.complete_stop(stop, lines, key=stop.uuid, by=BY, outcome=StopState.PARTIAL, reason="plus de place")
    news = pickup_news(store)
    assert (news.state, news.steps[-1]["state"]) == ("partly", "current")
    assert "4 \u00d7 75 cl" in news.steps[-1]["label"]
    assert "plus de place" in news.steps[-2]["detail"]


def test_a_missed_truck_stays_in_the_story_and_the_request_waits_again(store):
    services.request_pickup(store, by=BY)
    tour = services.accept_tour(services.send_tour(tour_to(store), by=BY), by=BY)
    stop = tour.stops.get()
    services.complete_stop(stop, [], key=stop.uuid, by=BY, outcome=StopState.MISSED, reason="rideau baiss\u00e9")
    news = pickup_news(store)
    assert news.state == "received"
    assert any("rideau baiss\u00e9" in step.get("detail", "") for step in news.steps)


def test_parent_and_child_see_the_joined_wish_each_from_its_side(store):
    child = StoreFactory(name="Petite boutique", collected_through=store)
    services.request_pickup(child, by=BY, note="six casiers")
    parent_page, child_page = phone_of(store).get("/p/").content.decode(), phone_of(child).get("/p/").content.decode()
    assert "Petite boutique" in parent_page
    assert "La Cagette" in child_page
    assert "six casiers" in child_page
    assert "/p/demande/" in child_page
    assert "/p/demande/" not in parent_page
    assert act(phone_of(child), child, action="cancel").status_code == 302
    assert PickupRequest.objects.get().state == RequestState.CANCELLED
