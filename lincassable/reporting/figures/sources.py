"""Which rows count: one queryset per source, with the same columns everywhere. Sums and lists are both made of it.

Columns: `row`, the key of what the admin opens; `at` (a moment) or `day`; `place`, if the rows have one; zone, carrier and producer as
far as the rows themselves know them (the rest is joined in `sums`); `what`, in words; and the measures. What happened at a merged place
counts for the one that stayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, CharField, F, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Case, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from awareness.enums import EventState
from awareness.models import Event, Training
from crates.enums import BottleAct
from crates.models import DepositCount
from crates.queries_bottles import standing
from crates.queries_collected import BOTTLES, taken
from lincassable.reporting.figures.enums import Clock, Dimension
from nonconformities.models import NonConformity
from pickups.enums import LIVE_TOUR_STATES, StopState, TourState
from pickups.models import StopLine, Tour
from stores.merging import PLACE

ALL = tuple(Dimension)
PLACES = (Dimension.ZONE, Dimension.PRODUCER, Dimension.STORE)
ZERO, ONE = Value(0), Value(1)


@dataclass(frozen=True)
class Source:
    """Rows that count.

    Arguments:
        facts: the queryset, its columns named as above. measures: what is added up. clock: how its time is told.
        knows: by what its rows can be told apart. own: which of these the rows bring themselves, and in which column.
        title: what the rows are. permission: who may see them. admin: the page of one row, its `id` filled in.
        by_stop: the carrier is that of the stop in the column `stop`.
    """

    code: str
    title: Promise
    facts: Callable[[], QuerySet[Any]]
    measures: Sequence[str]
    permission: str
    admin: str
    clock: Clock = Clock.MOMENT
    knows: Sequence[Dimension] = ALL
    own: Mapping[str, str] = field(default_factory=dict)
    by_stop: bool = False


def _named(prefix: str = "") -> F:
    """Return the column of a catalogue's name in the current language."""
    return F(f"{prefix}_{'en' if (get_language() or 'fr').startswith('en') else 'fr'}")


def _times(number: Any, what: Any) -> Concat:
    """Return “12 × 75 cl crate”."""
    return Concat(Cast(number, CharField()), Value(" × "), what, output_field=CharField())


def _collected() -> QuerySet[Any]:
    stop = Case(When(movement__origin_kind="stop", then=F("movement__origin_id")))
    what = _times(-F("quantity"), _named("container_type__short"))
    columns = {"row": F("movement_id"), "at": F("occurred_at"), "place": PLACE, "stop": stop, "what": what}
    return (
        taken()
        .order_by()
        .values(**columns, bottles=BOTTLES, glass_g=Cast(BOTTLES, BigIntegerField()) * F("container_type__bottle_weight_g"))
    )


def _planned() -> QuerySet[Any]:
    lines = StopLine.objects.filter(stop__state=StopState.TO_DO, stop__tour__state__in=LIVE_TOUR_STATES, planned_full__gt=0)
    place = Coalesce("stop__store__merged_into_id", "stop__store_id")
    what = _times(F("planned_full"), _named("container_type__short"))
    columns = {
        "row": F("stop__tour_id"),
        "day": F("stop__tour__date"),
        "place": place,
        "carrier": F("stop__tour__carrier_id"),
        "what": what,
    }
    return lines.order_by().values(**columns, planned=F("planned_full") * F("container_type__bottles"))


def _deposits() -> QuerySet[Any]:
    what = Concat(Cast("amount__amount_eur", CharField()), Value(" €"), output_field=CharField())
    counts = DepositCount.objects.filter(is_current=True).order_by()
    return counts.values(row=F("pk"), day=F("month"), place=PLACE, what=what, charged_n=F("charged"), refunded_n=F("refunded"))


def _problems() -> QuerySet[Any]:
    columns = {"row": F("pk"), "at": F("occurred_at"), "place": PLACE, "what": _named("kind__name")}
    hauler = Coalesce("stop__tour__carrier_id", "carrier_id")  # who came by, else who has to handle it
    return NonConformity.objects.standing().order_by().values(**columns, maker=F("producer_id"), hauler=hauler, reports=ONE)


