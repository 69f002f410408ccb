"""The discrepancy inbox: what gets in, what explains it, and the three ways out."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause, Content
from crates.models import Act, Count, DiscrepancyDecision, Inventory, Movement
from crates.queries import stock_of
from crates.queries_differences import count_open_differences, open_differences
from crates.services import CountedLine, DeclaredLine, PickedLine, declare, post_pickup, record_inventory
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting.discrepancies import inbox
from pickups.enums import TourState
from pickups.models import StopLine
from pickups.services import ActualLine, complete_stop
from pickups.tests.factories import StopFactory, TourFactory
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db
BY = Actor.system()
INBOX = "/admin/crates/discrepancydecision/inbox/"
ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


@pytest.fixture
def kind():
    return ContainerTypeFactory()


@pytest.fixture
def shop(kind):
    shop = StoreFactory(zone=ZoneFactory())
    count(shop, kind, 40, days=20)
    return shop


@pytest.fixture
def browser():
    browser = Client(headers={"Accept-Language": "en"})
    browser.user = UserFactory(role="coordinator")
    browser.force_login(browser.user)
    return browser


def count(store, kind, total, full=None, *, days=1.0):
    return record_inventory(store, key=uuid.uuid4(), counted_at=ago(days), lines=[CountedLine(kind, total, full)], by=BY)


def said(store, kind, total, full=None, *, days=1.0, held=False):
    lines = [DeclaredLine(kind, full, total)]
    return declare(store, key=uuid.uuid4(), lines=lines, by=BY, occurred_at=ago(days), held=held)


def seen() -> list[tuple[int, int, int]]:
    """(store, total seen, expected) of what is open."""
    return [(each.store_id, each.total, each.expected) for each in open_differences()[0]]


# -- what gets in


def test_a_declared_total_and_a_count_beyond_the_tolerance_get_in(shop, kind):
    said(shop, kind, 31, days=5)
    assert seen() == [(shop.pk, 31, 40)]
    other = StoreFactory()
    count(other, kind, 20, days=9)
    count(other, kind, 12, days=3)
    assert seen() == [(other.pk, 12, 20), (shop.pk, 31, 40)]
    assert count_open_differences() == open_differences(limit=1)[1] == 2


def test_within_the_tolerance_nothing_is_asked(shop, kind):
    said(shop, kind, 43, days=3)
    count(shop, kind, 37, days=2)
    said(shop, kind, 40, days=1)
    assert seen() == []


def test_the_tolerance_is_the_containers_own(shop, kind):
    kind.count_tolerance = 0
    kind.save()
    said(shop, kind, 41)
    assert seen() == [(shop.pk, 41, 40)]


def test_only_the_last_word_of_a_place_counts(shop, kind):
    said(shop, kind, 31, days=5)
    said(shop, kind, 40, days=4)
    assert seen() == []
    said(shop, kind, 30, days=3)
    count(shop, kind, 40, days=2)
    assert seen() == []


def test_a_first_count_is_no_difference_but_a_total_where_nothing_was_counted_is(kind):
    new = StoreFactory()
    said(new, kind, 25, full=5, days=6)
    (found,), _total = open_differences()
    assert (found.total, found.expected, found.is_first) == (25, 0, True)
    count(new, kind, 25, days=5)
    assert seen() == []


def test_what_is_held_withdrawn_or_old_is_not_asked_about(shop, kind, settings):
    said(shop, kind, 31, days=5, held=True)
    assert seen() == []
    said(shop, kind, 31, days=5)
    settings.DISCREPANCY_DAYS = 4
    assert seen() == []


def test_at_a_hub_full_ones_are_compared_too(kind):
    hub = HubFactory()
    count(hub, kind, 100, 30, days=10)
    count(hub, kind, 100, 10, days=5)
    (found,), _total = open_differences()
    assert (found.difference, found.full, found.expected_full) == (0, 10, 30)
    said(hub, kind, 100, full=50, days=1)
    assert [each.full_difference for each in open_differences()[0]] == [40, -20]


def test_a_movement_found_later_takes_its_line_out_by_itself(shop, kind):
    count(shop, kind, 28, days=2)
    assert seen() == [(shop.pk, 28, 40)]
    post_pickup(shop, HubFactory(), [PickedLine(kind, 12)], key=uuid.uuid4(), occurred_at=ago(3), by=BY)
    assert seen() == []
    assert stock_of(shop)[0].total == 28


# -- what explains it


def visited(store, kind, *, planned=(0, 0), actual=None, days=3, tour=None, state=TourState.UNDER_WAY):
    tour = tour or TourFactory(date=timezone.localdate(ago(days)), state=state)
    stop = StopFactory(tour=tour, store=store)
    StopLine.objects.create(stop=stop, container_type=kind, planned_full=planned[0], planned_empty=planned[1])
    if actual:
        complete_stop(stop, [ActualLine(kind, *actual)], key=uuid.uuid4(), by=BY, occurred_at=ago(days))
    return stop


def kinds_of(line):
    return [each.kind for each in line.explanations]


def test_a_planned_stop_without_figures_and_mirrored_digits_are_found(shop, kind):
    visited(shop, kind, planned=(12, 0))
    said(shop, kind, 28)
    (line,) = inbox().lines
    assert kinds_of(line)[0] == "not_recorded"
    assert (line.counted.total, line.declared.total, line.difference) == (40, 28, -12)


def test_a_stop_recorded_next_door_is_found(shop, kind):
    neighbour = StoreFactory(zone=shop.zone, latitude=shop.latitude, longitude=shop.longitude)
    visited(neighbour, kind, actual=(12, 0))
    visited(StoreFactory(), kind, actual=(12, 0))  # another zone
    said(shop, kind, 28)
    line = next(line for line in inbox().lines if line.store == shop)
    assert kinds_of(line) == ["neighbour"]
    assert line.explanations[0].visit.store_id == neighbour.pk


def test_a_stop_before_the_last_count_explains_nothing(shop, kind):
    visited(shop, kind, planned=(12, 0), days=25)
    said(shop, kind, 28)
    assert kinds_of(inbox().lines[0]) == ["lost"]


def test_missing_containers_are_shown_with_their_cost(shop, kind):
    kind.value_eur = 9
    kind.save()
    said(shop, kind, 30)
    assert inbox().lines[0].cost_eur == 90


def test_the_page_takes_the_same_few_queries_whatever_the_number_of_lines(kind):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            lines = inbox().lines
        return len(lines), len(captured)

    found = []
    for size in (2, 12):
        for _number in range(size):
            shop = StoreFactory(zone=ZoneFactory())
            count(shop, kind, 40, days=20)
            visited(shop, kind, planned=(3, 3), actual=(3, 1))
            said(shop, kind, 20)
        found.append(queries())
    assert found[0][0] < found[1][0]
    assert found[0][1] == found[1][1] <= 8


# -- the ways out, on the page


def test_the_page_shows_both_sides_and_the_way_to_the_stop(browser, shop, kind):
    stop = visited(shop, kind, actual=(13, 0))
    said(shop, kind, 9)  # 31 were taken
    page = browser.get(INBOX).content.decode()
    assert 'data-explanation="mirrored"' in page
    assert f"/admin/pickups/tour/{stop.tour_id}/stops/{stop.uuid}/" in page
    assert 'data-value="-18"' in page


def test_dismissing_needs_a_reason_and_leaves_the_stock(browser, shop, kind):
    line = said(shop, kind, 30).lines.get()
    address = f"{INBOX}{line.pk}/dismiss/"
    assert browser.post(address, {"reason": " "}).status_code == 200
    assert seen() != []
    assert browser.post(address, {"reason": "the old crates behind the shed"}).status_code == 302
    assert seen() == []
    decision = DiscrepancyDecision.objects.get()
    assert (decision.decision, decision.expected, decision.difference) == ("dismissed", 40, -10)
    assert stock_of(shop)[0].total == 40
    assert "behind the shed" in browser.get("/admin/crates/discrepancydecision/").content.decode()


def test_accepting_a_declared_total_makes_an_inventory_at_its_moment(browser, shop, kind):
    declaration = said(shop, kind, 30, full=8, days=2)
    line = declaration.lines.get()
    browser.post(f"{INBOX}{line.pk}/accept/")
    inventory = Inventory.objects.latest("pk")
    assert (inventory.counted_at, inventory.lines.get().total) == (declaration.declared_at, 30)
    assert (stock_of(shop)[0].total, stock_of(shop)[0].full) == (30, 8)
    assert seen() == []
    browser.post(f"{INBOX}{line.pk}/accept/")  # a second click
    assert Inventory.objects.count() == 2
    assert check_ledger() == []


def test_accepting_a_count_only_settles_it(browser, shop, kind):
    line = count(shop, kind, 30).lines.get()
    browser.post(f"{INBOX}{line.pk}/accept/")
    assert (seen(), Inventory.objects.count()) == ([], 2)


def test_accepting_at_a_hub_keeps_the_full_ones_that_were_not_said(browser, kind):
    hub = HubFactory()
    count(hub, kind, 100, 30, days=10)
    line = said(hub, kind, 80, days=1).lines.get()
    browser.post(f"{INBOX}{line.pk}/accept/")
    assert (stock_of(hub)[0].total, stock_of(hub)[0].full) == (80, 30)


def record(browser, line, **values):
    address = f"{INBOX}{line.pk}/record/"
    initial = browser.get(address).context["form"].initial
    moment = timezone.localtime(initial["occurred_at"])
    data = {
        "form_key": uuid.uuid4(),
        "cause": initial["cause"],
        "quantity": initial["quantity"],
        "content": initial["content"],
        "other": initial["other"] or "",
        "occurred_at_0": f"{moment:%Y-%m-%d}",
        "occurred_at_1": f"{moment:%H:%M:%S}",
        "reason": "",
        **values,
    }
    return browser.post(address, data)


def test_recording_the_missing_movement_is_prefilled_and_explains_the_count(browser, shop, kind):
    hub = HubFactory()
    shop.usual_hub = hub
    shop.save()
    visited(shop, kind, planned=(12, 0))
    line = count(shop, kind, 28, days=2).lines.get()
    assert record(browser, line).status_code == 302
    movement = Movement.objects.get(cause=Cause.PICKUP)
    assert {(entry.store_id, entry.content, entry.quantity) for entry in movement.entries.all()} == {
        (shop.pk, Content.FULL, -12),
        (hub.pk, Content.FULL, 12),
    }
    assert (seen(), stock_of(shop)[0].total) == ([], 28)
    assert DiscrepancyDecision.objects.get().movement == movement
    assert check_ledger() == []


def test_a_movement_without_its_other_end_or_after_the_count_is_refused_on_the_page(browser, shop, kind):
    line = said(shop, kind, 52, days=2).lines.get()
    assert record(browser, line, cause=Cause.DELIVERY, other="").status_code == 200
    later = timezone.localtime()
    response = record(browser, line, cause=Cause.PURCHASE, occurred_at_0=f"{later:%Y-%m-%d}", occurred_at_1=f"{later:%H:%M:%S}")
    assert response.status_code == 200
    assert not DiscrepancyDecision.objects.exists()
    assert record(browser, line, cause=Cause.PURCHASE).status_code == 302
    assert stock_of(shop)[0].total == 52


def test_what_was_decided_can_be_undone_and_comes_back(browser, shop, kind):
    line = said(shop, kind, 30, full=8, days=2).lines.get()
    shown = browser.post(f"{INBOX}{line.pk}/accept/", follow=True).content.decode()
    act = Act.objects.get()
    assert f"/annuler/{act.key}/" in shown
    assert browser.post(f"/annuler/{act.key}/", {"next": INBOX}, headers=ORIGIN)["Location"] == INBOX
    assert seen() == [(shop.pk, 30, 40)]
    assert stock_of(shop)[0].total == 40
    browser.post(f"{INBOX}{line.pk}/accept/")
    assert seen() == []
    assert DiscrepancyDecision.objects.count() == 2
    assert check_ledger() == []


def test_somebody_elses_act_and_an_old_one_stay(browser, shop, kind):
    line = said(shop, kind, 30, days=2).lines.get()
    browser.post(f"{INBOX}{line.pk}/dismiss/", {"reason": "seen"})
    act = Act.objects.get()
    other = Client(headers={"Accept-Language": "en"})
    other.force_login(UserFactory(role="coordinator"))
    assert other.post(f"/annuler/{act.key}/", {"next": INBOX}, headers=ORIGIN).status_code == 403
    Act.objects.update(at=ago(11 / 24 / 60))
    late = browser.post(f"/annuler/{act.key}/", {"next": INBOX}, headers=ORIGIN, follow=True).content.decode()
    assert "More than 10 minutes" in late
    assert seen() == []


def test_undoing_goes_back_to_our_own_pages_only(browser, shop, kind):
    line = said(shop, kind, 30).lines.get()
    browser.post(f"{INBOX}{line.pk}/dismiss/", {"reason": "seen"})
    response = browser.post(f"/annuler/{Act.objects.get().key}/", {"next": "https://elsewhere.example/"}, headers=ORIGIN)
    assert response["Location"] == "/"


def test_a_line_that_was_settled_meanwhile_is_said_to_be(browser, shop, kind):
    line = said(shop, kind, 30).lines.get()
    browser.post(f"{INBOX}{line.pk}/dismiss/", {"reason": "seen"})
    assert browser.get(f"{INBOX}{line.pk}/record/").status_code == 302
    assert browser.post(f"{INBOX}{line.pk}/dismiss/", {"reason": "again"}).status_code == 302
    assert DiscrepancyDecision.objects.count() == 1


def test_the_dashboard_says_how_many_are_open(browser, shop, kind):
    assert 'data-block="discrepancies" data-total="0"' in browser.get("/admin/").content.decode()
    said(shop, kind, 30)
    page = browser.get("/admin/").content.decode()
    assert 'data-block="discrepancies" data-total="1"' in page
    assert INBOX in page


def test_no_line_and_no_decision_without_the_right(shop, kind):
    line = said(shop, kind, 30).lines.get()
    sorting = Client()
    sorting.force_login(UserFactory(role="sorting"))
    for address in ("", f"{line.pk}/record/", f"{line.pk}/dismiss/"):
        assert sorting.get(f"{INBOX}{address}").status_code in (302, 403)
    sorting.post(f"{INBOX}{line.pk}/accept/")
    assert not DiscrepancyDecision.objects.exists()
    assert Count.objects.count() == 2
