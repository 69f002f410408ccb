"""What the figures add up to: a case worked out by hand, and a network made at random against a plain loop over its rows."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from awareness.models import Event, Training
from awareness.tests.factories import EventFactory, EventReportFactory
from crates.models import BottleMovement, DepositCount, Entry
from crates.services import cancel
from crates.tests.factories import DepositCountFactory, HubFactory
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.reporting import factors
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import Clock, Dimension, Preset
from lincassable.reporting.figures.periods import Period, period_of, shift
from lincassable.reporting.figures.registry import FIGURES, reuse_factor
from lincassable.reporting.figures.report import report
from lincassable.reporting.figures.sources import SOURCES
from lincassable.reporting.figures.sums import knows, rows_of, sums_of
from lincassable.reporting.models import ReuseFactor
from lincassable.reporting.tests.factories import PARIS, SYSTEM, ReuseFactorFactory, at
from lincassable.reporting.tests.figures_world import collect, world
from nonconformities.models import NonConformity
from pickups.enums import LIVE_TOUR_STATES
from pickups.models import Stop, StopLine, Tour
from references.models import Producer
from stores.models import Store
from stores.tests.factories import StoreFactory, ZoneFactory

pytestmark = pytest.mark.django_db


# -- by hand


@pytest.fixture
def by_hand():
    """A shop and its pickups around the middle of March 2025, as known on the 15th at noon."""
    shop, hub = StoreFactory(zone=ZoneFactory()), HubFactory()
    for when, crates in (
        ("2023-12-31 23:30", 9),  # the year before the year before: says since when it is recorded
        ("2024-02-10 09:00", 4),
        ("2024-03-15 11:00", 1),
        ("2024-03-15 13:00", 7),  # a year before, but later than the same hour
        ("2024-03-20 09:00", 8),
        ("2025-01-10 09:00", 10),
        ("2025-02-28 23:30", 3),
        ("2025-03-01 00:30", 2),  # still February in UTC
        ("2025-03-20 09:00", 6),  # later than asked
    ):
        collect(shop, hub, at(when), crates)
    cancel(collect(shop, hub, at("2025-02-01 10:00"), 5), by=SYSTEM, reason="never happened")
    for month, charged, refunded in (
        (date(2024, 1, 1), 50, 25),
        (date(2025, 1, 1), 100, 80),
        (date(2025, 2, 1), 100, 60),
        (date(2025, 3, 1), 7, 7),
    ):
        DepositCountFactory(store=shop, month=month, charged=charged, refunded=refunded)
    return shop


def this_year(now: str = "2025-03-15 12:00", **more) -> Asked:
    return Asked(period_of(Preset.YEAR, at(now)), **more)


def test_a_year_so_far_is_compared_with_the_same_part_of_the_year_before(by_hand):
    told = report(this_year(by=Dimension.ZONE))
    bottles = told.figure("bottles")
    assert (bottles.now.value, bottles.before.value, bottles.change) == (180, 60, 200)  # 15 crates of 12 beside 5
    assert told.ever == 12 * (9 + 4 + 1 + 7 + 8 + 10 + 3 + 2)
    assert [int(told.bucket("bottles", day).now.value) for day in told.buckets] == [120, 36, 24]
    assert told.members == [by_hand.zone_id]
    assert told.member("bottles", by_hand.zone_id).now.value == 180


def test_the_return_rate_counts_whole_months_only(by_hand):
    rate = report(this_year()).figure("return_rate")
    assert (rate.now.value, rate.before.value, rate.change) == (70, 50, 20)
    assert report(Asked(period_of(Preset.MONTH, at("2025-03-15 12:00")))).figure("return_rate").now is None
    part = Asked(Period(date(2025, 1, 2), date(2025, 2, 28), at("2025-03-15 12:00")))
    assert report(part).figure("return_rate").now.value == 60


def test_what_reuse_spares_is_a_range_after_the_latest_study(by_hand):
    spared = report(this_year()).figure("spared").now
    assert (spared.low, spared.high) == (Decimal("97.2") * 616 / 1000, Decimal("97.2") * 640 / 1000)  # 180 × 0.54 kg
    ReuseFactorFactory(low_g_per_kg=100, high_g_per_kg=200, as_of=date(2024, 1, 1))
    assert report(this_year()).figure("spared").now.low == Decimal("9.72")
    ReuseFactor.objects.all().delete()
    assert reuse_factor() is None
    assert report(this_year()).figure("spared").now is None


def test_a_year_that_was_recorded_in_part_is_not_compared(by_hand):
    told = report(this_year("2024-06-01 12:00")).figure("bottles")
    assert (told.change, bool(told.why_not)) == (None, True)
    before = report(Asked(Period(date(2025, 1, 1), date(2025, 12, 31), at("2026-01-10 12:00")))).figure("charged")
    assert before.change is not None
    DepositCount.objects.filter(month=date(2024, 1, 1)).update(month=date(2024, 3, 1))
    before = report(Asked(Period(date(2025, 1, 1), date(2025, 12, 31), at("2026-01-10 12:00")))).figure("charged")
    assert (before.change, bool(before.why_not), before.before.value) == (None, True, 50)


def test_people_met_are_not_compared_when_half_of_the_reports_lack():
    now = at("2025-03-15 12:00")
    for day in ("2023-06-01", "2024-02-01", "2024-02-02", "2025-02-01", "2025-02-02"):
        when = at(f"{day} 10:00")
        event = EventFactory(starts_at=when, ends_at=when + timedelta(hours=1), state="done")
        EventReportFactory.create_batch(0 if day == "2025-02-02" else 1, event=event, people_met=40)
    told = report(Asked(period_of(Preset.YEAR, now)))
    assert (told.figure("met").now.value, told.figure("met").before.value, told.figure("met").change) == (40, 80, None)
    assert "50" in told.figure("met").why_not
    assert told.figure("events").change == 0


def test_what_happened_at_a_merged_place_counts_for_the_one_that_stayed(by_hand):
    winner = StoreFactory(zone=ZoneFactory())
    by_hand.merged_into, by_hand.status = winner, "archived"
    by_hand.save()
    told = report(this_year(by=Dimension.STORE))
    assert told.members == [winner.pk]
    assert report(this_year(filters={Dimension.ZONE: winner.zone_id})).figure("bottles").now.value == 180
    assert report(this_year(filters={Dimension.ZONE: by_hand.zone_id})).figure("bottles").now.value == 0


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2025, 3, 15), date(2024, 3, 15)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2025, 2, 28), date(2024, 2, 29)),
        (date(2025, 4, 30), date(2024, 4, 30)),
        (date(2024, 2, 28), date(2023, 2, 28)),
    ],
)
def test_the_same_day_a_year_before(day, before):
    assert shift(day) == before


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (Preset.MONTH, date(2025, 2, 1), date(2025, 2, 28)),
        (Preset.QUARTER, date(2025, 1, 1), date(2025, 3, 31)),
        (Preset.YEAR, date(2025, 1, 1), date(2025, 12, 31)),
        (Preset.LAST_YEAR, date(2024, 1, 1), date(2024, 12, 31)),
        (Preset.TWELVE_MONTHS, date(2024, 2, 12), date(2025, 2, 11)),
    ],
)
def test_the_periods_that_one_tap_chooses(preset, first, last):
    period = period_of(preset, at("2025-02-11 00:30"))
    assert (period.first, period.last) == (first, last)
    assert period.until == min(at("2025-02-11 00:30"), datetime(2025, 1, 1, tzinfo=PARIS) if preset == Preset.LAST_YEAR else period.until)


# -- against a plain loop


Sums = dict[str, dict[tuple, int]]


def day_of(moment: datetime) -> date:
    return moment.astimezone(PARIS).date()


def keys():
    """What a row counts for, as (zone, carrier, producer, place): a merged place counts for the one that stayed."""
    places = {store.pk: store for store in Store.objects.all()}
    owned = {producer.store_id: producer.pk for producer in Producer.objects.exclude(store=None)}

    def key(store_id, carrier=None, producer=None, zone=None):
        spot = places[places[store_id].merged_into_id or store_id] if store_id else None
        producer = owned.get(spot.pk if spot else None, 0) if producer is None else producer
        return ((spot.zone_id if spot else zone) or 0, carrier or 0, producer, spot.pk if spot else 0)

    return key


def plain(now: datetime, first: date, last: date, *, months: tuple[date, date]) -> Sums:
    """Add everything up row by row, as one would by hand: sums by (zone, carrier, producer, place), for each source's first measure."""
    sums: Sums = defaultdict(lambda: defaultdict(int))
    key = keys()

    def fits(moment: datetime) -> bool:
        return moment < now and first <= day_of(moment) <= last

    _add_bottles(sums, key, fits)
    _add_facts(sums, key, fits)
    for line in StopLine.objects.select_related("stop__tour", "container_type"):
        if line.stop.state == "to_do" and line.stop.tour.state in LIVE_TOUR_STATES and first <= line.stop.tour.date <= last:
            sums["planned"][key(line.stop.store_id, line.stop.tour.carrier_id)] += line.planned_full * line.container_type.bottles
    for row in DepositCount.objects.all():
        if row.is_current and months[0] <= row.month < months[1]:
            sums["deposits"][key(row.store_id)] += row.charged
    for tour in Tour.objects.all():
        if tour.state in ("done", "closed") and first <= tour.date <= min(last, day_of(now)):
            sums["tours"][key(None, tour.carrier_id, 0, tour.zone_id)] += 1
    return sums


