"""The pages around the form: front door, card, home, receipt, history, worker and manifest."""

from __future__ import annotations

import uuid
from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crates.models import Declaration
from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import answers, container, fields, phone_of, send, use
from pickups.enums import RequestState, StopState, TourState
from pickups.models import PickupRequest
from pickups.tests.factories import StopFactory, StopLineFactory, TourFactory
from stores.enums import Status
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    """A shop that uses 75 cl crates."""
    shop = StoreFactory(name="La Cagette")
    use(shop, "75")
    return shop


def pickup_state(phone: Client) -> str:
    """Where the pickup stands on the phone's home."""
    return phone.get("/p/").context["home"].pickup.state


def test_the_front_door_is_open_to_everyone():
    page = Client().get("/")
    assert page.status_code == 200
    assert b'href="/admin/"' in page.content


def test_opening_a_card_leads_home_and_the_token_leaves_the_address(store):
    phone = Client()
    token = links.token(links.link_for(AccessLink.STORE, store.pk))
    for address in (f"/p/{token}", f"/p/{token}/"):
        response = phone.get(address)
        assert (response.status_code, response["Location"]) == (302, "/p/")
    assert b"La Cagette" in phone.get("/p/").content


def test_a_wrong_card_is_refused_with_a_sentence():
    response = Client().get("/p/" + "A" * 32)
    assert response.status_code == 404
    assert b"data-link-problem" in response.content


@pytest.mark.parametrize("address", ["/p/", "/p/declarer/", f"/p/recu/{uuid.UUID(int=7)}/", "/p/historique/"])
def test_a_phone_without_a_card_is_told_to_scan_it(address):
    response = Client().get(address)
    assert response.status_code == 403
    assert b"data-link-problem" in response.content


def test_home_shows_the_stock_and_the_last_declaration(store):
    phone = phone_of(store)
    assert phone.get("/p/").context["home"].last_declaration is None
    send(phone, answers())
    home = phone.get("/p/").context["home"]
    assert [(line.container.code, line.full, line.capacity) for line in home.stock] == [("75", 14, 40)]
    assert home.last_declaration == Declaration.objects.get()


def test_the_pickup_is_followed_from_request_to_visit(store):
    phone = phone_of(store)
    assert pickup_state(phone) == "none"
    send(phone, answers(wants_pickup="on"))
    assert pickup_state(phone) == "received"
    PickupRequest.objects.update(state=RequestState.PLANNED)
    tour = TourFactory(state=TourState.AWAITING)
    stop = StopFactory(tour=tour, store=store, window_start=time(9), window_end=time(11))
    assert pickup_state(phone) == "planning"
    tour.state = TourState.ACCEPTED
    tour.save()
    assert pickup_state(phone) == "announced"
    assert b"09:00-11:00" in phone.get("/p/").content
    tour.state = TourState.UNDER_WAY
    tour.save()
    assert pickup_state(phone) == "under_way"
    stop.state, stop.completed_at = StopState.DONE, timezone.now()
    stop.save()
    StopLineFactory(stop=stop, container_type=container(), loaded_full=14, left_empty=12)
    PickupRequest.objects.update(state=RequestState.COLLECTED, closed_at=timezone.now())
    page = phone.get("/p/")
    assert page.context["home"].pickup.state == "collected"
    assert b"14 taken, 12 left" in page.content


def test_a_draft_tour_is_nobodys_business_yet(store):
    StopFactory(tour=TourFactory(state=TourState.DRAFT), store=store)
    assert pickup_state(phone_of(store)) == "none"


def test_a_refused_request_says_why(store):
    phone = phone_of(store)
    send(phone, answers(wants_pickup="on"))
    PickupRequest.objects.update(state=RequestState.REFUSED, closed_at=timezone.now(), reason="the road is closed")
    page = phone.get("/p/")
    assert page.context["home"].pickup.state == "refused"
    assert b"the road is closed" in page.content


def test_a_missed_visit_says_why(store):
    StopFactory(store=store, state=StopState.MISSED, completed_at=timezone.now(), reason="closed")
    assert pickup_state(phone_of(store)) == "missed"


def test_an_old_visit_is_no_longer_news(store):
    StopFactory(store=store, state=StopState.DONE, completed_at=timezone.now() - timedelta(days=8))
    assert pickup_state(phone_of(store)) == "none"


def test_a_store_collected_through_another_one_follows_that_one():
    big = StoreFactory(name="Le Grand")
    small = StoreFactory(collected_through=big)
    phone = phone_of(small)
    send(phone, answers(wants_pickup="on"))
    assert PickupRequest.objects.get().store == big
    page = phone.get("/p/")
    assert page.context["home"].pickup.state == "received"
    assert b"Le Grand" in page.content


