"""The sorting table's pages: four screens without JavaScript, nothing typed is lost, sending twice is one batch."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from crates.enums import BottleStage, Content
from crates.models import BottleModel, BottleMovement, ContainerType, RejectReason, SortingBatch
from crates.queries_bottles import bottle_stock
from crates.services.bottles import BottleLine, send_to_washing
from crates.tests.factories import BottleMovementFactory, CentreFactory, PaloxFactory, WasherFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre():
    return CentreFactory(name="Centre des Étangs")


def signed_in(client, role):
    client.force_login(UserFactory(role=role, language="en"))
    client.cookies["langue"] = "en"
    return client


@pytest.fixture
def tablet(client):
    """The sorting centre's tablet, in English."""
    return signed_in(client, "sorting")


def new(centre):
    return reverse("crates:sorting_new", args=[centre.uuid])


def answers(**typed):
    """What the form sends: ten crates of beer, 110 good, ten broken."""
    crate, beer, broken = (
        ContainerType.objects.get(code="75"),
        BottleModel.objects.get(code="beer-75-1"),
        RejectReason.objects.get(code="broken"),
    )
    figures = {f"intake_{crate.pk}": 10, f"accepted_{beer.pk}": 110, f"rejected_{broken.pk}": 10}
    return {"key": uuid.uuid4(), "step": "review", "go": "next", "sorted_at": "", "note": "", **figures, **typed}


def shown(response):
    """Which screen is shown."""
    return re.search(r'data-sorting="(\w+)"', response.content.decode())[1]


def value(response, name):
    """What stands in a field of the page."""
    return response.context["form"][name].value()


def test_the_only_centre_is_chosen_by_itself_and_several_are_offered(tablet, centre):
    assert tablet.get("/tri/")["Location"] == f"/tri/{centre.uuid}/"
    CentreFactory(name="Another")
    assert tablet.get("/tri/").content.decode().count("data-centre") == 2


def test_from_the_containers_to_the_receipt_screen_by_screen(tablet, centre):
    page = tablet.get(new(centre))
    assert shown(page) == "intake"
    key, given = value(page, "key"), answers()
    for step, following in (("intake", "accepted"), ("accepted", "rejects"), ("rejects", "review")):
        page = tablet.post(new(centre), {**given, "key": key, "step": step})
        assert (page.status_code, shown(page)) == (200, following)
    assert not SortingBatch.objects.exists()
    done = tablet.post(new(centre), {**given, "key": key})
    batch = SortingBatch.objects.get()
    assert done["Location"] == f"/tri/{centre.uuid}/{batch.key}/"
    receipt = tablet.get(done["Location"]).content.decode()
    assert 'data-accepted="beer-75-1"><strong>110' in receipt
    assert 'data-rejected="broken"><strong>10' in receipt
    assert batch.actor_kind == "user"
    assert f'data-batch="{batch.key}"' in tablet.get(f"/tri/{centre.uuid}/").content.decode()


def test_one_goes_back_without_losing_anything(tablet, centre):
    page = tablet.post(new(centre), answers(step="rejects", go="back"))
    assert shown(page) == "accepted"
    beer = BottleModel.objects.get(code="beer-75-1")
    assert str(value(page, f"accepted_{beer.pk}")) == "110"


def test_a_wrong_figure_shows_its_screen_with_everything_as_typed(tablet, centre):
    beer, crate = BottleModel.objects.get(code="beer-75-1"), ContainerType.objects.get(code="75")
    page = tablet.post(new(centre), answers(**{f"accepted_{beer.pk}": "-4", "note": "wet labels"}))
    assert (page.status_code, shown(page)) == (422, "accepted")
    assert [str(value(page, name)) for name in (f"accepted_{beer.pk}", f"intake_{crate.pk}", "note")] == ["-4", "10", "wet labels"]
    assert "data-form-errors" in page.content.decode()
    assert not SortingBatch.objects.exists()


