"""When a place will be full: each branch of the rule and each fault that it no longer has, worked out by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from crates.models import ContainerType, Movement, StoreContainer
from crates.services import DeclaredLine, PickedLine, correct, declare, pickup_lines, post_pickup, record_transfer
from crates.services.lines import MovedLine
from lincassable.accounts.actors import Actor
from pickups import forecast
from pickups.enums import TourState
from pickups.forecast import Branch, Forecast, Gap, Urgency, forecasts, when_full
from pickups.forecast_baseline import Facts, Member, Seen, baseline, project
from pickups.tests.factories import container
from stores.enums import Kind
from stores.tests.factories import StoreFactory

SYSTEM = Actor.system()
TODAY = datetime(2026, 11, 20, 11, tzinfo=UTC)
LAST = datetime(2026, 10, 1, 8, tzinfo=UTC)


@pytest.fixture
def shop(db):
    """A shop with room for 1,600 bottles: (40 - 6) × 12 + (10 - 2) × 24 + 2 × 500, and its hub."""
    shop = StoreFactory()
    for code, capacity, buffer in (("75", 40, 6), ("33", 10, 2), ("palox", 2, 0)):
        StoreContainer.objects.create(store=shop, container_type=container(code), capacity=capacity, buffer=buffer)
    shop.hub = StoreFactory(kind=Kind.HUB)
    return shop


def collect(shop, when, hub=None, **taken):
    """A truck takes full ones: collect(shop, LAST, c75=30, c33=10)."""
    lines = [PickedLine(container(code.removeprefix("c")), number, number) for code, number in taken.items()]
    return post_pickup(shop, hub or shop.hub, lines, key=uuid.uuid4(), occurred_at=when, by=SYSTEM)


def say(shop, when, c75=0, c33=0, palox=None, **options):
    """Staff declare: numbers of full crates, fillings of paloxes in %."""
    lines = [DeclaredLine(container("75"), c75), DeclaredLine(container("33"), c33)]
    if palox is not None:
        lines.append(DeclaredLine(container("palox"), fill_percents=palox))
    declare(shop, key=uuid.uuid4(), lines=lines, by=SYSTEM, occurred_at=when, received_at=when, **options)


def told(shop) -> Forecast:
    """What the rule says of the shop today."""
    return baseline([shop.pk], TODAY)[shop.pk]


# -- the branches


def test_declared_since_the_last_pickup_gives_the_pace(shop):
    collect(shop, LAST, c75=20)
    say(shop, LAST + timedelta(days=20), c75=15, c33=5, palox=[50, 50])
    found = told(shop)
    # 15 × 12 + 5 × 24 + 2 × 50 % × 500 = 800 bottles in 20 days; 1,600 / 40 a day = 40 days.
    assert (found.branch, found.capacity, found.declared, found.rate) == (Branch.DECLARATION, 1600, 800, 40)
    assert found.full_at == LAST + timedelta(days=40)
    assert found.nearly_at == LAST + timedelta(days=32)
    assert str(found.full_on) == "2026-11-10"
    assert (found.days_left, found.urgency) == (-10, Urgency.OVERDUE)
    with translation.override("en"):
        assert found.reason == (
            "800 bottles declared on 21 October 2026 since the pickup of 1 October 2026: 40.0 a day; there is room for 1600."
        )
        assert found.when == "full for 10 days"


def test_without_a_newer_declaration_the_last_two_pickups_give_the_pace(shop):
    collect(shop, LAST - timedelta(days=30), c75=5)
    collect(shop, LAST, c75=30, c33=10)
    say(shop, LAST - timedelta(days=2), c75=30)
    found = told(shop)
    # 30 × 12 + 10 × 24 = 600 bottles in 30 days; 1,600 / 20 a day = 80 days.
    assert (found.branch, found.collected, found.rate) == (Branch.PICKUPS, 600, 20)
    assert found.full_at == LAST + timedelta(days=80)
    assert (found.days_left, found.urgency) == (30, Urgency.LATER)
    assert baseline([shop.pk], TODAY + timedelta(days=1))[shop.pk].urgency == Urgency.SOON
    with translation.override("en"):
        assert "600 bottles collected on 1 October 2026 since the pickup of 1 September 2026: 20.0 a day" in found.reason


def test_a_declaration_on_the_day_of_the_pickup_says_nothing_about_the_pace(shop):
    collect(shop, LAST - timedelta(days=30), c75=5)
    collect(shop, LAST, c75=50)
    say(shop, LAST + timedelta(hours=3), c75=9)
    assert told(shop).branch == Branch.PICKUPS


@pytest.mark.parametrize(
    ("story", "gap"),
    [
        ("nothing", Gap.NEVER_COLLECTED),
        ("declared", Gap.NEVER_COLLECTED),
        ("one pickup", Gap.ONE_PICKUP),
        ("declared none", Gap.NOTHING_DECLARED),
        ("no room", Gap.NO_ROOM),
        ("a trickle", Gap.TOO_SLOW),
    ],
)
def test_not_enough_data_says_why(shop, story, gap):
    if story == "declared":
        say(shop, LAST, c75=3)
    if story in ("one pickup", "declared none", "no room", "a trickle"):
        collect(shop, LAST, c75=20)
    if story == "declared none":
        say(shop, LAST + timedelta(days=10))
    if story == "no room":
        StoreContainer.objects.filter(store=shop).update(buffer=99)
        say(shop, LAST + timedelta(days=10), c75=3)
    if story == "a trickle":
        ContainerType.objects.filter(code="75").update(bottles=1)
        say(shop, LAST + timedelta(days=40), c75=1)
        StoreContainer.objects.filter(store=shop).update(capacity=900)
    found = told(shop)
    assert (found.gap, found.full_on, found.days_left, found.urgency) == (gap, None, None, Urgency.UNKNOWN)
    assert found.branch == Branch.NONE
    assert found.reason


# -- the faults of the former rule


def test_a_planned_pickup_is_not_a_past_one(shop, scene):
    collect(shop, LAST, c75=20)
    say(shop, LAST + timedelta(days=20), c75=15, c33=5, palox=[50, 50])
    before = told(shop)
    from pickups import services

    made = scene(TourState.DRAFT)
    services.add_stop(made.tour, shop, by=made.coordinator)
    services.send_tour(made.tour, by=made.coordinator)
    assert told(shop) == before
    # What happened after the moment that is asked about is not yet past then.
    collect(shop, TODAY + timedelta(hours=2), c75=40)
    assert told(shop) == before


@pytest.mark.parametrize(("missing", "room"), [("75", 1192), ("33", 1408), ("palox", 600)])
def test_every_kind_of_container_and_every_palox_counts(shop, missing, room):
    StoreContainer.objects.filter(store=shop, container_type__code=missing).delete()
    collect(shop, LAST, c75=1)
    say(shop, LAST + timedelta(days=20), c33=10, palox=[100, 20])
    found = told(shop)
    declared = 240 + 600
    assert found.declared == declared
    # The pickup left one 75 cl crate's worth of empty ones, which is room where no capacity is written.
    assert found.capacity == room
    assert found.full_at == LAST + timedelta(days=found.capacity / (declared / 20))


def test_a_palox_holds_what_the_catalogue_says_wherever_it_is_counted(shop):
    collect(shop, LAST, palox=1)
    say(shop, LAST + timedelta(days=20), palox=[100, 0])
    ContainerType.objects.filter(code="palox").update(bottles=450)
    found = told(shop)
    assert (found.capacity, found.declared, found.collected) == (1500, 450, 450)


def test_the_buffer_stock_is_no_room(shop):
    collect(shop, LAST, c75=20)
    say(shop, LAST + timedelta(days=20), c75=20)
    with_buffer = told(shop)
    StoreContainer.objects.filter(store=shop).update(buffer=0)
    without = told(shop)
    assert without.capacity - with_buffer.capacity == 6 * 12 + 2 * 24
    assert without.full_at > with_buffer.full_at


def test_without_a_written_capacity_what_is_there_stands_for_it(shop):
    StoreContainer.objects.filter(store=shop).update(capacity=None, buffer=1)
    record_transfer(None, shop, [MovedLine(container(), "empty", 21)], key=uuid.uuid4(), occurred_at=LAST - timedelta(days=1), by=SYSTEM)
    collect(shop, LAST, c75=5)
    say(shop, LAST + timedelta(days=10), c75=10)
    assert told(shop).capacity == 240


def test_what_is_collected_through_a_place_counts_with_it(shop):
    child = StoreFactory(collected_through=shop)
    StoreContainer.objects.create(store=child, container_type=container(), capacity=20)
    collect(shop, LAST, c75=20)
    say(shop, LAST + timedelta(days=20), c75=15, c33=5, palox=[50, 50])
    say(child, LAST + timedelta(days=10), c75=10)
    found = told(shop)
    # The shop 40 a day, the child 120 in 10 days; room for 1,600 + 240.
    assert (found.capacity, found.declared, found.members, found.rate) == (1840, 920, 1, 52)
    assert found.full_at == LAST + timedelta(days=1840 / 52)
    # The child's own date is that of the place where the truck stops.
    assert child.pk not in forecasts()
    assert when_full(child) is None


def test_a_childs_pickups_are_part_of_its_parents_volume(shop):
    child = StoreFactory(collected_through=shop)
    collect(shop, LAST - timedelta(days=30), c75=5)
    collect(child, LAST - timedelta(days=40), hub=shop.hub, c75=50)  # before the one before last: not of this round
    collect(child, LAST - timedelta(days=1), hub=shop.hub, c75=20)
    collect(shop, LAST, c75=30)
    assert told(shop).collected == (30 + 20) * 12


def test_a_silent_child_neither_fills_nor_gives_room_when_its_parent_declares(shop):
    child = StoreFactory(collected_through=shop)
    StoreContainer.objects.create(store=child, container_type=container(), capacity=20)
    collect(shop, LAST, c75=20)
    say(shop, LAST + timedelta(days=20), c75=15, c33=5, palox=[50, 50])
    assert told(shop).capacity == 1600


# -- what the ledger knows


def test_a_corrected_pickup_counts_as_it_was_corrected(shop):
    collect(shop, LAST - timedelta(days=30), c75=5)
    wrong = collect(shop, LAST, c75=30)
    correct(wrong, pickup_lines(shop, shop.hub, [PickedLine(container(), 10, 10)]), by=SYSTEM, reason="mal lu")
    assert Movement.objects.count() == 4
    assert told(shop).collected == 120


def test_two_trucks_on_the_same_day_are_one_pickup(shop):
    collect(shop, LAST - timedelta(days=30), c75=5)
    collect(shop, LAST, c75=10)
    collect(shop, LAST + timedelta(hours=4), c75=10)
    found = told(shop)
    assert (found.collected, found.before_last) == (240, LAST - timedelta(days=30))


def test_a_visit_that_only_brought_empty_ones_is_no_pickup(shop):
    collect(shop, LAST, c75=10)
    post_pickup(shop, shop.hub, [PickedLine(container(), 0, 12)], key=uuid.uuid4(), occurred_at=LAST + timedelta(days=9), by=SYSTEM)
    assert told(shop).last_pickup == LAST


def test_a_held_declaration_does_not_count(shop):
    collect(shop, LAST, c75=10)
    say(shop, LAST + timedelta(days=9), c75=10, held=True)
    assert told(shop).gap == Gap.ONE_PICKUP


# -- the door


def test_only_places_that_trucks_collect_from_have_a_forecast(shop):
    others = [StoreFactory(kind=Kind.SORTING), StoreFactory(kind=Kind.WASHING), StoreFactory(status="paused"), shop.hub]
    assert set(forecasts()) == {shop.pk}
    assert [when_full(place) for place in others] == [None] * 4
    assert set(forecasts([shop, *others])) == set(forecasts([shop.pk])) == {shop.pk}


def other_model(store_ids, at):
    """A rule from elsewhere."""
    return {pk: Forecast(pk, at, branch="oracle", full_at=at) for pk in store_ids}


def test_another_model_answers_behind_the_same_door(shop, settings):
    settings.FORECAST_MODEL = "pickups.tests.test_forecast.other_model"
    assert when_full(shop).branch == "oracle"
    assert forecast.forecasts()[shop.pk].days_left == 0


def test_the_number_of_queries_does_not_grow_with_the_network(shop, django_assert_num_queries):
    for number in range(12):
        child = StoreFactory(collected_through=StoreFactory() if number % 3 else None)
        collect(child, timezone.now() - timedelta(days=50 + number), hub=shop.hub, c75=4)
    with django_assert_num_queries(5):
        assert len(forecasts()) == 13


# -- whatever the figures

bottles = st.floats(0, 100_000)
days = st.floats(-400, 400)


@given(bottles, days, bottles, bottles, days, st.lists(st.tuples(bottles, bottles, days), max_size=3), st.booleans())
def test_the_rule_never_fails_never_goes_back_and_is_monotone(room, gap, collected, declared, since, children, has_before):
    before = LAST - timedelta(days=abs(gap)) if has_before else None

    def tell(quantity: float) -> Forecast:
        own = Member(room, Seen(LAST + timedelta(days=since), quantity))
        others = tuple(Member(size, Seen(LAST + timedelta(days=when), seen)) for size, seen, when in children)
        return project(Facts(1, own, others, Seen(LAST, collected), before), TODAY)

    found, more = tell(declared), tell(declared * 1.5 + 10)
    assert found.full_at is None or found.full_at >= LAST
    assert found.nearly_at is None or LAST <= found.nearly_at <= found.full_at
    assert (found.full_at is None) == bool(found.gap)
    if found.full_at is not None:
        assert more.full_at is not None
        assert more.full_at <= found.full_at
