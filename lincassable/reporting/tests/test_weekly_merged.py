"""The week of a place that another one became part of: both rows are one place, and the merge itself is no news."""

from __future__ import annotations

import pytest
import time_machine

from lincassable.reporting.queries import late_declarations, store_weeks
from lincassable.reporting.tests.factories import SYSTEM, at, collect, count, say, use
from lincassable.reporting.weekly import Week
from stores import merging
from stores.enums import Kind
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
MONDAY = at("2026-11-23 07:00")


@pytest.fixture
def pair():
    """A shop with 10 crates, 2 of them full; and the same shop typed again: 6 of its 20 taken on Wednesday, 3 declared on Friday."""
    hub = StoreFactory(name="Plateforme", kind=Kind.HUB)
    one, again = (StoreFactory(name=name, created_at=at("2026-01-01 08:00")) for name in ("La Cagette", "La Cagette d'Arles"))
    for store in (one, again):
        use(store, capacity=40)
    with time_machine.travel(at("2026-11-20 12:00"), tick=False):
        count(one, at("2026-10-02 09:00"), total=10)
        say(one, at("2026-10-05 09:00"), full=2)
        count(again, at("2026-10-02 09:00"), total=20)
        say(again, at("2026-11-12 09:00"), full=8)
        collect(again, hub, at("2026-11-18 10:00"), taken=6, left=4)
        say(again, at("2026-11-20 10:00"), full=3)
    with time_machine.travel(at("2026-11-21 10:00"), tick=False):
        merging.merge(again, one, by=SYSTEM)
    one.refresh_from_db()
    return one, again


def week_of(store):
    """The report of Monday 23 November 2026."""
    with time_machine.travel(MONDAY, tick=False):
        return store_weeks([store], Week.of(MONDAY), MONDAY)[store.pk]


def test_what_was_declared_and_taken_at_either_row_is_the_places(pair):
    told = week_of(pair[0])
    [line] = told.lines
    assert (told.declarations, told.last_declared_at) == (1, at("2026-11-20 10:00"))
    assert (line.taken, line.left) == (6, 4)


def test_the_crates_that_the_merge_carried_over_are_no_change_since_last_week(pair):
    [line] = week_of(pair[0]).lines
    assert (line.full, line.full_before, line.changed) == (2 + 3, 2 + 8, -5)
    assert line.full + line.empty == 10 + 20 - 6 + 4


def test_a_place_whose_other_row_has_declared_is_not_late(pair):
    one, _again = pair
    silent = StoreFactory(name="Muette", created_at=at("2026-01-01 08:00"))
    late = late_declarations(Store.objects.active().collected(), MONDAY)
    assert [row.store_id for row in late.rows] == [silent.pk]
    merging.undo(one.merges_won.get(), by=SYSTEM)
    with time_machine.travel(MONDAY, tick=False):
        late = late_declarations(Store.objects.active().collected(), MONDAY)
    assert {row.store_id for row in late.rows} == {silent.pk, one.pk}