def _add_bottles(sums: Sums, key, fits) -> None:
    tour_of = {stop.pk: stop.tour for stop in Stop.objects.select_related("tour")}
    for entry in Entry.objects.select_related("movement", "store", "container_type"):
        taken = (
            entry.movement.cause == "pickup"
            and entry.content == "full"
            and entry.store
            and entry.store.kind not in ("hub", "sorting", "washing")
        )
        if taken and fits(entry.occurred_at):
            tour = tour_of.get(entry.movement.origin_id) if entry.movement.origin_kind == "stop" else None
            sums["collected"][key(entry.store_id, tour.carrier_id if tour else 0)] -= entry.quantity * entry.container_type.bottles
    taken_back = set(BottleMovement.objects.exclude(reverses=None).values_list("reverses_id", flat=True))
    for row in BottleMovement.objects.all():
        stands = row.reverses_id is None and row.pk not in taken_back
        if row.kind == "delivered" and stands and fits(row.occurred_at):
            sums["delivered"][key(row.to_store_id)] += row.quantity


def _add_facts(sums: Sums, key, fits) -> None:
    for row in NonConformity.objects.select_related("stop__tour"):
        if row.state not in ("rejected", "duplicate") and fits(row.occurred_at):
            sums["problems"][key(row.store_id, row.stop.tour.carrier_id if row.stop else row.carrier_id, row.producer_id or 0)] += 1
    for row in Training.objects.all():
        if row.state == "done" and fits(row.starts_at):
            sums["trainings"][key(row.store_id)] += 1
    for row in Event.objects.all():
        if row.state == "done" and fits(row.starts_at):
            sums["events"][key(row.store_id)] += 1


