"""The statistics of before and after: cases worked out by hand, another library, and made-up networks whose truth is known.

Of N intervals that cover the truth with probability 95 %, fewer than 95 % - 3.3·√(0.95·0.05/N) of them do so only once in 2,000 times; the
numbers are seeded, so a run that passes always passes. An interval may cover more than it says (with few reports it cannot do otherwise),
but not so much that nothing would ever be found.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, sqrt

import numpy as np
import pytest
from scipy import stats

from awareness.effects.quantiles import beta_quantile, beta_share, student_quantile
from awareness.effects.statistics import (
    Change,
    Interval,
    Trial,
    change_against,
    dispersion_of,
    pooled_change,
    pooled_rate_ratio,
    rate_ratio,
    ratio_of_rate_ratios,
    total,
)

WEEKS = 13


def covers(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def share(intervals: list[Interval], truth: float) -> float:
    return sum(covers(one, truth) for one in intervals) / len(intervals)


def least(number: int) -> float:
    return 0.95 - 3.3 * sqrt(0.95 * 0.05 / number)


# -- another library, and cases by hand


@pytest.mark.parametrize("a", [0.3, 0.5, 1, 2.5, 12, 300])
@pytest.mark.parametrize("b", [0.5, 1, 7, 64.5, 900])
def test_beta_quantiles_are_those_of_scipy(a, b):
    for part in (1e-6, 0.025, 0.5, 0.975):
        quantile = beta_quantile(part, a, b)
        assert quantile == pytest.approx(stats.beta.ppf(part, a, b), rel=1e-7, abs=1e-12)
        assert beta_share(a, b, 0.37) == pytest.approx(stats.beta.cdf(0.37, a, b), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("freedom", [1, 2, 5, 11, 40, 2000])
def test_student_quantiles_are_those_of_scipy(freedom):
    for part in (0.025, 0.5, 0.8, 0.975, 0.9995):
        assert student_quantile(part, freedom) == pytest.approx(stats.t.ppf(part, freedom), rel=1e-7, abs=1e-9)


def test_a_published_rate_ratio_comes_out_the_same():
    # R, help page of poisson.test: 11 cases in 800 person-years against 21 in 3,011 (Armitage & Berry): 1.971, 0.858 to 4.277.
    interval = rate_ratio(Change(21, 3011, 11, 800))
    assert interval.ratio == pytest.approx(1.971488, rel=1e-6)
    assert (interval.low, interval.high) == (pytest.approx(0.8584264, rel=1e-6), pytest.approx(4.277266, rel=1e-6))


def test_the_exact_interval_is_that_of_clopper_and_pearson():
    for before, after in [(0, 5), (3, 4), (9, 2), (5, 0), (0, 0), (40, 61)]:
        interval = rate_ratio(Change(before, 10, after, 20))
        exact = stats.binomtest(after, before + after, 0.5).proportion_ci(method="exact") if before + after else None
        low, high = (exact.low, exact.high) if exact else (0.0, 1.0)
        assert interval.low == pytest.approx(low / (1 - low) / 2, rel=1e-6)
        assert interval.high == (pytest.approx(high / (1 - high) / 2, rel=1e-6) if high < 1 else inf)


def test_six_reports_are_the_fewest_that_can_tell_anything():
    assert not rate_ratio(Change(5, WEEKS, 0, WEEKS)).is_less
    assert rate_ratio(Change(6, WEEKS, 0, WEEKS)).is_less
    assert rate_ratio(Change(0, WEEKS, 6, WEEKS)).is_more


def test_counts_that_come_in_bunches_tell_less():
    plain, bunched = rate_ratio(Change(12, 1, 3, 1)), rate_ratio(Change(12, 1, 3, 1), dispersion=2.0)
    assert plain.is_less
    assert not bunched.is_less
    assert plain.ratio == bunched.ratio == pytest.approx(0.25)


def test_dispersion_by_hand():
    # 30 before and 30 after in all, so each place expects half of its own: two are 5 off with variance 10/4, the last one is right.
    rows = [Change(10, 1, 0, 1), Change(0, 1, 10, 1), Change(20, 1, 20, 1)]
    assert dispersion_of(rows) == pytest.approx((25 / 2.5 + 25 / 2.5 + 0) / 2)
    assert dispersion_of([Change(3, 1, 3, 1)] * 5) == 1.0  # never less than by chance
    assert dispersion_of([Change(0, 1, 0, 1)]) == 1.0


def test_the_ratio_of_rate_ratios_by_hand():
    # 12 → 4 in the place, 40 → 60 in the others, all weeks alike: (4.5/12.5) / (60.5/40.5).
    interval = ratio_of_rate_ratios(Change(12, 13, 4, 13), Change(40, 130, 60, 130))
    ratio = (4.5 / 12.5) / (60.5 / 40.5)
    error = 1.959964 * sqrt(1 / 12.5 + 1 / 4.5 + 1 / 40.5 + 1 / 60.5)
    assert interval.ratio == pytest.approx(ratio)
    assert (interval.low, interval.high) == (pytest.approx(ratio * exp(-error), rel=1e-6), pytest.approx(ratio * exp(error), rel=1e-6))
    assert interval.is_less


def test_a_change_against_others_by_hand():
    # Others by -0.1, 0, 0.1: mean 0, s = 0.1; t of two degrees is 4.302653; 0.1·√(4/3) of it on either side.
    interval = change_against(0.3, [-0.1, 0.0, 0.1])
    assert log(interval.ratio) == pytest.approx(0.3)
    assert log(interval.high) - 0.3 == pytest.approx(4.302653 * 0.1 * sqrt(4 / 3), rel=1e-6)


def test_a_pooled_rate_ratio_by_hand():
    # Two places with a measure, 10 → 5 and 20 → 10; each beside its own place, 10 → 10 and 20 → 20. Both halved, so only chance is left:
    # 1/30 + 1/15 + 1/30 + 1/30, and Student's t of one degree.
    trials = [
        Trial(1, Change(10, 13, 5, 13), {11: Change(10, 13, 10, 13)}),
        Trial(2, Change(20, 13, 10, 13), {12: Change(20, 13, 20, 13)}),
    ]
    interval = pooled_rate_ratio(trials)
    assert interval.ratio == pytest.approx(0.5)
    assert log(interval.high / 0.5) == pytest.approx(stats.t.ppf(0.975, 1) * sqrt(1 / 30 + 1 / 15 + 1 / 30 + 1 / 30), rel=1e-6)


def test_places_that_moved_each_their_own_way_widen_the_pooled_ratio():
    # 100 → 20, 100 → 100, 100 → 60: 300 → 180 beside what stayed as it was. Each moves the result by its share after less its share before.
    trials = [Trial(n, Change(100, 13, after, 13), {n + 10: Change(1000, 13, 1000, 13)}) for n, after in enumerate((20, 100, 60))]
    interval = pooled_rate_ratio(trials)
    shares = [(1 / 3, after / 180) for after in (20, 100, 60)]
    spread = sqrt(sum(((after - before) / (1 - (after + before) / 2)) ** 2 for before, after in shares) * 3 / 2)
    assert interval.ratio == pytest.approx(0.6)
    assert log(interval.high / 0.6) == pytest.approx(stats.t.ppf(0.975, 2) * spread, rel=1e-6)
    assert not interval.is_less


def test_all_reports_in_one_place_is_no_proof():
    nothing = Change(0, 13, 0, 13)
    trials = [Trial(n, Change(30, 13, 1, 13) if n == 0 else nothing, {n + 100: Change(2, 13, 2, 13)}) for n in range(10)]
    assert not pooled_rate_ratio(trials).is_less


# -- simulated: the interval covers the truth as often as it says


@pytest.mark.parametrize(("mean", "truth"), [(2.0, 1.0), (5.0, 0.5), (15.0, 1.6)])
def test_one_place_before_and_after_covers_the_truth(mean, truth):
    rng, number = np.random.default_rng(11), 3000
    pairs = zip(rng.poisson(mean, number).tolist(), rng.poisson(mean * truth, number).tolist(), strict=True)
    assert share([rate_ratio(Change(before, WEEKS, after, WEEKS)) for before, after in pairs], truth) >= least(number)


@pytest.mark.parametrize(("mean", "truth", "bunched"), [(2.0, 1.0, 0.0), (6.0, 0.4, 0.0), (15.0, 1.6, 0.0), (8.0, 1.0, 0.15)])
def test_one_place_against_comparable_ones_covers_the_truth(mean, truth, bunched):
    """Everybody has a third more after; where reports come in bunches, how much is learned from sixty other places."""
    rng, number, found = np.random.default_rng(12), 2000, []
    for _run in range(number):
        before = rng.poisson(mean * _luck(rng, bunched, 61))
        after = rng.poisson(mean * 1.33 * np.r_[truth, np.ones(60)] * _luck(rng, bunched, 61))
        rows = [Change(b, WEEKS, a, WEEKS) for b, a in zip(before.tolist(), after.tolist(), strict=True)]
        found.append(ratio_of_rate_ratios(rows[0], total(rows[1:13]), dispersion_of(rows[1:]) if bunched else 1.0))
    assert least(number) <= share(found, truth) <= 0.995


def test_bunched_reports_taken_for_chance_would_miss_the_truth():
    """Why dispersion is looked at: without it, the same places seem to change far more often than once in twenty times."""
    rng, found = np.random.default_rng(12), []
    for _run in range(1000):
        before, after = (rng.poisson(15 * _luck(rng, 0.3, 13)).tolist() for _side in range(2))
        rows = [Change(b, WEEKS, a, WEEKS) for b, a in zip(before, after, strict=True)]
        found.append(ratio_of_rate_ratios(rows[0], total(rows[1:])))
    assert share(found, 1.0) < 0.8


def _luck(rng: np.random.Generator, bunched: float, number: int) -> np.ndarray:
    """Factors around 1 that make counts vary more than by chance."""
    return rng.gamma(1 / bunched, bunched, number) if bunched else np.ones(number)


@pytest.mark.parametrize("truth", [1.0, 1.3])
def test_bottles_of_one_place_against_comparable_ones_cover_the_truth(truth):
    """Bottles come in pickups, of a hundred to three hundred each, one every fortnight or so, whenever the truck comes."""
    rng, number, found = np.random.default_rng(13), 3000, []
    for _run in range(number):
        before = rng.poisson(6, 13) + 1
        after = rng.poisson(6 * np.r_[truth, np.ones(12)] * 1.2) + 1
        sums = [np.array([rng.integers(100, 300, count).sum() for count in counts]) for counts in (before, after)]
        logs = np.log(sums[1] / sums[0]).tolist()
        found.append(change_against(logs[0], logs[1:]))
    # One more pickup than chance on either side brings the true ratio a little nearer to 1.
    meant = (6 * truth * 1.2 + 1) / (6 * 1.2 + 1)
    assert share(found, meant) >= least(number)
    assert share(found, meant) < 0.98


def trials_of(rng: np.random.Generator, places: int, *, mean: float, truth: float, bunched: float, shared: bool) -> list[Trial]:
    """Return measures at places of different levels, everybody a third up after; `shared`: all are compared with the same twenty places."""
    levels = rng.gamma(4, mean / 4, places)
    before, after = rng.poisson(levels * _luck(rng, bunched, places)), rng.poisson(levels * truth * 1.33 * _luck(rng, bunched, places))
    pool_levels = np.full(20, mean) if shared else np.repeat(levels, 8)
    pool = [rng.poisson(pool_levels * factor * _luck(rng, bunched, len(pool_levels))).tolist() for factor in (1.0, 1.33)]
    trials = []
    for place in range(places):
        chosen = rng.choice(20, 8, replace=False).tolist() if shared else range(place * 8, place * 8 + 8)
        others = {1000 + one: Change(pool[0][one], WEEKS, pool[1][one], WEEKS) for one in chosen}
        trials.append(Trial(place, Change(int(before[place]), WEEKS, int(after[place]), WEEKS), others))
    return trials


@pytest.mark.parametrize(
    ("places", "mean", "truth", "bunched", "shared"),
    [(8, 3.0, 1.0, 0.0, False), (12, 4.0, 0.5, 0.3, False), (20, 2.0, 1.0, 0.3, True), (40, 1.5, 0.7, 0.0, True)],
)
def test_many_measures_together_cover_the_truth(places, mean, truth, bunched, shared):
    rng, number = np.random.default_rng(14), 800
    found = [pooled_rate_ratio(trials_of(rng, places, mean=mean, truth=truth, bunched=bunched, shared=shared)) for _run in range(number)]
    assert least(number) <= share(found, truth) <= 0.99


@pytest.mark.parametrize(("shared", "truth"), [(False, 1.0), (True, 1.2)])
def test_the_typical_change_covers_the_truth(shared, truth):
    rng, number, found = np.random.default_rng(15), 800, []
    for _run in range(number):
        pool = np.exp(rng.standard_t(5, (20, 1) if shared else (120, 1)) * 0.3 + 0.1).ravel().tolist()
        own = np.exp(rng.standard_t(5, 15) * 0.3 + 0.1 + log(truth)).tolist()
        trials = [
            Trial(place, Change(100, 1, 100 * own[place], 1), {1000 + one: Change(50, 1, 50 * pool[one], 1) for one in chosen})
            for place in range(15)
            for chosen in [rng.choice(20, 8, replace=False).tolist() if shared else range(place * 8, place * 8 + 8)]
        ]
        found.append(pooled_change(trials))
    assert least(number) <= share(found, truth) <= 0.985


def test_a_real_effect_is_found_and_none_is_not_invented():
    """Thirty places, four reports a quarter each: a halving is nearly always found; nothing is found where there is nothing."""
    rng = np.random.default_rng(16)

    def told(truth: float, says: Callable[[Interval], bool]) -> float:
        runs = [pooled_rate_ratio(trials_of(rng, 30, mean=4.0, truth=truth, bunched=0.1, shared=False)) for _run in range(250)]
        return sum(map(says, runs)) / len(runs)

    assert told(0.5, lambda one: one.is_less) > 0.9
    assert told(1.0, lambda one: one.is_less or one.is_more) < 0.09
