"""The carrier's pages: what they show, to whom, and what happens to wrong input."""

import pytest
from django.urls import reverse

from lincassable.accounts.tests.factories import UserFactory
from lincassable.messaging.models import Message
from pickups import services
from pickups.enums import TourState
from pickups.tests.factories import CarrierFactory
from pickups.tests.phones import CARRIER_PAGE, carrier_of
from stores.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
# -- carrier


def test_the_link_of_the_mail_leads_to_the_tour_and_the_page_writes_nothing(scene):
    made = scene(TourState.AWAITING)
    client = carrier_of(made)
    page = client.get(CARRIER_PAGE)
    assert page.status_code == 200
    text = page.content.decode()
    assert 'data-tour-state="awaiting"' in text
    assert made.stores[0].name in text
    assert "data-driver-link" not in text
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.AWAITING


def test_accepting_by_a_double_click_happens_once_and_gives_the_drivers_link(scene):
    made = scene(TourState.AWAITING)
    ContactFactory(store=made.stores[0])
    client = carrier_of(made)
    for _ in range(2):
        assert client.post(CARRIER_PAGE, {"answer": "accept"}).status_code == 302
    assert Message.objects.filter(kind="tour_confirmed_store").count() == 1
    page = client.get(CARRIER_PAGE).content.decode()
    assert 'data-tour-state="accepted"' in page
    assert "data-driver-link" in page
    assert "/chauffeur/" in page


def test_declining_without_a_reason_keeps_the_form_and_says_what_to_do(scene):
    made = scene(TourState.AWAITING)
    client = carrier_of(made)
    page = client.post(CARRIER_PAGE, {"answer": "decline", "reason": " "})
    assert page.status_code == 422
    assert "is-invalid" in page.content.decode()
    assert client.post(CARRIER_PAGE, {"answer": "decline", "reason": "plus de camion"}).status_code == 302
    assert 'data-tour-state="declined"' in client.get(CARRIER_PAGE).content.decode()


def test_answering_a_cancelled_tour_says_so(scene):
    made = scene(TourState.AWAITING)
    client = carrier_of(made)
    services.cancel_tour(made.tour, by=made.coordinator)
    page = client.post(CARRIER_PAGE, {"answer": "accept"})
    assert page.status_code == 422
    assert 'data-tour-state="cancelled"' in page.content.decode()


def test_an_unknown_answer_is_refused(scene):
    made = scene(TourState.AWAITING)
    assert carrier_of(made).post(CARRIER_PAGE, {"answer": "perhaps"}).status_code == 422


def test_an_answer_from_another_site_is_refused(scene):
    made = scene(TourState.AWAITING)
    client = carrier_of(made)
    refused = client.post(CARRIER_PAGE, {"answer": "accept"}, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
    assert refused.status_code == 403
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.AWAITING


def test_a_tour_back_in_preparation_hides_its_stops(scene):
    made = scene(TourState.DECLINED)
    services.reopen_tour(made.tour, by=made.coordinator)
    page = carrier_of(made).get(CARRIER_PAGE).content.decode()
    assert 'data-tour-state="draft"' in page
    assert made.stores[0].name not in page


def test_a_carriers_user_sees_its_sent_tours_and_nobody_elses(scene, client):
    mine, draft = scene(TourState.AWAITING), scene(TourState.DRAFT)
    draft.tour.carrier.users.add(mine.users["carrier"])
    other = scene(TourState.ACCEPTED)
    client.force_login(mine.users["carrier"])
    page = client.get("/transporteur/").content.decode()
    assert f'data-tour="{mine.tour.uuid}"' in page
    assert str(draft.tour.uuid) not in page
    assert str(other.tour.uuid) not in page
    for made, status in ((mine, 200), (draft, 404), (other, 404)):
        assert client.get(reverse("pickups:carrier_user_tour", args=[made.tour.uuid])).status_code == status


def test_a_carriers_user_accepts_from_its_list(scene, client):
    made = scene(TourState.AWAITING)
    client.force_login(made.users["carrier"])
    client.post(reverse("pickups:carrier_user_tour", args=[made.tour.uuid]), {"answer": "accept"})
    made.tour.refresh_from_db()
    assert made.tour.state == TourState.ACCEPTED


def test_the_carriers_list_needs_an_account(client):
    assert client.get("/transporteur/").status_code == 302


def test_the_carriers_pages_show_no_price_and_no_contact(scene):
    made = scene(TourState.DRAFT)
    contact = ContactFactory(store=made.stores[0], phone="+33612345678", name="Camille Secrète")
    services.revise_tour(made.tour, by=made.coordinator, fields={"price_eur": 123})
    services.send_tour(made.tour, by=made.coordinator)
    page = carrier_of(made).get(CARRIER_PAGE).content.decode()
    assert "123" not in page.replace(str(made.tour.uuid), "")
    assert contact.name not in page


def test_strangers_with_an_account_see_no_tour(scene, client):
    made = scene(TourState.ACCEPTED)
    stranger = UserFactory(role="carrier")
    CarrierFactory().users.add(stranger)
    client.force_login(stranger)
    assert client.get(reverse("pickups:carrier_user_tour", args=[made.tour.uuid])).status_code == 404
    assert client.get(reverse("admin:pickups_tour_change", args=[made.tour.pk])).status_code in (302, 403)
