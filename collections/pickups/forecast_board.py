"""The list of forecasts: the most urgent place first, with what is already under way for it. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pickups.enums import ANNOUNCED_TOUR_STATES, LIVE_TOUR_STATES, StopState
from pickups.forecast import Branch, Forecast, Urgency, forecasts
from pickups.models import PickupRequest, Stop
from stores.models import Store

PAGE = 50  # places on a page


@dataclass(frozen=True)
class Asked:
    """Which places are asked for. urgency: one of `Urgency`; text: part of a name or town; free: without those under way."""

    zone: int | None = None
    kind: str = ""
    urgency: str = ""
    text: str = ""
    free: bool = False


@dataclass(frozen=True)
class Row:
    """A place, its forecast, and what is under way: its open request, the day of a tour that has it (announced to it or not yet)."""

    store: Store
    forecast: Forecast
    request: PickupRequest | None = None
    tour_date: date | None = None
    is_announced: bool = False


@dataclass(frozen=True)
class Board:
    """The places asked for, in order of urgency. counts: how many of each urgency, whatever urgency is asked for."""

    forecasts: Sequence[Forecast]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many places."""
        return len(self.forecasts)


def board(asked: Asked) -> Board:
    """Return the places asked for, those that are full first, those without a date last; a constant number of queries."""
    found = list(forecasts(_places(asked)).values())
    counts = {str(urgency): 0 for urgency in Urgency}
    for forecast in found:
        counts[forecast.urgency] += 1
    wanted = [forecast for forecast in found if not asked.urgency or forecast.urgency == asked.urgency]
    return Board(sorted(wanted, key=_press), counts)


def _press(forecast: Forecast) -> tuple[bool, float, int]:
    return forecast.full_at is None, forecast.full_at.timestamp() if forecast.full_at else 0.0, forecast.store_id


def _places(asked: Asked) -> QuerySet[Store]:
    places = Store.objects.all()
    if asked.zone is not None:
        places = places.filter(zone=asked.zone)
    if asked.kind:
        places = places.filter(kind=asked.kind)
    if asked.text:
        places = places.filter(Q(name__unaccent__icontains=asked.text) | Q(city__unaccent__icontains=asked.text))
    if asked.free:
        coming = Stop.objects.filter(state=StopState.TO_DO, tour__state__in=LIVE_TOUR_STATES, tour__date__gte=timezone.localdate())
        waiting = PickupRequest.objects.open().order_by()
        places = places.exclude(pk__in=coming.order_by().values("store")).exclude(pk__in=waiting.values("store"))
    return places


def rows_of(shown: Sequence[Forecast]) -> list[Row]:
    """Return the rows of these forecasts in their order; three queries."""
    ids = [forecast.store_id for forecast in shown]
    stores = Store.objects.select_related("zone").in_bulk(ids)
    requests = {request.store_id: request for request in PickupRequest.objects.open().filter(store__in=ids)}
    tours = _coming(ids)
    return [
        Row(stores[forecast.store_id], forecast, requests.get(forecast.store_id), *tours.get(forecast.store_id, (None, False)))
        for forecast in shown
    ]


def _coming(ids: Collection[int]) -> dict[int, tuple[date, bool]]:
    """Return the day of the next tour that has each place as a stop, and whether the place knows of it."""
    stops = Stop.objects.filter(
        store__in=ids, state=StopState.TO_DO, tour__state__in=LIVE_TOUR_STATES, tour__date__gte=timezone.localdate()
    )
    days: dict[int, tuple[date, bool]] = {}
    for store, day, state in stops.order_by("-tour__date").values_list("store", "tour__date", "tour__state"):
        days[store] = (day, state in ANNOUNCED_TOUR_STATES)
    return days


def table(shown: Sequence[Forecast]) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and the rows of the list as a file."""
    headers = [
        _("place"), _("town"), _("zone"), _("urgency"), _("full on"), _("days left"), _("nearly full on"), _("worked out from"),
        _("last pickup"),
        _("bottles taken then"), _("pickup before"), _("last declaration"), _("bottles declared"), _("room in bottles"), _("bottles a day"),
        _("places collected through it"), _("open request"), _("next tour"), _("reason"),
    ]  # fmt: skip
    return headers, _table_rows(shown)


def _table_rows(shown: Sequence[Forecast]) -> Iterator[list[Any]]:
    for row in rows_of(shown):
        found = row.forecast
        yield [
            row.store.name, row.store.city, row.store.zone and row.store.zone.name, found.urgency.label, found.full_on, found.days_left,
            found.nearly_on, Branch(found.branch).label if found.branch in Branch.values else found.branch, found.last_pickup,
            found.collected,
            found.before_last, found.declared_at, found.declared, found.capacity, found.rate and round(found.rate, 2), found.members,
            row.request and row.request.requested_at, row.tour_date, found.reason,
        ]  # fmt: skip


def points(shown: Sequence[Forecast]) -> list[dict[str, Any]]:
    """Return what the map shows: the places that have a position; one query."""
    known = {
        pk: (name, city, float(lat or 0), float(lon or 0))
        for pk, name, city, lat, lon in Store.objects.filter(pk__in=[forecast.store_id for forecast in shown], latitude__isnull=False)
        .order_by()
        .values_list("pk", "name", "city", "latitude", "longitude")
    }
    found = []
    for forecast in shown:
        if forecast.store_id in known:
            name, city, lat, lon = known[forecast.store_id]
            what = {"urgency": str(forecast.urgency), "when": forecast.when}
            found.append({"id": forecast.store_id, "name": name, "city": city, "lat": lat, "lon": lon, **what})
    return found
