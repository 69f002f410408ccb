"""What search engines read about an event: schema.org data, from the same fields that the page shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from awareness.enums import EventState, SignUpRole
from awareness.models import Event


def event_data(event: Event, free: int | None) -> dict[str, Any]:
    """Return the description of an event as schema.org has it. Arguments: free, places left for visitors; None without sign-up."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": event.url,
        "url": event.url,
        "name": event.title,
        "startDate": timezone.localtime(event.starts_at).isoformat(timespec="minutes"),
        "endDate": timezone.localtime(event.ends_at).isoformat(timespec="minutes"),
        "eventStatus": f"https://schema.org/{'EventCancelled' if event.state == EventState.CANCELLED else 'EventScheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": _place(event),
        "organizer": [{"@type": "Organization", "name": settings.SITE_NAME, "url": settings.SITE_URL}, *_partners(event)],
    }
    if event.description:
        data["description"] = event.description
    places = event.places_for(SignUpRole.VISITOR)
    if places:
        data |= {"maximumAttendeeCapacity": places, "remainingAttendeeCapacity": free or 0}
    return data


def _place(event: Event) -> dict[str, Any]:
    street, postcode = (event.store.street, event.store.postcode) if event.store else (event.street, event.postcode)
    place: dict[str, Any] = {
        "@type": "Place",
        "name": event.where or event.town,
        "address": {"@type": "PostalAddress", "streetAddress": street, "postalCode": postcode, "addressLocality": event.town},
    }
    if event.position:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": event.position[0], "longitude": event.position[1]}
    return place


def _partners(event: Event) -> list[dict[str, str]]:
    return [{"@type": "Organization", "name": each.name} | ({"url": each.website} if each.website else {}) for each in event.partners.all()]
