"""Writes to places, zones and contacts: what they do, and what they refuse with a sentence."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from stores import services
from stores.enums import Kind, Status
from stores.models import Contact, Store, Zone
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
CARD = Actor.of_link(AccessLink(pk=1, kind=AccessLink.STORE, object_id=1))


def refused(call, *args, **kwargs):
    with pytest.raises(ValidationError) as refusal:
        call(*args, by=BY, **kwargs)
    return refusal.value


def test_a_new_place_gets_its_card():
    store = services.create_store(by=BY, name="Épicerie", city="Arles")
    assert AccessLink.objects.filter(kind=AccessLink.STORE, object_id=store.pk).count() == 1
    services.update_store(store, by=BY, name="Épicerie du pont")
    assert AccessLink.objects.count() == 1


def test_a_place_is_checked_before_it_is_saved():
    assert set(refused(services.create_store, name="", city="").error_dict) == {"name", "city"}
    assert not Store.objects.exists()


def test_values_that_are_there_already_write_nothing():
    store = StoreFactory()
    with CaptureQueriesContext(connection) as queries:
        services.update_store(store, by=BY, name=store.name, kind=store.kind)
    assert not [query for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]


def test_an_old_copy_does_not_undo_what_somebody_else_changed():
    store = StoreFactory(name="Before")
    Store.objects.filter(pk=store.pk).update(city="Arles")
    fresh = services.update_store(store, by=BY, name="After")
    assert (fresh.name, fresh.city) == ("After", "Arles")


def test_places_collected_through_one_another_in_a_circle_are_refused():
    third = StoreFactory()
    second = StoreFactory(collected_through=third)
    first = StoreFactory(collected_through=second)
    assert list(refused(services.update_store, third, collected_through=first).error_dict) == ["collected_through"]
    Store.objects.filter(pk=third.pk).update(collected_through=second)  # a circle that came from elsewhere
    into = Store.objects.get(pk=first.pk)
    assert list(refused(services.create_store, name="New", city="Arles", collected_through=into).error_dict) == ["collected_through"]


def test_a_usual_hub_keeps_stock():
    assert list(refused(services.update_store, StoreFactory(), usual_hub=StoreFactory()).error_dict) == ["usual_hub"]
    assert services.update_store(StoreFactory(), by=BY, usual_hub=StoreFactory(kind=Kind.HUB)).usual_hub


def test_archiving_twice_changes_nothing_and_a_place_can_come_back():
    store = StoreFactory()
    for _time in range(2):
        assert services.archive_store(store, by=BY).status == Status.ARCHIVED
    assert services.reactivate_store(store, by=BY).status == Status.ACTIVE


def test_a_place_that_others_lead_to_is_not_archived():
    hub, big = StoreFactory(kind=Kind.HUB), StoreFactory()
    StoreFactory(collected_through=big, usual_hub=hub)
    for store in (hub, big):
        assert list(refused(services.archive_store, store).error_dict) == ["status"]
    Store.objects.filter(usual_hub=hub).update(status=Status.ARCHIVED)
    assert services.archive_store(hub, by=BY).status == Status.ARCHIVED


def test_a_place_created_by_mistake_goes_with_its_contacts_and_its_card():
    store = services.create_store(by=BY, name="Mistake", city="Arles")
    ContactFactory(store=store)
    pk = store.pk
    services.delete_store(store, by=BY)
    assert not Store.objects.exists()
    assert not Contact.objects.exists()
    assert links.link_for(AccessLink.STORE, pk).is_revoked


def test_a_place_with_a_history_is_kept():
    store = StoreFactory()
    StoreFactory(collected_through=store)
    error = refused(services.delete_store, store)
    assert str(store) in error.messages[0]
    assert services.history_of(store)


def test_a_zone_is_found_whatever_its_case_or_made():
    zone = services.zone_named("Pays  d’Aix", by=BY)
    assert zone.name == "Pays d’Aix"
    assert services.zone_named("pays d’aix", by=BY) == zone
    assert Zone.objects.count() == 1


def test_a_zone_with_places_is_kept_and_an_empty_one_goes():
    zone = StoreFactory(zone=ZoneFactory()).zone
    refused(services.delete_zone, zone)
    Store.objects.update(zone=None)
    services.delete_zone(zone, by=BY)
    assert not Zone.objects.exists()


def test_contacts_are_checked_completed_and_removed():
    store = StoreFactory()
    refused(services.create_contact, store)
    contact = services.create_contact(store, by=BY, name="Ali", phone="06 12 34 56 78")
    assert str(contact.phone.as_e164) == "+33612345678"
    assert services.update_contact(contact, by=BY, email="ali@boutique.example").email == "ali@boutique.example"
    refused(services.create_contact, store, email="ALI@boutique.example")
    services.delete_contact(contact, by=BY)
    assert not Contact.objects.exists()


def test_the_same_contact_saved_twice_in_the_same_instant_is_told_as_a_rule(monkeypatch):
    """Both requests passed their checks before either had written: the constraint decides, and it is said in words."""
    store = StoreFactory()
    full_clean, calls = Contact.full_clean, []

    def overtaken(contact):
        full_clean(contact)
        if not calls:
            calls.append(contact)
            Contact.objects.create(store=store, email="ali@boutique.example")

    monkeypatch.setattr(Contact, "full_clean", overtaken)
    error = refused(services.create_contact, store, email="ali@boutique.example")
    assert "contact_unique" not in error.messages[0]


def test_a_card_changes_nothing_of_the_network():
    store, zone, contact = StoreFactory(), ZoneFactory(), ContactFactory()
    with pytest.raises(PermissionDenied):
        services.create_store(by=CARD, name="A", city="B")
    with pytest.raises(PermissionDenied):
        services.update_store(store, by=CARD, name="Other")
    for call, row in ((services.delete_store, store), (services.delete_zone, zone), (services.delete_contact, contact)):
        with pytest.raises(PermissionDenied):
            call(row, by=CARD)
