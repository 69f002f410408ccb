"""The list of products on a store's phone: prefilled, sent whole or from a dead spot, never another store's."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import ORIGIN, QUEUE, phone_of
from references.enums import ShelfState
from references.models import HeldList, ShelfCheck, ShelfItem
from references.services import accept_held_list, refuse_held_list
from references.tests.factories import ReferenceFactory, ShelfItemFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
PAGE, ADD = "/p/references/", "/p/references/ajouter/"


@pytest.fixture
def item():
    """A beer that La Cagette had on its shelf last month."""
    month_ago = timezone.now() - dt.timedelta(days=30)
    return ShelfItemFactory(store__name="La Cagette", reference__name="Blonde du Port", said_at=month_ago, since=month_ago)


def filled(*rows, **more):
    return {"key": str(uuid.uuid4()), **{f"state_{reference.uuid}": state for reference, state in rows}, **more}


def send(phone, data, *, queued=False, page=PAGE):
    return phone.post(page, data, headers=QUEUE if queued else ORIGIN)


def test_the_list_is_prefilled_with_what_is_known(item):
    ShelfItemFactory()  # of another store
    page = phone_of(item.store).get(PAGE)
    html = page.content.decode()
    assert [(row.reference, row.state) for row in page.context["rows"]] == [(item.reference, ShelfState.AVAILABLE)]
    assert html.count("<fieldset") == 1
    assert html.count(" checked") == 1
    assert 'value="available" checked' in html


def test_the_home_leads_to_it(item):
    assert f'href="{PAGE}"' in phone_of(item.store).get("/p/").content.decode()


def test_a_sent_list_is_noted_with_the_first_name_and_thanked_for(item):
    phone = phone_of(item.store)
    response = send(phone, filled((item.reference, "out"), first_name="Lou"))
    check = ShelfCheck.objects.get()
    assert response.url == f"{PAGE}recu/{check.key}/"
    assert (check.store, check.first_name, check.changes) == (item.store, "Lou", 1)
    assert ShelfItem.objects.get().state == ShelfState.OUT
    assert f'data-shelf-receipt="{check.key}"' in phone.get(response.url).content.decode()
    assert phone_of(StoreFactory()).get(response.url).status_code == 404
    assert 'value="Lou"' in phone.get(PAGE).content.decode()


def test_a_list_from_a_dead_spot_counts_once_at_its_own_time(item):
    phone, when = phone_of(item.store), timezone.now() - dt.timedelta(hours=20)
    data = filled((item.reference, "stopped"), occurred_at=when.isoformat(), scope=str(item.store.uuid))
    answers = [send(phone, data, queued=True).json() for _ in "12"]
    assert answers[0] == answers[1]
    assert ShelfCheck.objects.get().checked_at == when


def test_a_list_filled_in_for_another_place_is_kept_by_the_phone(item):
    response = send(phone_of(item.store), filled((item.reference, "out"), scope=str(uuid.uuid4())), queued=True)
    assert response.status_code == 409
    assert not ShelfCheck.objects.exists()


def test_what_cannot_be_understood_comes_back_with_every_choice(item):
    other = ShelfItemFactory(store=item.store)
    phone = phone_of(item.store)
    data = filled((item.reference, "gone"), (other.reference, "out"))
    response = send(phone, data)
    assert response.status_code == 422
    assert 'value="out" checked' in response.content.decode()
    assert send(phone, {**data, "key": "x"}, queued=True).json()["html"]
    assert not ShelfCheck.objects.exists()


def test_names_that_are_no_products_are_left_out(item):
    data = filled((item.reference, "out")) | {"state_x": "out", f"state_{uuid.uuid4()}": "out"}
    assert send(phone_of(item.store), data).status_code == 302
    assert ShelfItem.objects.count() == 1


def test_a_product_is_found_without_its_accents_and_added_once(item):
    brown = ReferenceFactory(name="Brune épicée", producer__name="Brasserie du Môle", ean="12345670")
    ReferenceFactory(name="Brune retirée", on_market_to=timezone.localdate() - dt.timedelta(days=1))
    phone = phone_of(item.store)
    for sought in ("epicee mole", "123456", "BRUNE"):
        assert phone.get(ADD, {"q": sought}).context["products"] == [brown]
    assert phone.get(ADD, {"q": "Blonde du Port"}).context["products"] == []  # it is listed already
    assert phone.get(ADD, {"q": "\x00%"}).status_code == 200
    for _ in "12":
        assert send(phone, {"reference": [str(brown.uuid), "x"]}, page=ADD).url == PAGE
    assert set(ShelfItem.objects.filter(store=item.store).values_list("reference", flat=True)) == {item.reference_id, brown.pk}


def test_adding_nothing_asks_for_a_tick(item):
    assert send(phone_of(item.store), {}, page=ADD).status_code == 422


def test_the_list_asks_the_database_as_often_for_fifty_products_as_for_one(item, django_assert_max_num_queries):
    phone = phone_of(item.store)
    for _ in range(50):
        ShelfItemFactory(store=item.store)
    with django_assert_max_num_queries(8):
        phone.get(PAGE)


def old_card(item):
    """A phone whose card was replaced since."""
    phone = phone_of(item.store)
    links.rotate(links.link_for(AccessLink.STORE, item.store.pk), by=Actor.system())
    return phone


def test_a_list_queued_under_a_replaced_card_is_held_until_a_coordinator_accepts_it(item, client):
    phone, data = old_card(item), filled((item.reference, "out"), first_name="Lou", scope=str(item.store.uuid))
    assert phone.get(PAGE).status_code == 403
    answer = send(phone, data, queued=True)
    assert send(phone, data, queued=True).json() == answer.json()
    assert "data-shelf-held" in phone.get(answer.json()["redirect"]).content.decode()
    item.refresh_from_db()
    held = HeldList.objects.get()
    assert (item.state, ShelfCheck.objects.count(), held.store, held.accepted) == (ShelfState.AVAILABLE, 0, item.store, None)
    client.force_login(UserFactory(role="coordinator"))
    page = client.get(reverse("admin:references_heldlist_change", args=[held.pk]))
    assert 'data-held="waiting"' in page.content.decode()
    for _twice in "12":
        assert client.post(reverse("admin:references_heldlist_settle", args=[held.pk]), {"answer": "accept"}).status_code == 302
    item.refresh_from_db()
    check = ShelfCheck.objects.get()
    assert (item.state, check.key, check.first_name, check.checked_at) == (ShelfState.OUT, held.key, "Lou", held.checked_at)
    assert "data-shelf-receipt" in phone.get(answer.json()["redirect"]).content.decode()


def test_what_was_said_since_is_not_overwritten_by_a_list_accepted_late_and_a_refused_one_does_nothing(item):
    phone = old_card(item)
    send(phone, filled((item.reference, "out"), occurred_at=(timezone.now() - dt.timedelta(days=2)).isoformat()), queued=True)
    send(phone, filled((item.reference, "stopped")), queued=True)
    older, newer = HeldList.objects.order_by("checked_at")
    send(phone_of(item.store), filled((item.reference, "available")))
    accept_held_list(older, by=Actor.system())
    refuse_held_list(newer, by=Actor.system())
    item.refresh_from_db()
    assert item.state == ShelfState.AVAILABLE
    with pytest.raises(ValidationError):
        accept_held_list(newer, by=Actor.system())


def test_a_list_that_was_taken_before_the_card_was_replaced_is_not_held_again(item):
    phone, data = phone_of(item.store), filled((item.reference, "out"))
    send(phone, data)
    links.rotate(links.link_for(AccessLink.STORE, item.store.pk), by=Actor.system())
    assert send(phone, data, queued=True).status_code == 200
    assert not HeldList.objects.exists()
