"""Figures of before and after in words, in the current language: what a coordinator reads, and what the numbers cannot tell."""

from __future__ import annotations

from math import isinf
from typing import Any

from django.conf import settings
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awareness.effects.enums import JUDGED, MeasureKind, Outcome, Verdict
from awareness.effects.network import Effect, Line
from awareness.effects.statistics import LEAST_COMPARABLE, LEAST_EVENTS, LEAST_PLACES, LEAST_POOLED_EVENTS, Change, Interval
from awareness.effects.summary import PooledLine

MANY_TIMES = 10  # from this ratio on, times are easier to read than per cent


def number(value: float, places: int = 0) -> str:
    """Return a number as people write it."""
    return number_format(round(value, places), places, use_l10n=True, force_grouping=True)


def change_of(ratio: float) -> str:
    """Return a ratio as a change: 0.8 is −20 %."""
    if isinf(ratio):
        return _("without limit")
    if ratio >= MANY_TIMES:
        return f"× {number(ratio)}"
    percent = round((ratio - 1) * 100)
    return f"{'−' if percent < 0 else '+' if percent else ''}{number(abs(percent))} %"


def between(interval: Interval) -> str:
    """Return an interval in words."""
    return _("between %(low)s and %(high)s") % {"low": change_of(interval.low), "high": change_of(interval.high)}


def rate(outcome: Outcome, value: float | None, *, per_bottles: bool = True) -> str:
    """Return a rate with its unit, "–" when there is none."""
    if value is None:
        return "–"
    if outcome == Outcome.RETURN_RATE:
        return f"{number(value * 100, 1)} %"
    if outcome == Outcome.BOTTLES:
        return _("%(number)s a week") % {"number": number(value)}
    if per_bottles:
        return _("%(number)s per 1,000 bottles") % {"number": number(value, 2)}
    return _("%(number)s a week") % {"number": number(value, 2)}


def counted(outcome: Outcome, events: float, over: float, *, per_bottles: bool = True, places: int | None = None) -> str:
    """Return what was counted, and over how much. Arguments: places, in how many together (None: in one, over weeks)."""
    if outcome == Outcome.RETURN_RATE:
        return _("%(refunded)s refunded of %(charged)s charged") % {"refunded": number(events), "charged": number(over)}
    if outcome == Outcome.BOTTLES:
        if places is not None:
            words = {"bottles": number(events), "places": number(places)}
            return ngettext("%(bottles)s bottles at %(places)s place", "%(bottles)s bottles at %(places)s places", places) % words
        weeks = ngettext("%(number)s week", "%(number)s weeks", int(over)) % {"number": number(over)}
        return _("%(bottles)s bottles in %(weeks)s") % {"bottles": number(events), "weeks": weeks}
    shown = number(events, 0 if float(events).is_integer() else 1)
    reports = ngettext("%(number)s report", "%(number)s reports", round(events)) % {"number": shown}
    if per_bottles:
        return _("%(reports)s over %(bottles)s bottles") % {"reports": reports, "bottles": number(over * 1000)}
    weeks = ngettext("%(number)s week", "%(number)s weeks", int(over)) % {"number": number(over)}
    return _("%(reports)s in %(weeks)s") % {"reports": reports, "weeks": weeks}


def sides(outcome: Outcome, change: Change, *, per_bottles: bool = True, places: int | None = None) -> dict[str, Any]:
    """Return the rates and the counts before and after, in words. Arguments: places, as for `counted`."""
    kept: dict[str, Any] = {"per_bottles": per_bottles, "places": places}
    return {
        "before": rate(outcome, change.rate_before, per_bottles=per_bottles),
        "after": rate(outcome, change.rate_after, per_bottles=per_bottles),
        "counted_before": counted(outcome, change.before, change.before_over, **kept),
        "counted_after": counted(outcome, change.after, change.after_over, **kept),
    }


def judged(outcome: Outcome, verdict: Verdict, interval: Interval) -> str:
    """Return the sentence of what could be judged."""
    values = {"change": change_of(interval.ratio or 0), "between": between(interval)}
    if verdict == Verdict.UNCLEAR:
        return (
            _("No difference to be seen from the comparable places: anything %(between)s fits the figures (best guess %(change)s).")
            % values
        )
    sentences = {
        (Outcome.REPORTS, Verdict.BETTER): _("Fewer than in the comparable places: %(change)s (%(between)s)."),
        (Outcome.REPORTS, Verdict.WORSE): _("More than in the comparable places: %(change)s (%(between)s)."),
        (Outcome.RETURN_RATE, Verdict.BETTER): _("Higher than in the comparable places: %(change)s (%(between)s)."),
        (Outcome.RETURN_RATE, Verdict.WORSE): _("Lower than in the comparable places: %(change)s (%(between)s)."),
        (Outcome.BOTTLES, Verdict.BETTER): _("More than in the comparable places: %(change)s (%(between)s)."),
        (Outcome.BOTTLES, Verdict.WORSE): _("Fewer than in the comparable places: %(change)s (%(between)s)."),
    }
    return sentences[outcome, verdict] % values


