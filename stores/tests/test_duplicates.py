"""Likely duplicates: those that a person would look at, found without comparing every place with every other."""

from __future__ import annotations

import random

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from lincassable.accounts import links
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from stores import duplicates
from stores.enums import Kind, Status
from stores.models import Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


def place(name, *, at=(None, None), **fields):
    """A shop in Arles."""
    return StoreFactory(name=name, latitude=at[0], longitude=at[1], **{"city": "Arles", "postcode": "13200", "street": "", **fields})


def found():
    """The ids of the pairs."""
    return {(pair.first.pk, pair.second.pk) for pair in duplicates.pairs()}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "EPICERIE DU PORT"},
        {"name": "Épiceries du Port", "at": ("43.676600", "4.627800")},
        {"name": "Chez Zoé", "at": ("43.676600", "4.627800"), "street": "12, rue des Arènes"},
        {"name": "Épicerie du Port d’Arles", "street": "12 rue des arenes"},
    ],
)
def test_two_spellings_of_one_place_are_a_pair(other):
    one = place("Épicerie du Port", at=("43.676500", "4.627700"), street="12 rue des Arènes")
    two = place(**other)
    if other["name"] == "Chez Zoé":  # the name says nothing: a phone does
        for store in (one, two):
            ContactFactory(store=store, email="", phone="+33490000001")
    assert found() == {(one.pk, two.pk)}
    assert all(pair.reasons for pair in duplicates.pairs())


def test_two_places_of_one_chain_are_none_nor_are_a_hub_and_a_shop_nor_two_that_are_archived():
    place("Biocoop des Alpilles", at=("43.676500", "4.627700"))
    place("Biocoop des Alpilles", at=("43.940000", "4.805000"), city="Avignon", postcode="84000")
    place("Cave du Rhône", at=("43.680000", "4.630000"))
    place("Cave du Rhône", at=("43.680000", "4.630000"), kind=Kind.HUB)
    for _again in range(2):
        place("Bistrot fermé", at=("43.690000", "4.640000"), status=Status.ARCHIVED)
    assert found() == set()


def test_a_pair_told_apart_is_not_proposed_again_and_only_people_tell():
    one, two = place("La Cagette"), place("La Cagette")
    assert found() == {(one.pk, two.pk)}
    with pytest.raises(PermissionDenied):
        duplicates.tell_apart(one, two, by=Actor.of_link(links.link_for(AccessLink.STORE, one.pk)))
    with pytest.raises(ValidationError):
        duplicates.tell_apart(one, one, by=SYSTEM)
    assert duplicates.tell_apart(two, one, by=SYSTEM) == duplicates.tell_apart(one, two, by=SYSTEM)
    assert found() == set()


def test_no_pair_of_very_alike_names_in_one_postcode_is_missed():
    chance = random.Random(5)
    words = ["épicerie", "cave", "comptoir", "bocal", "halles", "port", "lavoir", "oeillets", "château", "moulin"]
    for _number in range(60):
        name = " ".join(chance.sample(words, 3))
        cut = chance.randrange(len(name))
        place(name if chance.random() < 0.5 else name[:cut] + name[cut + 1 :])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, b.id FROM stores_store AS a JOIN stores_store AS b ON b.id > a.id"
            " WHERE similarity(plain_text(a.name), plain_text(b.name)) >= %s",
            [duplicates.VERY_ALIKE],
        )
        alike = set(cursor.fetchall())
    assert len(alike) > 5
    assert found() == alike
    assert Store.objects.count() == 60
