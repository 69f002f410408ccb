"""Movements: posting one, correcting one, cancelling one.

Every transaction locks the stores it concerns once, at its start, in the order of their ids; with the project-wide
order tour → stop → stores → pickup request, two transactions never wait for each other in a circle.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import Cause, Content
from crates.models import ContainerType, Movement
from crates.services.carry import carry, changes_of, places_at
from crates.services.lines import Line, MovedLine, Net, PickedLine, net_of
from crates.services.rows import insert_movement
from lincassable.accounts.actors import Actor
from stores.models import Store

Origin = tuple[str, int]  # what a higher floor calls its own row, for example ("stop", 412)


def lock_stores(ids: Iterable[int]) -> None:
    """Lock the stores with these ids until the transaction ends, in the order of their ids.

    Call it once, before anything else is read or written, with every store concerned. It does not hold up readers,
    nor rows that merely refer to the store.
    """
    wanted = sorted(set(ids))
    if wanted:
        list(Store.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True))


def refuse_future(moment: datetime) -> None:
    """Raise ValidationError when `moment` is yet to come."""
    if moment > timezone.now():
        raise ValidationError(_("What is recorded has happened: its moment cannot be in the future."), code="future")


def checked_reason(reason: str) -> str:
    """Return a correction's reason, trimmed. Raises ValidationError when it is missing or too long for its column."""
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why: a correction needs a reason."), code="reason")
    if len(reason) > 250:
        raise ValidationError(_("Keep the reason under 250 characters."), code="reason")
    return reason


def stores_in(net: Net) -> set[int]:
    """Return the ids of the stores that lines concern."""
    return {store for store, _type, _content in net if store is not None}


def put(movement: Movement, net: Net, *, by: Actor) -> Movement:
    """Write a movement and carry it through the counts made since; the stores are locked by the caller.

    Returns the movement, or the one that already has this key (`replayed` is then True, and nothing is written).
    """
    if not insert_movement(movement, net):
        movement = Movement.objects.get(key=movement.key)
        movement.replayed = True
        return movement
    changes = changes_of(net)
    carry(movement, changes, places_at(changes, movement.occurred_at, strictly=False, stock=False), by=by)
    return movement


@transaction.atomic
def post_movement(
    cause: Cause | str,
    *,
    occurred_at: datetime,
    entries: Sequence[Line],
    key: uuid.UUID,
    by: Actor,
    origin: Origin | None = None,
    reason: str = "",
    source: tuple[str, str] = ("", ""),
    replaces: Movement | None = None,
) -> Movement:
    """Record one physical fact over any number of places and container types.

    Arguments:
        cause: why containers moved; not "inventory" or "declaration", which have services of their own.
        occurred_at: when it happened, up to now.
        entries: signed lines that sum to zero per container type; lines about the same thing are added up.
        key: who replays with the same key gets the first movement back, with `replayed` True.
        by: the author. origin: (kind, id) of the higher floor's row. source: (name, external id) of an import.
        replaces: the movement, taken back, that this one says rightly.
    Returns the movement. Balances may go negative: reality is never refused.
    Raises ValidationError for a future moment, unbalanced lines, or when nothing moves.
    """
    if cause in (Cause.INVENTORY, Cause.DECLARATION):
        raise ValueError(f"{cause}: use record_inventory() or declare()")
    refuse_future(occurred_at)
    net = net_of(entries)
    if not net:
        raise ValidationError(_("Nothing moves: give at least one number."), code="nothing")
    lock_stores(stores_in(net))
    movement = Movement(key=key, cause=Cause(cause), occurred_at=occurred_at, reason=reason[:250], replaces=replaces, **Movement.author(by))
    movement.origin_kind, movement.origin_id = origin or ("", None)
    movement.source, movement.source_id = source
    return put(movement, net, by=by)


def post_pickup(
    store: Store | int,
    hub: Store | int | None,
    lines: Sequence[PickedLine],
    *,
    key: uuid.UUID,
    occurred_at: datetime,
    by: Actor,
    origin: Origin | None = None,
    source: tuple[str, str] = ("", ""),
) -> Movement | None:
    """Record what a driver loaded and left at a stop: what was taken goes store → hub, what was left hub → store.

    Arguments: `lines` with the numbers really loaded and left, whatever was believed to be there; `hub` None when
    nobody knows (the outside world). The rest as in `post_movement`.
    Returns the movement, or None when nothing was loaded nor left. Raises ValidationError as `post_movement` does.
    """
    entries = pickup_lines(store, hub, lines)
    if not net_of(entries):
        return None
    return post_movement(Cause.PICKUP, occurred_at=occurred_at, entries=entries, key=key, by=by, origin=origin, source=source)


def pickup_lines(store: Store | int, hub: Store | int | None, lines: Iterable[PickedLine]) -> list[Line]:
    """Return the signed lines of a pickup, for `post_pickup` and for correcting one with `correct`."""
    entries: list[Line] = []
    for line in lines:
        kind = line.container_type
        taken = [MovedLine(kind, Content.FULL, line.loaded_full), MovedLine(kind, Content.EMPTY, line.taken_empty)]
        left = [MovedLine(kind, Content.EMPTY, line.left_empty), MovedLine(kind, Content.FULL, line.left_full)]
        entries += moved_lines(store, hub, taken) + moved_lines(hub, store, left)
    return entries


def moved_lines(giver: Store | int | None, taker: Store | int | None, lines: Iterable[MovedLine]) -> list[Line]:
    """Return the signed lines of containers that go from `giver` to `taker` (None is the outside world)."""
    return [
        Line(place, line.container_type, line.content, sign * line.quantity) for line in lines for place, sign in ((giver, -1), (taker, 1))
    ]


