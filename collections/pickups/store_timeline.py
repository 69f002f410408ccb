"""What pickups bring to the timeline of a place: requests, and the trucks that came."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pickups.enums import StopState
from pickups.models import PickupRequest, Stop, StopLine
from stores import timeline
from stores.timeline import Happening


def requests(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the requests, and where each stands."""
    rows = PickupRequest.objects.filter(store__in=ids).order_by("-requested_at", "-pk")[:limit]
    return [
        Happening(
            row.requested_at,
            _("Request for a pickup"),
            " · ".join(filter(None, [row.get_state_display(), row.reason, row.note])),
            reverse("admin:pickups_pickuprequest_change", args=[row.pk]),
            (row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def _taken(stop: Stop) -> str:
    """Return what was taken and left, container by container."""
    return " · ".join(
        _("%(container)s: %(full)s full taken, %(empty)s empty left")
        % {"container": line.container_type.name, "full": line.loaded_full or 0, "empty": line.left_empty or 0}
        for line in stop.lines.all()
        if line.loaded_full or line.left_empty
    )


def stops(ids: Collection[int], limit: int) -> list[Happening]:
    """Return the visits of trucks, the missed ones included."""
    lines = Prefetch("lines", queryset=StopLine.objects.select_related("container_type").order_by("container_type__position", "pk"))
    done = Stop.objects.filter(store__in=ids, completed_at__isnull=False).exclude(state=StopState.TO_DO)
    rows = done.select_related("tour").prefetch_related(lines).order_by("-completed_at", "-pk")[:limit]
    return [
        Happening(
            row.completed_at,
            _("Pickup: %(state)s") % {"state": row.get_state_display()},
            " · ".join(filter(None, [row.tour.reference, _taken(row), row.reason])),
            reverse("admin:pickups_tour_stop", args=[row.tour_id, row.uuid]),
            (row.actor_kind, row.actor_id),
        )
        for row in rows
        if row.completed_at is not None
    ]


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("request", gettext_lazy("Requests"), "pickups.view_pickuprequest", requests)
    timeline.register("stop", gettext_lazy("Pickups"), "pickups.view_stop", stops)
