"""What the reader of an address has stopped holds when somebody types the address again, until it is lifted."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from lincassable.accounts import privacy
from lincassable.accounts.actors import Actor
from lincassable.accounts.privacy import Identity
from lincassable.accounts.tests.factories import UserFactory
from lincassable.mailings import wishes
from lincassable.messaging import addresses, unsubscribing
from lincassable.reminders import stopping
from lincassable.reminders.registry import CONTACT, Person, switch_of
from lincassable.reminders.signing import Target
from lincassable.reminders.stopping import stop_mails
from stores import services, stops
from stores.models import AddressStop, Contact
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
ANA = "ana@boutique.example"


def typed_again(email=ANA, **fields):
    """A new contact of another place, with every box ticked."""
    return services.create_contact(StoreFactory(), by=BY, name="Ana", email=email, wants_deposit_mails=True, **fields)


def stopped(contact, code):
    return bool(stopping.stopped_among(switch_of(code), [Person(CONTACT, contact.pk, contact.email)]))


def test_mailings_and_the_weekly_report_stay_stopped_when_the_contact_is_deleted_and_typed_again():
    first = ContactFactory(email=ANA)
    stopping.stop(Target(CONTACT, first.pk, ("mailings",)), "https://x/", by=BY)
    stop_mails(unsubscribing.CONTACT, first.pk, by=BY)
    services.delete_contact(first, by=BY)
    again = typed_again("ANA@Boutique.example")
    again.refresh_from_db()
    assert (again.wants_mailings, again.wants_weekly_report, again.wants_pickup_mails) == (False, False, True)
    assert wishes.unwanted([again.pk])
    assert typed_again("ben@boutique.example").held == set()


def test_reminders_without_a_box_stay_stopped_and_are_lifted_by_a_coordinator(client):
    first = ContactFactory(email=ANA)
    stopping.stop(Target(CONTACT, first.pk, ("trainings",)), "https://x/", by=BY)
    again = typed_again()
    assert stopped(again, "trainings")
    assert not stopped(again, "materials")
    client.force_login(UserFactory(role="coordinator"))
    given = {"action": "lift_stops", "_selected_action": [again.pk]}
    assert client.post(reverse("admin:stores_contact_changelist"), given).status_code == 302
    assert not stopped(again, "trainings")
    assert not stopped(first, "trainings")  # the same reader
    assert not stopped(typed_again(), "trainings")


def test_a_contact_whose_address_is_changed_to_a_stopped_one_obeys_it():
    stops.remember([ANA], "wants_pickup_mails")
    contact = ContactFactory(email="autre@boutique.example")
    services.update_contact(contact, by=BY, email=ANA)
    contact.refresh_from_db()
    assert not contact.wants_pickup_mails
    services.update_contact(contact, by=BY, email="tiers@boutique.example", wants_pickup_mails=True)
    contact.refresh_from_db()
    assert contact.wants_pickup_mails


def test_ticking_the_box_again_lifts_the_stop_and_saving_something_else_does_not():
    stops.remember([ANA], "wants_mailings")
    contact = typed_again()
    services.update_contact(contact, by=BY, name="Ana Petit")
    assert stops.held(ANA) == {"wants_mailings"}
    services.update_contact(Contact.objects.get(pk=contact.pk), by=BY, wants_mailings=True)
    assert stops.held(ANA) == set()
    assert typed_again().wants_mailings


def test_the_reader_who_chooses_them_again_gets_them_again():
    first = ContactFactory(email=ANA)
    stopping.choose(CONTACT, first.pk, [], by=BY)
    assert {"wants_mailings", "trainings"} <= stops.held(ANA)
    codes = [choice.switch.code for choice in stopping.choices_of(CONTACT, first.pk)]
    stopping.choose(CONTACT, first.pk, codes, by=BY)
    assert stops.held(ANA) == set()


def test_a_refused_address_that_is_typed_again_is_marked(client):
    addresses.refuse(ANA, why="bounced", detail="550", message=None)
    assert typed_again().is_refused


def test_the_coordinator_is_told_on_the_page(client):
    stops.remember([ANA], "wants_mailings")
    client.force_login(UserFactory(role="coordinator"))
    store = StoreFactory()
    given = {"store": store.pk, "name": "Ana", "email": ANA, "role": "team", "language": "fr", "is_active": "on", "wants_mailings": "on"}
    answer = client.post(reverse("admin:stores_contact_add"), given, follow=True, headers={"Accept-Language": "en"})
    assert "the reader of this address has stopped these mails" in answer.content.decode()
    contact = Contact.objects.get(email=ANA)
    assert not contact.wants_mailings
    page = client.get(reverse("admin:stores_contact_change", args=[contact.pk]), headers={"Accept-Language": "en"}).content.decode()
    assert "The reader of this address has stopped" in page


def test_the_address_itself_is_not_kept_and_a_change_of_secret_changes_nothing(settings):
    stops.remember([ANA, ""], "wants_mailings")
    row = AddressStop.objects.get()
    assert ANA not in row.fingerprint
    settings.LINK_SECRET_FALLBACKS = [settings.LINK_SECRET]
    settings.LINK_SECRET = "another-secret-of-the-network-that-is-long"
    assert stops.held(ANA) == {"wants_mailings"}
    stops.forget([ANA], ["wants_mailings"])
    assert not AddressStop.objects.exists()


def test_whoever_is_erased_stays_stopped_and_may_know_it():
    stops.remember([ANA], "wants_mailings")
    assert privacy.export(Identity(email=ANA))["address_stop"][0]["stopped"] == "wants_mailings"
    privacy.erase(Identity(email=ANA))
    assert not typed_again().wants_mailings


def test_an_address_stops_one_thing_once():
    stops.remember([ANA], "wants_mailings")
    with pytest.raises(IntegrityError, match="address_stop_once"), transaction.atomic():
        AddressStop.objects.create(fingerprint=AddressStop.objects.get().fingerprint, what="wants_mailings")
