"""Warnings about the stops of a tour: each place on that day, at that time, with that vehicle (the table is in `warnings`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _

from crates.queries import StockLine, buffers_of, stock_of_all
from pickups import queries
from pickups.enums import LIVE_TOUR_STATES, StopState, VehicleKind
from pickups.load import lines_of, pallets_of
from pickups.models import Stop, Tour, Vehicle
from pickups.routes import arrivals, position_of, route_of
from stores.days import closures_on, open_windows
from stores.models import Closure, Store

_BY_SIZE = [VehicleKind.BIKE, VehicleKind.VAN, VehicleKind.TRUCK_12T, VehicleKind.TRUCK_19T]
_TRUCKS = _BY_SIZE[2:]


@dataclass(frozen=True)
class TourWarning:
    """One sentence for the coordinator; `stop` is the stop that it is about, None for the tour."""

    code: str
    sentence: str
    stop: Stop | None = None


@dataclass
class _Look:
    """What the checks of stops look at, fetched once for all of them."""

    tour: Tour
    vehicle: Vehicle | None
    due: dict[int, time]
    closures: dict[int, Closure]
    stock: dict[int, dict[int, StockLine]]
    buffers: dict[tuple[int, int], int]
    elsewhere: dict[int, list[Stop]] = field(default_factory=dict)


def stops_of(tour: Tour) -> list[Stop]:
    """Return the saved stops in order, with `all_lines`, `all_pallets` and the zones of their places; four queries."""
    stops = list(queries.with_lines(tour.stops.all()).select_related("store__zone").prefetch_related("pallets"))
    for stop in stops:
        stop.all_pallets = list(stop.pallets.all())  # type: ignore[attr-defined]
    return stops


def warnings_of_stops(tour: Tour, stops: Sequence[Stop]) -> list[TourWarning]:
    """Return the warnings of the stops that are still to do, in their order."""
    ids = [stop.store_id for stop in stops]
    if not ids:
        return []
    vehicle = tour.vehicle if tour.vehicle_id else None
    kind = vehicle.kind if vehicle else ""
    way = route_of([tour.hub, *(stop.store for stop in stops), tour.hub], kind)
    due = dict(zip(ids, arrivals(tour.departs_at, way, kind, len(ids)), strict=True))
    stock = {store: {line.container_type.pk: line for line in lines} for store, lines in stock_of_all(ids).items()}
    look = _Look(tour, vehicle, due, closures_on(ids, tour.date), stock, buffers_of(ids), _elsewhere(tour, ids))
    to_do = [stop for stop in stops if stop.state == StopState.TO_DO]
    return [warning for stop in to_do for check in _CHECKS for warning in check(look, stop)]


def short_of_empties(hub: Store, stops: Sequence[Stop], wanted: dict[int, int]) -> Iterator[TourWarning]:
    """Kinds of which the hub has fewer empty ones than the stops are to get; a hub whose stock nobody knows says nothing."""
    kinds = {line.container_type_id: line.container_type for stop in stops for line in lines_of(stop)}
    held = {line.container_type.pk: line.empty for line in stock_of_all([hub.pk]).get(hub.pk, [])}
    for pk, number in wanted.items():
        if pk in held and number > held[pk]:
            words = _("%(hub)s has %(held)s empty %(kind)s, the stops are to get %(wanted)s.")
            numbers = {"hub": hub, "held": max(0, held[pk]), "kind": kinds[pk], "wanted": number}
            yield TourWarning("hub_short", words % numbers)


def listed(words: Sequence[str]) -> str:
    """Return words one after the other, the first five."""
    return ", ".join(words[:5]) + (" …" if len(words) > 5 else "")


def _elsewhere(tour: Tour, ids: Sequence[int]) -> dict[int, list[Stop]]:
    """Return the stops of other open tours around the tour's day at the same places, by store id, with their lines."""
    near = timedelta(days=settings.TOUR_NEAR_DAYS)
    stops = Stop.objects.filter(
        store_id__in=ids,
        state=StopState.TO_DO,
        tour__state__in=LIVE_TOUR_STATES,
        tour__date__range=(tour.date - near, tour.date + near),
    ).exclude(tour=tour.pk)
    found: dict[int, list[Stop]] = {}
    for stop in stops.select_related("tour").prefetch_related("lines").order_by("tour__date", "tour"):
        found.setdefault(stop.store_id, []).append(stop)
    return found


def _hour(moment: time) -> str:
    return formats.time_format(moment, "H:i")


def _windows(windows: Sequence[tuple[time, time]]) -> str:
    return ", ".join(f"{_hour(opens)}–{_hour(closes)}" for opens, closes in windows)


