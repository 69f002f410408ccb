"""The movements of a place: running totals that agree with the ledger, whatever the filter and the page; files, chart, refusals."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import date, timedelta

import openpyxl
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crates.enums import Cause
from crates.models import Entry, Movement
from crates.queries import stock_at
from crates.services import PickedLine, correct, pickup_lines, post_pickup, record_purchase
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting.movements_page import Period, movements_page, table
from lincassable.reporting.stock_chart import days_of
from lincassable.reporting.tests.factories import collect, container, count, say, use
from stores.enums import Kind
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()


@pytest.fixture
def desk(client):
    """A coordinator's browser, in English."""
    client.force_login(UserFactory(role="coordinator", language="en"))
    client.cookies["langue"] = "en"
    return client


@pytest.fixture
def days_ago():
    """A moment so many days ago."""
    now = timezone.now()
    return lambda days: now - timedelta(days=days)


@pytest.fixture
def hub():
    """Where the trucks go."""
    return StoreFactory(name="Plateforme", kind=Kind.HUB)


@pytest.fixture
def store(hub, days_ago):
    """30 counted; 20 declared full; 24 taken and 20 left, corrected to 22; 3 declared full."""
    store = StoreFactory(name="La Cagette")
    use(store)
    count(store, days_ago(30), total=30)
    say(store, days_ago(20), full=20)
    collect(store, hub, days_ago(10), taken=24, left=20)
    movement = Movement.objects.get(cause=Cause.PICKUP)
    correct(movement, pickup_lines(store, hub, [PickedLine(container(), 22, 20)]), by=BY, reason="the slip says 22")
    say(store, days_ago(5), full=3)
    return store


def period(store, since, until=None, **more) -> Period:
    return Period(store, since, until or timezone.now(), **more)


def after(page) -> list[tuple[int, int]]:
    return [(line.after.full, line.after.total) for line in page.lines]


def test_each_line_says_what_was_there_after_it(store, days_ago):
    page = movements_page(period(store, days_ago(60)))
    assert after(page) == [(3, 28), (-2, 28), (20, 30), (-4, 26), (20, 30), (0, 30)]
    assert [line.standing != "" for line in page.lines] == [False, False, True, True, False, False]
    assert [line.after.is_negative for line in page.lines] == [False, True, False, True, False, False]
    assert [line.others for line in page.lines] == ["", "Plateforme", "Plateforme", "Plateforme", "", ""]
    [(opening, closing)] = page.period.balances
    assert (opening.total, closing.full, closing.total) == (0, 3, 28)


def test_totals_run_from_the_opening_balance_whatever_the_filter_and_the_page(store, days_ago):
    assert after(movements_page(period(store, days_ago(7)))) == [(3, 28)]
    later = period(store, days_ago(15), cause=Cause.PICKUP)
    assert after(movements_page(later)) == [(-2, 28), (20, 30), (-4, 26)]
    [(opening, closing)] = later.balances
    assert (opening.full, opening.total, closing.full) == (20, 30, 3)
    whole = period(store, days_ago(60))
    assert [after(movements_page(whole, number, 4)) for number in (1, 2)] == [[(3, 28), (-2, 28), (20, 30), (-4, 26)], [(20, 30), (0, 30)]]
    assert movements_page(whole, 9, 4).page == 2
    until = period(store, days_ago(60), days_ago(8))
    assert after(movements_page(until))[0] == (-2, 28)
    assert until.balances[0][1].full == -2
    assert movements_page(period(store, days_ago(60), container=container("33"))).lines == []


def test_a_hub_sees_the_mirror(hub, store, days_ago):
    page = movements_page(period(hub, days_ago(60)))
    assert after(page)[0] == (22, 2)
    assert page.lines[0].others == "La Cagette"


