"""Declarations: what staff say about their crates, from a phone, perhaps two days after they said it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.models import Count, Declaration
from crates.services.carry import add, count_lines, places_at
from crates.services.counts import post_difference, unpin
from crates.services.ledger import checked_reason, lock_stores, refuse_future
from crates.services.lines import DeclaredLine, Net, check_figure, id_of, refuse_twice
from crates.services.rows import insert_all, insert_locking_store
from lincassable.accounts.actors import Actor
from stores.models import Store


def _check_declared(lines: Sequence[DeclaredLine], *, imported: bool) -> list[DeclaredLine]:
    """Return the lines that say something. Raises ValidationError for figures nobody can have seen."""
    refuse_twice(lines)
    for line in lines:
        check_figure(line.full, imported=imported)
        check_figure(line.total, imported=imported)
        if any(not 0 <= percent <= 100 for percent in line.fill_percents):
            raise ValidationError(_("How full a container is lies between 0 and 100 %."), code="percent")
    return [line for line in lines if line.says_something]


def moment_that_counts(occurred_at: datetime | None, received_at: datetime) -> tuple[datetime, datetime | None]:
    """Return (the moment of a declaration, the phone's own claim when it is not believed).

    A time in the future, or more than CLAIMED_TIME_MAX_AGE_DAYS before the receipt, is kept as a claim only.
    """
    if occurred_at is None:
        return received_at, None
    oldest = received_at - timedelta(days=settings.CLAIMED_TIME_MAX_AGE_DAYS)
    return (occurred_at, None) if oldest <= occurred_at <= received_at else (received_at, occurred_at)


@transaction.atomic
def declare(
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
    received_at: datetime | None = None,
    source: tuple[str, str] = ("", ""),
) -> Declaration:
    """Record what staff declared. Four queries, three when nothing changes.

    The full ones become what was said, by filling or emptying containers that are there; the total stays an
    observation. At hubs and sorting centres everything is an observation. More full ones than the total are accepted.

    Arguments:
        key: the phone's UUID; a replay returns the first declaration, with `replayed` True.
        lines: at most one per container type; none at all when staff only ask for a pickup.
        occurred_at: the phone's time, None for now (see `moment_that_counts`). received_at: when it reached us.
        wants_pickup: kept here; the caller makes the request, unless `replayed`. first_name, note: cut to their columns.
        held: kept aside, without effect until `accept_held`. source: (name, external id) of an import. by: the author.
    Returns the declaration. Raises ValidationError for a figure nobody can have seen, or a receipt in the future.
    """
    said = _check_declared(lines, imported=bool(source[1]))
    received = received_at or timezone.now()
    refuse_future(received)
    declaration = Declaration(key=key, store=store, wants_pickup=wants_pickup, received_at=received, **Declaration.author(by))
    declaration.declared_at, declaration.claimed_at = moment_that_counts(occurred_at, received)
    declaration.first_name, declaration.note = first_name.strip()[:60], note.strip()[:500]
    declaration.state = Declaration.HELD if held else Declaration.POSTED
    declaration.source, declaration.source_id = source
    if not insert_locking_store(declaration, store.pk):
        return _replayed(key)
    counts = [_count(declaration, line, pins=not held and not store.keeps_stock) for line in said]
    _take_into_account(declaration, counts, by=by)
    return declaration


def _replayed(key: uuid.UUID) -> Declaration:
    """Return the declaration that already has this key."""
    declaration = Declaration.objects.get(key=key)
    declaration.replayed = True
    return declaration


def _count(declaration: Declaration, line: DeclaredLine, *, pins: bool) -> Count:
    """Return the row of one declared line; `pins` when the full ones, if said, are to hold."""
    full = line.full_ones
    return Count(
        declaration=declaration,
        store_id=declaration.store_id,
        container_type_id=id_of(line.container_type),
        at=declaration.declared_at,
        total=line.total,
        full=full,
        fill_percents=list(line.fill_percents),
        pins_full=pins and full is not None,
    )


def _take_into_account(declaration: Declaration, counts: list[Count], *, by: Actor) -> None:
    """Write a declaration's lines, and the filling that makes the pinned ones true. The store is locked."""
    pinned = [count for count in counts if count.pins_full]
    pairs = [(count.store_id, count.container_type_id) for count in pinned]
    places = places_at(pairs, declaration.declared_at, strictly=True, stock=True)
    net: Net = {}
    for count, pair in zip(pinned, pairs, strict=True):
        more = (count.full or 0) - places[pair].full
        net = add(net, count_lines(*pair, (-more, more), outside=False))
    insert_all(counts)
    post_difference(declaration, net, places, by=by)


def _locked(declaration: Declaration, *, expected: str) -> Declaration:
    """Lock a declaration's store, read it again, and refuse it unless it is in the `expected` state."""
    lock_stores([declaration.store_id])
    fresh = Declaration.objects.select_related("store").get(pk=declaration.pk)
    if fresh.state != expected:
        raise ValidationError(
            _("This declaration is already settled: it is now “%(state)s”.") % {"state": fresh.get_state_display()}, code="state"
        )
    return fresh


def _settle(declaration: Declaration, state: str, *, by: Actor, reason: str) -> Declaration:
    """Note who settled a declaration, when and why."""
    declaration.state = state
    declaration.settled_at = timezone.now()
    declaration.settled_reason = reason
    declaration.settled_by_kind, declaration.settled_by_id = by.kind, by.id
    declaration.save(update_fields=["state", "settled_at", "settled_reason", "settled_by_kind", "settled_by_id"])
    return declaration


@transaction.atomic
def accept_held(declaration: Declaration, *, by: Actor) -> Declaration:
    """Take a held declaration into account, at the moment it was made; counts made since hold.

    Returns it, posted. Raises ValidationError when it is not held any more.
    """
    declaration = _locked(declaration, expected=Declaration.HELD)
    counts = list(declaration.lines.order_by("pk"))
    # Among counts of one moment the latest row holds: the lines get new ids, as they come into force now.
    declaration.lines.all().delete()
    for count in counts:
        count.pk = None
        count.pins_full = count.full is not None and not declaration.store.keeps_stock
    _take_into_account(declaration, counts, by=by)
    return _settle(declaration, Declaration.POSTED, by=by, reason="")


@transaction.atomic
def refuse_held(declaration: Declaration, *, by: Actor, reason: str = "") -> Declaration:
    """Set a held declaration aside for good; it is kept, without effect.

    Returns it, refused. Raises ValidationError when it is not held any more.
    """
    declaration = _locked(declaration, expected=Declaration.HELD)
    declaration.lines.update(withdrawn=True)
    return _settle(declaration, Declaration.REFUSED, by=by, reason=reason.strip()[:250])


@transaction.atomic
def withdraw_declaration(declaration: Declaration, *, by: Actor, reason: str) -> Declaration:
    """Take a declaration back, as if it had never been made; later counts hold.

    Returns it, refused. Raises ValidationError without a reason, or when it is not in force.
    """
    reason = checked_reason(reason)
    declaration = _locked(declaration, expected=Declaration.POSTED)
    unpin(declaration, by=by, reason=reason)
    return _settle(declaration, Declaration.REFUSED, by=by, reason=reason)
