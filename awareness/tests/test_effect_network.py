"""Effects in made-up networks whose truth is known: measures go where problems are, and comparable places are found among the others."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from awareness.effects.enums import MeasureKind, Outcome, Verdict
from awareness.effects.measures import Measure
from awareness.effects.network import Network, windows_of
from awareness.effects.series import Place, Series, Sums
from awareness.effects.statistics import LEAST_COMPARABLE, total
from awareness.effects.summary import summary

DAY = date(2026, 3, 11)  # a Wednesday
PLACES, RUNS = 160, 60


def made_up(rng: np.random.Generator, truth: float, *, where_problems_are: bool = True) -> Network:
    """Return a network in which reports rise by a fifth, and change by `truth` on top where a training was held.

    Each place has a level of its own; whoever has many reports before is the more likely to be trained.
    """
    windows = windows_of(DAY)
    levels = rng.gamma(4, 1.0, PLACES)
    before = rng.poisson(levels)
    chance = np.clip(before / 12, 0, 0.6) if where_problems_are else np.full(PLACES, 0.2)
    trained = rng.random(PLACES) < chance
    after = rng.poisson(levels * 1.2 * np.where(trained, truth, 1.0))
    bottles = rng.lognormal(7.5, 0.25, PLACES)
    first, last = windows.before.start, windows.after.start
    steps = [(first, bottles, before), (last, bottles * rng.lognormal(0.1, 0.2, PLACES), after)]
    places = {pk: Place(pk, f"Place {pk}", "shop", pk % 3, True, date(2024, 1, 1)) for pk in range(PLACES)}
    series = Series(
        places,
        Sums((pk, week, float(some[pk])) for week, some, _reports in steps for pk in places),
        Sums((pk, week, int(reports[pk])) for week, _some, reports in steps for pk in places),
        *(Sums([]) for _column in ("charged", "refunded", "declared")),
    )
    measures = [Measure(MeasureKind.TRAINING, pk, pk, DAY, "") for pk in places if trained[pk]]
    return Network(series, measures, DAY + timedelta(days=365))


def pooled(network: Network):
    return summary(network.effects(DAY, DAY))[0].lines[0]


@pytest.mark.parametrize("truth", [1.0, 0.5])
def test_the_interval_of_a_kind_of_measure_covers_the_truth_although_measures_go_where_problems_are(truth):
    rng = np.random.default_rng(21)
    lines = [pooled(made_up(rng, truth)) for _run in range(RUNS)]
    # Bottles change as well, by a tenth everywhere: rates per bottle are over that in both, so the ratio of ratios stays the truth.
    covered = sum(line.against.low <= truth <= line.against.high for line in lines) / RUNS
    assert covered >= 0.865  # 95 % less three standard errors of 60 runs
    if truth < 1:
        assert sum(line.verdict == Verdict.BETTER for line in lines) / RUNS > 0.9


def test_before_and_after_alone_would_call_chance_a_success():
    """Why there is a comparison: reports rise by a fifth, trainings do nothing, and yet trained places hardly get worse."""
    rng = np.random.default_rng(22)
    alone, invented = [], 0
    for _run in range(20):
        network = made_up(rng, 1.0)
        line = pooled(network)
        alone.append(line.change.after / line.change.before)
        invented += line.verdict == Verdict.BETTER
    assert np.mean(alone) < 1.1  # instead of 1.2
    assert invented <= 3  # one in forty is meant to be


def test_the_interval_of_a_single_training_covers_the_truth():
    rng, found = np.random.default_rng(23), []
    for _run in range(15):
        for effect in made_up(rng, 0.6, where_problems_are=False).effects(DAY, DAY):
            line = effect.line(Outcome.REPORTS)
            if line.against:
                found.append(line.against.low <= 0.6 <= line.against.high)
    assert len(found) > 300
    assert sum(found) / len(found) >= 0.95 - 3 * (0.95 * 0.05 / len(found)) ** 0.5


def test_comparable_places_are_alike_and_without_the_same_measure():
    network = made_up(np.random.default_rng(24), 1.0)
    trained = {one.place for one in network.measures}
    windows = windows_of(DAY)
    for effect in network.effects(DAY, DAY):
        line = effect.line(Outcome.REPORTS)
        assert not trained & set(line.others)
        own = network.series.bottles_of(effect.measure.place, windows).before
        for other in line.others:
            assert 0.5 <= network.series.bottles_of(other, windows).before / own <= 2
    lines = [effect.line(Outcome.REPORTS) for effect in network.effects(DAY, DAY)]
    compared = [line for line in lines if len(line.others) >= LEAST_COMPARABLE]
    own, others = total(line.change for line in compared), [total(line.others.values()) for line in compared]
    mean = sum(one.before / len(line.others) for one, line in zip(others, compared, strict=True))
    assert mean / own.before == pytest.approx(1, abs=0.1)
