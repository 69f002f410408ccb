"""Composing a tour: places on a map and in a list beside it, the plan below, each gesture a small POST.

On a draft a gesture is written at once (`services.revise_tour`). On a tour that was sent it is kept in the session, until the coordinator
has seen who will be told (`review`). Without JavaScript every gesture is a button of a plain form; with it, the same request answers
with the plan's fragment alone.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crates.queries import catalogue
from lincassable.base_admin import ModelAdmin
from pickups import services
from pickups.admin import compose_page
from pickups.admin.common import author, tell
from pickups.admin.compose_forms import PalletFormSet, StopPlanForm, pallet_rows
from pickups.admin.compose_gestures import Gesture, forget, kept, write
from pickups.candidates import candidates_for
from pickups.composing import plan_of, revision_of, rows_of
from pickups.enums import SENT_TOUR_STATES, StopState, TourState
from pickups.models import Stop, Tour

FRAGMENT = "compose"  # what our script says in X-Requested-With


def urls(model_admin: ModelAdmin) -> list[Any]:
    """Return the addresses of the compose screen, under those of tours."""

    def bound(view: Any) -> Any:
        """Give the view its admin."""
        return lambda request, **kwargs: view(model_admin, request, **kwargs)

    views = {
        "<int:pk>/compose/": (bound(screen), "compose"),
        "<int:pk>/compose/points/": (require_GET(bound(points)), "points"),
        "<int:pk>/compose/review/": (require_POST(bound(review)), "review"),
        "<int:pk>/compose/<int:store_id>/": (bound(stop_plan), "stop_plan"),
    }
    admin_view = model_admin.admin_site.admin_view
    return [path(route, admin_view(view), name=f"pickups_tour_{name}") for route, (view, name) in views.items()]


def _tour(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> Tour:
    """Return the tour that `request` may compose. Raises Http404, PermissionDenied."""
    tour = get_object_or_404(Tour.objects.select_related("carrier", "hub", "vehicle", "zone"), pk=pk)
    if not model_admin.has_change_permission(request, tour):
        raise PermissionDenied
    return tour


def _address(tour: Tour) -> str:
    return reverse("admin:pickups_tour_compose", args=[tour.pk])


def _no_longer(request: HttpRequest, tour: Tour) -> HttpResponse:
    """Lead back to the tour's page when its stops can no longer change."""
    if tour.state == TourState.DECLINED:
        messages.warning(request, _("The carrier declined this tour: take it back to draft, then compose it again."))
    else:
        messages.warning(request, _("The stops of this tour can no longer change: it is “%s”.") % tour.get_state_display())
    return HttpResponseRedirect(reverse("admin:pickups_tour_change", args=[tour.pk]))


