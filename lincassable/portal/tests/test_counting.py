"""The guided count: with the store's card and signed in, with and without a script, once however often it is sent."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause, Content
from crates.models import Act, Count, Declaration, Inventory, Movement
from crates.queries import stock_of
from crates.services import CountedLine, MovedLine, record_inventory, record_transfer
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import ORIGIN, QUEUE, container, phone_of, use
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
ADDRESS = "/p/inventaire/"


@pytest.fixture
def shop():
    ContainerTypeFactory()
    store = StoreFactory(name="La Cagette")
    use(store, "75", "33")
    count(store, 40, 12)
    return store


def count(store, total, full=None, days_ago=10, code="75"):
    moment = timezone.now() - dt.timedelta(days=days_ago)
    return record_inventory(store, key=uuid.uuid4(), counted_at=moment, lines=[CountedLine(container(code), total, full)], by=BY)


def answers(**values):
    return {"key": str(uuid.uuid4()), "empty_75": "", "full_75": "", "empty_33": "", "full_33": "", **values}


def shown(response) -> str:
    """The one screen that is shown."""
    found = re.findall(r'<section data-count-step="(\w+)"([^>]*)>', response.content.decode())
    (screen,) = [code for code, rest in found if "hidden" not in rest]
    return screen


def note(response) -> str:
    return re.search(r"data-count-note[^>]*>([^<]*)<", response.content.decode())[1]


def send(phone, data, go="send", *, address=ADDRESS, queued=False):
    return phone.post(address, {**data, "go": go}, headers=QUEUE if queued else ORIGIN)


def test_without_a_script_one_kind_follows_the_other_and_nothing_typed_is_lost(shop):
    phone = phone_of(shop)
    first = phone.get(ADDRESS)
    assert shown(first) == "75"
    assert note(first) == ""  # the last count is not shown before
    data = answers(empty_75="27", full_75="12")
    second = send(phone, data, "next:75")
    assert shown(second) == "33"
    assert "39 counted" in note(second)
    assert "Last count on" in note(second)
    assert ": 40, of which 12 full" in note(second)
    assert "Expected: 40" in note(second)
    assert 'name="full_75" value="12"' in second.content.decode()
    last = send(phone, {**data, "empty_33": "0", "full_33": "3"}, "next:33")
    assert shown(last) == "summary"
    done = send(phone, {**data, "empty_33": "0", "full_33": "3", "note": "behind the door"})
    assert done.status_code == 302
    inventory = Inventory.objects.get(key=data["key"])
    assert {(line.container_type.code, line.total, line.full) for line in inventory.lines.all()} == {("75", 39, 12), ("33", 3, 3)}
    assert inventory.note == "behind the door"
    assert "39" in phone.get(done["Location"]).content.decode()
    assert check_ledger() == []


def test_a_count_far_from_what_was_expected_is_asked_for_again_and_the_second_answer_holds(shop):
    phone, data = phone_of(shop), answers(empty_75="8", full_75="5")
    again = send(phone, data, "next:75")
    assert shown(again) == "75"
    assert "13 counted" in note(again)
    assert 'name="empty_75" value="8"' in again.content.decode()
    assert 'name="again_75" value="on"' in again.content.decode()
    assert not Inventory.objects.filter(key=data["key"]).exists()
    assert shown(send(phone, {**data, "again_75": "on"}, "next:75")) == "33"
    assert send(phone, {**data, "again_75": "on"}).status_code == 302
    assert stock_of(shop)[0].total == 13


def test_a_browser_that_jumps_to_the_end_is_asked_too(shop):
    phone, data = phone_of(shop), answers(empty_75="8", full_75="5")
    assert shown(send(phone, data)) == "75"
    assert not Inventory.objects.filter(key=data["key"]).exists()


def test_what_waited_on_a_phone_is_taken_as_it_is(shop):
    phone, data = phone_of(shop), answers(empty_75="8", full_75="5")
    response = send(phone, data, queued=True)
    assert response.json() == {"redirect": f"/p/inventaire/{data['key']}/"}
    assert stock_of(shop)[0].total == 13


def test_within_the_tolerance_or_at_the_first_count_nothing_is_asked_again(shop):
    phone = phone_of(shop)
    assert shown(send(phone, answers(empty_75="25", full_75="12"), "next:75")) == "33"  # 37: three fewer
    assert shown(send(phone, answers(empty_33="90", full_33="9"), "next:33")) == "summary"
    assert shown(send(phone, answers(empty_75="24", full_75="12"), "next:75")) == "75"  # 36: four fewer


def test_nothing_at_all_is_a_count_of_zero(shop):
    phone, data = phone_of(shop), answers(empty_75="0", full_75="0", again_75="on")
    assert send(phone, data).status_code == 302
    assert (stock_of(shop)[0].total, stock_of(shop)[0].full) == (0, 0)
    assert check_ledger() == []


@pytest.mark.parametrize(("values", "screen"), [({"empty_75": "3"}, "75"), ({"full_75": "-1", "empty_75": "2"}, "75")])
def test_a_wrong_answer_stays_on_its_screen(shop, values, screen):
    phone, data = phone_of(shop), answers(**values)
    for go in ("next:75", "send"):
        response = send(phone, data, go)
        assert (response.status_code, shown(response)) == (422, screen)
        assert "has-errors" in response.content.decode()
    assert not Inventory.objects.filter(key=data["key"]).exists()


def test_a_kind_may_be_left_out_but_not_all_of_them(shop):
    phone, data = phone_of(shop), answers(empty_75="5", full_75="2")
    skipped = send(phone, data, "skip:75")
    assert shown(skipped) == "33"
    assert 'name="empty_75" value="5"' not in skipped.content.decode()
    nothing = send(phone, answers(), queued=True)
    assert nothing.status_code == 422
    assert "data-outbox" in nothing.json()["html"]
    data = answers(empty_33="4", full_33="1")
    assert send(phone, data).status_code == 302
    assert [line.container_type.code for line in Inventory.objects.get(key=data["key"]).lines.all()] == ["33"]


def test_one_may_go_back(shop):
    phone = phone_of(shop)
    assert shown(send(phone, answers(empty_75="27", full_75="12"), "back:33")) == "75"
    assert shown(send(phone, answers(empty_75="27", full_75="12"), "back:summary")) == "33"


def test_a_count_sent_twice_is_one_count(shop):
    phone, data = phone_of(shop), answers(empty_75="27", full_75="12")
    assert send(phone, data, queued=True).status_code == send(phone, data, queued=True).status_code == 200
    assert Inventory.objects.filter(key=data["key"]).count() == 1


def test_a_second_count_the_same_day_holds_and_one_made_offline_stands_at_its_own_time(shop):
    phone, now = phone_of(shop), timezone.now()
    send(phone, answers(empty_75="27", full_75="12"), queued=True)
    send(phone, answers(empty_75="26", full_75="12"), queued=True)
    assert stock_of(shop)[0].total == 38
    earlier = answers(empty_75="20", full_75="10", occurred_at=(now - dt.timedelta(days=2)).isoformat())
    send(phone, earlier, queued=True)
    assert stock_of(shop)[0].total == 38  # the newer counts hold
    assert Inventory.objects.get(key=earlier["key"]).counted_at == now - dt.timedelta(days=2)
    assert check_ledger() == []


def test_a_time_that_cannot_be_is_replaced_by_the_time_of_receipt(shop):
    data = answers(empty_75="27", full_75="12", occurred_at=(timezone.now() + dt.timedelta(days=3)).isoformat())
    send(phone_of(shop), data, queued=True)
    assert abs(Inventory.objects.get(key=data["key"]).counted_at - timezone.now()) < dt.timedelta(minutes=1)


def test_a_form_of_another_place_is_kept_by_the_phone(shop):
    data = answers(empty_75="1", full_75="1", scope=str(StoreFactory().uuid))
    assert send(phone_of(shop), data, queued=True).status_code == 409
    assert not Inventory.objects.filter(key=data["key"]).exists()


def test_a_key_that_another_place_used_is_refused(shop):
    other = StoreFactory()
    use(other, "75")
    data = answers(empty_75="1", full_75="1")
    send(phone_of(other), data, queued=True)
    assert send(phone_of(shop), data, queued=True).status_code == 422
    assert Inventory.objects.get(key=data["key"]).store == other


def test_a_count_under_a_replaced_card_is_held_for_a_coordinator(shop):
    phone, data = phone_of(shop), answers(empty_75="8", full_75="5")
    links.rotate(links.link_for(AccessLink.STORE, shop.pk), by=BY)
    answer = send(phone, data, queued=True)
    assert phone.get(answer.json()["redirect"])["Location"] == f"/p/recu/{data['key']}/"
    held = Declaration.objects.get(key=data["key"])
    assert held.state == Declaration.HELD
    assert [(line.total, line.full) for line in held.lines.all()] == [(13, 5)]
    assert stock_of(shop)[0].total == 40


def test_another_places_receipt_does_not_exist_here(shop):
    other = count(StoreFactory(), 4)
    assert phone_of(shop).get(f"/p/inventaire/{other.key}/").status_code == 404


# -- signed in


@pytest.fixture
def hub():
    hub = HubFactory()
    moved = [MovedLine(ContainerTypeFactory(), Content.FULL, 30)]
    moment = timezone.now() - dt.timedelta(days=3)
    record_transfer(StoreFactory(), hub, moved, key=uuid.uuid4(), occurred_at=moment, by=BY, cause=Cause.TRANSFER)
    return hub


def signed_in(role):
    browser = Client(headers={"Accept-Language": "en"})
    user = UserFactory(role=role)
    browser.force_login(user)
    return browser, user


@pytest.mark.parametrize("role", ["coordinator", "administrator", "sorting"])
def test_who_may_count_counts_a_hub_and_may_undo_it(hub, role):
    browser, user = signed_in(role)
    assert str(hub.uuid) in browser.get("/inventaire/").content.decode()
    address = f"/inventaire/{hub.uuid}/"
    assert shown(browser.get(address)) == "75"
    data = {"key": str(uuid.uuid4()), "empty_75": "0", "full_75": "28"}
    done = send(browser, data, address=address)
    assert (stock_of(hub)[0].total, stock_of(hub)[0].full) == (28, 28)
    act = Act.objects.get(actor_id=user.pk)
    assert f"/annuler/{act.key}/" in browser.get(done["Location"]).content.decode()
    browser.post(f"/annuler/{act.key}/", {"next": done["Location"]}, headers=ORIGIN)
    assert stock_of(hub)[0].total == 30
    assert "data-withdrawn" in browser.get(done["Location"]).content.decode()
    assert check_ledger() == []


def test_a_place_is_found_by_name_without_accents(hub):
    StoreFactory(name="Épicerie Zoé")
    assert "Épicerie Zoé" in signed_in("sorting")[0].get("/inventaire/?q=zoe").content.decode()


def test_a_carrier_may_not_count(hub):
    browser, _user = signed_in("carrier")
    assert browser.get("/inventaire/").status_code == 403
    address = f"/inventaire/{hub.uuid}/"
    assert browser.get(address).status_code == 403
    assert send(browser, {"key": str(uuid.uuid4()), "empty_75": "0", "full_75": "28"}, address=address).status_code == 403
    assert not Inventory.objects.exists()


def test_a_form_from_elsewhere_counts_nothing(hub):
    browser, _user = signed_in("coordinator")
    data = {"key": str(uuid.uuid4()), "empty_75": "0", "full_75": "28", "go": "send"}
    assert browser.post(f"/inventaire/{hub.uuid}/", data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not Inventory.objects.exists()


def test_a_past_count_between_two_others_leaves_todays_stock(shop):
    count(shop, 44, 20, days_ago=2)
    count(shop, 35, 5, days_ago=5)
    assert stock_of(shop)[0].total == 44
    assert Count.objects.count() == 3
    assert Movement.objects.filter(inventory__isnull=False).count() > 3
    assert check_ledger() == []
