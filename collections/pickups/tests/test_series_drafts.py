"""The drafts of recurring tours: made ahead once, following their series until somebody touches them, then left alone."""

import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from crates.services import DeclaredLine, declare
from crates.tests.factories import StoreContainerFactory
from crates.tests.test_concurrency import at_once
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.tests.factories import UserFactory
from pickups import services, tasks
from pickups.enums import TourState
from pickups.lines import StopPlan
from pickups.models import RecurringStop, RecurringTour, Tour
from pickups.series import days_of, upset_tours
from pickups.tests.factories import CarrierFactory, StopFactory, TourFactory, VehicleFactory, container, planned
from pickups.tests.factories_carriers import RecurringSkipFactory, RecurringStopFactory, RecurringTourFactory
from stores.enums import Status
from stores.tests.factories import ClosureFactory, StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
TODAY = date(2026, 2, 27)  # a Friday; Tuesdays to come: 3, 17, 31 March


@pytest.fixture(autouse=True)
def _on_that_day():
    """Everything happens on TODAY unless a test says otherwise."""
    with time_machine.travel(datetime(2026, 2, 27, 11), tick=False):
        yield


def series_of(stores: int = 2, **values) -> RecurringTour:
    """Return a series of every second Tuesday from 3 March on, with so many places."""
    series = RecurringTourFactory(starts_on=date(2026, 3, 3), **values)
    for position in range(stores):
        RecurringStopFactory(recurring=series, position=position)
    return series


def days(series: RecurringTour) -> list[date]:
    """Return the days that have a tour."""
    return list(series.tours.order_by("recurring_day").values_list("recurring_day", flat=True))


def first_of(series: RecurringTour) -> Tour:
    """Return its first tour."""
    return series.tours.order_by("recurring_day").first()


def shelf(store, full: int) -> None:
    """Let a place declare so many full 75 cl crates."""
    StoreContainerFactory(store=store, container_type=container())
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container(), full=full, total=full + 5)], by=BY)


def test_drafts_are_made_for_the_weeks_ahead_with_everything_the_series_says():
    carrier = CarrierFactory()
    series = series_of(0, carrier=carrier, vehicle=VehicleFactory(carrier=carrier), note="quai 2", price_eur=180, departs_at=time(6, 30))
    places = [RecurringStopFactory(recurring=series, position=2, window_start=time(9)), RecurringStopFactory(recurring=series, position=1)]
    shelf(places[0].store, 12)
    services.make_drafts(TODAY)
    assert days(series) == [date(2026, 3, 3), date(2026, 3, 17)]
    tour = first_of(series)
    assert (tour.state, tour.date, tour.departs_at) == (TourState.DRAFT, date(2026, 3, 3), time(6, 30))
    assert (tour.vehicle, tour.note, tour.price_eur, tour.hub) == (series.vehicle, "quai 2", Decimal(180), series.hub)
    stops = list(tour.stops.order_by("position"))
    assert [stop.store for stop in stops] == [places[1].store, places[0].store]
    assert stops[1].window_start == time(9)
    assert [line.planned_full for line in stops[1].lines.all()] == [12]
    assert series.name in tour.log.get().note


def test_running_it_again_changes_nothing():
    series = series_of()
    shelf(series.stops.first().store, 9)
    services.make_drafts(TODAY)
    before = list(Tour.objects.order_by("pk").values())
    again = services.make_drafts(TODAY)
    assert (again.made, again.changed, again.withdrawn, again.kept) == ([], [], [], [])
    assert list(Tour.objects.order_by("pk").values()) == before
    assert first_of(series).log.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_draft_once():
    series = series_of(weeks_ahead=8)
    results = at_once([lambda: services.make_drafts(TODAY)] * 2)
    assert sorted(len(result.made) for result in results) == [0, 4]
    assert len(days(series)) == 4


def test_a_late_run_makes_what_was_missed_but_no_day_that_is_past():
    series = series_of()
    services.make_drafts(TODAY)
    services.make_drafts(date(2026, 4, 28))
    assert days(series) == [date(2026, 3, 3), date(2026, 3, 17), date(2026, 5, 12), date(2026, 5, 26)]


def test_a_night_each_over_a_year_makes_every_day_that_is_no_holiday():
    series = RecurringTourFactory(weekday=3, every_weeks=1, starts_on=date(2026, 3, 1), ends_on=date(2027, 2, 28), weeks_ahead=2)
    for night in range(0, 366, 3):
        today = TODAY + timedelta(days=night)
        with time_machine.travel(datetime(today.year, today.month, today.day, 1, 45), tick=False):
            tasks.make_drafts()
    holidays = {date(2026, 5, 14)}  # Ascension; Christmas and New Year fall on a Friday
    assert set(days(series)) == set(days_of(series, TODAY, date(2027, 3, 31))) - holidays
    assert series.tours.filter(state=TourState.DRAFT).count() == 51


def test_a_cancelled_draft_is_not_made_again():
    series = series_of()
    services.make_drafts(TODAY)
    services.cancel_tour(first_of(series), by=BY)
    services.make_drafts(TODAY)
    assert days(series) == [date(2026, 3, 3), date(2026, 3, 17)]
    assert first_of(series).state == TourState.CANCELLED


