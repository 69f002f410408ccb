"""Where a pickup stands, told like a parcel: received, planned on Tuesday 9-11, collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pickups.enums import ANNOUNCED_TOUR_STATES, RequestState, StopState, TourState
from pickups.models import PickupRequest, Stop, StopLine
from stores.models import Store

NEWS_FOR = timedelta(days=7)  # a visit, or an answer, stays on the store's page for a week


class Step(TypedDict, total=False):
    """One line of templates/components/timeline.html."""

    state: str
    label: str
    when: str
    detail: str


@dataclass(frozen=True)
class PickupNews:
    """Where a store's pickup stands.

    Arguments:
        state: "none", "received", "planning", "announced", "under_way", "collected", "missed", "refused".
        steps: the same in words.
        request, stop: the rows behind it. through: the place where the truck stops for this store, if another one.
    """

    state: str
    steps: list[Step] = field(default_factory=list)
    request: PickupRequest | None = None
    stop: Stop | None = None
    through: Store | None = None


def pickup_news(store: Store) -> PickupNews:
    """Return where the pickup of `store` stands; two queries, three after a visit.

    A store that is collected through another one sees the requests and visits of that one.
    """
    place = store.collected_through or store
    through = store.collected_through
    request = PickupRequest.objects.filter(store=place).order_by("-requested_at", "-pk").first()
    recent = timezone.now() - NEWS_FOR
    announced = Q(state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES)
    visited = ~Q(state=StopState.TO_DO) & Q(completed_at__gte=recent)
    stops = list(Stop.objects.filter(announced | visited, store=place).select_related("tour").order_by("tour__date", "pk"))
    coming = next((stop for stop in stops if stop.state == StopState.TO_DO), None)
    over = max((stop for stop in stops if stop.completed_at), key=lambda stop: stop.completed_at or recent, default=None)
    if request is not None and request.is_open:
        return _open_request(request, coming, through)
    if coming is not None:
        return PickupNews(_announced_state(coming), [_announced(coming), _collected_later()], None, coming, through)
    if over is not None:
        return _over(over, through)
    if request is not None and request.state == RequestState.REFUSED and request.closed_at and request.closed_at >= recent:
        steps = [_received(request), Step(state="current", label=_("We cannot come"), detail=request.reason)]
        return PickupNews("refused", steps, request, None, through)
    return PickupNews("none", through=through)


def _open_request(request: PickupRequest, stop: Stop | None, through: Store | None) -> PickupNews:
    steps = [_received(request)]
    if stop is not None:
        return PickupNews(_announced_state(stop), [*steps, _announced(stop), _collected_later()], request, stop, through)
    if request.state == RequestState.PLANNED:
        state, label = "planning", _("We are arranging a tour with a carrier")
    else:
        state, label = "received", _("Waiting for the next tour")
    current = Step(state="current", label=label, detail=_("You will see the date here."))
    return PickupNews(state, [*steps, current, _collected_later()], request, None, through)


def _over(stop: Stop, through: Store | None) -> PickupNews:
    missed = stop.state == StopState.MISSED
    lines = stop.lines.select_related("container_type").order_by("container_type__position", "pk")
    step = Step(
        state="current" if missed else "done", label=visit_title(stop), when=_moment(stop.completed_at), detail=visit_text(stop, lines)
    )
    return PickupNews("missed" if missed else "collected", [step], None, stop, through)


def _received(request: PickupRequest) -> Step:
    return Step(state="done", label=_("Request received"), when=_moment(request.requested_at))


def _announced_state(stop: Stop) -> str:
    return "under_way" if stop.tour.state == TourState.UNDER_WAY else "announced"


def _announced(stop: Stop) -> Step:
    label = _("The truck is on its way") if stop.tour.state == TourState.UNDER_WAY else _("Pickup planned")
    when = date_format(stop.tour.date, "l j F")
    if stop.window_start and stop.window_end:
        when += f", {stop.window_start:%H:%M}-{stop.window_end:%H:%M}"
    return Step(state="current", label=label, when=when)


def _collected_later() -> Step:
    return Step(state="coming", label=_("Collected"))


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "l j F, H:i") if moment else ""


def visit_title(stop: Stop) -> str:
    """Return how a visit went, in a few words."""
    return _("The truck came, but could not collect") if stop.state == StopState.MISSED else _("Collected")


def visit_text(stop: Stop, lines: Iterable[StopLine]) -> str:
    """Return what a visit took and left, in words, and its reason when there is one.

    Arguments: lines, those of the stop, with their container types loaded.
    """
    parts = [
        _("%(container)s: %(taken)s taken, %(left)s left")
        % {"container": line.container_type.name, "taken": line.loaded_full, "left": line.left_empty}
        for line in lines
        if line.loaded_full or line.left_empty
    ]
    return " · ".join([*parts, *([stop.reason] if stop.reason else [])])
