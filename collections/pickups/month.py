"""A month of tours, day by day: what is planned, what recurring tours will bring, holidays and closures. Nothing here writes."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pickups import queries
from pickups.enums import TourState
from pickups.load import Load, along, heaviest
from pickups.models import RecurringTour, Stop, Tour
from pickups.series import days_of
from stores.days import closure_on, public_holiday, with_closures
from stores.models import Closure

FIRST_YEAR, LAST_YEAR = 2000, 2100
# Tours that will not drive are shown, but weigh nothing in a day's sum.
NOT_DRIVEN = (TourState.CANCELLED, TourState.DECLINED)


@dataclass(frozen=True)
class Chosen:
    """What the page is narrowed to: ids, None for all."""

    zone: int | None = None
    carrier: int | None = None
    hub: int | None = None

    @property
    def condition(self) -> Q:
        """The condition on tours, and on series, which have the same three columns."""
        return Q(**{name: value for name, value in vars(self).items() if value is not None})


@dataclass
class Entry:
    """A tour on its day.

    Arguments:
        tour: with its carrier, zone, hub and vehicle.
        stops: how many.
        load: the most of each measure on board at any point, planned or, where recorded, actual.
        percent: of the vehicle's payload; None without a vehicle.
    """

    tour: Tour
    stops: int
    load: Load
    percent: int | None

    @property
    def is_over(self) -> bool:
        """Whether it is more than the vehicle bears."""
        return self.percent is not None and self.percent > 100


@dataclass(frozen=True)
class Coming:
    """A day of a recurring tour without a draft yet; `skipped` says why there will be none, "" when one will be made."""

    series: RecurringTour
    skipped: str = ""


@dataclass
class Day:
    """One cell.

    Arguments:
        day: the day; is_inside: whether it belongs to the month; is_today, is_past: as they say.
        holiday: its name, None on other days.
        closures: of places, the hubs first.
    """

    day: date
    is_inside: bool
    is_today: bool
    is_past: bool
    holiday: str | None
    tours: list[Entry] = field(default_factory=list)
    coming: list[Coming] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.tours or self.coming or self.closures or self.holiday)

    @property
    def is_weekend(self) -> bool:
        """Saturday or Sunday."""
        return self.day.weekday() >= 5


@dataclass
class Month:
    """A month in whole weeks from Monday to Sunday, with the figures of its own days."""

    first: date
    weeks: list[list[Day]]
    tours: int
    stops: int

    @property
    def previous(self) -> date | None:
        """The first day of the month before; None at the end of the calendar."""
        return (self.first - timedelta(days=1)).replace(day=1) if self.first > date(FIRST_YEAR, 1, 1) else None

    @property
    def following(self) -> date | None:
        """The first day of the month after; None at the end of the calendar."""
        return (self.first + timedelta(days=31)).replace(day=1) if self.first < date(LAST_YEAR, 12, 1) else None


def read_month(text: str | None) -> date:
    """Return the first day of the month written like 2026-11; this month for anything else."""
    try:
        year, month = (int(part) for part in (text or "").split("-"))
        found = date(year, month, 1)
    except (ValueError, OverflowError):
        return timezone.localdate().replace(day=1)
    return found if FIRST_YEAR <= year <= LAST_YEAR else timezone.localdate().replace(day=1)


def month_of(first: date, chosen: Chosen, tours: QuerySet[Tour]) -> Month:
    """Return the month that begins on `first`, filled.

    Arguments: chosen, what it is narrowed to; tours, those that whoever asks may see.
    A constant number of queries, whatever the number of tours, series and closures.
    """
    today = timezone.localdate()
    weeks = [
        [Day(day, day.month == first.month, day == today, day < today, public_holiday(day)) for day in week]
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    days = {one.day: one for week in weeks for one in week}
    start, end = min(days), max(days)
    for entry in _entries(tours.filter(chosen.condition, date__range=(start, end))):
        days[entry.tour.date].tours.append(entry)
    for day, coming in _coming(chosen, max(start, today + timedelta(days=1)), end):
        days[day].coming.append(coming)
    for day, closure in _closures(chosen, start, end):
        days[day].closures.append(closure)
    counted = [entry for one in days.values() if one.is_inside for entry in one.tours if entry.tour.state not in NOT_DRIVEN]
    return Month(first, weeks, len(counted), sum(entry.stops for entry in counted))


def _entries(tours: QuerySet[Tour]) -> Iterable[Entry]:
    """Yield the tours in the order of their days, with their stops and loads."""
    stops = Prefetch("stops", queries.with_lines(Stop.objects.prefetch_related("pallets")), to_attr="all_stops")
    for tour in tours.select_related("carrier", "zone", "hub", "vehicle").prefetch_related(stops).order_by("date", "departs_at", "pk"):
        made: list[Stop] = tour.all_stops  # type: ignore[attr-defined]
        load = heaviest(along(made, actual=True))
        payload = tour.vehicle.payload_kg if tour.vehicle else 0
        yield Entry(tour, len(made), load, round(100 * load.kg / payload) if payload else None)


def _coming(chosen: Chosen, start: date, end: date) -> Iterable[tuple[date, Coming]]:
    """Yield the days of active series between two days that have no tour yet."""
    if start > end:
        return
    active = RecurringTour.objects.filter(chosen.condition, is_active=True, starts_on__lte=end).exclude(ends_on__lt=start)
    hub_closures = with_closures(start, end)
    hub_closures.add_prefix("hub")
    series = list(active.select_related("hub", "carrier", "zone").prefetch_related("skips", hub_closures).order_by("name"))
    made = set(Tour.objects.filter(recurring__in=series, recurring_day__range=(start, end)).values_list("recurring", "recurring_day"))
    for one in series:
        skips = {skip.day: skip.reason for skip in one.skips.all()}
        for day in days_of(one, start, end):
            if (one.pk, day) not in made:
                yield day, Coming(one, _why_not(one, day, skips))


def _why_not(series: RecurringTour, day: date, skips: dict[date, str]) -> str:
    """Return why a series does not drive on `day`, "" when it does."""
    if day in skips:
        return skips[day] or _("skipped by hand")
    closure = closure_on(series.hub, day)
    if closure is not None:
        return _("%(hub)s is closed%(why)s") % {"hub": series.hub.name, "why": f" ({closure.reason})" if closure.reason else ""}
    return public_holiday(day) or ""


def _closures(chosen: Chosen, start: date, end: date) -> Iterable[tuple[date, Closure]]:
    """Yield the closures of places that take part, day by day, hubs first."""
    found = Closure.objects.filter(first_day__lte=end, last_day__gte=start).exclude(store__status="archived").select_related("store")
    if chosen.zone is not None:
        found = found.filter(store__zone=chosen.zone)
    by_day: dict[date, list[Closure]] = defaultdict(list)
    for closure in found.order_by("store__name", "pk"):
        day = max(start, closure.first_day)
        while day <= min(end, closure.last_day):
            by_day[day].append(closure)
            day += timedelta(days=1)
    for day, closures in by_day.items():
        yield from ((day, closure) for closure in sorted(closures, key=lambda closure: not closure.store.keeps_stock))
