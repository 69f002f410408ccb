"""Each constraint refuses what it is there for, by name; each actor sees only what is theirs."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tests.factories import UserFactory
from stores.enums import Kind, Status
from stores.models import Contact, Store, Zone
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db


def refuses(name, make):
    """The database refuses by that name, and a person gets a sentence."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make().save()
    with pytest.raises(ValidationError) as refusal:
        make().full_clean()
    assert all(message and name not in message for message in refusal.value.messages)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("store_position_is_whole", {"latitude": "43.1", "longitude": None}),
        ("store_position_is_whole", {"latitude": None, "longitude": "5.1"}),
        ("store_position_on_earth", {"latitude": "91", "longitude": "5"}),
        ("store_position_on_earth", {"latitude": "43", "longitude": "-181"}),
        ("store_source_is_whole", {"source": "old", "source_id": ""}),
        ("store_source_is_whole", {"source": "", "source_id": "12"}),
    ],
)
def test_a_place_that_breaks_a_rule_is_refused_by_name(name, values):
    refuses(name, lambda: StoreFactory.build(**values))


def test_a_place_is_not_collected_through_itself():
    store = StoreFactory()
    store.collected_through = store
    refuses("store_not_collected_through_itself", lambda: store)


def test_an_external_id_is_there_once_per_source():
    StoreFactory(source="old", source_id="12")
    StoreFactory(source="other", source_id="12")
    StoreFactory()
    StoreFactory()
    refuses("store_unique_external_id", lambda: StoreFactory.build(source="old", source_id="12"))


def test_an_address_is_there_once_per_place_whatever_its_case():
    contact = ContactFactory(email="camille@boutique.example")
    ContactFactory(email="camille@boutique.example")
    ContactFactory(store=contact.store, email="")
    ContactFactory(store=contact.store, email="")
    refuses("contact_unique_email_per_store", lambda: ContactFactory.build(store=contact.store, email="Camille@Boutique.example"))


def test_a_contact_says_something():
    store = StoreFactory()
    refuses("contact_says_something", lambda: Contact(store=store))


def test_a_zone_has_a_name_of_its_own():
    ZoneFactory(name="Centre")
    with pytest.raises(IntegrityError), transaction.atomic():
        Zone.objects.create(name="Centre")


@pytest.mark.parametrize(
    ("field", "value"),
    [("postcode", "1300 1!"), ("postcode", "12"), ("opening_hours", "lundi au vendredi"), ("opening_hours", "Mo-Fr 9h-12h")],
)
def test_what_cannot_be_read_is_refused_with_an_example(field, value):
    with pytest.raises(ValidationError) as refusal:
        StoreFactory.build(**{field: value}).full_clean()
    assert list(refusal.value.error_dict) == [field]


@pytest.mark.parametrize("hours", ["", "Mo-Fr 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off", "24/7"])
def test_opening_hours_in_their_notation_are_accepted(hours):
    StoreFactory.build(opening_hours=hours).full_clean()


def test_a_phone_that_nobody_can_call_is_refused():
    with pytest.raises(ValidationError):
        ContactFactory.build(store=StoreFactory(), phone="12").full_clean()


def test_the_town_is_not_said_twice():
    assert str(StoreFactory.build(name="Épicerie", city="Arles")) == "Épicerie (Arles)"
    assert str(StoreFactory.build(name="Épicerie d’Arles", city="Arles")) == "Épicerie d’Arles"
    assert StoreFactory.build(street="", postcode="", city="Arles").address == "Arles"


def test_places_are_read_as_nouns():
    shop, hub, washing = StoreFactory(), StoreFactory(kind=Kind.HUB), StoreFactory(kind=Kind.WASHING, status=Status.ARCHIVED)
    assert set(Store.objects.active()) == {shop, hub}
    assert set(Store.objects.keeping_stock()) == {hub}
    assert set(Store.objects.collected()) == {shop}
    assert (hub.keeps_stock, washing.keeps_stock) == (True, False)


@pytest.mark.parametrize(("role", "sees"), [("administrator", 2), ("coordinator", 2), ("sorting", 2), ("carrier", 0), (None, 0)])
def test_users_see_what_their_role_allows(role, sees):
    StoreFactory.create_batch(2)
    assert Store.objects.for_actor(Actor.of_user(UserFactory(role=role))).count() == sees


def test_somebody_who_left_sees_nothing():
    StoreFactory()
    assert not Store.objects.for_actor(Actor.of_user(UserFactory(role="coordinator", is_active=False))).exists()


def test_a_card_sees_its_own_place_only_and_a_tour_none():
    store, _other = StoreFactory.create_batch(2)
    card = AccessLink(pk=1, kind=AccessLink.STORE, object_id=store.pk)
    assert list(Store.objects.for_actor(Actor.of_link(card))) == [store]
    tour = AccessLink(pk=2, kind=AccessLink.TOUR, object_id=store.pk)
    assert not Store.objects.for_actor(Actor.of_link(tour)).exists()


def test_the_system_sees_everything():
    StoreFactory.create_batch(2)
    assert Store.objects.for_actor(Actor.system()).count() == 2
