"""Asking for many ids at once says the same as asking for each."""

import pytest

from stores.models import Contact, Store
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_rows_are_found_by_their_ids_their_texts_and_their_places():
    shops = [StoreFactory() for _number in range(4)]
    people = [ContactFactory(store=shop, email=f'a\'{shop.pk},"b"@example.org') for shop in shops]
    some = [shop.pk for shop in shops[1:3]]
    assert set(Store.objects.filter(pk__among=some)) == set(shops[1:3])
    assert set(Store.objects.exclude(pk__among=some)) == {shops[0], shops[3]}
    assert set(Contact.objects.filter(store__among=set(some))) == set(people[1:3])
    assert set(Contact.objects.filter(email__among={person.email: 1 for person in people[:2]})) == set(people[:2])


def test_nothing_is_among_none():
    StoreFactory()
    assert not Store.objects.filter(pk__among=[]).exists()
    assert not Contact.objects.filter(email__among=[]).exists()
    assert Store.objects.exclude(pk__among=[]).count() == Store.objects.count()
