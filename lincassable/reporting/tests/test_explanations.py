"""What may explain a difference: each rule on plain facts, without a database."""

import datetime as dt
import uuid

import pytest
from django.utils import translation

from lincassable.reporting.explanations import Explanation, Odd, Visit, explain, is_mirror, looks_like

DAY = dt.date(2026, 5, 3)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def visit(*, store=1, state="done", planned=(0, 0), actual=(0, 0), km=None, stop=1):
    loaded, left = actual if actual else (None, None)
    return Visit(stop, uuid.uuid4(), 7, store, f"Place {store}", 1, DAY, state, *planned, loaded, left, km=km)


def odd(difference, seen=40):
    return Odd(1, 1, seen, seen - difference)


def first(*args) -> Explanation:
    return explain(*args)[0]


@pytest.mark.parametrize(("a", "b"), [(18, 81), (13, 31), (102, 201)])
def test_mirrored_digits(a, b):
    assert is_mirror(a, b)
    assert is_mirror(b, a)


@pytest.mark.parametrize(("a", "b"), [(1, 10), (5, 5), (11, 11), (12, 31), (10, 1)])
def test_no_mirror(a, b):
    assert not is_mirror(a, b)


@pytest.mark.parametrize(
    ("a", "b", "alike"), [(13, 18, True), (1, 7, True), (12, 112, True), (18, 42, False), (20, 29, False), (5, 5, False)]
)
def test_digits_taken_for_one_another(a, b, alike):
    assert looks_like(a, b) is alike
    assert looks_like(b, a) is alike


@pytest.mark.parametrize(
    ("kind", "difference", "here", "there"),
    [
        # 18 were planned to be taken, none was recorded: 18 fewer are there
        ("not_recorded", -18, [visit(state="to_do", planned=(18, 0), actual=None)], []),
        # the driver took 31, 13 were recorded: 18 fewer are there
        ("mirrored", -18, [visit(actual=(13, 0))], []),
        # 13 were recorded as left, in truth 31: 18 more are there
        ("mirrored", 18, [visit(actual=(0, 13))], []),
        # 18 were loaded, not 13
        ("mistyped", -5, [visit(actual=(13, 0))], []),
        # 18 were loaded as planned, not 12
        ("planned", -6, [visit(planned=(18, 18), actual=(12, 12))], []),
        # full ones were taken, empty ones were left and not recorded
        ("missing_delivery", 20, [visit(planned=(20, 20), actual=(20, 0))], []),
        # the stop was written down at the shop across the street
        ("neighbour", -12, [], [visit(store=2, actual=(12, 0), km=0.4)]),
        ("missed", -9, [visit(state="missed", planned=(9, 0), actual=(0, 0))], []),
        ("lost", -9, [visit(actual=(22, 22))], []),
        ("brought", 9, [], []),
    ],
)
def test_the_likeliest_explanation(kind, difference, here, there):
    assert first(odd(difference), here, there).kind == kind


def test_a_total_with_mirrored_digits_needs_no_stop():
    found = first(Odd(1, 1, 81, 18), [visit(actual=(4, 4))], [])
    assert (found.kind, found.visit) == ("total_mirrored", None)
    assert "81" in found.sentence
    assert "18" in found.sentence


def test_the_sentence_says_what_to_put_right_and_where():
    found = first(odd(-18), [visit(actual=(13, 0), stop=9)], [])
    assert found.sentence == "At the stop of 3 May, 13 full taken may be 31: mirrored digits."
    assert found.visit.stop_id == 9


def test_a_stop_of_another_quantity_next_door_explains_nothing():
    assert first(odd(-12), [], [visit(store=2, actual=(11, 0), km=0.1)]).kind == "lost"


def test_a_neighbour_close_by_is_likelier_than_one_far_away():
    far, near = visit(store=2, actual=(12, 0), km=40.0, stop=2), visit(store=3, actual=(12, 0), km=0.5, stop=3)
    assert [each.visit.store_id for each in explain(odd(-12), [], [far, near])] == [3, 2]


def test_at_most_three_are_shown():
    visits = [visit(state="to_do", planned=(number, 0), actual=None, stop=number) for number in range(1, 9)]
    assert len(explain(odd(-4), visits, [])) == 3


def test_where_nothing_was_ever_counted_a_first_count_is_proposed():
    assert first(Odd(1, 1, 40, 0, is_first=True), [], []).kind == "first"