def test_an_unknown_palox_number_is_asked_again_and_a_known_one_counts(tablet, centre):
    palox, kind = PaloxFactory(number="INC-00009"), ContainerType.objects.get(code="palox")
    page = tablet.post(new(centre), answers(step="intake", **{f"numbers_{kind.pk}": "INC-00009, INC-1"}))
    assert (page.status_code, shown(page)) == (422, "intake")
    assert value(page, f"numbers_{kind.pk}") == "INC-00009, INC-1"
    tablet.post(new(centre), answers(**{f"numbers_{kind.pk}": "inc-00009"}))
    assert list(SortingBatch.objects.get().intakes.get(container_type=kind).paloxes.all()) == [palox]


def test_more_numbers_than_paloxes_are_asked_again(tablet, centre):
    kind = ContainerType.objects.get(code="palox")
    for number in ("A1", "A2"):
        PaloxFactory(number=number)
    page = tablet.post(new(centre), answers(step="intake", **{f"intake_{kind.pk}": 1, f"numbers_{kind.pk}": "A1\nA2"}))
    assert page.context["form"].has_error(f"numbers_{kind.pk}")


def test_sending_twice_is_one_batch(tablet, centre):
    given = answers()
    first, second = tablet.post(new(centre), given), tablet.post(new(centre), given)
    assert first["Location"] == second["Location"]
    assert (SortingBatch.objects.count(), BottleMovement.objects.count()) == (1, 1)


def test_a_batch_of_nothing_or_of_tomorrow_is_told_on_the_last_screen(tablet, centre):
    empty = {name: "" for name in answers() if name.startswith(("intake_", "accepted_", "rejected_"))}
    tomorrow = f"{timezone.localtime() + dt.timedelta(days=1):%Y-%m-%dT%H:%M}"
    for typed in (empty, {"sorted_at": tomorrow}):
        page = tablet.post(new(centre), answers(**typed))
        assert (page.status_code, shown(page)) == (422, "review")
        assert page.context["form"].non_field_errors()
    assert not SortingBatch.objects.exists()


def test_figures_that_do_not_match_the_containers_are_told_and_taken(tablet, centre):
    beer = BottleModel.objects.get(code="beer-75-1")
    odd = {f"accepted_{beer.pk}": 60}
    review = tablet.post(new(centre), answers(step="rejects", **odd))
    assert "note-warning" in review.content.decode()
    tablet.post(new(centre), answers(**odd))
    assert SortingBatch.objects.count() == 1


def test_rejects_are_told_with_their_model_and_summed(tablet, centre):
    beer, broken = BottleModel.objects.get(code="beer-75-1"), RejectReason.objects.get(code="broken")
    lines = {f"detail_{n}_{part}": was for n in (1, 2) for part, was in (("model", beer.pk), ("reason", broken.pk), ("quantity", n))}
    tablet.post(new(centre), answers(**lines))
    assert set(SortingBatch.objects.get().rejects.values_list("bottle_model", "quantity")) == {(beer.pk, 3), (None, 10)}


def test_a_reject_told_in_half_is_asked_again(tablet, centre):
    broken = RejectReason.objects.get(code="broken")
    page = tablet.post(new(centre), answers(detail_1_quantity=5, detail_1_reason=broken.pk))
    assert (shown(page), page.context["form"].has_error("detail_1_model")) == ("rejects", True)


def test_whoever_recorded_a_batch_undoes_it_from_its_receipt(tablet, centre):
    address = tablet.post(new(centre), answers())["Location"]
    form = re.search(r'action="(/annuler/[^"]+)" data-undo', tablet.get(address).content.decode())
    tablet.post(form[1], {"next": address}, headers={"Sec-Fetch-Site": "same-origin"})
    assert SortingBatch.objects.get().cancelled_at
    assert "data-cancelled" in tablet.get(address).content.decode()
    assert bottle_stock() == []


