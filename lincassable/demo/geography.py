"""Where the demo network lies: real communes of the south-east of France, and invented places in them.

`data/communes.csv` holds communes with the centre of their territory (degrees, WGS 84) and a postcode: facts of geography.
"""

from __future__ import annotations

import csv
import math
import random
from dataclasses import dataclass
from pathlib import Path

COMMUNES = Path(__file__).parent / "data" / "communes.csv"
METRES_PER_DEGREE = 111_320  # of latitude; of longitude it shrinks with the cosine of the latitude

# Zones of the demo network and the commune each is centred on.
ZONES = {
    "Marseille": "Marseille",
    "Pays d'Aix": "Aix-en-Provence",
    "Aubagne et littoral": "Aubagne",
    "Étang de Berre": "Martigues",
    "Arles et Alpilles": "Arles",
    "Grand Avignon": "Avignon",
    "Luberon": "Apt",
    "Durance": "Manosque",
    "Toulon et Var": "Toulon",
}
# How many places out of 100 lie in the larger towns; the others are spread over the communes of the zones.
TOWN_SHARES = {
    "Marseille": 20,
    "Aix-en-Provence": 10,
    "Avignon": 7,
    "Toulon": 6,
    "Aubagne": 4,
    "Arles": 4,
    "Salon-de-Provence": 3,
    "Martigues": 3,
    "Manosque": 3,
    "La Ciotat": 3,
    "Apt": 2,
    "Cavaillon": 2,
    "Carpentras": 2,
    "Forcalquier": 2,
    "Pertuis": 2,
}
REACH_M = 45_000  # a commune further than this from every zone's centre is left out


@dataclass(frozen=True)
class Commune:
    """A commune, the centre of its territory, in degrees, and one of its postcodes."""

    name: str
    longitude: float
    latitude: float
    postcode: str


def read_communes() -> list[Commune]:
    """Return the communes of the region, in the order of the file."""
    with COMMUNES.open(encoding="utf-8", newline="") as file:
        return [Commune(row["commune"], float(row["longitude"]), float(row["latitude"]), row["postcode"]) for row in csv.DictReader(file)]


def distance_m(a: Commune, b: Commune) -> float:
    """Return the distance between two communes in metres, on a flat map: right to a few percent at this scale."""
    north = (a.latitude - b.latitude) * METRES_PER_DEGREE
    east = (a.longitude - b.longitude) * METRES_PER_DEGREE * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return math.hypot(north, east)


def zone_of(commune: Commune, centres: dict[str, Commune]) -> str | None:
    """Return the name of the zone whose centre is nearest, or None when all are out of reach."""
    name, centre = min(centres.items(), key=lambda item: distance_m(commune, item[1]))
    return name if distance_m(commune, centre) <= REACH_M else None


def nearby(commune: Commune, rng: random.Random, metres: float) -> tuple[float, float]:
    """Return (latitude, longitude) of an invented spot within `metres` of the centre of a commune."""
    angle, radius = rng.uniform(0, 2 * math.pi), metres * math.sqrt(rng.random())
    latitude = commune.latitude + radius * math.sin(angle) / METRES_PER_DEGREE
    longitude = commune.longitude + radius * math.cos(angle) / (METRES_PER_DEGREE * math.cos(math.radians(commune.latitude)))
    return round(latitude, 6), round(longitude, 6)


def pick_communes(count: int, rng: random.Random) -> list[tuple[Commune, str]]:
    """Return `count` (commune, zone name) pairs, towns in proportion to `TOWN_SHARES`, the rest at random."""
    communes = read_communes()
    by_name = {commune.name: commune for commune in reversed(communes)}
    centres = {zone: by_name[town] for zone, town in ZONES.items()}
    zoned = [(commune, zone) for commune in communes if (zone := zone_of(commune, centres))]
    picked = []
    for town, share in TOWN_SHARES.items():
        zone = zone_of(by_name[town], centres) or town
        picked += [(by_name[town], zone)] * round(count * share / 100)
    while len(picked) < count:
        picked.append(rng.choice(zoned))
    return picked[:count]
