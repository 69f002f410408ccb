"""What was done, where and on which day: trainings, animations, public events, materials and visits in one shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from awareness.effects.enums import MeasureKind
from awareness.enums import EventKind, EventState, TrainingState, VisitState
from awareness.models import Event, Placement, Training, Visit
from pickups.routes import great_circle_m
from stores.enums import STOCK_KEEPERS, Kind
from stores.models import Store


@dataclass(frozen=True)
class Measure:
    """Something that was done for a place.

    Arguments: kind, pk, what it is; place, the id of the collection point (of the one it went into, when it was merged; of the nearest
    one, when it was held elsewhere), None when there is none near; day; name, to tell it by, without its place; far_m, how far away it
    was held, in metres, 0 in the place itself; is_held, whether it has taken place.
    """

    kind: MeasureKind
    pk: int
    place: int | None
    day: date
    name: str
    far_m: int = 0
    is_held: bool = True

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from others."""
        return str(self.kind), self.pk

    @property
    def url(self) -> str:
        """The address of its own page in the admin."""
        return reverse(f"admin:{SOURCES[self.kind].model._meta.label_lower.replace('.', '_')}_change", args=[self.pk])


Where = Callable[[float, float], tuple[int, int] | None]
HERE = Coalesce("store__merged_into_id", "store_id")


@dataclass(frozen=True)
class Source:
    """Where measures of a kind are kept. Arguments: model; moment, its column (a day or a moment); rows, those of the kind; held, which
    of them have taken place; name, from the columns of `values`."""

    model: Any
    moment: str
    rows: Q
    held: Q
    name: Callable[[dict[str, Any]], str]
    values: tuple[str, ...] = ()

    @property
    def permission(self) -> str:
        """What whoever sees it must hold."""
        return f"awareness.view_{self.model._meta.model_name}"

    def query(self) -> QuerySet[Any]:
        """All of the kind, held or not."""
        return self.model.objects.filter(self.rows).order_by()


def _event(kind: EventKind) -> Source:
    values = ("title", "latitude", "longitude", "ends_at")
    held = Q(state__in=[EventState.PUBLISHED, EventState.DONE])
    return Source(Event, "starts_at", Q(kind=kind), held, lambda row: row["title"], values)


def _material(row: dict[str, Any]) -> str:
    return str(row["material__name_en" if (get_language() or "fr").startswith("en") else "material__name_fr"])


SOURCES: dict[MeasureKind, Source] = {
    MeasureKind.TRAINING: Source(Training, "starts_at", Q(), Q(state=TrainingState.DONE), lambda row: ""),
    MeasureKind.ANIMATION: _event(EventKind.ANIMATION),
    MeasureKind.EVENT: _event(EventKind.PUBLIC),
    MeasureKind.MATERIAL: Source(Placement, "placed_on", Q(), Q(), _material, ("material__name_fr", "material__name_en")),
    MeasureKind.VISIT: Source(Visit, "done_at", Q(), Q(state=VisitState.DONE), lambda row: ""),
}


def kind_of(row: Event | Placement | Training | Visit) -> MeasureKind:
    """Return the kind of a row."""
    if isinstance(row, Event):
        return MeasureKind.ANIMATION if row.kind == EventKind.ANIMATION else MeasureKind.EVENT
    return next(kind for kind, source in SOURCES.items() if isinstance(row, source.model))


def first_day() -> date | None:
    """Return the day of the first measure that took place, None when there is none; a query for each kind."""
    firsts = [source.query().filter(source.held).aggregate(first=Min(source.moment))["first"] for source in SOURCES.values()]
    return min((timezone.localtime(one).date() if isinstance(one, datetime) else one for one in firsts if one), default=None)


def measures_between(first: date, last: date, now: datetime | None = None) -> list[Measure]:
    """Return what took place from `first` to `last`, both included, by day; six queries at most, however much it is."""
    now, near = now or timezone.now(), _nearest()
    found: list[Measure] = []
    for kind, source in SOURCES.items():
        days = {f"{source.moment}__range": _ends(source, first, last)}
        found += [_measure(kind, source, row, near, now) for row in _values(source, source.query().filter(source.held, **days))]
    return sorted((one for one in found if one.is_held), key=lambda one: (one.day, one.key))


def one_measure(kind: MeasureKind, pk: int, now: datetime | None = None) -> Measure | None:
    """Return one of them, whether it has taken place or not (without a day yet, it is today's); None when there is no such one."""
    source = SOURCES[kind]
    row = next(iter(_values(source, source.query().filter(pk=pk))), None)
    if row is None:
        return None
    held = source.query().filter(source.held, pk=pk).exists()
    return _measure(kind, source, row, _nearest(), now or timezone.now(), is_held=held)


def _ends(source: Source, first: date, last: date) -> tuple[Any, Any]:
    """Return the ends of the time as the column wants them."""
    if source.moment == "placed_on":
        return first, last
    zone = timezone.get_default_timezone()
    start, end = (datetime.combine(day, datetime.min.time(), zone) for day in (first, last + timedelta(days=1)))
    return start, end - timedelta(microseconds=1)


def _values(source: Source, rows: QuerySet[Any]) -> Iterable[dict[str, Any]]:
    return rows.annotate(here=HERE).values("pk", "here", *source.values, moment=F(source.moment))


def _measure(kind: MeasureKind, source: Source, row: dict[str, Any], near: Where, now: datetime, *, is_held: bool = True) -> Measure:
    moment, place, far = row["moment"], row["here"], 0
    today = timezone.localtime(now).date()
    day = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment or today
    is_over = moment is not None and day <= today
    if "ends_at" in row:
        is_over = row["ends_at"] <= now
        if place is None and row["latitude"] is not None and (found := near(float(row["latitude"]), float(row["longitude"]))):
            place, far = found
    return Measure(kind, row["pk"], place, day, source.name(row), far, is_held and is_over)


def _nearest() -> Where:
    """Return what finds the nearest active place that takes bottles, and how far it is in metres; it asks the database at most once."""
    known: list[tuple[int, float, float]] = []

    def find(lat: float, lon: float) -> tuple[int, int] | None:
        if not known:
            places = Store.objects.active().collected().exclude(latitude=None).exclude(kind__in=[Kind.PRODUCER, *STOCK_KEEPERS])
            rows: Any = places.order_by("pk").values_list("pk", "latitude", "longitude")
            known.extend((pk, float(lat), float(lon)) for pk, lat, lon in rows)
        reach = settings.EFFECT_EVENT_KM * 1000
        some = [(pk, y, x) for pk, y, x in known if abs(y - lat) * 111_000 <= reach]
        found = min(((round(great_circle_m((lat, lon), (y, x))), pk) for pk, y, x in some), default=None)
        return (found[1], found[0]) if found and found[0] <= reach else None

    return find
