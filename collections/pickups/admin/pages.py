"""The tour's other admin pages: its panel (state, buttons, links, plan and reality), moving it, recording or correcting a stop."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crates.services.undo import last_act
from crates.undoing import tell_done
from lincassable.accounts import links
from lincassable.accounts.cards import inline_svg
from lincassable.accounts.models import AccessLink
from lincassable.base_admin import ModelAdmin
from pickups import queries, services
from pickups.admin.common import ReasonForm, author, confirmation, tell
from pickups.admin.forms import ActualForm
from pickups.enums import StopState, TourState
from pickups.models import Stop, StopPalox, Tour
from pickups.palox_fields import palox_numbers
from pickups.warnings import warnings_of

# What a button says, and what its page announces before acting.
BUTTONS = {
    TourState.DRAFT: (gettext_lazy("Take back to draft"), gettext_lazy("You can change the tour and send it again. Nobody is told.")),
    TourState.AWAITING: (
        gettext_lazy("Send to the carrier"),
        gettext_lazy("The carrier gets a mail with a link to accept or decline. The requests of the stores become planned."),
    ),
    TourState.ACCEPTED: (
        gettext_lazy("Accept for the carrier"),
        gettext_lazy("Do this when the carrier said yes by phone. The contacts of the stores get the date by mail."),
    ),
    TourState.DECLINED: (
        gettext_lazy("Decline for the carrier"),
        gettext_lazy("The requests of the stores wait again; the coordinators are told why."),
    ),
    TourState.UNDER_WAY: (gettext_lazy("The truck is on its way"), gettext_lazy("The driver's first stop does the same by itself.")),
    TourState.DONE: (gettext_lazy("End the tour"), gettext_lazy("Every stop must be recorded, or marked as missed.")),
    TourState.CLOSED: (gettext_lazy("Close the tour"), gettext_lazy("Quantities no longer change after that.")),
    TourState.CANCELLED: (
        gettext_lazy("Cancel the tour"),
        gettext_lazy("The requests of the stores wait again. The carrier, and the stores that had their date, are told by mail."),
    ),
}
DANGEROUS = (TourState.CANCELLED, TourState.DECLINED)


def panel(request: HttpRequest, tour: Tour) -> dict[str, Any]:
    """Return what the tour's page shows besides its form."""
    parties = services.parties_of(tour, author(request))
    states = services.next_states(tour, parties)
    buttons = [
        {
            "to": to,
            "label": BUTTONS[TourState(to)][0],
            "url": reverse("admin:pickups_tour_move", args=[tour.pk, to]),
            "danger": to in DANGEROUS,
        }
        for to in states
    ]
    # Whoever may change the tour may hand its links on; the others do not see them.
    found = services.links_of(tour) if request.user.has_perm("pickups.change_tour") else {}
    driver = found.get(AccessLink.TOUR)
    log = list(tour.log.order_by("at", "pk"))
    names = queries.authors(log)
    return {
        "tour": tour,
        "sheet": queries.sheet_of(tour),
        "unknown_paloxes": list(StopPalox.objects.filter(stop__tour=tour, palox=None).select_related("stop").order_by("number")),
        "tour_buttons": buttons,
        "history": [{"row": row, "author": names[row.actor_kind, row.actor_id]} for row in log],
        "carrier_link": links.url(found[AccessLink.CARRIER_TOUR]) if AccessLink.CARRIER_TOUR in found else "",
        "driver_link": links.url(driver) if driver and tour.is_drivable else "",
        "driver_qr": inline_svg(driver) if driver and tour.is_drivable else "",
        "warnings": warnings_of(tour) if services.can_change_stops(tour) else [],
        "compose_url": reverse("admin:pickups_tour_compose", args=[tour.pk]) if _may_compose(request, tour) else "",
        "may_record": tour.state in (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE) and bool(parties),
    }


def _may_compose(request: HttpRequest, tour: Tour) -> bool:
    """Whether the signed-in user may still change the tour's stops."""
    return services.can_change_stops(tour) and request.user.has_perm("pickups.change_tour")