def test_a_draft_moved_to_another_day_is_not_made_again():
    series = series_of()
    services.make_drafts(TODAY)
    services.revise_tour(first_of(series), by=BY, fields={"date": date(2026, 3, 5)})
    services.make_drafts(TODAY)
    assert [tour.date for tour in series.tours.order_by("date")] == [date(2026, 3, 5), date(2026, 3, 17)]


def _touch(name: str, tour: Tour) -> None:
    """Change one thing of a draft as a coordinator would."""
    first, second = tour.stops.order_by("position")
    plans = {
        "place added": [StopPlan(StoreFactory())],
        "quantity": [StopPlan(first.store, [planned()], stop=first)],
        "slot": [StopPlan(first.store, stop=first, window_start=time(10))],
        "note for the driver": [StopPlan(first.store, stop=first, note="sonner")],
        "order": [StopPlan(first.store, stop=first, position=99)],
    }
    fields = {"date": date(2026, 3, 4)} if name == "date" else {"note": "appeler"} if name == "note" else {}
    services.revise_tour(tour, by=BY, fields=fields, stops=plans.get(name, []), removed=[second] if name == "place removed" else [])


@pytest.mark.parametrize("name", ["date", "note", "place added", "place removed", "quantity", "slot", "note for the driver", "order"])
def test_a_draft_that_somebody_touched_no_longer_follows_its_series(name):
    series = series_of()
    services.make_drafts(TODAY)
    touched = first_of(series)
    _touch(name, touched)
    kept = Tour.objects.get(pk=touched.pk).note
    series.note = "changée"
    services.save_series(series, by=BY)
    made = services.make_drafts(TODAY)
    assert made.kept == [touched]
    assert [tour.note for tour in series.tours.order_by("recurring_day")] == [kept, "changée"]


def test_places_added_removed_and_moved_in_the_series_reach_its_untouched_drafts():
    series = series_of(3)
    services.make_drafts(TODAY)
    first, second, third = series.stops.order_by("position")
    services.delete_series_row(second, by=BY)
    third.position, third.window_start = -1 + first.position, time(8)
    RecurringStop.objects.filter(pk=first.pk).update(position=5)
    third.position = 2
    services.save_series_row(third, by=BY)
    added = RecurringStopFactory(recurring=series, position=9)
    made = services.bring_up_to_date(series, TODAY, by=BY)
    assert len(made.changed) == 2
    for tour in series.tours.all():
        assert [stop.store for stop in tour.stops.order_by("position")] == [third.store, first.store, added.store]
        assert tour.stops.get(store=third.store).window_start == time(8)


def test_another_weekday_withdraws_untouched_drafts_and_makes_new_ones():
    series = series_of()
    services.make_drafts(TODAY)
    _touch("quantity", first_of(series))
    series.weekday = 3
    services.save_series(series, by=BY)
    made = services.bring_up_to_date(series, TODAY, by=BY)
    assert made.withdrawn == [date(2026, 3, 17)]
    assert days(series) == [date(2026, 3, 3), date(2026, 3, 5), date(2026, 3, 19)]


def test_a_skipped_day_withdraws_its_draft_and_gives_it_back():
    series = series_of()
    services.make_drafts(TODAY)
    skip = RecurringSkipFactory(recurring=series, day=date(2026, 3, 3))
    assert services.make_drafts(TODAY).withdrawn == [date(2026, 3, 3)]
    services.delete_series_row(skip, by=BY)
    assert [tour.recurring_day for tour in services.make_drafts(TODAY).made] == [date(2026, 3, 3)]


def test_a_place_that_announces_a_closure_leaves_the_draft_and_the_log_says_why():
    series = series_of()
    services.make_drafts(TODAY)
    store = series.stops.first().store
    ClosureFactory(store=store, first_day=date(2026, 3, 1), last_day=date(2026, 3, 8), reason="travaux")
    services.make_drafts(TODAY)
    tour = first_of(series)
    assert store.pk not in tour.stops.values_list("store", flat=True)
    assert "travaux" in tour.log.latest("pk").note
    assert store.pk in series.tours.get(recurring_day=date(2026, 3, 17)).stops.values_list("store", flat=True)
    services.make_drafts(TODAY)
    assert tour.log.count() == 2


def test_a_closed_hub_withdraws_the_draft():
    series = series_of()
    services.make_drafts(TODAY)
    ClosureFactory(store=series.hub, first_day=date(2026, 3, 2), last_day=date(2026, 3, 4))
    services.make_drafts(TODAY)
    assert days(series) == [date(2026, 3, 17)]