@pytest.mark.parametrize("role", ["carrier"])
def test_other_roles_are_refused(client, centre, role):
    browser = signed_in(client, role)
    for address in ("/tri/", "/tri/bouteilles/", f"/tri/{centre.uuid}/", new(centre)):
        assert browser.get(address).status_code == 403
    assert browser.post(new(centre), answers()).status_code == 403
    assert not SortingBatch.objects.exists()


def test_a_shop_is_no_sorting_centre(tablet):
    from stores.tests.factories import StoreFactory

    assert tablet.get(new(StoreFactory())).status_code == 404


def test_the_sorting_centre_lands_on_its_page_after_signing_in_and_the_admin_says_no(client, centre):
    user = UserFactory(role="sorting")
    done = client.post("/compte/login/", {"login": user.email, "password": PASSWORD})
    assert done["Location"] == "/tri/"
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_stock_of_bottles_is_shown_by_model_and_stage_on_any_day_and_as_a_file(tablet, centre):
    long_ago = timezone.now() - dt.timedelta(days=20)
    beer = BottleMovementFactory(to_store=centre, quantity=3000, occurred_at=long_ago).bottle_model
    send_to_washing(centre, WasherFactory(), [BottleLine(beer, pallets=3)], key=uuid.uuid4(), occurred_at=timezone.now(), by=Actor.system())
    page = tablet.get("/tri/bouteilles/")
    assert page.context["models"][0][1] == [-600, 3600, 0]
    assert "exclamation-triangle" in page.content.decode()
    before = tablet.get("/tri/bouteilles/", {"day": f"{timezone.localdate() - dt.timedelta(days=5)}"})
    assert before.context["models"][0][1] == [3000, 0, 0]
    for impossible in ("2026-02-31", "nonsense", "1999-01-01", "9999-12-31"):
        assert tablet.get("/tri/bouteilles/", {"day": impossible}).context["models"] == page.context["models"]
    rows = list(csv.reader(io.StringIO(tablet.get("/tri/bouteilles/?format=csv").content.decode("utf-8-sig")), delimiter=";"))
    assert sorted(row[-1] for row in rows[1:]) == ["-600", "3600"]
    assert tablet.get("/tri/bouteilles/?format=exe").status_code == 404


# -- the admin


@pytest.fixture
def desk(client):
    """A coordinator's browser, in English."""
    return signed_in(client, "coordinator")


def moment():
    now = timezone.localtime()
    return {"occurred_at_0": f"{now:%Y-%m-%d}", "occurred_at_1": f"{now:%H:%M:%S}"}


def test_a_coordinator_cancels_a_batch_with_a_reason_once(desk, centre):
    desk.post(new(centre), answers())
    batch = SortingBatch.objects.get()
    page = f"/admin/crates/sortingbatch/{batch.pk}"
    assert desk.get("/admin/crates/sortingbatch/").status_code == desk.get(f"{page}/change/").status_code == 200
    assert desk.post(f"{page}/cancel/", {"reason": ""}).status_code == 200
    desk.post(f"{page}/cancel/", {"reason": "Wrong day"})
    batch.refresh_from_db()
    assert batch.cancelled_reason == "Wrong day"
    assert desk.get(f"{page}/cancel/").status_code == 403
    movement = desk.get(f"/admin/crates/movement/{batch.movement_id}/change/").content.decode()
    assert f"{page}/change/" in movement


def test_a_batchs_movement_is_not_taken_back_behind_its_back(desk, centre):
    desk.post(new(centre), answers())
    movement = SortingBatch.objects.get().movement
    assert desk.post(f"/admin/crates/movement/{movement.pk}/cancel/", {"reason": "No"}).status_code == 403


def test_a_trip_from_a_hub_is_one_movement_both_ways(desk, centre):
    from crates.queries import stock_of
    from crates.tests.factories import HubFactory

    hub, crate = HubFactory(), ContainerType.objects.get(code="75")
    page = "/admin/crates/sortingbatch/trip/"
    assert desk.get(page).status_code == 200
    given = {"key": uuid.uuid4(), "hub": hub.pk, "centre": centre.pk, f"full_{crate.pk}": 30, f"empty_{crate.pk}": 20, **moment()}
    for _twice in range(2):
        assert desk.post(page, given).status_code == 302
    line = stock_of(centre)[0]
    assert (line.raw_full, line.total) == (30, 10)
    assert stock_of(hub)[0].total == -10
    nothing = {**given, "key": uuid.uuid4(), f"full_{crate.pk}": "", f"empty_{crate.pk}": ""}
    assert desk.post(page, nothing).context["form"].non_field_errors()


