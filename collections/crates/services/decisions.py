"""Settling a difference between what was seen and what was expected: once, by a coordinator, with a trace."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crates.enums import ActKind, Cause, Decision
from crates.models import Count, DiscrepancyDecision, Inventory, Movement
from crates.queries_differences import Difference, difference_of
from crates.services.carry import places_at
from crates.services.counts import record_inventory
from crates.services.ledger import checked_reason, lock_stores, record_transfer
from crates.services.lines import CountedLine, MovedLine, id_of
from crates.services.undo import note
from lincassable.accounts.actors import LINK, Actor
from stores.models import Store


def _standing(line: Count) -> DiscrepancyDecision | None:
    """Return the decision that settles a line, if there is one."""
    return DiscrepancyDecision.objects.filter(count=line, undone_at=None).first()


def _open(line: Count, by: Actor) -> Difference | None:
    """Return what is to be settled; the place is locked. None when the line is not a difference any more.

    Raises PermissionDenied for a phone's link: only people settle differences.
    """
    if by.kind == LINK:
        raise PermissionDenied
    return difference_of(line.pk, line.store_id)


def _decide(
    line: Count,
    decision: Decision,
    found: Difference | None,
    *,
    by: Actor,
    reason: str,
    movement: Movement | None = None,
    inventory: Inventory | None = None,
) -> DiscrepancyDecision:
    """Write the decision and note it, so that it may be undone."""
    row = DiscrepancyDecision.objects.create(
        count=line,
        decision=decision,
        reason=reason,
        expected=found.expected if found else None,
        difference=found.difference if found else None,
        movement=movement,
        inventory=inventory,
        **DiscrepancyDecision.author(by),
    )
    note(ActKind.DECISION, by=by, made=movement or inventory, decision=row)
    return row


@transaction.atomic
def dismiss(line: Count, *, by: Actor, reason: str) -> DiscrepancyDecision:
    """Say that a difference needs nothing.

    Arguments: `line` of an inventory or a declaration; `reason`, required, up to 250 characters.
    Returns the decision; a line that is settled already keeps the decision it has. Raises ValidationError without a
    reason, PermissionDenied for a phone's link.
    """
    reason = checked_reason(reason)
    lock_stores([line.store_id])
    found = _open(line, by)
    return _standing(line) or _decide(line, Decision.DISMISSED, found, by=by, reason=reason)


@transaction.atomic
def accept_as_inventory(line: Count, *, by: Actor, reason: str = "") -> DiscrepancyDecision:
    """Take what was seen as it is: a declared total becomes an inventory at its moment; an inventory is one already.

    Returns the decision; a line that is settled already keeps the decision it has. Raises PermissionDenied for a phone's
    link, ValidationError when the total is not known.
    """
    lock_stores([line.store_id])
    found = _open(line, by)
    known = _standing(line)
    if known:
        return known
    inventory = None
    if line.inventory_id is None:
        inventory = record_inventory(
            line.store,
            key=uuid.uuid4(),
            counted_at=line.at,
            lines=[_as_counted(line)],
            by=by,
            note=_("Declared total, accepted as a count."),
        )
    return _decide(line, Decision.ACCEPTED, found, by=by, reason=reason.strip()[:250], inventory=inventory)


def _as_counted(line: Count) -> CountedLine:
    """Return a declared line as a count; at a hub the full ones stay what the ledger believes, unless they were said."""
    if line.total is None:
        raise ValidationError(_("No total was said: there is nothing to accept."), code="no_total")
    total, full = line.total, line.full
    if full is None and line.store.keeps_stock:
        pair = (line.store_id, line.container_type_id)
        full = places_at([pair], line.at, strictly=True, stock=True)[pair].full
    return CountedLine(line.container_type, total, None if full is None else min(max(full, 0), total))


@transaction.atomic
def record_missing(
    line: Count,
    *,
    giver: Store | None,
    taker: Store | None,
    moved: Sequence[MovedLine],
    cause: Cause | str,
    occurred_at: datetime,
    key: uuid.UUID,
    by: Actor,
    reason: str = "",
) -> DiscrepancyDecision:
    """Record the movement that explains a difference, at its own moment, before what was seen.

    Arguments: those of `record_transfer` (None is outside the network); one end is the line's place.
    Returns the decision; a line that is settled already keeps the decision it has. Raises ValidationError when the movement
    does not concern the place, or comes after what was seen; PermissionDenied for a phone's link.
    """
    ends = [place for place in (giver, taker) if place is not None]
    if line.store_id not in {place.pk for place in ends}:
        raise ValidationError(_("The movement has to start or end at the place of the difference."), code="elsewhere")
    if all(id_of(one.container_type) != line.container_type_id for one in moved):
        raise ValidationError(_("The movement has to be about the container of the difference."), code="other_kind")
    if occurred_at > line.at:
        raise ValidationError(_("A movement that explains a count happened before it: give an earlier moment."), code="later")
    lock_stores([place.pk for place in ends])
    found = _open(line, by)
    known = _standing(line)
    if known:
        return known
    movement = record_transfer(giver, taker, moved, key=key, occurred_at=occurred_at, by=by, cause=cause, reason=reason)
    return _decide(line, Decision.RECORDED, found, by=by, reason=reason.strip()[:250], movement=movement)
