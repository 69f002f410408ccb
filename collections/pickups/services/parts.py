"""What a place may still change about its own wish: its note, or the wish itself, until the tour is sent."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.messaging.services import enqueue_many
from pickups import emails_requests
from pickups.enums import RequestState
from pickups.models import PickupRequest, RequestPart
from pickups.queries_parts import place_of
from pickups.services.requests import close, lock_request, require_changeable
from stores.models import Store


@transaction.atomic
def change_note(store: Store, note: str, *, by: Actor) -> PickupRequest:
    """Replace what `store` wrote with its open request, or with its part of another place's request.

    Arguments: note, free text, at most 500 characters are kept.
    Returns the request. Raises ValidationError when there is none, or when its tour was sent: with whom to call.
    """
    request, part = _locked(store)
    require_changeable(request, by=by)
    row: PickupRequest | RequestPart = part or request
    row.note, row.updated_at, row.actor_kind, row.actor_id = note.strip()[:500], timezone.now(), by.kind, by.id
    row.save(update_fields=["note", "updated_at", "actor_kind", "actor_id"])
    return request


@transaction.atomic
def withdraw(store: Store, *, by: Actor) -> PickupRequest | None:
    """Take back the wish of `store` to be collected; its contacts are told.

    A place that is collected through another one leaves that place's request; a place that others come to leaves its
    request to them; a request that nobody wants any more is cancelled and leaves the drafts of tours.
    Returns the request; None when there was nothing to take back. Raises ValidationError when its tour was sent: with whom to call.
    """
    try:
        request, part = _locked(store)
    except ValidationError:
        return None
    require_changeable(request, by=by)
    others = request.parts.live().exclude(pk=part.pk if part else 0)
    if part is not None:
        part.withdrawn_at, part.updated_at, part.actor_kind, part.actor_id = timezone.now(), timezone.now(), by.kind, by.id
        part.save(update_fields=["withdrawn_at", "updated_at", "actor_kind", "actor_id"])
        enqueue_many(emails_requests.part_withdrawn(part, request))
        if request.for_parts_only and not others.exists():
            return close(request, RequestState.CANCELLED, by=by, reason="")
        return request
    if not others.exists():
        return close(request, RequestState.CANCELLED, by=by, reason="")
    enqueue_many(emails_requests.own_wish_withdrawn(request))
    request.for_parts_only, request.note, request.declaration = True, "", None
    request.actor_kind, request.actor_id = by.kind, by.id
    request.save(update_fields=["for_parts_only", "note", "declaration", "actor_kind", "actor_id"])
    return request


def _locked(store: Store) -> tuple[PickupRequest, RequestPart | None]:
    """Return the open request that holds the wish of `store`, its row locked, and the part that is the store's, if it is one.

    Raises ValidationError when the store has no open wish.
    """
    place = place_of(store)
    nothing = ValidationError(_("There is no open request any more: reload the page to see what happened."), code="none")
    found = PickupRequest.objects.open().filter(store=place).values_list("pk", flat=True).first()
    if found is None:
        raise nothing
    request = lock_request(found)
    part = request.parts.live().filter(store=store).first()
    if not request.is_open or (part is None and (place.pk != store.pk or request.for_parts_only)):
        raise nothing
    return request, part
