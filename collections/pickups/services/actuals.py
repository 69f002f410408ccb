"""What was really done at a stop, checked and written beside the plan: containers, pallets. Shared by recording and correcting."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.models import Movement
from crates.services import PickedLine, cancel, correct, pickup_lines, post_pickup
from crates.services.lines import check_figure
from lincassable.accounts.actors import Actor
from pickups.enums import PalletDirection, PalletType, StopState
from pickups.lines import ActualLine, ActualPallet
from pickups.models import Stop, StopLine, StopPallet, Tour

MOST_PALLETS = 999  # of one kind at one stop; more is a slip of the finger
LONGEST_NAME = 120  # characters, as the column of who signed


def check_lines(lines: Sequence[ActualLine]) -> None:
    """Raise ValidationError for a number that cannot be right or a kind of container listed twice."""
    for line in lines:
        for number in (*line.moved, line.remaining_full):
            check_figure(number, imported=False)
    kinds = [line.container_type.pk for line in lines]
    if len(kinds) != len(set(kinds)):
        raise ValidationError(_("The same container is listed twice: keep one line for it."), code="twice")


def check_pallets(pallets: Sequence[ActualPallet]) -> None:
    """Raise ValidationError for pallets that cannot be, or that are listed twice."""
    for pallet in pallets:
        if pallet.direction not in PalletDirection.values or pallet.pallet_type not in PalletType.values:
            raise ValidationError({"pallets": _("Choose which pallets, and whether they were taken or left.")}, code="pallet")
        if not 0 <= pallet.number <= MOST_PALLETS:
            sentence = _("%(number)s pallets cannot be right: check the figure.")
            raise ValidationError({"pallets": sentence % {"number": pallet.number}}, code="pallets")
    whats = [pallet.what for pallet in pallets]
    if len(whats) != len(set(whats)):
        raise ValidationError({"pallets": _("The same pallets are listed twice: keep one line for them.")}, code="pallets_twice")


def check_signer(name: str) -> None:
    """Raise ValidationError when the name of who signed is too long."""
    if len(name.strip()) > LONGEST_NAME:
        sentence = _("Keep the name under %(most)s characters.") % {"most": LONGEST_NAME}
        raise ValidationError({"signer_name": sentence}, code="too_long")


def store_lines(stop: Stop, lines: Sequence[ActualLine], *, outcome: str) -> None:
    """Write actual quantities beside the planned ones: 0 where something was planned and nothing happened.

    What stayed is only kept at a stop that was partly done.
    """
    given = {line.container_type.pk: line for line in lines}
    planned = set(stop.lines.values_list("container_type_id", flat=True))
    partial = outcome == StopState.PARTIAL
    rows = []
    for pk in sorted(planned | {pk for pk, line in given.items() if any(line.moved) or line.remaining_full}):
        line = given.get(pk)
        full, empty, taken_empty, left_full = line.moved if line else (0, 0, 0, 0)
        stayed = line.remaining_full if line and partial else None
        quantities = {"loaded_full": full, "left_empty": empty, "taken_empty": taken_empty, "left_full": left_full}
        rows.append(StopLine(stop=stop, container_type_id=pk, remaining_full=stayed, **quantities))
    columns = ["loaded_full", "left_empty", "taken_empty", "left_full", "remaining_full"]
    StopLine.objects.bulk_create(rows, update_conflicts=True, unique_fields=["stop", "container_type"], update_fields=columns)


def store_pallets(stop: Stop, pallets: Sequence[ActualPallet]) -> None:
    """Write the pallets really taken and left beside the planned ones; those that were neither planned nor seen go."""
    given = {pallet.what: pallet.number for pallet in pallets if pallet.number}
    for row in stop.pallets.order_by("pk"):
        row.actual = given.pop((row.direction, row.pallet_type, row.container_type_id), 0)
        if row.actual or row.planned:
            row.save(update_fields=["actual"])
        else:
            row.delete()
    StopPallet.objects.bulk_create(
        StopPallet(stop=stop, direction=direction, pallet_type=kind, container_type_id=content, actual=number)
        for (direction, kind, content), number in given.items()
    )


def lines_of(stop: Stop) -> list[ActualLine]:
    """Return what was recorded at a stop, kind by kind."""
    rows = stop.lines.exclude(loaded_full=None).select_related("container_type").order_by("pk")
    return [
        ActualLine(row.container_type, row.loaded_full or 0, row.left_empty or 0, row.taken_empty, row.left_full, row.remaining_full)
        for row in rows
    ]


def pallets_of(stop: Stop) -> list[ActualPallet]:
    """Return the pallets recorded at a stop."""
    rows = stop.pallets.exclude(actual=None).select_related("container_type").order_by("pk")
    return [ActualPallet(row.direction, row.pallet_type, row.container_type, row.actual or 0) for row in rows if row.actual]


def picked(lines: Sequence[ActualLine]) -> list[PickedLine]:
    """Return the lines as the ledger takes them."""
    return [PickedLine(line.container_type, *line.moved) for line in lines]


def post(tour: Tour, stop: Stop, lines: Sequence[ActualLine], *, by: Actor) -> None:
    """Write the movement of a stop that has just been completed; nothing when nothing moved."""
    _post(tour, stop, lines, key=_movement_key(stop), by=by)


def _post(tour: Tour, stop: Stop, lines: Sequence[ActualLine], *, key: uuid.UUID, by: Actor) -> None:
    moment = stop.completed_at or timezone.now()
    post_pickup(stop.store_id, tour.hub_id, picked(lines), key=key, occurred_at=moment, by=by, origin=("stop", stop.pk))


def _movement_key(stop: Stop, number: int = 0) -> uuid.UUID:
    """Return the key of a stop's movement: always the same, so that it is posted once. `number`: later ones, of corrections."""
    return uuid.uuid5(stop.uuid, f"pickup {number}" if number else "pickup")


def correct_ledger(tour: Tour, stop: Stop, actual: Sequence[ActualLine], *, by: Actor, reason: str) -> None:
    """Make the stop's movement say `actual`: corrected, cancelled, or posted for the first time; untouched when it says so already.

    Called before the new quantities are written beside the plan.
    """
    of_stop = Movement.objects.filter(origin_kind="stop", origin_id=stop.pk)
    current = of_stop.filter(reverses__isnull=True, reversed_by__isnull=True).order_by("pk").first()
    after = _effect(actual)
    if _effect(lines_of(stop)) == after:
        return
    if current is None:
        _post(tour, stop, actual, key=_movement_key(stop, of_stop.count() + 1), by=by)
    elif after:
        correct(current, pickup_lines(stop.store_id, tour.hub_id, picked(actual)), by=by, reason=reason)
    else:
        cancel(current, by=by, reason=reason)


def _effect(lines: Sequence[ActualLine]) -> dict[int, tuple[int, int]]:
    """Return what changes at the hub, full and empty, kind by kind: as many taken as left is nothing to the ledger."""
    effect = {line.container_type.pk: (line.loaded_full - line.left_full, line.taken_empty - line.left_empty) for line in lines}
    return {pk: change for pk, change in effect.items() if any(change)}


def as_data(lines: Sequence[ActualLine], pallets: Sequence[ActualPallet]) -> dict[str, Any]:
    """Return quantities as plain data: what an undone correction puts back."""
    return {
        "lines": [[line.container_type.pk, *line.moved, line.remaining_full] for line in lines],
        "pallets": [[*pallet.what, pallet.number] for pallet in pallets],
    }
