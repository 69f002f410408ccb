"""Inventories: counts that pin the balance at their moment, and their withdrawal."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import Cause
from crates.models import Count, Declaration, Inventory, Movement
from crates.services.carry import Change, Pair, Pin, Place, add, carry, changes_of, count_lines, places_at, write_offset
from crates.services.ledger import checked_reason, lines_of, lock_stores, refuse_future, reversal_of
from crates.services.lines import CountedLine, Net, check_figure, id_of, refuse_twice
from crates.services.rows import insert_locking_store, insert_movement
from lincassable.accounts.actors import Actor
from stores.models import Store


def _check_counted(lines: Sequence[CountedLine], *, imported: bool) -> None:
    """Raise ValidationError when the lines of a count cannot have been seen."""
    if not lines:
        raise ValidationError(_("Count at least one container: write 0 when there are none."), code="empty")
    refuse_twice(lines)
    for line in lines:
        check_figure(line.total, imported=imported)
        check_figure(line.full, imported=imported)
        if not imported and line.full is not None and line.full > line.total:
            raise ValidationError(_("There cannot be more full containers than containers: check both figures."), code="full_over_total")


@transaction.atomic
def record_inventory(
    store: Store,
    *,
    key: uuid.UUID,
    counted_at: datetime,
    lines: Sequence[CountedLine],
    by: Actor,
    note: str = "",
    source: tuple[str, str] = ("", ""),
) -> Inventory:
    """Record a physical count; the stock at its moment becomes what was counted.

    Arguments:
        store: the place counted.
        key: who replays with the same key gets the first inventory back, with `replayed` True.
        counted_at: when it was counted, up to now; counts made since then keep holding.
        lines: one per container type. Without full ones, the total alone is pinned and the difference goes to the
            empty ones; at hubs and sorting centres a missing figure means that none is full.
        by: the author. note: free text. source: (name, external id) of an import, whose figures may be negative.
    Returns the inventory. Raises ValidationError for a future moment, no line, or a figure nobody can have seen.
    """
    _check_counted(lines, imported=bool(source[1]))
    refuse_future(counted_at)
    inventory = Inventory(key=key, store=store, counted_at=counted_at, note=note, **Inventory.author(by))
    inventory.source, inventory.source_id = source
    if not insert_locking_store(inventory, store.pk):
        inventory = Inventory.objects.get(key=key)
        inventory.replayed = True
        return inventory
    full = {id_of(line.container_type): 0 if line.full is None and store.keeps_stock else line.full for line in lines}
    places = places_at([(store.pk, kind) for kind in full], counted_at, strictly=True, stock=True)
    net: Net = {}
    for line in lines:
        pair = store.pk, id_of(line.container_type)
        change = _difference(places[pair], line.total, full[pair[1]])
        net = add(net, count_lines(*pair, change, outside=True))
    Count.objects.bulk_create(_counts(inventory, lines, full))
    post_difference(inventory, net, places, by=by)
    return inventory


def _difference(expected: Place, total: int, full: int | None) -> Change:
    """Return what a count changes in (empty, full); without full ones, the empty ones take all of it."""
    more_full = 0 if full is None else full - expected.full
    return total - expected.full - expected.empty - more_full, more_full


def _counts(inventory: Inventory, lines: Sequence[CountedLine], full: dict[int, int | None]) -> list[Count]:
    """Return the rows of an inventory's lines; `full` by container type, None where it was not counted."""
    return [
        Count(
            inventory=inventory,
            store_id=inventory.store_id,
            container_type_id=id_of(line.container_type),
            at=inventory.counted_at,
            total=line.total,
            full=full[id_of(line.container_type)],
            pins_total=True,
            pins_full=full[id_of(line.container_type)] is not None,
        )
        for line in lines
    ]


def post_difference(count: Inventory | Declaration, net: Net, places: dict[Pair, Place], *, by: Actor) -> None:
    """Write the difference between what was seen and what was expected, and carry it through the later counts.

    A count that finds what was expected writes no movement; it pins all the same.
    """
    if not net:
        return
    movement = Movement(key=uuid.uuid5(count.key, "difference"), occurred_at=count.moment, **Movement.author(by))
    if isinstance(count, Inventory):
        movement.cause, movement.inventory = Cause.INVENTORY, count
    else:
        movement.cause, movement.declaration = Cause.DECLARATION, count
    insert_movement(movement, net)
    carry(movement, changes_of(net), places, by=by)


@transaction.atomic
def withdraw_inventory(inventory: Inventory, *, by: Actor, reason: str) -> Inventory:
    """Take a count back, as if it had never been made; the next later count absorbs the rest.

    Arguments: `reason`, required, up to 250 characters. Returns the inventory, withdrawn.
    Raises ValidationError without a reason, or when it is withdrawn already.
    """
    reason = checked_reason(reason)
    lock_stores([inventory.store_id])
    inventory.refresh_from_db()
    if inventory.withdrawn_at:
        raise ValidationError(_("This inventory has already been withdrawn."), code="withdrawn")
    unpin(inventory, by=by, reason=reason)
    inventory.withdrawn_at = timezone.now()
    inventory.withdrawn_reason = reason
    inventory.withdrawn_by_kind, inventory.withdrawn_by_id = by.kind, by.id
    inventory.save(update_fields=["withdrawn_at", "withdrawn_reason", "withdrawn_by_kind", "withdrawn_by_id"])
    return inventory


