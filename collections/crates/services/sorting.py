"""Sorting: full containers are emptied on the table, each bottle is counted by model or rejected for a reason.

The containers stay at the centre, empty; bringing them back is a transfer of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import ActKind, BottleAct, BottleStage, Cause, Content, PaloxState
from crates.models import (
    BottleModel,
    BottleMovement,
    ContainerType,
    Movement,
    Palox,
    PaloxEvent,
    RejectReason,
    SortingBatch,
    SortingIntake,
    SortingReject,
)
from crates.palox_numbers import find, normal
from crates.services.bottles import MOST_BOTTLES, take_back
from crates.services.ledger import cancel, checked_reason, lock_stores, post_movement, record_transfer, refuse_future
from crates.services.lines import MOST_COUNTED, Line, MovedLine, id_of
from crates.services.paloxes import see
from crates.services.rows import insert_locking_store
from crates.services.undo import note as note_act
from lincassable.accounts.actors import LINK, Actor
from stores.enums import Kind
from stores.models import Store

ORIGIN = "sorting"  # what movements and palox sightings call a batch


@dataclass(frozen=True, slots=True)
class Intake:
    """Full containers of one kind that were emptied; `paloxes` are the numbers of those that have one."""

    container_type: ContainerType
    quantity: int
    paloxes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """Bottles of one model that can be washed and filled again."""

    bottle_model: BottleModel
    quantity: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bottles that cannot be used again; the model is None when nobody looked."""

    bottle_model: BottleModel | None
    reason: RejectReason
    quantity: int


@transaction.atomic
def record_sorting(
    centre: Store,
    *,
    key: uuid.UUID,
    sorted_at: datetime,
    intakes: Sequence[Intake],
    accepted: Sequence[Accepted],
    rejects: Sequence[Rejected],
    by: Actor,
    note: str = "",
) -> SortingBatch:
    """Record what was sorted at one go.

    Arguments:
        centre: a sorting centre. key: a replay returns the first batch, with `replayed` True, and changes nothing.
        sorted_at: when, up to now. intakes: at most one per container type. accepted: at most one per model.
        rejects: at most one per (model, reason). Lines of zero are left out.
        by: a signed-in person or the system. note: as typed, cut to its column.
    The containers become empty at the centre by one movement, the accepted bottles enter the stock of sorted ones, and
    numbered paloxes are seen there, emptied. Bottles that do not match the containers are accepted: see `yield_of`.
    Raises ValidationError for a place that is no sorting centre, a future moment, a figure or a palox number that cannot
    be right, or when nothing was sorted; PermissionDenied for a phone's link.
    """
    if by.kind == LINK:
        raise PermissionDenied
    if centre.kind != Kind.SORTING:
        raise ValidationError(_("Bottles are sorted at a sorting centre: choose one."), code="place")
    refuse_future(sorted_at)
    intakes, accepted, rejects = _checked(intakes, accepted, rejects)
    batch = SortingBatch(key=key, centre=centre, sorted_at=sorted_at, note=note.strip()[:500], **SortingBatch.author(by))
    if not insert_locking_store(batch, centre.pk):
        batch = SortingBatch.objects.select_related("centre").get(key=key)
        batch.replayed = True
        return batch
    batch.movement = _empty_containers(batch, intakes, by=by)
    batch.save(update_fields=["movement"])
    _take_in(batch, intakes, by=by)
    _bottles(batch, accepted, rejects, by=by)
    note_act(ActKind.BATCH, by=by, origin=(ORIGIN, batch.pk))
    return batch


def _bottles(batch: SortingBatch, accepted: Iterable[Accepted], rejects: Iterable[Rejected], *, by: Actor) -> None:
    """Write the bottles: accepted ones enter the stock of sorted ones, rejected ones none."""
    BottleMovement.objects.bulk_create(_into_stock(batch, line, by) for line in accepted)
    SortingReject.objects.bulk_create(
        SortingReject(batch=batch, bottle_model=line.bottle_model, reason=line.reason, quantity=line.quantity) for line in rejects
    )


def _checked(
    intakes: Sequence[Intake], accepted: Sequence[Accepted], rejects: Sequence[Rejected]
) -> tuple[list[Intake], list[Accepted], list[Rejected]]:
    """Return the lines without those of zero. Raises ValidationError for what nobody can have done."""
    _refuse_twice(line.container_type for line in intakes)
    _refuse_twice(line.bottle_model for line in accepted)
    _refuse_twice((line.bottle_model, line.reason) for line in rejects)
    for quantity, most in [
        *((line.quantity, MOST_COUNTED) for line in intakes),
        *((line.quantity, MOST_BOTTLES) for line in accepted),
        *((line.quantity, MOST_BOTTLES) for line in rejects),
    ]:
        if not 0 <= quantity <= most:
            raise ValidationError(_("%(number)s cannot be right: check the figure.") % {"number": quantity}, code="absurd")
    for line in intakes:
        if len({normal(number).upper() for number in line.paloxes}) > line.quantity:
            raise ValidationError(
                _("There are more palox numbers than paloxes: check how many were emptied, and their numbers."), code="numbers"
            )
    kept = (
        [line for line in intakes if line.quantity],
        [line for line in accepted if line.quantity],
        [line for line in rejects if line.quantity],
    )
    if not any(kept):
        raise ValidationError(_("Nothing was sorted: give at least one number."), code="nothing")
    return kept


def _refuse_twice(things: Iterable[Hashable]) -> None:
    listed = list(things)
    if len(listed) != len(set(listed)):
        raise ValidationError(_("The same thing is listed twice: keep one line for it."), code="twice")


