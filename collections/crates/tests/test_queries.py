"""What the ledger answers."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from crates.queries import (
    Change,
    StockLine,
    changes_since,
    last_declarations,
    last_declared_at,
    negative_balances,
    stock_at,
    stock_of,
    stock_of_all,
    stock_rows,
)
from crates.services import CountedLine, DeclaredLine, PickedLine, cancel, declare, post_pickup, record_inventory
from crates.tests.factories import ContainerTypeFactory, HubFactory, StoreContainerFactory
from lincassable.accounts.actors import Actor
from stores.enums import Status
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
NOW = timezone.now()


def ago(days: float) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


@pytest.fixture
def story():  # type: ignore[no-untyped-def]
    """A shop counted 10 days ago, declared 5 days ago, collected 3 days ago; and its hub."""
    store, hub, kind = StoreFactory(), HubFactory(), ContainerTypeFactory()
    record_inventory(store, key=uuid.uuid4(), counted_at=ago(10), lines=[CountedLine(kind, 30, 2)], by=BY)
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(kind, 14)], by=BY, occurred_at=ago(5))
    post_pickup(store, hub, [PickedLine(kind, 12, 10)], key=uuid.uuid4(), occurred_at=ago(3), by=BY)
    return store, hub, kind


def test_the_stock_of_a_place_lists_what_it_uses_even_when_there_is_none(story):
    store, _hub, kind = story
    unused = ContainerTypeFactory(code="33")
    StoreContainerFactory(store=store, container_type=unused)
    assert stock_of(store) == [StockLine(kind, 26, 2, 28, 2), StockLine(unused, 0, 0, 0, 0)]


def test_the_stock_of_all_places_is_one_query(story, django_assert_num_queries):
    store, hub, kind = story
    with django_assert_num_queries(1):
        everywhere = stock_of_all()
    assert everywhere == {store.pk: [StockLine(kind, 26, 2, 28, 2)], hub.pk: [StockLine(kind, -10, 12, 2, 12)]}


def test_the_stock_as_flat_rows_says_the_same(story, django_assert_num_queries):
    store, hub, kind = story
    with django_assert_num_queries(1):
        rows = stock_rows()
    assert sorted(rows) == [(store.pk, kind.pk, 26, 2, 28, 2), (hub.pk, kind.pk, -10, 12, 2, 12)]
    post_pickup(store, hub, [PickedLine(kind, 5, 0)], key=uuid.uuid4(), occurred_at=ago(1), by=BY)
    assert stock_rows([store.pk]) == [(store.pk, kind.pk, 23, 0, 23, -3)]
    assert [line[1:] for line in stock_of(store)] == [row[2:] for row in stock_rows([store.pk])]


def test_the_stock_of_some_places_takes_a_queryset_or_ids(story, django_assert_num_queries):
    store, hub, _kind = story
    with django_assert_num_queries(1):
        assert list(stock_of_all(Store.objects.keeping_stock())) == [hub.pk]
    assert list(stock_of_all([store.pk])) == [store.pk]
    assert stock_of_all([]) == {}


@pytest.mark.parametrize(
    ("days", "empty", "full"), [(11, None, None), (10, 28, 2), (6, 28, 2), (5, 16, 14), (4, 16, 14), (3, 26, 2), (0, 26, 2)]
)
def test_the_stock_of_any_past_moment(story, days, empty, full):
    store, _hub, kind = story
    expected = [] if empty is None else [StockLine.of(kind, empty, full)]
    assert [line for line in stock_at(ago(days), store).get(store.pk, []) if line.total] == expected
    assert [line for line in stock_at(ago(days)).get(store.pk, []) if line.total] == expected


@pytest.mark.parametrize(("empty", "full", "shown"), [(10, 4, (10, 4, 14)), (10, -4, (6, 0, 6)), (-10, 4, (-10, 4, -6)), (0, 0, (0, 0, 0))])
def test_full_is_cut_at_zero_once_and_the_total_never(empty, full, shown):
    line = StockLine.of(ContainerTypeFactory(), empty, full)
    assert (line.empty, line.full, line.total, line.raw_full) == (*shown, full)


def test_changes_since_a_moment_tell_what_tours_did_and_what_was_added_in_all(story, django_assert_num_queries):
    store, hub, kind = story
    with django_assert_num_queries(2):
        changes = changes_since(ago(7), [store.pk, hub.pk])
    assert changes == {(store.pk, kind.pk): Change(12, 10, 0, -2), (hub.pk, kind.pk): Change(-12, -10, 12, -10)}
    assert changes_since(ago(20), [store.pk]) == {(store.pk, kind.pk): Change(12, 10, 2, 26)}
    assert changes_since(ago(1), [store.pk, hub.pk]) == {}
    assert changes_since(ago(7), []) == {}


def test_tours_after_the_period_are_not_told_yet_they_are_in_todays_balance(story):
    store, _hub, kind = story
    assert changes_since(ago(20), [store.pk], until=ago(7)) == {(store.pk, kind.pk): Change(0, 0, 2, 26)}


def test_a_cancelled_pickup_changed_nothing(story):
    store, hub, kind = story
    movement = post_pickup(store, hub, [PickedLine(kind, 3, 3)], key=uuid.uuid4(), occurred_at=ago(2), by=BY)
    cancel(movement, by=BY, reason="another shop")
    assert changes_since(ago(7), [store.pk])[store.pk, kind.pk] == Change(12, 10, 0, -2)


def test_what_happened_at_a_place_that_became_part_of_another_one_is_that_ones(story):
    store, _hub, kind = story
    other = StoreFactory()
    declare(other, key=uuid.uuid4(), lines=[DeclaredLine(kind, 5)], by=BY, occurred_at=ago(2))
    Store.objects.filter(pk=other.pk).update(merged_into=store, status=Status.ARCHIVED)
    assert changes_since(ago(7), [store.pk]) == {(store.pk, kind.pk): Change(12, 10, 5, -7)}


def test_the_last_declaration_of_each_place_leaves_out_what_is_held(story, django_assert_num_queries):
    store, hub, kind = story
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(kind, 20)], by=BY, occurred_at=ago(1), held=True)
    with django_assert_num_queries(3):
        last = last_declarations([store.pk, hub.pk])
        assert last[store.pk].lines.all()[0].full == 14
    assert list(last) == [store.pk]
    assert last_declared_at([store.pk, hub.pk]) == {store.pk: ago(5)}


def test_negative_balances_are_listed_to_look_into(story):
    _store, hub, kind = story
    assert negative_balances() == [(hub.pk, kind, -10, 12)]
