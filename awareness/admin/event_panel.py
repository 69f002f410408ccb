"""What stands above an event's form in the admin: its state and buttons, its links, who comes, how it went, its log."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from awareness import queries
from awareness.enums import EVENT_TRANSITIONS, EventState
from awareness.models import Event, EventReport

LOG_SHOWN = 10


def panel(event: Event, *, may_change: bool) -> dict[str, Any]:
    """Return the context of templates/awareness/admin/event_panel.html."""
    allowed = EVENT_TRANSITIONS[event.state] if may_change else ()
    people = queries.coming_people(event)
    return {
        "event": event,
        "may_publish": EventState.PUBLISHED in allowed and not event.is_over,
        "is_again": event.state == EventState.CANCELLED,
        "may_cancel": EventState.CANCELLED in allowed,
        "may_draft": EventState.DRAFT in allowed and not event.has_begun and not people,
        "people": people,
        "report": EventReport.objects.filter(event=event).first(),
        "photo_urls": [reverse("events:staff_photo", args=[event.uuid, photo.uuid]) for photo in event.photos.all()],
        "staff_url": reverse("events:staff_team", args=[event.uuid]),
        "report_url": reverse("events:staff_report", args=[event.uuid]),
        # The team's link is made when the event is published, never by looking at a page.
        "team_url": _team_url(event),
        "event_log": list(event.log.order_by("-at", "-pk")[:LOG_SHOWN]),
    }


def _team_url(event: Event) -> str:
    from lincassable.accounts import links
    from lincassable.accounts.models import AccessLink

    link = AccessLink.objects.filter(kind=AccessLink.EVENT, object_id=event.pk, revoked_at=None).first()
    return links.url(link) if link else ""
