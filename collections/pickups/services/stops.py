"""What really happened at a stop: recorded once, whoever sends it and however often; corrected by a reversal."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import ActKind
from crates.models import Act, ContainerType, Movement
from crates.services import PickedLine, cancel, correct, pickup_lines, post_pickup
from crates.services.declarations import moment_that_counts
from crates.services.undo import note
from lincassable.accounts.actors import Actor
from lincassable.messaging.services import enqueue_many
from pickups import emails
from pickups.enums import Party, StopState, TourState
from pickups.lines import ActualLine, PaloxNumbers
from pickups.models import Stop, StopLine, Tour
from pickups.services.moves import lock_tour, move, require, write_log
from pickups.services.paloxes import check_numbers, record_paloxes
from pickups.services.requests import answer_requests, release_requests, reopen_request

OUTCOMES = (StopState.DONE, StopState.PARTIAL, StopState.MISSED)
# States in which nobody has agreed to drive yet. A cancelled tour is not among them: what a driver did is recorded.
_NOT_DRIVEN = (TourState.DRAFT, TourState.AWAITING, TourState.DECLINED)


@transaction.atomic
def complete_stop(
    stop: Stop,
    lines: Sequence[ActualLine],
    *,
    key: uuid.UUID,
    by: Actor,
    occurred_at: datetime | None = None,
    outcome: str = StopState.DONE,
    reason: str = "",
    paloxes: PaloxNumbers = PaloxNumbers(),  # noqa: B008  frozen, and empty
) -> Stop:
    """Record how a stop went, and post what was loaded and left to the ledger, once.

    Arguments:
        lines: what was really loaded and left; kinds of container that are not listed count as 0. Ignored when missed.
        key: the phone's form. The same key again changes nothing.
        occurred_at: the phone's time (in the future or too old, the time of receipt counts).
        outcome: "done", "partial" or "missed"; the last two need a reason. paloxes: numbers taken and left, if not missed.
    The first stop puts the tour under way. A place that was missed keeps its request. A stop recorded before stays as it is:
    compare its `completion_key` with `key`. Returns the fresh stop. Raises ValidationError for the driver, PermissionDenied.
    """
    tour = lock_tour(stop.tour_id)
    require(tour, by, Party.DRIVER, Party.COORDINATOR)
    stop = _locked(stop)
    if stop.state != StopState.TO_DO:
        return stop
    _check(tour, lines, key=key, outcome=outcome, reason=reason)
    check_numbers(paloxes)
    stop.state, stop.reason, stop.completion_key = StopState(outcome), reason.strip(), key
    moment = _stamp(stop, occurred_at, by=by)
    _go_on(tour, stop, by=by)
    _store_actuals(stop, [] if outcome == StopState.MISSED else lines)
    if outcome == StopState.MISSED:
        release_requests([stop], by=by)
    else:
        _post(tour, stop, lines, key=_movement_key(stop), by=by)
        answer_requests(stop, at=moment, by=by)
        record_paloxes(tour, stop, paloxes, by=by)
        _tell_store(tour, stop)
    return stop


@transaction.atomic
def correct_stop(stop: Stop, lines: Sequence[ActualLine], *, by: Actor, reason: str, outcome: str | None = None) -> Stop:
    """Replace what was recorded at a stop by what really happened; the ledger keeps both, and why.

    Arguments:
        lines: all quantities as they were; kinds that are not listed count as 0.
        outcome: "done", "partial" or "missed" when that was wrong too (then `lines` may be empty); None keeps it.
    Returns the fresh stop. Raises ValidationError without a reason, for a stop still to do or a closed tour; PermissionDenied
    when `by` is no coordinator. The author may undo it for a few minutes (`crates.services.undo`).
    """
    lock_tour(stop.tour_id)
    recorded = stop.lines.exclude(loaded_full=None).values_list("container_type_id", "loaded_full", "left_empty")
    before = {"outcome": Stop.objects.get(pk=stop.pk).state, "lines": [list(line) for line in recorded]}
    stop = _corrected(stop, lines, by=by, reason=reason, outcome=outcome)
    note(ActKind.STOP, by=by, origin=("stop", stop.pk), before=before)
    return stop


@transaction.atomic
def undo_stop(act: Act, *, by: Actor) -> None:
    """Put a stop back as it was before a correction. Raises ValidationError when the tour has been closed since."""
    stop = Stop.objects.get(pk=act.origin_id or 0)
    kinds = ContainerType.objects.in_bulk([kind for kind, _full, _empty in act.before["lines"]])
    lines = [ActualLine(kinds[kind], full, empty) for kind, full, empty in act.before["lines"]]
    _corrected(stop, lines, by=by, reason=_("Undone: %(what)s") % {"what": act.get_kind_display()}, outcome=act.before["outcome"])


def _corrected(stop: Stop, lines: Sequence[ActualLine], *, by: Actor, reason: str, outcome: str | None) -> Stop:
    """Do what `correct_stop` says."""
    tour = lock_tour(stop.tour_id)
    require(tour, by, Party.COORDINATOR)
    stop = _locked(stop)
    if stop.state == StopState.TO_DO:
        raise ValidationError(_("This stop has not been recorded yet: record it instead of correcting it."), code="to_do")
    if tour.state == TourState.CLOSED:
        raise ValidationError(_("This tour is closed: its stops no longer change."), code="closed")
    if not reason.strip():
        raise ValidationError(_("Say why: a correction needs a reason."), code="reason")
    outcome = outcome or stop.state
    _check_lines(lines)
    actual = [] if outcome == StopState.MISSED else list(lines)
    _correct_ledger(tour, stop, actual, by=by, reason=reason.strip()[:250])
    _store_actuals(stop, actual)
    if outcome != stop.state:
        stop.state = StopState(outcome)
        stop.save(update_fields=["state"])
        if outcome == StopState.MISSED:
            reopen_request(stop, by=by)
        else:
            answer_requests(stop, at=stop.completed_at or timezone.now(), by=by)
    write_log(tour, tour.state, by=by, note=_("%(store)s corrected: %(reason)s") % {"store": stop.store, "reason": reason.strip()})
    return stop


def _locked(stop: Stop) -> Stop:
    """Return the stop with its store, its row locked."""
    return Stop.objects.select_for_update(of=("self",)).select_related("store").get(pk=stop.pk)


def _stamp(stop: Stop, occurred_at: datetime | None, *, by: Actor) -> datetime:
    """Save a stop that has just been completed, with its author and the moment that counts; return that moment."""
    moment, _claimed = moment_that_counts(occurred_at, timezone.now())
    stop.completed_at, stop.actor_kind, stop.actor_id = moment, by.kind, by.id
    stop.save(update_fields=["state", "reason", "completion_key", "completed_at", "actor_kind", "actor_id"])
    return moment


def _go_on(tour: Tour, stop: Stop, *, by: Actor) -> None:
    """Let the tour follow its first stop; a visit of a tour that was cancelled meanwhile is written in its log."""
    if tour.state == TourState.ACCEPTED:
        move(tour, TourState.UNDER_WAY, by=by)
    elif tour.state == TourState.CANCELLED:
        write_log(tour, tour.state, by=by, note=_("%s was recorded although the tour had been cancelled.") % stop.store)


def _post(tour: Tour, stop: Stop, lines: Sequence[ActualLine], *, key: uuid.UUID, by: Actor) -> None:
    """Write the stop's movement; nothing when nothing moved."""
    picked = [PickedLine(line.container_type, line.loaded_full, line.left_empty) for line in lines]
    moment = stop.completed_at or timezone.now()
    post_pickup(stop.store_id, tour.hub_id, picked, key=key, occurred_at=moment, by=by, origin=("stop", stop.pk))