def test_an_archived_store_is_told_so_and_can_still_speak(store):
    store.status = Status.ARCHIVED
    store.save()
    phone = phone_of(store)
    assert phone.get("/p/").context["home"].is_archived
    assert send(phone, answers()).status_code == 302


def test_the_receipt_of_another_store_does_not_exist(store):
    data = answers()
    send(phone_of(StoreFactory()), data)
    assert phone_of(store).get(f"/p/recu/{data['key']}/").status_code == 404
    assert phone_of(store).get(f"/p/recu/{uuid.uuid4()}/").status_code == 404


def test_history_tells_declarations_and_visits_newest_first(store):
    phone = phone_of(store)
    assert phone.get("/p/historique/").context["events"] == []
    StopFactory(store=store, state=StopState.DONE, completed_at=timezone.now() - timedelta(hours=1))
    StopFactory(state=StopState.DONE, completed_at=timezone.now())
    send(phone, answers())
    assert [event.kind for event in phone.get("/p/historique/").context["events"]] == ["declaration", "visit"]


def test_the_pages_speak_both_languages(store):
    assert b'lang="en"' in phone_of(store, language="en").get("/p/").content
    phone = phone_of(store, language="fr")
    assert b'lang="fr"' in phone.get("/p/").content
    phone.post("/langue/", {"language": "en", "next": "/p/"})
    assert b'lang="en"' in phone.get("/p/").content


def test_looking_writes_nothing_and_opens_no_session(store, django_assert_max_num_queries):
    phone, data = phone_of(store), answers(wants_pickup="on")
    send(phone, data)
    for address in ("/p/", "/p/declarer/", f"/p/recu/{data['key']}/", "/p/historique/"):
        with django_assert_max_num_queries(8) as queries:
            assert phone.get(address).status_code == 200
        assert all(query["sql"].lstrip().upper().startswith("SELECT") for query in queries), address
        assert not any("django_session" in query["sql"] for query in queries)
    assert "sessionid" not in phone.cookies


def test_the_form_takes_three_queries(store, django_assert_max_num_queries):
    phone = phone_of(store)
    with django_assert_max_num_queries(3):
        phone.get("/p/declarer/")


def test_each_page_gives_the_form_a_fresh_key(store):
    phone = phone_of(store)
    keys = {fields(phone.get("/p/declarer/"))["key"] for _ in range(3)}
    assert len(keys) == 3


def test_the_worker_and_the_manifest_stay_within_their_folder():
    worker = Client().get("/p/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert b'"/p/declarer/"' in worker.content
    manifest = Client().get("/p/manifest.webmanifest").json()
    assert manifest["scope"] == manifest["start_url"] == "/p/"


def test_a_phone_that_opens_another_card_shows_the_other_store(store):
    other = StoreFactory(name="Chez Lucette")
    phone = phone_of(store)
    phone.get(f"/p/{links.token(links.link_for(AccessLink.STORE, other.pk))}")
    page = phone.get("/p/")
    assert b"Chez Lucette" in page.content
    assert b"La Cagette" not in page.content


def test_a_coordinator_who_accepts_a_held_form_brings_its_pickup(store):
    phone = phone_of(store)
    links.rotate(links.link_for(AccessLink.STORE, store.pk), by=Actor.system())
    send(phone, answers(wants_pickup="on"), queued=True)
    browser = Client()
    browser.force_login(UserFactory(role="coordinator"))
    declaration = Declaration.objects.get()
    browser.post(f"/admin/crates/declaration/{declaration.pk}/accept/", {"confirm": "on"})
    declaration.refresh_from_db()
    assert declaration.state == Declaration.POSTED
    assert PickupRequest.objects.get().declaration == declaration


def test_the_admin_pages_of_a_store_show_its_stock_and_its_pickup(store):
    send(phone_of(store), answers(wants_pickup="on"))
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(UserFactory(role="coordinator"))
    page = browser.get(f"/admin/stores/store/{store.pk}/change/")
    assert b"14 full" in page.content
    assert b'data-pickup="received"' in page.content
    assert b"data-store-history" in page.content
    assert b"75 cl 14/0" in browser.get("/admin/stores/store/").content


def test_a_withdrawn_declaration_says_that_it_does_not_count(store):
    from crates.services import withdraw_declaration

    phone, data = phone_of(store), answers()
    send(phone, data)
    withdraw_declaration(Declaration.objects.get(), by=Actor.system(), reason="typed for the wrong shop")
    assert b'data-state="refused"' in phone.get(f"/p/recu/{data['key']}/").content
