"""What happens to a wish to be collected. Parts of other places' requests: `services.parts`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from lincassable.messaging import broker
from lincassable.messaging.services import enqueue_many
from pickups import emails_requests, tasks
from pickups.enums import SENT_TOUR_STATES, RequestSource, RequestState, StopState, TourState
from pickups.models import PickupRequest, RequestPart, Stop, StopLine, StopPallet, Tour
from pickups.models.requests import PickupRequestQuerySet
from pickups.queries_parts import place_of
from pickups.services.moves import write_log
from stores.models import Store

# One statement, so that two phones of the same shop cannot race and the phone's form stays within its few queries.
# The states are literals: with parameters PostgreSQL could not match the partial unique index `one_open_request_per_store`.
# A forecast never hides that the store itself has asked, nor does a place collected through it; notes add up, the newest last.
_UPSERT = """
INSERT INTO pickups_pickuprequest AS request
    (uuid, store_id, declaration_id, source, state, note, requested_at, updated_at, reason, for_parts_only, actor_kind, actor_id)
VALUES (%s, %s, %s, %s, 'received', %s, %s, %s, '', %s, %s, %s)
ON CONFLICT (store_id) WHERE state IN ('received', 'planned') DO UPDATE SET
    declaration_id = coalesce(excluded.declaration_id, request.declaration_id),
    source = CASE WHEN excluded.source = 'forecast' OR excluded.for_parts_only THEN request.source ELSE excluded.source END,
    note = CASE
        WHEN excluded.note = '' OR position(' · ' || excluded.note || ' · ' in ' · ' || request.note || ' · ') > 0 THEN request.note
        WHEN request.note = '' THEN excluded.note
        ELSE right(request.note || ' · ' || excluded.note, 500) END,
    updated_at = CASE WHEN excluded.for_parts_only THEN request.updated_at ELSE excluded.updated_at END,
    for_parts_only = request.for_parts_only AND excluded.for_parts_only,
    actor_kind = excluded.actor_kind, actor_id = excluded.actor_id
