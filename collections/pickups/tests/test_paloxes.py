"""Numbered paloxes at a stop: typed or scanned, told once to the paloxes' history, unknown numbers kept for a coordinator."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent
from crates.services.catalogue import use_container
from crates.services.paloxes import register_palox, see_palox
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from pickups import services
from pickups.enums import StopState, TourState
from pickups.lines import ActualLine, PaloxNumbers
from pickups.models import Stop, StopPalox
from pickups.services import register_stop_palox
from pickups.tests.factories import StopPaloxFactory, container
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def given(taken=(), left=()) -> PaloxNumbers:
    return PaloxNumbers(taken, left)


def known(number: str, **kwargs) -> Palox:
    return register_palox(number, by=Actor.system(), **kwargs)


def test_a_palox_taken_is_at_the_hub_and_one_left_is_at_the_store(scene):
    made = scene(TourState.ACCEPTED)
    stop = made.stops[0]
    full, empty = known("INC-1", store=stop.store), known("INC-2", store=made.tour.hub)
    done = made.complete(stop, paloxes=given(["inc-1"], ["https://x.example/palox/INC-2"]))
    full.refresh_from_db()
    empty.refresh_from_db()
    assert (full.store, full.state, full.last_seen_at) == (made.tour.hub, PaloxState.IN_STOCK, done.completed_at)
    assert (empty.store, empty.state) == (stop.store, PaloxState.STORE)
    event = full.events.get(origin_kind="stop")
    assert (event.origin_id, event.actor_kind, event.actor_id) == (stop.pk, "link", made.driver.id)
    assert set(done.paloxes.values_list("number", "direction", "palox")) == {("inc-1", "taken", full.pk), ("INC-2", "left", empty.pk)}


def test_the_same_form_again_tells_the_paloxes_nothing_new(scene):
    made, palox, key = scene(TourState.ACCEPTED), known("INC-1"), uuid.uuid4()
    for _again in range(3):
        made.complete(made.stops[0], key=key, paloxes=given(["INC-1"]))
    made.complete(made.stops[0], paloxes=given(["INC-1"], ["INC-1"]))  # a second phone
    assert palox.events.count() == 1
    assert StopPalox.objects.count() == 1


def test_an_unknown_number_is_kept_and_creates_nothing(scene):
    made = scene(TourState.ACCEPTED)
    made.complete(made.stops[0], paloxes=given(["INC-404"]))
    row = StopPalox.objects.get()
    assert (row.number, row.palox) == ("INC-404", None)
    assert not Palox.objects.exists()
    assert not PaloxEvent.objects.exists()


def test_a_palox_taken_and_left_at_the_same_stop_was_left(scene):
    made, palox = scene(TourState.ACCEPTED), known("INC-1")
    made.complete(made.stops[0], paloxes=given(["INC-1"], ["inc-1"]))
    palox.refresh_from_db()
    assert palox.store == made.stops[0].store
    assert palox.events.count() == 2


def test_at_a_missed_stop_no_palox_moves(scene):
    made, palox = scene(TourState.ACCEPTED), known("INC-1")
    services.complete_stop(
        made.stops[0], [], key=uuid.uuid4(), by=made.driver, outcome=StopState.MISSED, reason="closed", paloxes=given(["INC-1"])
    )
    assert not palox.events.exists()


def test_a_form_from_a_dead_spot_does_not_bring_a_palox_back(scene):
    made, palox, elsewhere = scene(TourState.ACCEPTED), known("INC-1"), StoreFactory()
    then = timezone.now() - timedelta(hours=3)
    see_palox("INC-1", store=elsewhere, state=PaloxState.STORE, at=timezone.now() - timedelta(hours=1), key=uuid.uuid4(), by=Actor.system())
    made.complete(made.stops[0], occurred_at=then, paloxes=given(["INC-1"]))
    palox.refresh_from_db()
    assert palox.store == elsewhere
    assert palox.events.get(origin_kind="stop").at == then


@pytest.mark.parametrize("numbers", [["x" * 41], [" "], [f"N{n}" for n in range(101)]])
def test_what_cannot_be_a_number_is_refused_before_anything_is_written(scene, numbers):
    made = scene(TourState.ACCEPTED)
    with pytest.raises(ValidationError) as refused:
        made.complete(made.stops[0], paloxes=given(numbers))
    assert "paloxes_taken" in refused.value.error_dict
    assert Stop.objects.get(pk=made.stops[0].pk).state == StopState.TO_DO


def test_a_coordinator_registers_an_unknown_number_and_the_palox_is_where_the_driver_said(scene):
    made = scene(TourState.ACCEPTED)
    done = made.complete(made.stops[0], paloxes=given(left=["INC-7"]))
    row = done.paloxes.get()
    with pytest.raises(PermissionDenied):
        register_stop_palox(row, by=made.driver)
    for _again in range(2):
        row = register_stop_palox(row, by=made.coordinator)
    assert (row.palox.store, row.palox.last_seen_at) == (done.store, done.completed_at)
    assert row.palox.events.count() == 1


def test_a_number_registered_meanwhile_is_only_moved(scene):
    made = scene(TourState.ACCEPTED)
    done = made.complete(made.stops[0], paloxes=given(["INC-7"]))
    palox = known("inc-7")
    assert register_stop_palox(done.paloxes.get(), by=made.coordinator).palox == palox
    palox.refresh_from_db()
    assert palox.store == made.tour.hub


def test_the_database_keeps_a_number_once_per_stop_and_direction(scene):
    row = StopPaloxFactory(number="INC-1")
    with pytest.raises(IntegrityError, match="palox_once_per_stop_and_direction"), transaction.atomic():
        StopPaloxFactory(stop=row.stop, number="inc-1")


# -- the pages


def driver_of(made) -> Client:
    phone = Client(headers={"Accept-Language": "en"})
    phone.get(f"/chauffeur/{links.token(services.driver_link(made.tour))}")
    return phone


def form(stop, **more) -> dict:
    data = {"key": str(uuid.uuid4()), "outcome": "done", "full_75": "10", "empty_75": "8", "full_palox": "1", "empty_palox": "0"}
    return {**data, **more}


@pytest.fixture
def visit(scene):
    """A tour whose first store uses paloxes, and its driver's phone."""
    made = scene(TourState.ACCEPTED)
    for code in ("75", "palox"):
        use_container(made.stops[0].store, container(code), by=made.coordinator)
    return made, driver_of(made), made.stops[0], f"/chauffeur/arret/{made.stops[0].uuid}/"


