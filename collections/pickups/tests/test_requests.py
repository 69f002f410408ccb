"""Wishes to be collected: one open per place, none lost."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from lincassable.accounts.actors import Actor
from pickups import services
from pickups.enums import RequestSource, RequestState, TourState
from pickups.lines import StopPlan
from pickups.models import PickupRequest, Stop
from pickups.tests.factories import PickupRequestFactory
from stores.tests.factories import StoreFactory

SYSTEM = Actor.system()
pytestmark = pytest.mark.django_db


def test_a_store_asks_once_and_the_second_wish_joins_the_first():
    store = StoreFactory()
    first = services.request_pickup(store, by=SYSTEM, note="porte de derrière")
    second = services.request_pickup(store, by=SYSTEM, note="avant samedi")
    assert first.is_new
    assert not second.is_new
    assert first.pk == second.pk
    assert second.note == "porte de derrière · avant samedi"
    assert second.requested_at == first.requested_at
    assert second.updated_at > first.updated_at


def test_asking_takes_one_query():
    store = StoreFactory()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        services.request_pickup(store, by=SYSTEM)
    assert len(queries) == 1


def test_a_closed_request_makes_room_for_a_new_one():
    store = StoreFactory()
    first = services.request_pickup(store, by=SYSTEM)
    services.cancel_request(first, by=SYSTEM)
    second = services.request_pickup(store, by=SYSTEM)
    assert second.is_new
    assert second.pk != first.pk


def test_a_forecast_does_not_hide_that_the_store_asked_but_the_store_takes_over_a_forecast():
    store, other = StoreFactory(), StoreFactory()
    services.request_pickup(store, by=SYSTEM, source=RequestSource.STORE)
    assert services.request_pickup(store, by=SYSTEM, source=RequestSource.FORECAST).source == RequestSource.STORE
    services.request_pickup(other, by=SYSTEM, source=RequestSource.FORECAST)
    assert services.request_pickup(other, by=SYSTEM, source=RequestSource.STORE).source == RequestSource.STORE


def test_the_request_of_a_place_collected_through_another_one_is_part_of_that_ones():
    parent = StoreFactory()
    child = StoreFactory(collected_through=parent, name="Petite boutique")
    request = services.request_pickup(child, by=SYSTEM, note="deux casiers")
    assert (request.store_id, request.note, request.for_parts_only) == (parent.pk, "", True)
    part = request.parts.get()
    assert (part.store, part.note) == (child, "deux casiers")


def test_a_long_note_keeps_its_newest_part():
    store = StoreFactory()
    services.request_pickup(store, by=SYSTEM, note="a" * 600)
    request = services.request_pickup(store, by=SYSTEM, note="urgent")
    assert len(request.note) == 500
    assert request.note.endswith(" · urgent")


@pytest.mark.django_db(transaction=True)
def test_sixteen_phones_at_once_make_one_open_request_per_store():
    stores = [StoreFactory(), StoreFactory()]
    barrier, errors = threading.Barrier(16), []

    def ask(number: int) -> None:
        try:
            barrier.wait()
            services.request_pickup(stores[number % 2], by=SYSTEM, note=f"n{number}")
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert PickupRequest.objects.count() == 2
    notes = " · ".join(PickupRequest.objects.values_list("note", flat=True)).split(" · ")
    assert sorted(notes) == sorted(f"n{number}" for number in range(16))


def test_refusing_needs_a_reason_and_is_done_once():
    request = PickupRequestFactory()
    with pytest.raises(ValidationError) as refused:
        services.refuse_request(request, "  ", by=SYSTEM)
    assert refused.value.code == "reason"
    first = services.refuse_request(request, "un passage est déjà prévu", by=SYSTEM)
    second = services.refuse_request(request, "autre raison", by=SYSTEM)
    assert (second.state, second.reason) == (RequestState.REFUSED, "un passage est déjà prévu")
    assert second.closed_at == first.closed_at


def test_a_request_that_is_over_cannot_be_cancelled():
    request = services.refuse_request(PickupRequestFactory(), "fermé", by=SYSTEM)
    with pytest.raises(ValidationError) as refused:
        services.cancel_request(request, by=SYSTEM)
    assert refused.value.code == "closed"


def test_a_request_of_a_sent_tour_cannot_be_cancelled(scene):
    made = scene()
    request = services.request_pickup(made.stores[0], by=SYSTEM)
    services.send_tour(made.tour, by=made.coordinator)
    with pytest.raises(ValidationError) as refused:
        services.cancel_request(request, by=made.coordinator)
    assert refused.value.code == "planned"


def test_cancelling_a_request_takes_its_place_out_of_drafts(scene):
    made = scene()
    store = StoreFactory()
    request = services.request_pickup(store, by=SYSTEM)
    services.revise_tour(made.tour, by=made.coordinator, stops=[StopPlan(store)])
    assert Stop.objects.get(store=store).request_id == request.pk
    services.cancel_request(request, by=made.coordinator)
    assert not Stop.objects.filter(store=store).exists()
    assert made.tour.stops.count() == 2


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (TourState.DRAFT, RequestState.RECEIVED),
        (TourState.AWAITING, RequestState.PLANNED),
        (TourState.ACCEPTED, RequestState.PLANNED),
    ],
)
def test_requests_follow_their_tour_and_come_back_when_it_is_cancelled(scene, state, expected):
    made = scene()
    request = services.request_pickup(made.stores[0], by=SYSTEM)
    if state != TourState.DRAFT:
        services.send_tour(made.tour, by=made.coordinator)
    if state == TourState.ACCEPTED:
        services.accept_tour(made.tour, by=made.carrier)
    request.refresh_from_db()
    assert request.state == expected
    services.cancel_tour(made.tour, by=made.coordinator)
    request.refresh_from_db()
    assert request.state == RequestState.RECEIVED


def test_a_request_served_by_a_second_tour_stays_planned_when_the_first_is_cancelled(scene):
    first, second = scene(), scene()
    store = StoreFactory()
    request = services.request_pickup(store, by=SYSTEM)
    for made in (first, second):
        services.add_stop(made.tour, store, by=made.coordinator)
        services.send_tour(made.tour, by=made.coordinator)
    services.cancel_tour(first.tour, by=first.coordinator)
    request.refresh_from_db()
    assert request.state == RequestState.PLANNED
    services.decline_tour(second.tour, "trop loin", by=second.carrier)
    request.refresh_from_db()
    assert request.state == RequestState.RECEIVED