RETURNING request.*, (request.xmax = 0) AS is_new
"""


def request_pickup(
    store: Store, *, by: Actor, source: str = RequestSource.STORE, declaration_id: int | None = None, note: str = ""
) -> PickupRequest:
    """Record that `store` wants to be collected; a place has one open request, a second wish is added to it.

    The wish of a place that is collected through another one joins that place's open request as a part of it
    (`RequestPart`), where the truck stops; a request is opened there if there is none.

    Arguments:
        store: the place that asks.
        source: who noticed (`RequestSource`).
        declaration_id: the declaration that came with the wish.
        note: free text, at most 500 characters are kept.

    Returns the open request; its `is_new` is False when this place had already asked. Takes one query, five for a part.
    Its contacts are told by mail after the commit, unless it comes from a forecast: they have asked for nothing then.
    """
    place = place_of(store)
    if place.pk == store.pk:
        request = upsert(store.pk, by=by, source=source, declaration_id=declaration_id, note=note)
    else:
        with transaction.atomic():
            request = upsert(place.pk, by=by, source=source, for_parts_only=True)
            request.is_new = _join(request, store, by=by, declaration_id=declaration_id, note=note)
    if source != RequestSource.FORECAST:
        transaction.on_commit(lambda: broker.ask(tasks.tell_received, request.pk))
    return request


def upsert(
    store_id: int, *, by: Actor, source: str, declaration_id: int | None = None, note: str = "", for_parts_only: bool = False
) -> PickupRequest:
    """Open the request of a place, or add to the open one, in one statement; its row is locked until the transaction ends.

    Arguments: for_parts_only, only a place collected through this one asks.
    Returns it, with `is_new`.
    """
    now = timezone.now()
    values: list[Any] = [uuid.uuid4(), store_id, declaration_id, str(source), note[:500], now, now, for_parts_only, by.kind, by.id]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, values)
        columns = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    fields = PickupRequest._meta.concrete_fields
    request = PickupRequest.from_db(connection.alias, [field.attname for field in fields], [columns[str(field.column)] for field in fields])
    request.is_new = columns["is_new"]
    return request


def _join(request: PickupRequest, store: Store, *, by: Actor, declaration_id: int | None, note: str) -> bool:
    """Add the wish of `store` to a request whose row is locked. Returns whether it was not part of it already."""
    now = timezone.now()
    part = RequestPart.objects.filter(request=request, store=store).first()
    if part is None or part.withdrawn_at is not None:
        part = part or RequestPart(request=request, store=store)
        part.note, part.asked_at, part.withdrawn_at, is_new = note[:500], now, None, True
        part.declaration_id = declaration_id
    else:
        is_new = False
        part.declaration_id = declaration_id or part.declaration_id
        if note and note not in part.note.split(" · "):
            part.note = " · ".join(filter(None, [part.note, note]))[-500:]
    part.updated_at, part.actor_kind, part.actor_id = now, by.kind, by.id
    part.save()
    return is_new


@transaction.atomic
def cancel_request(request: PickupRequest, *, by: Actor, reason: str = "") -> PickupRequest:
    """Withdraw an open request with all its parts; its place leaves the drafts of tours. Returns it; again changes nothing.

    Raises ValidationError when a tour with this place was already sent, or when the request is over.
    """
    return close(request, RequestState.CANCELLED, by=by, reason=reason)


@transaction.atomic
def refuse_request(request: PickupRequest, reason: str, *, by: Actor) -> PickupRequest:
    """Answer no to an open request, and say why. Returns it; refusing twice changes nothing.

    Raises ValidationError without a reason, when a tour with this place was already sent, or when the request is over.
    """
    if not reason.strip():
        raise ValidationError(_("Say why the request is refused: the store will read it."), code="reason")
    return close(request, RequestState.REFUSED, by=by, reason=reason)


def lock_request(request_id: int) -> PickupRequest:
    """Return a request with its row locked, and before it those of the tours in preparation that visit it.

    Tours before requests, like everywhere else: two locks in the same order never wait for each other.
    """
    drafts = _drafts(request_id).values("tour_id")
    list(Tour.objects.select_for_update().filter(pk__in=drafts).order_by("pk").values_list("pk"))
    return PickupRequest.objects.select_for_update(of=("self",)).select_related("store").get(pk=request_id)


def require_changeable(request: PickupRequest, *, by: Actor) -> None:
    """Let pass a locked request that no sent tour holds. Raises ValidationError, with whom to call for those on a phone."""
    if not request.is_open:
        sentence = _("This request is already over (%(state)s).") % {"state": request.get_state_display()}
        raise ValidationError(sentence, code="closed")
    if request.state != RequestState.PLANNED:
        return
    if by.kind == LINK:
        raise ValidationError(call_us(), code="planned")
    raise ValidationError(_("A tour is already planned for this request: remove its stop, or cancel the tour, first."), code="planned")


def call_us() -> str:
    """Return the sentence that sends a store to the network's people when its page can change nothing any more."""
    known = [text for text in (settings.ORGANISATION_PHONE, settings.ORGANISATION_EMAIL) if text]
    if not known:
        return _("The tour is already with the carrier. To change or cancel this pickup, call your coordinator.")
    ways = _(" or ").join(known)
    return _("The tour is already with the carrier. To change or cancel this pickup, contact us: %(ways)s") % {"ways": ways}


def _drafts(request_id: int) -> Any:
    """Return the stops of a request in tours that nobody was sent, or that were sent back."""
    return Stop.objects.filter(request_id=request_id, tour__state__in=[TourState.DRAFT, TourState.DECLINED])


def close(request: PickupRequest, state: RequestState, *, by: Actor, reason: str) -> PickupRequest:
    """Move a request that no sent tour holds to its final `state`, take its place out of the drafts of tours, tell its contacts.

    Returns it fresh; being there already changes nothing. Raises ValidationError (see `require_changeable`).
    """
    locked = lock_request(request.pk)
    if locked.state == state:
        return locked
    require_changeable(locked, by=by)
    locked.state, locked.reason, locked.closed_at = state, reason.strip()[:250], timezone.now()
    locked.actor_kind, locked.actor_id = by.kind, by.id
    locked.save(update_fields=["state", "reason", "closed_at", "actor_kind", "actor_id"])
    for stop in _drafts(locked.pk).select_related("tour"):
        write_log(stop.tour, stop.tour.state, by=by, note=_("stop removed: %s") % locked.store)
    drafts = list(_drafts(locked.pk).values_list("pk", flat=True))
    for model in (StopLine, StopPallet):
        model._default_manager.filter(stop__in=drafts).delete()
    Stop.objects.filter(pk__in=drafts).delete()
    enqueue_many(emails_requests.closed(locked))
    return locked


