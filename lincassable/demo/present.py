"""The coming days of the demo network, made through the same services as everybody's: accepted, sent and drafted tours."""

from __future__ import annotations

import datetime as dt

from crates.models import Count
from lincassable.accounts.actors import Actor
from lincassable.demo.network import HUB_OF_ZONE, Network
from pickups.enums import PalletDirection, PalletType, RequestState
from pickups.lines import PlannedLine, PlannedPallet, StopPlan
from pickups.models import PickupRequest, Tour
from pickups.services import accept_tour, create_tour, send_tour
from stores.models import Zone

TOURS = 4  # the first is accepted, the next ones await their carrier, the last is still a draft
MOST_STOPS = 6
LEFT_OPEN = 3  # one request in so many is not planned yet
CRATES_A_PALLET = 32


def plan_coming_tours(network: Network, today: dt.date) -> int:
    """Plan tours for the coming working days from the open requests; return how many.

    Arguments: network, as built; today, the day on which the story ends. Mails to carriers and stores go to the outbox.
    """
    by_zone: dict[Zone, list[PickupRequest]] = {}
    waiting = PickupRequest.objects.filter(state=RequestState.RECEIVED).select_related("store__zone").order_by("requested_at", "pk")
    for number, request in enumerate(waiting):
        if request.store.zone and number % LEFT_OPEN:
            by_zone.setdefault(request.store.zone, []).append(request)
    busiest = sorted(by_zone.items(), key=lambda item: (-len(item[1]), item[0].name))[:TOURS]
    for rank, (zone, requests) in enumerate(busiest):
        tour = _draft(network, zone, requests[:MOST_STOPS], _working_day(today, rank + 1))
        if rank == 0 or rank < len(busiest) - 1:
            tour = send_tour(tour, by=Actor.system())
        if rank == 0:
            accept_tour(tour, by=Actor.system())
    return len(busiest)


def _draft(network: Network, zone: Zone, requests: list[PickupRequest], day: dt.date) -> Tour:
    carrier = next(carrier for carrier in network.carriers if zone in carrier.zones.all())
    vehicle = max(carrier.vehicles.all(), key=lambda row: row.payload_kg)
    return create_tour(
        date=day,
        hub=network.hubs[HUB_OF_ZONE[zone.name]],
        carrier=carrier,
        vehicle=vehicle,
        zone=zone,
        by=Actor.system(),
        stops=[_stop(request, on_pallets=bool(vehicle.pallets)) for request in requests],
    )


def _stop(request: PickupRequest, *, on_pallets: bool) -> StopPlan:
    """Plan one place: a truck takes its crates on mixed pallets, and brings the empty ones on as many."""
    lines = _declared(request)
    crates = sum(line.planned_full for line in lines if line.container_type.per_pallet > 1)
    number = -(-crates // CRATES_A_PALLET) if on_pallets else 0
    pallets = [PlannedPallet(direction, PalletType.EUROPE, None, number) for direction in PalletDirection.values if number]
    return StopPlan(request.store, lines, pallets=pallets)


def _declared(request: PickupRequest) -> list[PlannedLine]:
    """Plan what the store declared: every full container goes, as many empty ones come."""
    counts = Count.objects.filter(declaration_id=request.declaration_id).select_related("container_type").order_by("pk")
    return [PlannedLine(count.container_type, planned_full=count.full, planned_empty=count.full) for count in counts if count.full]


def _working_day(today: dt.date, number: int) -> dt.date:
    """Return the `number`-th day after `today` on which shops are open: Tuesday to Friday."""
    day = today
    while number:
        day += dt.timedelta(days=1)
        number -= 1 <= day.weekday() <= 4
    return day