def _check(tour: Tour, lines: Sequence[ActualLine], *, key: uuid.UUID, outcome: str, reason: str) -> None:
    """Raise ValidationError when a driver's form cannot be taken as it is."""
    if tour.state in _NOT_DRIVEN:
        raise ValidationError(_("This tour has not been accepted yet: accept it first, then record its stops."), code="not_accepted")
    if outcome not in OUTCOMES:
        raise ValidationError({"outcome": _("Say how the stop went: done, partly done or missed.")}, code="outcome")
    if outcome != StopState.DONE and not reason.strip():
        raise ValidationError({"reason": _("Say in a few words what happened: the coordinator will read it.")}, code="reason")
    if len(reason.strip()) > 250:
        raise ValidationError({"reason": _("Keep it under 250 characters.")}, code="too_long")
    _check_lines(lines)
    if Stop.objects.filter(completion_key=key).exists():
        raise ValidationError(_("This form was already used for another stop: open this stop again from the list."), code="key")


def _check_lines(lines: Sequence[ActualLine]) -> None:
    """Raise ValidationError for a negative number or a kind of container listed twice."""
    if any(line.loaded_full < 0 or line.left_empty < 0 for line in lines):
        raise ValidationError(_("A number of containers cannot be negative: write 0 when there are none."), code="negative")
    kinds = [line.container_type.pk for line in lines]
    if len(kinds) != len(set(kinds)):
        raise ValidationError(_("The same container is listed twice: keep one line for it."), code="twice")