def test_a_closure_tells_of_the_tours_it_upsets_but_not_of_drafts_that_follow():
    series = series_of()
    services.make_drafts(TODAY)
    store = series.stops.first().store
    by_hand = StopFactory(tour=TourFactory(date=date(2026, 3, 4)), store=store).tour
    closure = ClosureFactory(store=store, first_day=date(2026, 3, 1), last_day=date(2026, 3, 8))
    other = ClosureFactory(first_day=date(2026, 3, 1), last_day=date(2026, 3, 8))
    (sentence,) = upset_tours([closure, other])[closure.pk]
    assert by_hand.reference in sentence
    _touch("note", first_of(series))
    assert len(upset_tours([closure])[closure.pk]) == 2
    at_the_hub = ClosureFactory(store=by_hand.hub, first_day=date(2026, 3, 4), last_day=date(2026, 3, 4))
    assert by_hand.reference in upset_tours([at_the_hub])[at_the_hub.pk][0]


def test_quantities_follow_the_stock_and_are_not_planned_twice():
    series = series_of(1)
    store = series.stops.get().store
    shelf(store, 10)
    services.make_drafts(TODAY)

    def planned_full() -> list[int]:
        tours = series.tours.order_by("recurring_day")
        return [sum(line.planned_full for stop in tour.stops.all() for line in stop.lines.all()) for tour in tours]

    assert planned_full() == [10, 0]
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(container(), full=14, total=20)], by=BY)
    assert len(services.make_drafts(TODAY).changed) == 1
    assert planned_full() == [14, 0]
    by_hand = services.create_tour(
        date=date(2026, 3, 2), hub=series.hub, carrier=series.carrier, by=BY, stops=[StopPlan(store, [planned()])]
    )
    services.make_drafts(TODAY)
    assert planned_full() == [4, 0]
    services.cancel_tour(by_hand, by=BY)
    services.make_drafts(TODAY)
    assert planned_full() == [14, 0]


def test_a_paused_series_withdraws_what_nobody_touched_and_goes_on_where_it_was():
    series = series_of()
    services.make_drafts(TODAY)
    _touch("note", first_of(series))
    made = services.pause_series(series, by=BY)
    assert (made.withdrawn, len(made.kept)) == ([date(2026, 3, 17)], 1)
    assert services.make_drafts(TODAY).made == []
    assert [tour.recurring_day for tour in services.resume_series(series, by=BY).made] == [date(2026, 3, 17)]


def test_a_series_with_history_is_paused_not_deleted():
    series = series_of()
    services.make_drafts(TODAY)
    services.cancel_tour(first_of(series), by=BY)
    with pytest.raises(ValidationError):
        services.delete_series(series, by=BY)
    assert len(days(series)) == 2  # refused as a whole
    fresh = series_of()
    services.make_drafts(TODAY)
    services.delete_series(fresh, by=BY)
    assert not RecurringTour.objects.filter(pk=fresh.pk).exists()
    assert not Tour.objects.filter(recurring_id=fresh.pk).exists()


def test_a_series_that_fails_does_not_hold_the_others_and_marks_the_run():
    broken, fine = series_of(), series_of()
    RecurringTour.objects.filter(pk=broken.pk).update(vehicle=VehicleFactory())  # another carrier's
    with pytest.raises(tasks.SeriesFailed, match=broken.name):
        tasks.make_drafts()
    assert not broken.tours.exists()
    assert len(days(fine)) == 2


def test_a_place_that_was_archived_does_not_hold_its_series():
    series = series_of()
    store = series.stops.first().store
    type(store).objects.filter(pk=store.pk).update(status=Status.ARCHIVED)
    assert not services.make_drafts(TODAY).failed
    assert first_of(series).stops.count() == 1


@pytest.mark.parametrize("who", ["carrier", "sorting", "link"])
def test_only_coordinators_make_and_change_series(who):
    by = Actor(LINK, 5, "store", 1) if who == "link" else Actor.of_user(UserFactory(role=who))
    series = series_of()
    for verb in (services.save_series, services.pause_series, services.resume_series, services.delete_series):
        with pytest.raises(PermissionDenied):
            verb(series, by=by)
    with pytest.raises(PermissionDenied):
        services.save_series_row(series.stops.first(), by=by)


def test_a_new_series_has_its_places_in_order_and_its_first_drafts(coordinator):
    stores = [StoreFactory() for _ in range(3)]
    new = RecurringTourFactory.build(starts_on=date(2026, 3, 3), hub=StoreFactory(kind="hub"), carrier=CarrierFactory())
    series = services.create_series(new, [RecurringStop(store=store) for store in stores], by=coordinator)
    assert [stop.store for stop in first_of(series).stops.order_by("position")] == stores
    assert first_of(series).actor_id == coordinator.id


def test_what_cannot_be_in_a_series_is_refused_with_a_sentence():
    series = series_of()
    hub_as_place = RecurringStop(recurring=series, store=series.hub)
    child = RecurringStop(recurring=series, store=StoreFactory(collected_through=StoreFactory()))
    for row in (hub_as_place, child):
        with pytest.raises(ValidationError) as refused:
            services.save_series_row(row, by=BY)
        assert "store" in refused.value.error_dict
    series.vehicle = VehicleFactory()
    with pytest.raises(ValidationError) as refused:
        services.save_series(series, by=BY)
    assert "vehicle" in refused.value.error_dict
    series.vehicle, series.hub = None, StoreFactory()
    with pytest.raises(ValidationError) as refused:
        services.save_series(series, by=BY)
    assert "hub" in refused.value.error_dict
