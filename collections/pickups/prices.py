"""What a tour costs by its carrier's price grid. Nothing here writes."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from pickups.models import Carrier, PriceRule

_CENT = Decimal("0.01")


def holding(prices: QuerySet[PriceRule], day: date) -> QuerySet[PriceRule]:
    """Return those of `prices` that are valid on `day`, whatever else is valid then."""
    return prices.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)


def price_on(carrier: Carrier, vehicle_kind: str, day: date) -> PriceRule | None:
    """Return the line of the grid that holds on `day`; None when there is none. One query.

    A line for this kind of vehicle goes before one for any vehicle (`vehicle_kind` "": only the latter); among those, the one that
    began last: a new price needs no end written on the old one.
    """
    own_first = Case(When(vehicle_kind="", then=Value(1)), default=Value(0), output_field=IntegerField())
    found = holding(PriceRule.objects.filter(carrier=carrier, vehicle_kind__in={vehicle_kind, ""}), day)
    return found.order_by(own_first, "-valid_from", "-pk").first()


def cost_by(rule: PriceRule, *, stops: int, distance_m: int, pallets: Decimal) -> Decimal:
    """Return what a tour costs by one line of a grid, in euros without tax, to the cent. Arguments as in `cost_of`."""
    kilometres = Decimal(distance_m) / 1000
    cost = rule.fixed_eur + rule.per_stop_eur * stops + rule.per_km_eur * kilometres + rule.per_pallet_eur * pallets
    return cost.quantize(_CENT, ROUND_HALF_UP)


def cost_of(carrier: Carrier, vehicle_kind: str, day: date, *, stops: int, distance_m: int, pallets: Decimal) -> Decimal | None:
    """Return what a tour costs by the price that holds on its day, in euros without tax; None when no price holds.

    Arguments:
        carrier: whose grid.
        vehicle_kind: of `VehicleKind`; "" when no vehicle is chosen yet.
        day: of the tour.
        stops: how many places are visited.
        distance_m: the whole way, in metres.
        pallets: how many pallets are carried, parts of one included.
    One query.
    """
    rule = price_on(carrier, vehicle_kind, day)
    return None if rule is None else cost_by(rule, stops=stops, distance_m=distance_m, pallets=pallets)
