"""What was lost and broken, per place and in a period, and what it costs. Nothing here writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum

from crates.enums import Cause
from crates.models import Entry, Inventory
from crates.queries import catalogue
from stores.models import Store

# Inventories: containers that a count did not find, less those it found too many.
CAUSES = (Cause.LOSS, Cause.BREAKAGE, Cause.INVENTORY)


@dataclass
class Lost:
    """Containers of one kind that are gone, by cause, and what they are worth (`cost_eur`).

    `has_value` is False while nobody has said what losing one costs: the cost is then not nothing, but unknown.
    """

    name: str
    lost: int = 0
    broken: int = 0
    not_found: int = 0
    cost_eur: Decimal = Decimal("0.00")
    has_value: bool = True

    @property
    def total(self) -> int:
        """All that is gone."""
        return self.lost + self.broken + self.not_found


@dataclass
class PlaceLosses:
    """What is gone at one place."""

    store: Store
    lines: list[Lost] = field(default_factory=list)

    @property
    def cost_eur(self) -> Decimal:
        """What it is worth."""
        return sum((line.cost_eur for line in self.lines), Decimal("0.00"))


@dataclass
class Losses:
    """What is gone in a period: places by cost, and the sums per kind of container."""

    places: list[PlaceLosses]
    sums: list[Lost]

    @property
    def cost_eur(self) -> Decimal:
        """What everything is worth, but for kinds of which nobody knows the value."""
        return sum((line.cost_eur for line in self.sums), Decimal("0.00"))

    @property
    def without_value(self) -> list[str]:
        """The names of the kinds that are missing from the cost."""
        return [line.name for line in self.sums if not line.has_value]


def losses(start: dt.datetime, end: dt.datetime) -> Losses:
    """Return what was lost, broken or not found between two moments (the end excluded), dearest places first; three queries.

    Corrections count: what was taken back is not lost. Places where more was found than missed cost less than nothing.
    The first count of a place is not a find: it says what was there.
    """
    kinds = catalogue()
    rows = Entry.objects.filter(store__isnull=False, occurred_at__gte=start, occurred_at__lt=end, movement__cause__in=CAUSES)
    rows = rows.exclude(movement__cause=Cause.INVENTORY, movement__inventory__in=_first_counts(start, end))
    sums = rows.order_by().values_list("store_id", "container_type_id", "movement__cause").annotate(Sum("quantity"))
    found: dict[tuple[int, int], Lost] = {}
    names = {Cause.LOSS: "lost", Cause.BREAKAGE: "broken", Cause.INVENTORY: "not_found"}
    for store, kind, cause, quantity in sums:
        line = found.setdefault((store, kind), Lost(kinds[kind].name, has_value=bool(kinds[kind].value_eur)))
        setattr(line, names[Cause(cause)], -quantity)
        line.cost_eur += -quantity * kinds[kind].value_eur
    stores = Store.objects.in_bulk({store for store, _kind in found})
    places: dict[int, PlaceLosses] = {}
    by_kind: dict[int, Lost] = {}
    for (store, kind), line in sorted(found.items(), key=lambda item: (item[0][0], list(kinds).index(item[0][1]))):
        if not (line.lost or line.broken or line.not_found):
            continue
        places.setdefault(store, PlaceLosses(stores[store])).lines.append(line)
        whole = by_kind.setdefault(kind, Lost(kinds[kind].name, has_value=line.has_value))
        for name in ("lost", "broken", "not_found", "cost_eur"):
            setattr(whole, name, getattr(whole, name) + getattr(line, name))
    dearest = sorted(places.values(), key=lambda place: (-place.cost_eur, place.store.name))
    return Losses(dearest, [by_kind[kind] for kind in kinds if kind in by_kind])


def _first_counts(start: dt.datetime, end: dt.datetime) -> QuerySet:
    """Return the ids of the counts of the period before which nothing was ever counted at their place."""
    before = Inventory.objects.filter(store=OuterRef("store"), counted_at__lt=OuterRef("counted_at"), withdrawn_at=None)
    return Inventory.objects.filter(~Exists(before), counted_at__gte=start, counted_at__lt=end).order_by().values("pk")
