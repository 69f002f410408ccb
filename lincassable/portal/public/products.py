"""What is sold at a place in returnable bottles: the products that its staff say are on the shelf."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Max, QuerySet

from references.enums import Drink, ShelfState
from references.models import Reference, ShelfCheck, ShelfItem
from references.queries import on_market


@dataclass(frozen=True)
class Product:
    """A product on a shelf. is_out: it has run out for now."""

    reference: Reference
    is_out: bool


@dataclass
class DrinkShelf:
    """The products of one kind of drink."""

    label: str
    products: list[Product] = field(default_factory=list)


def selling(drink: str) -> QuerySet[ShelfItem]:
    """Return the ids of the places with something of this kind of drink on the shelf today."""
    there = ShelfItem.objects.filter(state=ShelfState.AVAILABLE, reference__in=on_market().filter(drink=drink))
    return there.order_by().values("store_id")


def shelf_by_drink(store_id: int) -> list[DrinkShelf]:
    """Return what a place sells, by kind of drink, then by producer and name: one query. What ran out stays, with a word about it."""
    rows = (
        ShelfItem.objects.filter(store=store_id, reference__in=on_market())
        .exclude(state=ShelfState.STOPPED)
        .select_related("reference__producer", "reference__deposit")
        .order_by("reference__producer__name", "reference__name", "reference__volume_cl", "pk")
    )
    shelves = {str(drink): DrinkShelf(str(drink.label)) for drink in Drink}
    for row in rows:
        shelves[row.reference.drink].products.append(Product(row.reference, row.state == ShelfState.OUT))
    return [shelf for shelf in shelves.values() if shelf.products]


def looked_at(store_id: int) -> dt.datetime | None:
    """Return when somebody last said what is on the shelf of a place; None when never. Two queries."""
    looks = ShelfCheck.objects.filter(store=store_id).aggregate(last=Max("checked_at"))["last"]
    said = ShelfItem.objects.filter(store=store_id).aggregate(last=Max("said_at"))["last"]
    return max((moment for moment in (looks, said) if moment), default=None)
