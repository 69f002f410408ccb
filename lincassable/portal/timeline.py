"""Where a pickup stands, told like a parcel: received, planned on Tuesday 9-11, moved, on its way, collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pickups.enums import RequestState, StopState, TourState
from pickups.models import PickupRequest, Stop, StopLine
from pickups.queries_life import PickupLife, Visit, life_of
from stores.models import Store


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
        state: "none", "received", "planning", "announced", "under_way", "collected", "partly", "missed", "refused", "cancelled".
        steps: the same in words. life: what it was read from.
    """

    state: str
    life: PickupLife
    steps: list[Step] = field(default_factory=list)

    @property
    def request(self) -> PickupRequest | None:
        """The request behind it."""
        return self.life.request

    @property
    def stop(self) -> Stop | None:
        """The stop behind it: the truck that comes, or the last one that came."""
        visit = self.life.coming or self.life.last
        return visit.stop if visit else None

    @property
    def through(self) -> Store | None:
        """The place where the truck stops for this store, if another one."""
        return self.life.through


def pickup_news(store: Store) -> PickupNews:
    """Return where the pickup of `store` stands; the queries of `life_of`, a constant number."""
    life = life_of(store)
    request, coming, last = life.request, life.coming, life.last
    steps = _asked(life) + [step for visit in life.visits if not visit.is_coming for step in _come(visit, life)]
    if coming is not None:
        under_way = coming.stop.tour.state == TourState.UNDER_WAY
        return PickupNews("under_way" if under_way else "announced", life, [*steps, *_announced(coming), _collected_later()])
    if request is not None and request.is_open:
        return _waiting(life, request, steps)
    if last is not None:
        states = {StopState.MISSED: "missed", StopState.PARTIAL: "partly"}
        return PickupNews(states.get(StopState(last.stop.state), "collected"), life, steps)
    if request is not None and request.state in (RequestState.REFUSED, RequestState.CANCELLED):
        return _ended(life, request, steps)
    return PickupNews("none", life)


def _asked(life: PickupLife) -> list[Step]:
    """The step that says that the wish has arrived; with what the place wrote, and who joins."""
    request = life.request
    if request is None:
        return []
    joined = [
        _("%(place)s joins: %(what)s") % {"place": share.store.name, "what": share.text}
        for share in life.shares
        if share.part is not None and share.part.request_id == request.pk
    ]
    own = request.requested_at if life.part is None else life.part.asked_at
    label = _("Request received")
    if life.through is not None and life.part is not None:
        label = _("Request received, joined to that of %(place)s") % {"place": life.through.name}
    elif life.through is not None or request.for_parts_only:
        label = _("Request received from another place")
    return [Step(state="done", label=label, when=_moment(own), detail=" · ".join(filter(None, [life.note, *joined])))]


def _waiting(life: PickupLife, request: PickupRequest, steps: list[Step]) -> PickupNews:
    if request.state == RequestState.PLANNED:
        state, label = "planning", _("We are arranging a tour with a carrier")
    else:
        state, label = "received", _("Waiting for the next tour")
    current = Step(state="current", label=label, detail=_("You will see the date here."))
    return PickupNews(state, life, [*steps, current, _collected_later()])


def _ended(life: PickupLife, request: PickupRequest, steps: list[Step]) -> PickupNews:
    refused = request.state == RequestState.REFUSED
    label = _("We cannot come") if refused else _("Request cancelled")
    ended = Step(state="current", label=label, when=_moment(request.closed_at), detail=request.reason)
    return PickupNews("refused" if refused else "cancelled", life, [*steps, ended])


def _announced(visit: Visit) -> list[Step]:
    """The steps of a truck that is announced: planned, moved, on its way."""
    planned = Step(state="current", label=_("Pickup planned"), when=when_planned(visit.stop), detail=_moved(visit))
    if visit.stop.tour.state != TourState.UNDER_WAY:
        return [planned]
    planned["state"] = "done"
    return [planned, Step(state="current", label=_("The truck is on its way"), when=_moment(visit.left_at))]


def _come(visit: Visit, life: PickupLife) -> list[Step]:
    """The steps of a truck that has been there: planned, when that was known; then what it did."""
    stop = visit.stop
    missed, partly = stop.state == StopState.MISSED, stop.state == StopState.PARTIAL
    last = life.last is not None and life.last.stop.pk == stop.pk and life.coming is None
    steps = []
    if not stop.is_unplanned:
        steps.append(Step(state="done", label=_("Pickup planned"), when=when_planned(stop), detail=_moved(visit)))
    detail = visit_text(stop, visit.lines)
    state = "current" if missed and last else "done"
    steps.append(Step(state=state, label=visit_title(stop), when=_moment(stop.completed_at), detail=detail))
    if partly and visit.stayed:
        stays = ", ".join(f"{line.stayed} × {line.container_type.short}" for line in visit.stayed)
        again = _("Declare your full crates to ask for another pickup.") if last else ""
        steps.append(Step(state="current" if last else "done", label=_("Still here: %(what)s") % {"what": stays}, detail=again))
    return steps


def _moved(visit: Visit) -> str:
    """Say from which days the pickup was moved."""
    days = [date_format(log.date_before, "l j F") for log in visit.moves if log.date_before]
    return _("Moved; it was planned on %(days)s.") % {"days": ", ".join(dict.fromkeys(days))} if days else ""


def when_planned(stop: Stop) -> str:
    """Return the day of a stop and its slot, in words."""
    when = date_format(stop.tour.date, "l j F")
    if stop.window_start and stop.window_end:
        return f"{when}, {stop.window_start:%H:%M}-{stop.window_end:%H:%M}"
    if stop.window_start:
        return _("%(day)s, from %(time)s") % {"day": when, "time": f"{stop.window_start:%H:%M}"}
    if stop.window_end:
        return _("%(day)s, until %(time)s") % {"day": when, "time": f"{stop.window_end:%H:%M}"}
    return when


def _collected_later() -> Step:
    return Step(state="coming", label=_("Collected"))


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "l j F, H:i") if moment else ""


def visit_title(stop: Stop) -> str:
    """Return how a visit went, in a few words."""
    if stop.state == StopState.MISSED:
        return _("The truck came, but could not collect")
    return _("Partly collected") if stop.state == StopState.PARTIAL else _("Collected")


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
