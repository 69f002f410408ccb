"""What a tour emits, as a range with its source: distance × the factor of its kind of vehicle. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pickups.models import EmissionFactor


@dataclass(frozen=True)
class Emitted:
    """Grams of CO₂ equivalent: low, typical and high; where the factors come from, and of which day they are."""

    low_g: int
    typical_g: int
    high_g: int
    source: str
    as_of: date


def emitted(vehicle_kind: str, distance_m: int) -> Emitted | None:
    """Return what driving `distance_m` metres with that kind of vehicle emits; None when its factor is not known. One query.

    Empty and loaded kilometres count the same: the range between low and high holds that uncertainty.
    """
    factor = EmissionFactor.objects.filter(vehicle_kind=vehicle_kind).first() if vehicle_kind else None
    if factor is None:
        return None
    low, typical, high = (
        round(grams * distance_m / 1000) for grams in (factor.low_g_per_km, factor.typical_g_per_km, factor.high_g_per_km)
    )
    return Emitted(low, typical, high, factor.source, factor.as_of)
