"""Before and after as files: the measures one by one, and the kinds as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isinf
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness.effects import words
from awareness.effects.enums import Outcome
from awareness.effects.network import Effect
from awareness.effects.statistics import Change, Interval, total
from awareness.effects.summary import KindSummary
from lincassable.exporting import table_file


def measures_file(effects: Iterable[Effect], suffix: str) -> HttpResponse:
    """Return the measures, a line for each and outcome. Arguments: suffix, "csv" or "xlsx"."""
    headers = [
        _("kind"), _("day"), _("collection point"), _("name"), _("first day before"), _("last day before"), _("first day after"),
        _("last day after"), *_headers(), _("comparable places"), _("explanation"), _("what else was done there in that time"),
        _("done again"),
    ]  # fmt: skip
    return table_file(f"before-after-{timezone.localdate():%Y-%m-%d}", headers, _measures(effects), suffix=suffix)


def summary_file(found: Iterable[KindSummary], suffix: str) -> HttpResponse:
    """Return the kinds as a whole, a line for each and outcome. Arguments: suffix, "csv" or "xlsx"."""
    headers = [_("kind"), *_headers(), _("measures compared"), _("places"), _("comparable places"), _("explanation")]
    return table_file(f"does-it-help-{timezone.localdate():%Y-%m-%d}", headers, _kinds(found), suffix=suffix)


def _headers() -> list[str]:
    return [
        _("figure"), _("counted before"), _("over, before"), _("counted after"), _("over, after"), _("over what"),
        _("comparable places: counted before"), _("comparable places: over, before"), _("comparable places: counted after"),
        _("comparable places: over, after"), _("after over before, over the same in comparable places"), _("lower limit (95 %)"),
        _("upper limit (95 %)"), _("result"),
    ]  # fmt: skip


def _measures(effects: Iterable[Effect]) -> Iterator[list[Any]]:
    for effect in effects:
        one, windows = effect.measure, effect.windows
        head = [
            one.kind.label, one.day, effect.place.name if effect.place else None, one.name, windows.first_before, windows.last_before,
            windows.first_after, windows.last_after,
        ]  # fmt: skip
        also = ", ".join(f"{other.kind.label} {other.day:%d/%m/%Y}" for other in effect.also)
        for line in effect.lines:
            others = total(line.others.values()) if line.others else None
            figures = _figures(line.outcome, line.change, others, line.against, per_bottles=line.per_bottles)
            yield [
                *head, *figures, line.verdict.label, len(line.others), words.sentence(effect, line), also,
                _("yes") if effect.is_repeat else _("no"),
            ]  # fmt: skip


def _kinds(found: Iterable[KindSummary]) -> Iterator[list[Any]]:
    for kind in found:
        for line in kind.lines:
            others = line.others if line.measures else None
            figures = _figures(line.outcome, line.change if line.measures else None, others, line.against)
            last = [line.measures, line.places, line.compared, words.pooled_sentence(line)]
            yield [kind.kind.label, *figures, line.verdict.label, *last]


def _figures(
    outcome: Outcome, change: Change | None, others: Change | None, against: Interval | None, *, per_bottles: bool = True
) -> list[Any]:
    """Return the columns of figures, empty where there are none."""
    units = {
        Outcome.REPORTS: _("thousands of bottles") if per_bottles else _("weeks"),
        Outcome.RETURN_RATE: _("bottles charged"),
        Outcome.BOTTLES: _("weeks"),
    }
    return [outcome.label, *_four(change), units[outcome], *_four(others), *_limits(against)]


def _four(change: Change | None) -> list[float | None]:
    if change is None:
        return [None] * 4
    values = (change.before, change.before_over, change.after, change.after_over)
    return [int(value) if float(value).is_integer() else round(value, 3) for value in values]


def _limits(interval: Interval | None) -> list[float | None]:
    if interval is None:
        return [None] * 3
    return [None if value is None or isinf(value) else round(value, 4) for value in (interval.ratio, interval.low, interval.high)]
