"""What every template may use about the site."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Return the site's name and address, and where the map's background comes from."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "tile_url": settings.TILE_URL,
        "tile_attribution": settings.TILE_ATTRIBUTION,
    }
