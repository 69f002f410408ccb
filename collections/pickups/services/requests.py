"""What happens to a wish to be collected."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from pickups.enums import SENT_TOUR_STATES, RequestSource, RequestState, StopState, TourState
from pickups.models import PickupRequest, Stop, StopLine, Tour
from pickups.models.requests import PickupRequestQuerySet
from stores.models import Store

# One statement, so that two phones of the same shop cannot race and the phone's form stays within its few queries.
# The states are literals: with parameters PostgreSQL could not match the partial unique index `one_open_request_per_store`.
# A forecast never hides that the store itself has asked; notes add up, the newest last.
_UPSERT = """
INSERT INTO pickups_pickuprequest AS request
    (uuid, store_id, declaration_id, source, state, note, requested_at, updated_at, reason, actor_kind, actor_id)
VALUES (%s, %s, %s, %s, 'received', %s, %s, %s, '', %s, %s)
ON CONFLICT (store_id) WHERE state IN ('received', 'planned') DO UPDATE SET
    declaration_id = coalesce(excluded.declaration_id, request.declaration_id),
    source = CASE WHEN excluded.source = 'forecast' THEN request.source ELSE excluded.source END,
    note = CASE
        WHEN excluded.note = '' OR position(' · ' || excluded.note || ' · ' in ' · ' || request.note || ' · ') > 0 THEN request.note
        WHEN request.note = '' THEN excluded.note
        ELSE right(request.note || ' · ' || excluded.note, 500) END,
    updated_at = excluded.updated_at, actor_kind = excluded.actor_kind, actor_id = excluded.actor_id
RETURNING request.*, (request.xmax = 0) AS is_new
"""


def request_pickup(
    store: Store, *, by: Actor, source: str = RequestSource.STORE, declaration_id: int | None = None, note: str = ""
) -> PickupRequest:
    """Record that `store` wants to be collected; a place has one open request, a second wish is added to it.

    The request of a place that is collected through another one belongs to that other place, where the truck stops;
    its note names the place that asked.

    Arguments:
        store: the place that asks.
        source: who noticed (`RequestSource`).
        declaration_id: the declaration that came with the wish.
        note: free text, at most 500 characters are kept.

    Returns the open request; its `is_new` is False when it was already open. Takes one query.
    """
    if store.collected_through_id is not None:
        note = f"{store}: {note}" if note else str(store)
    now = timezone.now()
    parameters: list[Any] = [
        uuid.uuid4(),
        store.collected_through_id or store.pk,
        declaration_id,
        str(source),
        note[:500],
        now,
        now,
        by.kind,
        by.id,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, parameters)
        columns = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    fields = PickupRequest._meta.concrete_fields
    request = PickupRequest.from_db(connection.alias, [field.attname for field in fields], [columns[str(field.column)] for field in fields])
    request.is_new = columns["is_new"]
    return request


@transaction.atomic
def cancel_request(request: PickupRequest, *, by: Actor, reason: str = "") -> PickupRequest:
    """Withdraw an open request; its place leaves the drafts of tours. Returns it; cancelling twice changes nothing.

    Raises ValidationError when a tour with this place was already sent, or when the request is over.
    """
    return _close(request, RequestState.CANCELLED, by=by, reason=reason)


@transaction.atomic
def refuse_request(request: PickupRequest, reason: str, *, by: Actor) -> PickupRequest:
    """Answer no to an open request, and say why. Returns it; refusing twice changes nothing.

    Raises ValidationError without a reason, when a tour with this place was already sent, or when the request is over.
    """
    if not reason.strip():
        raise ValidationError(_("Say why the request is refused: the store will read it."), code="reason")
    return _close(request, RequestState.REFUSED, by=by, reason=reason)


def _close(request: PickupRequest, state: RequestState, *, by: Actor, reason: str) -> PickupRequest:
    """Move a request that no sent tour holds to its final `state`, and take its place out of the drafts of tours."""
    drafts = Stop.objects.filter(request_id=request.pk, tour__state__in=[TourState.DRAFT, TourState.DECLINED])
    # Tours before requests, like everywhere else: two locks in the same order never wait for each other.
    list(Tour.objects.select_for_update().filter(pk__in=drafts.values("tour_id")).order_by("pk").values_list("pk"))
    locked = PickupRequest.objects.select_for_update().get(pk=request.pk)
    if locked.state == state:
        return locked
    if locked.state == RequestState.PLANNED:
        raise ValidationError(_("A tour is already planned for this request: remove its stop, or cancel the tour, first."), code="planned")
    if not locked.is_open:
        raise ValidationError(_("This request is already over (%(state)s).") % {"state": locked.get_state_display()}, code="closed")
    locked.state, locked.reason, locked.closed_at = state, reason.strip()[:250], timezone.now()
    locked.actor_kind, locked.actor_id = by.kind, by.id
    locked.save(update_fields=["state", "reason", "closed_at", "actor_kind", "actor_id"])
    StopLine.objects.filter(stop__in=drafts).delete()
    drafts.delete()
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

    A place that asked again after the truck had left (its visit was sent late from a dead spot) keeps its request.
    """
    state = RequestState.COLLECTED if stop.state == StopState.DONE else RequestState.PARTLY
    asked = PickupRequest.objects.select_for_update().open().filter(Q(pk=stop.request_id) | Q(store_id=stop.store_id))
    for request in asked.order_by("pk"):
        if request.updated_at > at:
            request.state = RequestState.RECEIVED
        else:
            request.state, request.reason, request.closed_at = state, stop.reason, timezone.now()
        request.actor_kind, request.actor_id = by.kind, by.id
        request.save(update_fields=["state", "reason", "closed_at", "actor_kind", "actor_id"])


def reopen_request(stop: Stop, *, by: Actor) -> None:
    """Put the request of a stop back among the received ones: nobody came after all. Unless the place has asked again since."""
    if stop.request_id is None or PickupRequest.objects.open().filter(store_id=stop.store_id).exists():
        return
    answered = PickupRequest.objects.filter(pk=stop.request_id, state__in=[RequestState.COLLECTED, RequestState.PARTLY])
    answered.update(state=RequestState.RECEIVED, closed_at=None, reason="", **PickupRequest.author(by))
