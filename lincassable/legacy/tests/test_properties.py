"""Whatever the export: the figures are the present tool's, again changes nothing, and A then B is B."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lincassable.legacy.services import post_pending
from lincassable.legacy.tests.exports import HUB, SORTING, Export, declaration, inventory, point, stop
from lincassable.legacy.tests.helpers import assert_agrees, assert_holds, bring_in, evening, figures, ledger_size

pytestmark = pytest.mark.django_db
SHOPS = (101, 102, 103)
FIRST = dt.date(2025, 3, 27)  # the clocks go forward on the 30th
DAYS = [FIRST + dt.timedelta(days=number) for number in range(7)]
MANY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

days = st.sampled_from([day.isoformat() for day in DAYS])
times = st.builds(lambda day, time: f"{day}T{time}", days, st.sampled_from(["00:30:00+01:00", "10:00:00+00:00", "23:30:00+00:00"]))
small = st.integers(-3, 12)
threes = st.tuples(small, small, st.integers(0, 2))


def _numbered(rows: list) -> tuple:
    return tuple({**row, "id": number} for number, row in enumerate(rows, start=1))


@st.composite
def exports(draw: st.DrawFn) -> Export:
    """Three shops, a hub and a sorting centre in one week: stops, counts and declarations that meet."""
    places = st.sampled_from((HUB, *SHOPS))
    stops = st.builds(
        stop, st.just(0), places, st.one_of(st.just(""), days, days, days), threes, threes, st.sampled_from((HUB, SORTING, ""))
    )
    full = st.one_of(st.just(("", "", "")), st.tuples(small, small, st.just("")))
    counts = st.builds(inventory, st.just(0), st.sampled_from((HUB, SORTING, *SHOPS)), st.one_of(days, times), threes, full)
    said = st.builds(declaration, st.just(0), st.sampled_from(SHOPS), st.one_of(days, times), small, small)
    columns = {row_id: draw(threes) for row_id in (HUB, SORTING, *SHOPS)}
    return Export(
        points=tuple(point(row_id, stock=numbers) for row_id, numbers in columns.items()),
        stops=_numbered(draw(st.lists(stops, max_size=8))),
        inventories=_numbered(draw(st.lists(counts, max_size=6))),
        declarations=_numbered(draw(st.lists(said, max_size=4))),
    )


def _agrees_everywhere(export: Export, until: dt.date) -> None:
    """On every day up to `until`; and where nobody ever counted, the columns are shown."""
    for day in DAYS:
        if day <= until:
            assert_agrees(export, day, evening(day))
    assert_agrees(export, until)
    here = figures(evening(until))
    counted = {row["point_de_collecte_id"] for row in export.inventories if dt.date.fromisoformat(row["date"][:10]) <= until}
    counted |= {row["point_de_collecte_id"] for row in export.inventories}
    for row in export.points:
        if row["id"] not in counted:
            shown = [here[row["id"], code][0] for code in ("75", "33", "palox")]
            assert shown == [row["stock_casiers_75"], row["stock_casiers_33"], row["stock_paloxs"]]


@MANY
@given(exports(), st.sampled_from(DAYS))
def test_the_figures_are_the_present_tools_on_every_day_and_again_changes_nothing(export: Export, day: dt.date) -> None:
    with transaction.atomic():
        bring_in(export, day)
        _agrees_everywhere(export, day)
        assert_holds()
        before, shown = ledger_size(), figures()
        bring_in(export, day)
        bring_in(export, None)
        assert (ledger_size(), figures()) == (before, shown)
        transaction.set_rollback(True)


@MANY
@given(exports(), exports(), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_one_export_after_another_shows_what_the_second_alone_would(first: Export, second: Export, early: dt.date, late: dt.date) -> None:
    early, late = sorted((early, late))
    with transaction.atomic():
        bring_in(second, late)
        alone = figures()
        transaction.set_rollback(True)
    with transaction.atomic():
        bring_in(first, early)
        bring_in(second, late)
        assert_holds()
        _agrees_everywhere(second, late)
        assert figures() == alone
        before = ledger_size()
        bring_in(second, late)
        assert ledger_size() == before
        transaction.set_rollback(True)


@MANY
@given(exports(), st.sampled_from(DAYS))
def test_what_waited_for_its_day_comes_by_itself(export: Export, day: dt.date) -> None:
    with transaction.atomic():
        bring_in(export, day)
        post_pending()
        assert_agrees(export, DAYS[-1] + dt.timedelta(days=1))  # the latest count is at 23:30 UTC, after midnight here
        assert_holds()
        before, shown = ledger_size(), figures()
        assert post_pending() == 0
        bring_in(export, None)
        assert (ledger_size(), figures()) == (before, shown)
        transaction.set_rollback(True)
