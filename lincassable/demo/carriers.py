"""What the demo carriers agree on: people, days, prices; two tours that come back; places that are closed for a while."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from django.utils.text import slugify

from lincassable.accounts.actors import Actor
from lincassable.demo.names import person
from lincassable.demo.network import HUB_OF_ZONE, Network
from pickups import services
from pickups.enums import VehicleKind, Weekday
from pickups.models import Carrier, CarrierContact, PriceRule, RecurringSkip, RecurringStop, RecurringTour
from stores.enums import Kind, Status
from stores.models import Closure, Store

# by kind of vehicle: per tour, stop, kilometre and pallet, in euros without tax
PRICES = {
    VehicleKind.BIKE: ("55", "4", "0", "0"),
    VehicleKind.VAN: ("110", "6", "0.55", "3"),
    VehicleKind.TRUCK_12T: ("185", "9", "0.90", "4"),
    VehicleKind.TRUCK_19T: ("240", "10", "1.10", "4.50"),
}
DAYS = {
    "Transports Garlaban": ([0, 1, 2, 3, 4], 3, 2),
    "Messagerie des Papes": ([1, 3, 4], 4, 2),
    "Cyclo Durance": ([0, 1, 2, 3, 4, 5], 1, 1),
    "Étang Express": ([0, 2, 4], 2, 2),
    "Rade Logistique": ([1, 2, 3], 5, 3),
}
# name, zone, day, every … weeks, departure, note
SERIES = [
    ("Marseille, un mardi sur deux", "Marseille", Weekday.TUESDAY, 2, dt.time(7, 30), "Rappeler les magasins du centre avant 9 h."),
    ("Grand Avignon, chaque jeudi", "Grand Avignon", Weekday.THURSDAY, 1, dt.time(8, 0), ""),
]
PLACES = 8
LAST_RISE = Decimal("1.04")  # prices of this year against those of the last


def tell_carriers(network: Network, today: dt.date, rng: random.Random) -> int:
    """Give the demo carriers their people, days and prices, close some places, make two series. Returns the drafts that were made."""
    for carrier in network.carriers:
        _agree(carrier, today, rng)
    _access(network, rng)
    _closures(network, today, rng)
    return sum(_series(network, today, *row) for row in SERIES)


def _agree(carrier: Carrier, today: dt.date, rng: random.Random) -> None:
    """Days, delays, two people at the office, the prices of the last year and of this one."""
    carrier.weekdays, carrier.lead_days, carrier.answer_days = DAYS[carrier.name]
    carrier.save(update_fields=["weekdays", "lead_days", "answer_days"])
    names: set[str] = set()
    while len(names) < 2:
        names.add(person(rng))
    CarrierContact.objects.bulk_create(
        CarrierContact(
            carrier=carrier,
            name=name,
            email=f"{slugify(name)}@{slugify(carrier.name)}.example",
            phone=f"+3346571{rng.randint(0, 9999):04d}",
            wants_tours=number == 0,
            wants_reminders=number == 0,
        )
        for number, name in enumerate(sorted(names))
    )
    january = today.replace(month=1, day=1)
    former = (january - dt.timedelta(days=366)).replace(month=1, day=1)
    prices = []
    for kind in sorted({vehicle.kind for vehicle in carrier.vehicles.all()}):
        for first, rise in ((former, Decimal(1)), (january, LAST_RISE)):
            amounts = [(Decimal(amount) * rise).quantize(Decimal("0.01")) for amount in PRICES[VehicleKind(kind)]]
            columns = dict(zip(("fixed_eur", "per_stop_eur", "per_km_eur", "per_pallet_eur"), amounts, strict=True))
            prices.append(PriceRule(carrier=carrier, vehicle_kind=kind, valid_from=first, **columns))
    PriceRule.objects.bulk_create(prices)


def _access(network: Network, rng: random.Random) -> None:
    """What the access notes say about trucks, as fields; some producers have no quay."""
    changed = []
    for store in network.stores:
        if "plus de 12 t" in store.access_notes:
            store.largest_vehicle = VehicleKind.TRUCK_12T
        elif "piétonne" in store.access_notes:
            store.largest_vehicle = VehicleKind.VAN
        store.needs_tail_lift = store.kind == Kind.PRODUCER and rng.random() < 0.4
        if store.largest_vehicle or store.needs_tail_lift:
            changed.append(store)
    Store.objects.bulk_update(changed, ["largest_vehicle", "needs_tail_lift"])


def _places(network: Network, zone: str) -> list[Store]:
    """Return the places of a zone that a truck visits."""
    zones = {row.pk: row.name for row in network.zones}
    return [
        store
        for store in network.stores
        if store.zone_id and zones[store.zone_id] == zone and store.status == Status.ACTIVE and not store.collected_through_id
    ]


def _closures(network: Network, today: dt.date, rng: random.Random) -> None:
    """Holidays of some shops, past and to come, and a stocktaking at a hub."""
    rows = []
    for _name, zone, *_rest in SERIES:
        places = _places(network, zone)[:PLACES]
        if places:
            start = today + dt.timedelta(days=rng.randint(1, 6))
            rows.append(Closure(store=places[-1], first_day=start, last_day=start + dt.timedelta(days=13), reason="congés"))
    august = dt.date(today.year - (today.month < 9), 8, 3)
    for store in rng.sample(network.stores, min(12, len(network.stores))):
        rows.append(Closure(store=store, first_day=august, last_day=august + dt.timedelta(days=20), reason="congés d'été"))
    stocktaking = today + dt.timedelta(days=(3 - today.weekday()) % 7 + 21)  # a Thursday
    rows.append(Closure(store=network.hubs[1], first_day=stocktaking, last_day=stocktaking, reason="inventaire annuel"))
    Closure.objects.bulk_create(rows)


def _series(network: Network, today: dt.date, name: str, zone: str, day: Weekday, weeks: int, departure: dt.time, note: str) -> int:
    """Make a series through the services, as it has been for a while; return how many drafts it has."""
    places = _places(network, zone)[:PLACES]
    row = next(row for row in network.zones if row.name == zone)
    carrier = next(carrier for carrier in network.carriers if row in carrier.zones.all())
    if not places:
        return 0
    by = Actor.system()
    series = services.save_series(
        RecurringTour(
            name=name,
            weekday=day,
            every_weeks=weeks,
            starts_on=today + dt.timedelta(days=2),
            zone=row,
            hub=network.hubs[HUB_OF_ZONE[zone]],
            carrier=carrier,
            vehicle=max(carrier.vehicles.all(), key=lambda vehicle: vehicle.payload_kg),
            departs_at=departure,
            note=note,
        ),
        by=by,
    )
    for position, store in enumerate(places, 1):
        services.save_series_row(RecurringStop(recurring=series, store=store, position=position), by=by)
    skipped = series.starts_on + dt.timedelta(days=(day - series.starts_on.weekday()) % 7, weeks=weeks)
    services.save_series_row(RecurringSkip(recurring=series, day=skipped, reason="camion en révision"), by=by)
    return len(services.bring_up_to_date(series, today, by=by).made)