moves = st.lists(
    st.tuples(st.sampled_from(["buy", "take"]), st.integers(0, 9), st.integers(0, 30), st.integers(0, 30), st.sampled_from(["75", "33"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moves=moves, size=st.integers(1, 5))
def test_every_line_agrees_with_the_stock_at_its_moment(moves, size, days_ago):
    store, hub, seen = StoreFactory(), StoreFactory(kind=Kind.HUB), set()
    for what, day, first, second, code in moves:
        kind = container(code)
        if what == "buy":
            record_purchase(store, kind, first + 1, key=uuid.uuid4(), occurred_at=days_ago(day), by=BY)
        else:
            post_pickup(
                store, hub, [PickedLine(kind, first, second)], key=uuid.uuid4(), occurred_at=days_ago(day), by=BY, origin=("stop", 1)
            )
    for place in (store, hub):
        asked, lines = period(place, days_ago(5)), []
        for number in range(1, movements_page(asked, 1, size).pages + 1):
            lines += movements_page(asked, number, size).lines
        assert (
            len(lines)
            == Entry.objects.filter(store=place, occurred_at__gte=days_ago(5)).values("movement", "container_type").distinct().count()
        )
        for line in lines:  # the newest first: the first one met of a moment is the last one of it
            spot = (place.pk, line.after.container.pk, line.occurred_at)
            if spot not in seen:
                seen.add(spot)
                [held] = [one for one in stock_at(line.occurred_at, place)[place.pk] if one.container_type == line.after.container]
                assert (line.after.full, line.after.total) == (held.raw_full, held.total)


def test_the_page_shows_it_and_leads_to_the_correction(desk, store):
    page = desk.get(f"/admin/stock/{store.uuid}/")
    html = page.content.decode()
    movement = Movement.objects.filter(cause=Cause.PICKUP, reverses=None).latest("pk")
    assert f'href="/admin/crates/movement/{movement.pk}/change/"' in html
    assert 'data-after="-2/28"' in html
    assert "data-negative" in html
    assert 'data-chart="75"' in html
    assert desk.get("/admin/stock/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_the_page_takes_few_queries_whatever_the_history(desk, store, django_assert_max_num_queries, days_ago):
    for number in range(150):
        record_purchase(store, container(), 1, key=uuid.uuid4(), occurred_at=days_ago(number % 25), by=BY)
    with django_assert_max_num_queries(16):  # one of them asks which places were merged into this one
        page = desk.get(f"/admin/stock/{store.uuid}/")
    assert (page.context["shown"].total, page.context["shown"].pages, len(page.context["shown"].lines)) == (156, 2, 100)


@pytest.mark.parametrize("query", [{"since": "2026-13-01"}, {"until": "x"}, {"cause": "magic"}, {"container": "999"}, {"container": "a"}])
def test_what_cannot_be_asked_is_told_in_a_sentence(desk, store, query):
    page = desk.get(f"/admin/stock/{store.uuid}/", query)
    assert page.status_code == 200
    assert b"data-errors" in page.content


def test_a_period_that_ends_before_it_begins_is_refused(desk, store):
    page = desk.get(f"/admin/stock/{store.uuid}/", {"since": "2026-02-01", "until": "2026-01-01"})
    assert "ends before it begins" in page.content.decode()


def test_the_files_hold_all_lines_between_two_balances(desk, store, days_ago):
    since = timezone.localtime(days_ago(15)).date()
    query = {"since": f"{since}", "format": "csv"}
    rows = list(csv.reader(io.StringIO(desk.get(f"/admin/stock/{store.uuid}/", query).content.decode("utf-8-sig")), delimiter=";"))
    assert [row[7:10] for row in rows[1:]] == [
        ["20", "10", "30"], ["-4", "30", "26"], ["20", "10", "30"], ["-2", "30", "28"], ["3", "25", "28"], ["3", "25", "28"]
    ]  # fmt: skip
    assert rows[1][5:7] == ["", ""]
    assert "the slip says 22" in rows[3][10]
    book = openpyxl.load_workbook(
        io.BytesIO(desk.get(f"/admin/stock/{store.uuid}/", {**query, "format": "xlsx", "cause": "pickup"}).content)
    )
    assert [row[5] for row in book.active.iter_rows(min_row=3, max_row=5, values_only=True)] == [-24, 24, -22]


def test_the_chart_ends_with_what_is_there_and_names_its_fill(store, days_ago):
    [chart] = movements_page(period(store, days_ago(40))).charts
    assert (chart.points[-1].total, chart.points[-1].full, chart.points[-1].percent) == (28, 3, 8)
    assert (chart.points[0].total, len(chart.points)) == (0, 41)
    assert chart.bottom == -2
    assert chart.total_line.startswith("M0 ")
    by_day = {point.day: (point.full, point.total) for point in chart.points}
    assert by_day[timezone.localdate(days_ago(15))] == (20, 30)


def test_a_long_period_is_drawn_with_points_that_can_be_told_apart():
    assert days_of(date(2026, 1, 1), date(2026, 1, 3)) == [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)]
    year = days_of(date(2025, 1, 1), date(2026, 1, 1))
    assert (year[-1], len(year)) == (date(2026, 1, 1), 53)
    assert len(days_of(date(1990, 1, 1), date(2026, 1, 1))) <= 110


def test_tables_come_between_balances_even_without_a_line(store, days_ago):
    _headers, rows = table(period(store, days_ago(1)))
    assert [row[9] for row in rows] == [28, 28]
