"""A carrier's office looks back: the history of its tours with its files, how reliable it is, and how reliable we are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lincassable.exporting import table_file
from pickups import queries_office, reliability
from pickups.models import Carrier
from pickups.office_forms import HistoryForm, PeriodForm
from pickups.reliability import Figure

PER_PAGE = 50


def carrier_required(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a view to users of a carrier; it gets their carriers as `carriers`. Raises PermissionDenied for everybody else."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        carriers = list(request.user.carriers.order_by("name"))  # type: ignore[union-attr]
        if not carriers:
            raise PermissionDenied(_("Your account belongs to no carrier."))
        return view(request, *args, carriers=carriers, **kwargs)

    return guarded


@never_cache
@require_safe
@carrier_required
def history(request: HttpRequest, carriers: list[Carrier]) -> HttpResponse:
    """Show the tours of a period, or return them as a file (?format=csv)."""
    form = HistoryForm(request.GET)
    form.is_valid()
    period = form.period()
    tours = queries_office.history(request.user, period, form.cleaned_data.get("state") or "")  # type: ignore[arg-type]
    if suffix := request.GET.get("format", ""):
        headers, rows = queries_office.history_table(tours)
        return table_file(f"tournees-{period.since}-{period.until}", headers, rows, suffix=suffix)
    page = Paginator(tours, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "period": period,
        "page": page,
        "tours": queries_office.with_sums(list(page)),
        "query": query_of(request),
        "carriers": carriers,
    }
    return render(request, "pickups/carrier_history.html", context)


@never_cache
@require_safe
@carrier_required
def figures(request: HttpRequest, carriers: list[Carrier]) -> HttpResponse:
    """Show how reliable the carrier is, and how reliable we are."""
    return render(request, "pickups/carrier_reliability.html", figures_context(request, carriers))


@never_cache
@require_safe
@carrier_required
def rows(request: HttpRequest, figure: str, carriers: list[Carrier]) -> HttpResponse:
    """Show the rows that a figure looks at."""
    return render(request, "pickups/carrier_figure.html", figure_context(request, carriers, figure))


def figures_context(request: HttpRequest, carriers: list[Carrier]) -> dict[str, Any]:
    """Return what the page of the figures shows, here and in the admin."""
    form = PeriodForm(request.GET)
    form.is_valid()
    period = form.period()
    found = reliability.figures(carriers, period)
    return {
        "form": form,
        "period": period,
        "theirs": [figure for figure in found if figure.side == reliability.THEIRS],
        "ours": [figure for figure in found if figure.side == reliability.OURS],
        "query": query_of(request),
        "carriers": carriers,
    }


def figure_context(request: HttpRequest, carriers: list[Carrier], key: str) -> dict[str, Any]:
    """Return what the page of one figure shows, here and in the admin. Raises Http404 for an unknown one."""
    context = figures_context(request, carriers)
    shown: Figure | None = next((figure for figure in [*context["theirs"], *context["ours"]] if figure.key == key), None)
    if shown is None:
        raise Http404
    page = Paginator(shown.sorted_rows(), PER_PAGE).get_page(request.GET.get("page"))
    return {**context, "figure": shown, "page": page}


def query_of(request: HttpRequest) -> str:
    """Return the filters of the address, for links to other pages and to files."""
    query = request.GET.copy()
    for name in ("page", "format"):
        query.pop(name, None)
    return query.urlencode()