def link_requests(stops: Iterable[Stop]) -> None:
    """Give each stop the open request of its place, if there is one. The stops' tour must be locked."""
    stops = list(stops)
    open_requests = {request.store_id: request for request in PickupRequest.objects.open().filter(store__in=[s.store_id for s in stops])}
    for stop in stops:
        request = open_requests.get(stop.store_id)
        if request is not None and stop.request_id != request.pk:
            stop.request = request
            stop.save(update_fields=["request"])


def plan_requests(stops: Iterable[Stop], *, by: Actor) -> None:
    """Mark the requests of these stops, whose tour leaves for its carrier, as planned. The stops' tour must be locked."""
    ids = [stop.request_id for stop in stops if stop.request_id is not None]
    waiting = PickupRequest.objects.filter(pk__in=ids, state=RequestState.RECEIVED)
    _set_state(waiting, RequestState.PLANNED, by=by)


def release_requests(stops: Iterable[Stop], *, by: Actor) -> None:
    """Put the requests of these stops, which no truck will serve, back among the received ones, unless another sent tour has them."""
    stops = list(stops)
    ids = [stop.request_id for stop in stops if stop.request_id is not None]
    elsewhere = Stop.objects.filter(request_id__in=ids, state=StopState.TO_DO, tour__state__in=SENT_TOUR_STATES)
    held = elsewhere.exclude(pk__in=[stop.pk for stop in stops]).values("request_id")
    _set_state(PickupRequest.objects.filter(pk__in=ids, state=RequestState.PLANNED).exclude(pk__in=held), RequestState.RECEIVED, by=by)


def _set_state(requests: PickupRequestQuerySet, state: RequestState, *, by: Actor) -> None:
    """Move requests from one open state to the other, locked in key order."""
    ids = list(requests.select_for_update().order_by("pk").values_list("pk", flat=True))
    PickupRequest.objects.filter(pk__in=ids).update(state=state, **PickupRequest.author(by))


def answer_requests(stop: Stop, *, at: datetime, by: Actor) -> None:
    """Close the requests that the visit of `stop` at `at` answers: its own, and any other open wish of the place.

    A place that asked again after the truck had left (its visit was sent late from a dead spot) keeps its request, and so does
    a place collected through it.
    """
    state = RequestState.COLLECTED if stop.state == StopState.DONE else RequestState.PARTLY
    asked = PickupRequest.objects.select_for_update().open().filter(Q(pk=stop.request_id) | Q(store_id=stop.store_id))
    for request in asked.order_by("pk"):
        late = [] if request.updated_at > at else list(request.parts.live().filter(asked_at__gt=at))
        if request.updated_at > at:
            request.state = RequestState.RECEIVED
        else:
            request.state, request.reason, request.closed_at = state, stop.reason, timezone.now()
            if stop.request_id is None:  # asked after the stop was planned: the visit belongs to its story all the same
                stop.request = request
                stop.save(update_fields=["request"])
        request.actor_kind, request.actor_id = by.kind, by.id
        request.save(update_fields=["state", "reason", "closed_at", "actor_kind", "actor_id"])
        if late:
            _carry_over(late, request, by=by)


def _carry_over(parts: list[RequestPart], answered: PickupRequest, *, by: Actor) -> None:
    """Give the parts that were asked after the truck had left a request of their own."""
    request = upsert(answered.store_id, by=by, source=answered.source, for_parts_only=True)
    RequestPart.objects.filter(pk__in=[part.pk for part in parts]).update(request=request)


def reopen_request(stop: Stop, *, by: Actor) -> None:
    """Put the request of a stop back among the received ones: nobody came after all. Unless the place has asked again since."""
    if stop.request_id is None or PickupRequest.objects.open().filter(store_id=stop.store_id).exists():
        return
    answered = PickupRequest.objects.filter(pk=stop.request_id, state__in=[RequestState.COLLECTED, RequestState.PARTLY])
    answered.update(state=RequestState.RECEIVED, closed_at=None, reason="", **PickupRequest.author(by))
