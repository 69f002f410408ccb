"""What a coordinator should know of a tour before it is sent. Warnings never forbid: reality is for people to judge. Nothing here writes.

| code | when |
| --- | --- |
| no_vehicle | no vehicle is chosen |
| vehicle_kg, vehicle_pallets, vehicle_crates | more is on board at some point, either way, than the vehicle takes |
| public_holiday | the day is one |
| hub_closed | the hub is closed that day |
| hub_other_tour, hub_short | other open tours around that day take the same empty containers from the hub; it has too few |
| carrier_day, carrier_zone, lead_time | the carrier does not drive that day, does not serve the zone, is asked too late |
| closure, closed, closed_at_slot, closed_on_arrival | a place is closed that day, during its slot, when the truck comes by |
| after_slot | the truck comes by after the slot |
| vehicle_too_large, tail_lift, access_note | the place against the vehicle |
| other_tour | the place is on another open tour around that day, for the same containers |
| no_position, no_quantities, over_stock | the plan of a stop is incomplete, or more than what can be there |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from pickups import warnings_stops
from pickups.enums import LIVE_TOUR_STATES, StopState, TourState
from pickups.load import Load, along, heaviest, lines_of
from pickups.models import Stop, StopLine, Tour, Vehicle
from pickups.warnings_stops import TourWarning, listed
from stores.days import closures_on, open_windows, public_holiday

__all__ = ["TourWarning", "vehicle_warnings", "warnings_of"]

_OF_VEHICLE = {"vehicle_kg", "vehicle_pallets", "vehicle_crates", "vehicle_too_large", "tail_lift", "access_note"}


def warnings_of(tour: Tour, stops: Sequence[Stop] | None = None) -> list[TourWarning]:
    """Return what is wrong or doubtful with a tour's plan: first the tour, then its stops in order.

    Arguments: stops, another plan than the saved one, in order, with `all_lines` and `all_pallets` (stops that are not saved yet
    have no key). A constant number of queries. Sentences are in the current language.
    """
    planned = list(stops) if stops is not None else warnings_stops.stops_of(tour)
    to_do = [stop for stop in planned if stop.state == StopState.TO_DO]
    look = _Look(tour, planned, to_do, tour.vehicle if tour.vehicle_id else None)
    found = [*_vehicle(look), *_day(look), *_hub(look), *_carrier(look)]
    return [*found, *warnings_stops.warnings_of_stops(tour, planned)]


def vehicle_warnings(tour: Tour) -> list[TourWarning]:
    """Return those of the tour's warnings that another vehicle would change. As `warnings_of`."""
    return [warning for warning in warnings_of(tour) if warning.code in _OF_VEHICLE]


@dataclass(frozen=True)
class _Look:
    """What the checks of a whole tour look at."""

    tour: Tour
    stops: list[Stop]
    to_do: list[Stop]
    vehicle: Vehicle | None


def _vehicle(look: _Look) -> Iterator[TourWarning]:
    """The load at its most, against the vehicle; a measure that the vehicle does not give (0) is not compared."""
    if look.vehicle is None:
        yield TourWarning("no_vehicle", _("No vehicle is chosen: the load cannot be compared with what it takes."))
        return
    loads = along(look.stops)
    most = heaviest(loads)
    room = Load(look.vehicle.payload_kg, Decimal(look.vehicle.pallets), look.vehicle.crates)
    measures: list[tuple[str, str, str]] = [
        ("kg", _("%(number)s kg"), "vehicle_kg"),
        ("pallets", _("%(number)s pallet places"), "vehicle_pallets"),
        ("crates", _("the room of %(number)s crates"), "vehicle_crates"),
    ]
    for name, words, code in measures:
        load, limit = getattr(most, name), getattr(room, name)
        if limit and load > limit:
            where = next(rank for rank, step in enumerate(loads) if getattr(step, name) == load)
            stop = look.stops[where - 1] if where else None
            place = _("after %s") % stop.store if stop else _("on leaving the hub")
            sentence = _("%(vehicle)s is too small: %(load)s on board %(where)s, it takes %(limit)s.") % {
                "vehicle": look.vehicle.name,
                "load": words % {"number": formats.localize(load)},
                "where": place,
                "limit": words % {"number": formats.localize(limit)},
            }
            yield TourWarning(code, sentence, stop)


