"""Composing a tour: its day, its vehicle, its stops. On a tour that was sent, the people concerned are told of the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.contrib.admin.utils import label_for_field
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import formats
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.actors import SYSTEM, Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.models import Message
from lincassable.messaging.services import enqueue_many
from pickups import emails
from pickups.enums import ANNOUNCED_TOUR_STATES, PLANNABLE_TOUR_STATES, SENT_TOUR_STATES, Party, StopState, TourState
from pickups.lines import PlannedLine, StopPlan
from pickups.models import Carrier, Stop, Tour, Vehicle
from pickups.services import stop_plans
from pickups.services.links import move_expiry, open_link
from pickups.services.moves import lock_tour, require, user_of, write_log
from pickups.services.requests import link_requests, plan_requests
from pickups.services.stop_plans import Changes, check_store, told
from stores.models import Store, Zone

__all__ = [
    "add_stop",
    "can_change_stops",
    "changeable_fields",
    "check_store",
    "create_tour",
    "remove_stop",
    "revise_tour",
    "who_would_be_told",
]

# What may still change in each state; a carrier who was asked is not swapped for another: cancel, and send a new tour.
_CHANGEABLE: dict[str, frozenset[str]] = {
    TourState.DRAFT: frozenset({"date", "zone", "hub", "carrier", "vehicle", "departs_at", "note", "price_eur"}),
    TourState.AWAITING: frozenset({"date", "zone", "hub", "vehicle", "departs_at", "note", "price_eur"}),
    TourState.ACCEPTED: frozenset({"date", "zone", "hub", "vehicle", "departs_at", "note", "price_eur"}),
    TourState.UNDER_WAY: frozenset({"zone", "note", "price_eur"}),
    TourState.DONE: frozenset({"zone", "price_eur"}),
}
# Of these, what the carrier and the stores are told again.
_CARRIER_CARES = frozenset({"date", "hub", "vehicle", "departs_at", "note"})
_STORES_CARE = frozenset({"date", "hub"})


def changeable_fields(tour: Tour) -> frozenset[str]:
    """Return the names of the tour's fields that a coordinator may still change."""
    return _CHANGEABLE.get(tour.state, frozenset())


def can_change_stops(tour: Tour) -> bool:
    """Return whether stops may still be added, changed or removed (those already made never are)."""
    return tour.state in PLANNABLE_TOUR_STATES


@transaction.atomic
def create_tour(
    *,
    date: date,
    hub: Store,
    carrier: Carrier,
    by: Actor,
    vehicle: Vehicle | None = None,
    zone: Zone | None = None,
    departs_at: time | None = None,
    note: str = "",
    price_eur: Decimal | None = None,
    stops: Sequence[StopPlan] = (),
) -> Tour:
    """Make a draft, with its stops if they are known. Returns it.

    Arguments: departs_at, local time at the hub; None for the usual one.
    Raises ValidationError (vehicle of another carrier, hub that keeps no stock, a stop that cannot be), PermissionDenied.
    """
    tour = Tour(date=date, hub=hub, carrier=carrier, vehicle=vehicle, zone=zone, note=note, price_eur=price_eur, **Tour.author(by))
    tour.departs_at = departs_at or tour.departs_at
    _require_planner(by)
    tour.full_clean()
    tour.save()
    for plan in stops:
        stop_plans.add(tour, plan, by=by)
    link_requests(tour.stops.all())
    return tour


def add_stop(tour: Tour, store: Store, *, by: Actor, lines: Sequence[PlannedLine] = (), **plan: Any) -> Stop:
    """Add one stop to a tour, last unless `position` says otherwise. Returns it.

    Arguments: lines, the planned quantities; plan, other fields of `StopPlan` (position, window_start, window_end, note).
    Raises what `revise_tour` raises.
    """
    revise_tour(tour, by=by, stops=[StopPlan(store, list(lines), **plan)])
    return Stop.objects.get(tour_id=tour.pk, store=store)


def who_would_be_told(tour: Tour, *, by: Actor, **revision: Any) -> list[Message]:
    """Return the mails that `revise_tour(tour, by=by, **revision)` would write, unsaved: it is done, looked at and undone.

    Raises what `revise_tour` raises.
    """
    try:
        with transaction.atomic():
            last = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            revise_tour(tour, by=by, **revision)
            raise _Undone(list(Message.objects.filter(pk__gt=last, subject_kind="tour", subject_id=tour.pk).order_by("pk")))
    except _Undone as undone:
        return undone.mails


class _Undone(Exception):
    """Takes a trial back, and its mails out."""

    def __init__(self, mails: list[Message]) -> None:
        super().__init__()
        self.mails = mails


def remove_stop(stop: Stop, *, by: Actor) -> Tour:
    """Take a stop out of its tour; its request waits again. Returns the fresh tour. Raises what `revise_tour` raises."""
    return revise_tour(stop.tour, by=by, removed=[stop])


