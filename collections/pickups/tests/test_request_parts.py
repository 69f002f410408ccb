"""Places that are collected through others, and what a store may still change about its wish."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from crates.models import StoreContainer
from crates.services import DeclaredLine, declare
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.models import Message
from pickups import received, services
from pickups.enums import RequestSource, RequestState, StopState, TourState
from pickups.lines import ActualLine, StopPlan
from pickups.models import PickupRequest, Stop, Tour
from pickups.queries import suggested_lines
from pickups.queries_life import life_of
from pickups.queries_parts import place_of, shares_of
from pickups.tests.factories import container, planned
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory

SYSTEM = Actor.system()
pytestmark = pytest.mark.django_db


@pytest.fixture
def parent() -> Store:
    """A bigger shop."""
    return StoreFactory(name="Grande boutique")


@pytest.fixture
def child(parent: Store) -> Store:
    """A small shop that brings its crates there."""
    return StoreFactory(name="Petite boutique", collected_through=parent)


def phone(store: Store) -> Actor:
    """Whoever holds the card of `store`."""
    return Actor(LINK, 900 + store.pk, AccessLink.STORE, store.pk)


def fill(store: Store, full: int, code: str = "75") -> None:
    """Let staff declare that so many are full."""
    StoreContainer.objects.get_or_create(store=store, container_type=container(code), defaults={"capacity": 40})
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container(code), full)], by=SYSTEM)


def told(kind: str) -> list[str]:
    """The addresses to which mails of a kind were written."""
    return sorted(Message.objects.filter(kind=kind).values_list("to_email", flat=True))


# -- joining


def test_the_wish_of_a_child_joins_the_open_request_of_its_parent(parent, child):
    own = services.request_pickup(parent, by=SYSTEM, note="porte de derrière")
    joined = services.request_pickup(child, by=SYSTEM, note="deux casiers")
    assert joined.pk == own.pk
    assert joined.is_new
    again = services.request_pickup(child, by=SYSTEM, note="plutôt trois")
    assert not again.is_new
    own.refresh_from_db()
    assert (own.note, own.for_parts_only) == ("porte de derrière", False)
    assert own.parts.get().note == "deux casiers · plutôt trois"
    assert not PickupRequest.objects.filter(store=child).exists()


def test_a_child_opens_a_request_of_its_parent_which_becomes_the_parents_own_when_that_asks_too(parent, child):
    request = services.request_pickup(child, by=SYSTEM)
    assert (request.store_id, request.for_parts_only) == (parent.pk, True)
    assert services.request_pickup(parent, by=SYSTEM, note="avant midi").pk == request.pk
    request.refresh_from_db()
    assert (request.for_parts_only, request.note) == (False, "avant midi")


def test_a_chain_of_places_leads_to_the_one_where_the_truck_stops(parent, child):
    last = StoreFactory(collected_through=child)
    assert place_of(Store.objects.get(pk=last.pk)) == parent
    assert services.request_pickup(last, by=SYSTEM).store_id == parent.pk


def test_a_forecast_or_a_child_does_not_hide_that_the_parent_asked_itself(parent, child):
    services.request_pickup(parent, by=SYSTEM, source=RequestSource.STORE)
    services.request_pickup(child, by=SYSTEM, source=RequestSource.COORDINATOR)
    assert PickupRequest.objects.get().source == RequestSource.STORE


# -- volumes


def test_the_plan_of_the_parent_holds_what_stands_at_its_children(parent, child):
    fill(parent, 14)
    fill(child, 6)
    fill(child, 2, "33")
    lines = suggested_lines([parent.pk])[parent.pk]
    assert [(line.container_type.code, line.planned_full, line.planned_empty) for line in lines] == [("75", 20, 20), ("33", 2, 2)]
    services.request_pickup(child, by=SYSTEM, note="déposés vendredi")
    share = shares_of([parent.pk])[parent.pk][0]
    assert (share.store, share.text, share.note) == (child, "6 × 75 cl, 2 × 33 cl", "déposés vendredi")


def test_a_child_that_left_the_network_adds_nothing(parent, child):
    fill(child, 6)
    Store.objects.filter(pk=child.pk).update(status="archived")
    assert suggested_lines([parent.pk]) == {}
    assert shares_of([parent.pk]) == {}


def test_plans_take_the_same_queries_for_any_number_of_places(django_assert_num_queries):
    def network(number: int) -> list[int]:
        found = []
        for _each in range(number):
            place = StoreFactory()
            fill(place, 4)
            fill(StoreFactory(collected_through=place), 2)
            found.append(place.pk)
        return found

    few, many = network(2), network(9)
    with django_assert_num_queries(7):
        assert len(suggested_lines(few)) == 2
    with django_assert_num_queries(7):
        assert len(suggested_lines(many)) == 9


# -- answering


def test_collecting_the_parent_answers_its_parts_and_tells_both(scene, child, parent):
    made = scene()
    ContactFactory(store=parent, email="grande@points.example")
    ContactFactory(store=child, email="petite@points.example", language="en")
    request = services.request_pickup(child, by=SYSTEM)
    services.add_stop(made.tour, parent, by=made.coordinator, lines=[planned(full=20)])
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    stop = Stop.objects.get(store=parent)
    made.complete(stop, full=14, outcome=StopState.PARTIAL, reason="plus de place")
    request.refresh_from_db()
    assert (request.state, request.reason) == (RequestState.PARTLY, "plus de place")
    assert told("pickup_partly") == told("tour_confirmed_store") == ["grande@points.example", "petite@points.example"]
    mail = Message.objects.get(kind="pickup_partly", to_email="petite@points.example")
    assert "Still there: 6 × 75 cl" in mail.text
    assert "Petite boutique" in mail.subject
    life = life_of(child)
    assert (life.request, life.part.store, life.last.stop) == (request, child, stop)
    assert not life.has_asked


def test_a_child_that_joins_a_tour_which_was_sent_already_is_told_with_the_others(scene, child, parent):
    made = scene()
    ContactFactory(store=child, email="petite@points.example")
    services.add_stop(made.tour, parent, by=made.coordinator, lines=[planned()])
    services.send_tour(made.tour, by=made.coordinator)
    services.request_pickup(child, by=SYSTEM)
    services.accept_tour(made.tour, by=made.carrier)
    stop = made.complete(Stop.objects.get(store=parent))
    assert told("tour_confirmed_store") == told("pickup_done") == ["petite@points.example"]
    assert Stop.objects.get(pk=stop.pk).request == PickupRequest.objects.get(state=RequestState.COLLECTED)


def test_a_child_that_asked_after_the_truck_had_left_keeps_its_wish(scene, child, parent):
    made = scene()
    services.request_pickup(parent, by=SYSTEM)
    services.add_stop(made.tour, parent, by=made.coordinator, lines=[planned()])
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    PickupRequest.objects.update(updated_at=timezone.now() - timedelta(days=1))
    services.request_pickup(child, by=SYSTEM)
    made.complete(Stop.objects.get(store=parent), occurred_at=timezone.now() - timedelta(hours=2))
    assert PickupRequest.objects.get(store=parent, state=RequestState.COLLECTED).parts.count() == 0
    kept = PickupRequest.objects.open().get(store=parent)
    assert kept.for_parts_only
    assert kept.parts.get().store == child


# -- changing and taking back


def test_a_store_changes_its_note_until_the_tour_is_sent_then_reads_whom_to_call(scene, settings):
    settings.ORGANISATION_PHONE, settings.ORGANISATION_EMAIL = "04 65 71 00 00", ""
    made = scene()
    store = made.stores[0]
    services.request_pickup(store, by=phone(store), note="avant midi")
    services.change_note(store, "  après-midi ", by=phone(store))
    assert PickupRequest.objects.get().note == "après-midi"
    services.revise_tour(made.tour, by=made.coordinator, stops=[])
    services.send_tour(made.tour, by=made.coordinator)
    for act in (lambda: services.change_note(store, "trop tard", by=phone(store)), lambda: services.withdraw(store, by=phone(store))):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.code == "planned"
        assert "04 65 71 00 00" in refused.value.messages[0]
    assert PickupRequest.objects.get().note == "après-midi"


def test_a_store_takes_back_its_request_once_and_its_contacts_are_told(scene):
    made = scene()
    store = StoreFactory()
    ContactFactory(store=store, email="boutique@points.example")
    request = services.request_pickup(store, by=phone(store))
    services.revise_tour(made.tour, by=made.coordinator, stops=[StopPlan(store, [planned()])])
    services.withdraw(store, by=phone(store))
    assert services.withdraw(store, by=phone(store)) is None
    request.refresh_from_db()
    assert request.state == RequestState.CANCELLED
    assert not Stop.objects.filter(store=store).exists()
    assert made.tour.log.filter(note__contains=store.name).exists()
    assert told("pickup_cancelled") == ["boutique@points.example"]


def test_a_part_is_taken_back_without_the_parents_request(parent, child):
    ContactFactory(store=parent, email="grande@points.example")
    ContactFactory(store=child, email="petite@points.example")
    request = services.request_pickup(parent, by=SYSTEM)
    services.request_pickup(child, by=SYSTEM)
    services.withdraw(child, by=phone(child))
    request.refresh_from_db()
    assert request.is_open
    assert not request.parts.live().exists()
    assert told("pickup_cancelled") == ["petite@points.example"]
    services.request_pickup(child, by=SYSTEM)
    assert request.parts.live().count() == 1
    services.withdraw(child, by=phone(child))
    assert told("pickup_cancelled") == ["petite@points.example"] * 2


def test_the_last_part_takes_the_request_that_was_only_for_parts_with_it(parent, child):
    other = StoreFactory(collected_through=parent)
    ContactFactory(store=other, email="autre@points.example")
    request = services.request_pickup(child, by=SYSTEM)
    services.request_pickup(other, by=SYSTEM)
    services.withdraw(child, by=phone(child))
    assert PickupRequest.objects.get(pk=request.pk).is_open
    services.withdraw(other, by=phone(other))
    assert PickupRequest.objects.get(pk=request.pk).state == RequestState.CANCELLED
    assert told("pickup_cancelled") == ["autre@points.example"]


def test_a_parent_that_takes_back_its_wish_leaves_the_request_to_its_children(parent, child):
    ContactFactory(store=parent, email="grande@points.example")
    request = services.request_pickup(parent, by=SYSTEM, note="avant midi")
    services.request_pickup(child, by=SYSTEM)
    services.withdraw(parent, by=phone(parent))
    request.refresh_from_db()
    assert (request.state, request.for_parts_only, request.note) == (RequestState.RECEIVED, True, "")
    assert services.withdraw(parent, by=phone(parent)) is None
    assert told("pickup_cancelled") == ["grande@points.example"]


def test_refusing_a_request_tells_everybody_who_had_asked(parent, child):
    ContactFactory(store=parent, email="grande@points.example")
    ContactFactory(store=child, email="petite@points.example")
    ContactFactory(store=child, email="non@points.example", wants_pickup_mails=False)
    services.request_pickup(child, by=SYSTEM)
    request = services.request_pickup(parent, by=SYSTEM)
    for _each in range(2):
        services.refuse_request(request, "camion en panne", by=SYSTEM)
    assert told("pickup_refused") == ["grande@points.example", "petite@points.example"]


def test_a_new_wish_and_each_part_are_acknowledged_to_those_concerned(parent, child):
    ContactFactory(store=parent, email="grande@points.example")
    ContactFactory(store=child, email="petite@points.example")
    request = services.request_pickup(child, by=SYSTEM)
    for _each in range(2):
        received.tell_received(request.pk)
    assert told("pickup_received") == ["petite@points.example"]
    assert told("pickup_joined") == ["grande@points.example"]
    services.request_pickup(parent, by=SYSTEM)
    received.tell_received(request.pk)
    assert told("pickup_received") == ["grande@points.example", "petite@points.example"]


def test_asking_tells_by_itself_after_the_commit(parent, django_capture_on_commit_callbacks, settings):
    ContactFactory(store=parent, email="grande@points.example")
    asked = []
    with django_capture_on_commit_callbacks() as callbacks:
        services.request_pickup(parent, by=SYSTEM)
    asked.extend(callbacks)
    assert len(asked) == 1
    with django_capture_on_commit_callbacks() as callbacks:
        services.request_pickup(StoreFactory(), by=SYSTEM, source=RequestSource.FORECAST)
    assert callbacks == []


def test_a_coordinator_on_the_phone_records_what_the_store_says_once(child, parent):
    key = uuid.uuid4()
    for _each in range(2):
        request = services.request_on_the_phone(child, key=key, lines=[DeclaredLine(container(), 6)], note="pressé", by=SYSTEM)
    assert request.store_id == parent.pk
    part = request.parts.get()
    assert (part.note, part.declaration.key) == ("pressé", key)
    assert child.declarations.count() == 1
    assert suggested_lines([parent.pk])[parent.pk][0].planned_full == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_cancelling_and_sending_at_once_end_in_one_story(scene, turn):
    made = scene(stores=1)
    store = StoreFactory()
    services.request_pickup(store, by=phone(store))
    services.add_stop(made.tour, store, by=made.coordinator, lines=[planned()])
    barrier, refused = threading.Barrier(2), []

    def act(what) -> None:
        try:
            barrier.wait()
            what()
        except ValidationError as error:
            refused.append(error.code)
        finally:
            connections.close_all()

    both = [lambda: services.withdraw(store, by=phone(store)), lambda: services.send_tour(made.tour, by=made.coordinator)]
    threads = [threading.Thread(target=act, args=(what,)) for what in (both if turn % 2 else reversed(both))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    request, tour = PickupRequest.objects.get(), Tour.objects.get(pk=made.tour.pk)
    on_tour = tour.stops.filter(store=store).exists()
    assert tour.state == TourState.AWAITING
    assert (request.state, on_tour, refused) in [
        (RequestState.PLANNED, True, ["planned"]),
        (RequestState.CANCELLED, False, []),
    ]


# -- the life of a pickup


def test_the_life_of_a_pickup_takes_the_same_queries_however_much_has_happened(scene, parent, child, django_assert_max_num_queries):
    fill(child, 6)
    services.request_pickup(parent, by=SYSTEM)
    services.request_pickup(child, by=SYSTEM)
    made = scene()
    services.add_stop(made.tour, parent, by=made.coordinator, lines=[planned()])
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    before = made.tour.date
    made.tour.refresh_from_db()
    services.revise_tour(made.tour, by=made.coordinator, fields={"date": before + timedelta(days=2)})
    with django_assert_max_num_queries(12):
        life = life_of(parent)
    assert [log.date_before for log in life.coming.moves] == [before]
    assert [share.text for share in life.shares] == ["6 × 75 cl"]
    assert life.has_asked
    assert not life.may_change
    services.start_tour(made.tour, by=made.driver)
    assert life_of(parent).coming.left_at is not None
    with django_assert_max_num_queries(8):
        assert life_of(Store.objects.get(pk=child.pk)).part is not None


def test_a_missed_pickup_stays_in_the_story_of_its_request(scene):
    made = scene(TourState.DRAFT)
    store = made.stores[0]
    request = services.request_pickup(store, by=SYSTEM)
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    services.complete_stop(made.stops[0], [], key=uuid.uuid4(), by=made.driver, outcome=StopState.MISSED, reason="rideau baissé")
    life = life_of(store)
    assert (life.request.pk, life.request.state) == (request.pk, RequestState.RECEIVED)
    assert [visit.stop.reason for visit in life.visits] == ["rideau baissé"]
    assert life.may_change


@pytest.mark.parametrize(
    ("outcome", "loaded", "remaining", "stayed"),
    [(StopState.PARTIAL, 6, None, 4), (StopState.PARTIAL, 6, 2, 2), (StopState.DONE, 6, None, 0)],
)
def test_what_stays_is_what_the_driver_says_or_what_was_planned_and_not_loaded(scene, outcome, loaded, remaining, stayed):
    made = scene(TourState.ACCEPTED)
    line = ActualLine(container(), loaded, 8, remaining_full=remaining)
    services.complete_stop(made.stops[0], [line], key=uuid.uuid4(), by=made.driver, outcome=outcome, reason="plein")
    assert sum(line.stayed for line in life_of(made.stores[0]).last.stayed) == stayed
