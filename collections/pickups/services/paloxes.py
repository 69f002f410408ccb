"""Numbered paloxes at a stop: kept as they were typed, told to the paloxes' own history once, taken back when they were wrong."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent
from crates.palox_numbers import LONGEST, MOST_AT_ONCE, find, normal
from crates.services.palox_undo import unsee
from crates.services.paloxes import register_palox, see
from lincassable.accounts.actors import Actor
from pickups.enums import PaloxDirection, Party
from pickups.lines import PaloxNumbers
from pickups.models import Stop, StopPalox, Tour
from pickups.services.moves import lock_tour, require

Wanted = dict[tuple[str, str], str]  # (direction, number in capitals) -> the number as it was typed


def check_numbers(numbers: PaloxNumbers) -> None:
    """Raise ValidationError for a number that cannot be one, or too many of them."""
    for field, several in (("paloxes_taken", numbers.taken), ("paloxes_left", numbers.left)):
        if len(several) > MOST_AT_ONCE:
            raise ValidationError({field: _("Give at most %(most)s numbers.") % {"most": MOST_AT_ONCE}}, code="too_many")
        for number in several:
            if not 0 < len(normal(number)) <= LONGEST:
                sentence = _("“%(number)s” cannot be a palox number: write one number a line.")
                raise ValidationError({field: sentence % {"number": number[:60]}}, code="number")


def numbers_of(stop: Stop) -> PaloxNumbers:
    """Return the numbers recorded at a stop, in the order in which they were given. One query."""
    rows = list(stop.paloxes.order_by("pk").values_list("direction", "number"))
    given = {each: [number for direction, number in rows if direction == each] for each in (PaloxDirection.TAKEN, PaloxDirection.LEFT)}
    return PaloxNumbers(given[PaloxDirection.TAKEN], given[PaloxDirection.LEFT])


def record_paloxes(tour: Tour, stop: Stop, numbers: PaloxNumbers, *, by: Actor, reason: str = "") -> None:
    """Make the numbers taken and left at a locked, completed stop those of `numbers`; paloxes that are known move.

    Taken ones are at the tour's hub from then on, left ones at the store; one that was recorded by mistake goes back to where it was
    before (see `crates.services.palox_undo`). Numbers that nobody knows create nothing. Arguments: reason, of a correction.
    """
    wanted = _wanted(numbers)
    present = {(row.direction, row.number.upper()): row for row in stop.paloxes.select_related("palox").order_by("pk")}
    gone = [row for key, row in present.items() if key not in wanted]
    new = {key: number for key, number in wanted.items() if key not in present}
    if not gone and not new:
        return
    known = find(new.values())
    StopPalox.objects.filter(pk__in=[row.pk for row in gone]).delete()
    StopPalox.objects.bulk_create(
        StopPalox(stop=stop, number=number, direction=direction, palox=known.get(capitals)) for (direction, capitals), number in new.items()
    )
    concerned = {palox.pk: palox for palox in known.values()} | {row.palox.pk: row.palox for row in gone if row.palox}
    for pk in sorted(concerned):  # in the order in which every transaction locks them
        _settle(tour, stop, concerned[pk], by=by, reason=reason)


def _wanted(numbers: PaloxNumbers) -> Wanted:
    """Return what was given, each number once per direction."""
    wanted: Wanted = {}
    for direction, several in ((PaloxDirection.TAKEN, numbers.taken), (PaloxDirection.LEFT, numbers.left)):
        for typed in several:
            number = normal(typed)
            wanted.setdefault((direction.value, number.upper()), number)
    return wanted


def _settle(tour: Tour, stop: Stop, palox: Palox, *, by: Actor, reason: str) -> None:
    """Tell a palox what the stop's rows say now: left there, taken from there (what is taken and left was left), or neither."""
    directions = set(stop.paloxes.filter(palox=palox).values_list("direction", flat=True))
    if directions:
        for direction in (PaloxDirection.TAKEN, PaloxDirection.LEFT):
            if direction in directions:
                _move(tour, stop, direction, palox, by=by, reason=reason)
    else:
        unsee(palox, origin=("stop", stop.pk), key=_key(stop, "back", palox), by=by, note=reason)


def _key(stop: Stop, what: str, palox: Palox) -> uuid.UUID:
    """Return the key of a palox's event: that of the stop, of what happened there, and of how often it was told before."""
    told = PaloxEvent.objects.filter(palox=palox, origin_kind="stop", origin_id=stop.pk).count()
    return uuid.uuid5(stop.uuid, f"palox {what} {palox.pk} {told}")


def _move(tour: Tour, stop: Stop, direction: str, palox: Palox, *, by: Actor, reason: str = "") -> None:
    """Write the palox's event; the stop is locked, so that it is written once."""
    taken = direction == PaloxDirection.TAKEN
    see(
        palox,
        PaloxState.IN_STOCK if taken else PaloxState.STORE,
        store=tour.hub if taken else stop.store,
        at=stop.completed_at or timezone.now(),
        key=_key(stop, direction, palox),
        by=by,
        origin=("stop", stop.pk),
        note=reason,
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
        _move(tour, row.stop, row.direction, palox, by=by)
    return row
