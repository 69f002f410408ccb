"""What happened at a stop: recorded once, in the ledger of the store and of the hub."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.utils import timezone

from crates.check import check_ledger
from crates.models import Movement
from crates.queries import stock_of
from crates.services.undo import undo, undo_last
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import RequestState, StopState, TourState
from pickups.lines import ActualLine
from pickups.models import Stop, TourLog
from pickups.tests.factories import container
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


def stock(store, code: str = "75") -> tuple[int, int]:
    """Return (raw full, total) of one kind of container at a place."""
    line = next((line for line in stock_of(store) if line.container_type.code == code), None)
    return (line.raw_full, line.total) if line else (0, 0)


def test_a_completed_stop_moves_crates_from_the_store_to_the_hub_and_back(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    lines = [ActualLine(container("75"), 13, 9), ActualLine(container("33"), 2, 0)]
    done = services.complete_stop(stop, lines, key=uuid.uuid4(), by=made.driver)
    assert done.state == StopState.DONE
    assert stock(stop.store) == (-13, -4)
    assert stock(made.tour.hub) == (13, 4)
    assert stock(stop.store, "33") == (-2, -2)
    assert stock(made.tour.hub, "33") == (2, 2)
    movement = Movement.objects.get()
    assert (movement.origin_kind, movement.origin_id, movement.actor_id) == ("stop", stop.pk, made.driver.id)
    assert movement.occurred_at == done.completed_at
    assert {(line.container_type.code, line.planned_full, line.loaded_full, line.left_empty) for line in done.lines.all()} == {
        ("75", 10, 13, 9),
        ("33", 0, 2, 0),
    }


def test_the_first_stop_puts_the_tour_under_way(scene):
    made = scene(TourState.ACCEPTED)
    made.complete(made.stops[0])
    made.complete(made.stops[1])
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.UNDER_WAY
    assert TourLog.objects.filter(tour=made.tour, to_state=TourState.UNDER_WAY).count() == 1


def test_the_same_form_again_changes_nothing(scene):
    made = scene(TourState.ACCEPTED)
    key = uuid.uuid4()
    first = made.complete(made.stops[0], key=key)
    again = made.complete(made.stops[0], full=99, key=key)
    assert again.completion_key == key == first.completion_key
    assert stock(made.tour.hub) == (10, 2)
    assert Movement.objects.count() == 1


def test_a_second_phone_finds_the_stop_recorded_and_doubles_nothing(scene):
    made = scene(TourState.ACCEPTED)
    first = made.complete(made.stops[0], full=12)
    second = made.complete(made.stops[0], full=11, outcome=StopState.MISSED, reason="?")
    assert second.completion_key == first.completion_key
    assert second.state == StopState.DONE
    assert stock(made.tour.hub)[0] == 12


def test_a_key_used_for_another_stop_is_refused_with_a_sentence(scene):
    made = scene(TourState.ACCEPTED)
    key = uuid.uuid4()
    made.complete(made.stops[0], key=key)
    with pytest.raises(ValidationError) as refused:
        made.complete(made.stops[1], key=key)
    assert refused.value.code == "key"


@pytest.mark.django_db(transaction=True)
def test_eight_phones_at_once_record_a_stop_once(scene):
    made = scene(TourState.ACCEPTED)
    stop, barrier, errors = made.stops[0], threading.Barrier(8), []

    def record(number: int) -> None:
        try:
            barrier.wait()
            made.complete(stop, full=number)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=record, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Movement.objects.count() == 1
    taken = stop.lines.get(container_type=container()).loaded_full
    assert stock(made.tour.hub)[0] == taken == -stock(stop.store)[0]


def test_a_missed_stop_needs_a_reason_and_posts_nothing(scene):
    made = scene(TourState.ACCEPTED)
    request = services.request_pickup(made.stores[0], by=Actor.system())
    with pytest.raises(ValidationError) as refused:
        made.complete(made.stops[0], outcome=StopState.MISSED)
    assert "reason" in refused.value.message_dict
    made.complete(made.stops[0], outcome=StopState.MISSED, reason="rideau fermé")
    assert not Movement.objects.exists()
    request.refresh_from_db()
    assert request.state == RequestState.RECEIVED


@pytest.mark.parametrize(("outcome", "expected"), [(StopState.DONE, RequestState.COLLECTED), (StopState.PARTIAL, RequestState.PARTLY)])
def test_a_visit_answers_the_request(scene, outcome, expected):
    made = scene()
    request = services.request_pickup(made.stores[0], by=Actor.system())
    services.send_tour(made.tour, by=made.coordinator)
    services.accept_tour(made.tour, by=made.carrier)
    made.complete(made.stops[0], outcome=outcome, reason="plus de place" if outcome == StopState.PARTIAL else "")
    request.refresh_from_db()
    assert request.state == expected
    assert request.closed_at is not None


def test_a_request_made_after_the_truck_had_left_stays_open(scene):
    made = scene(TourState.ACCEPTED)
    request = services.request_pickup(made.stores[0], by=Actor.system())
    made.complete(made.stops[0], occurred_at=timezone.now() - timedelta(hours=2))
    request.refresh_from_db()
    assert request.state == RequestState.RECEIVED


@pytest.mark.parametrize(
    ("claimed", "believed"), [(timedelta(hours=-3), True), (timedelta(minutes=5), False), (timedelta(days=-40), False)]
)
def test_the_phones_time_counts_unless_it_cannot_be_true(scene, claimed, believed):
    made = scene(TourState.ACCEPTED)
    moment = timezone.now() + claimed
    done = made.complete(made.stops[0], occurred_at=moment)
    assert (done.completed_at == moment) is believed
    assert abs(done.completed_at - timezone.now()) < timedelta(minutes=1) or believed


def test_a_stop_is_recorded_even_when_the_tour_was_cancelled_meanwhile(scene):
    made = scene(TourState.ACCEPTED)
    services.cancel_tour(made.tour, by=made.coordinator)
    assert made.complete(made.stops[0]).state == StopState.DONE
    assert stock(made.tour.hub)[0] == 10
    assert TourLog.objects.filter(tour=made.tour, from_state=TourState.CANCELLED, to_state=TourState.CANCELLED).exists()


@pytest.mark.parametrize("state", [TourState.DRAFT, TourState.AWAITING, TourState.DECLINED])
def test_a_tour_that_nobody_accepted_is_not_driven(scene, state):
    made = scene(state)
    with pytest.raises(ValidationError) as refused:
        made.complete(made.stops[0])
    assert refused.value.code == "not_accepted"


def test_another_tours_driver_and_the_carriers_link_do_not_record(scene):
    made, other = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    for by in (other.driver, made.carrier, Actor(LINK, 1, AccessLink.STORE, made.stores[0].pk)):
        with pytest.raises(PermissionDenied):
            made.complete(made.stops[0], by=by)


@pytest.mark.parametrize("wrong", ["negative", "twice", "outcome", "long"])
def test_wrong_figures_are_refused_with_a_sentence(scene, wrong):
    made = scene(TourState.ACCEPTED)
    lines = [ActualLine(container(), 1, 1)]
    options = {"negative": {}, "twice": {}, "outcome": {"outcome": "to_do"}, "long": {"outcome": "partial", "reason": "x" * 251}}[wrong]
    if wrong == "negative":
        lines = [ActualLine(container(), -1, 1)]
    if wrong == "twice":
        lines *= 2
    with pytest.raises(ValidationError):
        services.complete_stop(made.stops[0], lines, key=uuid.uuid4(), by=made.driver, **options)
    assert not Movement.objects.exists()


def test_the_contacts_are_told_the_quantities_once(scene):
    made = scene(TourState.ACCEPTED)
    ContactFactory(store=made.stores[0], email="a@boutique.example", language="en")
    for _ in range(2):
        made.complete(made.stops[0], full=13, empty=1)
    message = Message.objects.get(kind="pickup_done")
    assert message.to_email == "a@boutique.example"
    assert "13 full taken, 1 empty left" in message.text


# -- corrections


def test_a_correction_reverses_and_posts_again(scene):
    made = scene(TourState.UNDER_WAY)
    stop = made.complete(made.stops[0], full=13, empty=8)
    services.correct_stop(stop, [ActualLine(container(), 18, 8)], by=made.coordinator, reason="bon signé : 18")
    assert stock(made.tour.hub) == (18, 10)
    assert stock(stop.store) == (-18, -10)
    assert Movement.objects.count() == 3
    assert stop.lines.get().loaded_full == 18
    assert "18" in TourLog.objects.filter(tour=made.tour).order_by("-pk")[0].note
    services.correct_stop(stop, [ActualLine(container(), 18, 8)], by=made.coordinator, reason="deux fois")
    assert Movement.objects.count() == 3


def test_a_stop_marked_missed_by_mistake_is_corrected_and_back(scene):
    made = scene(TourState.UNDER_WAY)
    request = services.request_pickup(made.stores[0], by=Actor.system())
    stop = made.complete(made.stops[0], outcome=StopState.MISSED, reason="erreur")
    stop = services.correct_stop(stop, [ActualLine(container(), 7, 7)], by=made.coordinator, reason="il est passé", outcome="done")
    assert stop.state == StopState.DONE
    assert stock(made.tour.hub) == (7, 0)
    request.refresh_from_db()
    assert request.state in (RequestState.COLLECTED, RequestState.RECEIVED)
    services.correct_stop(stop, [], by=made.coordinator, reason="non", outcome="missed")
    assert stock(made.tour.hub) == (0, 0)
    services.correct_stop(stop, [ActualLine(container(), 5, 5)], by=made.coordinator, reason="si", outcome="done")
    assert stock(made.tour.hub) == (5, 0)


def test_a_correction_needs_a_reason_a_recorded_stop_an_open_tour_and_a_coordinator(scene):
    made = scene(TourState.UNDER_WAY)
    lines = [ActualLine(container(), 1, 1)]
    with pytest.raises(ValidationError):
        services.correct_stop(made.stops[0], lines, by=made.coordinator, reason="x")
    stop = made.complete(made.stops[0])
    with pytest.raises(ValidationError):
        services.correct_stop(stop, lines, by=made.coordinator, reason=" ")
    with pytest.raises(PermissionDenied):
        services.correct_stop(stop, lines, by=made.driver, reason="x")
    closed = scene(TourState.CLOSED)
    with pytest.raises(ValidationError):
        services.correct_stop(closed.stops[0], lines, by=closed.coordinator, reason="x")
    assert Stop.objects.filter(tour=closed.tour, state=StopState.DONE).count() == 2


def test_a_corrected_stop_can_be_undone_for_a_few_minutes(scene):
    made = scene(TourState.ACCEPTED)
    stop, by = made.stops[0], Actor.of_user(UserFactory(role="coordinator"))
    services.complete_stop(stop, [ActualLine(container("75"), 13, 9)], key=uuid.uuid4(), by=made.driver)
    services.correct_stop(stop, [ActualLine(container("75"), 18, 9)], by=by, reason="18 were loaded, not 13")
    services.correct_stop(stop, [], by=by, reason="nobody was there", outcome=StopState.MISSED)
    for loaded in (18, 13):
        act = undo_last(by=by)
        undo(act.key, by=by)  # a second click
        stop.refresh_from_db()
        line = stop.lines.get(container_type__code="75")
        assert (stop.state, line.loaded_full, line.left_empty) == (StopState.DONE, loaded, 9)
        assert stock(made.tour.hub) == (loaded, loaded - 9)
    assert check_ledger() == []
