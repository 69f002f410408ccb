"""From a driver's stop: the place and the stop are known, the rest is the same form."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.portal.problems.common import add_errors
from lincassable.portal.problems.forms import ReportForm
from nonconformities import services
from nonconformities.enums import Source
from nonconformities.models import NonConformity
from pickups.models import Stop, Tour
from pickups.views.common import actor_of, wants_json
from pickups.views.driver_frame import another_tour, arrived, is_of_another_tour, page, stop_of, tour_of


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, stop_uuid: uuid.UUID) -> HttpResponse:
    """The form; POST writes it down, once."""
    tour = tour_of(request)
    stop = stop_of(tour, stop_uuid)
    if request.method != "POST":
        form = ReportForm(initial={"key": uuid.uuid4(), "kind": request.GET.get("kind")})
        return page(request, "problems/driver.html", _context(tour, stop, form))
    if is_of_another_tour(request, tour):
        return another_tour(request)
    form, by = ReportForm(request.POST, request.FILES), actor_of(request)
    if form.is_valid():
        try:
            said = form.said(stop=stop, store=stop.store)
            services.report(said, key=form.cleaned_data["key"], source=Source.DRIVER, by=by, photos=form.pictures())
        except ValidationError as error:
            add_errors(form, error)
        else:
            return arrived(request, reverse("problems:driver", args=[stop.uuid]))
    context = _context(tour, stop, form)
    if wants_json(request):
        return JsonResponse({"html": render_to_string("problems/_form.html", context, request)}, status=422)
    return page(request, "problems/driver.html", context, status=422)


def _context(tour: Tour, stop: Stop, form: ReportForm) -> dict[str, Any]:
    """Return what the form needs, and what this stop's driver has reported."""
    rows = NonConformity.objects.filter(stop=stop, source=Source.DRIVER).select_related("kind")
    return {
        "stop": stop,
        "tour": tour,
        "form": form,
        "rows": list(rows.order_by("-recorded_at", "-pk")),
        "action": reverse("problems:driver", args=[stop.uuid]),
        "scope": tour.uuid,
        "label": stop.store.name,
    }
