"""Undoing: who may, for how long, and what the page of a movement tells afterwards."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import ActKind, Cause, Content
from crates.models import Act, Inventory, Movement, StoreContainer
from crates.queries import rotation, stock_of
from crates.queries_counts import known_at
from crates.queries_history import chain_of
from crates.services import CountedLine, MovedLine, correct, moved_lines, record_inventory, record_transfer
from crates.services.undo import last_act, undo, undo_last, undoable
from crates.tests.factories import ActFactory, ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
ME = Actor("user", 41)
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def kind():
    return ContainerTypeFactory()


@pytest.fixture
def browser():
    browser = Client(headers={"Accept-Language": "en"})
    browser.user = UserFactory(role="coordinator")
    browser.force_login(browser.user)
    return browser


def count(store, kind, total, full=None, days=5, by=ME):
    moment = timezone.now() - dt.timedelta(days=days)
    lines = [CountedLine(kind, total, full)]
    return undoable(ActKind.INVENTORY, lambda: record_inventory(store, key=uuid.uuid4(), counted_at=moment, lines=lines, by=by), by=by)


def moved(giver, taker, kind, quantity, days=3):
    moment, lines = timezone.now() - dt.timedelta(days=days), [MovedLine(kind, Content.FULL, quantity)]
    return record_transfer(giver, taker, lines, key=uuid.uuid4(), occurred_at=moment, by=Actor.system(), cause=Cause.TRANSFER)


def test_the_last_act_is_undone_and_the_one_before_stays(kind):
    store = StoreFactory()
    count(store, kind, 40)
    count(store, kind, 35, days=1)
    undo_last(by=ME)
    assert stock_of(store)[0].total == 40
    undo_last(by=ME)
    assert stock_of(store)[0].total == 0
    with pytest.raises(ValidationError) as refusal:
        undo_last(by=ME)
    assert refusal.value.code == "nothing"
    assert check_ledger() == []


def test_nobody_undoes_what_somebody_else_did(kind):
    _row, act = count(StoreFactory(), kind, 40)
    for by in (Actor("user", 42), Actor("link", 41), Actor.system()):
        with pytest.raises(PermissionDenied):
            undo(act.key, by=by)
        assert last_act(by) is None
    with pytest.raises(PermissionDenied):
        undo(uuid.uuid4(), by=ME)


def test_after_ten_minutes_it_is_too_late(kind, settings):
    store = StoreFactory()
    _row, act = count(store, kind, 40)
    Act.objects.update(at=timezone.now() - dt.timedelta(minutes=settings.UNDO_MINUTES, seconds=1))
    with pytest.raises(ValidationError) as refusal:
        undo(act.key, by=ME)
    assert refusal.value.code == "late"
    assert last_act(ME) is None
    assert stock_of(store)[0].total == 40


def test_links_and_the_system_leave_nothing_to_undo(kind):
    for by in (Actor.system(), Actor("link", 3)):
        assert count(StoreFactory(), kind, 4, by=by)[1] is None
    assert not Act.objects.exists()


def test_a_replay_is_no_second_act(kind):
    store, key, moment = StoreFactory(), uuid.uuid4(), timezone.now()
    for _again in range(2):
        do = lambda: record_inventory(store, key=key, counted_at=moment, lines=[CountedLine(kind, 4)], by=ME)  # noqa: E731
        undoable(ActKind.INVENTORY, do, by=ME)
    assert Act.objects.count() == 1


def test_what_was_corrected_again_since_is_not_undone(kind):
    giver, taker = StoreFactory(), HubFactory()
    first = moved(giver, taker, kind, 13)

    def corrected(movement, quantity):
        lines = moved_lines(giver, taker, [MovedLine(kind, Content.FULL, quantity)])
        return undoable(ActKind.CORRECTION, lambda: correct(movement, lines, by=ME, reason="the slip"), by=ME, taken=movement)

    second, act = corrected(first, 18)
    corrected(second, 19)
    with pytest.raises(ValidationError):
        undo(act.key, by=ME)
    assert stock_of(taker)[0].full == 19
    undo_last(by=ME)
    assert stock_of(taker)[0].full == 18
    assert check_ledger() == []


def test_the_chain_tells_every_step_from_wherever_one_looks(kind):
    giver, taker = StoreFactory(), HubFactory()
    first = moved(giver, taker, kind, 13)
    lines = moved_lines(giver, taker, [MovedLine(kind, Content.FULL, 18)])
    second, _act = undoable(ActKind.CORRECTION, lambda: correct(first, lines, by=ME, reason="18, not 13"), by=ME, taken=first)
    undo_last(by=ME)
    chain = chain_of(second)
    assert [each.pk for each in chain] == sorted(each.pk for each in chain)
    quantities = [{entry.store_id: entry.quantity for entry in each.entries.all()}[taker.pk] for each in chain]
    assert quantities == [13, -13, 18, -18, 13]
    for each in chain:
        assert [one.pk for one in chain_of(each)] == [one.pk for one in chain]


def test_an_act_is_named(kind):
    assert str(ActFactory(kind=ActKind.RECOUNT)).startswith(str(ActKind.RECOUNT.label))


# -- in the admin


def test_a_correction_in_the_admin_offers_to_undo_and_shows_its_history(browser, kind):
    giver, taker = StoreFactory(), HubFactory()
    first = moved(giver, taker, kind, 13)
    data = {f"full_{kind.pk}": 18, f"empty_{kind.pk}": "", "reason": "18 were loaded, not 13"}
    page = browser.post(f"/admin/crates/movement/{first.pk}/correct/", data, follow=True).content.decode()
    act = Act.objects.get()
    assert f"/annuler/{act.key}/" in page
    assert "data-chain" in page
    assert "18 were loaded, not 13" in page
    assert str(browser.user) in page
    assert stock_of(taker)[0].full == 18
    back = f"/admin/crates/movement/{first.pk}/change/"
    for _twice in range(2):  # a double click
        browser.post(f"/annuler/{act.key}/", {"next": back}, headers=ORIGIN)
    assert stock_of(taker)[0].full == 13
    assert Movement.objects.count() == 5
    assert check_ledger() == []


def test_a_withdrawn_and_a_corrected_count_come_back(browser, kind):
    store = StoreFactory()
    inventory, _act = count(store, kind, 40, 10)
    browser.post(f"/admin/crates/inventory/{inventory.pk}/withdraw/", {"reason": "wrong shop"})
    assert stock_of(store)[0].total == 0
    undo_last(by=Actor.of_user(browser.user))
    inventory.refresh_from_db()
    assert (inventory.withdrawn_at, stock_of(store)[0].total, stock_of(store)[0].full) == (None, 40, 10)
    assert check_ledger() == []


def new_count(browser, store, kind, total, full="", **more):
    now = timezone.localtime()
    data = {"form_key": uuid.uuid4(), "store": store.pk, "counted_at_0": f"{now:%Y-%m-%d}", "counted_at_1": f"{now:%H:%M:%S}", "note": ""}
    return browser.post("/admin/crates/inventory/add/", {**data, f"total_{kind.pk}": total, f"full_{kind.pk}": full, **more})


def test_a_count_far_from_the_expected_one_is_asked_for_twice_in_the_admin(browser, kind):
    store = StoreFactory()
    count(store, kind, 40)
    first = new_count(browser, store, kind, 13)
    page = first.content.decode()
    assert first.status_code == 200
    assert "expected 40" in page
    assert 'value="13"' in page
    assert Inventory.objects.count() == 1
    assert f'name="again" value="{kind.pk}"' in page
    second = new_count(browser, store, kind, 13, again=str(kind.pk))
    assert second.status_code == 302
    assert stock_of(store)[0].total == 13
    undo_last(by=Actor.of_user(browser.user))
    assert stock_of(store)[0].total == 40


def test_within_the_tolerance_one_count_is_enough_in_the_admin(browser, kind):
    store = StoreFactory()
    count(store, kind, 40)
    assert new_count(browser, store, kind, 38, 4).status_code == 302


# -- what is known, and what rotates


def test_what_is_known_is_what_was_known_at_the_moment(kind):
    store = StoreFactory()
    count(store, kind, 40, 10, days=9)
    count(store, kind, 30, 5, days=3)
    known = known_at(store, timezone.now() - dt.timedelta(days=5))[kind.pk]
    assert (known.expected, known.last_total, known.last_full) == (40, 40, 10)
    assert known_at(StoreFactory()) == {}


def test_the_buffer_does_not_rotate(kind):
    store = StoreFactory()
    StoreContainer.objects.create(store=store, container_type=kind, buffer=6)
    assert rotation([store.pk]) == {(store.pk, kind.pk): 0}
    count(store, kind, 40)
    assert rotation([store.pk]) == {(store.pk, kind.pk): 34}
