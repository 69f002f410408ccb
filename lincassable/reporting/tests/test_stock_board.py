"""The stock board: what it shows agrees with the ledger, the most urgent first, few queries, filters, files, refusals."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from crates.queries import stock_at, stock_of_all
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting.alert_queries import find
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.stock_board import Asked, board, ranked
from lincassable.reporting.stock_sql import Scope
from lincassable.reporting.tests.factories import collect, container, count, say, use
from pickups.enums import TourState
from pickups.tests.factories import PickupRequestFactory, StopFactory, TourFactory
from stores.enums import Kind, Status
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
URL = "/admin/stock/"


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


def shop(name: str, days_ago, *, total=30, full=0, capacity=40, said=3, **fields):
    """A shop counted 40 days ago, that declared `said` days ago."""
    store = StoreFactory(name=name, **fields)
    use(store, capacity=capacity)
    count(store, days_ago(40), total=total)
    say(store, days_ago(said), full=full)
    return store


def names(asked: Asked | None = None) -> list[str]:
    return [row.name for row in board(asked or Asked()).rows]


def shown(page) -> list[str]:
    return [row.name for row in page.context["board"].rows]


def test_the_most_urgent_place_comes_first(days_ago):
    shop("calm", days_ago, full=5)
    shop("late", days_ago, full=5, said=30)
    shop("short of crates", days_ago, total=8, full=5)
    asks = shop("asks", days_ago, full=5)
    PickupRequestFactory(store=asks)
    shop("full", days_ago, full=32, total=34)
    shop("over-full", days_ago, full=50, total=50)
    awaited = shop("awaited", days_ago, full=34, total=34)
    StopFactory(tour=TourFactory(state=TourState.ACCEPTED, date=timezone.localdate()), store=awaited)
    assert names()[:7] == ["over-full", "full", "asks", "short of crates", "late", "awaited", "calm"]
    rows = {row.name: row for row in board(Asked()).rows}
    assert [alert.kind for alert in rows["over-full"].alerts] == [AlertKind.OVER_FULL]
    assert [alert.kind for alert in rows["short of crates"].alerts] == [AlertKind.LOW_EMPTIES]
    assert rows["awaited"].is_announced
    assert rows["awaited"].alerts == []
    assert rows["late"].is_late
    assert rows["calm"].urgency == 0


def test_the_board_says_what_the_ledger_says_now_and_at_any_moment(days_ago):
    hub = StoreFactory(kind=Kind.HUB)
    stores = [shop(f"s{number}", days_ago, full=number * 5) for number in range(4)]
    for number, store in enumerate(stores):
        collect(store, hub, days_ago(2), taken=number * 6, left=number)
        say(store, days_ago(1), full=number)
    for moment in (None, days_ago(0), days_ago(1), days_ago(2.5), days_ago(20), days_ago(100)):
        ledger = stock_of_all() if moment is None else stock_at(moment)
        seen = {
            (row.store_id, bar.container.code): (bar.full, bar.empty, bar.total, bar.raw_full)
            for row in board(Asked(Scope(moment=moment), page=None)).rows
            for bar in row.bars
            if bar.total or bar.raw_full
        }
        expected = {
            (store, line.container_type.code): (line.full, line.empty, line.total, line.raw_full)
            for store, lines in ledger.items()
            for line in lines
            if line.total or line.raw_full
        }
        assert seen == expected, moment


def test_some_places_are_told_as_among_all_and_in_the_same_order(days_ago):
    shops = [shop(f"s{number}", days_ago, full=number * 9, total=40) for number in range(5)]
    PickupRequestFactory(store=shops[0])
    StoreFactory(name="holds nothing")
    everything = board(Asked(page=None)).rows
    assert ranked() == [row.store_id for row in everything]
    some = (shops[0].pk, shops[3].pk, shops[4].pk)
    assert board(Asked(Scope(stores=some), page=None)).rows == [row for row in everything if row.store_id in some]
    assert find(Scope(stores=some)) == [alert for alert in find() if alert.store_id in some]


def test_filters_by_zone_kind_container_and_alert(desk, days_ago):
    zone = ZoneFactory()
    shop("here", days_ago, zone=zone)
    shop("elsewhere", days_ago, full=39, total=40)
    hotel = StoreFactory(name="hotel", kind=Kind.HOTEL)
    use(hotel, "33")
    StoreFactory(name="gone", status=Status.ARCHIVED)
    assert set(shown(desk.get(URL))) == {"here", "elsewhere", "hotel"}
    assert shown(desk.get(URL, {"zone": zone.pk})) == ["here"]
    assert shown(desk.get(URL, {"kind": "hotel"})) == ["hotel"]
    assert shown(desk.get(URL, {"container": container("33").pk})) == ["hotel"]
    assert shown(desk.get(URL, {"alert": "over_full"})) == ["elsewhere"]
    assert shown(desk.get(URL, {"zone": zone.pk, "kind": "hotel"})) == []


@pytest.mark.parametrize(
    "query",
    [{"at": "2026-02-30"}, {"at": "hier"}, {"at": "9999-12-31"}, {"zone": "x"}, {"kind": "ship"}, {"alert": "' OR 1"}, {"zone": "9" * 30}],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(desk, days_ago, query):
    shop("here", days_ago)
    page = desk.get(URL, query)
    assert page.status_code == 200
    assert b"data-errors" in page.content
    assert shown(page) == ["here"]


def test_a_day_to_come_is_refused_and_a_past_day_is_shown_as_it_ended(desk, days_ago):
    store = shop("here", days_ago, full=12)
    page = desk.get(URL, {"at": f"{timezone.localdate() + timedelta(days=1)}"})
    assert "yet to come" in page.content.decode()
    page = desk.get(URL, {"at": f"{timezone.localtime(days_ago(20)):%Y-%m-%d}"})
    [row] = page.context["board"].rows
    assert (row.store_id, row.bars[0].full, row.bars[0].total) == (store.pk, 0, 30)
    page = desk.get(URL, {"at": f"{timezone.localtime(days_ago(3) - timedelta(minutes=2)):%Y-%m-%dT%H:%M}"})
    assert page.context["board"].rows[0].bars[0].full == 0


def test_pages_cut_the_list_and_a_page_too_far_is_the_last_one(desk):
    for number in range(53):
        use(StoreFactory(name=f"Place {number:03d}"))
    first, last = desk.get(URL), desk.get(URL, {"page": 9})
    assert (len(shown(first)), len(shown(last))) == (50, 3)
    assert b'rel="next"' in first.content
    assert b'rel="prev"' in last.content
    assert not set(shown(first)) & set(shown(last))


def test_the_first_page_takes_five_queries_however_many_places(desk, days_ago, django_assert_max_num_queries):
    zones = ZoneFactory.create_batch(3)
    for number in range(200):
        use(StoreFactory(zone=zones[number % 3]), capacity=number)
    for number in range(10):
        PickupRequestFactory(store=shop(f"full {number}", days_ago, full=39, total=40))
    desk.get(URL)
    with django_assert_max_num_queries(5):  # who is asking, what they may do (3 or 4), and the board
        page = desk.get(URL)
    assert page.context["board"].total == 210
    assert shown(page)[0].startswith("full")


def test_the_files_hold_every_place_and_no_formula(desk, days_ago):
    for number in range(60):
        use(StoreFactory(name=f"Place {number}"))
    shop("=HYPERLINK(1)", days_ago, full=39, total=40, city="+Ville")
    response = desk.get(URL, {"format": "csv"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1 + 61
    assert rows[1][:2] == ["'=HYPERLINK(1)", "'+Ville"]
    assert rows[1][5:11] == ["39", "1", "40", "0", "40", "98"]
    assert "39 full for a room of 40" in rows[1][14]
    book = openpyxl.load_workbook(io.BytesIO(desk.get(URL, {"format": "xlsx", "alert": "over_full"}).content))
    values = list(book.active.iter_rows(values_only=True))
    assert [row[5] for row in values[1:]] == [39]
    assert desk.get(URL, {"format": "exe"}).status_code == 404


def test_a_bar_says_in_words_what_it_draws(desk, days_ago):
    from crates.models import StoreContainer

    store = shop("here", days_ago, full=12)
    StoreContainer.objects.filter(store=store).update(buffer=4)
    html = desk.get(URL).content.decode()
    assert "12 full, 18 empty, 4 of them stay as buffer, room for 40" in html
    assert f'href="/admin/stock/{store.uuid}/"' in html
    assert 'viewBox="0 0 40 10"' in html


def test_only_those_who_may_see_stock_open_it(client):
    assert client.get(URL).status_code == 302
    client.force_login(UserFactory(role="sorting"))
    assert client.get(URL).status_code in (302, 403)
    outsider = UserFactory(is_staff=True)
    client.force_login(outsider)
    assert client.get(URL).status_code == 403
    assert client.get("/admin/stock/00000000-0000-4000-8000-000000000000/").status_code == 403


def test_the_sidebar_of_the_admin_leads_there(desk):
    assert f'href="{URL}"' in desk.get("/admin/").content.decode()
