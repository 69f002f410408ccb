"""What comes in at the hubs: the tours of today, and the form with which each is counted. For the sorting centre and coordinators."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from crates.models import ContainerType
from lincassable.accounts.actors import Actor
from pickups import queries
from pickups.arrival_forms import ArrivalForm
from pickups.enums import TourState
from pickups.models import HubCount, Tour
from pickups.services import count_at_hub
from pickups.views.common import add_errors

LATE_DAYS = 7  # an arrival that nobody counted stays on the list for so long
COMING = (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE)
COUNTED = (*COMING, TourState.CLOSED)


def _person(request: HttpRequest) -> Actor:
    """Return the signed-in person when they count at hubs. Raises PermissionDenied."""
    if not request.user.has_perm("pickups.add_hubcount"):  # type: ignore[union-attr]
        raise PermissionDenied
    return Actor.of_user(request.user)  # type: ignore[arg-type]


def _tours() -> QuerySet[Tour]:
    counted = Exists(HubCount.objects.filter(tour=OuterRef("pk")))
    return queries.progress(Tour.objects.all()).select_related("carrier", "vehicle", "hub").annotate(is_counted=counted)


@never_cache
@require_safe
def arrivals(request: HttpRequest) -> HttpResponse:
    """The tours that come in today, by hub; those of the last days that nobody has counted; the counted ones of today."""
    _person(request)
    today = timezone.localdate()
    tours: QuerySet[Any] = _tours().filter(state__in=COMING, date__lte=today, date__gte=today - timedelta(days=LATE_DAYS))
    tours = tours.order_by("hub__name", "hub", "date", "departs_at", "pk")
    shown: list[Any] = [tour for tour in tours if tour.date == today or not tour.is_counted]
    hubs: dict[int, dict] = {}
    for tour in shown:
        place = hubs.setdefault(tour.hub_id, {"hub": tour.hub, "today": [], "late": [], "counted": []})
        place["counted" if tour.is_counted else "today" if tour.date == today else "late"].append(tour)
    return render(request, "pickups/arrivals.html", {"hubs": list(hubs.values()), "today": today})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def arrival(request: HttpRequest, tour_uuid: uuid.UUID) -> HttpResponse:
    """Count what one tour brought. The numbers of the stops are not shown: who counts sees only what is there."""
    by = _person(request)
    tour = get_object_or_404(_tours().filter(state__in=COUNTED), uuid=tour_uuid)
    counts = list(tour.hub_counts.select_related("container_type"))
    brought, others = _kinds(tour, counts)
    form = ArrivalForm(request.POST if request.method == "POST" else None, brought=brought, others=others, counts=counts)
    if request.method == "POST" and form.is_valid():
        try:
            count_at_hub(tour, form.lines(), by=by)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(tour)s is counted.") % {"tour": tour.reference})
            return redirect("pickups:arrivals")
    context = {"tour": tour, "form": form, "is_counted": bool(counts)}
    return render(request, "pickups/arrival.html", context, status=422 if form.is_bound else 200)


def _kinds(tour: Tour, counts: list[HubCount]) -> tuple[list[ContainerType], list[ContainerType]]:
    """Return the kinds that the tour's stops or its count tell of, and the others in use."""
    told = set(tour.stops.values_list("lines__container_type", flat=True)) | {count.container_type_id for count in counts}
    kinds = [kind for kind in ContainerType.objects.order_by("position", "code") if kind.is_active or kind.pk in told]
    return [kind for kind in kinds if kind.pk in told], [kind for kind in kinds if kind.pk not in told]