@transaction.atomic
def revise_tour(
    tour: Tour,
    *,
    by: Actor,
    fields: Mapping[str, Any] | None = None,
    stops: Sequence[StopPlan] = (),
    removed: Iterable[Stop] = (),
    order: Sequence[int] | None = None,
    seen: Mapping[int, str] | None = None,
) -> Tour:
    """Change a tour's plan in one go, write it in the log, and tell once each person whom it concerns.

    Arguments:
        fields: new values by field name (date, zone, hub, carrier, vehicle, note, price_eur); same values change nothing.
        stops: stops to add or to change.
        removed: stops to take out; those that are gone already change nothing.
        order: the keys of the places in the order of visit; None leaves it. What the list does not name comes last.
        seen: what the coordinator had before their eyes: marks (`marks_of`) by stop key. A stop to change or to take out that has
            another mark now was changed by somebody else: nothing is written.
    The carrier of a sent tour gets one mail with the new plan. Once it has accepted, so do the stores whose date, place in the day or
    quantities change, those that come in and those that fall out.

    Returns the fresh tour. Raises ValidationError when the tour's state forbids the change, the plan is wrong, or somebody else was
    there first (code "stale"); PermissionDenied when `by` is no coordinator.
    """
    locked, removed = lock_tour(tour.pk), list(removed)
    require(locked, by, Party.COORDINATOR)
    if seen:
        stop_plans.check_seen(locked, [*removed, *(plan.stop for plan in stops if plan.stop is not None)], seen)
    changes = Changes(date_before=locked.date)
    _change_fields(locked, fields or {}, changes)
    _change_stops(locked, stops, removed, changes, order=order, by=by)
    link_requests(changes.added)
    if locked.state in SENT_TOUR_STATES:
        plan_requests(changes.added, by=by)
        if not locked.stops.exists():
            raise ValidationError(_("A tour that was sent keeps at least one stop: cancel the tour instead."), code="no_stop")
        _announce(locked, changes, by=by)
    return locked


def _change_stops(
    tour: Tour, stops: Sequence[StopPlan], removed: Sequence[Stop], changes: Changes, *, order: Sequence[int] | None, by: Actor
) -> None:
    """Take stops out of a locked tour, add and change others, then order them. Raises ValidationError when its state forbids it."""
    if (stops or removed or order) and not can_change_stops(tour):
        raise ValidationError(_("The stops of this tour can no longer change: it is “%s”.") % tour.get_state_display(), code="state")
    for stop in removed:
        stop_plans.remove(tour, stop, changes, by=by)
    for plan in stops:
        if plan.stop is None:
            changes.added.append(stop_plans.add(tour, plan, by=by))
            changes.sentences.append(told(gettext_lazy("stop added: %s"), plan.store))
        else:
            stop_plans.change(tour, plan.stop, plan, changes)
    if order is not None:
        stop_plans.put_in_order(tour, order, changes)


def _require_planner(by: Actor) -> None:
    """Raise PermissionDenied unless `by` may make tours."""
    if by.kind == SYSTEM:
        return
    user = user_of(by)
    if user is None or not user.has_perm("pickups.add_tour"):
        raise PermissionDenied(_("Only coordinators make tours."))


def _change_fields(tour: Tour, values: Mapping[str, Any], changes: Changes) -> None:
    """Write the values that differ into the locked tour. Raises ValidationError by field."""
    different = {name: value for name, value in values.items() if getattr(tour, name) != value}
    if not different:
        return
    refused = sorted(set(different) - changeable_fields(tour))
    if refused:
        sentence = _("This can no longer change: the tour is “%s”.") % tour.get_state_display()
        raise ValidationError(dict.fromkeys(refused, sentence), code="state")
    for name, value in different.items():
        changes.sentences.append(_told_field(name, getattr(tour, name), value))
        setattr(tour, name, value)
    tour.full_clean()
    tour.save(update_fields=list(different))
    changes.fields |= set(different)
    if "date" in different:
        move_expiry(tour)


def _tell_field(name: str, before: Any, after: Any) -> str:
    return f"{label_for_field(name, Tour)}: {_shown(before)} → {_shown(after)}"


_told_field = lazy(_tell_field, str)


def _shown(value: Any) -> str:
    """Return a value as people read it in the log."""
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    if isinstance(value, time):
        return formats.time_format(value, "H:i")
    return "–" if value in (None, "") else str(value)


def _announce(tour: Tour, changes: Changes, *, by: Actor) -> None:
    """Log the change of a sent tour, and write the mails that it calls for."""
    if not changes.sentences:
        return
    before = changes.date_before if changes.date_before != tour.date else None
    number = write_log(tour, tour.state, by=by, note=" · ".join(map(str, changes.sentences)), date_before=before)
    stops = emails.stops_of(tour)
    if changes.fields & _CARRIER_CARES or changes.concerns_stops:
        link, total = open_link(AccessLink.CARRIER_TOUR, tour), emails.total_of(stops)
        mails = emails.to_carrier("tour_changed", tour, number, stops=stops, total=total, link=link, changes=changes.sentences)
        enqueue_many(mails)
    if tour.state not in ANNOUNCED_TOUR_STATES:
        return
    added, changed = {stop.pk for stop in changes.added}, {stop.pk for stop in changes.changed_for_store}
    to_do = [stop for stop in stops if stop.state == StopState.TO_DO]
    moved = [stop for stop in to_do if stop.pk not in added and (changes.fields & _STORES_CARE or stop.pk in changed)]
    enqueue_many(emails.to_stores("tour_confirmed_store", tour, [stop for stop in to_do if stop.pk in added], number))
    enqueue_many(emails.to_stores("tour_changed_store", tour, moved, number, date_before=before))
    enqueue_many(emails.to_stores("tour_cancelled_store", tour, changes.removed, number, reason=""))