def _tours() -> QuerySet[Any]:
    tours = Tour.objects.filter(state__in=[TourState.DONE, TourState.CLOSED]).order_by()
    what = Concat(Value("T-"), Cast("pk", CharField()), output_field=CharField())
    known = Case(When(closing__isnull=False, then=ONE), default=ZERO, output_field=IntegerField())
    silent = Case(When(closing__isnull=False, closing__co2_high_g=0, then=ONE), default=ZERO, output_field=IntegerField())
    figures = {name: Coalesce(f"closing__{name}", ZERO) for name in ("distance_m", "co2_low_g", "co2_g", "co2_high_g")}
    columns = {"row": F("pk"), "day": F("date"), "area": F("zone_id"), "hauler": F("carrier_id"), "what": what}
    return tours.values(**columns, tours=ONE, known=known, silent=silent, **{f"sum_{name}": figure for name, figure in figures.items()})


def _trainings() -> QuerySet[Any]:
    held = Training.objects.done().order_by()
    columns = {"row": F("pk"), "at": F("starts_at"), "place": PLACE, "what": F("support")}
    return held.values(**columns, trainings=ONE, trained=Coalesce("people", ZERO))


def _events() -> QuerySet[Any]:
    held = Event.objects.filter(state=EventState.DONE).order_by()
    told = Case(When(report__isnull=False, then=ONE), default=ZERO, output_field=IntegerField())
    columns = {"row": F("pk"), "at": F("starts_at"), "place": PLACE, "what": F("title")}
    return held.values(**columns, events=ONE, told=told, met=Coalesce("report__people_met", ZERO))


def _delivered() -> QuerySet[Any]:
    rows = standing().filter(Q(kind=BottleAct.DELIVERED)).order_by()
    place = Coalesce("to_store__merged_into_id", "to_store_id")
    columns = {"row": F("pk"), "at": F("occurred_at"), "place": place, "what": _named("bottle_model__name")}
    return rows.values(**columns, delivered=F("quantity"))


SOURCES: dict[str, Source] = {
    source.code: source
    for source in (
        Source(
            "collected", _("full containers taken by tours"), _collected, ("bottles", "glass_g"), "crates.view_movement",
            "admin:crates_movement_change", by_stop=True,
        ),
        Source(
            "planned", _("full containers to take on tours to come"), _planned, ("planned",), "pickups.view_tour",
            "admin:pickups_tour_change", Clock.PLAN, own={"carrier": "carrier"},
        ),
        Source(
            "deposits", _("deposit counts in force"), _deposits, ("charged_n", "refunded_n"), "crates.view_depositcount",
            "admin:crates_depositcount_change", Clock.MONTH, PLACES,
        ),
        Source(
            "problems", _("non-conformities that were not set aside"), _problems, ("reports",), "nonconformities.view_nonconformity",
            "admin:nonconformities_nonconformity_change", own={"carrier": "hauler", "producer": "maker"},
        ),
        Source(
            "tours", _("tours driven"), _tours,
            ("tours", "known", "silent", "sum_distance_m", "sum_co2_low_g", "sum_co2_g", "sum_co2_high_g"), "pickups.view_tour",
            "admin:pickups_tour_change", Clock.DAY, (Dimension.ZONE, Dimension.CARRIER), own={"zone": "area", "carrier": "hauler"},
        ),
        Source(
            "trainings", _("trainings held"), _trainings, ("trainings", "trained"), "awareness.view_training",
            "admin:awareness_training_change", knows=PLACES,
        ),
        Source(
            "events", _("animations and events held"), _events, ("events", "told", "met"), "awareness.view_event",
            "admin:awareness_event_change", knows=PLACES,
        ),
        Source(
            "delivered", _("bottles delivered to producers"), _delivered, ("delivered",), "crates.view_bottlemovement",
            "admin:crates_bottlemovement_change", knows=PLACES,
        ),
    )
}  # fmt: skip
