"""Questions about products and shelves: does a bottle pass in the wash, who sells what, whose list is old."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Q, QuerySet
from django.utils import timezone

from references.enums import Fit, ShelfState
from references.models import Producer, Reference, ShelfItem, WashingLimit
from stores.enums import Kind, Status
from stores.models import Store, Zone

SELLERS = (Kind.SHOP, Kind.HOTEL, Kind.RESTAURANT)  # places where people buy drinks; a producer's own place need not list
FOUND = 30  # products shown to who looks for one


@dataclass(frozen=True)
class Passing:
    """Whether a bottle passes at one washing centre: fit is a `Fit`."""

    centre: Store
    fit: Fit


def limits() -> list[WashingLimit]:
    """Return the limits of the washing centres that are not archived."""
    return list(WashingLimit.objects.exclude(centre__status=Status.ARCHIVED).select_related("centre").order_by("centre__name"))


def size_of(reference: Reference) -> tuple[int | None, int | None]:
    """Return height and diameter in millimetres: the product's own, else its bottle model's; None when nobody knows."""
    model = reference.bottle_model
    height = reference.height_mm or (model.height_mm if model else None)
    diameter = reference.diameter_mm or (model.diameter_mm if model else None)
    return height, diameter


def fit_of(reference: Reference, limit: WashingLimit) -> Fit:
    """Return whether the bottle of a product passes at a centre; both ends of the limits are included."""
    height, diameter = size_of(reference)
    pairs = ((height, limit.min_height_mm, limit.max_height_mm), (diameter, limit.min_diameter_mm, limit.max_diameter_mm))
    # What is known to be too big stays so, whatever the other measure.
    if any(size is not None and size > most for size, _least, most in pairs):
        return Fit.TOO_BIG
    if any(size is not None and size < least for size, least, _most in pairs):
        return Fit.TOO_SMALL
    return Fit.UNKNOWN if height is None or diameter is None else Fit.OK


def washing_of(reference: Reference, known: Sequence[WashingLimit] | None = None) -> list[Passing]:
    """Return whether a product's bottle passes at each washing centre. known: `limits()`, read once for a whole list."""
    return [Passing(limit.centre, fit_of(reference, limit)) for limit in (limits() if known is None else known)]


def best_fit(reference: Reference, known: Sequence[WashingLimit]) -> Fit:
    """Return the best answer among the centres: one that takes the bottle is enough; without any, nobody knows."""
    found = {passing.fit for passing in washing_of(reference, known)}
    return next((fit for fit in (Fit.OK, Fit.UNKNOWN, Fit.TOO_BIG, Fit.TOO_SMALL) if fit in found), Fit.UNKNOWN)


# -- what is sold


def on_market(day: dt.date | None = None) -> QuerySet[Reference]:
    """Return the products that can be bought on a day (today), of active producers."""
    day = day or timezone.localdate()
    return Reference.objects.filter(
        Q(on_market_from=None) | Q(on_market_from__lte=day), Q(on_market_to=None) | Q(on_market_to__gte=day), producer__is_active=True
    )


def shelf_of(store: Store) -> QuerySet[ShelfItem]:
    """Return what a place has or had, by producer and name; what is no longer sold comes last."""
    rows = ShelfItem.objects.filter(store=store).select_related("reference__producer", "reference__bottle_model")
    stopped = ExpressionWrapper(Q(state=ShelfState.STOPPED), output_field=BooleanField())
    return rows.order_by(stopped, "reference__producer__name", "reference__name", "reference__volume_cl", "pk")


def found(store: Store, sought: str) -> QuerySet[Reference]:
    """Return products on the market that `store` does not list as sold, whose name, producer or EAN holds every word of `sought`."""
    listed = ShelfItem.objects.filter(store=store).exclude(state=ShelfState.STOPPED).values("reference")
    products = on_market().exclude(pk__in=listed)
    for word in sought.split()[:8]:
        named = Q(name__unaccent__icontains=word) | Q(producer__name__unaccent__icontains=word) | Q(ean__startswith=word)
        products = products.filter(named)
    return products.select_related("producer").order_by("producer__name", "name", "volume_cl", "pk")[:FOUND]


