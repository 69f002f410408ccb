"""The driver's pages, on a phone that often has no network: stops in order, what was loaded and left, end of the tour."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lincassable import pwa
from lincassable.accounts.decorators import link_required, public, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.accounts.opening import open_link
from pickups import queries, services
from pickups.enums import StopState
from pickups.forms import StopForm
from pickups.models import Stop, Tour
from pickups.palox_fields import palox_numbers
from pickups.views.common import actor_of, add_errors, wants_json

START_URL = "/chauffeur/"
ASSETS = (*pwa.PHONE_ASSETS, "app/driver.js", "app/palox-scan.js")


def _tour(request: HttpRequest) -> Tour:
    """Return the tour whose link this phone holds."""
    tours = Tour.objects.for_actor(actor_of(request))
    return get_object_or_404(tours.select_related("carrier", "hub", "vehicle"))


def _stop(tour: Tour, stop_uuid: uuid.UUID) -> Stop:
    """Return one stop of this tour with its lines. Another tour's stop does not exist here: Http404."""
    return get_object_or_404(queries.with_lines(tour.stops.all()), uuid=stop_uuid)


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a phone page with what its frame needs (templates/base_phone.html)."""
    frame = {
        "sw_url": reverse("pickups:driver_worker"),
        "sw_scope": START_URL,
        "manifest_url": reverse("pickups:driver_manifest"),
    }
    return render(request, template, {**frame, **context}, status=status)


@public
@require_safe
def open_tour(request: HttpRequest, token: str) -> HttpResponse:
    """Open the driver's link: the phone gets the tour's cookie and goes to its stops. Writes nothing."""
    return open_link(request, token, AccessLink.TOUR, reverse("pickups:driver_tour"))


@link_required(AccessLink.TOUR)
@never_cache
@require_safe
def tour_page(request: HttpRequest) -> HttpResponse:
    """The stops in order, with address, hours, access notes, phone, map and state."""
    tour = _tour(request)
    sheet = queries.sheet_of(tour)
    phones = queries.phones_of([stop.store_id for stop in sheet.stops])
    rows = [{"stop": stop, "phone": phones.get(stop.store_id), "hours": queries.hours_on(stop.store, tour.date)} for stop in sheet.stops]
    context = {"tour": tour, "sheet": sheet, "rows": rows, "key": uuid.uuid4(), "errors": []}
    return _page(request, "pickups/driver_tour.html", context)


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, stop_uuid: uuid.UUID) -> HttpResponse:
    """One stop: where it is, what is planned, and the form of what was really done."""
    tour = _tour(request)
    stop = _stop(tour, stop_uuid)
    if request.method == "POST":
        return _receive(request, tour, stop)
    form = StopForm(stop=stop, containers=queries.stop_containers(stop), initial={"key": uuid.uuid4()})
    return _page(request, "pickups/driver_stop.html", _stop_context(request, tour, stop, form))


def _stop_context(request: HttpRequest, tour: Tour, stop: Stop, form: StopForm) -> dict[str, Any]:
    """Return what the page of a stop shows."""
    return {
        "tour": tour,
        "stop": stop,
        "form": form,
        "phone": queries.phones_of([stop.store_id]).get(stop.store_id),
        "hours": queries.hours_on(stop.store, tour.date),
        "author": "" if stop.state == StopState.TO_DO else queries.authors([stop])[stop.actor_kind, stop.actor_id],
        "already": "deja" in request.GET,
        "paloxes": list(stop.paloxes.order_by("-direction", "number")),
    }


def _receive(request: HttpRequest, tour: Tour, stop: Stop) -> HttpResponse:
    """Take a sent form: on to the list, or the form again with what is wrong."""
    if request.POST.get("scope", str(tour.uuid)) != str(tour.uuid):
        # Queued under one tour's link, sent under another's.
        return _another_tour(request)
    form = StopForm(request.POST, stop=stop, containers=queries.stop_containers(stop))
    if stop.state == StopState.TO_DO and not form.is_valid():
        return _answer_wrong(request, tour, stop, form)
    address = reverse("pickups:driver_tour")
    if stop.state == StopState.TO_DO:
        try:
            stop = _complete(request, stop, form)
        except ValidationError as error:
            add_errors(form, error)
            return _answer_wrong(request, tour, stop, form)
    if str(stop.completion_key) != request.POST.get("key", "").lower():
        address = reverse("pickups:driver_stop", args=[stop.uuid]) + "?deja=1"
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


def _complete(request: HttpRequest, stop: Stop, form: StopForm) -> Stop:
    """Hand a valid form to the service. Raises ValidationError."""
    data = form.cleaned_data
    return services.complete_stop(
        stop,
        form.lines(),
        key=data["key"],
        by=actor_of(request),
        occurred_at=data["occurred_at"],
        outcome=data["outcome"],
        reason=data["reason"],
        paloxes=palox_numbers(form),
    )


def _answer_wrong(request: HttpRequest, tour: Tour, stop: Stop, form: StopForm) -> HttpResponse:
    """Give the form back with its errors, and what was typed."""
    context = _stop_context(request, tour, stop, form)
    if wants_json(request):
        return JsonResponse({"html": render_to_string("pickups/_stop_form.html", context, request)}, status=422)
    return _page(request, "pickups/driver_stop.html", context, status=422)


def _another_tour(request: HttpRequest) -> HttpResponse:
    """Refuse a form of another tour; the phone keeps it until that tour's link is opened again."""
    message = _("This form belongs to another tour. Open the link of that tour again, and it will be sent.")
    if wants_json(request):
        return JsonResponse({"message": message}, status=409)
    return _page(request, "pickups/driver_refused.html", {"message": message}, status=409)


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """End the tour. Stops still to do are named first."""
    tour = _tour(request)
    if request.POST.get("scope", str(tour.uuid)) != str(tour.uuid):
        return _another_tour(request)
    address = reverse("pickups:driver_tour")
    try:
        services.finish_tour(tour, by=actor_of(request))
    except ValidationError as error:
        context = {"tour": tour, "key": uuid.uuid4(), "errors": error.messages}
        html = render_to_string("pickups/_finish_form.html", context, request)
        if wants_json(request):
            return JsonResponse({"html": html, "message": " ".join(error.messages)}, status=422)
        return _page(request, "pickups/driver_refused.html", {"message": " ".join(error.messages)}, status=422)
    return JsonResponse({"redirect": address}) if wants_json(request) else redirect(address)


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
