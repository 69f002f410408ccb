"""The life of a place's pickup, like a parcel's: what was asked, planned, moved, under way, done. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q
from django.utils import timezone

from pickups.enums import ANNOUNCED_TOUR_STATES, RequestState, StopState, TourState
from pickups.models import PickupRequest, RequestPart, Stop, StopLine, TourLog
from pickups.queries_parts import Share, place_of, shares_of
from stores.merging import history_ids
from stores.models import Store

NEWS_FOR = timedelta(days=7)  # a visit, or an answer, stays on the store's page for a week
MOST_VISITS = 3  # told of one request: a truck that could not collect, the next one …


@dataclass(frozen=True)
class Visit:
    """One truck for a place, coming or come.

    Arguments:
        stop: with its tour. moves: log lines of days on which the tour was moved, once its stores knew its date.
        left_at: when the tour got under way. lines: what was moved, of a stop that was made.
    """

    stop: Stop
    moves: list[TourLog] = field(default_factory=list)
    left_at: datetime | None = None
    lines: list[StopLine] = field(default_factory=list)

    @property
    def is_coming(self) -> bool:
        """Whether the truck has not been there yet."""
        return self.stop.state == StopState.TO_DO

    @property
    def stayed(self) -> list[StopLine]:
        """The lines of which full ones stayed."""
        return [line for line in self.lines if line.stayed] if self.stop.state == StopState.PARTIAL else []


@dataclass(frozen=True)
class PickupLife:
    """Where a place's pickup stands.

    Arguments:
        store: the place. through: where the truck stops for it, when that is another place.
        request: the open one, or the last one that still is news; None when nothing was asked lately.
        part: the place's own part of it, when its truck stops elsewhere.
        visits: trucks for that request, and for the place lately, the earliest first; at most one is coming.
        shares: what places that are collected through this one add to its pickup.
    """

    store: Store
    through: Store | None = None
    request: PickupRequest | None = None
    part: RequestPart | None = None
    visits: list[Visit] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def has_asked(self) -> bool:
        """Whether the place itself has an open wish."""
        if self.request is None or not self.request.is_open:
            return False
        return self.part is not None if self.through else not self.request.for_parts_only

    @property
    def may_change(self) -> bool:
        """Whether the place may still change or cancel its wish: no tour was sent for it."""
        return self.has_asked and self.request is not None and self.request.state == RequestState.RECEIVED

    @property
    def note(self) -> str:
        """What the place wrote with its wish."""
        if not self.has_asked or self.request is None:
            return ""
        return self.part.note if self.part else self.request.note

    @property
    def coming(self) -> Visit | None:
        """The truck that is announced."""
        return next((visit for visit in self.visits if visit.is_coming), None)

    @property
    def last(self) -> Visit | None:
        """The last truck that came."""
        return next((visit for visit in reversed(self.visits) if not visit.is_coming), None)


def life_of(store: Store) -> PickupLife:
    """Return where the pickup of `store` stands: six queries, up to six more for what other places bring there; however much has happened.

    A place that is collected through another one sees the request and the visits of that one, and its own part.
    """
    place = place_of(store)
    through = place if place.pk != store.pk else None
    asked = PickupRequest.objects.filter(store__in=history_ids(place)).alias(is_over=Q(closed_at__isnull=False))
    request = asked.select_related("declaration").order_by("is_over", "-requested_at", "-pk").first()
    if request is not None and not request.is_open and (request.closed_at or request.requested_at) < timezone.now() - NEWS_FOR:
        request = None
    part = None
    if request is not None and through is not None:
        part = request.parts.live().filter(store=store).first()
    shares = [] if through else shares_of([place.pk]).get(place.pk, [])
    return PickupLife(store, through, request, part, _visits(place, request), shares)


def _visits(place: Store, request: PickupRequest | None) -> list[Visit]:
    """Return the trucks of a request, the one that is announced, and the one that came last if that is news; three queries."""
    lines = Prefetch("lines", StopLine.objects.select_related("container_type").order_by("container_type__position", "pk"))
    wanted = Q(state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES)
    wanted |= ~Q(state=StopState.TO_DO) & Q(completed_at__gte=timezone.now() - NEWS_FOR)
    if request is not None:
        wanted |= ~Q(state=StopState.TO_DO) & Q(request=request)
    found = Stop.objects.filter(wanted, store__in=history_ids(place)).select_related("tour").prefetch_related(lines)
    stops = [stop for stop in found.order_by("tour__date", "pk") if _belongs(stop, request)]
    coming = [stop for stop in stops if stop.state == StopState.TO_DO][:1]
    come = sorted((stop for stop in stops if stop.completed_at), key=lambda stop: stop.completed_at or timezone.now())
    come = come[-MOST_VISITS:] if request is not None else come[-1:]
    tours = {stop.tour_id for stop in (*come, *coming)}
    logs = TourLog.objects.filter(Q(date_before__isnull=False) | Q(to_state=TourState.UNDER_WAY), tour__in=tours).order_by("at", "pk")
    by_tour: dict[int, list[TourLog]] = {}
    for log in logs:
        by_tour.setdefault(log.tour_id, []).append(log)
    return [_visit(stop, by_tour.get(stop.tour_id, [])) for stop in (*come, *coming)]


def _belongs(stop: Stop, request: PickupRequest | None) -> bool:
    """Return whether a visit belongs to the story of `request`: a truck that came before an open wish is another story."""
    if request is None or stop.state == StopState.TO_DO or stop.request_id == request.pk:
        return True
    return stop.completed_at is not None and stop.completed_at >= request.requested_at


def _visit(stop: Stop, logs: list[TourLog]) -> Visit:
    moves = [log for log in logs if log.date_before is not None and log.to_state in ANNOUNCED_TOUR_STATES]
    left = next((log.at for log in logs if log.from_state == TourState.ACCEPTED and log.to_state == TourState.UNDER_WAY), None)
    return Visit(stop, moves, left, list(stop.lines.all()))
