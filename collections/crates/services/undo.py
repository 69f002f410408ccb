"""Taking one's last act back, for a few minutes: what it made is taken back, what it took back is restored.

Nothing is deleted: undoing adds its own lines to the ledger, like every correction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import ActKind
from crates.models import Act, DiscrepancyDecision, Inventory, Movement
from crates.services.counts import reinstate_inventory, withdraw_inventory
from crates.services.ledger import Origin, cancel, lines_of, lock_stores, origin_of, post_movement, stores_in
from crates.services.lines import Line
from lincassable.accounts.actors import USER, Actor

Row = TypeVar("Row", Movement, Inventory)


class Undoing(Protocol):
    """What a higher floor does to take one of its acts back."""

    def __call__(self, act: Act, *, by: Actor) -> None: ...


_undoings: dict[str, Undoing] = {}


def register_undoing(origin_kind: str, undoing: Undoing) -> None:
    """Say how acts whose origin is called `origin_kind` are taken back; called once the apps are ready."""
    _undoings[origin_kind] = undoing


def note(
    kind: ActKind,
    *,
    by: Actor,
    made: Movement | Inventory | None = None,
    taken: Movement | Inventory | None = None,
    decision: DiscrepancyDecision | None = None,
    origin: Origin | None = None,
    before: dict[str, Any] | None = None,
) -> Act | None:
    """Remember what a person has just done, in the transaction that did it, so that they may take it back.

    Arguments: `made` and `taken`, the movement or the inventory that came into force, or was taken back; `origin` and
    `before` for acts of higher floors (see `register_undoing`).
    Returns the act; None when `by` is not a signed-in person, or when nothing was done because it had been done before.
    """
    if by.kind != USER or (made is not None and made.replayed):
        return None
    kind_of_origin, origin_id = origin or ("", None)
    act = Act(kind=kind, decision=decision, origin_kind=kind_of_origin, origin_id=origin_id, before=before or {}, **Act.author(by))
    for side, row in (("made", made), ("taken", taken)):
        if row is not None:
            setattr(act, f"{side}_{'inventory' if isinstance(row, Inventory) else 'movement'}", row)
    act.save()
    return act


@transaction.atomic
def undoable(kind: ActKind, do: Callable[[], Row], *, by: Actor, taken: Movement | Inventory | None = None) -> tuple[Row, Act | None]:
    """Do something and note it in one transaction. Returns what `do` returned, and the act. Raises what `do` raises."""
    row = do()
    gone = kind in (ActKind.CANCELLATION, ActKind.WITHDRAWAL)
    return row, note(kind, by=by, made=None if gone else row, taken=taken)


def last_act(by: Actor) -> Act | None:
    """Return what `by` did last, if it may still be undone."""
    since = timezone.now() - timedelta(minutes=settings.UNDO_MINUTES)
    act = Act.objects.filter(actor_kind=by.kind, actor_id=by.id, undone_at=None).order_by("-at", "-pk").first()
    return act if act is not None and act.at >= since and by.kind == USER else None


@transaction.atomic
def undo_last(*, by: Actor) -> Act:
    """Take back what `by` did last. Returns the act. Raises ValidationError when there is nothing, or not any more."""
    act = last_act(by)
    if act is None:
        raise ValidationError(_("There is nothing to undo: what you did last was too long ago."), code="nothing")
    return undo(act.key, by=by)


@transaction.atomic
def undo(key: uuid.UUID, *, by: Actor) -> Act:
    """Take one act back. A second click changes nothing.

    Returns the act. Raises PermissionDenied when it is somebody else's, ValidationError when it is too old, or when
    something built on it since.
    """
    act = Act.objects.select_for_update().filter(key=key).first()
    if act is None or by.kind != USER or (act.actor_kind, act.actor_id) != (by.kind, by.id):
        raise PermissionDenied(_("Only the person who did this can undo it."))
    if act.undone_at:
        return act
    minutes = settings.UNDO_MINUTES
    if act.at < timezone.now() - timedelta(minutes=minutes):
        late = _("More than %(minutes)s minutes have passed: correct it from its own page instead.") % {"minutes": minutes}
        raise ValidationError(late, code="late")
    _turn_back(act, by=by)
    act.undone_at = timezone.now()
    act.save(update_fields=["undone_at"])
    return act


def _turn_back(act: Act, *, by: Actor) -> None:
    """Take back what the act made, and bring back what it had taken back."""
    reason = _("Undone: %(what)s") % {"what": act.get_kind_display()}
    if act.origin_kind:
        _undoings[act.origin_kind](act, by=by)
        return
    movements = [row for row in (act.made_movement, act.taken_movement) if row]
    inventories = [row for row in (act.made_inventory, act.taken_inventory) if row]
    lock_stores({store for row in movements for store in stores_in(lines_of(row))} | {row.store_id for row in inventories})
    if act.made_movement:
        cancel(act.made_movement, by=by, reason=reason)
    if act.made_inventory:
        withdraw_inventory(act.made_inventory, by=by, reason=reason)
    if act.taken_movement:
        _restore(act.taken_movement, act, by=by, reason=reason)
    if act.taken_inventory:
        reinstate_inventory(act.taken_inventory, by=by)
    if act.decision:
        act.decision.undone_at = timezone.now()
        act.decision.save(update_fields=["undone_at"])


def _restore(movement: Movement, act: Act, *, by: Actor, reason: str) -> None:
    """Record a movement that was taken back once more, as it was; it follows the one that had replaced it."""
    if Movement.objects.filter(replaces=act.made_movement or movement).exists():
        raise ValidationError(_("Another movement has taken its place since: correct that one instead."), code="replaced")
    post_movement(
        movement.cause,
        occurred_at=movement.occurred_at,
        entries=[Line(*key, quantity) for key, quantity in lines_of(movement).items()],
        key=uuid.uuid5(act.key, "restored"),
        by=by,
        origin=origin_of(movement),
        reason=reason,
        source=(movement.source, movement.source_id),
        replaces=act.made_movement or movement,
    )
