"""What a plan of a tour comes to: load against the vehicle, way, hours, cost and CO₂ per bottle. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from django.utils.functional import cached_property

from pickups.emissions import Emitted, emitted
from pickups.load import Load, along, bottles_of, heaviest
from pickups.models import Stop, Tour, Vehicle
from pickups.prices import cost_of
from pickups.routes import Leg, Route, arrivals, route_of


@dataclass
class Measure:
    """One measure of the load: on leaving the hub, at its most, on coming back, and what the vehicle takes (0: not given)."""

    name: str
    leaving: int | Decimal
    most: int | Decimal
    back: int | Decimal
    limit: int

    @property
    def is_too_much(self) -> bool:
        """Whether the vehicle is too small at some point."""
        return bool(self.limit) and self.most > self.limit


@dataclass
class Step:
    """A stop with what it does to the tour: the load after it, the way to it, when the truck gets there."""

    stop: Stop
    load: Load
    leg: Leg
    due: time
    is_too_much: bool


class Figures:
    """The figures of one plan. Two queries (price, emissions), when they are asked for.

    Arguments: stops, in order, with `all_lines` and `all_pallets`; vehicle, None when none is chosen.
    """

    def __init__(self, tour: Tour, stops: Sequence[Stop], vehicle: Vehicle | None) -> None:
        self.tour, self.stops, self.vehicle = tour, list(stops), vehicle
        self.kind = vehicle.kind if vehicle else ""
        self.loads = along(self.stops)
        self.route: Route = route_of([tour.hub, *(stop.store for stop in self.stops), tour.hub], self.kind)

    @cached_property
    def measures(self) -> list[Measure]:
        """Kilograms, pallet places, crates."""
        most, vehicle = heaviest(self.loads), self.vehicle
        limits = {"kg": vehicle.payload_kg, "pallets": vehicle.pallets, "crates": vehicle.crates} if vehicle else {}
        return [
            Measure(name, getattr(self.loads[0], name), getattr(most, name), getattr(self.loads[-1], name), limits.get(name, 0))
            for name in ("kg", "pallets", "crates")
        ]

    @cached_property
    def steps(self) -> list[Step]:
        """The stops, each with its load and its hour."""
        due = arrivals(self.tour.departs_at, self.route, self.kind, len(self.stops))
        limits = {measure.name: measure.limit for measure in self.measures}
        return [
            Step(stop, load, leg, hour, any(limit and getattr(load, name) > limit for name, limit in limits.items()))
            for stop, load, leg, hour in zip(self.stops, self.loads[1:], self.route.legs, due, strict=False)
        ]

    @property
    def km(self) -> int:
        """The whole way in kilometres."""
        return round(self.route.distance_m / 1000)

    @property
    def hours(self) -> tuple[int, int]:
        """How long it takes, in hours and minutes."""
        return divmod(self.route.duration_min, 60)

    @cached_property
    def bottles(self) -> int:
        """How many bottles come back by the plan."""
        return bottles_of(self.stops)

    @cached_property
    def cost(self) -> Decimal | None:
        """What it costs: the price agreed for this tour, else by the carrier's grid; None when there is none."""
        if self.tour.price_eur is not None:
            return self.tour.price_eur
        pallets = heaviest(self.loads).pallets
        stops, metres = len(self.stops), self.route.distance_m
        return cost_of(self.tour.carrier, self.kind, self.tour.date, stops=stops, distance_m=metres, pallets=pallets)

    @cached_property
    def cost_per_bottle(self) -> Decimal | None:
        """Euros per bottle, to a tenth of a cent."""
        return None if self.cost is None or not self.bottles else (self.cost / self.bottles).quantize(Decimal("0.001"))

    @cached_property
    def emitted(self) -> Emitted | None:
        """What it emits; None when the vehicle or its factor is not known."""
        return emitted(self.kind, self.route.distance_m)

    @property
    def grams_per_bottle(self) -> tuple[int, int, int] | None:
        """Grams of CO₂ equivalent per bottle: low, typical, high; None without bottles or factor."""
        found = self.emitted
        if found is None or not self.bottles:
            return None
        return round(found.low_g / self.bottles), round(found.typical_g / self.bottles), round(found.high_g / self.bottles)
