"""Recurring tours: on which days a series drives, which days fall out and why, what its drafts should be. Nothing here writes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from django.db.models import Prefetch, Q
from django.utils import formats
from django.utils.translation import gettext as _

from pickups.enums import LIVE_TOUR_STATES, StopState, TourState, Weekday
from pickups.models import RecurringStop, RecurringTour, Stop, Tour
from stores.days import closure_on, open_windows, public_holiday, with_closures
from stores.enums import Status
from stores.models import Closure, Store

LONGEST_LOOK = timedelta(days=3 * 366)  # a series without end is looked at so far, no further


@dataclass(frozen=True)
class LeftOut:
    """A place of a series that has no stop on some day, and why."""

    store: Store
    why: str

    def __str__(self) -> str:
        return f"{self.store} ({self.why})"


@dataclass
class Day:
    """One day of a series.

    Arguments:
        day: the day.
        skipped: why no tour is made; "" when one is.
        stops: the places to visit, in order.
        left_out: the places that are not visited that day.
        warnings: what a coordinator should know.
        tour: the tour that exists for that day, whatever its state.
        is_due: whether its draft is made by now.
    """

    day: date
    skipped: str = ""
    stops: list[RecurringStop] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    tour: Tour | None = None
    is_due: bool = False

    @property
    def is_changed_by_hand(self) -> bool:
        """Whether somebody has changed the draft of this day since the series left it."""
        return self.tour is not None and self.tour.state == TourState.DRAFT and self.tour.recurring_print != print_of(self.tour)


def days_of(series: RecurringTour, first: date, last: date | None = None) -> Iterator[date]:
    """Yield the days of a series from `first` to `last` (both included), skipped ones too.

    The first one is the first such weekday from `starts_on` on, the others follow every so many weeks; without `last` and `ends_on`,
    three years ahead.
    """
    step = timedelta(weeks=series.every_weeks)
    day = series.starts_on + timedelta(days=(series.weekday - series.starts_on.weekday()) % 7)
    last = min(last or max(first, day) + LONGEST_LOOK, series.ends_on or date.max)
    if day < first:
        day += step * -((day - first) // step)
    while day <= last:
        yield day
        day += step


def made_until(series: RecurringTour, today: date) -> date:
    """Return the last day whose draft is made by `today`."""
    return today + timedelta(weeks=series.weeks_ahead)


def look_ahead(series: RecurringTour, first: date, *, last: date | None = None, number: int | None = None, today: date) -> list[Day]:
    """Return the days of a series from `first` on, at most `number` of them, each with what happens on it.

    A constant number of queries, whatever the number of days and of places.
    """
    days = list(islice(days_of(series, first, last), number))
    if not days:
        return []
    made = Tour.objects.filter(recurring=series, recurring_day__in=days).prefetch_related("stops__lines", "stops__pallets")
    tours = {tour.recurring_day: tour for tour in made}
    skips = {skip.day: skip.reason for skip in series.skips.all()}
    places = list(series.stops.select_related("store").prefetch_related(_closures(days)).order_by("position", "pk"))
    hub = Store.objects.prefetch_related(with_closures(days[0], days[-1])).get(pk=series.hub_id)
    until = made_until(series, today)
    found = []
    for day in days:
        one = Day(day, _why_skipped(day, skips, hub), tour=tours.get(day), is_due=series.is_active and today < day <= until)
        if not one.skipped:
            _visit(one, places)
            one.warnings = _warnings(series, hub, day)
        found.append(one)
    return found


def _closures(days: list[date]) -> Prefetch:
    """Return the prefetch of the closures of a series' places between its first and its last day."""
    prefetch = with_closures(days[0], days[-1])
    prefetch.add_prefix("store")
    return prefetch


def _why_skipped(day: date, skips: dict[date, str], hub: Store) -> str:
    """Return why the series does not drive on `day`; "" when it does."""
    if day in skips:
        return _("skipped: %s") % skips[day] if skips[day] else _("skipped by hand")
    holiday = public_holiday(day)
    if holiday:
        return _("public holiday: %s") % holiday
    closure = closure_on(hub, day)
    return _("%(hub)s is closed%(why)s") % {"hub": hub.name, "why": _why(closure)} if closure else ""


def _why(closure: Closure) -> str:
    """Return the reason of a closure as the end of a sentence."""
    return f" ({closure.reason})" if closure.reason else ""


