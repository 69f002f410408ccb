"""The figures of a carrier and ours: each is counted here by hand, and opens the rows it counts."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.enums import StopState, TourState
from pickups.models import Tour
from pickups.reliability import Period, figures
from pickups.tests.factories import CarrierFactory, StopFactory, StopLineFactory, TourFactory, TourLogFactory

pytestmark = pytest.mark.django_db
DAY = timezone.datetime(2026, 5, 12).date()
YEAR = Period(DAY - timedelta(days=200), DAY + timedelta(days=200))


def at(day=DAY, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of a local day."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def tour_with(carrier, *moves: tuple[str, str, int], state: str = TourState.ACCEPTED, **fields) -> Tour:
    """A tour of DAY whose log says (from, to, days before DAY)."""
    tour = TourFactory(carrier=carrier, date=DAY, state=state, **fields)
    for before, after, days in moves:
        TourLogFactory(tour=tour, from_state=before, to_state=after, at=at(DAY - timedelta(days=days)))
    return tour


def figure(carrier, key: str):
    """One figure of a carrier."""
    return next(found for found in figures([carrier], YEAR) if found.key == key)


SENT, TAKEN, REFUSED = ("draft", "awaiting"), ("awaiting", "accepted"), ("awaiting", "declined")


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([(*SENT, 10), (*TAKEN, 9)], (1, 1)),
        ([(*SENT, 10), (*TAKEN, 8)], (1, 1)),  # two days: as agreed
        ([(*SENT, 10), (*TAKEN, 7)], (0, 1)),
        ([(*SENT, 10), (*REFUSED, 9)], (1, 1)),
        ([(*SENT, 10), ("awaiting", "cancelled", 5)], (0, 0)),  # we took it back
        ([(*SENT, 10)], (0, 1)),  # still silent, long ago
        ([(*SENT, 20), (*REFUSED, 19), ("declined", "draft", 18), (*SENT, 10), (*TAKEN, 3)], (1, 2)),
        ([(*SENT, 10), ("awaiting", "awaiting", 9), (*TAKEN, 8)], (1, 1)),  # changed meanwhile
        ([], (0, 0)),
    ],
)
def test_answers_in_time_out_of_all_that_were_due(moves, expected):
    carrier = CarrierFactory(answer_days=2)
    tour_with(carrier, *moves)
    found = figure(carrier, "answered")
    assert (found.good, len(found.rows)) == expected


def test_a_tour_sent_today_is_not_counted_as_unanswered():
    carrier = CarrierFactory(answer_days=2)
    tour = TourFactory(carrier=carrier, date=DAY, state=TourState.AWAITING)
    TourLogFactory(tour=tour, at=timezone.now())
    assert figure(carrier, "answered").rows == []


def test_accepted_is_told_in_per_cent_rounded_down():
    carrier = CarrierFactory()
    for _ in range(2):
        tour_with(carrier, (*SENT, 10), (*TAKEN, 9))
    tour_with(carrier, (*SENT, 10), (*REFUSED, 9), state=TourState.DECLINED)
    found = figure(carrier, "accepted")
    assert (found.good, len(found.rows), found.percent) == (2, 3, 66)


def test_stops_are_shared_out_by_how_they_went():
    carrier = CarrierFactory()
    tour = tour_with(carrier, state=TourState.DONE)
    for state in (StopState.DONE, StopState.DONE, StopState.PARTIAL, StopState.MISSED):
        StopFactory(tour=tour, state=state, completed_at=at(), reason="" if state == StopState.DONE else "Rideau baissé")
    StopFactory(tour=tour)  # still to do: not counted
    assert [(figure(carrier, key).good, len(figure(carrier, key).rows)) for key in ("done", "partial", "missed")] == [
        (2, 4),
        (1, 4),
        (1, 4),
    ]
    missed = figure(carrier, "missed")
    assert {"Rideau baissé" in row.what for row in missed.rows if row.counts} == {True}


@pytest.mark.parametrize(
    ("start", "end", "came", "expected"),
    [
        (time(8), time(9, 30), at(hour=9), True),
        (time(8), time(9, 30), at(hour=7, minute=45), True),  # a quarter of an hour is on time
        (time(8), time(9, 30), at(hour=7, minute=44), False),
        (time(8), time(9, 30), at(hour=9, minute=45), True),
        (time(8), time(9, 30), at(hour=9, minute=46), False),
        (time(8), time(9, 30), at(DAY + timedelta(days=1), hour=9), False),
        (time(8), None, at(hour=18), True),
        (time(8), None, at(DAY + timedelta(days=1), hour=9), False),
        (None, time(9, 30), at(hour=6), True),
        (None, time(9, 30), at(hour=10), False),
    ],
)
def test_on_time_is_within_the_window_of_the_tours_day(settings, start, end, came, expected):
    settings.ON_TIME_TOLERANCE_MINUTES = 15
    carrier = CarrierFactory()
    tour = tour_with(carrier, state=TourState.DONE)
    StopFactory(tour=tour, state=StopState.DONE, completed_at=came, window_start=start, window_end=end)
    StopFactory(tour=tour, state=StopState.DONE, completed_at=came)  # without a window
    StopFactory(tour=tour, state=StopState.MISSED, completed_at=came, window_start=time(8), window_end=time(9))
    found = figure(carrier, "on_time")
    assert [row.counts for row in found.rows] == [expected]


def test_our_changes_are_those_between_sending_and_the_tours_day(scene):
    made = scene(TourState.DRAFT)
    services.revise_tour(made.tour, by=made.coordinator, fields={"note": "rien"})  # a draft: nobody knew of it
    services.send_tour(made.tour, by=made.coordinator)
    services.revise_tour(made.tour, by=made.coordinator, fields={"note": "quai 2"})
    services.accept_tour(made.tour, by=made.carrier)
    services.revise_tour(made.tour, by=made.coordinator, fields={"note": "quai 3"})
    made.complete(made.stops[0])
    services.correct_stop(made.stops[0], [], by=made.coordinator, reason="faute de frappe", outcome="missed")
    period = Period(made.tour.date, made.tour.date)
    found = next(each for each in figures([made.tour.carrier], period) if each.key == "changes")
    assert found.value == "2"
    assert any("quai 3" in row.what for row in found.rows)


def test_our_cancellations_and_our_notice():
    carrier = CarrierFactory(lead_days=3)
    tour_with(carrier, (*SENT, 5), (*TAKEN, 4), ("accepted", "cancelled", 1), state=TourState.CANCELLED)
    tour_with(carrier, ("draft", "cancelled", 1), state=TourState.CANCELLED)
    tour_with(carrier, (*SENT, 2), (*TAKEN, 2))
    assert figure(carrier, "cancelled").value == "1"
    notice = figure(carrier, "notice")
    assert (notice.good, len(notice.rows)) == (1, 2)


def test_only_this_carriers_tours_of_the_period_count():
    carrier = CarrierFactory()
    tour_with(carrier, (*SENT, 10), (*TAKEN, 9))
    tour_with(CarrierFactory(), (*SENT, 10), (*TAKEN, 9))
    assert len(figure(carrier, "accepted").rows) == 1
    before = Period(DAY - timedelta(days=9), DAY - timedelta(days=1))
    assert all(not found.rows for found in figures([carrier], before))


def test_the_figures_take_four_queries_whatever_the_number_of_tours(django_assert_num_queries):
    carrier = CarrierFactory()
    for _ in range(2):
        for _ in range(4):
            tour = tour_with(carrier, (*SENT, 10), (*TAKEN, 9), state=TourState.DONE)
            StopLineFactory(stop=StopFactory(tour=tour, state=StopState.DONE, completed_at=at()))
        with django_assert_num_queries(3):
            figures([carrier], YEAR)


def test_carrier_and_coordinator_see_the_same_figures_and_their_rows(scene):
    made = scene(TourState.ACCEPTED)
    office, desk = Client(headers={"Accept-Language": "en"}), Client(headers={"Accept-Language": "en"})
    office.force_login(made.users["carrier"])
    desk.force_login(UserFactory(role="coordinator", is_staff=True))
    asked = {"since": made.tour.date, "until": made.tour.date}
    pages = [
        office.get("/transporteur/fiabilite/", asked).content.decode(),
        desk.get(reverse("admin:pickups_carrier_reliability", args=[made.tour.carrier_id]), asked).content.decode(),
    ]
    for page in pages:
        assert page.count("data-figure=") == 9
        assert "100 % (1 of 1)" in page
    for found in figures([made.tour.carrier], Period(made.tour.date, made.tour.date)):
        rows = [
            office.get(f"/transporteur/fiabilite/{found.key}/", asked).content.decode(),
            desk.get(reverse("admin:pickups_carrier_reliability_rows", args=[made.tour.carrier_id, found.key]), asked).content.decode(),
        ]
        assert [page.count("data-counts=") for page in rows] == [len(found.rows)] * 2
    assert office.get("/transporteur/fiabilite/nothing/").status_code == 404
