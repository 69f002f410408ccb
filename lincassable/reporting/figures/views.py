"""The pages of figures in the admin: a report, the rows behind a number; each as a file, the report as a sheet of paper too."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lincassable.exporting import table_file
from lincassable.reporting.figures import cards, drill, paper, table, words
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import MEMBERS_SHOWN, Dimension
from lincassable.reporting.figures.forms import FiguresForm, names_of
from lincassable.reporting.figures.registry import FIGURES, may_see
from lincassable.reporting.figures.report import Report, report
from lincassable.reporting.figures.sums import knows, sums_of
from lincassable.reporting.stock_views import page_number
from stores.admin_saving import author

PERMISSION = "crates.view_movement"


def page(request: HttpRequest) -> HttpResponse:
    """Show the figures, or return their table as a file (?format=csv)."""
    form, asked = _asked(request, Dimension.ZONE)
    answer = report(asked, user=request.user)
    if suffix := request.GET.get("format", ""):
        headers, rows = table.table(answer, request.user)
        return table_file(f"chiffres-{asked.period.first}-{asked.period.last_known}", headers, rows, suffix=suffix)
    context = {
        "form": form,
        "answer": answer,
        "cards": cards.cards(answer, request.user),
        "months": cards.months(answer),
        "columns": cards.titles(answer, request.user),
        "lines": cards.lines(answer, request.user),
        "more": max(0, len(answer.members) - MEMBERS_SHOWN),
        "tabs": [(dimension, urlencode(asked.query(by=str(dimension)))) for dimension in Dimension],
        "ever": None if answer.ever is None else words.number(answer.ever),
        "before": asked.before.looked_at if asked.before else None,
        "query": urlencode(asked.query(**({"by": str(asked.by)} if asked.by else {}))),
        "title": _("Figures of the network"),
    }
    return _page(request, "reporting/figures/page.html", form, asked, context)


def rows(request: HttpRequest, figure: str) -> HttpResponse:
    """Show the rows behind a number, or return them as a file. ?part= says which, where a figure is made of two."""
    form, asked = _asked(request, None)
    found = FIGURES.get(figure)
    if found is None:
        raise Http404
    if not may_see(found, request.user):
        raise PermissionDenied
    parts = found.parts_for(by_producer=Dimension.PRODUCER in asked.filters)
    number = 1 if request.GET.get("part") == "1" and len(parts) > 1 else 0
    if suffix := request.GET.get("format", ""):
        if not knows(parts[number].origin, asked):
            raise Http404
        headers, lines = drill.table(parts[number], asked)
        return table_file(f"chiffres-{figure}-{asked.looked_at.first}-{asked.looked_at.last_known}", headers, lines, suffix=suffix)
    answer = report(asked, user=request.user, codes=[figure])
    told = (Report(asked, answer.before, factor=answer.factor) if asked.is_before else answer).figure(figure)
    context = {
        "form": form,
        "figure": found,
        "value": words.with_unit(found, told.now),
        "note": told.note,
        "study": words.study(answer, figure),
        "drill": drill.drill(found, parts[number], asked, page_number(request)),
        "parts": [(index, _part_sum(part, asked)) for index, part in enumerate(parts)] if len(parts) > 1 else [],
        "part": number,
        "query": urlencode(asked.query(**({"part": number} if number else {}))),
        "back": urlencode(asked.query() | {"before": ""} if asked.is_before else asked.query()),
        "title": str(found.title),
    }
    return _page(request, "reporting/figures/rows.html", form, asked, context)


def _part_sum(part: drill.Part, asked: Asked) -> str:
    """Return a part's sum, in words: “456 bottles”."""
    name = part.measures[0]
    title, _per, decimals = drill.MEASURES[name]
    amount = sums_of(part.origin, asked).whole[name] if knows(part.origin, asked) else 0
    return f"{words.number(drill.value(name, amount), decimals)} {title}"


def sheet(request: HttpRequest) -> HttpResponse:
    """Return the report as one page to hand over."""
    _form, asked = _asked(request, Dimension.ZONE)
    content = paper.sheet(report(asked, user=request.user), request.user, names=_names(asked), language=get_language() or "fr")
    response = HttpResponse(content, content_type="application/pdf")
    name = f"chiffres-{asked.period.first}-{asked.period.last_known}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _asked(request: HttpRequest, by: Dimension | None) -> tuple[FiguresForm, Asked]:
    """Return the filters of the address and what they ask. Raises PermissionDenied."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = FiguresForm(request.GET, by=author(request))
    form.is_valid()
    asked = form.asked(by=by)
    return form, asked


def _names(asked: Asked) -> list[str]:
    """Return the part of the network that is asked about, in words: “zone: Arles”."""
    return [
        _("%(what)s: %(told)s") % {"what": dimension.label, "told": names_of(dimension, [key]).get(key, "?")}
        for dimension, key in asked.filters.items()
    ]


def _page(request: HttpRequest, template: str, form: FiguresForm, asked: Asked, context: dict[str, Any]) -> HttpResponse:
    shared = {"asked": asked, "names": _names(asked), "errors": form.sentences}
    return render(request, template, {**admin.site.each_context(request), **shared, **context})