def record_transfer(
    giver: Store | int | None,
    taker: Store | int | None,
    lines: Sequence[MovedLine],
    *,
    key: uuid.UUID,
    occurred_at: datetime,
    by: Actor,
    cause: Cause | str = Cause.TRANSFER,
    origin: Origin | None = None,
    reason: str = "",
) -> Movement:
    """Record containers that went from one place to another; `cause` may be a delivery. See `post_movement`."""
    entries = moved_lines(giver, taker, lines)
    return post_movement(cause, occurred_at=occurred_at, entries=entries, key=key, by=by, origin=origin, reason=reason)


def record_purchase(
    store: Store | int,
    container_type: ContainerType | int,
    quantity: int,
    *,
    key: uuid.UUID,
    occurred_at: datetime,
    by: Actor,
    reason: str = "",
) -> Movement:
    """Record `quantity` new empty containers that entered the network at `store`. See `post_movement`."""
    line = MovedLine(container_type, Content.EMPTY, quantity)
    return record_transfer(None, store, [line], key=key, occurred_at=occurred_at, by=by, cause=Cause.PURCHASE, reason=reason)


def record_write_off(
    store: Store | int,
    lines: Sequence[MovedLine],
    *,
    cause: Cause | str,
    key: uuid.UUID,
    occurred_at: datetime,
    by: Actor,
    reason: str = "",
) -> Movement:
    """Record containers that left the network at `store` for good.

    Arguments: `cause` is "loss" or "breakage"; the rest as in `post_movement`. Raises ValueError for another cause.
    """
    if cause not in (Cause.LOSS, Cause.BREAKAGE):
        raise ValueError(f"{cause} is not a way to leave the network")
    return record_transfer(store, None, lines, key=key, occurred_at=occurred_at, by=by, cause=cause, reason=reason)


def lines_of(movement: Movement) -> Net:
    """Return the lines of a movement as they were written."""
    rows = movement.entries.values_list("store_id", "container_type_id", "content", "quantity")
    return {(store, container_type, content): quantity for store, container_type, content, quantity in rows}


def why_not_reversible(movement: Movement) -> str:
    """Return why `movement` cannot be corrected by itself, as a sentence; empty when it can."""
    if movement.reverses_id:
        return _("This movement already takes another one back: record a new movement instead.")
    if movement.inventory_id:
        return _("This movement follows from an inventory: withdraw or replace the inventory instead.")
    if movement.declaration_id:
        return _("This movement follows from a declaration: withdraw the declaration, or record an inventory instead.")
    if Movement.objects.filter(reverses=movement).exists():
        return _("This movement has already been corrected: open its correction to see what replaced it.")
    return ""


def reversal_of(movement: Movement, *, by: Actor, reason: str) -> Movement:
    """Return the unsaved reversal of `movement`: same cause, same moment, same links, and a key of its own."""
    return Movement(
        key=uuid.uuid5(movement.key, "reversal"),
        cause=movement.cause,
        occurred_at=movement.occurred_at,
        reason=reason,
        inventory_id=movement.inventory_id,
        declaration_id=movement.declaration_id,
        origin_kind=movement.origin_kind,
        origin_id=movement.origin_id,
        reverses=movement,
        **Movement.author(by),
    )


def _reverse(movement: Movement, net: Net, *, by: Actor, reason: str) -> Movement:
    """Write the reversal of a movement whose lines are `net`; the stores are locked by the caller."""
    why_not = why_not_reversible(movement)
    if why_not:
        raise ValidationError(why_not, code="not_reversible")
    return put(reversal_of(movement, by=by, reason=reason), {key: -quantity for key, quantity in net.items()}, by=by)


@transaction.atomic
def cancel(movement: Movement, *, by: Actor, reason: str) -> Movement:
    """Take a movement back: it did not happen.

    Returns the reversal, at the moment of the movement. Counts made since hold.
    Raises ValidationError without a reason, or when the movement cannot be taken back (already corrected, follows from
    a count).
    """
    reason = checked_reason(reason)
    net = lines_of(movement)
    lock_stores(stores_in(net))
    return _reverse(movement, net, by=by, reason=reason)


@transaction.atomic
def correct(movement: Movement, entries: Sequence[Line], *, by: Actor, reason: str, occurred_at: datetime | None = None) -> Movement:
    """Replace a movement by what really happened: a reversal and a new movement in one transaction.

    Arguments: `entries` are all the lines as they should have been (see `post_movement`); `occurred_at` only when the
    moment was wrong as well. Returns the new movement, with the same cause and origin.
    Raises ValidationError as `cancel` and `post_movement` do.
    """
    reason = checked_reason(reason)
    before, after = lines_of(movement), net_of(entries)
    if not after:
        raise ValidationError(_("Nothing moves any more: cancel the movement instead of correcting it."), code="nothing")
    lock_stores(stores_in(before) | stores_in(after))
    _reverse(movement, before, by=by, reason=reason)
    return post_movement(
        movement.cause,
        occurred_at=occurred_at or movement.occurred_at,
        entries=entries,
        key=uuid.uuid5(movement.key, "correction"),
        by=by,
        origin=origin_of(movement),
        reason=reason,
        replaces=movement,
    )


def origin_of(movement: Movement) -> Origin | None:
    """Return what a movement tells of, as `post_movement` takes it."""
    return None if movement.origin_id is None else (movement.origin_kind, movement.origin_id)
