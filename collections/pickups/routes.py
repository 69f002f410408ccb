"""How far and how long: an estimate good enough to compare two orders of stops, from positions alone. Nothing here writes.

Great circle × a detour factor; an average speed per kind of vehicle; minutes on the spot per stop: all settings (docs/operator.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from django.conf import settings

from stores.models import Store

EARTH_RADIUS_M = 6_371_009  # mean radius of the Earth (IUGG)


@dataclass(frozen=True)
class Leg:
    """From one place to the next: metres, and minutes of driving."""

    distance_m: int = 0
    duration_min: int = 0


@dataclass(frozen=True)
class Route:
    """A way through places.

    Arguments:
        distance_m: the whole way.
        duration_min: driving, and the time on the spot at every place but the first and the last.
        legs: one per pair of neighbours. The leg to a place without position is empty: the next one starts where the last known
            place is.
        missing: the places without position, in order.
    """

    distance_m: int
    duration_min: int
    legs: list[Leg] = field(default_factory=list)
    missing: list[Store] = field(default_factory=list)


def great_circle_m(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the metres between two (latitude, longitude) in degrees, by the haversine formula."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(math.radians, point)) for point in (start, end))
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def position_of(place: Store) -> tuple[float, float] | None:
    """Return (latitude, longitude) in degrees; None when the place has none."""
    if place.latitude is None or place.longitude is None:
        return None
    return float(place.latitude), float(place.longitude)


def route_of(places: Sequence[Store], kind: str) -> Route:
    """Return the way through `places` in their order: hub, stops, hub for a whole tour.

    Arguments: kind, of the vehicle (`VehicleKind`); "" when none is chosen yet: a van's speed.
    No query.
    """
    speed = settings.ROUTE_SPEED_KMH.get(kind) or settings.ROUTE_SPEED_KMH["van"]
    on_the_spot = minutes_per_stop(kind) * max(0, len(places) - 2)
    legs, here = [], position_of(places[0]) if places else None
    for place in places[1:]:
        there = position_of(place)
        metres = great_circle_m(here, there) * settings.ROUTE_DETOUR if here and there else 0.0
        legs.append(Leg(round(metres), round(metres / 1000 / speed * 60)))
        here = there or here
    driving = sum(leg.duration_min for leg in legs)
    missing = [place for place in places if position_of(place) is None]
    return Route(sum(leg.distance_m for leg in legs), driving + on_the_spot, legs, missing)


def minutes_per_stop(kind: str) -> int:
    """Return how long a vehicle of this kind stays at a place, in minutes."""
    return int(settings.ROUTE_STOP_MINUTES.get(kind) or settings.ROUTE_STOP_MINUTES["van"])


def arrivals(departs_at: time, route: Route, kind: str, stops: int) -> list[time]:
    """Return the local time at which each stop is reached, without waiting anywhere; 23:59 for those that fall after midnight.

    Arguments: departs_at, local time at the hub; route, hub → stops → hub; stops, how many there are.
    """
    minutes, found = departs_at.hour * 60 + departs_at.minute, []
    for leg in route.legs[:stops]:
        minutes += leg.duration_min
        found.append(time(*divmod(min(minutes, 24 * 60 - 1), 60)))
        minutes += minutes_per_stop(kind)
    return found
