"""The driver's tour, on a phone that often has no network: its stops in order, its end, what keeps it readable offline."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lincassable import pwa
from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import open_link
from pickups import driver_sheet, queries
from pickups.finish_forms import FinishForm
from pickups.models import Tour
from pickups.services.ending import end_tour
from pickups.views.common import actor_of, add_errors, wants_json
from pickups.views.driver_frame import START_URL, another_tour, arrived, is_of_another_tour, page, tour_of

ASSETS = (*pwa.PHONE_ASSETS, "app/driver.js", "app/palox-scan.js", "app/stop-photos.js", "app/signature.js")


@public
@require_safe
def open_tour(request: HttpRequest, token: str) -> HttpResponse:
    """Open the driver's link: the phone gets the tour's cookie and goes to its stops. Writes nothing."""
    return open_link(request, token, AccessLink.TOUR, reverse("pickups:driver_tour"))


@link_required(AccessLink.TOUR)
@never_cache
@require_safe
def tour_page(request: HttpRequest) -> HttpResponse:
    """The stops in order, with address, hours, access notes, phone, map and state; at the end, the hub."""
    tour = tour_of(request)
    return page(request, "pickups/driver_tour.html", _context(tour))


def _context(tour: Tour, form: FinishForm | None = None) -> dict[str, Any]:
    """Return what the tour's page shows."""
    sheet = queries.sheet_of(tour)
    kinds = [row.container_type for row in driver_sheet.arriving(sheet.stops)] or [line.container_type for line in sheet.planned]
    return {
        "tour": tour,
        "sheet": sheet,
        "visits": driver_sheet.visits(tour, sheet.stops),
        "arriving": driver_sheet.arriving(sheet.stops),
        "pallets_arriving": driver_sheet.pallets_arriving(tour),
        "key": uuid.uuid4(),
        "form": form or FinishForm(containers=kinds),
    }


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """End the tour, with what was counted at the hub. Stops still to do are named first."""
    tour = tour_of(request)
    if is_of_another_tour(request, tour):
        return another_tour(request)
    form = FinishForm(request.POST, containers=driver_sheet.other_containers())
    if form.is_valid():
        try:
            end_tour(tour, form.lines(), by=actor_of(request))
        except ValidationError as error:
            add_errors(form, error)
    if not form.errors:
        return arrived(request, reverse("pickups:driver_tour"))
    context = _context(tour, form)
    if wants_json(request):
        html = render_to_string("pickups/_finish_form.html", context, request)
        return JsonResponse({"html": html, "message": " ".join(str(sentence) for sentence in form.non_field_errors())}, status=422)
    return page(request, "pickups/driver_tour.html", context, status=422)


@public
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker that keeps the driver's pages for the dead spots."""
    return pwa.service_worker(request, start_url=START_URL, assets=ASSETS, pages=[reverse("pickups:driver_tour")])


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What lets the driver put the tour on the phone's home screen."""
    return pwa.manifest(request, start_url=START_URL, name=_("Pickup tour"), short_name=_("Tour"))
