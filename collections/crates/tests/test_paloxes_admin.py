"""Numbered paloxes in the admin: added, found, renamed, labelled."""

import csv
import datetime as dt
import io
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from crates.enums import PaloxState
from crates.models import Palox
from crates.services.paloxes import register_palox, see_palox
from crates.tests.factories import HubFactory, PaloxFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
LIST = "/admin/crates/palox/"


@pytest.fixture
def desk(client):
    """A coordinator's browser, in English."""
    client.force_login(UserFactory(role="coordinator", language="en"))
    client.cookies["langue"] = "en"
    return client


def found(desk, query="") -> list[str]:
    return [palox.number for palox in desk.get(f"{LIST}{query}").context["cl"].result_list]


def test_a_palox_is_added_at_its_place_with_its_history(desk):
    hub = HubFactory()
    desk.post(f"{LIST}add/", {"number": " inc-7 ", "model": "500 L", "sorting_format": "", "place": hub.pk})
    palox = Palox.objects.get()
    assert (palox.number, palox.store, palox.state) == ("inc-7", hub, PaloxState.IN_STOCK)
    page = desk.get(f"{LIST}{palox.pk}/change/")
    assert hub.name in page.content.decode()
    again = desk.post(f"{LIST}add/", {"number": "INC-7", "model": "", "sorting_format": "", "place": ""})
    assert again.status_code == 200
    assert Palox.objects.count() == 1


def test_a_series_is_added_at_once(desk):
    PaloxFactory(number="INC-00002")
    assert desk.get(f"{LIST}series/").status_code == 200
    response = desk.post(f"{LIST}series/", {"first": "INC-00001", "last": "INC-00003", "model": "", "sorting_format": "B75"}, follow=True)
    assert found(desk) == ["INC-00001", "INC-00002", "INC-00003"]
    assert any("INC-00002" in str(message) for message in response.context["messages"])
    wrong = desk.post(f"{LIST}series/", {"first": "INC-9", "last": "INC-1", "model": "", "sorting_format": ""})
    assert wrong.status_code == 200
    assert wrong.context["form"].errors


def test_paloxes_are_found_by_number_place_state_and_by_how_long_nobody_saw_them(desk):
    shop, long_ago = StoreFactory(name="La Cagette"), timezone.now() - dt.timedelta(days=250)
    register_palox("INC-00001", store=shop, by=BY, at=long_ago)
    register_palox("INC-00012", by=BY)
    assert found(desk, "?q=0012") == ["INC-00012"]
    assert found(desk, "?q=cagette") == ["INC-00001"]
    assert found(desk, "?state__exact=store") == ["INC-00001"]
    assert found(desk, f"?store__id__exact={shop.pk}") == ["INC-00001"]
    assert found(desk, "?unseen=1") == ["INC-00001"]
    assert found(desk, "?unseen=12") == []


def test_the_list_takes_as_many_queries_for_fifty_as_for_one(desk, django_assert_max_num_queries):
    for number in range(20):
        register_palox(f"INC-{number:05d}", store=StoreFactory(), by=BY)
    desk.get(LIST)
    with django_assert_max_num_queries(9):
        desk.get(LIST)


def test_a_palox_gets_another_number_on_its_page_and_its_history_tells(desk):
    palox = PaloxFactory(number="INC-1")
    data = {"number": "INC-2", "model": "x", "sorting_format": "", "events-TOTAL_FORMS": "0", "events-INITIAL_FORMS": "0"}
    assert desk.post(f"{LIST}{palox.pk}/change/", data).status_code == 302
    palox.refresh_from_db()
    assert (palox.number, palox.model) == ("INC-2", "x")
    assert "INC-1" in desk.get(f"{LIST}{palox.pk}/change/").content.decode()


def test_a_coordinator_says_where_a_palox_is(desk):
    palox, shop = PaloxFactory(), StoreFactory()
    address = f"{LIST}{palox.pk}/seen/"
    assert desk.get(address).status_code == 200
    for place in ("", "a\x00b", "9" * 30):
        assert desk.post(address, {"key": str(uuid.uuid4()), "state": "store", "store": place, "note": ""}).status_code == 200
    assert not palox.events.exists()
    data = {"key": str(uuid.uuid4()), "state": "store", "store": shop.pk, "note": "behind the door"}
    for _twice in range(2):
        assert desk.post(address, data).status_code == 302
    palox.refresh_from_db()
    assert (palox.store, palox.events.count()) == (shop, 1)


def test_a_palox_is_scrapped_with_a_reason(desk):
    palox = register_palox("INC-1", store=StoreFactory(), by=BY)
    assert desk.post(f"{LIST}{palox.pk}/scrap/", {"reason": ""}).status_code == 200
    desk.post(f"{LIST}{palox.pk}/scrap/", {"reason": "burnt"})
    palox.refresh_from_db()
    assert (palox.state, palox.store) == (PaloxState.LOST, None)


def test_labels_carry_the_code_of_each_chosen_palox(desk):
    chosen = [PaloxFactory(number=f"INC-{number}") for number in (3, 1, 2)]
    PaloxFactory(number="OTHER")
    response = desk.post(LIST, {"action": "print_labels", "_selected_action": [palox.pk for palox in chosen]}, follow=True)
    page = response.content.decode()
    assert [page.index(f'data-label="INC-{number}"') for number in (1, 2, 3)] == sorted(
        page.index(f'data-label="INC-{n}"') for n in (1, 2, 3)
    )
    assert page.count("<svg") == 3
    assert "OTHER" not in page
    assert desk.get(reverse("admin:crates_palox_labels") + "?ids=x,,99999999999999999999").status_code == 200


def test_all_paloxes_come_as_a_file(desk):
    register_palox("INC-1", store=StoreFactory(name="=cmd", city="Arles"), by=BY)
    see_palox("INC-1", store=HubFactory(name="Hub"), state="in_stock", at=timezone.now(), key=uuid.uuid4(), by=BY)
    rows = list(csv.reader(io.StringIO(desk.get(f"{LIST}export-csv/").content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][0] == "INC-1"
    assert rows[1][4] == "Hub"
    assert desk.get(f"{LIST}export-xlsx/").status_code == 200


def test_no_palox_is_deleted(desk):
    palox = PaloxFactory()
    assert desk.post(f"{LIST}{palox.pk}/delete/", {"post": "yes"}).status_code == 403
    assert desk.get(f"{LIST}99999/seen/").status_code == 403
    assert Palox.objects.filter(pk=palox.pk).exists()