@transaction.atomic
def replace_inventory(
    inventory: Inventory,
    *,
    key: uuid.UUID,
    lines: Sequence[CountedLine],
    by: Actor,
    reason: str,
    counted_at: datetime | None = None,
    note: str | None = None,
    source: tuple[str, str] = ("", ""),
) -> Inventory:
    """Correct a count: withdraw it and record a new one in one transaction.

    Arguments: those of `record_inventory`; the moment and the note stay unless given. Returns the new inventory.
    Raises ValidationError as `withdraw_inventory` and `record_inventory` do.
    """
    lock_stores([inventory.store_id])
    known = Inventory.objects.filter(key=key).first()
    if known is not None:
        known.replayed = True
        return known
    withdraw_inventory(inventory, by=by, reason=reason)
    return record_inventory(
        inventory.store,
        key=key,
        counted_at=counted_at or inventory.counted_at,
        lines=lines,
        by=by,
        note=inventory.note if note is None else note,
        source=source,
    )


@transaction.atomic
def reinstate_inventory(inventory: Inventory, *, by: Actor) -> Inventory:
    """Bring a withdrawn count back into force, at its own moment; counts made since hold.

    Returns the inventory. Raises ValidationError when it is in force already. Another count of the very same moment that was
    recorded later keeps the upper hand, as it did before.
    """
    lock_stores([inventory.store_id])
    inventory.refresh_from_db()
    if not inventory.withdrawn_at:
        raise ValidationError(_("This inventory is in force already."), code="in_force")
    inventory.lines.update(withdrawn=False)
    inventory.withdrawn_at = inventory.withdrawn_by_id = None
    inventory.withdrawn_reason = inventory.withdrawn_by_kind = ""
    inventory.save(update_fields=["withdrawn_at", "withdrawn_reason", "withdrawn_by_kind", "withdrawn_by_id"])
    at = inventory.counted_at
    places = places_at(list(inventory.lines.values_list("store_id", "container_type_id")), at, strictly=False, stock=True)
    net: Net = {}
    for pair, place in places.items():
        net = add(net, _hold_at(None, pair, place, at, by=by))
    carry(None, changes_of(net), {pair: _after(place, at) for pair, place in places.items()}, by=by)
    return inventory


def unpin(count: Inventory | Declaration, *, by: Actor, reason: str) -> None:
    """Reverse everything a count wrote (its difference, its offsets) and let the other counts hold without it.

    An older count of the very same moment, which this one had superseded, comes back into force. The store is locked
    by the caller.
    """
    at = count.moment
    pairs: list[Pair] = list(count.lines.values_list("store_id", "container_type_id"))
    count.lines.update(withdrawn=True)
    net: Net = {}
    first: Movement | None = None
    for movement in count.movements.filter(reverses=None, reversed_by=None).order_by("pk"):
        back = {key: -quantity for key, quantity in lines_of(movement).items()}
        reversal = reversal_of(movement, by=by, reason=reason)
        insert_movement(reversal, back)
        first = first or reversal
        net = add(net, back)
    places = places_at(pairs, at, strictly=False, stock=True)
    for pair, place in places.items():
        net = add(net, _hold_at(first, pair, place, at, by=by))
    carry(first, changes_of(net), {pair: _after(place, at) for pair, place in places.items()}, by=by)


def _after(place: Place, moment: datetime) -> Place:
    """Return `place` with the pins after `moment` only."""
    return Place(place.empty, place.full, [pin for pin in place.pins if pin.at > moment])


def _hold_at(late: Movement | None, pair: Pair, place: Place, moment: datetime, *, by: Actor) -> Net:
    """Bring the stock at `moment` to what the counts of that very moment still say; return the lines written.

    Per dimension the latest count of a moment is the one that holds.
    """
    here = [pin for pin in place.pins if pin.at == moment]
    full_pin: Pin | None = next((pin for pin in reversed(here) if pin.full is not None), None)
    total_pin: Pin | None = next((pin for pin in reversed(here) if pin.total is not None), None)
    written: Net = {}
    if full_pin is not None and full_pin.full is not None:
        filled: Change = (place.full - full_pin.full, full_pin.full - place.full)
        lines = count_lines(*pair, filled, outside=False)
        write_offset(late, full_pin, lines, by=by)
        written = add(written, lines)
    if total_pin is not None and total_pin.total is not None:
        lines = count_lines(*pair, (total_pin.total - place.empty - place.full, 0), outside=True)
        write_offset(late, total_pin, lines, by=by)
        written = add(written, lines)
    return written
