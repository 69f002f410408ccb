"""The life of a visit: planned, moved, put in order, called off. What was seen there: `visit_reports`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness import visit_mails
from awareness.enums import VISIT_TRANSITIONS, VisitState, VisitStep
from awareness.models import Visit, VisitLog
from lincassable.accounts.actors import LINK, USER, Actor
from lincassable.accounts.models import User
from lincassable.messaging.services import enqueue_many
from stores.enums import Status
from stores.models import Store

KEPT = ("state", "sequence", "changed_at", "cancel_reason", "urgency", "done_at", "key", "score", "remark", "uuid", "created_at")
SHOWN = ("planned_on", "hour", "duration_min", "visitor_id", "store_id")  # what calendars hold


@dataclass(frozen=True)
class Wanted:
    """A place to visit, why (in words), and how urgent it is out of 100 (None: not worked out)."""

    store: Store
    reason: str = ""
    urgency: int | None = None


@dataclass
class PlannedDay:
    """What came of planning a day: the visits of that day, in their order, and those that were planned otherwise already."""

    visits: list[Visit] = field(default_factory=list)
    already: list[Visit] = field(default_factory=list)


def require_office(by: Actor) -> None:
    """Visits are the coordinators' own. Raises PermissionDenied for a card."""
    if by.kind == LINK:
        raise PermissionDenied


def locked(visit: Visit) -> Visit:
    """Return the fresh row, locked, with its place and visitor."""
    return Visit.objects.select_for_update(of=("self",)).select_related("store", "visitor").get(pk=visit.pk)


def write_log(visit: Visit, step: str, *, by: Actor, note: str = "", key: UUID | None = None) -> VisitLog:
    """Write one line of a visit's log."""
    return VisitLog.objects.create(visit=visit, step=step, note=note[:500], key=key, **VisitLog.author(by))


def _check_day(day: date) -> None:
    if day < timezone.localdate():
        raise ValidationError({"planned_on": _("This day is over: choose today or a later one.")}, code="past")


def _check_store(store: Store) -> None:
    if store.status == Status.ARCHIVED:
        raise ValidationError({"store": _("This place is no longer part of the network: choose another one.")}, code="archived")


def _tell(visit: Visit, before: Visit | None, *, by: Actor) -> None:
    """Write to the visitor what somebody else planned, moved or took from them; nobody is told of their own doing."""
    if before is not None and before.visitor_id != visit.visitor_id:
        enqueue_many(visit_mails.cancelled(before, sequence=visit.sequence, by=by))
    if visit.planned_on >= timezone.localdate():
        enqueue_many(visit_mails.planned(visit, by=by))


@transaction.atomic
def plan_visits(wanted: Sequence[Wanted], *, day: date, visitor: User | None, by: Actor) -> PlannedDay:
    """Plan visits of places for one day, in the order given, after those that the visitor already has on it.

    A place has at most one planned visit: for a place that has one, nothing changes, and it is returned (in `visits` when it is the same
    day and visitor). Twice, or at once, plans once. Raises ValidationError for a day that is over, an archived place, or no place.
    """
    require_office(by)
    _check_day(day)
    if not wanted:
        raise ValidationError(_("Choose at least one place."), code="required")
    for row in sorted({each.store.pk for each in wanted}):
        _check_store(Store.objects.select_for_update(no_key=True).get(pk=row))
    known = {visit.store_id: visit for visit in Visit.objects.planned().filter(store__in=[each.store.pk for each in wanted])}
    last = Visit.objects.planned().filter(planned_on=day, visitor=visitor).order_by("-position").values_list("position", flat=True).first()
    position, result = (last or 0) + 1, PlannedDay()
    for each in wanted:
        visit = known.get(each.store.pk)
        if visit is None:
            visit = known[each.store.pk] = _plan(each, day, visitor, position, by)
            position += 1
        is_same = visit.planned_on == day and visit.visitor_id == (visitor.pk if visitor else None)
        (result.visits if is_same else result.already).append(visit)
    return result


def _plan(wanted: Wanted, day: date, visitor: User | None, position: int, by: Actor) -> Visit:
    visit = Visit(
        store=wanted.store,
        planned_on=day,
        visitor=visitor,
        position=position,
        reason=wanted.reason[:500],
        urgency=wanted.urgency,
        **Visit.author(by),
    )
    visit.full_clean()
    visit.save()
    write_log(visit, VisitStep.PLANNED, by=by)
    _tell(visit, None, by=by)
    return visit


