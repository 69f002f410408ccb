"""Browsers that hold a tour's link, and what they send."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups.models import Tour

CARRIER_PAGE, DRIVER_PAGE = "/transporteur/tournee/", "/chauffeur/tournee/"


def phone(tour: Tour, kind: str) -> Client:
    """Return a browser that has opened the tour's link of this kind."""
    client = Client(headers={"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"})
    address = links.url(links.link_for(kind, tour.pk))
    assert client.get(urlsplit(address).path).status_code == 302
    return client


def driver_of(made) -> Client:
    """Return the driver's phone."""
    return phone(made.tour, AccessLink.TOUR)


def carrier_of(made) -> Client:
    """Return the carrier's browser."""
    return phone(made.tour, AccessLink.CARRIER_TOUR)


def stop_url(stop) -> str:
    """Return the address of a stop's page."""
    return reverse("pickups:driver_stop", args=[stop.uuid])


def form(full: object = 13, empty: object = 9, **more: object) -> dict[str, object]:
    """Return a driver's form."""
    return {"key": str(uuid.uuid4()), "outcome": "done", "full_75": full, "empty_75": empty, "reason": "", **more}
