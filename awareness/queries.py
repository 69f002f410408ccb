"""Questions about events. What is asked for the public only ever answers with published ones."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from awareness.enums import EventState, SignUpRole, SignUpState
from awareness.models import Event, SignUp
from pickups.routes import great_circle_m
from stores.models import Store

DEGREE_M = 111_000  # metres of a degree of latitude, a little less than it is: a window never leaves out what is near


class Near(NamedTuple):
    """An event, and how far it is in metres."""

    event: Event
    distance_m: int


def with_places(events: QuerySet[Event]) -> QuerySet[Event]:
    """Return `events` with what their pages show: store and partners, in two queries."""
    return events.select_related("store").prefetch_related("partners")


def upcoming_public(now: datetime | None = None) -> QuerySet[Event]:
    """Return the published events that are not over at `now` (None: now), the next one first."""
    return with_places(Event.objects.coming(now))


def events_of_store(store: Store | int, now: datetime | None = None) -> QuerySet[Event]:
    """Return the published events held in a place (or its id) that are not over at `now`, the next one first."""
    return upcoming_public(now).filter(store=store)


def events_near(lat: float, lon: float, km: float, now: datetime | None = None) -> list[Near]:
    """Return the published events that are not over, at most `km` kilometres from a point (degrees), the next one first.

    Great-circle distances. Two queries, however many there are; events without a position are left out.
    """
    reach = km * 1000 / DEGREE_M
    wide = reach / max(0.01, math.cos(math.radians(lat)))
    events = upcoming_public(now).annotate(at_lat=Coalesce("store__latitude", "latitude"), at_lon=Coalesce("store__longitude", "longitude"))
    around = events.filter(at_lat__range=(lat - reach, lat + reach), at_lon__range=(lon - wide, lon + wide))
    found = [Near(event, round(great_circle_m((lat, lon), event.position))) for event in around if event.position]
    return [near for near in found if near.distance_m <= km * 1000]


def event_by_slug(slug: str) -> Event | None:
    """Return the event that an address names, whatever its readable part says, if the public may see it; else None."""
    from uuid import UUID

    from awareness.models.events import SHORT_ID

    short = slug.rsplit("-", 1)[-1]
    if len(short) != SHORT_ID or not set(short) <= set("0123456789abcdef"):
        return None
    first, last = UUID(short.ljust(32, "0")), UUID(short.ljust(32, "f"))
    return with_places(Event.objects.seen().filter(uuid__range=(first, last))).first()


def free_places(event: Event, role: str) -> int | None:
    """Return how many places are left for those who sign up as `role` (never below zero); None when nobody is asked to."""
    places = event.places_for(role)
    if places is None:
        return None
    return max(0, places - event.signups.filter(role=role, state=SignUpState.CONFIRMED).count())


def coming_people(event: Event) -> list[SignUp]:
    """Return who has a place or waits for one, visitors after volunteers, in the order in which they signed up."""
    return list(event.signups.exclude(state=SignUpState.WITHDRAWN).order_by("-role", "state", "signed_up_at", "pk"))


def with_figures(events: QuerySet[Event]) -> QuerySet[Event]:
    """Return `events` with `visitors` and `volunteers`: how many have, or had, a place. One query."""

    def counted(role: str, kept: str) -> Coalesce:
        has_place = Q(signups__role=role, signups__state=SignUpState.CONFIRMED)
        return Coalesce(kept, Count("signups", filter=has_place, distinct=True))

    return events.annotate(
        visitors=counted(SignUpRole.VISITOR, "visitors_counted"), volunteers=counted(SignUpRole.VOLUNTEER, "volunteers_counted")
    )


def without_report(now: datetime) -> QuerySet[Event]:
    """Return the events that are over at `now` and of which nobody has told how they went, the oldest first."""
    over = Event.objects.filter(state__in=(EventState.PUBLISHED, EventState.DONE), ends_at__lte=now, report__isnull=True)
    return over.select_related("store").order_by("ends_at", "pk")
