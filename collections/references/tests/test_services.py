"""The catalogue and the shelves: written once, by somebody, and never older than what is known."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from references import services
from references.enums import ShelfState
from references.models import Producer, ShelfCheck, ShelfItem, WashingLimit
from references.services import ShelfLine
from references.tests.factories import ProducerFactory, ReferenceFactory, ShelfItemFactory, WashingLimitFactory
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
AVAILABLE, OUT, STOPPED = ShelfState.AVAILABLE, ShelfState.OUT, ShelfState.STOPPED


def card_of(store):
    return Actor(LINK, 7, AccessLink.STORE, store.pk)


def states(store):
    return dict(ShelfItem.objects.filter(store=store).values_list("reference", "state"))


def test_a_look_at_the_shelf_says_what_is_there_who_said_it_and_how_much_changed():
    store, beer, juice = StoreFactory(), ReferenceFactory(), ReferenceFactory()
    ShelfItemFactory(store=store, reference=beer, said_at=timezone.now() - dt.timedelta(days=3))
    lines = [ShelfLine(beer, OUT), ShelfLine(juice, AVAILABLE)]
    check = services.set_shelf(store, lines, key=uuid.uuid4(), by=card_of(store), first_name=" Lou ")
    assert (check.changes, check.first_name, check.actor_kind, check.actor_id) == (2, "Lou", LINK, 7)
    assert states(store) == {beer.pk: OUT, juice.pk: AVAILABLE}
    row = ShelfItem.objects.get(store=store, reference=beer)
    assert (row.actor_kind, row.actor_id) == (LINK, 7)
    assert row.since == row.said_at == check.checked_at


def test_the_same_form_again_changes_nothing_even_after_a_newer_one():
    store, beer, key = StoreFactory(), ReferenceFactory(), uuid.uuid4()
    first = services.set_shelf(store, [ShelfLine(beer, AVAILABLE)], key=key, by=BY)
    services.set_shelf(store, [ShelfLine(beer, STOPPED)], key=uuid.uuid4(), by=BY)
    assert services.set_shelf(store, [ShelfLine(beer, AVAILABLE)], key=key, by=BY) == first
    assert states(store) == {beer.pk: STOPPED}
    assert ShelfCheck.objects.count() == 2


def test_a_form_from_a_dead_spot_does_not_undo_what_was_said_after_it():
    store, beer, juice = StoreFactory(), ReferenceFactory(), ReferenceFactory()
    services.set_shelf(store, [ShelfLine(beer, OUT)], key=uuid.uuid4(), by=BY)
    yesterday = timezone.now() - dt.timedelta(days=1)
    lines = [ShelfLine(beer, AVAILABLE), ShelfLine(juice, AVAILABLE)]
    check = services.set_shelf(store, lines, key=uuid.uuid4(), by=BY, checked_at=yesterday)
    assert (check.checked_at, check.changes) == (yesterday, 1)
    assert states(store) == {beer.pk: OUT, juice.pk: AVAILABLE}


def test_since_tells_when_the_state_changed_not_when_it_was_said_again():
    store, beer, long_ago = StoreFactory(), ReferenceFactory(), timezone.now() - dt.timedelta(days=20)
    services.set_shelf(store, [ShelfLine(beer, OUT)], key=uuid.uuid4(), by=BY, checked_at=long_ago)
    services.set_shelf(store, [ShelfLine(beer, OUT)], key=uuid.uuid4(), by=BY)
    row = ShelfItem.objects.get()
    assert row.since == long_ago
    assert row.said_at > long_ago


def test_what_a_form_does_not_name_stays():
    item = ShelfItemFactory()
    services.set_shelf(item.store, [], key=uuid.uuid4(), by=BY)
    assert states(item.store) == {item.reference_id: AVAILABLE}


def test_another_places_card_and_another_places_key_are_refused():
    store, other, key = StoreFactory(), StoreFactory(), uuid.uuid4()
    with pytest.raises(PermissionDenied):
        services.set_shelf(store, [], key=key, by=card_of(other))
    with pytest.raises(PermissionDenied):
        services.add_to_shelf(store, ReferenceFactory(), by=card_of(other))
    services.set_shelf(store, [], key=key, by=BY)
    with pytest.raises(ValidationError):
        services.set_shelf(other, [], key=key, by=BY)


def test_a_product_named_twice_or_in_no_known_state_is_refused():
    store, beer = StoreFactory(), ReferenceFactory()
    for lines in ([ShelfLine(beer, OUT), ShelfLine(beer, OUT)], [ShelfLine(beer, "gone")]):
        with pytest.raises(ValidationError):
            services.set_shelf(store, lines, key=uuid.uuid4(), by=BY)
    assert not ShelfItem.objects.exists()
    assert not ShelfCheck.objects.exists()


def test_adding_a_product_twice_is_adding_it_once_and_brings_back_a_stopped_one():
    item = ShelfItemFactory(state=STOPPED)
    assert services.add_to_shelf(item.store, item.reference, by=card_of(item.store)).state == AVAILABLE
    said = services.add_to_shelf(item.store, item.reference, by=BY)
    assert said.pk == item.pk
    assert said.actor_kind == LINK  # the second time said nothing new
    assert ShelfItem.objects.count() == 1


def test_a_card_never_changes_the_catalogue():
    card = card_of(StoreFactory())
    for save, row in ((services.save_producer, ProducerFactory.build()), (services.save_reference, ReferenceFactory())):
        with pytest.raises(PermissionDenied):
            save(row, by=card)
    with pytest.raises(PermissionDenied):
        services.delete_row(ReferenceFactory(), by=card)


def test_a_product_that_a_place_lists_is_not_deleted_another_is():
    item = ShelfItemFactory()
    with pytest.raises(ValidationError):
        services.delete_row(item.reference, by=BY)
    with pytest.raises(ValidationError):
        services.delete_row(item.reference.producer, by=BY)
    lone = ProducerFactory()
    services.delete_row(lone, by=BY)
    assert list(Producer.objects.all()) == [item.reference.producer]


def test_only_a_washing_centre_has_limits():
    with pytest.raises(ValidationError, match="Épicerie"):
        services.save_washing_limit(WashingLimit(centre=StoreFactory(name="Épicerie du Port")), by=BY)
    limit = services.save_washing_limit(WashingLimitFactory(), by=BY)
    assert limit.max_height_mm == 310
