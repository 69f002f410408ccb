"""How urgent a visit is: each reason against cases counted by hand, and the five that are most worth making."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.utils import translation

from awareness.models import TrainingWish
from awareness.tests.factories import TrainingFactory
from awareness.tests.factories_visits import DoneVisitFactory, VisitFactory
from awareness.visit_urgency import Facts, parts_of, worth_lately, worth_making
from crates.enums import Cause, Content
from crates.models import Declaration, DepositCount
from crates.services import post_movement
from crates.services.lines import Line
from crates.tests.factories import ContainerTypeFactory, DeclarationFactory, DepositAmountFactory
from lincassable.accounts.actors import Actor
from nonconformities.models import NonConformityKind
from nonconformities.tests.factories import NonConformityFactory
from stores.enums import Kind, Status
from stores.tests.factories import StoreFactory

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 7, 10, 12, tzinfo=PARIS)
WELL = {"declared": NOW, "trained": NOW, "visited": NOW, "score": 100}


@pytest.fixture(autouse=True)
def _rules(settings):
    """The figures that the cases were counted with."""
    settings.VISIT_POINTS = {"stale": 25, "problems": 25, "training": 20, "returns": 15, "visit": 15}
    settings.DECLARATION_LATE_DAYS, settings.TRAINING_EVERY_MONTHS, settings.VISIT_EVERY_MONTHS = 20, 12, 6
    settings.NONCONFORMITY_RECURRENT, settings.NONCONFORMITY_RECURRENT_DAYS = 3, 90
    settings.VISIT_LOW_SCORE, settings.VISIT_LOW_RETURN_PERCENT, settings.VISIT_FALL_PERCENT = 60, 50, 50
    settings.VISIT_LEAST_BOTTLES, settings.VISIT_FALL_DAYS, settings.VISIT_REST_DAYS = 100, 120, 30
    with translation.override("en"):
        yield


def ago(days):
    return NOW - timedelta(days=days)


# -- each reason, by hand: half the points at the threshold, all at twice (a declaration: three times) it, straight in between


@pytest.mark.parametrize(
    ("facts", "points", "words"),
    [
        ({}, {}, ""),
        ({"declared": ago(19)}, {}, ""),
        ({"declared": ago(20)}, {"stale": 13}, "no declaration for 20 days"),  # half of 25, a half rounded up
        ({"declared": ago(40)}, {"stale": 19}, "40 days"),  # ¾ of 25 = 18.75
        ({"declared": ago(60)}, {"stale": 25}, "60 days"),
        ({"declared": ago(600)}, {"stale": 25}, "600 days"),
        ({"declared": None}, {"stale": 25}, "has never declared anything"),  # there since 2020
        ({"trained": None}, {"training": 20}, "its team was never trained"),
        ({"trained": NOW.replace(year=2025)}, {"training": 10}, "last trained in July 2025"),
        ({"trained": NOW.replace(year=2024)}, {"training": 20}, "last trained in July 2024"),
        ({"trained": datetime(2025, 7, 11, 12, tzinfo=PARIS)}, {}, ""),
        ({"trained": None, "training_planned": True}, {}, ""),
        ({"wish": "questions"}, {"training": 20}, "asks for a training: we have questions"),
        ({"problems": ((1, 3),)}, {"problems": 13}, "unrinsed (3 times)"),
        ({"problems": ((1, 4),)}, {"problems": 17}, "(4 times)"),  # ½ + ½ × 1/3 = 2/3 of 25 = 16.7
        ({"problems": ((1, 3), (2, 3))}, {"problems": 25}, "unrinsed (3 times), foreign (3 times)"),
        ({"returns": (100, 50)}, {"returns": 8}, "only 50 % of its bottles come back"),  # at the threshold: half of 15
        ({"returns": (100, 25)}, {"returns": 11}, "only 25 %"),  # ¾ of 15 = 11.25
        ({"returns": (100, 51)}, {}, ""),
        ({"returns": (99, 0)}, {}, ""),  # too few to say
        ({"bottles": (500, 1000)}, {"returns": 8}, "500 bottles collected lately, 1,000 in the same months a year ago"),
        ({"bottles": (0, 1000)}, {"returns": 15}, "0 bottles"),
        ({"bottles": (501, 1000)}, {}, ""),
        ({"returns": (100, 50), "bottles": (0, 1000)}, {"returns": 15}, "0 bottles"),  # what says more
        ({"visited": None, "score": None}, {"visit": 15}, "never visited"),
        ({"visited": NOW.replace(month=1)}, {"visit": 8}, "last visited in January 2026"),
        ({"visited": NOW.replace(year=2025)}, {"visit": 15}, "last visited in July 2025"),
        ({"visited": ago(31), "score": 60}, {}, ""),
        ({"visited": ago(31), "score": 30}, {"visit": 11}, "30 % at the last visit, in June 2026"),
        ({"visited": ago(31), "score": None}, {}, ""),
    ],
)
def test_each_reason_by_hand(facts, points, words):
    parts = parts_of(Facts(since=datetime(2020, 1, 1, tzinfo=PARIS), **(WELL | facts)), NOW, {1: "unrinsed", 2: "foreign"})
    assert {part.code: part.points for part in parts} == points
    assert words in "".join(part.words for part in parts)


def test_the_greatest_reason_is_said_first_and_the_sum_is_100_at_most():
    worst = Facts(since=ago(900), problems=((1, 9),), returns=(1000, 0))
    parts = parts_of(worst, NOW, {1: "unrinsed"})
    assert sum(part.points for part in parts) == 100
    assert [part.points for part in parts] == [25, 25, 20, 15, 15]


# -- the network


def well(**values):
    """A place with no reason for a visit."""
    store = StoreFactory(created_at=ago(1000), **values)
    DeclarationFactory(store=store, declared_at=ago(1))
    TrainingFactory(store=store, state="done", people=3, starts_at=ago(10))
    DoneVisitFactory(store=store, done_at=ago(40), score=90)
    return store


def collect(store, bottles, day):
    """A tour takes so many bottles, in crates of ten."""
    crate = ContainerTypeFactory(bottles=10)
    lines = [Line(store, crate, Content.FULL, -bottles // 10), Line(None, crate, Content.FULL, bottles // 10)]
    post_movement(Cause.PICKUP, occurred_at=day, entries=lines, key=uuid.uuid4(), by=Actor.system())


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_the_five_most_worth_making_by_hand(django_assert_max_num_queries):
    fine, planned, lately, hub, closed = well(), well(), well(), well(kind=Kind.HUB), well(status=Status.ARCHIVED)
    VisitFactory(store=planned)
    DoneVisitFactory(store=lately, done_at=ago(5), score=0)
    dirty, fallen, stale, new, wishing, low = well(), well(), well(), StoreFactory(created_at=ago(2)), well(), well()
    kind = NonConformityKind.objects.get(code="unrinsed")
    for days in (3, 20, 80, 95):  # the last one is too old: three count
        NonConformityFactory(store=dirty, kind=kind, occurred_at=ago(days), recorded_at=ago(days))
    for store in (fallen, dirty):
        collect(store, 1000, ago(365 + 30))
    collect(dirty, 1000, ago(30))
    DeclarationFactory(store=(gone := StoreFactory(merged_into=stale, status=Status.ARCHIVED)), declared_at=ago(45))
    Declaration.objects.filter(store=stale).delete()
    TrainingWish.objects.create(store=wishing, reason="new_team")
    DepositCount.objects.create(store=low, month=date(2026, 5, 1), amount=DepositAmountFactory(), charged=400, refunded=100)
    with django_assert_max_num_queries(13):
        found = worth_making(None)
    assert [(row.store, row.urgency) for row in found] == [
        (new, 35),  # never trained 20, never visited 15; its two days are not stale
        (stale, 20),  # 45 days since the declaration of the place that became part of it: (½ + ½ × 25/40) of 25 = 20.3
        (wishing, 20),
        (fallen, 15),
        (dirty, 13),
        (low, 11),
    ]
    assert [row.store for row in worth_making()] == [row.store for row in found[:5]]
    assert next(row for row in found if row.store == dirty).reason == "Comes back within 90 days: unrinsed bottles (3 times)."
    for store in (fine, planned, lately, hub, closed, gone):
        assert store not in [row.store for row in found]
    assert [row.store for row in worth_making(among=[lately.pk], any_time=True)] == [lately]


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_of_equals_the_one_that_more_bottles_come_from_is_first_and_more_places_ask_no_more(django_assert_max_num_queries):
    small, large = (StoreFactory(created_at=ago(2)) for _number in range(2))
    collect(large, 500, ago(3))
    StoreFactory.create_batch(12, created_at=ago(2))
    with django_assert_max_num_queries(13):
        found = worth_making(None)
    assert (found[0].store, len(found)) == (large, 14)
    assert small in [row.store for row in found]


@pytest.mark.django_db
def test_an_empty_network_is_worth_nothing():
    assert worth_making() == []


@pytest.mark.django_db
@time_machine.travel(NOW, tick=False)
def test_the_home_asks_little_and_leaves_out_what_was_planned_since(django_assert_max_num_queries):
    cache.clear()
    stores = [StoreFactory(created_at=ago(2)) for _number in range(3)]
    assert [row.store for row in worth_lately()] == stores
    VisitFactory(store=stores[0])
    with django_assert_max_num_queries(4):
        assert [row.store for row in worth_lately()] == stores[1:]
    DoneVisitFactory(store=stores[1], done_at=NOW)
    assert [row.store for row in worth_lately()] == stores[2:]
    cache.clear()


@pytest.mark.parametrize("name", ["DECLARATION_LATE_DAYS", "VISIT_LOW_SCORE", "VISIT_LOW_RETURN_PERCENT", "VISIT_EVERY_MONTHS"])
def test_odd_settings_break_nothing(settings, name):
    setattr(settings, name, 0)
    settings.VISIT_FALL_PERCENT = 100
    facts = Facts(since=ago(9), declared=ago(9), visited=ago(9), score=0, returns=(100, 100), bottles=(0, 100))
    assert sum(part.points for part in parts_of(facts, NOW, {})) <= 100
