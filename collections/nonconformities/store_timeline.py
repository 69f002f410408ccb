"""What non-conformities bring to the timeline of a place."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nonconformities.models import NonConformity
from stores import timeline
from stores.timeline import Happening


def reported(ids: Collection[int], limit: int) -> list[Happening]:
    """Return what went wrong there, at the moment it was seen."""
    rows = NonConformity.objects.filter(store__in=ids).select_related("kind").order_by("-occurred_at", "-pk")[:limit]
    return [
        Happening(
            row.occurred_at,
            _("Non-conformity: %(kind)s") % {"kind": row.kind},
            " · ".join(filter(None, [row.reference_number, row.get_state_display(), row.note, row.answer])),
            reverse("admin:nonconformities_nonconformity_change", args=[row.pk]),
            author=(row.actor_kind, row.actor_id),
        )
        for row in rows
    ]


def register() -> None:
    """Add them; called once the apps are ready."""
    timeline.register("nonconformity", gettext_lazy("Non-conformities"), "nonconformities.view_nonconformity", reported)