@transaction.atomic
def save_visit(visit: Visit, *, by: Actor) -> Visit:
    """Write a planned visit, new or changed: another day, hour, visitor, place in the order, words.

    Raises ValidationError, by field, for what a visit cannot be: one that was made or called off, a day that is over, a second one of a
    place.
    """
    require_office(by)
    before = locked(visit) if visit.pk else None
    Store.objects.select_for_update(no_key=True).get(pk=visit.store_id)  # places come after visits, as in a merge
    if before is None:
        for name, value in Visit.author(by).items():
            setattr(visit, name, value)
    else:
        for name in KEPT:
            setattr(visit, name, getattr(before, name))
        if before.state != VisitState.PLANNED:
            raise ValidationError(_("This visit is %(state)s: plan another one.") % {"state": before.get_state_display()}, code="state")
    if before is None or before.planned_on != visit.planned_on:
        _check_day(visit.planned_on)
    if before is None or before.store_id != visit.store_id:
        _check_store(visit.store)
    moved = before is None or any(getattr(before, name) != getattr(visit, name) for name in SHOWN)
    if before is not None and moved:
        visit.sequence += 1
        visit.changed_at = timezone.now()
    visit.full_clean()
    visit.save()
    write_log(visit, VisitStep.PLANNED if before is None else VisitStep.MOVED, by=by, note=_moves(before, visit))
    if moved:
        _tell(visit, before, by=by)
    return visit


def _moves(before: Visit | None, visit: Visit) -> str:
    """Say in words what changed of day, visitor and place."""
    if before is None:
        return ""
    pairs: list[tuple[Any, Any]] = [(before.when, visit.when), (before.visitor, visit.visitor), (before.store, visit.store)]
    return " · ".join(f"{old or '–'} → {new or '–'}" for old, new in pairs if old != new)


@transaction.atomic
def move_visit(visit: Visit, day: date, *, visitor: User | None, by: Actor) -> Visit:
    """Move a planned visit to another day or visitor; an hour that was agreed is forgotten with its day. Returns the fresh row.

    To where it is already, changes nothing. Raises ValidationError.
    """
    require_office(by)
    visit = locked(visit)
    if visit.state == VisitState.PLANNED and (visit.planned_on, visit.visitor_id) == (day, visitor.pk if visitor else None):
        return visit
    if visit.planned_on != day:
        visit.hour = None
    visit.planned_on, visit.visitor = day, visitor
    others = Visit.objects.planned().filter(planned_on=day, visitor=visitor).exclude(pk=visit.pk)
    visit.position = (others.order_by("-position").values_list("position", flat=True).first() or 0) + 1
    return save_visit(visit, by=by)


@transaction.atomic
def order_visits(order: Iterable[UUID], *, day: date, visitor: User | None, by: Actor) -> list[Visit]:
    """Put a visitor's planned visits of a day in this order; those that are not named follow. Returns them. Again changes nothing."""
    require_office(by)
    rows = Visit.objects.filter(state=VisitState.PLANNED, planned_on=day, visitor=visitor)
    rank = {public: number for number, public in enumerate(order)}
    found = list(rows.select_for_update(of=("self",)).select_related("store").order_by("pk"))
    found.sort(key=lambda visit: (rank.get(visit.uuid, len(rank)), visit.position, visit.pk))
    for number, visit in enumerate(found, start=1):
        visit.position = number
    Visit.objects.bulk_update(found, ["position"])
    return found


@transaction.atomic
def cancel_visit(visit: Visit, reason: str, *, by: Actor) -> Visit:
    """Call a planned visit off; its visitor is told when somebody else does. Returns the fresh row; again changes nothing.

    Raises ValidationError without a reason, and for one that was made.
    """
    require_office(by)
    visit = locked(visit)
    if visit.state == VisitState.CANCELLED:
        return visit
    if VisitState.CANCELLED not in VISIT_TRANSITIONS[visit.state]:
        raise ValidationError(_("This visit was made: it can no longer be cancelled."), code="state")
    if not reason.strip():
        raise ValidationError({"reason": _("Say why, for whoever plans the next one.")}, code="required")
    visit.state, visit.cancel_reason = VisitState.CANCELLED, reason.strip()[:250]
    visit.sequence += 1
    visit.changed_at = timezone.now()
    visit.save()
    write_log(visit, VisitStep.CANCELLED, by=by, note=visit.cancel_reason)
    enqueue_many(visit_mails.cancelled(visit, sequence=visit.sequence, by=by))
    return visit


def is_own(visit: Visit, by: Actor) -> bool:
    """Whether `by` is who makes it."""
    return by.kind == USER and visit.visitor_id == by.id
