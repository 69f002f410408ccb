"""What a carrier's office looks at: tours to accept, coming, to complete, and the past ones with their sums. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.queries import catalogue
from lincassable.accounts.models import User
from pickups import queries
from pickups.enums import StopState, TourState
from pickups.models import StopLine, Tour, Vehicle
from pickups.queries_slips import without_slip
from pickups.reliability import Period


def tours_of(user: User) -> QuerySet[Tour]:
    """Return the tours of the user's carriers that were sent: never a draft, never another carrier's."""
    found = Tour.objects.filter(carrier__users=user).exclude(state=TourState.DRAFT)
    return found.select_related("carrier", "hub", "vehicle")


@dataclass(frozen=True)
class Sums:
    """What a tour moves: full ones taken and empty ones left, bottles and kilograms brought back; planned, and real (None before)."""

    full: int = 0
    empty: int = 0
    kg: int = 0
    bottles: int = 0
    real_full: int | None = None
    real_empty: int | None = None
    real_kg: int | None = None
    real_bottles: int | None = None


def sums_of(tour_ids: Collection[int]) -> dict[int, Sums]:
    """Return the sums of each tour, by id; tours without any line are absent. Two queries."""
    kinds = {kind.pk: kind for kind in catalogue().values()}
    recorded = ~Q(stop__state=StopState.TO_DO)

    def total(name: str) -> Any:
        return Coalesce(Sum(Case(When(recorded, then=F(name)))), Value(0))

    rows = (
        StopLine.objects.filter(stop__tour__in=tour_ids)
        .order_by()
        .values("stop__tour_id", "container_type_id")
        .annotate(
            planned_f=Sum("planned_full"),
            planned_e=Sum("planned_empty"),
            real_f=total("loaded_full"),
            real_e=total("left_empty"),
            recorded=Count("pk", filter=recorded),
        )
    )
    added: dict[int, list[int]] = {}
    for row in rows:
        kind = kinds[row["container_type_id"]]
        sums = added.setdefault(row["stop__tour_id"], [0] * 9)
        for place, (full, empty) in ((0, (row["planned_f"], row["planned_e"])), (4, (row["real_f"], row["real_e"]))):
            for index, value in enumerate((full, empty, full * kind.full_weight_g, full * kind.bottles)):
                sums[place + index] += value
        sums[8] += row["recorded"]
    return {pk: _sums(numbers) for pk, numbers in added.items()}


def _sums(numbers: list[int]) -> Sums:
    full, empty, grams, bottles, real_full, real_empty, real_grams, real_bottles, recorded = numbers
    planned = (full, empty, round(grams / 1000), bottles)
    return Sums(*planned, real_full, real_empty, round(real_grams / 1000), real_bottles) if recorded else Sums(*planned)


@dataclass
class Desk:
    """The tours that a carrier has something to do with, each list in the order of its days."""

    to_accept: list[Any] = field(default_factory=list)
    coming: list[Any] = field(default_factory=list)
    to_complete: list[Any] = field(default_factory=list)


def desk_of(user: User) -> Desk:
    """Return what waits for a carrier's user; each tour with `stop_count`, `open_stop_count`, `sums`, and what is `missing` in words.

    A constant number of queries. Of tours that are done, those whose slip is missing, for SLIP_NAGGING_DAYS days.
    """
    today, desk = timezone.localdate(), Desk()
    asked = Q(state__in=[TourState.AWAITING, TourState.ACCEPTED, TourState.UNDER_WAY])
    since = today - timedelta(days=settings.SLIP_NAGGING_DAYS)
    unsigned = set(without_slip(tours_of(user).filter(state=TourState.DONE, date__gte=since)).values_list("pk", flat=True))
    tours: list[Any] = list(queries.progress(tours_of(user).filter(asked | Q(pk__in=unsigned))).order_by("date", "pk"))
    sums = sums_of([tour.pk for tour in tours])
    for tour in tours:
        tour.sums, tour.missing = sums.get(tour.pk, Sums()), list(_missing(tour, tour.pk in unsigned))
        if tour.state == TourState.AWAITING:
            desk.to_accept.append(tour)
        elif tour.state == TourState.DONE or tour.date < today:
            desk.to_complete.append(tour)
        else:
            desk.coming.append(tour)
    return desk


def _missing(tour: Any, unsigned: bool) -> Iterator[str]:
    """Yield what keeps a tour whose day is over from being complete."""
    if tour.open_stop_count:
        count = tour.open_stop_count
        yield ngettext("%(count)d stop is not recorded", "%(count)d stops are not recorded", count) % {"count": count}
    elif tour.state in (TourState.ACCEPTED, TourState.UNDER_WAY):
        yield _("the tour is not ended")
    if unsigned:
        yield _("the signed slip is missing")


def vehicles_of(carrier_ids: Collection[int]) -> dict[int, list[Vehicle]]:
    """Return the vehicles in use of each carrier, by its id. One query."""
    found: dict[int, list[Vehicle]] = {}
    for vehicle in Vehicle.objects.filter(carrier__in=carrier_ids, is_active=True).order_by("carrier", "name"):
        found.setdefault(vehicle.carrier_id, []).append(vehicle)
    return found


def history(user: User, period: Period, state: str = "") -> QuerySet[Tour]:
    """Return the tours of a carrier's user in a period, the latest first, each with its stops counted by state and its slips."""
    found = tours_of(user).filter(date__gte=period.since, date__lte=period.until)
    if state:
        found = found.filter(state=state)
    counts = {
        f"{name}_count": Count("stops", filter=Q(stops__state=value), distinct=True)
        for name, value in (("done", StopState.DONE), ("partial", StopState.PARTIAL), ("missed", StopState.MISSED))
    }
    slips = {"stop_count": Count("stops", distinct=True), "slip_count": Count("slip_uploads", distinct=True)}
    return found.annotate(**slips, **counts).order_by("-date", "-pk")


HISTORY_CHUNK = 500


def with_sums(tours: Collection[Any]) -> list[Any]:
    """Return the tours with their `sums`."""
    found = sums_of([tour.pk for tour in tours])
    for tour in tours:
        tour.sums = found.get(tour.pk, Sums())
    return list(tours)


def history_table(tours: QuerySet[Tour]) -> tuple[list[str], Iterator[list[Any]]]:
    """Return the headers and the rows of the history as a file."""
    headers = [_("tour"), _("date"), _("state"), _("carrier"), _("vehicle"), _("hub"), _("stops"), _("done"), _("partly done"), _("missed")]
    headers += [
        _("full planned"),
        _("full taken"),
        _("empty planned"),
        _("empty left"),
        _("bottles"),
        _("kg brought back"),
        _("slips sent"),
    ]
    return headers, _history_rows(list(tours))


def _history_rows(tours: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(tours), HISTORY_CHUNK):
        for tour in with_sums(tours[start : start + HISTORY_CHUNK]):
            sums = tour.sums
            yield [
                tour.reference,
                tour.date,
                tour.get_state_display(),
                tour.carrier.name,
                tour.vehicle.name if tour.vehicle else "",
                tour.hub.name,
                *(tour.stop_count, tour.done_count, tour.partial_count, tour.missed_count),
                *(sums.full, sums.real_full, sums.empty, sums.real_empty, sums.real_bottles, sums.real_kg),
                tour.slip_count,
            ]
