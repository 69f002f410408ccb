"""The pages of before and after in the admin: does it help, the measures of a kind, one measure. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from awareness.effects import words
from awareness.effects.charts import weeks_of, whisker
from awareness.effects.enums import JUDGED, MeasureKind, Outcome
from awareness.effects.exports import measures_file, summary_file
from awareness.effects.measures import SOURCES, first_day, kind_of, one_measure
from awareness.effects.network import Effect, Line, Network, read_network
from awareness.effects.statistics import total
from awareness.effects.summary import KindSummary, PooledLine, summary

PERMISSIONS = ("nonconformities.view_nonconformity", "crates.view_depositcount")  # and that of the measure
PAGE = 50
MOST_YEARS = 6


@dataclass(frozen=True)
class Period:
    """A time of measures. Arguments: code, in the address ("12": the last twelve months; "2026": a year); since, until, both included."""

    code: str
    label: str
    since: date
    until: date


def periods(today: date) -> list[Period]:
    """Return the times that one may choose: the last twelve months, and each year in which something was done."""
    last = Period("12", gettext("last 12 months"), today - timedelta(days=365), today)
    first = max((first_day() or today).year, today.year - MOST_YEARS + 1)
    years = range(today.year, min(first, today.year) - 1, -1)
    return [last, *(Period(str(year), str(year), date(year, 1, 1), min(date(year, 12, 31), today)) for year in years)]


def may_see(request: HttpRequest, kind: MeasureKind) -> bool:
    """Whether somebody may see the measures of a kind and the figures that they are judged by."""
    return all(request.user.has_perm(each) for each in (*PERMISSIONS, SOURCES[kind].permission))


def _kinds(request: HttpRequest) -> list[MeasureKind]:
    """Return the kinds that somebody may see. Raises PermissionDenied when there is none."""
    found = [kind for kind in MeasureKind if may_see(request, kind)]
    if not found:
        raise PermissionDenied
    return found


def _asked(request: HttpRequest) -> tuple[Period, list[Period]]:
    known = periods(timezone.localdate())
    return next((one for one in known if one.code == request.GET.get("period", "")), known[0]), known


def _shell(request: HttpRequest, title: str, **context: Any) -> dict[str, Any]:
    figures = {"weeks": settings.EFFECT_WEEKS, "comparable": settings.EFFECT_COMPARABLE}
    return {**admin.site.each_context(request), "title": title, **figures, **context}


# -- does it help?


def summary_page(request: HttpRequest) -> HttpResponse:
    """All kinds of measures of a time (?period=), perhaps without those beside others (?alone=1), or the same as a file (?format=csv)."""
    kinds, (period, known) = _kinds(request), _asked(request)
    is_alone = request.GET.get("alone") == "1"
    network = read_network(period.since, period.until)
    found = summary(network.effects(period.since, period.until, kinds), without_several=is_alone)
    if suffix := request.GET.get("format", ""):
        return summary_file(found, suffix)
    context = {"period": period, "periods": known, "is_alone": is_alone, "kinds": [_kind_card(one) for one in found]}
    return render(request, "awareness/effects/summary.html", _shell(request, gettext("Does it help?"), **context))


def _kind_card(found: KindSummary) -> dict[str, Any]:
    left = [(why.label, number) for why, number in found.left_out.most_common()]
    return {"title": words.kinds(found.kind), "summary": found, "left_out": left, "lines": [_pooled_row(line) for line in found.lines]}


def _pooled_row(line: PooledLine) -> dict[str, Any]:
    has = line.measures > 0
    return {
        "line": line,
        "outcome": line.outcome.label,
        "sentence": words.pooled_sentence(line),
        "own": words.sides(line.outcome, line.change, places=line.places) if has else None,
        "others": words.sides(line.outcome, line.others, places=line.compared) if has else None,
        "whisker": whisker(line.against),
    }


# -- the measures of a kind


def kind_page(request: HttpRequest, measure: str) -> HttpResponse:
    """The measures of a kind in a time, the newest first, each with what it tells; ?format=csv for all of them as a file."""
    which, (period, known) = _kind(request, measure), _asked(request)
    network = read_network(period.since, period.until)
    if suffix := request.GET.get("format", ""):
        return measures_file(network.effects(period.since, period.until, [which]), suffix)
    measures = [one for one in network.measures if one.kind == which and period.since <= one.day <= period.until][::-1]
    text, pages = request.GET.get("page", ""), max(1, -(-len(measures) // PAGE))
    page = min(pages, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    rows = [_measure_row(network.effect(one)) for one in measures[(page - 1) * PAGE : page * PAGE]]
    context = {"period": period, "periods": known, "kind": which, "rows": rows, "total": len(measures), "page": page, "pages": pages}
    context |= {"query": f"period={period.code}"}
    return render(request, "awareness/effects/kind.html", _shell(request, words.kinds(which), **context))


def _kind(request: HttpRequest, kind: str) -> MeasureKind:
    """Return the kind that an address names. Raises Http404, PermissionDenied."""
    if kind not in MeasureKind.values:
        raise Http404
    which = MeasureKind(kind)
    if not may_see(request, which):
        raise PermissionDenied
    return which


def _measure_row(effect: Effect) -> dict[str, Any]:
    return {
        "measure": effect.measure,
        "place": effect.place,
        "also": len(effect.also),
        "url": reverse("effects:one", args=[effect.measure.kind, effect.measure.pk]),
        "lines": [{"line": line, "outcome": line.outcome.label, "change": _short(line)} for line in effect.lines],
    }


def _short(line: Line) -> str:
    return words.between(line.against) if line.against and line.verdict in JUDGED else ""


# -- one measure


def one_page(request: HttpRequest, measure: str, pk: int) -> HttpResponse:
    """What came of one measure."""
    which = _kind(request, measure)
    found = one_measure(which, pk)
    if found is None:
        raise Http404
    network = read_network(found.day, found.day)
    effect = network.effect(found)
    rows = [_line_row(network, effect, line) for line in effect.lines]
    charts = [weeks_of(network.series, effect, outcome) for outcome in (Outcome.REPORTS, Outcome.BOTTLES)] if found.is_held else []
    also = [(one, reverse("effects:one", args=[one.kind, one.pk])) for one in effect.also if may_see(request, one.kind)]
    context = {"effect": effect, "measure": found, "kind": which, "rows": rows, "charts": [one for one in charts if one], "also": also}
    title = gettext("Before and after: %(what)s") % {"what": found.name or which.label}
    return render(request, "awareness/effects/one.html", _shell(request, title, **context))


def _line_row(network: Network, effect: Effect, line: Line) -> dict[str, Any]:
    others = total(line.others.values()) if line.others else None
    return {
        "line": line,
        "outcome": line.outcome.label,
        "sentence": words.sentence(effect, line),
        "alone": words.alone(line),
        "own": words.sides(line.outcome, line.change, per_bottles=line.per_bottles) if line.change else None,
        "others": words.sides(line.outcome, others, per_bottles=line.per_bottles, places=len(line.others)) if others else None,
        "places": [network.series.places[pk] for pk in line.others],
        "whisker": whisker(line.against) if line.verdict in JUDGED else None,
    }


class BeforeAndAfter:
    """Mixin of the admins of measures: a button to what came of one."""

    actions_detail = ["to_before_and_after"]

    @action(description=_("Before and after"), url_path="before-and-after")
    def to_before_and_after(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Lead to what came of it."""
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if row is None:
            raise Http404
        return HttpResponseRedirect(reverse("effects:one", args=[kind_of(row), row.pk]))
