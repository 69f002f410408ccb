"""Before and after, from the rows of the database to the figures: a case worked out by hand, and what cannot be told."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from awareness.effects.enums import MeasureKind, Outcome, Verdict
from awareness.effects.measures import measures_between, one_measure
from awareness.effects.network import read_network
from awareness.effects.summary import summary
from awareness.tests.factories import EventFactory, MaterialFactory, PlacementFactory, PublicEventFactory, TrainingFactory
from crates.models import DepositCount
from crates.services import PickedLine, post_pickup
from crates.tests.factories import ContainerTypeFactory, DepositCountFactory, HubFactory
from lincassable.accounts.actors import Actor
from nonconformities.enums import State
from nonconformities.models import NonConformity, NonConformityKind
from nonconformities.tests.factories import KindFactory, NonConformityFactory
from stores.enums import Status
from stores.models import Store
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
# A Wednesday. The thirteen weeks before run from Monday 8 December to Sunday 8 March, those after from 16 March to 14 June.
DAY = date(2026, 3, 11)
LATER = datetime(2026, 10, 1, 12, tzinfo=PARIS)
AFTER_OTHERS = (180, 190, 200, 210, 220, 200)  # crates taken from the comparable places, of 200 before


def at(year, month, day, hour=12, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=PARIS)


def pick(store, hub, crates, moment):
    """A tour takes full crates of twelve bottles."""
    post_pickup(
        store, hub, [PickedLine(ContainerTypeFactory(), loaded_full=crates)], key=uuid.uuid4(), occurred_at=moment, by=Actor.system()
    )


def report(store, moment, number=1, **values):
    kind = NonConformityKind.objects.filter(code="a-kind").first() or KindFactory(code="a-kind")
    NonConformityFactory.create_batch(number, store=store, kind=kind, recorded_at=moment, due_on=moment.date(), **values)


def deposits(store, *, before, after):
    for month, refunded in [(date(2025, 12, 1), before), (date(2026, 1, 1), before), (date(2026, 2, 1), before)]:
        DepositCountFactory(store=store, month=month, charged=200, refunded=refunded)
    DepositCountFactory(store=store, month=date(2026, 3, 1), charged=200, refunded=1)  # the month of the training is in neither
    for month in (4, 5, 6):
        DepositCountFactory(store=store, month=date(2026, month, 1), charged=200, refunded=after)


@pytest.fixture
def hub(db):
    return HubFactory()


@pytest.fixture
def world(hub):
    """A shop with 12 reports, 2,400 bottles and half of the deposits back before; 3, 3,000 and 60 % after. Six others stay as they are."""
    shop = StoreFactory(name="Formée")
    lost = StoreFactory(name="Fondue", status=Status.ARCHIVED, merged_into=shop)
    for store, after in [
        (shop, 250),
        *((StoreFactory(name=f"Autre {letter}"), crates) for letter, crates in zip("ABCDEF", AFTER_OTHERS, strict=True)),
    ]:
        pick(store, hub, 30, at(2025, 9, 1))  # it was there
        pick(store, hub, 120, at(2025, 12, 8, 0, 30))
        pick(store, hub, 80 if store != shop else 60, at(2026, 2, 2))
        pick(store, hub, after, at(2026, 6, 14, 23, 30))
        pick(store, hub, 7, at(2026, 6, 15, 0, 30))  # too late
        if store != shop:
            report(store, at(2026, 1, 20), 12)
            report(store, at(2026, 5, 20), 12)
            deposits(store, before=100, after=after // 2)
    pick(lost, hub, 20, at(2026, 1, 5))  # the shop's, as they became one
    pick(shop, hub, 500, at(2026, 3, 10))  # the week of the training is in neither
    report(shop, at(2025, 12, 7, 23, 30))  # too early
    report(shop, at(2025, 12, 8, 0, 30), 5)
    report(lost, at(2026, 1, 5), 4)
    report(shop, at(2026, 3, 8, 23, 30), 3)
    report(shop, at(2026, 3, 12), 9)
    report(shop, at(2026, 2, 1), 2, state=State.REJECTED, closed_at=at(2026, 2, 2), answer="Non")
    report(shop, at(2026, 3, 16, 0, 30), 3)
    deposits(shop, before=100, after=120)
    return shop


def effect_of(row, kind=MeasureKind.TRAINING, now=LATER):
    one = one_measure(kind, row.pk, now)
    return read_network(one.day, one.day, now).effect(one)


def trained(store, day=DAY):
    return TrainingFactory(
        store=store, state="done", people=4, starts_at=datetime.combine(day, datetime.min.time(), PARIS) + timedelta(hours=9)
    )


def test_the_figures_of_a_training_are_those_worked_out_by_hand(world):
    effect = effect_of(trained(world))
    reports, rate, bottles = effect.lines
    assert effect.place.pk == world.pk
    # 12 reports over 2,400 bottles before, 3 over 3,000 after; in the six others 72 over 14,400 both times.
    assert (reports.change.before, reports.change.before_over) == (12, 2.4)
    assert (reports.change.after, reports.change.after_over) == (3, 3.0)
    assert len(reports.others) == 6
    # (3.5 / 3.0) / (12.5 / 2.4), others at 1; e to ∓ 1.959964 · √(1/12.5 + 1/3.5 + 2/72.5) = 1.22916.
    assert reports.dispersion == 1
    assert reports.against.ratio == pytest.approx(0.224)
    assert (reports.against.low, reports.against.high) == (pytest.approx(0.06553, rel=1e-3), pytest.approx(0.76572, rel=1e-3))
    assert reports.verdict == Verdict.BETTER
    # Alone, 3 of 15 with a share of 3.0/5.4: by Clopper and Pearson 0.0433 to 0.4809 of them, so 0.0362 to 0.7412.
    assert reports.alone.ratio == pytest.approx(0.2)
    assert (reports.alone.low, reports.alone.high) == (pytest.approx(0.0362, rel=2e-3), pytest.approx(0.7412, rel=2e-3))
    # ln 1.25 = 0.223144 beside a mean of -0.002092 with s = 0.070951; t of five degrees 2.570582, times s·√(7/6) = 0.196999.
    assert (bottles.change.before, bottles.change.after) == (2400, 3000)
    assert bottles.against.ratio == pytest.approx(1.25262, rel=1e-4)
    assert (bottles.against.low, bottles.against.high) == (pytest.approx(1.02864, rel=1e-4), pytest.approx(1.52537, rel=1e-4))
    assert bottles.verdict == Verdict.BETTER
    # 300 of 600 before, 360 of 600 after; the others by the same ratios as their bottles: ln 1.2 = 0.182322.
    assert (rate.change.rate_before, rate.change.rate_after) == (0.5, 0.6)
    assert (rate.against.low, rate.against.high) == (pytest.approx(0.98749, rel=1e-4), pytest.approx(1.46435, rel=1e-4))
    assert rate.verdict == Verdict.UNCLEAR


def test_it_is_too_early_until_the_weeks_are_over_and_late_reports_are_in(world):
    training = trained(world)
    early = effect_of(training, now=at(2026, 6, 28, 12))
    assert [line.verdict for line in early.lines] == [Verdict.TOO_EARLY] * 3
    assert early.lines[0].against is None
    assert early.lines[0].alone is None
    assert effect_of(training, now=at(2026, 6, 29, 12)).line(Outcome.REPORTS).verdict == Verdict.BETTER
    assert effect_of(training, now=at(2026, 7, 14, 12)).line(Outcome.RETURN_RATE).verdict == Verdict.TOO_EARLY
    assert effect_of(training, now=at(2026, 7, 15, 12)).line(Outcome.RETURN_RATE).verdict == Verdict.UNCLEAR


def test_what_is_known_so_far_is_over_the_weeks_that_are_over(world):
    early = effect_of(trained(world), now=at(2026, 4, 1, 12))
    assert early.weeks_over == 2
    bottles = early.line(Outcome.BOTTLES).change
    assert (bottles.before_over, bottles.after_over, bottles.after) == (13, 2, 0)


def test_few_reports_are_too_few_to_tell(world):
    NonConformity.objects.filter(store=world, occurred_at__lt=at(2026, 3, 16, 0)).delete()
    NonConformity.objects.filter(store__merged_into=world).delete()
    line = effect_of(trained(world)).line(Outcome.REPORTS)
    assert (line.change.before, line.change.after) == (0, 3)
    assert line.verdict == Verdict.TOO_FEW


def test_places_that_had_the_same_are_not_compared_with(world):
    training = trained(world)
    for store in Store.objects.filter(name__startswith="Autre")[:2]:
        trained(store, DAY + timedelta(days=60))
    effect = effect_of(training)
    assert [line.verdict for line in effect.lines] == [Verdict.NO_COMPARABLE] * 3
    assert len(effect.line(Outcome.REPORTS).others) == 4
    assert effect.line(Outcome.REPORTS).alone.is_less  # the page shows it, and says why it is no proof


def test_a_place_without_deposits_has_no_return_rate(world):
    DepositCount.objects.filter(store=world, month__gte=date(2026, 5, 1)).delete()
    line = effect_of(trained(world)).line(Outcome.RETURN_RATE)
    assert line.verdict == Verdict.NO_DATA
    assert line.months == (3, 1)


def test_a_place_that_joined_meanwhile_has_no_before(world, hub):
    new = StoreFactory(name="Nouvelle")
    pick(new, hub, 100, at(2026, 1, 10))
    assert {line.verdict for line in effect_of(trained(new)).lines} == {Verdict.NO_DATA}


def test_a_place_that_left_is_not_called_worse(world, hub):
    gone = StoreFactory(name="Partie", status=Status.ARCHIVED)
    pick(gone, hub, 30, at(2025, 9, 1))
    pick(gone, hub, 200, at(2026, 2, 2))
    pick(gone, hub, 10, at(2026, 3, 20))
    assert {line.verdict for line in effect_of(trained(gone)).lines} == {Verdict.NO_DATA}
    pick(gone, hub, 10, at(2026, 5, 20))
    assert effect_of(trained(gone)).line(Outcome.BOTTLES).verdict == Verdict.WORSE


def test_what_else_was_done_there_is_told_and_done_again_counts_once(world):
    first = trained(world)
    again = trained(world, DAY + timedelta(days=30))
    visit = PlacementFactory(
        store=world, material=MaterialFactory(name_fr="Totem"), placed_on=date(2026, 2, 2), checked_on=date(2026, 2, 2)
    )
    PlacementFactory(store=world, placed_on=date(2026, 8, 1), checked_on=date(2026, 8, 1))
    effect = effect_of(first)
    assert {one.key for one in effect.also} == {("training", again.pk), ("material", visit.pk)}
    assert not effect.is_repeat
    assert effect_of(again).is_repeat
    network = read_network(date(2026, 1, 1), LATER.date(), LATER)
    found = {one.kind: one for one in summary(network.effects(date(2026, 1, 1), LATER.date()))}
    assert (found[MeasureKind.TRAINING].measures, found[MeasureKind.TRAINING].repeats) == (2, 1)
    assert found[MeasureKind.TRAINING].several == 1


def test_an_event_elsewhere_is_read_at_the_nearest_place(world):
    world.latitude, world.longitude = "43.680000", "4.630000"
    world.save()
    held = PublicEventFactory(state="done", starts_at=at(2026, 3, 11, 10), ends_at=at(2026, 3, 11, 18))
    effect = effect_of(held, MeasureKind.EVENT)
    assert effect.place.pk == world.pk
    assert 300 < effect.measure.far_m < 600
    assert effect.line(Outcome.REPORTS).verdict == Verdict.BETTER
    far = PublicEventFactory(state="done", starts_at=at(2026, 3, 11, 10), ends_at=at(2026, 3, 11, 18), latitude="44.5", longitude="4.63")
    assert {line.verdict for line in effect_of(far, MeasureKind.EVENT).lines} == {Verdict.NO_PLACE}


def test_what_has_not_taken_place_has_no_effect(world):
    planned = TrainingFactory(store=world, starts_at=at(2026, 3, 11))
    assert {line.verdict for line in effect_of(planned).lines} == {Verdict.NOT_HELD}
    EventFactory(store=world, state="draft", starts_at=at(2026, 3, 11, 10), ends_at=at(2026, 3, 11, 12))
    EventFactory(store=world, state="published", starts_at=at(2026, 3, 11, 10), ends_at=at(2026, 3, 11, 12))
    assert [one.kind for one in measures_between(date(2026, 1, 1), date(2026, 12, 31), LATER)] == [MeasureKind.ANIMATION]


def test_the_number_of_queries_does_not_grow(world, django_assert_max_num_queries):
    for number in range(30):
        trained(world, DAY - timedelta(days=number))
        PublicEventFactory(state="done", starts_at=at(2026, 3, 11, 10), ends_at=at(2026, 3, 11, 18))
    with django_assert_max_num_queries(11):
        found = summary(read_network(date(2026, 1, 1), LATER.date(), LATER).effects(date(2026, 1, 1), LATER.date()))
    assert [one.measures for one in found] == [30, 30]
