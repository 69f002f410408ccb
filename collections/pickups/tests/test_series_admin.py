"""The page of a recurring tour and the closures of places in the admin: saved through the services, told in words."""

from datetime import date, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lincassable.accounts.actors import Actor
from pickups import services
from pickups.models import RecurringSkip, RecurringTour
from pickups.tests.factories import CarrierFactory, StopFactory, TourFactory, VehicleFactory
from pickups.tests.factories_carriers import RecurringSkipFactory, RecurringStopFactory, RecurringTourFactory
from stores.models import Closure
from stores.tests.factories import ClosureFactory, StoreFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/pickups/recurringtour/"
TODAY = date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _on_that_day():
    with time_machine.travel(datetime(2026, 7, 1, 10), tick=False):
        yield


@pytest.fixture
def office(coordinator_user, client) -> Client:
    """A coordinator's browser."""
    client.force_login(coordinator_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def page_of(series) -> str:
    """Return the address of a series' page."""
    return reverse("admin:pickups_recurringtour_change", args=[series.pk])


def data_of(hub, carrier, stops=(), skips=(), **fields) -> dict[str, object]:
    """Return what the browser sends for a series on Tuesdays every second week."""
    data: dict[str, object] = {
        "name": "Un mardi sur deux", "weekday": 1, "every_weeks": 2, "starts_on": "2026-06-30", "ends_on": "", "weeks_ahead": 4,
        "departs_at": "08:00", "hub": hub.pk, "zone": "", "carrier": carrier.pk, "vehicle": "", "price_eur": "", "note": "", **fields,
    }  # fmt: skip
    for name, rows in (("stops", stops), ("skips", skips)):
        data |= {f"{name}-TOTAL_FORMS": len(rows), f"{name}-INITIAL_FORMS": sum("id" in row for row in rows)}
        for number, row in enumerate(rows):
            data |= {f"{name}-{number}-{field}": value for field, value in row.items()}
    return data


def test_a_series_is_made_with_ordered_places_and_its_drafts_are_there_at_once(office):
    hub, carrier, stores = StoreFactory(kind="hub"), CarrierFactory(), [StoreFactory(), StoreFactory()]
    rows = [{"store": stores[0].pk, "position": 2}, {"store": stores[1].pk, "position": 1}, {"position": 3}]
    skips = [{"day": "2026-07-28", "reason": "inventaire"}]
    answer = office.post(LIST + "add/", data_of(hub, carrier, rows, skips, weeks_ahead=6), follow=True)
    series = RecurringTour.objects.get()
    assert "1 draft was made" in answer.content.decode()
    (tour,) = series.tours.all()  # 14 July is a holiday, 28 July is skipped
    assert tour.recurring_day == date(2026, 8, 11)
    assert [stop.store for stop in tour.stops.order_by("position")] == [stores[1], stores[0]]


def test_the_page_shows_the_next_days_with_those_that_fall_out_and_why(office):
    series = RecurringTourFactory(starts_on=date(2026, 6, 30), carrier=CarrierFactory(weekdays=[3]))
    store = RecurringStopFactory(recurring=series).store
    ClosureFactory(store=store, first_day=date(2026, 8, 3), last_day=date(2026, 8, 16))
    RecurringSkipFactory(recurring=series, day=date(2026, 7, 28), reason="camion en panne")
    services.make_drafts(TODAY)
    page = office.get(page_of(series)).content.decode()
    assert 'data-day="2026-07-14" data-skipped="yes"' in page
    assert "camion en panne" in page
    assert store.name in page
    assert "does not drive on this day" in page
    assert 'data-series-active="yes"' in page


def test_the_days_of_a_series_take_the_same_queries_for_any_number_of_places(office, django_assert_max_num_queries):
    series = RecurringTourFactory(starts_on=date(2026, 6, 30), every_weeks=1, weeks_ahead=8)
    for _ in range(10):
        RecurringStopFactory(recurring=series)
    services.make_drafts(TODAY)
    with django_assert_max_num_queries(40):
        office.get(page_of(series))
    RecurringTourFactory()
    with django_assert_max_num_queries(12):
        office.get(LIST)


@pytest.mark.parametrize("case", ["hub as a place", "place twice", "day twice", "vehicle of another", "days in the wrong order"])
def test_what_is_wrong_is_said_at_its_row_and_nothing_typed_is_lost(office, case):
    hub, carrier, store = StoreFactory(kind="hub"), CarrierFactory(), StoreFactory()
    stops = [{"store": store.pk, "position": 1, "window_start": "09:15"}]
    skips = [{"day": "2026-07-28", "reason": "gardée"}]
    fields = {}
    if case == "hub as a place":
        stops.append({"store": hub.pk, "position": 2})
    elif case == "place twice":
        stops.append({"store": store.pk, "position": 2})
    elif case == "day twice":
        skips.append({"day": "2026-07-28"})
    elif case == "vehicle of another":
        fields["vehicle"] = VehicleFactory().pk
    else:
        fields["ends_on"] = "2026-01-01"
    answer = office.post(LIST + "add/", data_of(hub, carrier, stops, skips, **fields))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "gardée" in page
    assert "09:15" in page
    assert not RecurringTour.objects.exists()


def test_saving_says_which_drafts_follow_and_which_were_changed_by_hand(office):
    series = RecurringTourFactory(starts_on=date(2026, 6, 30), weekday=2)
    place = RecurringStopFactory(recurring=series, position=1)
    services.make_drafts(TODAY)
    first, second = series.tours.order_by("recurring_day")
    services.revise_tour(first, by=Actor.system(), fields={"note": "à la main"})
    row = {"id": place.pk, "recurring": series.pk, "store": place.store_id, "position": 1}
    data = data_of(series.hub, series.carrier, [row], weekday=2, note="nouvelle consigne", name=series.name)
    page = office.post(page_of(series), data, follow=True).content.decode()
    assert "1 untouched draft follows" in page
    assert first.reference in page
    second.refresh_from_db()
    assert second.note == "nouvelle consigne"
    assert "changed by hand" in office.get(page_of(series)).content.decode()


def test_a_series_is_paused_and_goes_on_by_a_button(office, client):
    series = RecurringTourFactory(starts_on=date(2026, 6, 30), weekday=2)
    services.make_drafts(TODAY)
    pause, resume = (reverse(f"admin:pickups_recurringtour_{verb}", args=[series.pk]) for verb in ("pause", "resume"))
    assert office.get(pause).status_code == 405
    office.post(pause)
    assert not series.tours.exists()
    assert 'data-series-active="no"' in office.get(page_of(series)).content.decode()
    office.post(resume)
    assert series.tours.count() == 2


def test_a_series_without_history_can_be_deleted_in_the_admin(office):
    series = RecurringSkipFactory(recurring=RecurringTourFactory(starts_on=date(2026, 6, 30), weekday=2)).recurring
    kept = RecurringTourFactory(starts_on=date(2026, 6, 30), weekday=2)
    services.make_drafts(TODAY)
    services.cancel_tour(kept.tours.first(), by=Actor.system())
    for row in (series, kept):
        page = office.post(reverse("admin:pickups_recurringtour_delete", args=[row.pk]), {"post": "yes"})
    assert "pause it" in page.content.decode()
    assert list(RecurringTour.objects.all()) == [kept]
    assert not RecurringSkip.objects.exists()


# -- closures


def test_a_closure_is_added_on_the_page_of_its_place_and_tells_of_the_tours_it_upsets(office):
    store = StoreFactory()
    tour = StopFactory(tour=TourFactory(date=date(2026, 8, 5)), store=store).tour
    page = office.get(reverse("admin:stores_store_change", args=[store.pk]))
    data = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    for formset in page.context["inline_admin_formsets"]:
        prefix = formset.formset.prefix
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    row = {"closures-0-first_day": "2026-08-03", "closures-0-last_day": "2026-08-16", "closures-0-reason": "congés"}
    data |= {"closures-TOTAL_FORMS": 1, **row}
    address = reverse("admin:stores_store_change", args=[store.pk])
    answer = office.post(address, data, follow=True)
    assert Closure.objects.get().reason == "congés"
    assert f"{tour.reference} goes to" in answer.content.decode()
    twice = {**data, "closures-TOTAL_FORMS": 2, **{name.replace("-0-", "-1-"): value for name, value in row.items()}}
    assert "Another row already closes" in office.post(address, twice).content.decode()


def test_the_list_of_closures_opens_with_those_that_are_not_over_and_their_tours(office, django_assert_max_num_queries):
    past = ClosureFactory(first_day=date(2026, 1, 5), last_day=date(2026, 1, 9))
    closures = [ClosureFactory() for _ in range(4)]
    tour = StopFactory(tour=TourFactory(date=date(2026, 8, 5)), store=closures[0].store).tour
    with django_assert_max_num_queries(16):
        page = office.get("/admin/stores/closure/").content.decode()
    assert tour.reference in page
    assert past.store.name not in page
    for when, number in (("all", 5), ("over", 1), ("now", 0), ("coming", 4)):
        assert len(office.get(f"/admin/stores/closure/?when={when}").context["cl"].result_list) == number


def test_a_closure_that_overlaps_another_is_refused_with_a_sentence(office):
    closure = ClosureFactory()
    data = {"store": closure.store_id, "first_day": "2026-08-16", "last_day": "2026-08-20", "reason": "gardée"}
    answer = office.post("/admin/stores/closure/add/", data)
    assert "already closed" in answer.content.decode()
    assert "gardée" in answer.content.decode()
    assert office.post("/admin/stores/closure/add/", {**data, "first_day": "2026-08-17"}).status_code == 302
    change = reverse("admin:stores_closure_change", args=[closure.pk])
    assert office.post(change, {**data, "first_day": "2026-08-03", "last_day": "2026-08-10"}).status_code == 302