def _visit(one: Day, places: list[RecurringStop]) -> None:
    """Say which places are visited on a day, and which are not and why."""
    for place in places:
        why = _why_left_out(place.store, one.day)
        if why:
            one.left_out.append(LeftOut(place.store, why))
        else:
            one.stops.append(place)


def _why_left_out(store: Store, day: date) -> str:
    """Return why no truck goes to `store` on `day`; "" when one does."""
    closure = closure_on(store, day)
    if closure is not None:
        until = formats.date_format(closure.last_day, "SHORT_DATE_FORMAT")
        return _("closed until %(day)s%(why)s") % {"day": until, "why": f", {closure.reason}" if closure.reason else ""}
    if store.status in (Status.ARCHIVED, Status.PAUSED):
        return store.get_status_display()
    return _("collected through another place") if store.collected_through_id else ""


def _warnings(series: RecurringTour, hub: Store, day: date) -> list[str]:
    """Return what speaks against a day that is driven nevertheless."""
    warnings = []
    if series.weekday not in series.carrier.weekdays:
        names = {"carrier": series.carrier, "day": Weekday(series.weekday).label}
        warnings.append(_("%(carrier)s does not drive on this day of the week (%(day)s).") % names)
    if not series.carrier.is_active:
        warnings.append(_("%s is no longer an active carrier.") % series.carrier)
    if series.vehicle and not series.vehicle.is_active:
        warnings.append(_("%s is no longer in use.") % series.vehicle)
    if open_windows(hub, day) == []:
        warnings.append(_("%s is closed on that day by its opening hours.") % hub.name)
    return warnings


def print_of(tour: Tour) -> str:
    """Return a digest of what a coordinator can change in a draft: its fields, its stops in order, their planned quantities.

    A series compares it with the one it left behind (`Tour.recurring_print`): any difference means that somebody has touched the draft.
    `tour` is as it was just read: three queries, or none when its stops were prefetched with their lines and pallets.
    """
    if "stops" in getattr(tour, "_prefetched_objects_cache", {}):
        stops = sorted(tour.stops.all(), key=lambda stop: (stop.position, stop.pk))
    else:
        stops = list(Stop.objects.filter(tour_id=tour.pk).prefetch_related("lines", "pallets").order_by("position", "pk"))
    kept = (tour.date, tour.departs_at, tour.hub_id, tour.carrier_id, tour.vehicle_id, tour.zone_id, tour.price_eur, tour.note)
    text = "\n".join([repr(tuple(map(str, kept))), *(repr(_parts_of(stop)) for stop in stops)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _parts_of(stop: Stop) -> tuple[object, ...]:
    """Return what is planned at a stop, in an order of its own."""
    lines = sorted(
        (line.container_type_id, line.planned_full, line.planned_empty, line.planned_taken_empty, line.planned_left_full)
        for line in stop.lines.all()
    )
    pallets = sorted((row.direction, row.pallet_type, row.container_type_id or 0, row.planned) for row in stop.pallets.all())
    return (stop.store_id, str(stop.window_start), str(stop.window_end), stop.note, lines, pallets)


def upset_tours(closures: Sequence[Closure]) -> dict[int, list[str]]:
    """Return, by closure id, a sentence for each live tour that goes to a place while it is closed. Two queries.

    Untouched drafts of series are not told: they follow the closure by themselves.
    """
    first, last = min(closure.first_day for closure in closures), max(closure.last_day for closure in closures)
    stores = {closure.store_id for closure in closures}
    live = Tour.objects.filter(state__in=LIVE_TOUR_STATES, date__range=(first, last)).order_by("date", "pk").distinct()
    tours = live.filter(Q(hub__in=stores) | Q(stops__store__in=stores, stops__state=StopState.TO_DO)).prefetch_related(
        "stops__lines", "stops__pallets"
    )
    found: dict[int, list[str]] = {}
    for tour in tours:
        if tour.recurring_id and tour.state == TourState.DRAFT and tour.recurring_print == print_of(tour):
            continue
        visited = {tour.hub_id, *(stop.store_id for stop in tour.stops.all() if stop.state == StopState.TO_DO)}
        for closure in closures:
            if closure.store_id in visited and closure.first_day <= tour.date <= closure.last_day:
                names = {"tour": tour.reference, "store": closure.store, "day": formats.date_format(tour.date)}
                found.setdefault(closure.pk, []).append(_("%(tour)s goes to %(store)s on %(day)s, while it is closed.") % names)
    return found
