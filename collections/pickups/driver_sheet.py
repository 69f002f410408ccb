"""What the driver's pages show: how to reach each place that day, what is left to do, what arrives at the hub. Nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from crates.models import ContainerType
from crates.queries import catalogue
from pickups import queries
from pickups.enums import PalletDirection, StopState
from pickups.models import Stop, StopPallet, Tour
from pickups.queries_parts import Share, shares_of
from stores.days import closures_on, open_windows
from stores.models import Closure, Contact, Store

NEARBY_DEGREES = Decimal("0.3")  # about 30 km north and south, 20 km east and west in France
MOST_NEARBY = 300  # places in the list that a phone keeps


@dataclass(frozen=True)
class Visit:
    """A stop and how to reach its place on the tour's day.

    Arguments:
        phone: the contact to call, only their name and number; None when there is none.
        hours: like "09:00–12:30, 14:00–19:00"; "" when the place is closed that day, None when nobody knows.
        closure: an announced closure that covers the day.
        shares: what places that are collected through this one add to it.
    """

    stop: Stop
    phone: Contact | None
    hours: str | None
    closure: Closure | None
    shares: list[Share] = field(default_factory=list)


def hours_text(store: Store, day: date) -> str | None:
    """Return when `store` is open on `day`, in words; see `Visit.hours`."""
    windows = open_windows(store, day)
    return None if windows is None else ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in windows)


def visits(tour: Tour, stops: Iterable[Stop]) -> list[Visit]:
    """Return the visits of these stops. Three queries, whatever their number; a few more when other places bring their crates there."""
    stops = list(stops)
    ids = [stop.store_id for stop in stops]
    phones, closures, shares = queries.phones_of(ids), closures_on(ids, tour.date), shares_of(ids)

    def visit(stop: Stop) -> Visit:
        pk = stop.store_id
        return Visit(stop, phones.get(pk), hours_text(stop.store, tour.date), closures.get(pk), shares.get(pk, []))

    return [visit(stop) for stop in stops]


@dataclass(frozen=True)
class Arriving:
    """What the recorded stops bring to the hub of one kind."""

    container_type: ContainerType
    full: int
    empty: int


def arriving(stops: Iterable[Stop]) -> list[Arriving]:
    """Return what arrives at the hub, kind by kind, in the order of screens. Arguments: stops, with `all_lines`."""
    full, empty, kinds = Counter[int](), Counter[int](), {}
    for stop in stops:
        for line in stop.all_lines:  # type: ignore[attr-defined]
            kinds[line.container_type_id] = line.container_type
            full[line.container_type_id] += line.loaded_full or 0
            empty[line.container_type_id] += line.taken_empty
    found = [Arriving(kind, full[pk], empty[pk]) for pk, kind in kinds.items() if full[pk] or empty[pk]]
    return sorted(found, key=lambda row: (row.container_type.position, row.container_type.code))


def pallets_arriving(tour: Tour) -> list[tuple[StopPallet, int]]:
    """Return the pallets taken on the tour: one example of each, and how many. One query."""
    numbers = Counter[tuple[str, int | None]]()
    examples: dict[tuple[str, int | None], StopPallet] = {}
    taken = StopPallet.objects.filter(stop__tour=tour, direction=PalletDirection.TAKEN, actual__gt=0)
    for row in taken.select_related("container_type").order_by("pallet_type", "pk"):
        key = (row.pallet_type, row.container_type_id)
        examples.setdefault(key, row)
        numbers[key] += row.actual or 0
    return [(examples[key], number) for key, number in numbers.items()]


def other_containers() -> list[ContainerType]:
    """Return every kind in use: what may be moved at a stop although nobody thought of it."""
    return [kind for kind in catalogue().values() if kind.is_active]


def next_stop(tour: Tour, after: Stop | None = None) -> Stop | None:
    """Return the first stop still to do, after this one if there is one after it."""
    left = tour.stops.filter(state=StopState.TO_DO).select_related("store").order_by("position", "pk")
    if after is not None:
        left = left.exclude(pk=after.pk)
        return left.filter(position__gte=after.position).first() or left.first()
    return left.first()


def places_on_the_way(tour: Tour, text: str = "") -> QuerySet[Store]:
    """Return where a driver may stop without a plan: places of the zones of the tour or near its stops, by name.

    Arguments: text, a part of the name or town, whatever its accents. Names and towns only; no contact is shown of them.
    """
    stops = list(tour.stops.select_related("store").order_by("pk"))
    zones = {stop.store.zone_id for stop in stops} | {tour.zone_id}
    near = Q(zone__in=[zone for zone in zones if zone is not None])
    for place in [tour.hub, *(stop.store for stop in stops)]:
        if place.latitude is not None and place.longitude is not None:
            near |= Q(latitude__range=(place.latitude - NEARBY_DEGREES, place.latitude + NEARBY_DEGREES)) & Q(
                longitude__range=(place.longitude - NEARBY_DEGREES, place.longitude + NEARBY_DEGREES)
            )
    stores = Store.objects.active().filter(near, collected_through=None).exclude(pk=tour.hub_id)
    if text.strip():
        stores = stores.filter(Q(name__unaccent__icontains=text.strip()) | Q(city__unaccent__icontains=text.strip()))
    return stores.exclude(pk__in=[stop.store_id for stop in stops]).order_by("name", "pk")
