"""Inventories: a count wins."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from crates.check import check_ledger
from crates.models import Balance, Count, Inventory, Movement
from crates.services import (
    CountedLine,
    DeclaredLine,
    PickedLine,
    cancel,
    declare,
    post_pickup,
    record_inventory,
    replace_inventory,
    withdraw_inventory,
)
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", 41)
NOW = timezone.now()


def day(number: int) -> dt.datetime:
    """The days of a story: 0 is twenty days ago, 20 is now."""
    return NOW - dt.timedelta(days=20 - number)


@pytest.fixture
def store() -> Store:
    return StoreFactory()


@pytest.fixture
def kind():  # type: ignore[no-untyped-def]
    return ContainerTypeFactory()


def count(store, kind, number, total, full=None, **more):  # type: ignore[no-untyped-def]
    return record_inventory(store, key=uuid.uuid4(), counted_at=day(number), lines=[CountedLine(kind, total, full)], by=BY, **more)


def pickup(store, kind, number, loaded, left=0):  # type: ignore[no-untyped-def]
    return post_pickup(store, HubFactory(), [PickedLine(kind, loaded, left)], key=uuid.uuid4(), occurred_at=day(number), by=BY)


def held(store) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    figures = dict(Balance.objects.filter(store=store).values_list("content", "quantity"))
    assert check_ledger() == []
    return figures.get("empty", 0), figures.get("full", 0)


def test_the_stock_becomes_what_was_counted(store, kind):
    pickup(store, kind, 1, 6, 4)
    count(store, kind, 2, 30, 12)
    assert held(store) == (18, 12)


def test_without_full_ones_the_difference_goes_to_the_empty_ones(store, kind):
    declare(store, key=uuid.uuid4(), lines=[DeclaredLine(kind, 5)], by=BY, occurred_at=day(1))
    count(store, kind, 2, 30)
    assert held(store) == (25, 5)


def test_at_a_hub_a_missing_full_count_means_none(kind):
    hub = HubFactory()
    post_pickup(StoreFactory(), hub, [PickedLine(kind, 9, 0)], key=uuid.uuid4(), occurred_at=day(1), by=BY)
    count(hub, kind, 2, 30)
    assert held(hub) == (30, 0)


def test_a_pickup_learned_later_does_not_change_the_stock_since_the_count(store, kind):
    count(store, kind, 10, 30, 12)
    pickup(store, kind, 5, 7, 3)
    assert held(store) == (18, 12)
    pickup(store, kind, 15, 7, 3)
    assert held(store) == (21, 5)


def test_a_pickup_of_the_very_moment_of_the_count_is_before_it(store, kind):
    count(store, kind, 10, 30, 12)
    pickup(store, kind, 10, 7, 3)
    assert held(store) == (18, 12)


def test_after_a_count_of_the_total_alone_a_late_pickup_still_says_how_many_are_full(store, kind):
    count(store, kind, 10, 30)
    pickup(store, kind, 5, 7, 3)
    assert held(store) == (37, -7)


def test_a_count_in_the_past_between_two_others_moves_the_past_only(store, kind):
    count(store, kind, 2, 30, 12)
    count(store, kind, 10, 28, 9)
    count(store, kind, 5, 40, 20)
    assert held(store) == (19, 9)


def test_a_second_count_of_the_same_moment_is_the_one_that_holds(store, kind):
    first, second = count(store, kind, 10, 30, 12), count(store, kind, 10, 25, 10)
    assert held(store) == (15, 10)
    withdraw_inventory(second, by=BY, reason="the wrong shop")
    assert held(store) == (18, 12)
    withdraw_inventory(first, by=BY, reason="the wrong shop too")
    assert held(store) == (0, 0)


def test_withdrawing_the_older_of_two_counts_of_one_moment_leaves_the_younger_in_force(store, kind):
    older, younger = count(store, kind, 10, 30, 12), count(store, kind, 10, 25)
    withdraw_inventory(older, by=BY, reason="the wrong shop")
    assert held(store) == (25, 0)
    withdraw_inventory(younger, by=BY, reason="the wrong shop too")
    assert held(store) == (0, 0)


def test_a_count_of_zero_is_a_count(store, kind):
    pickup(store, kind, 1, 0, 20)
    count(store, kind, 2, 0, 0)
    assert held(store) == (0, 0)


def test_a_count_that_finds_what_was_expected_writes_nothing_and_pins_all_the_same(store, kind):
    count(store, kind, 2, 30, 12)
    before = Movement.objects.count()
    count(store, kind, 5, 30, 12)
    assert Movement.objects.count() == before
    pickup(store, kind, 4, 10)
    assert held(store) == (18, 12)


def test_a_withdrawn_count_leaves_no_effect_and_the_next_one_absorbs_the_rest(store, kind):
    pickup(store, kind, 1, 4, 6)
    wrong = count(store, kind, 5, 300, 12)
    count(store, kind, 10, 30, 10)
    pickup(store, kind, 3, 1, 1)
    withdraw_inventory(wrong, by=BY, reason="one zero too many")
    assert held(store) == (20, 10)
    wrong.refresh_from_db()
    assert (wrong.withdrawn_reason, wrong.withdrawn_by_kind, wrong.withdrawn_by_id) == ("one zero too many", "user", 41)
    assert set(Count.objects.filter(inventory=wrong).values_list("withdrawn", flat=True)) == {True}


def test_the_last_count_withdrawn_brings_back_what_was_known_without_it(store, kind):
    pickup(store, kind, 1, 4, 6)
    wrong = count(store, kind, 5, 300, 12)
    pickup(store, kind, 3, 1, 1)
    withdraw_inventory(wrong, by=BY, reason="one zero too many")
    assert held(store) == (7, -5)


def test_a_count_is_withdrawn_once_and_with_a_reason(store, kind):
    inventory = count(store, kind, 5, 30)
    with pytest.raises(ValidationError):
        withdraw_inventory(inventory, by=BY, reason=" ")
    withdraw_inventory(inventory, by=BY, reason="the wrong shop")
    with pytest.raises(ValidationError) as refusal:
        withdraw_inventory(inventory, by=BY, reason="again")
    assert refusal.value.code == "withdrawn"


def test_a_corrected_count_replaces_the_first(store, kind):
    wrong = count(store, kind, 5, 300, 12, note="back room")
    key = uuid.uuid4()
    for _ in range(2):  # a double click
        right = replace_inventory(wrong, key=key, lines=[CountedLine(kind, 30, 12)], by=BY, reason="one zero too many")
    assert held(store) == (18, 12)
    assert (right.counted_at, right.note, Inventory.objects.count()) == (day(5), "back room", 2)


def test_a_late_pickup_cancelled_leaves_the_count_as_it_was(store, kind):
    count(store, kind, 10, 30, 12)
    cancel(pickup(store, kind, 5, 7, 3), by=BY, reason="another shop")
    assert held(store) == (18, 12)


def test_a_replay_returns_the_first_inventory(store, kind):
    key = uuid.uuid4()
    first = record_inventory(store, key=key, counted_at=day(5), lines=[CountedLine(kind, 30)], by=BY)
    again = record_inventory(store, key=key, counted_at=day(6), lines=[CountedLine(kind, 99)], by=BY)
    assert (again, again.replayed, first.replayed) == (first, True, False)
    assert held(store) == (30, 0)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "empty"),
        ([(3, 4)], "full_over_total"),
        ([(-1, None)], "negative"),
        ([(100_001, None)], "absurd"),
        ([(1, None), (2, None)], "twice"),
    ],
)
def test_what_nobody_can_have_counted_is_refused(store, kind, lines, code):
    with pytest.raises(ValidationError) as refusal:
        record_inventory(store, key=uuid.uuid4(), counted_at=day(5), lines=[CountedLine(kind, *line) for line in lines], by=BY)
    assert refusal.value.code == code


def test_a_count_in_the_future_is_refused(store, kind):
    with pytest.raises(ValidationError) as refusal:
        count(store, kind, 21, 30)
    assert refusal.value.code == "future"


def test_imported_counts_may_be_negative_or_huge(store, kind):
    count(store, kind, 5, -40_000, source=("old tool", "12"))
    count(store, kind, 6, 2_000_000, 3_000_000, source=("old tool", "13"))
    assert held(store) == (-1_000_000, 3_000_000)