def sellers() -> QuerySet[Store]:
    """Return the active places that sell drinks to people."""
    return Store.objects.filter(status=Status.ACTIVE, kind__in=SELLERS)


@dataclass(frozen=True)
class ProducerCover:
    """Where one producer is sold. by_zone: number of places by id of the zone (None without one)."""

    producer: Producer
    references: int
    places: int
    out: int
    by_zone: dict[int | None, int]


@dataclass(frozen=True)
class Coverage:
    """Who sells what. zones: the columns; unsold: products on the market that nobody has; bare: places that list nothing."""

    zones: list[Zone]
    producers: list[ProducerCover]
    places_by_zone: dict[int | None, int]
    unsold: list[Reference]
    bare: int


def coverage() -> Coverage:
    """Return where each active producer is sold, in six queries whatever the size of the network."""
    selling = sellers()
    rows = ShelfItem.objects.filter(store__in=selling, reference__producer__is_active=True).exclude(state=ShelfState.STOPPED)
    cells: dict[int, dict[int | None, int]] = defaultdict(dict)
    there = rows.filter(state=ShelfState.AVAILABLE).values("reference__producer", "store__zone").order_by("reference__producer")
    for cell in there.annotate(places=Count("store", distinct=True)):
        cells[cell["reference__producer"]][cell["store__zone"]] = cell["places"]
    out = dict(rows.filter(state=ShelfState.OUT).values_list("reference__producer").annotate(Count("pk")).order_by("reference__producer"))
    producers = Producer.objects.filter(is_active=True).annotate(products=Count("references")).order_by("name")
    covers = [ProducerCover(one, one.products, sum(cells[one.pk].values()), out.get(one.pk, 0), dict(cells[one.pk])) for one in producers]
    unsold = on_market().exclude(pk__in=rows.filter(state=ShelfState.AVAILABLE).values("reference"))
    return Coverage(
        zones=list(Zone.objects.order_by("name")),
        producers=covers,
        places_by_zone=dict(selling.values_list("zone").annotate(Count("pk")).order_by("zone")),
        unsold=list(unsold.select_related("producer").order_by("producer__name", "name", "volume_cl")[:200]),
        bare=selling.exclude(pk__in=rows.values("store")).count(),
    )


@dataclass(frozen=True)
class StaleList:
    """A place whose list nobody has looked at for long; looked_at is None when never."""

    store: Store
    looked_at: dt.datetime | None
    products: int


def stale_lists(*, days: int | None = None, most: int = 200) -> list[StaleList]:
    """Return the selling places whose shelf was not looked at for `days` (SHELF_STALE_DAYS), the oldest first, never first."""
    before = timezone.now() - dt.timedelta(days=settings.SHELF_STALE_DAYS if days is None else days)
    places = sellers().annotate(looked_at=Max("shelf_checks__checked_at")).filter(Q(looked_at=None) | Q(looked_at__lt=before))
    chosen = list(places.select_related("zone").order_by("looked_at", "name", "pk")[:most])
    chosen.sort(key=lambda store: (store.looked_at is not None, store.looked_at or before))
    counts = product_counts([store.pk for store in chosen])
    return [StaleList(store, store.looked_at, counts.get(store.pk, 0)) for store in chosen]


def product_counts(store_ids: Collection[int]) -> dict[int, int]:
    """Return how many products each place has on its shelf or usually sells."""
    rows = ShelfItem.objects.filter(store__among=store_ids).exclude(state=ShelfState.STOPPED)
    return dict(rows.values_list("store").annotate(Count("pk")).order_by("store"))


def places_of(producer: Producer) -> QuerySet[ShelfItem]:
    """Return where a producer's products are listed, place by place."""
    rows = ShelfItem.objects.filter(reference__producer=producer, store__in=sellers())
    return rows.select_related("store__zone", "reference").order_by("store__name", "store_id", "reference__name", "reference__volume_cl")