def _day(look: _Look) -> Iterator[TourWarning]:
    """The day of the tour."""
    name = public_holiday(look.tour.date)
    if name:
        yield TourWarning("public_holiday", _("%(day)s is a public holiday: %(name)s.") % {"day": _date(look.tour.date), "name": name})


def _hub(look: _Look) -> Iterator[TourWarning]:
    """Whether the hub is open, and who else takes its empty containers."""
    tour = look.tour
    closure = closures_on([tour.hub_id], tour.date).get(tour.hub_id)
    if closure is not None or open_windows(tour.hub, tour.date) == []:
        reason = f" ({closure.reason})" if closure is not None and closure.reason else ""
        words = _("%(hub)s is closed on %(day)s%(reason)s: the truck cannot unload.")
        yield TourWarning("hub_closed", words % {"hub": tour.hub, "day": _date(tour.date), "reason": reason})
    wanted: dict[int, int] = {}
    for line in (line for stop in look.to_do for line in lines_of(stop)):
        if line.planned_empty:
            wanted[line.container_type_id] = wanted.get(line.container_type_id, 0) + line.planned_empty
    if wanted:
        yield from _same_empties(tour, wanted)
        yield from warnings_stops.short_of_empties(tour.hub, look.to_do, wanted)


def _same_empties(tour: Tour, wanted: dict[int, int]) -> Iterator[TourWarning]:
    """Other open tours around that day that leave the hub with the same kinds of empty containers."""
    near = timedelta(days=settings.TOUR_NEAR_DAYS)
    lines = StopLine.objects.filter(
        stop__tour__hub=tour.hub_id,
        stop__tour__state__in=LIVE_TOUR_STATES,
        stop__tour__date__range=(tour.date - near, tour.date + near),
        stop__state=StopState.TO_DO,
        planned_empty__gt=0,
        container_type__in=wanted,
    ).exclude(stop__tour=tour.pk)
    others = lines.order_by("stop__tour__date", "stop__tour").values_list("stop__tour", "stop__tour__date").distinct()
    names = [_("T-%(number)s on %(day)s") % {"number": pk, "day": _date(day)} for pk, day in others]
    if names:
        words = _("%(hub)s already gives the same empty containers to %(tours)s.")
        yield TourWarning("hub_other_tour", words % {"hub": tour.hub, "tours": listed(names)})


def _carrier(look: _Look) -> Iterator[TourWarning]:
    """What the carrier said it does: its days, its zones, how early it wants to know."""
    tour, carrier = look.tour, look.tour.carrier
    if tour.date.weekday() not in carrier.weekdays:
        words = _("%(carrier)s does not drive on that day of the week (%(day)s).")
        yield TourWarning("carrier_day", words % {"carrier": carrier, "day": formats.date_format(tour.date, "l")})
    served = {zone.pk for zone in carrier.zones.all()}
    zones = {stop.store.zone for stop in look.to_do} | {tour.zone}
    foreign = sorted(str(zone) for zone in zones if zone is not None and served and zone.pk not in served)
    if foreign:
        yield TourWarning("carrier_zone", _("%(carrier)s does not serve %(zones)s.") % {"carrier": carrier, "zones": listed(foreign)})
    days = (tour.date - timezone.localdate()).days
    if tour.state in (TourState.DRAFT, TourState.DECLINED) and 0 <= days < carrier.lead_days:
        words = _("%(carrier)s wants to know %(lead)s days ahead: %(days)s are left.")
        yield TourWarning("lead_time", words % {"carrier": carrier, "lead": carrier.lead_days, "days": days})


def _date(day: date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")
