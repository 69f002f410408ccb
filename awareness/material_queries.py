"""What there is of each material, what is ordered, what stands where and wants looking at."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from awareness.enums import OrderState, PlacementState
from awareness.models import Material, MaterialMove, MaterialOrder, Placement
from awareness.training_queries import months_later


def with_stock(materials: QuerySet[Material]) -> QuerySet[Material]:
    """Return `materials` with `stock` at the office, how many are `wanted` by open orders, and how many places have it (`places`).

    What stayed at a place that became part of another one is not counted.
    """
    moves = MaterialMove.objects.filter(material=OuterRef("pk")).order_by().values("material").annotate(total=Sum("quantity"))
    stands = ~Q(placements__state=PlacementState.GONE) & Q(placements__store__merged_into=None)
    wanted = (
        MaterialOrder.objects.filter(material=OuterRef("pk"), state=OrderState.ORDERED)
        .order_by()
        .values("material")
        .annotate(total=Sum("quantity"))
    )
    return materials.annotate(
        stock=Coalesce(Subquery(moves.values("total"), output_field=IntegerField()), 0),
        wanted=Coalesce(Subquery(wanted.values("total"), output_field=IntegerField()), 0),
        places=Count("placements", filter=stands, distinct=True),
    )


def running_low() -> list[Material]:
    """Return the materials of the catalogue whose stock is below their minimum, or below zero."""
    return [one for one in with_stock(Material.objects.filter(is_active=True)) if one.stock < one.minimum or one.stock < 0]  # type: ignore[attr-defined]


def low_since(material: Material) -> datetime | None:
    """Return the moment of the move since which a material of `running_low` is low without a break; None when it never moved."""
    stock, since = material.stock, None  # type: ignore[attr-defined]
    for quantity, at in material.moves.order_by("-at", "-pk").values_list("quantity", "at").iterator(chunk_size=100):
        if stock >= max(0, material.minimum):
            break
        since, stock = at, stock - quantity
    return since


def check_due(placement: Placement) -> date | None:
    """Return on which day a placement should be looked at again; None when it need not be."""
    if placement.state != PlacementState.PLACED or not placement.material.check_months:
        return None
    return months_later(placement.checked_on, placement.material.check_months)


def is_to_check(placement: Placement, today: date | None = None) -> bool:
    """Return whether a placement should be looked at today, or replaced."""
    due = check_due(placement)
    return placement.state == PlacementState.TO_REPLACE or (due is not None and due <= (today or timezone.localdate()))