PLACE_IN_KEY = {Dimension.ZONE: 0, Dimension.CARRIER: 1, Dimension.PRODUCER: 2, Dimension.STORE: 3}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_figures_are_those_of_a_plain_loop_over_all_rows(seed):
    now = timezone.now()
    made = world(now, seed=seed, rounds=40)
    keys = {
        Dimension.ZONE: [made.zones[0].pk, 0],
        Dimension.CARRIER: [made.carriers[0].pk, 0],
        Dimension.PRODUCER: [made.producers[0].pk, made.producers[1].pk],
        Dimension.STORE: [made.stores[0].pk],
    }
    seen = 0
    for preset in (Preset.YEAR, Preset.EVER) if seed == 1 else (Preset.TWELVE_MONTHS,):
        whole = Asked(period_of(preset, now))
        for asked in filter(None, (whole, whole.before)):
            days = asked.looked_at
            expected = plain(days.until, days.first, days.last, months=days.months)
            for source, by in itertools.product(SOURCES.values(), [None, *Dimension]):
                if source.clock == Clock.PLAN and asked.is_before:
                    continue
                lines = expected[source.code]
                found = sums_of(source, Asked(asked.period, by=by, is_before=asked.is_before))
                first = source.measures[0]
                assert found.whole[first] == sum(lines.values()), (source.code, preset)
                assert sum(bucket[first] for bucket in found.buckets.values()) == found.whole[first]
                if by is None or by not in source.knows:
                    continue
                wanted: dict[int, int] = defaultdict(int)
                for key, number in lines.items():
                    wanted[key[PLACE_IN_KEY[by]]] += number
                assert {key: line[first] for key, line in found.members.items() if line[first]} == {k: n for k, n in wanted.items() if n}
                for key in keys[by]:
                    only = Asked(asked.period, {by: key}, is_before=asked.is_before)
                    assert sums_of(source, only).whole[first] == wanted[key], (source.code, by)
                seen += sum(wanted.values())
    assert seen > 1000