def screen(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the screen; a POST is one gesture."""
    tour = _tour(model_admin, request, pk)
    if not services.can_change_stops(tour):
        return _no_longer(request, tour)
    outcome = compose_page.Outcome()
    if request.method == "POST":
        gesture = Gesture(request, tour)
        outcome = gesture.make()
        if request.headers.get("X-Requested-With") != FRAGMENT and not (outcome.refused and outcome.typed):
            for sentence in outcome.errors:
                messages.error(request, sentence)
            if outcome.said:
                messages.success(request, outcome.said)
            return HttpResponseRedirect(request.get_full_path())
        tour = gesture.tour
    return _answer(model_admin, request, tour, outcome)


def _answer(model_admin: ModelAdmin, request: HttpRequest, tour: Tour, outcome: compose_page.Outcome) -> HttpResponse:
    """Return the whole page, or the part that our script asked for: "plan" or "places"."""
    part, pending = request.headers.get("X-Requested-With") == FRAGMENT, kept(request, tour)
    if part and request.method == "GET":
        in_tour = {stop.store_id for stop in rows_of(tour, pending)}
        places = {"tour": tour, "compose_url": request.get_full_path(), **compose_page.places_context(request, tour, in_tour)}
        return TemplateResponse(request, "pickups/admin/_compose_places.html", places)
    plan = compose_page.plan_context(tour, pending, outcome)
    plan |= {"review_url": reverse("admin:pickups_tour_review", args=[tour.pk]), "compose_url": request.get_full_path()}
    status = 422 if outcome.refused else 200
    if part:
        return TemplateResponse(request, "pickups/admin/_compose_plan.html", plan, status=status)
    places = compose_page.places_context(request, tour, {row.stop.store_id for row in plan["rows"]})
    context = {
        **model_admin.admin_site.each_context(request),
        **plan,
        **places,
        "opts": Tour._meta,
        "title": _("Compose %s") % tour,
        "is_fullwidth": "1",
        "map": compose_page.map_settings(tour),
        "back": reverse("admin:pickups_tour_change", args=[tour.pk]),
    }
    return TemplateResponse(request, "pickups/admin/compose.html", context, status=status)


def points(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Return the points of the map: every place that the filter keeps, those of the tour included."""
    tour = _tour(model_admin, request, pk)
    text, zone = compose_page.filter_of(request, tour)
    found = compose_page.map_points(candidates_for(tour, text=text, zone_id=zone))
    return JsonResponse({"points": found}, headers={"Cache-Control": "private, no-store"})


def review(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the collected changes of a sent tour are and who will be told; with `do=send`, write them."""
    tour = _tour(model_admin, request, pk)
    if not services.can_change_stops(tour):
        return _no_longer(request, tour)
    pending = kept(request, tour)
    if request.POST.get("do") == "forget":
        forget(request, tour)
        messages.success(request, _("Your changes are forgotten: the tour is as it was sent."))
        return HttpResponseRedirect(_address(tour))
    if not pending:
        messages.info(request, _("Nothing was changed."))
        return HttpResponseRedirect(_address(tour))
    try:
        if request.POST.get("do") == "send":
            write(request, tour, pending)
            messages.success(request, _("The tour is changed, and those concerned are told."))
            return HttpResponseRedirect(reverse("admin:pickups_tour_change", args=[tour.pk]))
        told = services.who_would_be_told(tour, by=author(request), **revision_of(tour, pending))
    except ValidationError as error:
        tell(request, error)
        return HttpResponseRedirect(_address(tour))
    rows = rows_of(tour, pending)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": Tour._meta,
        "title": _("Change %s") % tour,
        "tour": tour,
        "told": told,
        "added": [stop for stop in rows if stop.store_id in pending.added],
        "changed": [stop for stop in rows if stop.store_id in pending.edited],
        "removed": list(Stop.objects.filter(tour=tour, store__in=pending.removed).select_related("store").order_by("position", "pk")),
        "order": rows if pending.order else [],
        "fields": compose_page.fields_of(pending),
        "back": _address(tour),
    }
    return TemplateResponse(request, "pickups/admin/compose_review.html", context)


def stop_plan(model_admin: ModelAdmin, request: HttpRequest, pk: int, store_id: int) -> HttpResponse:
    """Plan everything of one stop: all kinds in all directions, pallets, slot, note."""
    tour = _tour(model_admin, request, pk)
    if not services.can_change_stops(tour):
        return _no_longer(request, tour)
    stop = next((stop for stop in rows_of(tour, kept(request, tour)) if stop.store_id == store_id), None)
    if stop is None or stop.state != StopState.TO_DO:
        messages.warning(request, _("This stop is no longer to do in this tour: somebody else has changed it."))
        return HttpResponseRedirect(_address(tour))
    plan = plan_of(stop)
    kinds = [kind for kind in catalogue().values() if kind.is_active or str(kind.pk) in plan["lines"]]
    form = StopPlanForm(request.POST or None, containers=kinds, plan=plan)
    pallets = PalletFormSet(request.POST or None, initial=pallet_rows(plan), prefix="pallets")
    errors: list[str] = []
    mark = request.POST.get("mark") or stop.mark  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid() and pallets.is_valid():
        outcome = Gesture(request, tour).plan_stop(stop, form.plan([row.cleaned_data for row in pallets]), mark)
        if not outcome.refused:
            messages.success(request, outcome.said)
            return HttpResponseRedirect(f"{_address(tour)}#stop-{store_id}")
        errors, mark = [*outcome.errors, *outcome.row_errors.get(store_id, [])], stop.mark  # type: ignore[attr-defined]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": Tour._meta,
        "title": f"{stop.store} – {tour}",
        "tour": tour,
        "stop": stop,
        "form": form,
        "pallets": pallets,
        "errors": errors,
        "mark": mark,
        "is_sent": tour.state in SENT_TOUR_STATES,
        "back": f"{_address(tour)}#stop-{store_id}",
    }
    return TemplateResponse(request, "pickups/admin/compose_stop.html", context, status=200 if not errors else 422)