def _empty_containers(batch: SortingBatch, intakes: Sequence[Intake], *, by: Actor) -> Movement | None:
    """Post the one movement that makes full containers empty ones, at the centre."""
    entries = [
        Line(batch.centre_id, line.container_type, content, sign * line.quantity)
        for line in intakes
        for content, sign in ((Content.FULL, -1), (Content.EMPTY, 1))
    ]
    if not entries:
        return None
    key = uuid.uuid5(batch.key, ORIGIN)
    return post_movement(Cause.SORTING, occurred_at=batch.sorted_at, entries=entries, key=key, by=by, origin=(ORIGIN, batch.pk))


def _take_in(batch: SortingBatch, intakes: Sequence[Intake], *, by: Actor) -> None:
    """Write the intakes, and see their numbered paloxes, in the order of their ids."""
    known = find(number for line in intakes for number in line.paloxes)
    for line in intakes:
        row = SortingIntake.objects.create(batch=batch, container_type_id=id_of(line.container_type), quantity=line.quantity)
        paloxes = {palox.pk: palox for palox in (_palox(number, known) for number in line.paloxes)}
        row.paloxes.set(paloxes.values())
        for _pk, palox in sorted(paloxes.items()):
            key = uuid.uuid5(batch.key, f"palox {palox.pk}")
            origin = (ORIGIN, batch.pk)
            see(palox, PaloxState.IN_STOCK, store=batch.centre, at=batch.sorted_at, key=key, by=by, note=_("emptied"), origin=origin)


def _palox(number: str, known: dict[str, Palox]) -> Palox:
    palox = known.get(normal(number).upper())
    if palox is None:
        raise ValidationError(
            _("No palox has the number “%(number)s”: check it, or leave it out and tell a coordinator.") % {"number": normal(number)},
            code="unknown",
        )
    return palox


def _into_stock(batch: SortingBatch, line: Accepted, by: Actor) -> BottleMovement:
    return BottleMovement(
        key=uuid.uuid5(batch.key, f"{BottleAct.SORTED} {line.bottle_model.pk}"),
        kind=BottleAct.SORTED,
        bottle_model=line.bottle_model,
        to_stage=BottleStage.SORTED,
        to_store_id=batch.centre_id,
        quantity=line.quantity,
        occurred_at=batch.sorted_at,
        batch=batch,
        **BottleMovement.author(by),
    )


@transaction.atomic
def cancel_sorting(batch: SortingBatch, *, by: Actor, reason: str) -> SortingBatch:
    """Take a whole batch back: it did not happen, or was typed wrongly and is recorded anew.

    The containers are full again, the bottles leave the stock, paloxes are where they were before, unless somebody saw
    them since. Everything stays readable. A batch that was cancelled before stays as it is.
    Returns the fresh batch. Raises ValidationError without a reason, PermissionDenied for a phone's link.
    """
    if by.kind == LINK:
        raise PermissionDenied
    reason = checked_reason(reason)
    lock_stores([batch.centre_id])
    batch = SortingBatch.objects.select_for_update(of=("self",)).select_related("movement", "centre").get(pk=batch.pk)
    if batch.cancelled_at:
        return batch
    if batch.movement:
        cancel(batch.movement, by=by, reason=reason)
    take_back(batch.bottle_movements.filter(reverses=None), by=by, reason=reason)
    _put_paloxes_back(batch, by=by, reason=reason)
    batch.cancelled_at, batch.cancelled_reason = timezone.now(), reason
    batch.save(update_fields=["cancelled_at", "cancelled_reason"])
    return batch


def _put_paloxes_back(batch: SortingBatch, *, by: Actor, reason: str) -> None:
    """Let each palox of the batch be where it was before, when this batch is the last that was heard of it."""
    events = PaloxEvent.objects.filter(origin_kind=ORIGIN, origin_id=batch.pk).select_related("palox").order_by("palox_id")
    for event in events:
        history = list(event.palox.events.select_related("store").order_by("-at", "-pk"))
        before = next((other for other in history if (other.at, other.pk) < (event.at, event.pk)), None)
        state, store = (before.state, before.store) if before else (PaloxState.IN_STOCK, None)
        key = uuid.uuid5(event.key, "cancelled")
        if history[0] == event:
            see(event.palox, state, store=store, at=event.at, key=key, by=by, note=reason, origin=(ORIGIN, batch.pk))


@transaction.atomic
def transfer_for_sorting(
    hub: Store,
    centre: Store,
    *,
    sent_full: Sequence[tuple[ContainerType | int, int]],
    brought_empty: Sequence[tuple[ContainerType | int, int]],
    key: uuid.UUID,
    occurred_at: datetime,
    by: Actor,
) -> Movement:
    """Record one trip between a hub and a sorting centre: full ones there, empty ones back.

    Arguments: (container type, number) of what was sent and brought back; the rest as in `post_movement`.
    Returns the movement. Raises ValidationError when the two places are the same, or as `post_movement` does.
    """
    if hub.pk == centre.pk:
        raise ValidationError(_("Choose two different places."), code="place")
    if not brought_empty:
        lines = [MovedLine(kind, Content.FULL, number) for kind, number in sent_full]
        return record_transfer(hub, centre, lines, key=key, occurred_at=occurred_at, by=by)
    entries = [
        Line(place, kind, content, sign * number)
        for lines, content, here in ((sent_full, Content.FULL, -1), (brought_empty, Content.EMPTY, 1))
        for kind, number in lines
        for place, sign in ((hub, here), (centre, -here))
    ]
    return post_movement(Cause.TRANSFER, occurred_at=occurred_at, entries=entries, key=key, by=by)