def _tour(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> Tour:
    """Return the tour that `request` may change. Raises Http404, PermissionDenied."""
    tour = get_object_or_404(Tour.objects.select_related("carrier", "hub", "vehicle", "zone"), pk=pk)
    if not model_admin.has_change_permission(request, tour):
        raise PermissionDenied
    return tour


def move_page(model_admin: ModelAdmin, request: HttpRequest, pk: int, to: str) -> HttpResponse:
    """Say what moving the tour to `to` does, and do it when the form is sent."""
    tour = _tour(model_admin, request, pk)
    if to not in TourState.values:
        raise Http404
    label, sentence = BUTTONS[TourState(to)]
    back = reverse("admin:pickups_tour_change", args=[tour.pk])
    needs_reason = to == TourState.DECLINED
    text = gettext_lazy("Reason") if to in DANGEROUS else gettext_lazy("Remark for the history (optional)")
    form = ReasonForm(request.POST or None, label=text, required=needs_reason)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.transition(tour, to, by=author(request), note=form.cleaned_data["reason"])
        except ValidationError as error:
            tell(request, error)
            return HttpResponseRedirect(back)
        messages.success(request, _("%(tour)s is now “%(state)s”.") % {"tour": moved.reference, "state": moved.get_state_display()})
        return HttpResponseRedirect(back)
    sentences, rows = [sentence], [warning.sentence for warning in warnings_of(tour)] if to == TourState.AWAITING else []
    if rows:
        sentences.append(_("Before you send, know that:"))
        label = gettext_lazy("Send all the same")
    return confirmation(
        model_admin,
        request,
        title=f"{BUTTONS[TourState(to)][0]} – {tour}",
        sentences=sentences,
        rows=rows,
        form=form,
        button=label,
        back=back,
        danger=to in DANGEROUS,
    )


def stop_page(model_admin: ModelAdmin, request: HttpRequest, pk: int, stop_uuid: uuid.UUID) -> HttpResponse:
    """Record what happened at a stop (from a paper slip, by phone), or correct what was recorded."""
    tour = _tour(model_admin, request, pk)
    stop = get_object_or_404(Stop.objects.select_related("store"), tour=tour, uuid=stop_uuid)
    back = reverse("admin:pickups_tour_change", args=[tour.pk])
    form = ActualForm(request.POST or None, stop=stop, containers=queries.stop_containers(stop))
    if request.method == "POST" and form.is_valid():
        try:
            _record(request, stop, form)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            act = last_act(author(request))
            undoable = act if act is not None and (act.origin_kind, act.origin_id) == ("stop", stop.pk) else None
            tell_done(request, _("%s: recorded.") % stop.store, undoable, back=back)
            return HttpResponseRedirect(back)
    recorded = stop.state != StopState.TO_DO
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": Tour._meta,
        "title": (_("Correct %s") if recorded else _("Record %s")) % stop.store,
        "form": form,
        "stop": stop,
        "back": back,
        "paloxes": list(stop.paloxes.select_related("palox").order_by("-direction", "number")),
        "may_register": request.user.has_perm("crates.add_palox"),
    }
    return TemplateResponse(request, "pickups/admin/stop.html", context)


def register_palox_page(model_admin: ModelAdmin, request: HttpRequest, pk: int, stop_uuid: uuid.UUID, row_id: int) -> HttpResponse:
    """Register a number that nobody knew at a stop, and come back to the stop. Only by POST."""
    tour = _tour(model_admin, request, pk)
    row = get_object_or_404(StopPalox.objects.select_related("stop"), stop__tour=tour, stop__uuid=stop_uuid, pk=row_id)
    if not request.user.has_perm("crates.add_palox"):
        raise PermissionDenied
    try:
        row = services.register_stop_palox(row, by=author(request))
        messages.success(request, _("%(palox)s is registered, and where the driver said.") % {"palox": row.palox})
    except ValidationError as error:
        tell(request, error)
    return HttpResponseRedirect(reverse("admin:pickups_tour_stop", args=[tour.pk, stop_uuid]))


def _record(request: HttpRequest, stop: Stop, form: ActualForm) -> None:
    """Hand a valid form to the service. Raises ValidationError."""
    data = form.cleaned_data
    if stop.state == StopState.TO_DO:
        services.complete_stop(
            stop,
            form.lines(),
            key=uuid.uuid4(),
            by=author(request),
            outcome=data["outcome"],
            reason=data["reason"],
            paloxes=palox_numbers(form),
        )
    else:
        services.correct_stop(stop, form.lines(), by=author(request), reason=data["reason"], outcome=data["outcome"])


def _add_errors(form: ActualForm, error: ValidationError) -> None:
    """Put a service's sentences where they belong in the form."""
    for field, errors in (error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}).items():
        form.add_error(field if field in form.fields else None, errors)
