"""Composing a tour: its day, its vehicle, its stops. On a tour that was sent, the people concerned are told of the change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
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
from lincassable.messaging.services import enqueue_many
from pickups import emails
from pickups.enums import ANNOUNCED_TOUR_STATES, PLANNABLE_TOUR_STATES, SENT_TOUR_STATES, Party, StopState, TourState
from pickups.lines import PlannedLine, StopPlan
from pickups.models import Carrier, Stop, StopLine, Tour, Vehicle
from pickups.services.links import move_expiry, open_link
from pickups.services.moves import lock_tour, require, user_of, write_log
from pickups.services.requests import link_requests, plan_requests, release_requests
from stores.enums import Status
from stores.models import Store, Zone

# What may still change in each state; a carrier who was asked is not swapped for another: cancel, and send a new tour.
_CHANGEABLE: dict[str, frozenset[str]] = {
    TourState.DRAFT: frozenset({"date", "zone", "hub", "carrier", "vehicle", "note", "price_eur"}),
    TourState.AWAITING: frozenset({"date", "zone", "hub", "vehicle", "note", "price_eur"}),
    TourState.ACCEPTED: frozenset({"date", "zone", "hub", "vehicle", "note", "price_eur"}),
    TourState.UNDER_WAY: frozenset({"zone", "note", "price_eur"}),
    TourState.DONE: frozenset({"zone", "price_eur"}),
}
# Of these, what the carrier and the stores are told again.
_CARRIER_CARES = frozenset({"date", "hub", "vehicle", "note"})
_STORES_CARE = frozenset({"date", "hub"})


@dataclass
class _Changes:
    """What a revision changed: fields, and stops by what happened to them."""

    fields: set[str] = field(default_factory=set)
    added: list[Stop] = field(default_factory=list)
    changed: list[Stop] = field(default_factory=list)
    changed_for_store: list[Stop] = field(default_factory=list)
    removed: list[Stop] = field(default_factory=list)
    # Lazy: written in the log in the coordinator's language, in the mail in the carrier's.
    sentences: list[str] = field(default_factory=list)

    @property
    def concerns_carrier(self) -> bool:
        """Whether the carrier would drive otherwise than it was told."""
        return bool(self.fields & _CARRIER_CARES or self.added or self.changed or self.removed)


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
    note: str = "",
    price_eur: Decimal | None = None,
    stops: Sequence[StopPlan] = (),
) -> Tour:
    """Make a draft, with its stops if they are known. Returns it.

    Raises ValidationError (vehicle of another carrier, hub that keeps no stock, a stop that cannot be), PermissionDenied.
    """
    tour = Tour(date=date, hub=hub, carrier=carrier, vehicle=vehicle, zone=zone, note=note, price_eur=price_eur, **Tour.author(by))
    _require_planner(by)
    tour.full_clean()
    tour.save()
    for plan in stops:
        _add(tour, plan, by=by)
    link_requests(tour.stops.all())
    return tour


def add_stop(tour: Tour, store: Store, *, by: Actor, lines: Sequence[PlannedLine] = (), **plan: Any) -> Stop:
    """Add one stop to a tour, last unless `position` says otherwise. Returns it.

    Arguments: lines, the planned quantities; plan, other fields of `StopPlan` (position, window_start, window_end, note).
    Raises what `revise_tour` raises.
    """
    revise_tour(tour, by=by, stops=[StopPlan(store, list(lines), **plan)])
    return Stop.objects.get(tour_id=tour.pk, store=store)


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
) -> Tour:
    """Change a tour's plan in one go, write it in the log, and tell once each person whom it concerns.

    Arguments:
        fields: new values by field name (date, zone, hub, carrier, vehicle, note, price_eur); same values change nothing.
        stops: stops to add or to change.
        removed: stops to take out.
    The carrier of a sent tour gets one mail with the new plan. Once it has accepted, so do the stores whose date, place in the day or
    quantities change, those that come in and those that fall out.

    Returns the fresh tour. Raises ValidationError when the tour's state forbids the change or the plan is wrong,
    PermissionDenied when `by` is no coordinator.
    """
    locked = lock_tour(tour.pk)
    require(locked, by, Party.COORDINATOR)
    changes = _Changes()
    _change_fields(locked, fields or {}, changes)
    _change_stops(locked, stops, list(removed), changes, by=by)
    link_requests(changes.added)
    if locked.state in SENT_TOUR_STATES:
        plan_requests(changes.added, by=by)
        if not locked.stops.exists():
            raise ValidationError(_("A tour that was sent keeps at least one stop: cancel the tour instead."), code="no_stop")
        _announce(locked, changes, by=by)
    return locked


def _change_stops(tour: Tour, stops: Sequence[StopPlan], removed: Sequence[Stop], changes: _Changes, *, by: Actor) -> None:
    """Take stops out of a locked tour, then add and change others. Raises ValidationError when its state forbids it."""
    if (stops or removed) and not can_change_stops(tour):
        raise ValidationError(_("The stops of this tour can no longer change: it is “%s”.") % tour.get_state_display(), code="state")
    for stop in removed:
        _remove(tour, stop, changes, by=by)
    for plan in stops:
        if plan.stop is None:
            changes.added.append(_add(tour, plan, by=by))
            changes.sentences.append(_told(gettext_lazy("stop added: %s"), plan.store))
        else:
            _change_stop(tour, plan.stop, plan, changes)


def _require_planner(by: Actor) -> None:
    """Raise PermissionDenied unless `by` may make tours."""
    if by.kind == SYSTEM:
        return
    user = user_of(by)
    if user is None or not user.has_perm("pickups.add_tour"):
        raise PermissionDenied(_("Only coordinators make tours."))


def _change_fields(tour: Tour, values: Mapping[str, Any], changes: _Changes) -> None:
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


def _tell(sentence: object, thing: object) -> str:
    return str(sentence) % thing


def _tell_field(name: str, before: Any, after: Any) -> str:
    return f"{label_for_field(name, Tour)}: {_shown(before)} → {_shown(after)}"


_told, _told_field = lazy(_tell, str), lazy(_tell_field, str)


def _shown(value: Any) -> str:
    """Return a value as people read it in the log."""
    if isinstance(value, date):
        return formats.date_format(value, "SHORT_DATE_FORMAT")
    return "–" if value in (None, "") else str(value)


def check_store(tour: Tour, store: Store) -> None:
    """Raise ValidationError when a truck cannot stop at `store` on this tour; the tour may not be saved yet."""
    if store.collected_through_id is not None:
        raise ValidationError(
            _("%(store)s is collected through %(parent)s: add that place instead.") % {"store": store, "parent": store.collected_through},
            code="collected_through",
        )
    if store.status == Status.ARCHIVED:
        raise ValidationError(_("%s is archived: it takes no part in the network any more.") % store, code="archived")
    if store.pk == tour.hub_id:
        raise ValidationError(_("%s is the hub of this tour: the truck goes there at the end, it is no stop.") % store, code="hub")
    if tour.pk and Stop.objects.filter(tour=tour, store=store).exists():
        raise ValidationError(_("%s is already a stop of this tour.") % store, code="twice")


def _add(tour: Tour, plan: StopPlan, *, by: Actor) -> Stop:
    """Create one stop of a locked tour, with its planned lines."""
    check_store(tour, plan.store)
    last = tour.stops.order_by("-position").values_list("position", flat=True).first() or 0
    stop = Stop(
        tour=tour,
        store=plan.store,
        position=last + 1 if plan.position is None else plan.position,
        window_start=plan.window_start,
        window_end=plan.window_end,
        note=plan.note,
        **Stop.author(by),
    )
    stop.full_clean()
    stop.save()
    _plan_lines(stop, plan.lines)
    return stop


def _plan_lines(stop: Stop, lines: Iterable[PlannedLine]) -> bool:
    """Make the planned quantities of a stop those of `lines`. Returns whether anything changed."""
    wanted = {line.container_type.pk: (line.planned_full, line.planned_empty) for line in lines if line.planned_full or line.planned_empty}
    present = {line.container_type_id: line for line in stop.lines.all()}
    before = {pk: (line.planned_full, line.planned_empty) for pk, line in present.items()}
    if wanted == before:
        return False
    StopLine.objects.filter(pk__in=[line.pk for pk, line in present.items() if pk not in wanted]).delete()
    rows = [StopLine(stop=stop, container_type_id=pk, planned_full=full, planned_empty=empty) for pk, (full, empty) in wanted.items()]
    StopLine.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["stop", "container_type"], update_fields=["planned_full", "planned_empty"]
    )
    return True


def _change_stop(tour: Tour, stop: Stop, plan: StopPlan, changes: _Changes) -> None:
    """Change a stop of a locked tour that is still to do. Its rank and the note for the driver do not concern the store."""
    locked = Stop.objects.select_for_update().get(pk=stop.pk, tour=tour)
    values: dict[str, Any] = {"window_start": plan.window_start, "window_end": plan.window_end, "note": plan.note, "store": plan.store}
    if plan.position is not None:
        values["position"] = plan.position
    different = {name: value for name, value in values.items() if getattr(locked, name) != value}
    if locked.state != StopState.TO_DO:
        if different or _lines_differ(locked, plan.lines):
            raise ValidationError(_("%s has already been visited: correct the quantities instead.") % locked.store, code="visited")
        return
    if "store" in different:
        raise ValidationError(_("To visit another place, remove this stop and add that place."), code="store")
    for name, value in different.items():
        setattr(locked, name, value)
    if different:
        locked.full_clean()
        locked.save(update_fields=list(different))
    quantities = _plan_lines(locked, plan.lines)
    if quantities or different:
        changes.changed.append(locked)
        changes.sentences.append(_told(gettext_lazy("stop changed: %s"), locked.store))
    if quantities or {"window_start", "window_end"} & set(different):
        changes.changed_for_store.append(locked)


def _lines_differ(stop: Stop, lines: Iterable[PlannedLine]) -> bool:
    """Return whether `lines` plan something else than what was planned at `stop`."""
    wanted = {line.container_type.pk: (line.planned_full, line.planned_empty) for line in lines if line.planned_full or line.planned_empty}
    planned = {line.container_type_id: (line.planned_full, line.planned_empty) for line in stop.lines.all()}
    return wanted != {pk: quantities for pk, quantities in planned.items() if any(quantities)}


def _remove(tour: Tour, stop: Stop, changes: _Changes, *, by: Actor) -> None:
    """Delete a stop of a locked tour that nobody has visited."""
    locked = Stop.objects.select_for_update(of=("self",)).select_related("store", "request").get(pk=stop.pk, tour=tour)
    if locked.state != StopState.TO_DO:
        raise ValidationError(_("%s has already been visited: it stays in the tour.") % locked.store, code="visited")
    release_requests([locked], by=by)
    StopLine.objects.filter(stop=locked).delete()
    Stop.objects.filter(pk=locked.pk).delete()
    locked.all_lines = []  # type: ignore[attr-defined] # what the mail to its store shows
    changes.removed.append(locked)
    changes.sentences.append(_told(gettext_lazy("stop removed: %s"), locked.store))


def _announce(tour: Tour, changes: _Changes, *, by: Actor) -> None:
    """Log the change of a sent tour, and write the mails that it calls for."""
    if not changes.sentences:
        return
    number = write_log(tour, tour.state, by=by, note=" · ".join(map(str, changes.sentences)))
    stops = emails.stops_of(tour)
    if changes.concerns_carrier:
        link, total = open_link(AccessLink.CARRIER_TOUR, tour), emails.total_of(stops)
        mail = emails.to_carrier("tour_changed", tour, number, stops=stops, total=total, link=link, changes=changes.sentences)
        enqueue_many([mail])
    if tour.state not in ANNOUNCED_TOUR_STATES:
        return
    added, changed = {stop.pk for stop in changes.added}, {stop.pk for stop in changes.changed_for_store}
    to_do = [stop for stop in stops if stop.state == StopState.TO_DO]
    told = [stop for stop in to_do if stop.pk not in added and (changes.fields & _STORES_CARE or stop.pk in changed)]
    enqueue_many(emails.to_stores("tour_confirmed_store", tour, [stop for stop in to_do if stop.pk in added], number))
    enqueue_many(emails.to_stores("tour_changed_store", tour, told, number))
    enqueue_many(emails.to_stores("tour_cancelled_store", tour, changes.removed, number, reason=""))
