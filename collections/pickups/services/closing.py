"""The end of a tour: what the hub counted, and the figures that are kept when it is closed. A count never moves stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.models import ContainerType
from lincassable.accounts.actors import LINK, Actor
from pickups.closing_figures import figures_of
from pickups.enums import Party, TourState
from pickups.models import HubCount, Tour, TourClosing
from pickups.services.moves import lock_tour, parties_of, user_of, write_log
from pickups.services.reports import flag_late

MOST = 99_999  # containers of a kind on one truck; more is a slip of the finger
MOST_KM = 5_000  # of one tour
MOST_HOURS = 99
_NOTHING_COMES = (TourState.DRAFT, TourState.AWAITING, TourState.DECLINED)


@dataclass(frozen=True)
class HubLine:
    """So many full and so many empty containers of a kind, counted when the truck was unloaded."""

    container_type: ContainerType
    full: int = 0
    empty: int = 0


@transaction.atomic
def count_at_hub(tour: Tour, lines: Sequence[HubLine], *, by: Actor) -> list[HubCount]:
    """Write what was counted when the truck came in; a new count replaces the former one, and the log says so.

    Arguments:
        lines: one per kind of container that was counted, zero included; a kind that is not listed was not looked at.
        by: a coordinator, somebody of the sorting centre, or the tour's driver. A driver's count does not replace one that the hub or
            a coordinator made: it is written in the log.
    Returns the counts in force, in the order of screens. The same count again changes nothing. A tour that is closed or was cancelled is
    counted as well: what came in came in.
    Raises ValidationError for a tour that nobody has accepted, no line, a number below 0 or a kind listed twice; PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    _may_count(tour, by)
    _check(tour, lines)
    before = {count.container_type_id: count for count in tour.hub_counts.all()}
    counted = {line.container_type.pk: (line.full, line.empty) for line in lines}
    if {kind: (count.full, count.empty) for kind, count in before.items()} != counted:
        text = " · ".join(f"{line.container_type.short} {line.full}/{line.empty}" for line in lines)
        if by.kind == LINK and any(count.actor_kind != LINK for count in before.values()):
            write_log(tour, tour.state, by=by, note=_("The driver counted otherwise (full/empty): %(lines)s") % {"lines": text})
        else:
            _replace(tour, lines, by=by)
            if tour.state == TourState.CLOSED:
                flag_late(tour, by=by)
            write_log(tour, tour.state, by=by, note=_("Counted at the hub (full/empty): %(lines)s") % {"lines": text})
    return list(tour.hub_counts.select_related("container_type").order_by("container_type__position", "container_type__code"))


def may_count(by: Actor) -> bool:
    """Whether `by` is somebody who counts at hubs: a coordinator, or the sorting centre."""
    user = user_of(by)
    return user is not None and user.has_perm("pickups.add_hubcount")


def _may_count(tour: Tour, by: Actor) -> None:
    if not parties_of(tour, by) & {Party.COORDINATOR, Party.DRIVER} and not may_count(by):
        raise PermissionDenied(_("You are not the one who may do this on this tour."))


def _check(tour: Tour, lines: Sequence[HubLine]) -> None:
    """Raise ValidationError when a count cannot be taken as it is."""
    if tour.state in _NOTHING_COMES:
        raise ValidationError(_("Nobody has accepted this tour: nothing comes in with it."), code="not_accepted")
    if not lines:
        raise ValidationError(_("Write what you counted: at least one number, or 0."), code="nothing")
    if any(number < 0 for line in lines for number in (line.full, line.empty)):
        raise ValidationError(_("A number of containers cannot be negative: write 0 when there are none."), code="negative")
    if any(number > MOST for line in lines for number in (line.full, line.empty)):
        raise ValidationError(_("No truck carries that many: check the number."), code="too_many")
    kinds = [line.container_type.pk for line in lines]
    if len(kinds) != len(set(kinds)):
        raise ValidationError(_("The same container is listed twice: keep one line for it."), code="twice")


def _replace(tour: Tour, lines: Sequence[HubLine], *, by: Actor) -> None:
    now = timezone.now()
    tour.hub_counts.all().delete()
    HubCount.objects.bulk_create(
        HubCount(tour=tour, container_type=line.container_type, full=line.full, empty=line.empty, counted_at=now, **HubCount.author(by))
        for line in lines
    )


def check_way(distance_m: int | None, duration_min: int | None) -> None:
    """Raise ValidationError for kilometres or minutes that no tour has; None is the estimate."""
    if distance_m is not None and not 0 <= distance_m <= MOST_KM * 1000:
        sentence = _("No tour drives that far: check the kilometres.")
        raise ValidationError({"distance_km": sentence}, code="distance")
    if duration_min is not None and not 0 <= duration_min <= MOST_HOURS * 60:
        sentence = _("No tour lasts that long: check the minutes.")
        raise ValidationError({"duration_min": sentence}, code="duration")


def keep_closing(tour: Tour, *, by: Actor, distance_m: int | None = None, duration_min: int | None = None, note: str = "") -> TourClosing:
    """Work out a locked tour's figures and keep them; after a late correction they are worked out again, on the way known before.

    Raises ValidationError for a distance or a duration that cannot be, or a note that is too long.
    """
    check_way(distance_m, duration_min)
    if len(note.strip()) > 500:
        raise ValidationError({"note": _("Keep it under 500 characters.")}, code="too_long")
    before = TourClosing.objects.filter(tour=tour).first()
    if before is not None:
        distance_m = before.distance_m if distance_m is None else distance_m
        duration_min = before.duration_min if duration_min is None else duration_min
    figures = figures_of(tour, distance_m=distance_m, duration_min=duration_min)
    names = ("distance_m", "duration_min", "cost_eur", "load_g", "bottles", "co2_low_g", "co2_g", "co2_high_g")
    kept = {name: getattr(figures, name) for name in names}
    if before is None:
        return TourClosing.objects.create(tour=tour, note=note.strip(), **kept, **TourClosing.author(by))
    for name, value in kept.items():
        setattr(before, name, value)
    before.note = note.strip() or before.note
    before.save()
    return before
