"""What a visitor asks of the map, read from the address: the same for the list, the map and whoever shares the address."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from crates.models import BottleModel
from lincassable.portal.public import hours
from lincassable.portal.public.places import PUBLIC_KINDS, Place, nearest_first, places, public_stores
from lincassable.portal.public.products import selling
from lincassable.portal.public.towns import Spot, spot_of
from references.enums import Drink
from stores.enums import DepositPractice
from stores.models import Store

MOST_WORDS = 6
LONGEST = 80


@dataclass(frozen=True)
class Wish:
    """What is asked. Whatever cannot be read in an address is left out, never an error: people cut and share addresses."""

    text: str = ""
    origin: tuple[float, float] | None = None  # latitude, longitude in degrees
    area: tuple[float, float, float, float] | None = None  # west, south, east, north in degrees
    open_now: bool = False
    kind: str = ""
    deposit: str = ""
    small: bool = False  # takes 33 cl
    drink: str = ""  # is sold there
    bottle: str = ""  # code of a bottle model
    embed: bool = False

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Wish:
        """Return the wish that the parameters of an address tell (`request.GET`)."""
        origin = _numbers(values.get("lat", "") + "," + values.get("lon", ""), 2)
        if origin and not (abs(origin[0]) <= 90 and abs(origin[1]) <= 180):
            origin = None
        area = _numbers(values.get("zone", ""), 4)
        kind, deposit, drink = values.get("type", ""), values.get("consigne", ""), values.get("boisson", "")
        return cls(
            text=" ".join(values.get("q", "").replace("\0", "").split())[:LONGEST],
            origin=(origin[0], origin[1]) if origin else None,
            area=(area[0], area[1], area[2], area[3]) if area else None,
            open_now=values.get("ouvert") == "1",
            kind=kind if kind in [str(value) for value in PUBLIC_KINDS] else "",
            deposit=deposit if deposit in DepositPractice.values else "",
            small=values.get("33") == "1",
            drink=drink if drink in Drink.values else "",
            bottle=values.get("bouteille", "").replace("\0", "")[:40],
            embed=values.get("embed") == "1",
        )

    def query(self, *, page: int = 1, area: bool = True) -> str:
        """Return the parameters that say this wish again, in a fixed order; "" for none.

        Arguments: `page` of the list; `area` False leaves out the part of the map that is in view.
        """
        pairs = [
            ("q", self.text),
            ("lat", f"{self.origin[0]:.5f}" if self.origin else ""),
            ("lon", f"{self.origin[1]:.5f}" if self.origin else ""),
            ("ouvert", "1" if self.open_now else ""),
            ("type", self.kind),
            ("consigne", self.deposit),
            ("33", "1" if self.small else ""),
            ("boisson", self.drink),
            ("bouteille", self.bottle),
            ("zone", ",".join(f"{side:.4f}" for side in self.area) if self.area and area else ""),
            ("embed", "1" if self.embed else ""),
            ("page", str(page) if page > 1 else ""),
        ]
        return urlencode([pair for pair in pairs if pair[1]], safe=",")

    @property
    def is_narrow(self) -> bool:
        """Whether anything beyond a place on the map is asked."""
        return bool(self.text or self.is_filtered)

    @property
    def depends_on_places_alone(self) -> bool:
        """Whether the answer is the same until a place changes: nothing of words, distance, clock, containers or shelves is asked."""
        return not (self.text or self.origin or self.area or self.open_now or self.small or self.drink or self.bottle)

    @property
    def is_filtered(self) -> bool:
        """Whether one of the filters is set."""
        return bool(self.open_now or self.kind or self.deposit or self.small or self.drink or self.bottle)


@dataclass(frozen=True)
class Found:
    """What answers a wish. `near`: the town or address that the nearest places are told from, when no place is right there."""

    places: list[Place]
    near: Spot | None = None


def _numbers(text: str, many: int) -> list[float] | None:
    """Return the numbers of "5.1,43.2"; None unless there are exactly `many` real ones."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    return numbers if len(numbers) == many and all(math.isfinite(number) for number in numbers) else None


def find(wish: Wish, moment: datetime | None = None) -> list[Place]:
    """Return the places that answer `wish`: the nearest first when it says from where, else by town and name.

    Arguments: `moment` at which "open now" is asked; now when not told.
    """
    return search(wish, moment).places


def search(wish: Wish, moment: datetime | None = None) -> Found:
    """Return what `find` does. Words that no place has are read as a town or an address: the nearest places to it then."""
    asked = _filtered(wish)
    named = _named(asked, wish.text)
    # Asked without the part of the map in view: whoever moves the map away from Arles still looks for what is called Arles.
    if wish.origin or not wish.text or _named(_filtered(replace(wish, area=None)), wish.text).exists():
        near, chosen, origin = None, named, wish.origin
    else:
        near = spot_of(wish.text)
        chosen, origin = (asked, (near.latitude, near.longitude)) if near else (named, None)
    found = places(chosen)
    if wish.open_now:
        answers = hours.open_now(found, moment)
        found = [place for place in found if answers[place.pk]]
    return Found(nearest_first(found, origin) if origin else found, near)


def _filtered(wish: Wish) -> QuerySet[Store]:
    chosen = public_stores()
    if wish.kind:
        chosen = chosen.filter(kind=wish.kind)
    if wish.deposit:
        chosen = chosen.filter(deposit_practice=wish.deposit)
    for codes in _containers_asked(wish):
        chosen = chosen.filter(containers__container_type__code__in=codes).distinct()
    if wish.drink:
        chosen = chosen.filter(pk__in=selling(wish.drink))
    if wish.area:
        west, south, east, north = wish.area
        chosen = chosen.filter(longitude__range=(west, east), latitude__range=(south, north))
    return chosen


def _named(chosen: QuerySet[Store], text: str) -> QuerySet[Store]:
    """Keep the places whose name, town, street or postcode hold every word of `text`."""
    for word in text.replace(",", " ").split()[:MOST_WORDS]:
        chosen = chosen.filter(
            Q(name__unaccent__icontains=word)
            | Q(city__unaccent__icontains=word)
            | Q(street__unaccent__icontains=word)
            | Q(postcode__startswith=word)
        )
    return chosen


def containers_for(volume_cl: int) -> tuple[str, ...]:
    """Return the codes of the containers that can hold a bottle of `volume_cl` centilitres."""
    return ("33", "palox") if volume_cl <= 33 else ("75", "palox")


def _containers_asked(wish: Wish) -> list[tuple[str, ...]]:
    """Return sets of container codes, of each of which a place must use one."""
    asked: list[tuple[str, ...]] = [("33",)] if wish.small else []
    bottle = BottleModel.objects.filter(code=wish.bottle, is_active=True).first() if wish.bottle else None
    return [*asked, containers_for(bottle.volume_cl)] if bottle else asked
