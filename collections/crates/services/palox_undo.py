"""A sighting of a palox that was a mistake: the palox goes back to where it was believed to be, the history keeps both."""

from __future__ import annotations

import uuid

from django.db import transaction

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent
from crates.services.ledger import Origin
from crates.services.paloxes import RENAMED
from lincassable.accounts.actors import Actor


@transaction.atomic
def unsee(palox: Palox, *, origin: Origin, key: uuid.UUID, by: Actor, note: str = "") -> PaloxEvent | None:
    """Take back what the row `origin` (for example ("stop", 412)) told about a palox.

    The palox is again where the last sighting before tells, unless somebody has seen it since: then it stays there, and the history
    alone is completed.

    Arguments: key, a replay changes nothing; note, why.
    Returns the event that says so; None when `origin` never told anything about this palox.
    """
    palox = Palox.objects.select_for_update().get(pk=palox.pk)
    told = palox.events.filter(origin_kind=origin[0], origin_id=origin[1]).order_by("-at", "-pk").first()
    if told is None:
        return None
    known = PaloxEvent.objects.filter(key=key).first()
    if known is not None:
        return known
    sightings = palox.events.exclude(origin_kind=RENAMED).exclude(origin_kind=origin[0], origin_id=origin[1])
    before = sightings.filter(at__lte=told.at).order_by("-at", "-pk").first()
    state, store = (before.state, before.store) if before else (PaloxState.IN_STOCK.value, None)
    event = PaloxEvent(
        key=key, palox=palox, at=told.at, state=state, store=store, note=note.strip()[:250], origin_kind=origin[0], origin_id=origin[1],
        **PaloxEvent.author(by),
    )  # fmt: skip
    event.save(force_insert=True)
    if not sightings.filter(at__gt=told.at).exists():
        palox.state, palox.store, palox.last_seen_at = PaloxState(state), store, before.at if before else None
        palox.save(update_fields=["state", "store", "last_seen_at"])
    return event
