"""Does it help? All measures of a kind together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from awareness.effects.enums import MeasureKind, Outcome, Verdict
from awareness.effects.network import Effect, Line, verdict_of
from awareness.effects.statistics import (
    LEAST_PLACES,
    LEAST_POOLED_EVENTS,
    Change,
    Interval,
    Trial,
    places_that_tell,
    pooled_change,
    pooled_rate_ratio,
    total,
)


@dataclass(frozen=True)
class PooledLine:
    """What may have changed where measures of a kind were taken.

    Arguments: change, in those places together; others, in the comparable ones (those of a measure count as one average place);
    against, the first over the second; measures and places, how many; compared, how many different places they are compared with.
    """

    outcome: Outcome
    verdict: Verdict
    change: Change
    others: Change
    against: Interval | None
    measures: int
    places: int
    compared: int


@dataclass(frozen=True)
class KindSummary:
    """All measures of a kind in a time.

    Arguments: repeats, how many had been done there already within the weeks before; several, how many of the rest had something else there
    in that time; left_out, how many of those used could not be read for the non-conformities, by why.
    """

    kind: MeasureKind
    measures: int
    lines: list[PooledLine]
    repeats: int = 0
    several: int = 0
    left_out: Counter[Verdict] = field(default_factory=Counter)


def summary(effects: Sequence[Effect], *, without_several: bool = False) -> list[KindSummary]:
    """Return a summary for each kind of which there is a measure. Arguments: without_several, leave out those beside which
    something else was done at the place in that time."""
    found = []
    for kind in MeasureKind:
        all_of_it = [one for one in effects if one.measure.kind == kind]
        if all_of_it:
            found.append(_kind(kind, all_of_it, without_several))
    return found


def _kind(kind: MeasureKind, effects: Sequence[Effect], without_several: bool) -> KindSummary:
    once = [one for one in effects if not one.is_repeat]
    used = [one for one in once if not (without_several and one.also)]
    lines = [_pooled(outcome, used) for outcome in Outcome]
    reports = [one.line(Outcome.REPORTS) for one in used]
    # Too few reports to tell at one place add to the whole, unless there is nothing to compare that place with.
    left: Counter[Verdict] = Counter(
        Verdict.NO_COMPARABLE if one.verdict == Verdict.TOO_FEW else one.verdict for one in reports if not _counts(one)
    )
    return KindSummary(kind, len(effects), lines, len(effects) - len(once), sum(bool(one.also) for one in once), left)


def _pooled(outcome: Outcome, effects: Sequence[Effect]) -> PooledLine:
    rows = [(one.place.pk, line) for one in effects if one.place for line in [one.line(outcome)] if _counts(line)]
    trials = [Trial(place, line.change, line.others) for place, line in rows if line.change]
    places = len({one.place for one in trials})
    change = total(one.change for one in trials)
    others = total(_average(list(one.others.values())) for one in trials)
    against = None
    telling = places_that_tell(trials) if outcome == Outcome.REPORTS else places
    if telling >= LEAST_PLACES and min(change.before, change.after, others.before, others.after) > 0:
        if outcome != Outcome.REPORTS:
            against = pooled_change(trials)
        elif change.before + change.after >= LEAST_POOLED_EVENTS:
            against = pooled_rate_ratio(trials)
    verdict = verdict_of(outcome, against) if against else _why_not(outcome, effects, bool(trials))
    compared = len({other for one in trials for other in one.others})
    return PooledLine(outcome, verdict, change, others, against, len(trials), places, compared)


def _counts(line: Line) -> bool:
    """Whether a line adds to the whole: it could be compared, even when its own reports are too few to tell."""
    return line.against is not None


def _average(changes: list[Change]) -> Change:
    whole, number = total(changes), len(changes)
    return Change(whole.before / number, whole.before_over / number, whole.after / number, whole.after_over / number)


def _why_not(outcome: Outcome, effects: Sequence[Effect], is_compared: bool) -> Verdict:
    if is_compared:
        return Verdict.TOO_FEW
    reasons = Counter(one.line(outcome).verdict for one in effects)
    del reasons[Verdict.TOO_FEW]
    return reasons.most_common(1)[0][0] if reasons else Verdict.NO_COMPARABLE
