"""Sorted bottles on their way back: sent to washing, back from it, delivered to a producer, as pallets and loose bottles.

Append-only like the crate ledger. Stocks may go negative: what really left is recorded, and the page of the stock flags it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from crates.enums import ActKind, BottleAct, BottleStage
from crates.models import BottleModel, BottleMovement
from crates.services.ledger import checked_reason, lock_stores, refuse_future
from crates.services.undo import note as note_act
from lincassable.accounts.actors import LINK, Actor
from stores.enums import Kind
from stores.models import Store

ORIGIN = "bottles"  # what acts call movements of bottles recorded in one go
MOST_BOTTLES = 1_000_000  # of one model in one go; more is a slip of the finger
MOST_PALLETS = 1_000


@dataclass(frozen=True, slots=True)
class BottleLine:
    """Bottles of one model: whole pallets and bottles beside them; `broken`, how many did not survive the washing."""

    bottle_model: BottleModel
    bottles: int = 0
    pallets: int = 0
    broken: int = 0

    @property
    def quantity(self) -> int:
        """All sound bottles, those on pallets included."""
        return self.bottles + self.pallets * self.bottle_model.pallet_bottles


@dataclass(frozen=True, slots=True)
class _Side:
    """Where bottles are before or after: a stage at a place, or outside (no stage)."""

    stage: str = ""
    store: Store | None = None


_OUTSIDE = _Side()


@transaction.atomic
def send_to_washing(
    centre: Store, washer: Store, lines: Sequence[BottleLine], *, key: uuid.UUID, occurred_at: datetime, by: Actor, reason: str = ""
) -> list[BottleMovement]:
    """Record sorted bottles that left `centre` for the washing centre `washer`.

    Arguments: `lines`, at most one per model, those of zero are left out; `key`, a replay returns the first movements and
    changes nothing; `occurred_at`, up to now; `reason`, a remark.
    Returns one movement per model. Raises ValidationError when nothing moves, for a figure that cannot be right, a future
    moment, or when `washer` washes no bottles; PermissionDenied for a phone's link.
    """
    _refuse_other_kind(washer, Kind.WASHING, _("Bottles are washed at a washing centre: choose one."))
    ends = (_Side(BottleStage.SORTED, centre), _Side(BottleStage.WASHING, washer))
    return _noted(_move(BottleAct.SENT, lines, *ends, key=key, occurred_at=occurred_at, by=by, reason=reason), by=by)


@transaction.atomic
def receive_washed(
    washer: Store, place: Store, lines: Sequence[BottleLine], *, key: uuid.UUID, occurred_at: datetime, by: Actor, reason: str = ""
) -> list[BottleMovement]:
    """Record bottles that `washer` has washed; they are now at `place` (the washing centre itself, or where they were brought).

    Arguments: `lines` also say how many were broken; the rest as in `send_to_washing`.
    Returns a movement per model that came back and one per model that was broken. Raises as `send_to_washing` does.
    """
    _refuse_other_kind(washer, Kind.WASHING, _("Bottles are washed at a washing centre: choose one."))
    at_washing = _Side(BottleStage.WASHING, washer)
    broken = [BottleLine(line.bottle_model, bottles=line.broken) for line in lines]
    if not any(line.quantity for line in (*lines, *broken)):
        raise _nothing()
    facts: dict[str, Any] = {"key": key, "occurred_at": occurred_at, "by": by, "reason": reason, "may_be_nothing": True}
    # Both locks at once, in order: the places of the two moves are the same two.
    lock_stores([washer.pk, place.pk])
    back = _move(BottleAct.WASHED, lines, at_washing, _Side(BottleStage.WASHED, place), **facts)
    return _noted(back + _move(BottleAct.BROKEN, broken, at_washing, _OUTSIDE, **facts), by=by)


@transaction.atomic
def deliver_to_producer(
    place: Store, producer: Store, lines: Sequence[BottleLine], *, key: uuid.UUID, occurred_at: datetime, by: Actor, reason: str = ""
) -> list[BottleMovement]:
    """Record washed bottles that left `place` for `producer`: they leave the loop's stock until people bring them back.

    The rest as in `send_to_washing`.
    """
    _refuse_other_kind(producer, Kind.PRODUCER, _("Washed bottles go to a producer: choose one."))
    ends = (_Side(BottleStage.WASHED, place), _Side("", producer))
    return _noted(_move(BottleAct.DELIVERED, lines, *ends, key=key, occurred_at=occurred_at, by=by, reason=reason), by=by)


def moved_by(key: uuid.UUID) -> list[BottleMovement]:
    """Return the movements that were recorded in one go under `key`, in the order of models; with what took them back, if anything."""
    models = BottleModel.objects.order_by("pk").values_list("pk", flat=True)
    keys = [_key(key, act, pk) for pk in models for act in BottleAct]
    rows = BottleMovement.objects.filter(key__in=keys).select_related("bottle_model", "from_store", "to_store", "reversed_by")
    return list(rows.order_by("bottle_model__position", "bottle_model__code", "pk"))


def _key(key: uuid.UUID, act: str, model_id: int) -> uuid.UUID:
    """Return the key of one model's movement in what was recorded in one go."""
    return uuid.uuid5(key, f"{act} {model_id}")


