"""The forecasts in the admin's frame: list and map, as a file, and what follows from them: a request, a stop in a tour."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lincassable.exporting import table_file
from pickups import queries, services
from pickups.admin.common import author, tell
from pickups.enums import PLANNABLE_TOUR_STATES, RequestSource
from pickups.forecast import Urgency
from pickups.forecast_board import PAGE, Asked, Board, board, points, rows_of, table
from pickups.models import Tour
from stores.enums import Kind
from stores.models import Store, Zone

PERMISSION = "pickups.view_pickuprequest"
MOST = 60  # places at once: more are no tour
NOT_COLLECTED = (Kind.HUB, Kind.SORTING, Kind.WASHING)
# The sign that goes with each colour.
SIGNS = {Urgency.OVERDUE: "priority_high", Urgency.SOON: "schedule", Urgency.LATER: "check", Urgency.UNKNOWN: "question_mark"}


class ForecastForm(forms.Form):
    """The filters; what is wrong is left out."""

    q = forms.CharField(label=_("place or town"), required=False, max_length=80)
    zone = forms.ModelChoiceField(Zone.objects.all(), label=_("zone"), required=False, empty_label=_("all"))
    kind = forms.ChoiceField(
        label=_("kind"), required=False, choices=[("", _("all")), *(pair for pair in Kind.choices if pair[0] not in NOT_COLLECTED)]
    )
    urgency = forms.ChoiceField(label=_("urgency"), required=False, choices=[("", _("all")), *Urgency.choices])
    free = forms.BooleanField(label=_("without those already asked for or on a tour"), required=False)

    def asked(self) -> Asked:
        """Return what is asked."""
        given = getattr(self, "cleaned_data", {})
        zone = given.get("zone")
        text = (given.get("q") or "").strip()
        return Asked(zone and zone.pk, given.get("kind") or "", given.get("urgency") or "", text, bool(given.get("free")))


def forecast_list(request: HttpRequest) -> HttpResponse:
    """Show the places in order of urgency, as a list or on a map (?view=map), or return them as a file (?format=csv)."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if request.method == "POST":
        return _act(request)
    form = ForecastForm(request.GET)
    form.is_valid()
    found = board(form.asked())
    if suffix := request.GET.get("format", ""):
        headers, rows = table(found.forecasts)
        return table_file(f"previsions-{timezone.localdate():%Y-%m-%d}", headers, rows, suffix=suffix)
    context = {**admin.site.each_context(request), "form": form, "board": found, "title": gettext("Forecasts"), **_addresses(request)}
    if request.GET.get("view") == "map":
        return render(request, "pickups/admin/forecast_map.html", {**context, "points": points(found.forecasts), "legend": _legend(found)})
    return render(request, "pickups/admin/forecasts.html", {**context, **_page(request, found)})


def _page(request: HttpRequest, found: Board) -> dict[str, Any]:
    """Return one page of the list, and the tours that may take more places."""
    text = request.GET.get("page", "")
    pages = max(1, -(-found.total // PAGE))
    page = min(pages, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    shown = rows_of(found.forecasts[(page - 1) * PAGE : page * PAGE])
    open_tours = Tour.objects.filter(state__in=PLANNABLE_TOUR_STATES, date__gte=timezone.localdate()).select_related("carrier", "zone")
    return {
        "page": page,
        "pages": pages,
        "rows": [{"row": row, "sign": SIGNS[row.forecast.urgency]} for row in shown],
        "legend": _legend(found),
        "tours": list(open_tours.order_by("date", "pk")[:30]),
        "may_ask": request.user.has_perm("pickups.add_pickuprequest"),
        "may_plan": request.user.has_perm("pickups.change_tour"),
    }


def _legend(found: Board) -> list[dict[str, Any]]:
    return [
        {"key": str(urgency), "label": urgency.label, "sign": SIGNS[urgency], "count": found.counts.get(urgency, 0)} for urgency in Urgency
    ]


def _addresses(request: HttpRequest) -> dict[str, str]:
    """Return the filters of the address, without and with the way of showing."""
    query = request.GET.copy()
    for name in ("page", "format"):
        query.pop(name, None)
    with_view = query.urlencode()
    query.pop("view", None)
    return {"query": with_view, "filters": query.urlencode(), "here": request.get_full_path()}


def _act(request: HttpRequest) -> HttpResponse:
    """Ask for the chosen places, or put them on a tour; come back to the list."""
    chosen = [int(text) for text in request.POST.getlist("store") if text.isascii() and text.isdigit() and len(text) < 19]
    one = request.POST.get("one", "")
    if one.isascii() and one.isdigit() and len(one) < 19:
        chosen = [int(one)]
    stores = list(Store.objects.active().collected().filter(pk__in=chosen, collected_through=None).order_by("name", "pk")[: MOST + 1])
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/"):
        back = reverse("pickups_forecasts:list")
    if not stores:
        messages.error(request, gettext("Tick at least one place first."))
    elif len(stores) > MOST:
        messages.error(request, gettext("Tick %(most)s places at most: more do not fit on a tour.") % {"most": MOST})
    else:
        try:
            return HttpResponseRedirect(_do(request, request.POST.get("action", ""), stores) or back)
        except ValidationError as error:
            tell(request, error)
    return HttpResponseRedirect(back)


def _do(request: HttpRequest, action: str, stores: list[Store]) -> str:
    """Do what is asked with the places; return where to go on, "" for back to the list. Raises ValidationError, PermissionDenied."""
    if not request.user.has_perm("pickups.change_tour" if action == "tour" else "pickups.add_pickuprequest"):
        raise PermissionDenied
    if action == "tour":
        return _add_to_tour(request, stores)
    with transaction.atomic():
        asked = [services.request_pickup(store, by=author(request), source=RequestSource.FORECAST) for store in stores]
    if action == "new":
        return f"{reverse('admin:pickups_tour_add')}?{urlencode({'requests': ','.join(str(row.pk) for row in asked)}, safe=',')}"
    new = sum(1 for row in asked if row.is_new)
    sentence = ngettext("%(count)d request created.", "%(count)d requests created.", new) % {"count": new}
    old = len(asked) - new
    if old:
        known = ngettext("%(count)d place had already asked.", "%(count)d places had already asked.", old) % {"count": old}
        sentence = f"{sentence} {known}"
    messages.success(request, sentence)
    return ""


def _add_to_tour(request: HttpRequest, stores: list[Store]) -> str:
    """Add the places to the chosen tour with what their stock suggests: all of them, or none and why. Returns the tour's page."""
    number = request.POST.get("tour", "")
    tour = Tour.objects.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    if tour is None:
        raise ValidationError(gettext("Choose the tour that takes these places."))
    suggested = queries.suggested_lines([store.pk for store in stores])
    with transaction.atomic():
        plans = [services.StopPlan(store, suggested.get(store.pk, [])) for store in stores]
        services.revise_tour(tour, by=author(request), stops=plans)
    count = ngettext("%(count)d place added to %(tour)s.", "%(count)d places added to %(tour)s.", len(stores))
    messages.success(request, count % {"count": len(stores), "tour": tour.reference})
    return reverse("admin:pickups_tour_change", args=[tour.pk])
