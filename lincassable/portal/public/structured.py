"""What search engines read about a place: schema.org data, from the same fields that the page shows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import _json_script_escapes  # type: ignore[attr-defined]  # the escapes of `json_script`, for another type
from django.utils.safestring import SafeString, mark_safe

from lincassable.portal.public.hours import DAYS, _windows
from lincassable.portal.public.places import Place
from stores.enums import Kind

TYPES = {Kind.SHOP: "Store", Kind.HOTEL: "Hotel", Kind.RESTAURANT: "Restaurant", Kind.PRODUCER: "LocalBusiness"}


def place_data(place: Place) -> dict[str, Any]:
    """Return the description of a place as schema.org has it, with its hours of the next seven days."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES.get(Kind(place.kind), "LocalBusiness"),
        "@id": place.url,
        "url": place.url,
        "name": place.name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": place.street,
            "postalCode": place.postcode,
            "addressLocality": place.city,
        },
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
    """Return one specification per window and coming day, valid on that day alone: holidays are then right too."""
    today, found = timezone.localdate(), []
    for number in range(DAYS):
        day = today + timedelta(days=number)
        for opens, closes in _windows(place, day) or []:
            window = {"@type": "OpeningHoursSpecification", "dayOfWeek": f"https://schema.org/{_ENGLISH[day.weekday()]}"}
            limits = {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}", "validFrom": day.isoformat(), "validThrough": day.isoformat()}
            found.append(window | limits)
    return found


_ENGLISH = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def script(data: dict[str, Any]) -> SafeString:
    """Return `data` as a block that search engines read and browsers do not run; safe to put in a page.

    The content policy speaks of scripts: a block of data is none. `<`, `>` and `&` are written as JSON escapes.
    """
    text = json.dumps(data, ensure_ascii=False).translate(_json_script_escapes)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308  every sign that could end it is escaped