def _store_actuals(stop: Stop, lines: Sequence[ActualLine]) -> None:
    """Write actual quantities beside the planned ones: 0 where something was planned and nothing happened."""
    actual = {line.container_type.pk: (line.loaded_full, line.left_empty) for line in lines}
    planned = set(stop.lines.values_list("container_type_id", flat=True))
    rows = []
    for pk in sorted(planned | {pk for pk, quantities in actual.items() if any(quantities)}):
        full, empty = actual.get(pk, (0, 0))
        rows.append(StopLine(stop=stop, container_type_id=pk, loaded_full=full, left_empty=empty))
    StopLine.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["stop", "container_type"], update_fields=["loaded_full", "left_empty"]
    )


def _movement_key(stop: Stop, number: int = 0) -> uuid.UUID:
    """Return the key of a stop's movement: always the same, so that it is posted once. `number`: later ones, of corrections."""
    return uuid.uuid5(stop.uuid, f"pickup {number}" if number else "pickup")


def _correct_ledger(tour: Tour, stop: Stop, actual: Sequence[ActualLine], *, by: Actor, reason: str) -> None:
    """Make the stop's movement say `actual`: corrected, cancelled, or posted for the first time; untouched when it says so already."""
    of_stop = Movement.objects.filter(origin_kind="stop", origin_id=stop.pk)
    current = of_stop.filter(reverses__isnull=True, reversed_by__isnull=True).order_by("pk").first()
    before = {line.container_type_id: (line.loaded_full or 0, line.left_empty or 0) for line in stop.lines.all()}
    after = {line.container_type.pk: (line.loaded_full, line.left_empty) for line in actual}
    if _nonzero(before) == _nonzero(after):
        return
    if current is None:
        _post(tour, stop, actual, key=_movement_key(stop, of_stop.count() + 1), by=by)
    elif _nonzero(after):
        picked = [PickedLine(line.container_type, line.loaded_full, line.left_empty) for line in actual]
        correct(current, pickup_lines(stop.store_id, tour.hub_id, picked), by=by, reason=reason)
    else:
        cancel(current, by=by, reason=reason)


def _nonzero(quantities: dict[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Return the kinds of which something moved."""
    return {pk: pair for pk, pair in quantities.items() if any(pair)}


def _tell_store(tour: Tour, stop: Stop) -> None:
    """Write the mail that tells the store's contacts what left and what was brought."""
    stop = next(each for each in emails.stops_of(tour) if each.pk == stop.pk)
    mails = emails.to_stores("pickup_done", tour, [stop], tour.log.count())
    enqueue_many(mails)
