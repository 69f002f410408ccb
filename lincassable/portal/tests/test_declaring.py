"""The declaration form: what staff send from a storeroom, and what becomes of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crates.models import Count, Declaration, Movement
from crates.queries import stock_of
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.portal.services import accept_declaration
from lincassable.portal.tests.factories import answers, container, fields, phone_of, send, use
from pickups.models import PickupRequest
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    """A shop that uses 75 cl and 33 cl crates."""
    shop = StoreFactory(name="La Cagette")
    use(shop, "75", "33")
    return shop


def full(store) -> dict[str, int]:
    """Full containers of a store, by code."""
    return {line.container_type.code: line.full for line in stock_of(store)}


def test_a_declaration_is_recorded_and_leads_to_its_receipt(store):
    phone, data = phone_of(store), answers(full_33="3", first_name="Camille", note="two are cracked")
    response = send(phone, data)
    assert response.status_code == 302
    assert response["Location"] == f"/p/recu/{data['key']}/"
    declaration = Declaration.objects.get()
    assert (declaration.store, declaration.first_name, declaration.note) == (store, "Camille", "two are cracked")
    assert declaration.actor_kind == "link"
    assert full(store) == {"75": 14, "33": 3}
    page = phone.get(response["Location"])
    assert page.status_code == 200
    assert b"14 full" in page.content


def test_a_pickup_is_not_asked_for_unless_the_box_is_ticked(store):
    phone = phone_of(store)
    page = phone.get("/p/declarer/")
    assert fields(page)["wants_pickup"] is None
    send(phone, answers())
    assert not PickupRequest.objects.exists()


def test_asking_for_a_pickup_opens_one_request_that_a_second_form_updates(store):
    phone = phone_of(store)
    send(phone, answers(wants_pickup="on", note="before Friday"))
    request = PickupRequest.objects.get()
    assert (request.store, request.note, request.declaration) == (store, "before Friday", Declaration.objects.get())
    send(phone, answers(wants_pickup="on", note="the gate is shut"))
    request.refresh_from_db()
    assert PickupRequest.objects.count() == 1
    assert "gate" in request.note
    assert request.declaration == Declaration.objects.first()


def test_the_same_form_sent_twice_counts_once_and_shows_the_same_receipt(store):
    phone, data = phone_of(store), answers(wants_pickup="on")
    first, second = send(phone, data), send(phone, data, queued=True)
    assert second.json()["redirect"] == first["Location"]
    assert Declaration.objects.count() == PickupRequest.objects.count() == 1
    assert Movement.objects.count() == 1


def test_a_replay_after_the_pickup_does_not_ask_again(store):
    phone, data = phone_of(store), answers(wants_pickup="on")
    send(phone, data)
    PickupRequest.objects.update(state="collected", closed_at=timezone.now())
    send(phone, data)
    assert PickupRequest.objects.open().count() == 0


def test_the_queue_of_the_phone_is_answered_in_json(store):
    phone = phone_of(store)
    data = answers(occurred_at=(timezone.now() - timedelta(days=2)).isoformat())
    response = send(phone, data, queued=True)
    assert response.status_code == 200
    assert response.json() == {"redirect": f"/p/recu/{data['key']}/"}
    age = timezone.now() - Declaration.objects.get().declared_at
    assert timedelta(days=2) <= age < timedelta(days=2, minutes=1)


@pytest.mark.parametrize("moment", ["", "yesterday", "99999999999", "2026-13-45T99:99:99Z"])
def test_an_unreadable_time_does_not_lose_the_form(store, moment):
    assert send(phone_of(store), answers(occurred_at=moment)).status_code == 302
    assert Declaration.objects.get().claimed_at is None


def test_a_clock_in_the_future_is_kept_as_a_claim_and_the_receipt_says_so(store):
    phone = phone_of(store)
    claimed = timezone.now() + timedelta(days=3)
    response = send(phone, answers(occurred_at=claimed.isoformat()))
    assert Declaration.objects.get().claimed_at == claimed
    assert b"clock" in phone.get(response["Location"]).content


@pytest.mark.parametrize(
    "wrong",
    [
        {"full_75": "many"},
        {"full_75": "-1"},
        {"full_75": "10000"},
        {"full_75": "99999999999999999999"},
        {"full_75": "1.5"},
        {"full_75": "", "full_33": ""},
        {"full_75": "14", "total_75": "-3"},
        {"key": "not-a-key"},
        {"key": ""},
        {"first_name": "x" * 61},
        {"note": "x" * 501},
        {"note": "nul \x00 sign"},
        {"full_75": "14", "total_75": "10"},
    ],
)
def test_a_wrong_answer_is_shown_again_with_its_errors_and_nothing_is_recorded(store, wrong):
    phone = phone_of(store)
    response = send(phone, answers(**wrong))
    assert response.status_code == 422
    assert b"data-form-errors" in response.content
    queued = send(phone, answers(**wrong), queued=True)
    assert queued.status_code == 422
    assert "data-outbox" in queued.json()["html"]
    assert "<html" not in queued.json()["html"]
    assert not Declaration.objects.exists()


def test_zero_is_an_answer(store):
    assert send(phone_of(store), answers(full_75="0")).status_code == 302
    line = Count.objects.get()
    assert (line.container_type.code, line.full) == ("75", 0)


def test_more_full_than_there_are_is_questioned_once_and_taken_when_confirmed(store):
    phone, data = phone_of(store), answers(full_75="14", total_75="10")
    asked = send(phone, data)
    assert b'name="confirm"' in asked.content
    assert asked.context["form"].total_is_open
    assert send(phone, {**data, "confirm": "on"}).status_code == 302
    assert (Count.objects.get().full, Count.objects.get().total) == (14, 10)


def test_a_container_that_the_store_does_not_use_is_not_asked_for_and_not_taken(store):
    phone = phone_of(store)
    assert b"full_palox" not in phone.get("/p/declarer/").content
    send(phone, answers(fill_palox_1="100", full_keg="4"))
    assert [line.container_type.code for line in Count.objects.all()] == ["75"]


def test_a_store_without_a_list_declares_75_cl_crates():
    phone = phone_of(StoreFactory())
    page = phone.get("/p/declarer/")
    assert [name for name in fields(page) if name.startswith("full_")] == ["full_75"]
    assert send(phone, answers()).status_code == 302


def test_each_palox_is_declared_by_how_full_it_is():
    shop = StoreFactory()
    use(shop, "palox")
    phone = phone_of(shop)
    send(phone, {"key": uuid.uuid4(), "fill_palox_1": "75", "fill_palox_2": "100"})
    line = Count.objects.get()
    assert (line.fill_percents, line.full) == ([75, 100], 1)
    assert send(phone, {"key": uuid.uuid4(), "fill_palox_1": "60"}).status_code == 422


def test_a_palox_without_an_answer_is_still_asked_for_when_the_form_comes_back():
    shop = StoreFactory()
    use(shop, "75", "palox")
    response = send(phone_of(shop), answers(full_75="many"))
    assert b'name="fill_palox_1"' in response.content


def test_the_form_asks_for_as_many_paloxes_as_there_are():
    from crates.services import CountedLine, record_inventory

    shop = StoreFactory()
    use(shop, "palox")
    lines = [CountedLine(container("palox"), 3, 1)]
    record_inventory(shop, key=uuid.uuid4(), counted_at=timezone.now(), lines=lines, by=Actor.system())
    asked = fields(phone_of(shop).get("/p/declarer/"))
    assert [name for name in asked if name.startswith("fill_")] == ["fill_palox_1", "fill_palox_2", "fill_palox_3"]


def test_the_steppers_start_from_what_is_known(store):
    phone = phone_of(store)
    send(phone, answers(full_75="14", full_33="2"))
    form = fields(phone.get("/p/declarer/"))
    assert (form["full_75"], form["full_33"], form["total_75"]) == ("14", "2", "")


def test_the_phone_remembers_a_first_name_and_forgets_it(store):
    phone = phone_of(store)
    send(phone, answers(first_name="Zoé; admin=1"))
    assert fields(phone.get("/p/declarer/"))["first_name"] == "Zoé; admin=1"
    send(phone, answers(first_name=""))
    assert fields(phone.get("/p/declarer/"))["first_name"] == ""


def test_the_page_shows_each_store_its_own_values_and_nobody_elses(store):
    sly = StoreFactory(name='<b>"Chez" &amp; @csrf@</b>')
    use(sly, "75", "33")
    phone, other = phone_of(store), phone_of(sly)
    send(phone, answers(full_75="14", first_name='"><script>'))
    for _again in range(2):
        mine, theirs = phone.get("/p/declarer/"), other.get("/p/declarer/")
        assert (fields(mine)["full_75"], fields(mine)["first_name"], fields(mine)["scope"]) == ("14", '"><script>', str(store.uuid))
        assert (fields(theirs)["full_75"], fields(theirs)["first_name"], fields(theirs)["scope"]) == ("0", "", str(sly.uuid))
        assert fields(mine)["key"] != fields(theirs)["key"]
        assert b"<script>" not in mine.content
        assert b"&lt;b&gt;&quot;Chez&quot; &amp;amp; @csrf@&lt;/b&gt;" in theirs.content
        assert b"La Cagette" in mine.content
        assert b"La Cagette" not in theirs.content


def test_the_page_follows_the_language_and_the_catalogue(store):
    phone = phone_of(store)
    assert b'lang="en"' in phone.get("/p/declarer/").content
    assert b'lang="fr"' in phone.get("/p/declarer/", headers={"Accept-Language": "fr"}).content
    type(container()).objects.filter(code="75").update(name_en="blue crate")
    assert b"blue crate" in phone.get("/p/declarer/").content


def test_the_language_can_be_changed_from_the_form(store):
    phone = phone_of(store)
    strict = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    strict.cookies = phone.cookies
    token = fields(strict.get("/p/declarer/"))["csrfmiddlewaretoken"]
    response = strict.post("/langue/", {"language": "fr", "next": "/p/declarer/", "csrfmiddlewaretoken": token})
    assert response["Location"] == "/p/declarer/"
    assert b'lang="fr"' in strict.get("/p/declarer/").content


def test_a_form_queued_under_a_replaced_card_is_held_for_a_coordinator(store):
    phone = phone_of(store)
    links.rotate(links.link_for(AccessLink.STORE, store.pk), by=Actor.system())
    assert phone.get("/p/declarer/").status_code == 403
    response = send(phone, answers(wants_pickup="on"), queued=True)
    assert response.status_code == 200
    declaration = Declaration.objects.get()
    assert declaration.state == Declaration.HELD
    assert full(store)["75"] == 0
    assert not PickupRequest.objects.exists()
    assert b'data-state="held"' in phone.get(response.json()["redirect"]).content
    accept_declaration(declaration, by=Actor.system())
    assert full(store)["75"] == 14
    assert PickupRequest.objects.get().store == store


def test_a_form_under_a_revoked_card_is_refused(store):
    phone = phone_of(store)
    links.revoke(links.link_for(AccessLink.STORE, store.pk), by=Actor.system())
    assert send(phone, answers(), queued=True).status_code == 403
    assert not Declaration.objects.exists()


def test_a_form_filled_in_for_another_place_is_not_counted_here(store):
    other = StoreFactory()
    phone = phone_of(store)
    response = send(phone, answers(scope=str(other.uuid)), queued=True)
    assert response.status_code == 409
    assert response.json()["message"]
    assert send(phone, answers(scope=str(other.uuid))).status_code == 409
    assert not Declaration.objects.exists()


def test_a_key_that_another_place_used_declares_nothing(store):
    data = answers(wants_pickup="on")
    send(phone_of(StoreFactory()), data)
    assert send(phone_of(store), data, queued=True).status_code == 422
    assert Declaration.objects.count() == PickupRequest.objects.count() == 1


def test_a_form_from_another_site_is_refused(store):
    phone = phone_of(store)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}):
        assert phone.post("/p/declarer/", answers(), headers=headers).status_code == 403
    assert not Declaration.objects.exists()


def test_a_form_without_a_card_is_refused():
    assert send(Client(), answers()).status_code == 403


def test_a_form_that_arrives_after_the_truck_does_not_call_it_back(store):
    from pickups.tests.factories import StopFactory

    phone = phone_of(store)
    StopFactory(store=store, state="done", completed_at=timezone.now() - timedelta(hours=1))
    late = (timezone.now() - timedelta(hours=5)).isoformat()
    send(phone, answers(wants_pickup="on", occurred_at=late), queued=True)
    assert Declaration.objects.get().wants_pickup
    assert not PickupRequest.objects.exists()


def test_declaring_takes_at_most_eight_queries(store, django_assert_max_num_queries):
    phone = phone_of(store)
    send(phone, answers(full_33="1", wants_pickup="on"))
    data = answers(full_75="20", total_75="30", full_33="4", wants_pickup="on", scope=str(store.uuid))
    with django_assert_max_num_queries(8 + 4) as queries:
        send(phone, data, queued=True)
    facts = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "BEGIN", "COMMIT"))]
    assert len(facts) <= 8, "\n\n".join(facts)
    own = [query["sql"] for query in queries if "SAVEPOINT" in query["sql"]]
    assert len(own) == 2, "one transaction, without another inside (the test's own makes it a savepoint)"
    assert Declaration.objects.count() == 2
