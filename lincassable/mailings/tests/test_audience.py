"""Who gets a mailing, and who does not, and why."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from lincassable.mailings.audience import Criteria, audience_of
from lincassable.mailings.tests.factories import people
from lincassable.messaging.models import RefusedAddress
from references.tests.factories import ReferenceFactory, ShelfItemFactory
from stores.enums import DepositPractice, Kind, Role, Status
from stores.models import Contact, Tag
from stores.tests.factories import ContactFactory, StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db


def addresses(**criteria: object) -> set[str]:
    """The addresses that get it."""
    return {person.email for person in audience_of(Criteria(**criteria)).chosen}


def reasons(**criteria: object) -> dict[str, int]:
    """How many are left out, by reason."""
    return {reason: count for reason, _label, count in audience_of(Criteria(**criteria)).reasons}


def contact(email: str, **store: object) -> Contact:
    """A contact of a new place."""
    return ContactFactory(email=email, store=StoreFactory(**store))


def test_places_are_chosen_by_zone_kind_status_practice_and_list():
    zone = ZoneFactory()
    contact("zone@x.example", zone=zone)
    hotel = contact("hotel@x.example", kind=Kind.HOTEL)
    contact("prospect@x.example", status=Status.PROSPECT)
    contact("cash@x.example", deposit_practice=DepositPractice.CASH)
    assert addresses(zones=(zone.pk,)) == {"zone@x.example"}
    assert addresses(kinds=("hotel",)) == {"hotel@x.example"}
    assert addresses(statuses=("prospect",)) == {"prospect@x.example"}
    assert addresses(practices=("cash",)) == {"cash@x.example"}
    assert addresses(practices=("cash", "unknown"), statuses=()) == {
        "zone@x.example", "hotel@x.example", "prospect@x.example", "cash@x.example",
    }  # fmt: skip
    assert addresses(stores=(hotel.store_id,)) == {"hotel@x.example"}
    assert addresses(stores=(hotel.store_id,), kinds=("shop",)) == set()


def test_places_are_chosen_by_tags_any_of_them_and_a_place_with_two_comes_once():
    tagged = contact("tagged@x.example")
    contact("plain@x.example")
    tags = [Tag.objects.create(name=name) for name in ("pilote", "bord de mer")]
    tagged.store.tags.set(tags)
    found = audience_of(Criteria(tags=tuple(tag.pk for tag in tags)))
    assert [person.email for person in found.chosen] == ["tagged@x.example"]
    assert found.places == 1


def test_places_are_chosen_by_what_they_sell_and_what_is_no_longer_sold_does_not_count():
    seller, former, empty = (contact(f"{name}@x.example") for name in ("seller", "former", "empty"))
    beer = ReferenceFactory()
    ShelfItemFactory(store=seller.store, reference=beer)
    ShelfItemFactory(store=former.store, reference=beer, state="stopped")
    assert addresses(shelf="some") == {"seller@x.example"}
    assert addresses(shelf="none") == {"former@x.example", "empty@x.example"}
    assert addresses(producers=(beer.producer_id,)) == {"seller@x.example"}
    assert addresses(producers=(ReferenceFactory().producer_id,)) == set()
    assert empty.store_id


def test_contacts_are_chosen_by_role_preference_and_language():
    store = StoreFactory()
    ContactFactory(store=store, email="boss@x.example", role=Role.MANAGER, wants_weekly_report=False)
    ContactFactory(store=store, email="team@x.example", role=Role.TEAM, language="en")
    assert addresses(roles=("manager",)) == {"boss@x.example"}
    assert addresses(preference="weekly") == {"team@x.example"}
    assert addresses(language="en") == {"team@x.example"}
    assert reasons(roles=("accounting",)) == {"no_contact": 1}


def test_who_is_left_out_is_counted_by_reason():
    contact("good@x.example")
    contact("", name="Sans adresse").save()
    ContactFactory(email="stopped@x.example", wants_mailings=False)
    ContactFactory(email="Bounced@x.example")
    ContactFactory(email="inactive@x.example", is_active=False)
    Contact.objects.filter(email="good@x.example").update(email="good@x.example")
    Contact.objects.bulk_create([Contact(store=StoreFactory(), name="x", email="not an address")])
    RefusedAddress.objects.create(email="bounced@X.example", why="bounced")
    RefusedAddress.objects.create(email="good@x.example", why="bounced", lifted_at=timezone.now())
    archived = contact("archived@x.example", status=Status.ARCHIVED)
    assert addresses() == {"good@x.example"}
    everything = {"no_address": 1, "unsubscribed": 1, "bounced": 1, "no_contact": 1, "bad_address": 1}
    assert reasons() == everything
    assert reasons(statuses=()) == {**everything, "archived": 1}
    assert addresses(statuses=(), stores=(archived.store_id,)) == set()


def test_two_contacts_with_one_address_get_one_mail_whatever_its_case():
    contact("Ana@x.example", name="Alpha")
    contact("ana@X.example ", name="Beta")
    found = audience_of(Criteria())
    assert [person.email for person in found.chosen] == ["ana@x.example"]
    assert [(person.reason, person.email) for person in found.left_out] == [("same_address", "ana@x.example")]


def test_who_stopped_mailings_as_one_contact_stopped_them_as_the_other():
    contact("ana@x.example")
    ContactFactory(email="ANA@x.example", wants_mailings=False)
    assert addresses() == set()


def test_an_unknown_condition_of_an_older_version_is_ignored():
    assert Criteria.of({"zones": [3], "colour": "red"}) == Criteria(zones=(3,))
    assert Criteria.of({}) == Criteria()


def test_conditions_are_told_in_words():
    zone = ZoneFactory(name="Pays d'Arles")
    with translation.override("en"):
        assert Criteria(zones=(zone.pk,), kinds=("hotel",), practices=("unknown",), shelf="some", language="fr").sentences() == [
            "zones: Pays d'Arles", "kinds: hotel", "status: active", "practice of the deposit: unknown",
            "products: sells products in returnable bottles", "language: French",
        ]  # fmt: skip
        assert "and 2 more" in Criteria(stores=tuple(StoreFactory().pk for _ in range(10))).sentences()[0]


def test_the_number_of_questions_to_the_database_does_not_grow_with_the_network():
    counts = []
    for more in (3, 300):
        Contact.objects.all().delete()
        people(more)
        with CaptureQueriesContext(connection) as queries:
            assert len(audience_of(Criteria()).chosen) == more
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6
