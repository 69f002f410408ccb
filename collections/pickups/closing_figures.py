"""What a tour was in figures: kilometres, cost, kilograms, bottles, CO₂e. Nothing here writes; docs/developer.md gives the formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pickups.emissions import emitted
from pickups.enums import StopState
from pickups.load import along, bottles_of, heaviest, lines_of
from pickups.models import Stop, Tour
from pickups.prices import cost_of
from pickups.queries import with_lines
from pickups.routes import route_of
from stores.models import Store


@dataclass(frozen=True)
class Figures:
    """A tour as it was driven.

    Arguments:
        distance_m, duration_min: given by a coordinator, or estimated by positions. missing: places without position, left out of that.
        cost_eur: without tax; the price agreed for the tour, else by its carrier's grid; None when neither is known.
        load_g: brought back: full ones with their bottles, and empty ones. bottles: in the full ones, by the catalogue.
        co2_low_g, co2_g, co2_high_g: grams of CO₂ equivalent; 0 when the vehicle, or its factor, is not known.
    """

    distance_m: int
    duration_min: int
    cost_eur: Decimal | None
    load_g: int
    bottles: int
    co2_low_g: int = 0
    co2_g: int = 0
    co2_high_g: int = 0
    missing: tuple[Store, ...] = ()

    @property
    def distance_km(self) -> Decimal:
        """The way in kilometres, to a tenth."""
        return (Decimal(self.distance_m) / 1000).quantize(Decimal("0.1"))

    @property
    def load_kg(self) -> int:
        """The load in kilograms."""
        return round(self.load_g / 1000)

    @property
    def co2_kg(self) -> tuple[Decimal, Decimal, Decimal]:
        """Kilograms of CO₂e: low, typical, high."""
        low, typical, high = ((Decimal(grams) / 1000).quantize(Decimal("0.1")) for grams in (self.co2_low_g, self.co2_g, self.co2_high_g))
        return low, typical, high


def figures_of(tour: Tour, *, distance_m: int | None = None, duration_min: int | None = None) -> Figures:
    """Return the figures of a tour from what was recorded at its stops; a constant number of queries.

    Arguments: distance_m, duration_min, as the odometer and the clock said; None: estimated by the way hub, visited places, hub.
    """
    stops = [stop for stop in with_lines(tour.stops.all()) if stop.state != StopState.TO_DO]
    kind = tour.vehicle.kind if tour.vehicle else ""
    route = route_of([tour.hub, *(stop.store for stop in stops), tour.hub], kind)
    metres = route.distance_m if distance_m is None else distance_m
    gases = emitted(kind, metres)
    return Figures(
        distance_m=metres,
        duration_min=route.duration_min if duration_min is None else duration_min,
        cost_eur=_cost(tour, stops, kind, metres),
        load_g=load_g(stops),
        bottles=bottles_of(stops, actual=True),
        co2_low_g=gases.low_g if gases else 0,
        co2_g=gases.typical_g if gases else 0,
        co2_high_g=gases.high_g if gases else 0,
        missing=tuple(route.missing),
    )


def load_g(stops: Sequence[Stop]) -> int:
    """Return the grams that came back from recorded stops: full ones with their bottles, and empty ones."""
    return sum(
        (line.loaded_full or 0) * line.container_type.full_weight_g + line.taken_empty * line.container_type.tare_g
        for stop in stops
        for line in lines_of(stop)
    )


def _cost(tour: Tour, stops: Sequence[Stop], kind: str, distance_m: int) -> Decimal | None:
    """Return the price agreed for the tour, else what the carrier's grid says for the day."""
    if tour.price_eur is not None:
        return tour.price_eur
    pallets = heaviest(along(stops, actual=True)).pallets
    return cost_of(tour.carrier, kind, tour.date, stops=len(stops), distance_m=distance_m, pallets=pallets)
