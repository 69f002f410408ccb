"""Which places the public may know, and what it may know about them: never a contact, a note for drivers or a stock figure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import slugify

from crates.models import StoreContainer
from crates.queries import stock_of_all
from stores.enums import DepositPractice, Kind, Status
from stores.models import Store

# Where a person can hand in a bottle; hubs, sorting and washing centres are for trucks.
PUBLIC_KINDS = (Kind.SHOP, Kind.RESTAURANT, Kind.HOTEL, Kind.PRODUCER)
EARTH_RADIUS_M = 6_371_000
SHORT_ID = 12  # hexadecimal digits of the public id in an address: one chance in millions that two of 10,000 places share them
_COLUMNS = (
    "pk", "uuid", "name", "kind", "street", "postcode", "city", "latitude", "longitude", "opening_hours", "deposit_practice",
    "public_note", "website",
)  # fmt: skip


@dataclass
class Place:
    """A place as the public sees it. `distance_m` is set by `nearest_first`, in metres."""

    pk: int
    uuid: UUID
    name: str
    kind: str
    street: str
    postcode: str
    city: str
    latitude: float | None
    longitude: float | None
    opening_hours: str
    deposit_practice: str
    public_note: str
    website: str
    distance_m: int | None = None

    @property
    def slug(self) -> str:
        """The last part of the address of its page: a readable name, then what makes it permanent."""
        return f"{_readable(self.name)}-{self.short}"

    @property
    def short(self) -> str:
        """The first digits of the public id."""
        return self.uuid.hex[:SHORT_ID]

    @property
    def path(self) -> str:
        """The address of its page, without the site."""
        return f"{_prefix()}{self.slug}/"

    @property
    def url(self) -> str:
        """The whole address of its page."""
        return settings.SITE_URL + self.path

    @property
    def address(self) -> str:
        """Street, postcode and town on one line."""
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.city}".strip()) if part)

    @property
    def kind_label(self) -> str:
        """What it is, in the current language."""
        return str(Kind(self.kind).label)

    @property
    def deposit_label(self) -> str:
        """What one gets there for a bottle, in the current language; empty when nobody said."""
        return str(DepositPractice(self.deposit_practice).label) if self.deposit_practice else ""

    @cached_property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees; None when unknown."""
        return None if self.latitude is None or self.longitude is None else (float(self.latitude), float(self.longitude))


@lru_cache(maxsize=16_384)
def _readable(name: str) -> str:
    """Return a name as addresses have it; kept, as the whole network is written again after each change."""
    return slugify(name)[:60].strip("-") or "point"


@lru_cache(maxsize=1)
def _prefix() -> str:
    """Return how the addresses of all places begin: worked out once, there may be ten thousand on a page."""
    return reverse("public:place", args=["x"]).removesuffix("x/")


def public_stores() -> QuerySet[Store]:
    """Return the places that take bottles back today and agreed to be shown."""
    return Store.objects.filter(status=Status.ACTIVE, is_public=True, kind__in=PUBLIC_KINDS, merged_into=None)


def places(found: QuerySet[Store] | None = None) -> list[Place]:
    """Return `found`, or every public place, by town and name: one query, no model."""
    chosen = public_stores() if found is None else found
    return [Place(*row) for row in chosen.order_by("city", "name", "pk").values_list(*_COLUMNS)]


def place_by_slug(slug: str) -> Place | None:
    """Return the public place that an address names, whatever its readable part says; None when there is none.

    The address of a place that was merged into another one leads to that one.
    """
    short = slug.rsplit("-", 1)[-1]
    if len(short) != SHORT_ID or not set(short) <= set("0123456789abcdef"):
        return None
    first, last = UUID(short.ljust(32, "0")), UUID(short.ljust(32, "f"))
    store = Store.objects.filter(uuid__range=(first, last)).first()
    for _ in range(10):  # merges of merges end soon, and a circle must not hold a page
        if store is None or store.merged_into is None:
            break
        store = store.merged_into
    found = places(public_stores().filter(pk=store.pk)) if store else []
    return found[0] if found else None


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> int:
    """Return the great-circle distance in metres between two (latitude, longitude) in degrees (haversine formula)."""
    lat, lat_other = math.radians(one[0]), math.radians(other[0])
    half = math.sin((lat_other - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(lat_other) * math.sin(math.radians(other[1] - one[1]) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1, half))))


def nearest_first(found: Iterable[Place], origin: tuple[float, float]) -> list[Place]:
    """Return the places that have a position, the nearest to `origin` (degrees) first, with their distance."""
    known = [place for place in found if place.position]
    for place in known:
        place.distance_m = distance_m(origin, place.position or origin)
    return sorted(known, key=lambda place: (place.distance_m or 0, place.name, place.pk))


def containers_of(store_ids: Iterable[int] | None = None) -> dict[int, list[str]]:
    """Return the codes of the containers that places use, by store id: what sizes of bottles they can keep. One query."""
    rows = StoreContainer.objects.filter(container_type__is_active=True)
    rows = rows if store_ids is None else rows.filter(store_id__in=list(store_ids))
    codes = ArrayAgg("container_type__code", order_by="container_type__position")
    return dict(rows.order_by().values("store_id").annotate(codes=codes).values_list("store_id", "codes"))


def almost_full(store_ids: Iterable[int]) -> set[int]:
    """Return which of these places have hardly any room left: PUBLIC_FULL_PERCENT of what fits, by the ledger. Two queries."""
    ids = list(store_ids)
    room: dict[int, dict[int, int]] = {}
    for store, kind, capacity in StoreContainer.objects.filter(store_id__in=ids, capacity__gt=0).values_list(
        "store_id", "container_type_id", "capacity"
    ):
        room.setdefault(store, {})[kind] = capacity or 0
    stock = stock_of_all(ids)
    full = set()
    for store, fits in room.items():
        held = {line.container_type.pk: line for line in stock.get(store, [])}
        bottles = sum(held[kind].full * held[kind].container_type.bottles for kind in fits if kind in held)
        most = sum(fits[kind] * held[kind].container_type.bottles for kind in fits if kind in held)
        if most and bottles * 100 >= most * settings.PUBLIC_FULL_PERCENT:
            full.add(store)
    return full


def better_place(place: Place) -> Place | None:
    """Return the nearest public place with room, within PUBLIC_NEXT_PLACE_M, when `place` is almost full; else None."""
    if place.position is None or not almost_full([place.pk]):
        return None
    latitude, longitude = place.position
    reach = settings.PUBLIC_NEXT_PLACE_M / 111_000 / max(0.1, math.cos(math.radians(latitude)))  # degrees, a little more than needed
    around = (
        public_stores()
        .exclude(pk=place.pk)
        .filter(latitude__range=(latitude - reach, latitude + reach), longitude__range=(longitude - reach, longitude + reach))
    )
    near = [other for other in nearest_first(places(around), place.position) if (other.distance_m or 0) <= settings.PUBLIC_NEXT_PLACE_M]
    full = almost_full([other.pk for other in near])
    return next((other for other in near if other.pk not in full), None)
