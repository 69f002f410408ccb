"""The end of a tour: the hub's count, differences and their answers, figures; twice, late, and at the same time."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from crates.check import check_ledger
from crates.enums import Cause
from crates.models import Movement
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.closing_figures import figures_of
from pickups.differences import differences_of, unanswered
from pickups.enums import Answer, DifferenceKind, Measure, StopState, TourState
from pickups.lines import ActualLine
from pickups.models import EmissionFactor, HubCount, PriceRule, Tour, TourClosing, TourDifference
from pickups.services import HubLine
from pickups.tests.ends import count, done, full_at, reply
from pickups.tests.factories import VehicleFactory, container
from stores.models import Store
from stores.tests.factories import StoreFactory

# -- the hub's count


@pytest.mark.django_db
def test_coordinators_the_sorting_centre_and_the_driver_count_and_others_do_not(scene):
    made = done(scene, (10, 8))
    sorting = Actor.of_user(UserFactory(role="sorting"))
    for by in (made.driver, sorting, made.coordinator):
        assert count(made, 10, by=by)[0].full == 10
    strangers = [
        made.carrier,
        Actor.of_user(made.users["carrier"]),
        Actor(LINK, 5, AccessLink.TOUR, made.tour.pk + 9),
        Actor(LINK, 6, AccessLink.STORE, made.stores[0].pk),
        Actor.of_user(UserFactory(role="carrier")),
    ]
    for by in strangers:
        with pytest.raises(PermissionDenied):
            count(made, 10, by=by)


@pytest.mark.django_db
def test_a_new_count_replaces_the_former_one_in_the_log_and_moves_no_stock(scene):
    made = done(scene, (10, 8))
    before = full_at(made.tour.hub), Movement.objects.count(), made.tour.log.count()
    count(made, 9)
    count(made, 9)
    count(made, 8, 1)
    assert list(HubCount.objects.values_list("full", "empty")) == [(8, 1)]
    assert made.tour.log.count() == before[2] + 2
    assert "75 cl 8/1" in made.tour.log.order_by("-pk")[0].note
    assert (full_at(made.tour.hub), Movement.objects.count()) == before[:2]


@pytest.mark.django_db
def test_a_drivers_count_does_not_replace_the_hubs(scene):
    made = done(scene, (10, 8))
    count(made, 9, by=made.driver)
    count(made, 10, by=made.driver)
    count(made, 8)
    count(made, 10, by=made.driver)
    assert HubCount.objects.get().full == 8
    assert "10/0" in made.tour.log.order_by("-pk")[0].note


@pytest.mark.django_db
@pytest.mark.parametrize("problem", ["nothing", "negative", "too_many", "twice", "not_accepted"])
def test_a_count_that_cannot_be_is_refused_with_a_sentence(scene, problem):
    made = scene(TourState.AWAITING) if problem == "not_accepted" else done(scene, (10, 8))
    kind = container()
    lines = {
        "nothing": [],
        "negative": [HubLine(kind, -1)],
        "too_many": [HubLine(kind, 10**7)],
        "twice": [HubLine(kind, 1), HubLine(kind, 2)],
        "not_accepted": [HubLine(kind, 1)],
    }[problem]
    with pytest.raises(ValidationError) as refused:
        services.count_at_hub(made.tour, lines, by=made.coordinator)
    assert refused.value.code == problem
    assert not HubCount.objects.exists()


# -- differences


@pytest.mark.django_db
def test_a_tour_as_planned_has_no_difference_and_closes_at_once(scene):
    made = done(scene, (10, 8), (10, 8))
    count(made, 20)
    assert differences_of(made.tour) == []
    assert services.close_tour(made.tour, by=made.coordinator).state == TourState.CLOSED
    assert TourClosing.objects.get().bottles == 240


@pytest.mark.django_db
def test_plan_reality_and_count_are_compared_stop_by_stop_and_at_the_hub(scene, django_assert_max_num_queries):
    made = done(scene, (9, 8), (10, 8))
    services.correct_stop(made.stops[1], [], by=made.coordinator, reason="fermé", outcome=StopState.MISSED)
    count(made, 7, 5)
    with django_assert_max_num_queries(6):
        found = differences_of(made.tour)
    assert [(each.kind, each.measure, each.expected, each.found) for each in found] == [
        (DifferenceKind.PLAN, Measure.LOADED_FULL, 10, 9),
        (DifferenceKind.MISSED, "", 10, 0),
        (DifferenceKind.HUB, Measure.LOADED_FULL, 9, 7),
        # The eight empty ones of the missed stop come back with the truck.
        (DifferenceKind.HUB, Measure.TAKEN_EMPTY, 8, 5),
    ]
    assert all(each.sentence for each in found)


@pytest.mark.django_db
def test_what_only_some_stops_took_in_place_of_others_is_no_difference_at_the_hub(scene):
    made = done(scene, (10, 6), (10, 10))
    count(made, 20, 0)
    assert [each.kind for each in differences_of(made.tour)] == [DifferenceKind.PLAN, DifferenceKind.PLAN]


@pytest.mark.django_db
def test_nothing_is_closed_with_a_difference_unanswered_or_a_stop_to_do(scene):
    made = done(scene, (9, 8))
    with pytest.raises(ValidationError) as refused:
        services.close_tour(made.tour, by=made.coordinator)
    assert refused.value.code == "differences"
    services.start_tour(made.tour, by=made.coordinator)
    services.add_stop(made.tour, StoreFactory(), by=made.coordinator)
    Tour.objects.filter(pk=made.tour.pk).update(state=TourState.DONE)
    with pytest.raises(ValidationError) as refused:
        services.close_tour(made.tour, by=made.coordinator)
    assert refused.value.code == "stops_left"


@pytest.mark.django_db
def test_right_as_recorded_is_kept_with_who_said_it_and_moves_nothing(scene):
    made = done(scene, (9, 8))
    before = Movement.objects.count()
    left = services.answer_differences(
        made.tour, [reply(each, note="un casier cassé laissé") for each in unanswered(made.tour)], by=made.coordinator
    )
    assert left == []
    row = TourDifference.objects.get()
    assert (row.answer, row.note, row.actor_id) == (Answer.RIGHT, "un casier cassé laissé", made.coordinator.id)
    assert Movement.objects.count() == before
    assert services.close_tour(made.tour, by=made.coordinator).state == TourState.CLOSED


@pytest.mark.django_db
def test_correcting_a_stop_posts_a_correction_and_answers_the_gap_that_stays(scene):
    made = done(scene, (7, 8))
    [asked] = unanswered(made.tour)
    left = services.answer_differences(made.tour, [reply(asked, Answer.CORRECT, number=9, note="bon de tournée: 9")], by=made.coordinator)
    assert left == []
    assert full_at(made.stores[0]) == -9
    assert full_at(made.tour.hub) == 9
    assert "bon de tournée: 9" in Movement.objects.order_by("-pk")[0].reason
    assert check_ledger() == []


@pytest.mark.django_db
def test_two_figures_of_one_stop_make_one_correction(scene):
    made = done(scene, (7, 6))
    replies = [reply(each, Answer.CORRECT, number=each.expected, note="mal tapé") for each in unanswered(made.tour)]
    assert len(replies) == 2
    assert services.answer_differences(made.tour, replies, by=made.coordinator) == []
    assert Movement.objects.exclude(reverses=None).count() == 1
    assert differences_of(made.tour) == []


@pytest.mark.django_db
def test_a_wrong_count_changes_nothing_and_what_was_lost_or_broken_leaves_the_hub(scene):
    made = done(scene, (10, 8))
    count(made, 7, 0)
    [asked] = unanswered(made.tour)
    assert services.answer_differences(made.tour, [reply(asked, Answer.MISCOUNT)], by=made.coordinator) == []
    assert full_at(made.tour.hub) == 10
    count(made, 8, 0)
    for answer, cause, stays in ((Answer.LOST, Cause.LOSS, 8), (Answer.BROKEN, Cause.BREAKAGE, 7)):
        [asked] = unanswered(made.tour)
        for _ in range(2):
            services.answer_differences(made.tour, [reply(asked, answer, note="tombés du quai")], by=made.coordinator)
        assert full_at(made.tour.hub) == stays
        assert made.tour.reference in Movement.objects.get(cause=cause).reason
        count(made, 7, 0)
    assert check_ledger() == []


@pytest.mark.django_db
def test_a_difference_at_the_hub_may_come_from_a_stop(scene):
    made = done(scene, (10, 8), (10, 8))
    count(made, 19)
    [asked] = unanswered(made.tour)
    second = made.stops[1]
    wanted = reply(asked, Answer.CORRECT, number=9, stop_id=second.pk, note="recompté au quai")
    assert services.answer_differences(made.tour, [wanted], by=made.coordinator) == []
    assert full_at(made.tour.hub) == 19
    assert full_at(second.store) == -9
    assert services.close_tour(made.tour, by=made.coordinator).state == TourState.CLOSED


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": "whatever"},
        {"answer": Answer.LOST},
        {"answer": Answer.CORRECT, "number": None, "note": "x"},
        {"answer": Answer.CORRECT, "number": -1, "note": "x"},
        {"answer": Answer.CORRECT, "number": 4, "note": " "},
        {"note": "x" * 251},
    ],
)
def test_an_answer_that_cannot_be_taken_says_so_by_difference_and_writes_nothing(scene, wrong):
    made = done(scene, (9, 7))
    first, second = unanswered(made.tour)
    replies = [reply(first), reply(second, **{"answer": Answer.RIGHT, **wrong})]
    with pytest.raises(ValidationError) as refused:
        services.answer_differences(made.tour, replies, by=made.coordinator)
    assert list(refused.value.message_dict) == [second.code]
    assert not TourDifference.objects.exists()


@pytest.mark.django_db
def test_figures_that_changed_since_the_page_was_opened_are_asked_again(scene):
    made = done(scene, (9, 8))
    [old] = unanswered(made.tour)
    services.correct_stop(made.stops[0], [ActualLine(container(), 8, 8)], by=made.coordinator, reason="autre")
    with pytest.raises(ValidationError) as refused:
        services.answer_differences(made.tour, [reply(old)], by=made.coordinator)
    assert list(refused.value.message_dict) == [old.code]
    # And an answer holds for its figures only.
    services.answer_differences(made.tour, [reply(each) for each in unanswered(made.tour)], by=made.coordinator)
    services.correct_stop(made.stops[0], [ActualLine(container(), 6, 8)], by=made.coordinator, reason="encore")
    assert len(unanswered(made.tour)) == 1


@pytest.mark.django_db
def test_a_second_coordinator_who_answers_otherwise_is_told_and_the_same_answer_is_no_second_one(scene):
    made = done(scene, (9, 8))
    [asked] = unanswered(made.tour)
    other = Actor.of_user(UserFactory(role="coordinator"))
    services.answer_differences(made.tour, [reply(asked)], by=made.coordinator)
    services.answer_differences(made.tour, [reply(asked)], by=other)
    with pytest.raises(ValidationError):
        services.answer_differences(made.tour, [reply(asked, Answer.CORRECT, number=3, note="x")], by=other)
    assert TourDifference.objects.get().actor_id == made.coordinator.id


@pytest.mark.django_db
@pytest.mark.parametrize("party", ["carrier", "driver", "office", "sorting"])
def test_only_coordinators_answer_and_close(scene, party):
    made = done(scene, (10, 8))
    by = {
        "carrier": made.carrier,
        "driver": made.driver,
        "office": Actor.of_user(made.users["carrier"]),
        "sorting": Actor.of_user(UserFactory(role="sorting")),
    }[party]
    with pytest.raises(PermissionDenied):
        services.answer_differences(made.tour, [], by=by)
    with pytest.raises(PermissionDenied):
        services.close_tour(made.tour, by=by)


# -- figures


@pytest.mark.django_db
def test_the_figures_are_worked_out_by_hand(scene):
    made = done(scene, (10, 8), (20, 8))
    vehicle = VehicleFactory(carrier=made.tour.carrier, kind="van")
    Tour.objects.filter(pk=made.tour.pk).update(vehicle=vehicle)
    EmissionFactor.objects.update_or_create(
        vehicle_kind="van",
        defaults={"low_g_per_km": 200, "typical_g_per_km": 250, "high_g_per_km": 400, "source": "essai", "as_of": made.tour.date},
    )
    PriceRule.objects.create(carrier=made.tour.carrier, fixed_eur=100, per_stop_eur=5, per_km_eur=1, valid_from=made.tour.date)
    tour = Tour.objects.select_related("hub", "vehicle", "carrier").get(pk=made.tour.pk)
    found = figures_of(tour, distance_m=36_000, duration_min=95)
    kind = container()
    assert found.bottles == 30 * 12
    assert found.load_g == 30 * kind.full_weight_g
    assert found.cost_eur == Decimal("146.00")
    assert (found.co2_low_g, found.co2_g, found.co2_high_g) == (7200, 9000, 14400)
    Tour.objects.filter(pk=tour.pk).update(price_eur=Decimal("90.50"))
    services.answer_differences(tour, [reply(each) for each in unanswered(tour)], by=made.coordinator)
    services.close_tour(tour, by=made.coordinator, distance_m=36_000, duration_min=95, note="péage")
    closing = TourClosing.objects.get()
    assert (closing.cost_eur, closing.duration_min, closing.note) == (Decimal("90.50"), 95, "péage")
    assert closing.co2_per_bottle == (Decimal("20.0"), Decimal("25.0"), Decimal("40.0"))
    assert closing.cost_per_bottle == Decimal("0.251")


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"distance_m": -1}, {"distance_m": 10**9}, {"duration_min": 10**6}, {"note": "x" * 501}])
def test_a_way_that_no_tour_has_is_refused(scene, wrong):
    made = done(scene, (10, 8))
    with pytest.raises(ValidationError):
        services.close_tour(made.tour, by=made.coordinator, **wrong)
    assert Tour.objects.get(pk=made.tour.pk).state == TourState.DONE


@pytest.mark.django_db
def test_a_tour_without_vehicle_price_or_positions_is_closed_with_what_is_known(scene):
    made = done(scene, (10, 8))
    Store.objects.update(latitude=None, longitude=None)
    services.close_tour(made.tour, by=made.coordinator)
    closing = TourClosing.objects.get()
    assert (closing.cost_eur, closing.distance_m, closing.co2_per_bottle) == (None, 0, None)


@pytest.mark.django_db
def test_closing_twice_keeps_the_first_closing(scene):
    made = done(scene, (10, 8))
    services.close_tour(made.tour, by=made.coordinator, distance_m=5000)
    other = Actor.of_user(UserFactory(role="coordinator"))
    services.close_tour(made.tour, by=other, distance_m=9000)
    closing = TourClosing.objects.get()
    assert (closing.distance_m, closing.actor_id) == (5000, made.coordinator.id)
    assert made.tour.log.filter(to_state=TourState.CLOSED, from_state=TourState.DONE).count() == 1
