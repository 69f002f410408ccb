"""The pages around the end of a tour: closing it, the list of closed tours, counting what came in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.differences import unanswered
from pickups.enums import Answer, StopState, TourState
from pickups.models import HubCount, Tour, TourClosing, TourDifference
from pickups.services import HubLine
from pickups.tests.factories import container

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(coordinator_user) -> Client:
    """A coordinator's browser."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(coordinator_user)
    return client


@pytest.fixture
def tablet(db) -> Client:
    """The sorting centre's tablet."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(UserFactory(role="sorting", language="en"))
    return client


@pytest.fixture
def over(scene):
    """A tour that is over: 9 and 8 at its first stop, in place of 10 and 8; as planned at the second."""
    made = scene(TourState.UNDER_WAY)
    first, second = made.stops
    made.complete(first, 9, 8)
    made.complete(second)
    services.finish_tour(made.tour, by=made.driver)
    made.tour.refresh_from_db()
    return made


def address(made) -> str:
    """The page that closes the tour."""
    return reverse("admin:pickups_tour_close", args=[made.tour.pk])


def typed(made, answer="", **more) -> dict[str, str]:
    """What the page sends when each difference gets this answer."""
    data = {}
    for each in unanswered(made.tour):
        given = {"expected": each.expected, "found": each.found, "answer": answer, "note": "", **more}
        data |= {f"{each.code}-{name}": value for name, value in given.items()}
    return data


def test_the_button_leads_to_the_page_that_asks(desk, over):
    page = desk.get(reverse("admin:pickups_tour_change", args=[over.tour.pk])).content.decode()
    assert f'href="{address(over)}" data-tour-move="closed"' in page
    assert 'data-differences="1"' in page
    moved = desk.get(reverse("admin:pickups_tour_move", args=[over.tour.pk, "closed"]))
    assert moved["Location"] == address(over)


def test_a_tour_with_an_unanswered_difference_is_not_closed_and_nothing_typed_is_lost(desk, over):
    data = typed(over) | {"action": "close", "distance_km": "41.5", "note": "péage", f"{unanswered(over.tour)[0].code}-note": "à voir"}
    page = desk.post(address(over), data)
    text = page.content.decode()
    assert page.status_code == 200
    assert 'data-left="1"' in text
    assert "1 difference has no answer yet." in text
    assert 'value="à voir"' in text
    assert 'value="41.5"' in text
    assert Tour.objects.get().state == TourState.DONE


def test_answered_and_closed_in_one_go_with_the_odometer(desk, over):
    page = desk.post(
        address(over), typed(over, Answer.RIGHT) | {"action": "close", "distance_km": "41.5", "duration_min": "95", "note": ""}
    )
    assert page["Location"] == reverse("admin:pickups_tour_change", args=[over.tour.pk])
    closing = TourClosing.objects.get()
    assert (closing.distance_m, closing.duration_min, closing.bottles) == (41_500, 95, 19 * 12)
    shown = desk.get(page["Location"]).content.decode()
    assert 'data-closing="closed" data-differences="0"' in shown
    assert "41.5 km" in shown


def test_the_rest_may_be_right_as_recorded_by_one_tick_but_not_what_the_hub_counted(desk, over):
    services.count_at_hub(over.tour, [HubLine(container(), 18)], by=over.coordinator)
    page = desk.post(address(over), typed(over) | {"action": "close", "rest": "on"})
    assert 'data-left="1"' in page.content.decode()
    assert TourDifference.objects.get().answer == Answer.RIGHT
    [asked] = unanswered(over.tour)
    data = typed(over, Answer.LOST) | {"action": "close"}
    assert f"{asked.code}-answer" in data
    assert desk.post(address(over), data).status_code == 302
    assert Tour.objects.get().state == TourState.CLOSED


def test_answers_may_be_kept_without_closing(desk, over):
    assert desk.post(address(over), typed(over, Answer.RIGHT, note="vu") | {"action": "keep"})["Location"] == address(over)
    page = desk.get(address(over)).content.decode()
    assert 'data-left="0"' in page
    assert "· vu ·" in page
    assert Tour.objects.get().state == TourState.DONE


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": "correct", "number": "", "note": "x"},
        {"answer": "correct", "number": "9", "note": ""},
        {"answer": "correct", "number": "-4", "note": "x"},
        {"answer": "correct", "number": "douze", "note": "x"},
        {"answer": "nothing"},
        {"expected": "", "answer": "right"},
        {"expected": "77", "answer": "right"},
    ],
)
def test_a_wrong_answer_comes_back_with_a_sentence(desk, over, wrong):
    page = desk.post(address(over), typed(over, **wrong) | {"action": "close"})
    assert page.status_code == 200
    assert "closing-error" in page.content.decode() or "errorlist" in page.content.decode()
    assert not TourDifference.objects.exists()
    assert Tour.objects.get().state == TourState.DONE


@pytest.mark.parametrize("wrong", [{"distance_km": "-3"}, {"distance_km": "x"}, {"distance_km": "99999"}, {"duration_min": "1e9"}])
def test_a_way_that_cannot_be_comes_back_and_keeps_the_answers_typed(desk, over, wrong):
    page = desk.post(address(over), typed(over, Answer.RIGHT) | {"action": "close", **wrong})
    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert "checked" in page.content.decode()
    assert Tour.objects.get().state == TourState.DONE


def test_the_second_of_two_coordinators_is_told_and_changes_nothing(desk, over):
    data = typed(over, Answer.RIGHT) | {"action": "close", "distance_km": "10"}
    desk.post(address(over), data)
    again = desk.post(address(over), data | {"distance_km": "99"}, follow=True)
    assert again.status_code == 200
    assert TourClosing.objects.get().distance_m == 10_000


def test_stops_to_do_are_named_and_there_is_no_button(desk, scene):
    made = scene(TourState.UNDER_WAY)
    page = desk.get(address(made)).content.decode()
    assert "data-stops-to-do" in page
    assert 'value="close"' not in page
    assert desk.post(address(made), {"action": "close"}).status_code == 200
    assert Tour.objects.get().state == TourState.UNDER_WAY


def test_what_arrives_after_the_closing_is_flagged_asked_and_changes_the_figures(desk, over):
    desk.post(address(over), typed(over, Answer.RIGHT) | {"action": "close"})
    over.complete(over.stops[1], 12, 8)
    listed = desk.get(reverse("admin:pickups_tourclosing_changelist"))
    assert "arrived after the closing" in listed.content.decode()
    over.tour.refresh_from_db()
    page = desk.post(address(over), typed(over, Answer.CORRECT, number="12", note="2e téléphone") | {"action": "keep"})
    assert page.status_code == 302
    assert TourClosing.objects.get().bottles == 21 * 12


def test_closed_tours_are_listed_with_a_constant_number_of_queries_and_as_files(desk, over, django_assert_max_num_queries):
    services.answer_differences(
        over.tour,
        [services.Reply(each.code, each.expected, each.found, Answer.RIGHT) for each in unanswered(over.tour)],
        by=over.coordinator,
    )
    services.close_tour(over.tour, by=over.coordinator, distance_m=41_500, note="=1+1")
    with django_assert_max_num_queries(14):
        assert desk.get(reverse("admin:pickups_tourclosing_changelist")).status_code == 200
    text = desk.get("/admin/pickups/tourclosing/export-csv/").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert (rows[0]["tour"], rows[0]["km"], rows[0]["bottles"], rows[0]["note"]) == (over.tour.reference, "41.5", "228", "'=1+1")
    assert desk.get("/admin/pickups/tourclosing/export-xlsx/").status_code == 200


# -- arrivals


def test_todays_tours_and_those_not_counted_yet_are_listed_by_hub(tablet, over, scene):
    today = timezone.localdate()
    Tour.objects.filter(pk=over.tour.pk).update(date=today)
    late, gone, tomorrow = scene(TourState.ACCEPTED), scene(TourState.ACCEPTED), scene(TourState.ACCEPTED)
    Tour.objects.filter(pk=late.tour.pk).update(date=today - timedelta(days=3))
    Tour.objects.filter(pk=gone.tour.pk).update(date=today - timedelta(days=8))
    page = tablet.get("/tri/arrivees/").content.decode()
    assert str(over.tour.uuid) in page
    assert str(late.tour.uuid) in page
    assert str(gone.tour.uuid) not in page
    assert str(tomorrow.tour.uuid) not in page
    services.count_at_hub(late.tour, [HubLine(container(), 1)], by=late.coordinator)
    services.count_at_hub(over.tour, [HubLine(container(), 1)], by=over.coordinator)
    page = tablet.get("/tri/arrivees/").content.decode()
    assert str(late.tour.uuid) not in page
    assert 'data-counted="1"' in page


def test_the_tablet_counts_and_counts_again(tablet, over):
    page = f"/tri/arrivees/{over.tour.uuid}/"
    text = tablet.get(page).content.decode()
    assert 'data-kind="75"' in text
    kind = container()
    assert tablet.post(page, {f"full_{kind.pk}": "18", f"empty_{kind.pk}": ""})["Location"] == "/tri/arrivees/"
    assert HubCount.objects.get().full == 18
    assert f'name="full_{kind.pk}" value="18"' in tablet.get(page).content.decode()
    tablet.post(page, {f"full_{kind.pk}": "19", f"empty_{kind.pk}": "2"})
    assert list(HubCount.objects.values_list("full", "empty")) == [(19, 2)]


@pytest.mark.parametrize("numbers", [{}, {"full": "-1"}, {"full": "deux"}, {"full": "9" * 30}])
def test_a_wrong_count_comes_back_with_a_sentence(tablet, over, numbers):
    kind = container()
    page = tablet.post(f"/tri/arrivees/{over.tour.uuid}/", {f"{side}_{kind.pk}": number for side, number in numbers.items()})
    assert page.status_code == 422
    assert not HubCount.objects.exists()


@pytest.mark.parametrize("state", [TourState.DRAFT, TourState.AWAITING, TourState.DECLINED])
def test_a_tour_that_nobody_accepted_is_not_there_to_count(tablet, scene, state):
    made = scene(state)
    assert tablet.get(f"/tri/arrivees/{made.tour.uuid}/").status_code == 404


def test_the_count_does_not_tell_what_the_stops_said(tablet, over):
    services.correct_stop(over.stops[0], [], by=over.coordinator, reason="x", outcome=StopState.MISSED)
    page = tablet.get(f"/tri/arrivees/{over.tour.uuid}/").content.decode()
    assert over.stores[0].name not in page
    assert 'value="10"' not in page


def test_a_carriers_user_neither_counts_nor_sees_arrivals(over):
    office = Client()
    office.force_login(over.users["carrier"])
    assert office.get("/tri/arrivees/").status_code == 403
    assert office.post(f"/tri/arrivees/{over.tour.uuid}/", {}).status_code == 403