def _noted(moved: list[BottleMovement], *, by: Actor) -> list[BottleMovement]:
    """Let whoever recorded movements in one go take them back together, for a while. Returns them."""
    fresh = [movement.pk for movement in moved if not movement.replayed]
    if fresh:
        note_act(ActKind.BOTTLES, by=by, origin=(ORIGIN, fresh[0]), before={"movements": fresh})
    return moved


@transaction.atomic
def undo_bottles(movement_ids: Sequence[int], *, by: Actor, reason: str) -> list[BottleMovement]:
    """Take back what was recorded in one go, but for what was taken back since. Returns the reversals."""
    rows = BottleMovement.objects.filter(pk__in=movement_ids).order_by("pk")
    lock_stores({pk for row in rows for pk in (row.from_store_id, row.to_store_id) if pk})
    return take_back(rows.filter(reversed_by=None), by=by, reason=reason)


@transaction.atomic
def cancel_bottles(movement: BottleMovement, *, by: Actor, reason: str) -> BottleMovement:
    """Take a movement of bottles back: it did not happen, or was typed wrongly and is recorded anew.

    Returns the reversal, at the same moment. Raises ValidationError without a reason, or when the movement cannot be taken
    back (it is a reversal, was taken back already, or belongs to a sorting batch); PermissionDenied for a phone's link.
    """
    if by.kind == LINK:
        raise PermissionDenied
    reason = checked_reason(reason)
    lock_stores([pk for pk in (movement.from_store_id, movement.to_store_id) if pk])
    why_not = why_not_cancellable(movement)
    if why_not:
        raise ValidationError(why_not, code="not_reversible")
    return take_back([movement], by=by, reason=reason)[0]


def why_not_cancellable(movement: BottleMovement) -> str:
    """Return why a movement of bottles cannot be taken back by itself, as a sentence; empty when it can."""
    if movement.reverses_id:
        return _("This movement already takes another one back: record a new movement instead.")
    if movement.batch_id:
        return _("These bottles come from a sorting batch: cancel the batch instead.")
    if BottleMovement.objects.filter(reverses=movement).exists():
        return _("This movement was taken back already.")
    return ""


def take_back(movements: Iterable[BottleMovement], *, by: Actor, reason: str) -> list[BottleMovement]:
    """Write the reversals of movements of bottles; the places are locked by the caller. Returns them."""
    return BottleMovement.objects.bulk_create(
        BottleMovement(
            key=uuid.uuid5(movement.key, "reversal"),
            kind=movement.kind,
            bottle_model_id=movement.bottle_model_id,
            from_stage=movement.to_stage,
            from_store_id=movement.to_store_id,
            to_stage=movement.from_stage,
            to_store_id=movement.from_store_id,
            quantity=movement.quantity,
            pallets=movement.pallets,
            occurred_at=movement.occurred_at,
            batch_id=movement.batch_id,
            reverses=movement,
            reason=reason,
            **BottleMovement.author(by),
        )
        for movement in movements
    )


def _refuse_other_kind(store: Store, kind: str, sentence: str) -> None:
    if store.kind != kind:
        raise ValidationError(sentence, code="place")


def _nothing() -> ValidationError:
    return ValidationError(_("Nothing moves: give at least one number."), code="nothing")


def _check(lines: Sequence[BottleLine]) -> list[BottleLine]:
    """Return the lines that move something. Raises ValidationError for what cannot be right."""
    models = [line.bottle_model.pk for line in lines]
    if len(models) != len(set(models)):
        raise ValidationError(_("The same bottle model is listed twice: keep one line for it."), code="twice")
    for line in lines:
        for number, most in ((line.bottles, MOST_BOTTLES), (line.pallets, MOST_PALLETS), (line.broken, MOST_BOTTLES)):
            if not 0 <= number <= most:
                raise ValidationError(_("%(number)s cannot be right: check the figure.") % {"number": number}, code="absurd")
    return [line for line in lines if line.quantity]


def _replayed(keys: Iterable[uuid.UUID]) -> list[BottleMovement]:
    """Return the movements that were written under these keys before."""
    known = list(BottleMovement.objects.filter(key__in=keys).select_related("bottle_model").order_by("pk"))
    for movement in known:
        movement.replayed = True
    return known


@transaction.atomic
def _move(
    act: BottleAct,
    lines: Sequence[BottleLine],
    giver: _Side,
    taker: _Side,
    *,
    key: uuid.UUID,
    occurred_at: datetime,
    by: Actor,
    reason: str,
    may_be_nothing: bool = False,
) -> list[BottleMovement]:
    """Write one movement per model; a key that is known already gives back what was written under it."""
    if by.kind == LINK:
        raise PermissionDenied
    refuse_future(occurred_at)
    moving = _check(lines)
    if not moving and not may_be_nothing:
        raise _nothing()
    lock_stores([side.store.pk for side in (giver, taker) if side.store])
    keys = {pk: _key(key, act, pk) for pk in BottleModel.objects.order_by("pk").values_list("pk", flat=True)}
    if known := _replayed(keys.values()):
        return known
    return BottleMovement.objects.bulk_create(
        BottleMovement(
            key=keys[line.bottle_model.pk],
            kind=act,
            bottle_model=line.bottle_model,
            from_stage=giver.stage,
            from_store=giver.store,
            to_stage=taker.stage,
            to_store=taker.store,
            quantity=line.quantity,
            pallets=line.pallets,
            occurred_at=occurred_at,
            reason=reason.strip()[:250],
            **BottleMovement.author(by),
        )
        for line in moving
    )
