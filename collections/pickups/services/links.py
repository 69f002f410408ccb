"""The two links of a tour: the carrier's, made when the tour is sent, and the driver's, made when it is accepted."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from pickups.models import Tour


def expiry(tour: Tour) -> datetime:
    """Return when the tour's links end: after its day, as long as a phone may keep what it has not sent yet."""
    last_day = tour.date + timedelta(days=settings.CLAIMED_TIME_MAX_AGE_DAYS + 1)
    return timezone.make_aware(datetime.combine(last_day, time.min))


def open_link(kind: str, tour: Tour) -> str:
    """Return the absolute address of the tour's link of this kind, made if need be, valid until `expiry(tour)`. Writes."""
    return links.url(links.link_for(kind, tour.pk, expires_at=expiry(tour)))


def move_expiry(tour: Tour) -> None:
    """Let the links that exist follow the tour's date."""
    AccessLink.objects.filter(kind__in=[AccessLink.TOUR, AccessLink.CARRIER_TOUR], object_id=tour.pk).update(expires_at=expiry(tour))


def links_of(tour: Tour) -> dict[str, AccessLink]:
    """Return the tour's links that exist and work, by kind. Only reads."""
    found = AccessLink.objects.filter(kind__in=[AccessLink.TOUR, AccessLink.CARRIER_TOUR], object_id=tour.pk, revoked_at__isnull=True)
    return {link.kind: link for link in found.order_by("kind")}


def driver_link(tour: Tour) -> AccessLink | None:
    """Return the link to hand to the driver, once the carrier has accepted; None before and after. Only reads."""
    return links_of(tour).get(AccessLink.TOUR) if tour.is_drivable else None