def _open(look: _Look, stop: Stop) -> Iterator[TourWarning]:
    """The place on that day, during its slot, when the truck comes by."""
    place, day = stop.store, formats.date_format(look.tour.date, "SHORT_DATE_FORMAT")
    closure = look.closures.get(stop.store_id)
    if closure is not None:
        reason = f" ({closure.reason})" if closure.reason else ""
        yield TourWarning("closure", _("%(place)s is closed on %(day)s%(reason)s.") % {"place": place, "day": day, "reason": reason}, stop)
        return
    windows = open_windows(place, look.tour.date)
    if windows is None:
        return
    if not windows:
        yield TourWarning("closed", _("%(place)s is not open on %(day)s.") % {"place": place, "day": day}, stop)
        return
    start, end, due = stop.window_start, stop.window_end, look.due[stop.store_id]
    if start is not None or end is not None:
        start, end = start or time.min, end or time.max
        if not any(opens < end and start < closes for opens, closes in windows):
            words = _("%(place)s is closed during its slot: it is open %(hours)s.")
            yield TourWarning("closed_at_slot", words % {"place": place, "hours": _windows(windows)}, stop)
    elif position_of(place) and position_of(look.tour.hub) and not any(opens <= due <= closes for opens, closes in windows):
        words = _("%(place)s: the truck comes at about %(due)s, it is open %(hours)s. Give it a slot, or another place in the order.")
        yield TourWarning("closed_on_arrival", words % {"place": place, "due": _hour(due), "hours": _windows(windows)}, stop)


def _slot(look: _Look, stop: Stop) -> Iterator[TourWarning]:
    """Whether the truck can be there in time."""
    due = look.due[stop.store_id]
    if stop.window_end is not None and due > stop.window_end and position_of(stop.store) and position_of(look.tour.hub):
        words = _("%(place)s: the truck comes at about %(due)s, after the slot (until %(end)s).")
        yield TourWarning("after_slot", words % {"place": stop.store, "due": _hour(due), "end": _hour(stop.window_end)}, stop)


def _access(look: _Look, stop: Stop) -> Iterator[TourWarning]:
    """The place against the vehicle."""
    vehicle, place = look.vehicle, stop.store
    if vehicle is None:
        return
    if place.largest_vehicle and _BY_SIZE.index(VehicleKind(vehicle.kind)) > _BY_SIZE.index(VehicleKind(place.largest_vehicle)):
        words = _("%(place)s takes nothing larger than: %(largest)s. %(vehicle)s is too large.")
        numbers = {"place": place, "largest": place.get_largest_vehicle_display(), "vehicle": vehicle}
        yield TourWarning("vehicle_too_large", words % numbers, stop)
    if place.needs_tail_lift and not vehicle.has_tail_lift:
        words = _("%(place)s needs a tail lift: %(vehicle)s has none.")
        yield TourWarning("tail_lift", words % {"place": place, "vehicle": vehicle}, stop)
    if place.access_notes and vehicle.kind in _TRUCKS:
        words = _("%(place)s has an access note, and a truck comes: “%(note)s”")
        yield TourWarning("access_note", words % {"place": place, "note": " ".join(place.access_notes.split())[:160]}, stop)


def _other_tours(look: _Look, stop: Stop) -> Iterator[TourWarning]:
    """Other open tours around that day for the same containers; a stop without quantities may be for any."""
    ours = {line.container_type_id for line in lines_of(stop) if _planned(line)}
    for other in look.elsewhere.get(stop.store_id, []):
        theirs = {line.container_type_id for line in other.lines.all() if _planned(line)}
        if not ours or not theirs or ours & theirs:
            words = _("%(place)s is already on %(tour)s, for the same containers.")
            yield TourWarning("other_tour", words % {"place": stop.store, "tour": other.tour}, stop)


def _planned(line: object) -> bool:
    return any(getattr(line, name) for name in ("planned_full", "planned_empty", "planned_taken_empty", "planned_left_full"))


def _plan(look: _Look, stop: Stop) -> Iterator[TourWarning]:
    """What is missing in the plan of a stop, or more than can be there."""
    place = stop.store
    if position_of(place) is None:
        words = _("%s has no position: distance and duration leave it out. Set its position on its page.")
        yield TourWarning("no_position", words % place, stop)
    lines = [line for line in lines_of(stop) if _planned(line)]
    if not lines and not any(pallet.planned for pallet in pallets_of(stop)):
        yield TourWarning("no_quantities", _("%s has no planned quantities.") % place, stop)
    held = look.stock.get(stop.store_id, {})
    for line in lines:
        known = held.get(line.container_type_id)
        if known is None:
            continue
        rotation = max(0, known.total - look.buffers.get((stop.store_id, line.container_type_id), 0))
        if line.planned_full + line.planned_taken_empty > rotation:
            words = _("%(place)s: %(planned)s %(kind)s to take, its rotation stock is %(rotation)s.")
            numbers = {"planned": line.planned_full + line.planned_taken_empty, "kind": line.container_type, "rotation": rotation}
            yield TourWarning("over_stock", words % {"place": place, **numbers}, stop)


_CHECKS: tuple[Callable[[_Look, Stop], Iterator[TourWarning]], ...] = (_open, _slot, _access, _other_tours, _plan)
