"""What arrives late, or twice: a second phone, a form after the closing, a closing at the same moment. Never lost, never doubled."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from pickups import services
from pickups.admin.closing import with_late
from pickups.differences import unanswered
from pickups.enums import Answer, DifferenceKind, Measure, StopState, TourState
from pickups.lines import ActualLine
from pickups.models import Tour, TourClosing, TourDifference
from pickups.tests.ends import count, done, full_at, reply
from pickups.tests.factories import container
from stores.tests.factories import StoreFactory

# -- a second report, before and after closing


@pytest.mark.django_db
def test_a_second_phone_that_says_otherwise_is_kept_and_asked_about(scene):
    made = done(scene, (10, 8))
    key = uuid.uuid4()
    for _ in range(2):
        stop = made.complete(made.stops[0], 12, 8, key=key)
    made.complete(made.stops[0], 10, 8)
    assert stop.lines.get().loaded_full == 10
    [asked] = unanswered(made.tour)
    assert (asked.kind, asked.expected, asked.found) == (DifferenceKind.REPORT, 10, 12)
    assert services.answer_differences(made.tour, [reply(asked, Answer.CORRECT, number=12, note="2e téléphone")], by=made.coordinator) == []
    assert full_at(made.stores[0]) == -12


@pytest.mark.django_db
def test_a_report_after_closing_is_kept_flagged_and_may_still_correct_the_stop(scene):
    made = done(scene, (10, 8), (10, 8))
    services.correct_stop(made.stops[1], [], by=made.coordinator, reason="rien reçu", outcome=StopState.MISSED)
    services.answer_differences(made.tour, [reply(each) for each in unanswered(made.tour)], by=made.coordinator)
    services.close_tour(made.tour, by=made.coordinator)
    made.tour.refresh_from_db()
    assert TourClosing.objects.get().bottles == 120
    made.complete(made.stops[1], 9, 8)
    late = unanswered(made.tour)
    assert [(each.kind, each.measure, each.found) for each in late] == [
        (DifferenceKind.REPORT, Measure.LOADED_FULL, 9),
        (DifferenceKind.REPORT, Measure.LEFT_EMPTY, 8),
    ]
    replies = [reply(each, Answer.CORRECT, number=each.found, note="téléphone retrouvé") for each in late]
    assert services.answer_differences(made.tour, replies, by=made.coordinator) == []
    assert full_at(made.stores[1]) == -9
    assert made.stops[1].state == StopState.DONE
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.CLOSED
    assert TourClosing.objects.get().bottles == 120 + 9 * 12


@pytest.mark.django_db
def test_a_stop_added_on_the_way_that_arrives_after_closing_is_recorded_and_flagged(scene):
    made = done(scene, (10, 8))
    services.close_tour(made.tour, by=made.coordinator)
    shop = StoreFactory()
    services.complete_on_the_way(made.tour, shop, [ActualLine(container(), 5, 5)], key=uuid.uuid4(), by=made.driver)
    assert full_at(shop) == -5
    assert with_late(TourClosing.objects.all()).get().is_late
    late = unanswered(made.tour)
    assert [(each.expected, each.found) for each in late] == [(0, 5), (0, 5)]
    services.answer_differences(made.tour, [reply(each) for each in late], by=made.coordinator)
    assert not with_late(TourClosing.objects.all()).get().is_late
    assert TourClosing.objects.get().bottles == 15 * 12


@pytest.mark.django_db
def test_a_count_after_closing_is_kept_and_flagged_and_old_gaps_of_a_closed_tour_are_not(scene):
    made = done(scene, (9, 8))
    Tour.objects.filter(pk=made.tour.pk).update(state=TourState.CLOSED)  # closed elsewhere, as imported tours are
    made.tour.refresh_from_db()
    assert unanswered(made.tour) == []
    count(made, 7)
    assert [each.kind for each in unanswered(made.tour)] == [DifferenceKind.HUB]


# -- at the same time


@pytest.mark.django_db(transaction=True)
def test_a_late_form_while_a_tour_is_closed_is_never_lost(scene):
    made = done(scene, (10, 8))
    stop, errors = made.stops[0], []

    def run(act):
        try:
            act()
        except ValidationError as error:
            errors.append(error.code)
        finally:
            connection.close()

    acts = [
        lambda: services.close_tour(made.tour, by=made.coordinator),
        lambda: services.close_tour(made.tour, by=made.coordinator),
        lambda: made.complete(stop, 13, 8),
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Either the form came first, and the tour waits for an answer; or it is flagged on the closed tour. Never lost, never twice.
    state = Tour.objects.get(pk=made.tour.pk).state
    assert TourDifference.objects.filter(found=13).count() == 1
    assert len(unanswered(made.tour)) == 1
    assert (state, set(errors)) in [(TourState.CLOSED, set()), (TourState.DONE, {"differences"})]
    assert TourClosing.objects.count() == (state == TourState.CLOSED)
