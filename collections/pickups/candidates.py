"""Which places could join a tour, the most urgent first: those that asked, then those that will soon be full. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from crates.models import StoreContainer
from crates.queries import StockLine, stock_of_all, stock_rows
from pickups.enums import RequestState
from pickups.forecast import Forecast, Urgency, forecasts
from pickups.models import PickupRequest, Tour
from stores.models import Store

ASKED = "asked"  # above every urgency of the forecast
_UNKNOWN_LAST = 10**6


class Place(NamedTuple):
    """A place as the screen names it: a whole network of them is made for one page."""

    pk: int
    name: str
    city: str
    latitude: Decimal | None
    longitude: Decimal | None

    def __str__(self) -> str:
        return f"{self.name} ({self.city})" if self.city and self.city not in self.name else self.name


@dataclass
class Candidate:
    """A place that could join the tour.

    Arguments:
        asked: when it asked, None without a request that waits; planned: another tour has its request.
        fill: percent of its room that is full, None when its room is not known.
        stock: its lines, only on those that are shown (`with_stock`).
    """

    store: Place
    forecast: Forecast | None = None
    asked: date | None = None
    planned: bool = False
    note: str = ""
    fill: int | None = None
    stock: list[StockLine] = field(default_factory=list)

    @property
    def urgency(self) -> str:
        """How pressing it is: "asked", or a value of `forecast.Urgency`."""
        if self.asked:
            return ASKED
        return str(self.forecast.urgency) if self.forecast else str(Urgency.UNKNOWN)

    @property
    def rank(self) -> tuple:
        """Sorts the most urgent first: asked (the oldest first), then soonest full, then fullest."""
        left = self.forecast.days_left if self.forecast else None
        return (
            self.asked is None,
            self.asked or date.max,
            self.planned,
            _UNKNOWN_LAST if left is None else left,
            -(self.fill or 0),
            self.store.name,
            self.store.pk,
        )


def candidates_for(tour: Tour, *, text: str = "", zone_id: int | None = None) -> list[Candidate]:
    """Return the places that a truck may stop at on this tour, the most urgent first. A constant number of queries.

    Arguments: text, in the name, town or postcode; zone_id, None for all zones. Places that are in the tour already are there too.
    """
    places = _places(tour, text, zone_id)
    filtered = bool(text or zone_id)
    wanted = [store.pk for store in places]
    told = forecasts(wanted if filtered else None)
    asked = {row.store_id: row for row in PickupRequest.objects.open().filter(**({"store__in": wanted} if filtered else {}))}
    fill = _fill(wanted if filtered else None)
    found = []
    for store in places:
        candidate = Candidate(store, told.get(store.pk), fill=fill.get(store.pk))
        request = asked.get(store.pk)
        if request is not None:
            candidate.note = request.note
            candidate.planned = request.state == RequestState.PLANNED
            candidate.asked = None if candidate.planned else timezone.localtime(request.requested_at).date()
        found.append(candidate)
    return sorted(found, key=lambda candidate: candidate.rank)


def with_stock(shown: list[Candidate]) -> list[Candidate]:
    """Give the candidates that a screen shows their stock. One query."""
    stock = stock_of_all([candidate.store.pk for candidate in shown]) if shown else {}
    for candidate in shown:
        candidate.stock = [line for line in stock.get(candidate.store.pk, []) if line.full > 0]
    return shown


def _places(tour: Tour, text: str, zone_id: int | None) -> list[Place]:
    places: QuerySet[Store] = Store.objects.active().collected().filter(collected_through=None).exclude(pk=tour.hub_id)
    if zone_id:
        places = places.filter(zone=zone_id)
    for word in text.split()[:5]:
        places = places.filter(Q(name__unaccent__icontains=word) | Q(city__unaccent__icontains=word) | Q(postcode__startswith=word))
    return [Place(*row) for row in places.order_by("pk").values_list("pk", "name", "city", "latitude", "longitude")]


def _fill(store_ids: list[int] | None) -> dict[int, int]:
    """Return how full places are, in percent of the room that they have (or of what is there), by store id; two queries."""
    used = StoreContainer.objects.filter(store_id__in=store_ids) if store_ids is not None else StoreContainer.objects.all()
    rooms = {
        (store, kind): (capacity or 0) for store, kind, capacity in used.order_by().values_list("store_id", "container_type_id", "capacity")
    }
    full: dict[int, int] = {}
    room: dict[int, int] = {}
    for row in stock_rows(store_ids):
        full[row.store_id] = full.get(row.store_id, 0) + row.full
        space = rooms.get((row.store_id, row.container_type_id)) or max(0, row.total)
        room[row.store_id] = room.get(row.store_id, 0) + space
    return {store: round(100 * number / room[store]) for store, number in full.items() if room.get(store)}