def test_the_rows_behind_a_number_add_up_to_it():
    now = timezone.now()
    made = world(now, seed=3)
    asked = [Asked(period_of(preset, now)) for preset in (Preset.YEAR, Preset.EVER)]
    parts = [(Dimension.ZONE, made.zones[0].pk), (Dimension.CARRIER, made.carriers[1].pk), (Dimension.STORE, made.stores[0].pk)]
    asked += [Asked(period_of(Preset.YEAR, now), {dimension: key}) for dimension, key in [*parts, (Dimension.ZONE, 0)]]
    asked += [each.before for each in asked if each.before]
    for question, source in itertools.product(asked, SOURCES.values()):
        if not knows(source, question):
            continue
        whole, rows = sums_of(source, question).whole, rows_of(source, question, page=None)
        assert len(rows) == whole["rows"]
        for measure in source.measures:
            assert sum(row.measures[measure] for row in rows) == whole[measure], (source.code, measure)
        pages = [row for page in range(1, -(-len(rows) // 7) + 1) for row in rows_of(source, question, page=page, size=7)]
        assert sorted((row.key, row.what) for row in pages) == sorted((row.key, row.what) for row in rows)


def test_every_figure_is_told_and_named():
    now = timezone.now()
    world(now, rounds=40)
    told = report(Asked(period_of(Preset.EVER, now)))
    for code, figure in FIGURES.items():
        assert told.figure(code).now is not None, code
        assert str(figure.title)
        assert str(figure.counts)
        assert {part.origin.permission for part in figure.parts}
    per_thousand = told.figure("problem_rate").now.value
    assert per_thousand == Decimal(1000) * told.figure("problems").now.value / told.figure("bottles").now.value


def test_a_producers_rate_is_for_the_bottles_delivered_to_it():
    now = timezone.now()
    producer = world(now, rounds=80).producers[0]
    told = report(Asked(period_of(Preset.EVER, now), by=Dimension.PRODUCER)).member("problem_rate", producer.pk)
    alone = report(Asked(period_of(Preset.EVER, now), {Dimension.PRODUCER: producer.pk}))
    assert told.now == alone.figure("problem_rate").now
    assert told.now.value == Decimal(1000) * alone.figure("problems").now.value / alone.figure("delivered").now.value


# -- studies


def test_every_constraint_of_reuse_factors_is_tried_here():
    assert {constraint.name for constraint in ReuseFactor._meta.constraints} == {"reuse_factor_range_in_order"}
    with pytest.raises(IntegrityError, match="reuse_factor_range_in_order"), transaction.atomic():
        ReuseFactorFactory(low_g_per_kg=3, high_g_per_kg=2)


def test_a_study_is_written_by_who_may_and_checked():
    row = ReuseFactor(low_g_per_kg=3, high_g_per_kg=2, source="s", as_of=date(2020, 1, 1))
    with pytest.raises(PermissionDenied):
        factors.save_factor(row, by=Actor.of_user(UserFactory(role="coordinator")))
    boss = Actor.of_user(UserFactory(role="administrator"))
    with pytest.raises(ValidationError):
        factors.save_factor(row, by=boss)
    row.high_g_per_kg = 4
    factors.save_factor(row, by=boss)
    assert reuse_factor() == row
    factors.delete_factor(row, by=boss)
    assert reuse_factor() != row
