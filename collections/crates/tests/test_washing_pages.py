"""Washing on the tablet: two screens without JavaScript, nothing typed is lost, sending twice is one trip, undone at once."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from crates.enums import BottleStage
from crates.models import BottleModel, BottleMovement
from crates.queries_bottles import bottle_stock
from crates.tests.factories import BottleMovementFactory, CentreFactory, WasherFactory
from lincassable.accounts.tests.factories import UserFactory
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
SORTED, WASHING, WASHED = BottleStage.SORTED, BottleStage.WASHING, BottleStage.WASHED


@pytest.fixture
def centre():
    """A centre with 3,000 sorted beer bottles, the only washing centre, the only producer."""
    place = CentreFactory(name="Centre des Étangs")
    BottleMovementFactory(to_store=place, quantity=3000, occurred_at=timezone.now() - dt.timedelta(days=9), bottle_model=beer())
    return place


@pytest.fixture
def washer():
    return WasherFactory(name="Laverie du Rhône")


@pytest.fixture
def producer():
    return StoreFactory(kind=Kind.PRODUCER, name="Brasserie des Calanques")


@pytest.fixture
def tablet(client):
    """The sorting centre's tablet, in English."""
    client.force_login(UserFactory(role="sorting", language="en"))
    client.cookies["langue"] = "en"
    return client


def beer():
    return BottleModel.objects.get(code="beer-75-1")


def address(centre, trip="envoi"):
    return reverse("crates:washing_new", args=[centre.uuid, trip])


def answers(taker, **typed):
    """What the form sends: two pallets and 150 bottles of beer, checked on the second screen."""
    figures = {f"pallets_{beer().pk}": 2, f"bottles_{beer().pk}": 150}
    return {"key": uuid.uuid4(), "step": "review", "go": "next", "occurred_at": "", "note": "", "taker": taker.pk, **figures, **typed}


def shown(response):
    return re.search(r'data-washing="(\w+)"', response.content.decode())[1]


def stock():
    return {(line.store.name, line.stage): line.quantity for line in bottle_stock()}


def test_sorted_bottles_leave_come_back_and_are_delivered_from_the_tablet(tablet, centre, washer, producer):
    quantity = 2 * beer().pallet_bottles + 150
    page = tablet.get(address(centre))
    assert shown(page) == "bottles"
    assert "3000 bottles known" in page.content.decode()
    assert page.context["form"]["taker"].value() == washer.pk  # the only one
    page = tablet.post(address(centre), answers(washer, step="bottles"))
    assert (page.status_code, shown(page)) == (200, "review")
    assert f"<strong>{quantity}</strong>" in page.content.decode()
    assert f"{centre} → {washer}</p>" in page.content.decode()
    assert not BottleMovement.objects.filter(to_stage=WASHING).exists()
    done = tablet.post(address(centre), answers(washer))
    assert f"<strong>{quantity}</strong>" in tablet.get(done["Location"]).content.decode()
    assert stock() == {(centre.name, SORTED): 3000 - quantity, (washer.name, WASHING): quantity}
    back = {f"pallets_{beer().pk}": 2, f"bottles_{beer().pk}": 100, f"broken_{beer().pk}": 50, "giver": washer.pk}
    receipt = tablet.get(tablet.post(address(centre, "retour"), answers(centre, **back))["Location"]).content.decode()
    assert 'data-moved="broken"><strong>50' in receipt
    assert stock() == {(centre.name, SORTED): 3000 - quantity, (centre.name, WASHED): quantity - 50}
    away = {f"pallets_{beer().pk}": 1, f"bottles_{beer().pk}": "", "giver": centre.pk}
    tablet.post(address(centre, "livraison"), answers(producer, **away))
    assert stock()[centre.name, WASHED] == quantity - 50 - beer().pallet_bottles
    listed = tablet.get(reverse("crates:sorting_centre", args=[centre.uuid])).content.decode()
    assert listed.count("data-move=") == 4
    assert producer.name in listed


