"""The places, people, carriers and vehicles of the demo network."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.text import slugify

from crates.models import ContainerType, StoreContainer
from lincassable.demo.geography import ZONES, nearby, pick_communes, read_communes
from lincassable.demo.names import ACCESS_NOTES, HOURS, STREETS, person, place_name
from pickups.enums import VehicleKind
from pickups.models import Carrier, Vehicle
from stores.enums import Kind, Role, Status
from stores.models import Contact, Store, Zone

SOURCE = "demo"
HUBS = {"Entrepôt des Docks": "Marseille", "Entrepôt du Rhône": "Avignon", "Entrepôt de la Durance": "Manosque"}
HUB_OF_ZONE = {
    "Marseille": 0,
    "Pays d'Aix": 0,
    "Aubagne et littoral": 0,
    "Étang de Berre": 0,
    "Toulon et Var": 0,
    "Arles et Alpilles": 1,
    "Grand Avignon": 1,
    "Luberon": 2,
    "Durance": 2,
}
SORTING_CENTRE = ("Centre de tri des Étangs", "Vitrolles")
WASHING_CENTRE = ("Laverie de la Crau", "Salon-de-Provence")
# name, e-mail name, hub, zones, vehicles: (name, kind, payload kg, pallets, crates, tail lift)
CARRIERS = [
    ("Transports Garlaban", 0, ["Marseille", "Aubagne et littoral"], [("Porteur 12 t", VehicleKind.TRUCK_12T, 5500, 14, 420, True)]),
    ("Messagerie des Papes", 1, ["Grand Avignon", "Arles et Alpilles"], [("Porteur 12 t", VehicleKind.TRUCK_12T, 5200, 14, 400, True)]),
    (
        "Cyclo Durance",
        2,
        ["Durance", "Luberon"],
        [("Vélo-cargo", VehicleKind.BIKE, 180, 0, 12, False), ("Fourgon", VehicleKind.VAN, 1100, 3, 90, False)],
    ),
    ("Étang Express", 0, ["Étang de Berre", "Pays d'Aix"], [("Fourgon", VehicleKind.VAN, 1200, 4, 100, True)]),
    ("Rade Logistique", 0, ["Toulon et Var"], [("Porteur 19 t", VehicleKind.TRUCK_19T, 9500, 19, 600, True)]),
]
KIND_SHARES = [(Kind.SHOP, 78), (Kind.RESTAURANT, 8), (Kind.PRODUCER, 9), (Kind.HOTEL, 5)]


@dataclass
class Network:
    """What was built, for the history to happen in."""

    types: dict[str, ContainerType]
    zones: list[Zone]
    hubs: list[Store]
    sorting: Store
    washing: Store
    stores: list[Store] = field(default_factory=list)
    containers: dict[int, dict[str, StoreContainer]] = field(default_factory=dict)
    carriers: list[Carrier] = field(default_factory=list)


def build_network(points: int, rng: random.Random) -> Network:
    """Create `points` collection points and what surrounds them, and return them. Must run in a transaction."""
    zones = Zone.objects.bulk_create(Zone(name=name) for name in ZONES)
    hubs, sorting, washing = _warehouses(rng)
    types = {row.code: row for row in ContainerType.objects.all()}
    network = Network(types, zones, hubs, sorting, washing)
    network.stores = _places(points, {zone.name: zone for zone in zones}, hubs, rng)
    _collect_some_through_others(network, rng)
    _contacts([*network.stores, *hubs, sorting, washing], rng)
    _containers(network, rng)
    _carriers(network)
    return network


def _warehouses(rng: random.Random) -> tuple[list[Store], Store, Store]:
    communes = {commune.name: commune for commune in reversed(read_communes())}

    def build(name: str, town: str, kind: str, number: int) -> Store:
        latitude, longitude = nearby(communes[town], rng, 2500)
        return Store(
            name=name,
            kind=kind,
            city=town,
            postcode=communes[town].postcode,
            street=f"{number} chemin des Entrepôts",
            opening_hours="Mo-Fr 07:30-17:00; PH off",
            latitude=Decimal(str(latitude)),
            longitude=Decimal(str(longitude)),
            source=SOURCE,
            source_id=f"{kind}-{slugify(name)}",
        )

    hubs = Store.objects.bulk_create(build(name, town, Kind.HUB, n) for n, (name, town) in enumerate(HUBS.items(), 1))
    sorting = build(*SORTING_CENTRE, Kind.SORTING, 9)
    sorting.save()
    washing = build(*WASHING_CENTRE, Kind.WASHING, 4)
    washing.save()
    return hubs, sorting, washing


def _places(points: int, zones: dict[str, Zone], hubs: list[Store], rng: random.Random) -> list[Store]:
    kinds = [kind for kind, _ in KIND_SHARES]
    weights = [share for _, share in KIND_SHARES]
    used: set[tuple[str, str]] = set()
    stores = []
    for number, (commune, zone) in enumerate(pick_communes(points, rng), 1):
        kind = rng.choices(kinds, weights)[0]
        name = place_name(kind, commune.name, number, rng)
        while (name, commune.name) in used:
            name = f"{place_name(kind, commune.name, number, rng)} {len(used) + 1}"
        used.add((name, commune.name))
        latitude, longitude = nearby(commune, rng, 2500 if commune.name in ("Marseille", "Aix-en-Provence", "Avignon", "Toulon") else 900)
        stores.append(
            Store(
                name=name,
                kind=kind,
                zone=zones[zone],
                city=commune.name,
                postcode=f"130{number % 16 + 1:02}" if commune.name == "Marseille" else commune.postcode,  # sixteen districts
                street=f"{rng.randint(1, 180)} {rng.choice(STREETS)}",
                latitude=Decimal(str(latitude)),
                longitude=Decimal(str(longitude)),
                opening_hours=rng.choice(HOURS),
                access_notes=rng.choice(ACCESS_NOTES),
                usual_hub=hubs[HUB_OF_ZONE[zone]],
                source=SOURCE,
                source_id=str(number),
                status=Status.ARCHIVED if number % 41 == 0 else Status.PAUSED if number % 29 == 0 else Status.ACTIVE,
            )
        )
    return Store.objects.bulk_create(stores)


def _collect_some_through_others(network: Network, rng: random.Random) -> None:
    """A few small shops bring their crates to a bigger one in the same commune."""
    by_city: dict[str, list[Store]] = {}
    for store in network.stores:
        if store.kind == Kind.SHOP and store.status == Status.ACTIVE:
            by_city.setdefault(store.city, []).append(store)
    children = []
    for shops in by_city.values():
        if len(shops) >= 4:
            shops[-1].collected_through = shops[0]
            children.append(shops[-1])
    Store.objects.bulk_update(children, ["collected_through"])


def _contacts(stores: list[Store], rng: random.Random) -> None:
    contacts = []
    for store in stores:
        for index in range(2 if rng.random() < 0.3 else 1):
            name = person(rng)
            # Believable but undeliverable: .example is reserved (RFC 2606), the numbers are kept for fiction by ARCEP.
            contacts.append(
                Contact(
                    store=store,
                    name=name,
                    role=Role.MANAGER if index == 0 else Role.TEAM,
                    email=f"{slugify(name)}.{store.source_id}@points.example".replace("--", "-"),
                    phone=f"+3346571{rng.randint(0, 9999):04d}",
                    language="en" if rng.random() < 0.03 else "fr",
                    wants_weekly_report=index == 0 or rng.random() < 0.4,
                )
            )
    Contact.objects.bulk_create(contacts)


def _containers(network: Network, rng: random.Random) -> None:
    rows = []
    for store in network.stores:
        size = rng.choice([20, 24, 30, 30, 36, 40, 50, 60, 80]) if store.kind in (Kind.SHOP, Kind.PRODUCER) else rng.choice([12, 16, 20])
        mine = {"75": (size, size // 6)}
        if rng.random() < 0.55:
            mine["33"] = (max(6, size // 3), 2)
        if store.kind == Kind.PRODUCER or rng.random() < 0.18:
            mine["palox"] = (rng.choice([1, 2, 2, 3]), 0)
        rows += [
            StoreContainer(store=store, container_type=network.types[code], capacity=capacity, buffer=buffer)
            for code, (capacity, buffer) in mine.items()
        ]
    rows += [
        StoreContainer(store=place, container_type=network.types[code])
        for place in [*network.hubs, network.sorting]
        for code in ("75", "33", "palox")
    ]
    for row in StoreContainer.objects.bulk_create(rows):
        network.containers.setdefault(row.store_id, {})[row.container_type.code] = row


def _carriers(network: Network) -> None:
    zones = {zone.name: zone for zone in network.zones}
    for name, hub, served, vehicles in CARRIERS:
        carrier = Carrier.objects.create(
            name=name,
            email=f"exploitation@{slugify(name)}.example",
            contact_name="Le bureau",
            phone="+33465710000",
            depot=network.hubs[hub],
        )
        carrier.zones.set([zones[zone] for zone in served])
        Vehicle.objects.bulk_create(
            Vehicle(carrier=carrier, name=n, kind=kind, payload_kg=kg, pallets=pallets, crates=crates, has_tail_lift=lift)
            for n, kind, kg, pallets, crates, lift in vehicles
        )
        network.carriers.append(carrier)
