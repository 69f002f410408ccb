"""From an address to a position, through one small interface. Off unless the setting GEOCODER names one: no network then.

The service is the French address base (BAN), as the Géoplateforme serves it: a few hundred milliseconds, no key. Nothing that is
saved ever waits for it or fails with it: a coordinator asks, sees what was found, and saves.
"""

from __future__ import annotations

import logging
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from geopy.exc import GeocoderUnavailable, GeopyError
from geopy.geocoders import BANFrance

logger = logging.getLogger(__name__)
BAN = "ban"
LONGEST = 200  # the service refuses longer questions (adresse.data.gouv.fr, “q”)


class Position(NamedTuple):
    """Where an address is. latitude, longitude: degrees. label: the address as the service understood it. score: 0 to 1, how sure it is."""

    latitude: float
    longitude: float
    label: str
    score: float


class Geocoder(Protocol):
    """What finds a position."""

    def find(self, address: str) -> Position | None:
        """Return where `address` is, None when nobody knows. Raises ValidationError when the service cannot be asked."""


class Geopf(BANFrance):
    """The address base at its present home: geopy 2.5 still asks the former one, closed in January 2026."""

    geocode_path = "/geocodage/search"
    reverse_path = "/geocodage/reverse"


class Ban:
    """The French address base. Arguments: domain, host and port; scheme; timeout, seconds."""

    def __init__(self, domain: str, scheme: str, timeout: float) -> None:
        self._service = Geopf(domain=domain, scheme=scheme, timeout=timeout, user_agent="lincassable")

    def find(self, address: str) -> Position | None:
        """See Geocoder."""
        try:
            found: Any = self._service.geocode(address[:LONGEST])
        except (GeopyError, LookupError, AttributeError, TypeError, ValueError) as error:
            logger.warning("geocoding failed: %s", type(error).__name__)
            if isinstance(error, GeocoderUnavailable):
                raise ValidationError(
                    _("The address service cannot be reached: pick the place on the map, or type its position.")
                ) from None
            raise ValidationError(_("The address service does not answer well: pick the place on the map, or type its position.")) from None
        if found is None:
            return None
        score = (found.raw.get("properties") or {}).get("score") or 0
        return Position(round(found.latitude, 6), round(found.longitude, 6), found.address, float(score))


def geocoder() -> Geocoder | None:
    """Return the service that the settings name, None when geocoding is off."""
    options = settings.GEOCODER
    if options["service"] != BAN:
        return None
    scheme, _colon, domain = options["url"].partition("://")
    return Ban(domain.rstrip("/"), scheme, options["timeout"])
