"""Materials of the demo network: the office's stock, orders of places, what stands where. All invented."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from awareness.enums import OrderState, PlacementState, StockReason
from awareness.models import Material, MaterialMove, MaterialOrder, Placement
from awareness.training_queries import TRAINED_KINDS
from lincassable.demo.events import at_hour
from lincassable.demo.rows import insert
from stores.enums import Status
from stores.models import Store

ANSWER = "Il n'en reste plus, la réimpression est en cours."


def tell_materials(stores: list[Store], today: dt.date, rng: random.Random) -> int:
    """Write stock, orders and placements; return how many orders. One material runs low."""
    catalogue = list(Material.objects.order_by("pk"))
    places = [store for store in stores if store.kind in TRAINED_KINDS and store.status == Status.ACTIVE]
    states = [OrderState.ORDERED] * 4 + [OrderState.PREPARED] * 2 + [OrderState.SENT] * 3 + [OrderState.PLACED] * 25 + [OrderState.REFUSED]
    orders, pairs = [], set()
    for state in states:
        store, material = rng.choice(places), rng.choice(catalogue)
        if (store.pk, material.pk) in pairs:
            continue
        pairs.add((store.pk, material.pk))
        days = rng.randint(0, 12) if state != OrderState.PLACED else rng.randint(20, 300)
        at = at_hour(today - dt.timedelta(days=days + 3), 10)
        orders.append(
            MaterialOrder(
                key=_uuid(rng), store=store, material=material, quantity=material.usual, state=state, ordered_at=at,
                changed_at=at + dt.timedelta(days=2), answer=ANSWER if state == OrderState.REFUSED else "",
            )
        )  # fmt: skip
    insert(MaterialOrder, orders)
    insert(MaterialMove, _moves(catalogue, orders, today))
    insert(Placement, _placements(places, catalogue, today, rng))
    return len(orders)


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def _moves(catalogue: list[Material], orders: list[MaterialOrder], today: dt.date) -> list[MaterialMove]:
    """What came from the printer, what left with the orders; the first material of the catalogue was counted short."""
    at = at_hour(today - dt.timedelta(days=320), 9)
    moves = [MaterialMove(material=one, quantity=one.minimum * 4 + 60, reason=StockReason.RECEIVED, at=at) for one in catalogue]
    taken = (OrderState.PREPARED, OrderState.SENT, OrderState.PLACED)
    gone = [order for order in orders if order.state in taken]
    moves += [
        MaterialMove(material=order.material, quantity=-order.quantity, reason=StockReason.ORDER, order=order, at=order.changed_at)
        for order in gone
    ]
    first = catalogue[0]
    left = first.minimum * 4 + 60 - sum(order.quantity for order in gone if order.material_id == first.pk)
    short = max(1, first.minimum - 4) - left
    moves.append(MaterialMove(material=first, quantity=short, reason=StockReason.COUNT, at=at_hour(today - dt.timedelta(days=3), 15)))
    return moves


def _placements(places: list[Store], catalogue: list[Material], today: dt.date, rng: random.Random) -> list[Placement]:
    rows = []
    for store in places:
        for material in rng.sample(catalogue[:-1], rng.randint(0, 3)):
            placed = today - dt.timedelta(days=rng.randint(20, 500))
            checked = min(today, placed + dt.timedelta(days=rng.randint(0, 300)))
            state = rng.choices([PlacementState.PLACED, PlacementState.TO_REPLACE, PlacementState.GONE], [88, 8, 4])[0]
            rows.append(
                Placement(
                    uuid=_uuid(rng),
                    store=store,
                    material=material,
                    state=state,
                    quantity=material.usual,
                    placed_on=placed,
                    checked_on=checked,
                )
            )
    return rows
