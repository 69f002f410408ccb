"""Numbered paloxes at a stop: kept as they were typed, and told to the paloxes' own history, once."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import PaloxState
from crates.models import Palox
from crates.palox_numbers import LONGEST, MOST_AT_ONCE, find, normal
from crates.services.paloxes import register_palox, see
from lincassable.accounts.actors import Actor
from pickups.enums import PaloxDirection, Party
from pickups.lines import PaloxNumbers
from pickups.models import Stop, StopPalox, Tour
from pickups.services.moves import lock_tour, require


def check_numbers(numbers: PaloxNumbers) -> None:
    """Raise ValidationError for a number that cannot be one, or too many of them."""
    for field, several in (("paloxes_taken", numbers.taken), ("paloxes_left", numbers.left)):
        if len(several) > MOST_AT_ONCE:
            raise ValidationError({field: _("Give at most %(most)s numbers.") % {"most": MOST_AT_ONCE}}, code="too_many")
        for number in several:
            if not 0 < len(normal(number)) <= LONGEST:
                sentence = _("“%(number)s” cannot be a palox number: write one number a line.")
                raise ValidationError({field: sentence % {"number": number[:60]}}, code="number")


def record_paloxes(tour: Tour, stop: Stop, numbers: PaloxNumbers, *, by: Actor) -> list[StopPalox]:
    """Keep the numbers taken and left at a locked, completed stop; paloxes that are known move. Returns the rows.

    Taken ones are at the tour's hub from then on, left ones at the store. Numbers that nobody knows create nothing.
    """
    if not numbers.taken and not numbers.left:
        return []
    wanted = [(PaloxDirection.TAKEN, number) for number in numbers.taken] + [(PaloxDirection.LEFT, number) for number in numbers.left]
    known = find(number for _direction, number in wanted)
    rows: dict[tuple[str, str], StopPalox] = {}
    for direction, typed in wanted:
        number = normal(typed)
        palox = known.get(number.upper())
        rows.setdefault((direction, number.upper()), StopPalox(stop=stop, number=number, direction=direction, palox=palox))
    StopPalox.objects.bulk_create(rows.values())
    # In the order of the paloxes, as every transaction locks them; what is taken and left at the same stop was left.
    moved = [(row.palox, row) for row in rows.values() if row.palox]
    for palox, row in sorted(moved, key=lambda pair: (pair[0].pk, pair[1].direction == PaloxDirection.LEFT)):
        _move(tour, stop, row, palox, by=by)
    return list(rows.values())


def _move(tour: Tour, stop: Stop, row: StopPalox, palox: Palox, *, by: Actor) -> None:
    """Write the palox's event; the key comes from the stop, so that it is written once."""
    taken = row.direction == PaloxDirection.TAKEN
    see(
        palox,
        PaloxState.IN_STOCK if taken else PaloxState.STORE,
        store=tour.hub if taken else stop.store,
        at=stop.completed_at or timezone.now(),
        key=uuid.uuid5(stop.uuid, f"palox {row.direction} {row.number.upper()}"),
        by=by,
        origin=("stop", stop.pk),
    )


@transaction.atomic
def register_stop_palox(row: StopPalox, *, by: Actor) -> StopPalox:
    """Register a number that nobody knew at a stop, and move the new palox as the driver said.

    One that was registered meanwhile is only moved; again changes nothing. Returns the fresh row. Raises PermissionDenied
    when `by` is no coordinator.
    """
    tour = lock_tour(row.stop.tour_id)
    require(tour, by, Party.COORDINATOR)
    row = StopPalox.objects.select_for_update(of=("self",)).select_related("stop__store", "palox").get(pk=row.pk)
    if row.palox is None:
        palox = find([row.number]).get(row.number.upper()) or register_palox(row.number, by=by)
        row.palox = palox
        row.save(update_fields=["palox"])
        _move(tour, row.stop, row, palox, by=by)
    return row
