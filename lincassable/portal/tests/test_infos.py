"""A store sees what is written down about it on its phone, and proposes changes; coordinators answer in the admin."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import ORIGIN, phone_of
from stores import services
from stores.enums import ProposalState
from stores.models import ChangeProposal, Contact
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
WEEK = {"mo_from": "09:00", "mo_until": "12:30", "mo_from_2": "14:00", "mo_until_2": "19:00"}


@pytest.fixture
def store():
    return StoreFactory(name="La Cagette", opening_hours="Mo-Sa 10:00-19:00", street="3 rue Basse")


@pytest.fixture
def office():
    """A coordinator's browser."""
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    return client


def propose(phone, store, part, /, **data):
    """Send one of the forms."""
    return phone.post(f"/p/infos/{part}/", {"scope": str(store.uuid), "key": str(uuid.uuid4()), **data}, headers=ORIGIN)


def test_hours_are_proposed_from_the_phone_and_accepted_with_one_click(store, office):
    phone = phone_of(store)
    assert b"10:00" in phone.get("/p/infos/horaires/").content
    sent = propose(phone, store, "horaires", **WEEK, first_name="Lou")
    assert sent["Location"] == "/p/infos/?fait=propose"
    assert b'data-part="horaires" data-state="proposed"' in phone.get(sent["Location"]).content
    proposal = ChangeProposal.objects.get()
    page = office.get(f"/admin/stores/changeproposal/{proposal.pk}/change/").content
    assert b"Monday: 09:00" in page
    assert b"data-stale" not in page
    assert b"La Cagette" in office.get("/admin/").content
    seen = office.get(f"/admin/stores/changeproposal/{proposal.pk}/change/").context["seen"]
    assert office.post(f"/admin/stores/changeproposal/{proposal.pk}/accept/", {"seen": seen}).status_code == 302
    store.refresh_from_db()
    assert store.opening_hours == "Mo 09:00-12:30,14:00-19:00"
    assert b'data-part="horaires" data-state="accepted"' in phone.get("/p/infos/").content


def test_a_refusal_and_its_reason_are_on_the_phone(store, office):
    phone = phone_of(store)
    propose(phone, store, "adresse", street="5 rue Haute", postcode="13002", city="Marseille")
    proposal = ChangeProposal.objects.get()
    without = office.post(f"/admin/stores/changeproposal/{proposal.pk}/refuse/", {"reason": ""})
    assert without.status_code == 422
    office.post(f"/admin/stores/changeproposal/{proposal.pk}/refuse/", {"reason": "Pas encore déménagé."})
    page = phone.get("/p/infos/").content.decode()
    assert 'data-part="adresse" data-state="refused"' in page
    assert "Pas encore déménagé." in page
    assert "3 rue Basse" in page


def test_a_stale_proposal_says_so_and_is_not_accepted_by_an_old_page(store, office):
    propose(phone_of(store), store, "horaires", **WEEK)
    proposal = ChangeProposal.objects.get()
    address = f"/admin/stores/changeproposal/{proposal.pk}/"
    old = office.get(f"{address}change/").context["seen"]
    services.update_store(store, by=Actor.system(), opening_hours="Su 10:00-12:00")
    answer = office.post(f"{address}accept/", {"seen": old})
    assert answer.status_code == 422
    assert b"data-stale" in answer.content
    assert b"Sunday: 10:00" in answer.content
    store.refresh_from_db()
    assert store.opening_hours == "Su 10:00-12:00"
    assert office.post(f"{address}accept/", {"seen": answer.context["seen"]}).status_code == 302
    assert ChangeProposal.objects.get().state == ProposalState.ACCEPTED


def test_a_second_proposal_says_that_it_replaces_the_first_and_can_be_taken_back(store):
    phone = phone_of(store)
    propose(phone, store, "horaires", **WEEK)
    assert propose(phone, store, "horaires", **WEEK, holidays="on")["Location"] == "/p/infos/?fait=remplace"
    for _tap in range(2):
        back = phone.post("/p/infos/", {"scope": str(store.uuid), "part": "horaires"}, headers=ORIGIN)
        assert back["Location"] == "/p/infos/?fait=retire"
    assert set(ChangeProposal.objects.values_list("state", flat=True)) == {ProposalState.WITHDRAWN}


def test_what_is_wrong_is_told_and_nothing_typed_is_lost(store):
    phone = phone_of(store)
    wrong = propose(phone, store, "contact", name="Nour Petit", email="sans arobase", comment="arrive lundi")
    assert wrong.status_code == 422
    for typed in ("Nour Petit", "sans arobase", "arrive lundi"):
        assert typed in wrong.content.decode()
    assert propose(phone, store, "horaires", mo_from="09:00").status_code == 422
    assert propose(phone, store, "contact", gone="on").status_code == 422
    assert propose(phone, store, "contact", name="Sans Adresse").status_code == 422
    assert propose(phone, store, "adresse", street="3 rue Basse", postcode="13001", city="Marseille").status_code == 422
    assert propose(phone, store, "contact", name="Nour\x00", phone="x").status_code == 422
    assert not ChangeProposal.objects.exists()


def test_the_phone_shows_names_but_no_numbers_and_no_addresses_of_people(store):
    ContactFactory(store=store, name="Camille Roche", email="camille@cagette.example", phone="+33491000000")
    phone = phone_of(store)
    propose(phone, store, "contact", name="Nour Petit", email="nour@cagette.example")
    for address in ("/p/infos/", "/p/infos/contact/"):
        page = phone.get(address).content.decode()
        assert "Camille Roche" in page
        for secret in ("camille@", "nour@", "4 91 00", "491000000"):
            assert secret not in page


def test_people_of_another_place_cannot_be_chosen(store):
    stranger = ContactFactory(name="Ailleurs")
    assert propose(phone_of(store), store, "contact", who=str(stranger.pk), name="Pris").status_code == 422
    assert Contact.objects.get(pk=stranger.pk).name == "Ailleurs"


def test_a_form_for_another_place_and_an_unknown_part_are_not_taken(store):
    phone = phone_of(store)
    other = StoreFactory()
    assert propose(phone, other, "horaires", **WEEK).status_code == 409
    assert phone.get("/p/infos/telephone/").status_code == 404
    assert phone.post("/p/infos/", {"scope": str(store.uuid), "part": "x"}, headers=ORIGIN).status_code == 302
    assert not ChangeProposal.objects.exists()


def test_the_list_in_the_admin_keeps_its_number_of_queries(store, office, django_assert_max_num_queries):
    for number in range(12):
        propose_for = StoreFactory(name=f"Point {number}")
        propose(phone_of(propose_for), propose_for, "horaires", **WEEK)
    with django_assert_max_num_queries(12):
        assert office.get("/admin/stores/changeproposal/?which=waiting").status_code == 200
