"""What the reports and the coordinators' home read: a few queries for any number of places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db.models import Case, Count, Max, Min, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from awareness.models import Event
from awareness.queries import upcoming_public
from crates.models import Declaration, StoreContainer
from crates.queries import Change, StockLine, catalogue, changes_since, last_declared_at, stock_of_all
from crates.queries_deposits import asked_stores, missing_months
from lincassable.messaging.models import Message
from lincassable.reporting.alert_queries import find, told_to_stores
from lincassable.reporting.alerts import AlertGroup, grouped
from lincassable.reporting.enums import EVENTS_DAYS, EVENTS_KM, LONGEST_LIST, MOST_EVENTS, MOST_EVENTS_READ, AlertKind
from lincassable.reporting.network import Late, Shortened, Waiting
from lincassable.reporting.weekly import ContainerWeek, Happening, Pickup, Shelf, StoreWeek, Week, days_between
from pickups.enums import ANNOUNCED_TOUR_STATES, StopState, TourState
from pickups.forecast import forecasts
from pickups.models import PickupRequest, Stop, Tour
from pickups.routes import great_circle_m
from references.models import ShelfCheck
from references.queries import SELLERS, product_counts
from stores.merging import PLACE, with_merged
from stores.models import Store

NO_CHANGE = Change(0, 0, 0, 0)


def store_weeks(stores: Sequence[Store], week: Week, now: datetime) -> dict[int, StoreWeek]:
    """Return each store's week by store id, with some twenty queries whatever their number.

    Arguments:
        stores: with `collected_through` loaded. now: an aware moment; facts after it are not looked for.
    """
    ids = [store.pk for store in stores]
    # The truck stops at the place through which a store is collected: its request and its visit are there.
    places = {store.pk: store.collected_through_id or store.pk for store in stores}
    lines = _container_weeks(ids, week, now)
    expected, months, shelves = forecasts(ids), _missing_months(ids, now), _shelves(stores, now)
    near = _happenings(stores, now)
    declared = last_declared_at(ids)
    declarations = _count_declarations(ids, week)
    requests = {request.store_id: request for request in PickupRequest.objects.open().filter(store__among=places.values())}
    pickups = _next_pickups(places.values(), now)
    alerts = told_to_stores(ids)
    return {
        store.pk: StoreWeek(
            store=store,
            week=week,
            now=now,
            lines=lines[store.pk],
            last_declared_at=declared.get(store.pk),
            declarations=declarations.get(store.pk, 0),
            request=requests.get(places[store.pk]),
            pickup=pickups.get(places[store.pk]),
            through=store.collected_through,
            alerts=alerts.get(store.pk, ()),
            forecast=expected.get(store.pk),
            months=months.get(store.pk, ()),
            shelf=shelves.get(store.pk),
            near=near.get(store.pk, ()),
        )
        for store in stores
    }


def _container_weeks(ids: Sequence[int], week: Week, now: datetime) -> dict[int, list[ContainerWeek]]:
    """Return the lines of each store, in the order of the screens: what it uses, and whatever else it holds."""
    kinds = catalogue()
    order = {kind: rank for rank, kind in enumerate(kinds)}
    used = StoreContainer.objects.filter(store__among=ids).order_by("pk").values_list("store_id", "container_type_id", "capacity")
    capacities = {(store, kind): capacity for store, kind, capacity in used}
    changes = changes_since(week.since, ids, now)
    stock = {(store, line.container_type.pk): line for store, lines in stock_of_all(ids).items() for line in lines}
    here = {key for key, line in stock.items() if line.total or line.full}
    here.update(key for key, change in changes.items() if change.loaded_full or change.left_empty)
    found: dict[int, list[ContainerWeek]] = {pk: [] for pk in ids}
    for store, kind in sorted(capacities.keys() | here, key=lambda key: (key[0], order[key[1]])):
        now_there = stock.get((store, kind)) or StockLine.of(kinds[kind], 0, 0)
        change = changes.get((store, kind), NO_CHANGE)
        then = StockLine.of(kinds[kind], now_there.total - now_there.raw_full - change.added_empty, now_there.raw_full - change.added_full)
        moved = (change.loaded_full, change.left_empty)
        found[store].append(
            ContainerWeek(kinds[kind], now_there.full, now_there.empty, capacities.get((store, kind)), *moved, then.full, then.empty)
        )
    return found


def _missing_months(ids: Sequence[int], now: datetime) -> dict[int, list[date]]:
    """Return the months whose deposit counts lack, by store id, of the stores that are asked for them."""
    today = timezone.localdate(now)
    asked = list(asked_stores(today).filter(pk__among=ids).order_by().values_list("pk", flat=True))
    return missing_months(asked, today) if asked else {}


def _shelves(stores: Sequence[Store], now: datetime) -> dict[int, Shelf]:
    """Return the list of products of each place that sells drinks, by store id; two queries."""
    ids = [store.pk for store in stores if store.kind in SELLERS]
    looked = dict(ShelfCheck.objects.filter(store__among=ids).order_by().values_list("store_id").annotate(Max("checked_at")))
    products, before = product_counts(ids), now - timedelta(days=settings.SHELF_STALE_DAYS)
    return {pk: Shelf(products.get(pk, 0), looked.get(pk), pk not in looked or looked[pk] < before) for pk in ids}


def _happenings(stores: Sequence[Store], now: datetime) -> dict[int, list[Happening]]:
    """Return the next public events near each place, by store id, at most MOST_EVENTS of them; two queries."""
    soon = list(upcoming_public(now).filter(starts_at__lt=now + timedelta(days=EVENTS_DAYS))[:MOST_EVENTS_READ])
    if not soon:
        return {}
    placed = [(event, event.position, _happening(event)) for event in soon]
    found = {}
    for store in stores:
        here = None if store.latitude is None or store.longitude is None else (float(store.latitude), float(store.longitude))
        around = (told for event, where, told in placed if event.store_id == store.pk or _is_near(here, where))
        found[store.pk] = list(islice(around, MOST_EVENTS))
    return found


def _is_near(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    # A degree is 111 km at most: most are told apart without the cosines.
    if one is None or other is None or abs(one[0] - other[0]) > EVENTS_KM / 110:
        return False
    return great_circle_m(one, other) <= EVENTS_KM * 1000


def _happening(event: Event) -> Happening:
    where = ", ".join(filter(None, [event.where, event.town]))
    return Happening(event.title, timezone.localtime(event.starts_at).date(), where, event.url)


def counted_declarations() -> QuerySet[Declaration]:
    """Declarations that are taken into account."""
    return Declaration.objects.filter(state=Declaration.POSTED)


def _count_declarations(ids: Sequence[int], week: Week) -> dict[int, int]:
    rows = counted_declarations().filter(store__in=with_merged(ids), declared_at__gte=week.since).order_by().annotate(place=PLACE)
    return dict(rows.values("place").annotate(number=Count("pk")).values_list("place", "number"))


def _next_pickups(ids: Iterable[int], now: datetime) -> dict[int, Pickup]:
    """Return the first visit to come of each place, among the tours that their carrier has accepted."""
    stops = Stop.objects.filter(
        store__among=ids, state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES, tour__date__gte=timezone.localdate(now)
    )
    found: dict[int, Pickup] = {}
    for stop in stops.select_related("tour").order_by("tour__date", "pk"):
        found.setdefault(stop.store_id, Pickup(stop.tour.date, stop.window_start, stop.window_end))
    return found


def overflowing(limit: int = LONGEST_LIST) -> AlertGroup:
    """Return the places that are nearly full and that no announced visit will empty, fullest first (see `alerts`)."""
    return next(group for group in grouped(find(kinds=[AlertKind.OVER_FULL]), limit) if group.kind == AlertKind.OVER_FULL)


def late_declarations(stores: QuerySet[Store], now: datetime, limit: int = LONGEST_LIST) -> Shortened:
    """Return the places whose last declaration is older than DECLARATION_LATE_DAYS, the longest silent first.

    A place that never declared counts from the day it joined; what was declared at a place that became part of another one counts there.
    """
    latest = counted_declarations().order_by("-declared_at").values("declared_at")
    own, merged = (Subquery(latest.filter(**{name: OuterRef("pk")})[:1]) for name in ("store", "store__merged_into"))
    heard = stores.annotate(last=Greatest(own, merged)).annotate(heard=Coalesce("last", "created_at"))
    late = heard.filter(heard__lt=now - timedelta(days=settings.DECLARATION_LATE_DAYS)).order_by("heard", "pk")
    rows = [Late(store.pk, store.name, days_between(store.heard, now), store.last is None) for store in late[:limit]]
    return Shortened(rows, len(rows) if len(rows) < limit else late.count())


def open_requests(stores: QuerySet[Store], now: datetime, limit: int = LONGEST_LIST) -> Shortened:
    """Return the open requests of `stores` (`Waiting`), the oldest first."""
    requests = PickupRequest.objects.open().filter(store__in=stores).select_related("store")
    planned = Min(Case(When(stops__state=StopState.TO_DO, then="stops__tour__date")))
    oldest = requests.annotate(planned_on=planned).order_by("requested_at", "pk")[:limit]
    rows = [Waiting(request, days_between(request.requested_at, now), request.planned_on) for request in oldest]
    return Shortened(rows, len(rows) if len(rows) < limit else requests.count())


def tours_of(week: Week, now: datetime) -> list[Tour]:
    """Return the tours of a week, and of the six days after `now`, that were not given up; by date, each with `stop_count`."""
    days = (week.monday, max(week.monday, timezone.localdate(now)) + timedelta(days=6))
    tours = Tour.objects.filter(date__range=days).exclude(state=TourState.CANCELLED)
    return list(tours.select_related("carrier").annotate(stop_count=Count("stops")).order_by("date", "pk")[: 2 * LONGEST_LIST])


def reporting_stores() -> QuerySet[Store]:
    """Places that coordinators look after: active, and collected by tours."""
    return Store.objects.active().collected()


def oldest_waiting() -> datetime | None:
    """Return since when the oldest message waits, or None when nothing does."""
    return Message.objects.filter(state=Message.WAITING).aggregate(oldest=Min("created_at"))["oldest"]
