"""What a store's phone does: declare, and ask for a pickup, as one thing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import ActKind
from crates.models import Declaration, Inventory
from crates.services import CountedLine, DeclaredLine, accept_held, declare, record_inventory
from crates.services.declarations import moment_that_counts
from crates.services.undo import note as remember
from lincassable.accounts.actors import Actor
from pickups.enums import RequestSource, StopState
from pickups.models import Stop
from pickups.services import request_pickup
from stores.merging import is_same_place
from stores.models import Store

# A form that took longer than this to arrive may tell of crates that a truck has taken since.
LATE = timedelta(minutes=30)
# `declare` without a transaction of its own: within ours it would only be a savepoint, two more round trips on the
# path that every phone takes. Whatever it raises ends our transaction as well.
_declare_in_ours = declare.__wrapped__  # type: ignore[attr-defined]


@transaction.atomic
def declare_and_request(
    store: Store,
    *,
    key: uuid.UUID,
    lines: Sequence[DeclaredLine],
    by: Actor,
    occurred_at: datetime | None = None,
    wants_pickup: bool = False,
    first_name: str = "",
    note: str = "",
    held: bool = False,
) -> Declaration:
    """Record what staff declared and, if they want it, their request for a pickup: both or neither.

    Arguments:
        key: the phone's UUID; a replay returns the first declaration and asks for nothing again.
        lines, occurred_at, first_name, note: see `crates.services.declare`.
        held: sent under a replaced card; nothing happens until a coordinator accepts it (`accept_declaration`).

    Returns the declaration. Raises ValidationError for figures nobody can have seen, or a key that another place used.
    Five queries on the phone's usual path.
    """
    declaration = _declare_in_ours(
        store,
        key=key,
        lines=lines,
        by=by,
        occurred_at=occurred_at,
        wants_pickup=wants_pickup,
        first_name=first_name,
        note=note,
        held=held,
    )
    if not is_same_place(declaration.store_id, store):
        raise ValidationError(_("Open the page again, then send the form."), code="key")
    if wants_pickup and not held and not declaration.replayed:
        _request(declaration, store, by=by)
    return declaration


@transaction.atomic
def record_count(
    store: Store,
    *,
    key: uuid.UUID,
    lines: Sequence[CountedLine],
    by: Actor,
    occurred_at: datetime | None = None,
    note: str = "",
    held: bool = False,
) -> Inventory | Declaration:
    """Record what somebody counted in the storeroom.

    Arguments:
        key: the phone's UUID; a replay returns the first count. lines, note: see `crates.services.record_inventory`.
        occurred_at: the phone's time; in the future or too old, the time of receipt counts.
        held: sent under a replaced card: kept as a declaration without effect, for a coordinator's glance.

    Returns the inventory, or the held declaration. Raises ValidationError for figures nobody can have seen, or a key that
    another place used. A signed-in author may undo it for a few minutes.
    """
    if held:
        said = [DeclaredLine(line.container_type, line.full, line.total) for line in lines]
        row: Inventory | Declaration = declare(store, key=key, lines=said, by=by, occurred_at=occurred_at, note=note, held=True)
    else:
        counted_at, _claimed = moment_that_counts(occurred_at, timezone.now())
        row = record_inventory(store, key=key, counted_at=counted_at, lines=lines, by=by, note=note)
        remember(ActKind.INVENTORY, by=by, made=row)
    if not is_same_place(row.store_id, store):
        raise ValidationError(_("Open the page again, then send the form."), code="key")
    return row


@transaction.atomic
def accept_declaration(declaration: Declaration, *, by: Actor) -> Declaration:
    """Take a held declaration into account, with the pickup it asked for. Returns it, posted.

    Raises ValidationError when it is not held any more.
    """
    accepted = accept_held(declaration, by=by)
    if accepted.wants_pickup:
        _request(accepted, accepted.store, by=by)
    return accepted


def _request(declaration: Declaration, store: Store, *, by: Actor) -> None:
    """Ask for the pickup, unless the form arrived late and a truck came in between."""
    late = declaration.received_at - declaration.declared_at > LATE or declaration.settled_at is not None
    if late and _collected_since(declaration, store):
        return
    request_pickup(store, by=by, source=RequestSource.STORE, declaration_id=declaration.pk, note=declaration.note)


def _collected_since(declaration: Declaration, store: Store) -> bool:
    visits = Stop.objects.filter(store_id=store.collected_through_id or store.pk, completed_at__gt=declaration.declared_at)
    return visits.filter(state__in=[StopState.DONE, StopState.PARTIAL]).exists()