def test_bottles_go_to_washing_come_back_and_are_delivered_from_the_admin(desk, centre):
    from stores.enums import Kind
    from stores.tests.factories import StoreFactory

    beer, washer, producer = BottleModel.objects.get(code="beer-75-1"), WasherFactory(), StoreFactory(kind=Kind.PRODUCER)
    at = "/admin/crates/bottlemovement"
    journey = [
        ("send", centre, washer, {f"pallets_{beer.pk}": 2}),
        ("receive", washer, centre, {f"pallets_{beer.pk}": 1, f"bottles_{beer.pk}": 1150, f"broken_{beer.pk}": 50}),
        ("deliver", centre, producer, {f"pallets_{beer.pk}": 1}),
    ]
    for act, giver, taker, figures in journey:
        assert desk.get(f"{at}/{act}/").status_code == 200
        given = {"key": uuid.uuid4(), "giver": giver.pk, "taker": taker.pk, "remark": "", **figures, **moment()}
        for _twice in range(2):
            assert desk.post(f"{at}/{act}/", given).status_code == 302
    found = {line.stage: line.quantity for line in bottle_stock()}
    assert found == {BottleStage.SORTED: -2400, BottleStage.WASHED: 1150}
    wrong = desk.post(f"{at}/send/", {"key": uuid.uuid4(), "giver": centre.pk, "taker": washer.pk, **moment()})
    assert wrong.context["form"].non_field_errors()
    assert desk.get(f"{at}/?standing=holds").status_code == 200


def test_a_movement_of_bottles_is_cancelled_once_with_a_reason(desk, centre):
    movement = BottleMovementFactory(to_store=centre)
    page = f"/admin/crates/bottlemovement/{movement.pk}"
    assert desk.get(f"{page}/change/").status_code == 200
    desk.post(f"{page}/cancel/", {"reason": "Twice"})
    assert bottle_stock() == []
    assert desk.get(f"{page}/cancel/").status_code == 403
    assert desk.get("/admin/crates/bottlemovement/?standing=taken_back").context["cl"].result_count == 2


def test_models_and_reasons_are_edited_and_never_deleted(desk):
    beer = BottleModel.objects.get(code="beer-75-1")
    fields = {"name_fr": "bière", "name_en": "beer", "volume_cl": 75, "pallet_bottles": 1152, "position": 1, "is_active": "on"}
    desk.post(f"/admin/crates/bottlemodel/{beer.pk}/change/", fields)
    beer.refresh_from_db()
    assert (beer.pallet_bottles, beer.code) == (1152, "beer-75-1")
    assert desk.get(f"/admin/crates/bottlemodel/{beer.pk}/delete/").status_code == 403
    desk.post(
        "/admin/crates/rejectreason/add/", {"code": "paint", "name_fr": "peinte", "name_en": "painted", "position": 9, "is_active": "on"}
    )
    assert RejectReason.objects.filter(code="paint").exists()


def test_the_lists_take_as_many_queries_for_twenty_as_for_one(desk, centre, django_assert_max_num_queries):
    for _batch in range(20):
        desk.post(new(centre), answers())
    desk.get("/admin/crates/sortingbatch/")
    with django_assert_max_num_queries(13):
        desk.get("/admin/crates/sortingbatch/")
    with django_assert_max_num_queries(11):
        desk.get("/admin/crates/bottlemovement/")
    with django_assert_max_num_queries(13):
        desk.get(f"/tri/{centre.uuid}/")
    assert SortingBatch.objects.filter(movement__entries__content=Content.EMPTY).distinct().count() == 20
