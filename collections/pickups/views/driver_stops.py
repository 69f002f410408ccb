"""The driver's stops: one of the plan, one added on the way, photos that come later."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from pickups import driver_sheet, queries, services
from pickups.enums import ProofKind, StopState
from pickups.models import Stop, Tour
from pickups.palox_fields import palox_numbers
from pickups.stop_forms import AddedStopForm, ProofForm, StopForm
from pickups.views.common import actor_of, add_errors, wants_json
from pickups.views.driver_frame import another_tour, arrived, is_of_another_tour, page, stop_of, tour_of
from stores.models import Store


def _report(form: StopForm) -> dict[str, Any]:
    """Return what a valid form says of a stop, as the services take it."""
    data = form.cleaned_data
    return {
        "key": data["key"],
        "occurred_at": data["occurred_at"],
        "outcome": data["outcome"],
        "reason": data["reason"],
        "paloxes": palox_numbers(form),
        "pallets": form.pallets(),
        "signer_name": data["signer_name"],
        "proofs": form.proofs(),
    }


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, stop_uuid: uuid.UUID) -> HttpResponse:
    """One stop: where it is, what is planned, and the form of what was really done."""
    tour = tour_of(request)
    stop = stop_of(tour, stop_uuid)
    if request.method == "POST":
        return _receive(request, tour, stop)
    return page(request, "pickups/driver_stop.html", _stop_context(request, tour, stop, _form(stop, initial={"key": uuid.uuid4()})))


def _form(stop: Stop, *args: Any, **kwargs: Any) -> StopForm:
    """Return the form of a stop of the plan."""
    containers, others = queries.stop_containers(stop), driver_sheet.other_containers()
    return StopForm(*args, stop=stop, containers=containers, others=others, **kwargs)


def _stop_context(request: HttpRequest, tour: Tour, stop: Stop, form: StopForm) -> dict[str, Any]:
    """Return what the page of a stop shows."""
    recorded = stop.state != StopState.TO_DO
    proofs = list(stop.proofs.order_by("kind", "pk")) if recorded else []
    return {
        "tour": tour,
        "stop": stop,
        "form": form,
        "proof_form": ProofForm(initial={"key": uuid.uuid4()}),
        "visit": driver_sheet.visits(tour, [stop])[0],
        "author": queries.authors([stop])[stop.actor_kind, stop.actor_id] if recorded else "",
        "already": "deja" in request.GET,
        "paloxes": list(stop.paloxes.order_by("-direction", "number")),
        "pallets": list(stop.pallets.select_related("container_type").order_by("pk")),
        "proofs": proofs,
        "is_signed": any(proof.kind == ProofKind.SIGNATURE for proof in proofs),
        "next_stop": driver_sheet.next_stop(tour, stop),
    }


def _receive(request: HttpRequest, tour: Tour, stop: Stop) -> HttpResponse:
    """Take a sent form: on to the list, or the form again with what is wrong.

    A stop that was recorded meanwhile keeps its quantities, whatever this form says; its photos join it when they can be read.
    """
    if is_of_another_tour(request, tour):
        return another_tour(request)
    form = _form(stop, request.POST, request.FILES)
    valid = form.is_valid()
    if valid:
        try:
            stop = services.complete_stop(stop, form.lines(), by=actor_of(request), **_report(form))
        except ValidationError as error:
            valid = False
            add_errors(form, error)
            stop = stop_of(tour, stop.uuid)
    if not valid and stop.state == StopState.TO_DO:
        return _wrong(request, "pickups/driver_stop.html", "pickups/_stop_form.html", _stop_context(request, tour, stop, form))
    return arrived(request, _after(stop, request.POST.get("key", "")))


def _after(stop: Stop, key: str) -> str:
    """Return where a recorded stop leads: back to the list, or to what somebody else had recorded."""
    if str(stop.completion_key) != key.lower():
        return reverse("pickups:driver_stop", args=[stop.uuid]) + "?deja=1"
    return reverse("pickups:driver_tour") + "#suite"


def _wrong(request: HttpRequest, template: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """Give a form back with its errors, and what was typed."""
    if wants_json(request):
        return JsonResponse({"html": render_to_string(part, context, request)}, status=422)
    return page(request, template, context, status=422)


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def added_stop_page(request: HttpRequest) -> HttpResponse:
    """A stop that nobody had planned: choose the place, say what was done. One form, so that it also leaves from a dead spot."""
    tour = tour_of(request)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if request.method != "POST":
        form = _added_form(tour, text, initial={"key": uuid.uuid4()})
        return page(request, "pickups/driver_added.html", {"tour": tour, "form": form, "text": text})
    if is_of_another_tour(request, tour):
        return another_tour(request)
    form = _added_form(tour, text, request.POST, request.FILES)
    if form.is_valid():
        try:
            stop = services.complete_on_the_way(tour, form.cleaned_data["store"], form.lines(), by=actor_of(request), **_report(form))
        except ValidationError as error:
            add_errors(form, error)
        else:
            return arrived(request, _after(stop, request.POST.get("key", "")))
    return _wrong(request, "pickups/driver_added.html", "pickups/_added_form.html", {"tour": tour, "form": form, "text": text})


def _added_form(tour: Tour, text: str, *args: Any, **kwargs: Any) -> AddedStopForm:
    """Return the form of an added stop; it shows the places around, and takes any place of the network: reality is not refused."""
    kinds = driver_sheet.other_containers()
    form = AddedStopForm(*args, stores=Store.objects.exclude(pk=tour.hub_id), containers=kinds[:2], others=kinds, **kwargs)
    form.show(driver_sheet.places_on_the_way(tour, text)[: driver_sheet.MOST_NEARBY])
    return form


@link_required(AccessLink.TOUR)
@same_origin
@never_cache
@require_POST
def add_proofs(request: HttpRequest, stop_uuid: uuid.UUID) -> HttpResponse:
    """Photos or the signature of a stop that was recorded before."""
    tour = tour_of(request)
    stop = stop_of(tour, stop_uuid)
    if is_of_another_tour(request, tour):
        return another_tour(request)
    form = ProofForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_proofs(stop, form.proofs(), by=actor_of(request))
        except ValidationError as error:
            add_errors(form, error)
    if not form.errors:
        return arrived(request, reverse("pickups:driver_stop", args=[stop.uuid]))
    context = _stop_context(request, tour, stop, _form(stop)) | {"proof_form": form}
    return _wrong(request, "pickups/driver_stop.html", "pickups/_proof_form.html", context)
