"""What search engines read about a place: schema.org data, from the same fields that the page shows."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

from django.utils import timezone
from django.utils.html import _json_script_escapes  # type: ignore[attr-defined]  # the escapes of `json_script`, for another type
from django.utils.safestring import SafeString, mark_safe

from lincassable.portal.public.hours import openings
from lincassable.portal.public.places import Place
from stores.enums import Kind

TYPES = {Kind.SHOP: "Store", Kind.HOTEL: "Hotel", Kind.RESTAURANT: "Restaurant", Kind.PRODUCER: "LocalBusiness"}

CLOSED = (time.min, time.min)


def place_data(place: Place) -> dict[str, Any]:
    """Return the description of a place as schema.org has it, with its hours of the next seven days."""
    address = {"streetAddress": place.street, "postalCode": place.postcode, "addressLocality": place.city}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES.get(Kind(place.kind), "LocalBusiness"),
        "@id": place.url,
        "url": place.url,
        "name": place.name,
        "address": {"@type": "PostalAddress"} | {word: text for word, text in address.items() if text},
    }
    if place.position:
        data["geo"] = {"@type": "GeoCoordinates", "latitude": place.position[0], "longitude": place.position[1]}
    if place.website:
        data["sameAs"] = place.website
    hours = _hours(place)
    if hours:
        data["openingHoursSpecification"] = hours
    return data


def _hours(place: Place) -> list[dict[str, str]]:
    """Return one specification per window and coming day, valid on that day alone: holidays, closures and nights are then right too.

    As schema.org and its readers have it, a window that closes before it opens goes on after midnight, one from 00:00 to 23:59 is
    the whole day, one from 00:00 to 00:00 a day on which the place is closed.
    """
    found = []
    for opening in openings(place, timezone.localdate()):
        for opens, closes in opening.windows or ([CLOSED] if opening.is_exceptional else []):
            window = {"@type": "OpeningHoursSpecification", "dayOfWeek": f"https://schema.org/{_ENGLISH[opening.day.weekday()]}"}
            limits = {"opens": opens.isoformat(), "closes": closes.isoformat()}
            found.append(window | limits | {"validFrom": opening.day.isoformat(), "validThrough": opening.day.isoformat()})
    return found


_ENGLISH = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def script(data: dict[str, Any]) -> SafeString:
    """Return `data` as a block that search engines read and browsers do not run; safe to put in a page.

    The content policy speaks of scripts: a block of data is none. `<`, `>` and `&` are written as JSON escapes.
    """
    text = json.dumps(data, ensure_ascii=False).translate(_json_script_escapes)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  every sign that could end it is escaped