def sentence(effect: Effect, line: Line) -> str:
    """Return what one outcome of a measure tells, or why it cannot."""
    if line.verdict in JUDGED and line.against:
        return judged(line.outcome, line.verdict, line.against)
    if line.verdict == Verdict.TOO_EARLY:
        return _too_early(effect, line)
    if line.verdict == Verdict.TOO_FEW and line.change:
        reports = int(line.change.before + line.change.after)
        words = {"number": number(reports), "least": LEAST_EVENTS}
        return ngettext(
            "Too few to tell: %(number)s report before and after together. With fewer than %(least)s, chance alone explains anything.",
            "Too few to tell: %(number)s reports before and after together. With fewer than %(least)s, chance alone explains anything.",
            reports,
        ) % words  # fmt: skip
    if line.verdict == Verdict.NO_COMPARABLE:
        words = {"number": len(line.others), "least": LEAST_COMPARABLE}
        return _("No comparable places: %(number)s alike before and without such a measure, %(least)s are needed.") % words
    return _missing(effect, line)


def _too_early(effect: Effect, line: Line) -> str:
    windows = effect.windows
    if line.outcome == Outcome.RETURN_RATE:
        return _("Too early to tell: the months after are over, and their deposits declared, on %(day)s.") % {
            "day": date_format(windows.months_known_on, "j F Y")
        }
    return _("Too early to tell: %(over)s of %(weeks)s weeks are over; they all are, late reports included, on %(day)s.") % {
        "over": effect.weeks_over,
        "weeks": windows.weeks,
        "day": date_format(windows.known_on, "j F Y"),
    }


def _missing(effect: Effect, line: Line) -> str:
    if line.verdict == Verdict.NOT_HELD:
        return _("It has not taken place, or was called off.")
    if line.verdict == Verdict.NO_PLACE:
        if effect.measure.place:
            return _("Tours do not collect from this place.")
        return _("No collection point lies within %(km)s km of it: there is no place to look at.") % {
            "km": number(settings.EFFECT_EVENT_KM, 1)
        }
    place = effect.place
    if place and place.joined is None:
        return _("Nothing was ever collected there in its own name.")
    if place and place.joined and place.joined > effect.windows.first_before:
        words = {"day": date_format(place.joined, "j F Y"), "first": date_format(effect.windows.first_before, "j F Y")}
        return _("The place joined on %(day)s; the time before begins on %(first)s.") % words
    if place and line.change is None:
        return _("The place left: it no longer takes part, and nothing was collected in the second half of the time after.")
    if line.outcome == Outcome.RETURN_RATE and line.months:
        if min(line.months) >= effect.windows.months - 1:
            return _("No bottle was charged or refunded there before or after: there is nothing to compare.")
        told = {"before": line.months[0], "after": line.months[1], "months": effect.windows.months}
        return _("Deposits are missing: declared for %(before)s of %(months)s months before and %(after)s of %(months)s after.") % told
    return _("No bottle was collected there before or after: there is nothing to compare.")


def pooled_sentence(line: PooledLine) -> str:
    """Return what an outcome tells of a kind of measure as a whole, or why it cannot."""
    if line.against and line.verdict in JUDGED:
        return judged(line.outcome, line.verdict, line.against)
    if line.verdict == Verdict.TOO_FEW:
        if line.outcome == Outcome.REPORTS:
            words = {"places": LEAST_PLACES, "events": LEAST_POOLED_EVENTS}
            return _("Too few to tell: at least %(places)s places with reports, and %(events)s reports, are needed.") % words
        return _("Too few to tell: at least %(places)s places are needed.") % {"places": LEAST_PLACES}
    if line.verdict == Verdict.TOO_EARLY:
        return _("Too early to tell: the time after is not over, or its late reports may still come.")
    if line.verdict == Verdict.NO_DATA:
        return _("Figures are missing: deposits that were not declared, places that joined meanwhile, or nothing collected.")
    if line.verdict == Verdict.NO_PLACE:
        return _("None was held in or near a collection point that tours collect from.")
    return _("No comparable places: none were alike before and without such a measure.")


def alone(line: Line) -> str:
    """Return what the place alone shows about its reports; empty when there is nothing to say."""
    if line.alone is None or line.alone.ratio is None:
        return ""
    return _("In the place alone: %(change)s (%(between)s).") % {"change": change_of(line.alone.ratio), "between": between(line.alone)}


def kinds(kind: MeasureKind) -> str:
    """Return the name of a kind, of many."""
    return {
        MeasureKind.TRAINING: _("Trainings"),
        MeasureKind.ANIMATION: _("Animations in stores"),
        MeasureKind.EVENT: _("Public events"),
        MeasureKind.MATERIAL: _("Materials put in place"),
        MeasureKind.VISIT: _("Visits of coordinators"),
    }[kind]
