"""Where a town or an address is that somebody typed: the list of towns that comes with us, or the address service when one is set."""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.core.cache import cache
from django.core.exceptions import ValidationError
from redis.exceptions import RedisError

from stores.geocoding import geocoder

TOWNS = Path(__file__).parent / "gazetteer" / "towns.csv"
LONGEST_NAME = 7  # words of the longest name that is looked for
SHORTEST_NAME = 3  # letters: "y" is a town, and a word of many addresses
SHORTEST_BEGINNING = 4  # letters: who types less has not said enough
KEPT_SECONDS = 24 * 3600
SURE = 0.5  # from this score on, the address service's answer is believed
_POSTCODE = re.compile(r"\b\d{5}\b")
_SHORT_FORMS = {"st": "saint", "ste": "sainte"}


@dataclass(frozen=True)
class Spot:
    """Somewhere on the map, with what it is called. Degrees (WGS 84)."""

    name: str
    latitude: float
    longitude: float


def plain(text: str) -> str:
    """Return `text` in lower case without accents, hyphens and apostrophes; "st" is written "saint"."""
    letters = text.lower().replace("œ", "oe").replace("-", " ").replace("'", " ").replace("’", " ").replace(",", " ")
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(sign))
    return " ".join(_SHORT_FORMS.get(word, word) for word in bare.split())


@lru_cache(maxsize=1)
def _towns() -> tuple[dict[str, list[tuple[Spot, list[str]]]], dict[str, Spot]]:
    """Return the towns by plain name, the largest first, with their postcodes; and the largest town of each postcode."""
    by_name: dict[str, list[tuple[Spot, list[str]]]] = {}
    by_postcode: dict[str, Spot] = {}
    with TOWNS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            spot, codes = Spot(row["town"], float(row["latitude"]), float(row["longitude"])), row["postcodes"].split()
            by_name.setdefault(plain(spot.name), []).append((spot, codes))
            for code in codes:
                by_postcode.setdefault(code, spot)
    return by_name, by_postcode


def town_in(text: str) -> Spot | None:
    """Return the town that `text` names: by the longest name in it (the last one of an address counts), its postcode or its beginning."""
    by_name, by_postcode = _towns()
    found = _POSTCODE.search(text)
    code = found.group() if found else ""
    words = plain(_POSTCODE.sub(" ", text)).split()
    for size in range(min(LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - size, -1, -1):
            name = " ".join(words[start : start + size])
            namesakes = by_name.get(name, []) if len(name) >= SHORTEST_NAME else []
            if namesakes:
                return next((spot for spot, codes in namesakes if code in codes), namesakes[0][0])
    begun = " ".join(words) if len("".join(words)) >= SHORTEST_BEGINNING else None
    name = next((name for name in by_name if begun and name.startswith(begun)), None)  # "Cuges" for Cuges-les-Pins
    return by_postcode.get(code) or (by_name[name][0][0] if name else None)


def spot_of(text: str) -> Spot | None:
    """Return where the town or address `text` is, None when nobody knows.

    An address with a number is asked of the address service, when the settings name one; its answers are kept for a day. When it does
    not answer, the town is near enough.
    """
    return (_asked(text) if any(sign.isdigit() for sign in text) and len(text.split()) > 1 else None) or town_in(text)


def _asked(text: str) -> Spot | None:
    service = geocoder()
    if service is None:
        return None
    key = f"public:spot:{hashlib.sha256(text.lower().encode()).hexdigest()[:32]}"
    try:
        known = cache.get(key)
        if known is not None:
            return known[0]
        position = service.find(text)
        spot = Spot(position.label, position.latitude, position.longitude) if position and position.score >= SURE else None
        cache.set(key, [spot], KEPT_SECONDS)
    except (ValidationError, RedisError, OSError):
        return None
    return spot
