"""The effect of each measure, out of the figures of the whole network: read once, with the same number of queries for one or many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from awareness.effects.comparing import Pool, Standing, standing
from awareness.effects.enums import LESS_IS_BETTER, MeasureKind, Outcome, Verdict
from awareness.effects.measures import Measure, measures_between
from awareness.effects.series import Place, Series, load
from awareness.effects.statistics import (
    LEAST_COMPARABLE,
    LEAST_EVENTS,
    Change,
    Interval,
    change_against,
    dispersion_of,
    rate_ratio,
    ratio_of_rate_ratios,
    total,
)
from awareness.effects.windows import Windows, monday_of, week_of

MOST_DISPERSED = 500  # places from which it is learned how much reports vary; more would not make it surer


@dataclass(frozen=True)
class Line:
    """What may have changed, and whether it did.

    Arguments: outcome; verdict; change, in the place, None when there is nothing to show; others, in the comparable places, by id;
    against, after over before in the place, over the same in the comparable ones; per_bottles, whether reports are over thousands of
    bottles (else over weeks); months, declared before and after, of the deposits; dispersion, of reports (`statistics.dispersion_of`).
    """

    outcome: Outcome
    verdict: Verdict
    change: Change | None = None
    others: Mapping[int, Change] = field(default_factory=dict)
    against: Interval | None = None
    per_bottles: bool = True
    months: tuple[int, int] | None = None
    dispersion: float = 1.0

    @cached_property
    def alone(self) -> Interval | None:
        """After over before in the place alone; only reports vary by chance in a way that is known without other places."""
        is_over = self.outcome == Outcome.REPORTS and self.verdict != Verdict.TOO_EARLY
        return rate_ratio(self.change, self.dispersion) if is_over and self.change else None

    @property
    def is_compared(self) -> bool:
        """Whether there are enough comparable places."""
        return self.change is not None and len(self.others) >= LEAST_COMPARABLE


@dataclass(frozen=True)
class Effect:
    """A measure and what came of it.

    Arguments: windows, the time before and after; weeks_over, how many of the weeks after are over; place, None when there is none or it is
    not collected from; lines, one per outcome; also, what else was done there in that time; is_repeat, whether the same was done there
    already in the weeks before, or in the same week.
    """

    measure: Measure
    windows: Windows
    weeks_over: int
    place: Place | None
    lines: list[Line]
    also: list[Measure]
    is_repeat: bool = False

    def line(self, outcome: Outcome) -> Line:
        """Return the line of an outcome."""
        return next(line for line in self.lines if line.outcome == outcome)


def windows_of(day: date) -> Windows:
    """Return the time before and after a day, by the settings."""
    return Windows(day, settings.EFFECT_WEEKS, settings.EFFECT_GAP_WEEKS, settings.EFFECT_SETTLE_DAYS)


def read_network(since: date, until: date, now: datetime | None = None) -> Network:
    """Return what is needed for the measures from `since` to `until`, both included; eleven queries at most, however many they are."""
    now = now or timezone.now()
    first, last = windows_of(since), windows_of(until)
    series = load(first.before.start, last.after.stop, first.months_before.start, last.months_after.stop)
    measures = measures_between(monday_of(first.before.start), monday_of(last.after.stop + 1), now)
    return Network(series, measures, timezone.localtime(now).date())


def verdict_of(outcome: Outcome, interval: Interval) -> Verdict:
    """Return what an interval says about an outcome."""
    if interval.is_less:
        return Verdict.BETTER if LESS_IS_BETTER[outcome] else Verdict.WORSE
    if interval.is_more:
        return Verdict.WORSE if LESS_IS_BETTER[outcome] else Verdict.BETTER
    return Verdict.UNCLEAR


class Network:
    """Everything that the effects of the measures of a time are made of.

    Arguments: series, the figures of all places; measures, all that took place, by day, windows around those of the time included;
    today, the local day.
    """

    def __init__(self, series: Series, measures: list[Measure], today: date) -> None:
        """Sort the measures by place."""
        self.series, self.measures, self.today = series, measures, today
        self._there: dict[int, list[Measure]] = {}
        self._weeks: dict[MeasureKind, list[tuple[int, int]]] = {kind: [] for kind in MeasureKind}
        self._places_had: dict[tuple[MeasureKind, int], set[int]] = {}
        for one in self.measures:
            if one.place is not None:
                self._there.setdefault(one.place, []).append(one)
                self._weeks[one.kind].append((one.place, week_of(one.day)))
        self._pools: dict[tuple[int, int, str], Pool] = {}
        self._dispersions: dict[tuple[MeasureKind, int, str], float] = {}

    def effects(self, since: date, until: date, kinds: Iterable[MeasureKind] | None = None) -> list[Effect]:
        """Return the effects of the measures from `since` to `until`, both included, by day. Arguments: kinds, only those."""
        wanted = set(MeasureKind if kinds is None else kinds)
        return [self.effect(one) for one in self.measures if one.kind in wanted and since <= one.day <= until]

    def effect(self, measure: Measure) -> Effect:
        """Return the effect of a measure."""
        windows = windows_of(measure.day)
        weeks_over = min(max(0, week_of(self.today) - windows.after.start), windows.weeks)
        place = self.series.places.get(measure.place) if measure.place is not None else None
        near = [one for one in self._there.get(measure.place or 0, []) if one.key != measure.key and week_of(one.day) in windows.around]
        repeat = any(one.kind == measure.kind and (week_of(one.day), one.key) < (week_of(measure.day), measure.key) for one in near)
        if place is None or not measure.is_held or not self._was_there(place, windows):
            why = Verdict.NO_DATA if place else Verdict.NO_PLACE
            lines = [Line(outcome, why if measure.is_held else Verdict.NOT_HELD) for outcome in Outcome]
        else:
            lines = [self._line(outcome, measure, place, windows, weeks_over) for outcome in Outcome]
        return Effect(measure, windows, weeks_over, place, lines, near, repeat)

    def _was_there(self, place: Place, windows: Windows) -> bool:
        """Whether a place took part all the time: it had joined before, and has not left since."""
        return place.joined is not None and place.joined <= windows.first_before and not self._has_left(place, windows)

    def _has_left(self, place: Place, windows: Windows) -> bool:
        """Whether a place that no longer takes part had left by the end: nothing was collected in the second half of the weeks after."""
        return not place.is_active and not self.series.bottles.over(place.pk, windows.after[windows.weeks // 2 :])

    def _line(self, outcome: Outcome, measure: Measure, place: Place, windows: Windows, weeks_over: int) -> Line:
        if outcome == Outcome.RETURN_RATE:
            return self._return_rate(measure, place, windows)
        early = self.today < windows.known_on
        weeks = weeks_over if early else None
        bottles = self.series.bottles_of(place.pk, windows, weeks)
        if outcome == Outcome.BOTTLES:
            if early:
                return Line(outcome, Verdict.TOO_EARLY, bottles)
            return self._spread(outcome, bottles, self._others(outcome, measure, place, windows))
        per_bottles = bottles.before > 0 and bottles.after > 0
        change = (self.series.reports_of if per_bottles else self.series.weekly_reports_of)(place.pk, windows, weeks)
        if early:
            return Line(outcome, Verdict.TOO_EARLY, change, per_bottles=per_bottles)
        return self._reports(change, per_bottles, self._others(outcome, measure, place, windows), self._dispersion(measure, place, windows))

    def _reports(self, change: Change, per_bottles: bool, others: Mapping[int, Change], dispersion: float) -> Line:
        against = None
        if per_bottles and len(others) >= LEAST_COMPARABLE:
            against = ratio_of_rate_ratios(change, total(others.values()), dispersion)
        if change.before + change.after < LEAST_EVENTS:
            verdict = Verdict.TOO_FEW
        else:
            verdict = verdict_of(Outcome.REPORTS, against) if against else Verdict.NO_COMPARABLE
        return Line(Outcome.REPORTS, verdict, change, others if per_bottles else {}, against, per_bottles, dispersion=dispersion)

    def _spread(self, outcome: Outcome, change: Change, others: Mapping[int, Change], months: tuple[int, int] | None = None) -> Line:
        """Return the line of what has no chance of its own: judged by how much comparable places differ."""
        moved = change.log_ratio
        if moved is None:
            return Line(outcome, Verdict.NO_DATA, change, months=months)
        logs = [there for one in others.values() if (there := one.log_ratio) is not None]
        if len(logs) < LEAST_COMPARABLE:
            return Line(outcome, Verdict.NO_COMPARABLE, change, others, months=months)
        against = change_against(moved, logs)
        return Line(outcome, verdict_of(outcome, against), change, others, against, months=months)

    def _return_rate(self, measure: Measure, place: Place, windows: Windows) -> Line:
        outcome, months = Outcome.RETURN_RATE, self.series.months_told(place.pk, windows)
        change = self.series.deposits_of(place.pk, windows)
        if self.today < windows.months_known_on:
            return Line(outcome, Verdict.TOO_EARLY, change, months=months)
        if not _told(months, windows):
            return Line(outcome, Verdict.NO_DATA, change, months=months)
        return self._spread(outcome, change, self._others(outcome, measure, place, windows), months)

    def _others(self, outcome: Outcome, measure: Measure, place: Place, windows: Windows) -> dict[int, Change]:
        """Return the comparable places of a measure, the most alike first."""
        one = self._standing(place, windows)
        figures = {
            Outcome.REPORTS: self.series.reports_of, Outcome.BOTTLES: self.series.bottles_of, Outcome.RETURN_RATE: self.series.deposits_of
        }[outcome]  # fmt: skip
        if one is None:
            return {}

        found = self._pool(place.kind, windows).nearest(one, outcome, self._had(measure.kind, windows.around), settings.EFFECT_COMPARABLE)
        return {other: figures(other, windows) for other in found}

    def _had(self, kind: MeasureKind, weeks: range) -> set[int]:
        """Return the places that had a measure of a kind in some of these weeks."""
        key = kind, weeks.start
        if key not in self._places_had:
            self._places_had[key] = {place for place, week in self._weeks[kind] if week in weeks}
        return self._places_had[key]

    def _dispersion(self, measure: Measure, place: Place, windows: Windows) -> float:
        """Return how much more than by chance reports vary at places of the same kind without such a measure."""
        key = measure.kind, windows.around.start, place.kind
        if key not in self._dispersions:
            had, some = self._had(measure.kind, windows.around), self._pool(place.kind, windows).some(MOST_DISPERSED)
            self._dispersions[key] = dispersion_of(self.series.reports_of(pk, windows) for pk in some if pk not in had)
        return self._dispersions[key]

    def _pool(self, kind: str, windows: Windows) -> Pool:
        """Return the places of a kind that took part on both sides."""
        key = week_of(windows.day), windows.months_before.start, kind  # two days of a week may lie in two months
        if key not in self._pools:
            places = [place for place in self.series.by_kind.get(kind, []) if self._takes_part(place, windows)]
            before = ((self.series.bottles.over(place.pk, windows.before), place.pk) for place in places)
            known = self.series.places
            self._pools[key] = Pool([one for one in before if one[0] > 0], lambda pk: self._standing(known[pk], windows))
        return self._pools[key]

    def _takes_part(self, place: Place, windows: Windows) -> bool:
        return place.is_active and place.joined is not None and place.joined <= windows.first_before

    def _standing(self, place: Place, windows: Windows) -> Standing | None:
        """Return where a place stood before; None when nothing was collected there before or after."""
        bottles, deposits = self.series.bottles_of(place.pk, windows), self.series.deposits_of(place.pk, windows)
        if bottles.before <= 0 or bottles.after <= 0:
            return None
        reports = self.series.weekly_reports_of(place.pk, windows).before
        is_rated = deposits.log_ratio is not None and _told(self.series.months_told(place.pk, windows), windows)
        rate = deposits.rate_before if is_rated else None
        return standing(place.pk, place.zone, bottles.before, reports, rate)


def _told(months: tuple[int, int], windows: Windows) -> bool:
    """Whether enough months on each side are declared: one may be missing, of three or more."""
    return min(months) >= (windows.months - 1 if windows.months > 2 else windows.months)
