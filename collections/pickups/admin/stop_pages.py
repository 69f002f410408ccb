"""The admin's pages of a stop: recording or correcting it, registering a palox, its photos and signature."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crates.services.undo import last_act
from crates.undoing import tell_done
from lincassable.base_admin import ModelAdmin
from pickups import driver_sheet, queries, services
from pickups.admin.common import author, tell
from pickups.admin.stop_forms import ActualForm
from pickups.enums import StopState
from pickups.models import Stop, StopPalox, StopProof, Tour
from pickups.services.paloxes import numbers_of
from pickups.views.proofs import send


def urls(model_admin: ModelAdmin) -> list[Any]:
    """Return the addresses of a stop's pages, under the tour's."""
    stop = "<int:pk>/stops/<uuid:uuid>/"
    pages = (
        (stop, stop_page, "pickups_tour_stop"),
        (f"{stop}paloxes/<int:row_id>/register/", require_POST(register_palox_page), "pickups_tour_register_palox"),
        (f"{stop}photos/<uuid:proof_uuid>/", require_safe(proof_page), "pickups_tour_proof"),
        (f"{stop}photos/<uuid:proof_uuid>/remove/", require_POST(remove_proof_page), "pickups_tour_remove_proof"),
    )
    return [path(route, model_admin.admin_site.admin_view(_view(page, model_admin)), name=name) for route, page, name in pages]


def _view(page: Any, model_admin: ModelAdmin) -> Any:
    """Return the page as a view: the admin first looks at who asks, then the tour and the stop are found."""

    def view(request: HttpRequest, pk: int, uuid: uuid.UUID, **more: Any) -> HttpResponseBase:
        tour = get_object_or_404(Tour.objects.select_related("carrier", "hub"), pk=pk)
        if not model_admin.has_change_permission(request, tour):
            raise PermissionDenied
        stop = get_object_or_404(Stop.objects.select_related("store"), tour=tour, uuid=uuid)
        return page(request, stop=stop, each_context=partial(model_admin.admin_site.each_context, request), **more)

    return view


def _address(stop: Stop) -> str:
    return reverse("admin:pickups_tour_stop", args=[stop.tour_id, stop.uuid])


def _containers(stop: Stop) -> list[Any]:
    """Return the kinds to ask about: first what the place uses, then everything in use."""
    first = queries.stop_containers(stop)
    return first + [kind for kind in driver_sheet.other_containers() if kind not in first]


def stop_page(request: HttpRequest, *, stop: Stop, each_context: Any) -> HttpResponse:
    """Record what happened at a stop (from a paper slip, by phone), or correct what was recorded."""
    back = reverse("admin:pickups_tour_change", args=[stop.tour_id])
    form = ActualForm(request.POST or None, stop=stop, containers=_containers(stop))
    if request.method == "POST" and form.is_valid():
        try:
            _record(request, stop, form)
        except ValidationError as error:
            form.add_service_errors(error)
        else:
            act = last_act(author(request))
            undoable = act if act is not None and (act.origin_kind, act.origin_id) == ("stop", stop.pk) else None
            tell_done(request, _("%s: recorded.") % stop.store, undoable, back=back)
            return HttpResponseRedirect(back)
    recorded = stop.state != StopState.TO_DO
    context = {
        **each_context(),
        "opts": Tour._meta,
        "title": (_("Correct %s") if recorded else _("Record %s")) % stop.store,
        "form": form,
        "stop": stop,
        "back": back,
        "paloxes": list(stop.paloxes.select_related("palox").order_by("-direction", "number")),
        "may_register": request.user.has_perm("crates.add_palox"),
        "proofs": list(stop.proofs.order_by("kind", "pk")),
    }
    return TemplateResponse(request, "pickups/admin/stop.html", context)


def _record(request: HttpRequest, stop: Stop, form: ActualForm) -> None:
    """Hand a valid form to the service. Raises ValidationError."""
    data, by = form.cleaned_data, author(request)
    lines, pallets, paloxes = form.lines(), form.pallets(), form.paloxes()
    said = {"outcome": data["outcome"], "reason": data["reason"], "signer_name": data["signer_name"], "pallets": pallets}
    if stop.state == StopState.TO_DO:
        services.complete_stop(stop, lines, key=uuid.uuid4(), by=by, paloxes=paloxes or services.PaloxNumbers(), **said)
    else:
        services.correct_stop(stop, lines, by=by, paloxes=paloxes or numbers_of(stop), **said)


def register_palox_page(request: HttpRequest, *, stop: Stop, each_context: Any, row_id: int) -> HttpResponse:
    """Register a number that nobody knew at a stop, and come back to the stop. Only by POST."""
    row = get_object_or_404(StopPalox.objects.select_related("stop"), stop=stop, pk=row_id)
    if not request.user.has_perm("crates.add_palox"):
        raise PermissionDenied
    try:
        row = services.register_stop_palox(row, by=author(request))
        messages.success(request, _("%(palox)s is registered, and where the driver said.") % {"palox": row.palox})
    except ValidationError as error:
        tell(request, error)
    return HttpResponseRedirect(_address(stop))


def proof_page(request: HttpRequest, *, stop: Stop, each_context: Any, proof_uuid: uuid.UUID) -> HttpResponseBase:
    """Show one photo or signature."""
    get_object_or_404(StopProof, stop=stop, uuid=proof_uuid)
    return send(request, proof_uuid)


def remove_proof_page(request: HttpRequest, *, stop: Stop, each_context: Any, proof_uuid: uuid.UUID) -> HttpResponse:
    """Remove a photo or a signature for good, and come back to the stop. Only by POST; again changes nothing."""
    found = StopProof.objects.select_related("stop__store").filter(stop=stop, uuid=proof_uuid).first()
    if found is not None:
        services.remove_proof(found, by=author(request))
        messages.success(request, _("%(what)s: removed.") % {"what": found.get_kind_display().capitalize()})
    return HttpResponseRedirect(_address(stop))
