"""The tour's other admin pages: its panel (state, buttons, links, plan and reality), and moving it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts import links
from lincassable.accounts.cards import inline_svg
from lincassable.accounts.models import AccessLink
from lincassable.base_admin import ModelAdmin
from pickups import queries, services
from pickups.admin import closing
from pickups.admin.common import ReasonForm, author, confirmation, tell
from pickups.enums import TourState
from pickups.models import StopPalox, Tour
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
            "url": _move_url(tour, to),
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
        **closing.panel(tour),
        "may_record": tour.state in (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE) and bool(parties),
    }


def _may_compose(request: HttpRequest, tour: Tour) -> bool:
    """Whether the signed-in user may still change the tour's stops."""
    return services.can_change_stops(tour) and request.user.has_perm("pickups.change_tour")


def _move_url(tour: Tour, to: str) -> str:
    """Return the page that moves the tour; closing has a page of its own, which asks about each difference."""
    if to == TourState.CLOSED:
        return reverse("admin:pickups_tour_close", args=[tour.pk])
    return reverse("admin:pickups_tour_move", args=[tour.pk, to])


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
    if to == TourState.CLOSED:
        return HttpResponseRedirect(_move_url(tour, to))
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
