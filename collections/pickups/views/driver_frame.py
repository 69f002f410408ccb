"""What the driver's pages share: the tour of the link that the phone holds, the frame of a phone page, refusals."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from pickups import queries
from pickups.models import Stop, Tour
from pickups.views.common import actor_of, wants_json

START_URL = "/chauffeur/"


def tour_of(request: HttpRequest) -> Tour:
    """Return the tour whose link this phone holds."""
    tours = Tour.objects.for_actor(actor_of(request))
    return get_object_or_404(tours.select_related("carrier", "hub", "vehicle"))


def stop_of(tour: Tour, stop_uuid: uuid.UUID) -> Stop:
    """Return one stop of this tour with its lines. Another tour's stop does not exist here: Http404."""
    return get_object_or_404(queries.with_lines(tour.stops.all()), uuid=stop_uuid)


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a phone page with what its frame needs (templates/base_phone.html)."""
    frame = {
        "sw_url": reverse("pickups:driver_worker"),
        "sw_scope": START_URL,
        "manifest_url": reverse("pickups:driver_manifest"),
    }
    return render(request, template, {**frame, **context}, status=status)


def arrived(request: HttpRequest, address: str) -> HttpResponse:
    """Answer a form that was taken: the queue and the browser both go on to `address`."""
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def is_of_another_tour(request: HttpRequest, tour: Tour) -> bool:
    """Return whether a form was queued under one tour's link and is sent under another's."""
    return request.POST.get("scope", str(tour.uuid)) != str(tour.uuid)


def another_tour(request: HttpRequest) -> HttpResponse:
    """Refuse a form of another tour; the phone keeps it until that tour's link is opened again."""
    message = _("This form belongs to another tour. Open the link of that tour again, and it will be sent.")
    if wants_json(request):
        return JsonResponse({"message": message}, status=409)
    return page(request, "pickups/driver_refused.html", {"message": message}, status=409)