def test_sending_twice_is_one_trip_and_one_receipt(tablet, centre, washer):
    given = answers(washer)
    first, second = tablet.post(address(centre), given), tablet.post(address(centre), given)
    assert first["Location"] == second["Location"]
    assert BottleMovement.objects.filter(to_stage=WASHING).count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "screen"),
    [
        ("pallets", "-1", "bottles"),
        ("bottles", "douze", "bottles"),
        ("bottles", "100000", "bottles"),
        ("taker", "", "bottles"),
        ("taker", "999999", "bottles"),
        ("occurred_at", "hier", "review"),
        ("occurred_at", "tomorrow", "review"),
        ("note", "x" * 251, "review"),
    ],
)
def test_a_wrong_answer_shows_its_screen_with_everything_as_typed(tablet, centre, washer, field, typed, screen):
    name = f"{field}_{beer().pk}" if field in ("pallets", "bottles") else field
    typed = f"{timezone.localtime() + dt.timedelta(days=1):%Y-%m-%dT%H:%M}" if typed == "tomorrow" else typed
    page = tablet.post(address(centre), {**answers(washer), name: typed})
    assert (page.status_code, shown(page)) == (422, screen)
    assert "data-form-errors" in page.content.decode()
    assert str(page.context["form"][name].value()) == typed
    other = f"bottles_{beer().pk}" if name != f"bottles_{beer().pk}" else f"pallets_{beer().pk}"
    assert str(page.context["form"][other].value()) in ("150", "2")
    assert not BottleMovement.objects.filter(to_stage=WASHING).exists()


def test_nothing_typed_is_asked_again_and_one_goes_back_without_losing_anything(tablet, centre, washer):
    nothing = {f"pallets_{beer().pk}": "", f"bottles_{beer().pk}": "0"}
    page = tablet.post(address(centre), answers(washer, step="bottles", **nothing))
    assert (page.status_code, shown(page)) == (422, "bottles")
    assert page.context["form"].non_field_errors()
    page = tablet.post(address(centre), answers(washer, go="back", note="quai 2"))
    assert shown(page) == "bottles"
    assert str(page.context["form"]["note"].value()) == "quai 2"


def test_more_than_is_known_to_be_there_is_told_and_taken(tablet, centre, washer):
    many = {f"pallets_{beer().pk}": 3}
    page = tablet.post(address(centre), answers(washer, step="bottles", **many))
    assert "only 3000 known there" in page.content.decode()
    tablet.post(address(centre), answers(washer, **many))
    assert stock()[centre.name, SORTED] < 0


def test_whoever_recorded_a_trip_undoes_it_whole_from_its_receipt_once(tablet, centre, washer):
    tablet.post(address(centre), answers(washer))
    page = tablet.post(address(centre, "retour"), answers(centre, giver=washer.pk, **{f"broken_{beer().pk}": 7}))["Location"]
    form = re.search(r'action="(/annuler/[^"]+)" data-undo', tablet.get(page).content.decode())
    before = stock()
    for _twice in range(2):
        tablet.post(form[1], {"next": page}, headers={"Sec-Fetch-Site": "same-origin"})
    assert stock() != before
    assert (centre.name, WASHED) not in stock()
    receipt = tablet.get(page).content.decode()
    assert "data-cancelled" in receipt
    assert "data-undo" not in receipt


def test_another_person_s_trip_has_no_undo_button_and_unknown_addresses_are_not_there(tablet, centre, washer, client):
    page = tablet.post(address(centre), answers(washer))["Location"]
    client.force_login(UserFactory(role="sorting", language="en"))
    assert "data-undo" not in client.get(page).content.decode()
    assert client.get(address(centre, "ailleurs")).status_code == 404
    assert client.get(reverse("crates:washing_receipt", args=[centre.uuid, uuid.uuid4()])).status_code == 404
    assert client.get(address(StoreFactory())).status_code == 404


def test_carriers_are_refused(client, centre, washer):
    client.force_login(UserFactory(role="carrier"))
    assert client.get(address(centre)).status_code == 403
    assert client.post(address(centre), answers(washer)).status_code == 403


def test_models_that_are_not_there_stand_behind_the_others_and_come_forward_when_typed(tablet, centre, washer):
    page = tablet.get(address(centre))
    assert [row[0] for row in page.context["figures"]] == [beer()]
    other = page.context["others"][0][0]
    page = tablet.post(address(centre), answers(washer, go="back", **{f"bottles_{other.pk}": 5}))
    assert {row[0] for row in page.context["figures"]} == {beer(), other}
    assert len(tablet.get(address(centre, "livraison")).context["figures"]) == BottleModel.objects.filter(is_active=True).count()


def test_without_a_washing_centre_the_page_still_opens(tablet, centre):
    assert tablet.get(address(centre)).status_code == 200


def test_the_screen_takes_as_many_queries_whatever_the_history(tablet, centre, washer, django_assert_max_num_queries):
    for _trip in range(5):
        tablet.post(address(centre), answers(washer))
    tablet.get(address(centre))
    with django_assert_max_num_queries(20):
        tablet.get(address(centre))
    with django_assert_max_num_queries(14):
        tablet.get(reverse("crates:sorting_centre", args=[centre.uuid]))
