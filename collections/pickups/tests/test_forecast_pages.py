"""The forecasts on screen: in order, filtered, as files, on a map; and what is done from there."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crates.models import StoreContainer
from crates.services import DeclaredLine, PickedLine, declare, post_pickup
from lincassable.accounts.actors import Actor
from pickups import services
from pickups.enums import RequestSource, TourState
from pickups.models import PickupRequest, Stop
from pickups.tests.factories import container
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
PAGE = "/admin/previsions/"
SYSTEM = Actor.system()


@pytest.fixture
def desk(coordinator_user) -> Client:
    """A coordinator's browser."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(coordinator_user)
    return client


def place(name: str, declared: int | None, **options):
    """A shop with room for 40 crates, collected 20 days ago; `declared` full ones 10 days later (None: nothing)."""
    shop = StoreFactory(name=name, latitude="43.3", longitude="5.4", **options)
    StoreContainer.objects.create(store=shop, container_type=container(), capacity=40)
    now = timezone.now()
    hub = StoreFactory(kind=Kind.HUB, latitude=None, longitude=None)
    post_pickup(shop, hub, [PickedLine(container(), 4, 4)], key=uuid.uuid4(), occurred_at=now - timedelta(days=20), by=SYSTEM)
    if declared is not None:
        said = now - timedelta(days=10)
        lines = [DeclaredLine(container(), declared)]
        declare(shop, key=uuid.uuid4(), lines=lines, by=SYSTEM, occurred_at=said, received_at=said)
    return shop


@pytest.fixture
def network():
    """Full since five days, full in 20 days, in 380, nobody knows."""
    return {
        "over": place("Déjà pleine", 27),
        "soon": place("Bientôt pleine", 10),
        "later": place("Encore de la place", 1),
        "unknown": place("Jamais déclarée", None),
    }


def shown(page) -> list[str]:
    """The urgencies on the page, in order."""
    return re.findall(r'data-urgency="(\w+)"', page.content.decode())


def test_the_most_urgent_comes_first_with_words_and_a_sign(desk, network):
    page = desk.get(PAGE)
    assert shown(page) == ["overdue", "soon", "later", "unknown"]
    text = page.content.decode()
    assert "full for 5 days" in text
    assert "full in 20 days" in text
    assert text.count("priority_high") == 2  # in the row and in the legend
    assert "324 bottles declared" in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?urgency=soon", ["soon"]),
        ("?q=deja", ["overdue"]),
        ("?q=rien de tel", []),
        ("?kind=hotel", []),
        ("?zone=999999", ["overdue", "soon", "later", "unknown"]),
        ("?urgency=whatever&page=99&kind=x", ["overdue", "soon", "later", "unknown"]),
    ],
)
def test_filters_narrow_and_nonsense_is_left_out(desk, network, query, expected):
    page = desk.get(PAGE + query)
    assert page.status_code == 200
    assert shown(page) == expected


def test_places_already_asked_for_or_on_a_tour_may_be_left_out(desk, network, scene):
    services.request_pickup(network["over"], by=SYSTEM)
    made = scene(TourState.DRAFT, stores=0)
    services.add_stop(made.tour, network["soon"], by=made.coordinator)
    assert "data-tour-date" in desk.get(PAGE).content.decode()
    assert shown(desk.get(PAGE + "?free=on")) == ["later", "unknown"]


def test_the_number_of_queries_does_not_grow_with_the_network(desk, network, django_assert_max_num_queries):
    for number in range(60):
        StoreFactory(name=f"Épicerie {number}")
    with django_assert_max_num_queries(20):
        page = desk.get(PAGE)
    assert len(shown(page)) == 50
    assert len(shown(desk.get(PAGE + "?page=2"))) == 14


def test_as_files(desk, network):
    text = desk.get(PAGE + "?format=csv&urgency=overdue").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [(row["place"], row["days left"], row["bottles declared"], row["room in bottles"]) for row in rows] == [
        ("Déjà pleine", "-5", "324", "480")
    ]
    assert desk.get(PAGE + "?format=xlsx").status_code == 200
    assert desk.get(PAGE + "?format=exe").status_code == 404


def test_on_a_map_with_the_places_that_have_a_position(desk, network):
    StoreFactory(name="Sans position", latitude=None, longitude=None)
    text = desk.get(PAGE + "?view=map").content.decode()
    points = json.loads(re.search(r'<script id="forecast-points" type="application/json">(.*?)</script>', text)[1])
    assert sorted(point["urgency"] for point in points) == ["later", "overdue", "soon", "unknown"]
    assert points[0]["lat"] == 43.3


def test_a_request_is_made_from_a_row_and_from_several(desk, network):
    assert desk.post(PAGE, {"one": network["over"].pk, "back": PAGE + "?urgency=overdue"})["Location"] == PAGE + "?urgency=overdue"
    request = PickupRequest.objects.get()
    assert (request.store, request.source) == (network["over"], RequestSource.FORECAST)
    page = desk.post(PAGE, {"store": [network["over"].pk, network["soon"].pk], "action": "request"}, follow=True)
    assert PickupRequest.objects.count() == 2
    assert "1 request created. 1 place had already asked." in page.content.decode()


def test_places_are_added_to_a_tour_with_what_their_stock_suggests_all_or_none(desk, network, scene):
    made = scene(TourState.DRAFT, stores=0)
    chosen = [network["over"].pk, network["soon"].pk]
    page = desk.post(PAGE, {"store": chosen, "action": "tour", "tour": made.tour.pk})
    assert page["Location"].endswith(f"/tour/{made.tour.pk}/change/")
    assert {stop.store_id: stop.lines.get().planned_full for stop in Stop.objects.all()} == dict(zip(chosen, [27, 10], strict=True))
    again = desk.post(PAGE, {"store": [network["later"].pk, *chosen], "action": "tour", "tour": made.tour.pk}, follow=True)
    assert network["over"].name in again.content.decode()
    assert Stop.objects.count() == 2


def test_a_new_tour_is_made_with_the_places_ticked(desk, network):
    page = desk.post(PAGE, {"store": [network["over"].pk], "action": "new"})
    assert page["Location"] == f"/admin/pickups/tour/add/?requests={PickupRequest.objects.get().pk}"


@pytest.mark.parametrize(
    "data",
    [
        {"action": "request"},
        {"action": "tour", "store": "1"},
        {"action": "request", "store": ["x", "9" * 40, "-1"]},
        {"action": "request", "back": "//evil.example/"},
    ],
)
def test_nothing_ticked_or_nonsense_is_told_on_the_same_list(desk, network, data):
    page = desk.post(PAGE, data)
    assert page["Location"] == PAGE
    assert not PickupRequest.objects.exists()


def test_no_tour_chosen_is_told(desk, network):
    page = desk.post(PAGE, {"action": "tour", "store": network["over"].pk, "tour": ""}, follow=True)
    assert "Choose the tour" in page.content.decode()


def test_a_places_own_page_and_the_list_of_places_tell_the_forecast(desk, network):
    page = desk.get(f"/admin/stores/store/{network['over'].pk}/change/").content.decode()
    assert 'data-forecast="overdue"' in page
    assert "Full for 5 days" in page
    assert desk.get(f"/admin/stores/store/{StoreFactory(kind=Kind.WASHING).pk}/change/").status_code == 200
    assert desk.get("/admin/stores/store/").status_code == 200
