"""Questions about visits: a coordinator's days, what is near, in which order, how a place's score went. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone

from awareness.enums import VisitState
from awareness.models import Visit, VisitAnswer
from awareness.training_queries import TRAINED_KINDS
from awareness.visit_urgency import Worth, worth_making
from lincassable.accounts.models import User
from pickups.routes import great_circle_m, position_of
from stores.days import closure_on, is_working_day, open_windows, with_closures
from stores.merging import history_ids
from stores.models import Store

AHEAD_DAYS = 10  # how far ahead a day is looked for


@dataclass(frozen=True)
class Near:
    """A place near another one, and how urgent a visit is; distance in metres as the crow flies, None without a position."""

    worth: Worth
    distance_m: int | None

    @property
    def km(self) -> float | None:
        """The distance in kilometres."""
        return None if self.distance_m is None else round(self.distance_m / 1000, 1)


def near(anchor: Store, *, limit: int = 15) -> list[Near]:
    """Return `anchor`, then the places at most VISIT_NEAR_KM away that are worth a visit, the most urgent first.

    Great-circle distances, as everywhere. Places with a planned visit, or visited lately, are left out, but `anchor` itself never is.
    """
    here = position_of(anchor)
    reach = settings.VISIT_NEAR_KM * 1000
    around: list[int] = []
    if here is not None:
        places = (
            Store.objects.active().filter(kind__in=TRAINED_KINDS, latitude__isnull=False, longitude__isnull=False).exclude(pk=anchor.pk)
        )
        rows: Any = places.order_by().values_list("pk", "latitude", "longitude")
        distances = {pk: great_circle_m(here, (float(lat), float(lon))) for pk, lat, lon in rows}
        around = [pk for pk, metres in distances.items() if metres <= reach]
    own = next(iter(worth_making(1, among=[anchor.pk], any_time=True)), Worth(anchor))
    found = [Near(own, 0 if here else None)]
    for worth in worth_making(limit, among=around) if around else []:
        found.append(Near(worth, round(distances[worth.store.pk])))
    return found


def shortest(places: Sequence[Store], start: tuple[float, float] | None = None) -> list[Store]:
    """Return `places` in a short order: the nearest one next, then pairs of legs exchanged while that shortens the way (2-opt).

    Arguments: start, (latitude, longitude) in degrees from which the way begins; None: at the first place. As the crow flies; places
    without a position come last, in their order. Good for a day's visits (some dozens of places), not for hundreds.
    """
    known = [(place, point) for place in places if (point := position_of(place)) is not None]
    missing = [place for place in places if position_of(place) is None]
    if not known:
        return missing
    way: list[tuple[Store, tuple[float, float]]] = []
    here = start or known[0][1]
    while known:
        number = min(range(len(known)), key=lambda each: great_circle_m(here, known[each][1]))
        way.append(known.pop(number))
        here = way[-1][1]
    points = [point for _place, point in way]
    order = _exchanged(points, start)
    return [way[number][0] for number in order] + missing


def _exchanged(points: list[tuple[float, float]], start: tuple[float, float] | None) -> list[int]:
    """Return the order of `points` in which no reversed stretch would shorten the way; the first stays when there is no start."""

    def length(order: list[int]) -> float:
        way = ([start] if start else []) + [points[number] for number in order]
        return sum(great_circle_m(one, other) for one, other in pairwise(way))

    best = list(range(len(points)))
    first, improved = (0 if start else 1), True
    while improved:
        improved = False
        for left in range(first, len(best) - 1):
            for right in range(left + 1, len(best)):
                tried = best[:left] + best[left : right + 1][::-1] + best[right + 1 :]
                if length(tried) < length(best) - 0.5:  # half a metre: equal ways are not exchanged for ever
                    best, improved = tried, True
    return best


def day_of(visitor: User | None, day: date) -> list[Visit]:
    """Return a visitor's planned visits of a day, in their order, with their places. One query."""
    return list(Visit.objects.planned().filter(visitor=visitor, planned_on=day).select_related("store"))


def agenda(visitor: User) -> list[Visit]:
    """Return what a visitor still has to do, late ones first, by day and order. One query."""
    return list(Visit.objects.planned().filter(visitor=visitor).select_related("store"))


def good_day(store: Store, visitor: User | None, today: date | None = None) -> date:
    """Return a day for a visit of `store`: one of the next working days on which the visitor is near it already, else the first one.

    Days on which the place announces a closure, or is not open by its opening hours, are passed over. Two queries.
    """
    today = today or timezone.localdate()
    last = today + timedelta(days=AHEAD_DAYS)
    place = Store.objects.prefetch_related(with_closures(today, last)).get(pk=store.pk)
    days = [today + timedelta(days=number) for number in range(1, AHEAD_DAYS + 1)]
    good = [day for day in days if is_working_day(day) and closure_on(place, day) is None and open_windows(place, day) != []]
    if not good:
        return next((day for day in days if is_working_day(day)), days[0])
    here = position_of(store)
    if here is not None and visitor is not None:
        planned = Visit.objects.planned().filter(visitor=visitor, planned_on__in=good).select_related("store")
        close = {visit.planned_on for visit in planned if _is_near(here, visit.store)}
        good = [day for day in good if day in close] or good
    return good[0]


def _is_near(here: tuple[float, float], place: Store) -> bool:
    there = position_of(place)
    return there is not None and great_circle_m(here, there) <= settings.VISIT_NEAR_KM * 1000


def history_of(store: Store, limit: int = 12) -> list[Visit]:
    """Return the last visits of a place that were made, the oldest first, with their visitors; merged places' visits are its own."""
    made = Visit.objects.filter(store__in=history_ids(store), state=VisitState.DONE)
    return list(made.select_related("visitor").order_by("-done_at", "-pk")[:limit])[::-1]


def with_report(visit_id: int) -> Visit:
    """Return a visit with what its pages show: place, visitor, answers, photos, tasks."""
    answers = Prefetch("answers", VisitAnswer.objects.select_related("criterion").order_by("criterion__position", "criterion"))
    return Visit.objects.select_related("store", "visitor").prefetch_related(answers, "photos", "tasks").get(pk=visit_id)


def last_scores(store_ids: Collection[int]) -> dict[int, int]:
    """Return the score of each place's last visit that has one, by store id; one query."""
    rows: Any = Visit.objects.filter(store__in=store_ids, state=VisitState.DONE, score__isnull=False)
    return dict(rows.order_by("store", "-done_at", "-pk").distinct("store").values_list("store", "score"))