def test_the_driver_is_asked_for_numbers_where_paloxes_are_used_and_finds_them_behind_more_elsewhere(visit):
    made, phone, _stop, address = visit
    assert b'name="paloxes_taken"' in phone.get(address).content.split(b"data-more")[0]
    first, more = phone.get(f"/chauffeur/arret/{made.stops[1].uuid}/").content.split(b"data-more")
    assert b'name="paloxes_taken"' not in first
    assert b'name="paloxes_taken"' in more


def test_what_the_driver_types_is_recorded_and_shown(visit):
    _made, phone, stop, address = visit
    known("INC-1")
    assert phone.post(address, form(stop, paloxes_taken="inc-1, INC-1\nINC-404"), headers=ORIGIN).status_code == 302
    assert set(StopPalox.objects.values_list("number", "palox__number")) == {("inc-1", "INC-1"), ("INC-404", None)}
    page = phone.get(address).content.decode()
    assert "INC-404" in page[page.index("data-paloxes") :]


@pytest.mark.parametrize("text", ["x" * 41, "\n".join(f"N{n}" for n in range(101)), "y" * 7000])
def test_a_number_that_cannot_be_comes_back_with_a_sentence(visit, text):
    _made, phone, stop, address = visit
    response = phone.post(address, form(stop, paloxes_left=text), headers={**ORIGIN, "Accept": "application/json"})
    assert response.status_code == 422
    assert "paloxes_left_error" in response.json()["html"]
    assert Stop.objects.get(pk=stop.pk).state == StopState.TO_DO


def test_the_coordinator_sees_unknown_numbers_and_registers_one_by_a_button(visit, client, coordinator_user):
    made, phone, stop, address = visit
    phone.post(address, form(stop, paloxes_taken="INC-404"), headers=ORIGIN)
    client.force_login(coordinator_user)
    assert b"data-unknown-paloxes" in client.get(f"/admin/pickups/tour/{made.tour.pk}/change/").content
    page = f"/admin/pickups/tour/{made.tour.pk}/stops/{stop.uuid}/"
    assert b"data-unknown" in client.get(page).content
    register = f"{page}paloxes/{StopPalox.objects.get().pk}/register/"
    assert client.get(register).status_code == 405
    assert not Palox.objects.exists()
    assert client.post(register).status_code == 302
    assert Palox.objects.get().store == made.tour.hub
    assert b"data-unknown" not in client.get(page).content
    other = f"/admin/pickups/tour/{made.tour.pk}/stops/{made.stops[1].uuid}/paloxes/{StopPalox.objects.get().pk}/register/"
    assert client.post(other).status_code == 404


def test_a_coordinator_records_numbers_from_the_paper_slip(visit, client, coordinator_user):
    made, _phone, stop, _address = visit
    palox = known("INC-1")
    client.force_login(coordinator_user)
    pks = {code: container(code).pk for code in ("75", "palox")}
    data = {"outcome": "done", "reason": "", "paloxes_taken": "INC-1", "paloxes_left": ""}
    data |= {f"{side}_{pk}": "0" for pk in pks.values() for side in ("full", "empty")}
    page = f"/admin/pickups/tour/{made.tour.pk}/stops/{stop.uuid}/"
    assert b"paloxes_taken" in client.get(page).content
    assert client.post(page, {**data, "paloxes_taken": "x" * 41}).status_code == 200
    assert client.post(page, data).status_code == 302
    palox.refresh_from_db()
    assert palox.store == made.tour.hub


def test_others_register_nothing(visit):
    made, phone, stop, address = visit
    phone.post(address, form(stop, paloxes_taken="INC-404"), headers=ORIGIN)
    register = f"/admin/pickups/tour/{made.tour.pk}/stops/{stop.uuid}/paloxes/{StopPalox.objects.get().pk}/register/"
    for user in (made.users["carrier"], UserFactory(role="sorting")):
        stranger = Client()
        stranger.force_login(user)
        assert stranger.post(register).status_code in (302, 403)
    assert phone.post(register).status_code == 302
    assert not Palox.objects.exists()


def test_a_stop_without_numbers_says_nothing_to_the_paloxes(scene):
    made = scene(TourState.ACCEPTED)
    services.complete_stop(made.stops[0], [ActualLine(container(), 1, 1)], key=uuid.uuid4(), by=made.driver)
    assert not StopPalox.objects.exists()
