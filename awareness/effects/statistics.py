"""The statistics of before and after: ratios with intervals that cover the truth as often as they say. Plain Python, without Django.

Everything is a ratio, after over before, or that of a place over that of comparable ones: 1 is no change, 0.8 a fifth less. An interval
says which ratios the figures do not speak against; at LEVEL 95 % it misses the true one at most about once in twenty times. The tests
try that on thousands of made-up networks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, inf, log, sqrt
from statistics import NormalDist, fmean

from awareness.effects.quantiles import beta_quantile, student_quantile

LEVEL = 0.95
# Reports before and after together. With fewer, not even all of them on one side of two equal windows would tell: 2 × (1/2)⁶ is the
# first below 5 %.
LEAST_EVENTS = 6
LEAST_COMPARABLE = 6  # places: with fewer, how much places differ from each other is itself only guessed
LEAST_PLACES = 8  # places with a measure, to say something about a kind of measure as a whole
LEAST_POOLED_EVENTS = 20  # reports before and after together in those places


@dataclass(frozen=True)
class Interval:
    """A ratio and which others the figures do not speak against. `ratio` is None when nothing happened before; `high` may be infinite."""

    low: float
    ratio: float | None
    high: float

    @property
    def is_less(self) -> bool:
        """Whether all of it lies below 1."""
        return self.high < 1

    @property
    def is_more(self) -> bool:
        """Whether all of it lies above 1."""
        return self.low > 1


@dataclass(frozen=True)
class Change:
    """What was counted before and after, and over how much (weeks, thousands of bottles, bottles charged)."""

    before: float
    before_over: float
    after: float
    after_over: float

    @property
    def rate_before(self) -> float | None:
        """How many of one before."""
        return self.before / self.before_over if self.before_over else None

    @property
    def rate_after(self) -> float | None:
        """How many of one after."""
        return self.after / self.after_over if self.after_over else None

    @property
    def log_ratio(self) -> float | None:
        """The logarithm of after over before, None unless both are above zero."""
        before, after = self.rate_before, self.rate_after
        return log(after / before) if before and after and before > 0 and after > 0 else None


def total(changes: Iterable[Change]) -> Change:
    """Return the sums of several."""
    rows = [(one.before, one.before_over, one.after, one.after_over) for one in changes]
    return Change(*(sum(column) for column in zip(*rows, strict=True))) if rows else Change(0, 0, 0, 0)


def _exp(value: float) -> float:
    """Return e to that power: infinite where it is too large for a number."""
    return exp(value) if value < 700 else inf


@cache
def _normal(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


@cache
def _student(level: float, freedom: int) -> float:
    return student_quantile((1 + level) / 2, freedom)


def rate_ratio(change: Change, dispersion: float = 1.0, level: float = LEVEL) -> Interval:
    """Return how the rate of rare events changed in one place, with an exact interval.

    Arguments:
        change: events before and after, and over how much; both `over` above 0.
        dispersion: how many times more such counts vary than by chance alone (`dispersion_of`), at least 1.

    Given how many there were in all, those after are a binomial share of them: after ~ Bin(n, p), p = ρ·over₂ / (ρ·over₂ + over₁)
    (Przyborowski & Wilenski 1940, Biometrika 31:313-323; Lehmann & Romano, Testing Statistical Hypotheses, 4.5). The limits of p are those
    of Clopper & Pearson (1934, Biometrika 26:404-413), which never cover less than they say. When counts vary more than by chance, the
    counts are divided by the dispersion in them, as Korn & Graubard do (1998, Survey Methodology 24:193-201).
    """
    over = change.before_over / change.after_over
    after, n, miss = change.after / dispersion, (change.before + change.after) / dispersion, (1 - level) / 2
    low = beta_quantile(miss, after, n - after + 1) if after else 0.0
    high = beta_quantile(1 - miss, after + 1, n - after) if n > after else 1.0
    ratio = change.after / change.before * over if change.before else None
    return Interval(low / (1 - low) * over, ratio, high / (1 - high) * over if high < 1 else inf)


def dispersion_of(changes: Iterable[Change]) -> float:
    """Return how many times more counts of places changed from before to after than by chance alone; at least 1.

    Pearson's statistic over its degrees of freedom (McCullagh & Nelder, Generalized Linear Models, 2nd edition, 4.5 and 6.2.4): given its
    sum, a place's count after is binomial with the share that all of them together have. Places with nothing before and after say nothing.
    """
    rows = [one for one in changes if one.before + one.after and one.before_over > 0 and one.after_over > 0]
    whole = total(rows)
    if len(rows) < 2 or not whole.before or not whole.after:
        return 1.0
    before, after = whole.before / whole.before_over, whole.after / whole.after_over
    pearson = 0.0
    for one in rows:
        n, share = one.before + one.after, after * one.after_over / (after * one.after_over + before * one.before_over)
        pearson += (one.after - n * share) ** 2 / (n * share * (1 - share))
    return max(1.0, pearson / (len(rows) - 1))


def ratio_of_rate_ratios(change: Change, others: Change, dispersion: float = 1.0, level: float = LEVEL) -> Interval:
    """Return how the rate of rare events changed in one place, over how it changed in comparable ones together.

    Arguments: change, of the place; others, the sum of the comparable ones; all `over` above 0; dispersion, as for `rate_ratio`.

    The difference of two logarithms and its standard error (Altman & Bland 2003, BMJ 326:219), each of the four counts adding 1/count
    to the variance, times the dispersion. A half is added to each count, so that zeros can be read (Haldane 1956, Annals of Human Genetics
    20:309-311; Gart & Zweifel 1967, Biometrika 54:181-187): with few events the interval is rather too wide than too narrow.
    """
    counts = [one + 0.5 for one in (change.before, change.after, others.before, others.after)]
    moved = log(counts[1] / counts[0] * change.before_over / change.after_over)
    there = log(counts[3] / counts[2] * others.before_over / others.after_over)
    error = _normal(level) * sqrt(dispersion * sum(1 / count for count in counts))
    return Interval(_exp(moved - there - error), _exp(moved - there), _exp(moved - there + error))


def change_against(change: float, others: Sequence[float], level: float = LEVEL) -> Interval:
    """Return how a place changed, over how comparable ones did, judged by how much those differ from each other.

    Arguments: logarithms of after over before, of the place and of at least two comparable ones.

    The prediction interval of one more place of the same sort, t·s·√(1 + 1/m): whatever makes bottles of a place vary (tours that come
    earlier or later, a closed fortnight) makes those of the others vary as well, and is in s. With one place that had a measure and
    several that had not, this is what can honestly be said (Conley & Taber 2011, Review of Economics and Statistics 93:113-125; for the
    interval: Hahn & Meeker, Statistical Intervals, 2nd edition, 4.7).
    """
    m, middle = len(others), fmean(others)
    error = _student(level, m - 1) * sqrt(sum((one - middle) ** 2 for one in others) / (m - 1) * (1 + 1 / m))
    return Interval(_exp(change - middle - error), _exp(change - middle), _exp(change - middle + error))


@dataclass(frozen=True)
class Trial:
    """A measure at a place, beside what happened in comparable ones. Arguments: place, its id; change; others, by place id."""

    place: int
    change: Change
    others: Mapping[int, Change]


def pooled_rate_ratio(trials: Sequence[Trial], level: float = LEVEL) -> Interval:
    """Return how rates changed where measures were taken, all together, over how they changed in comparable places.

    Arguments: trials, each with comparable places, of LEAST_PLACES places at least, and something counted in each of the four sums.

    The ratio of sums over places; the comparable places of a trial count as one average place. Its variance adds up what each place moves
    the result by, in whichever part it plays (Cochran, Sampling Techniques, 3rd edition, 6.3; grouped by place as Liang & Zeger 1986,
    Biometrika 73:13-22): several measures at one place, one place compared with several, and counts that come in bunches are all in it.
    Each move is that of leaving the place out, so the larger its share, the more (as the jackknife, MacKinnon & White 1985, Journal of
    Econometrics 29:305-325): few places would else give intervals that are too narrow. It is never less than by chance alone (one over
    each count). Student's t for the places that had something to count, less one.
    """
    sides = (
        [(one.place, one.change, 1.0) for one in trials],
        [(place, change, 1.0 / len(one.others)) for one in trials for place, change in one.others.items()],
    )
    moves: defaultdict[int, float] = defaultdict(float)
    result, chance = 0.0, 0.0
    for sign, rows in zip((1, -1), sides, strict=True):
        parts = [[weight * _part(change, part) for _place, change, weight in rows] for part in range(4)]
        sums = [sum(values) for values in parts]
        result += sign * log(sums[2] / sums[3] * sums[1] / sums[0])
        for row, (place, _change, weight) in enumerate(rows):
            shares = [parts[part][row] / sums[part] for part in range(4)]
            left = max(1 - (shares[0] + shares[2]) / 2, 1e-6)  # of the counts, without this place
            moves[place] += sign * (shares[2] - shares[3] - shares[0] + shares[1]) / left
            chance += weight * (shares[0] / sums[0] + shares[2] / sums[2])
    return _around(result, moves, places_that_tell(trials), level, chance)


def places_that_tell(trials: Iterable[Trial]) -> int:
    """Return how many places with a measure had something to count, before or after."""
    return len({one.place for one in trials if one.change.before + one.change.after})


def pooled_change(trials: Sequence[Trial], level: float = LEVEL) -> Interval:
    """Return how the typical place changed where measures were taken, over comparable ones: the mean of the logarithms of the ratios.

    Arguments: trials, each with comparable places, of LEAST_PLACES places at least, whose rates are all above zero. A place counts the
    same whether it is large or small. The variance is found as for `pooled_rate_ratio`; where the comparable places of a trial
    differ from each other, that is in it.
    """
    moved: list[tuple[Trial, float, dict[int, float], float]] = []
    for one in trials:
        logs = {place: change.log_ratio or 0.0 for place, change in one.others.items()}
        middle = fmean(logs.values())
        moved.append((one, (one.change.log_ratio or 0.0) - middle, logs, middle))
    result, moves = fmean(row[1] for row in moved), defaultdict[int, float](float)
    for one, difference, logs, middle in moved:
        moves[one.place] += (difference - result) / len(moved)
        for place, value in logs.items():
            moves[place] -= (value - middle) / len(logs) / len(moved)
    return _around(result, moves, len({one.place for one in trials}), level)


def _part(change: Change, number: int) -> float:
    return (change.before, change.before_over, change.after, change.after_over)[number]


def _around(result: float, moves: Mapping[int, float], places: int, level: float, chance: float = 0.0) -> Interval:
    """Return the interval around a logarithm whose variance is the sum of squares of `moves`, and at least `chance`; places, that tell."""
    if places < 2:
        return Interval(0.0, _exp(result), inf)
    spread = sqrt(max(chance, sum(move * move for move in moves.values()) * places / (places - 1)))
    error = _student(level, places - 1) * spread
    return Interval(_exp(result - error), _exp(result), _exp(result + error))
