"""What really happened at a stop: recorded once, whoever sends it and however often. Corrections: see `corrections`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.services.declarations import moment_that_counts
from lincassable.accounts.actors import Actor
from lincassable.messaging.services import enqueue_many
from pickups import emails
from pickups.enums import Party, StopState, TourState
from pickups.lines import ActualLine, ActualPallet, NewProof, PaloxNumbers
from pickups.models import Stop, Tour
from pickups.services import actuals
from pickups.services.moves import lock_tour, move, require, write_log
from pickups.services.paloxes import check_numbers, record_paloxes
from pickups.services.planning import check_store
from pickups.services.proofs import keep_proofs
from pickups.services.reports import flag_late, keep_report
from pickups.services.requests import answer_requests, link_requests, release_requests
from stores.models import Store

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
    pallets: Sequence[ActualPallet] = (),
    signer_name: str = "",
    proofs: Sequence[NewProof] = (),
) -> Stop:
    """Record how a stop went, and post what was taken and left to the ledger, once.

    Arguments:
        lines: what was really taken and left; kinds of container that are not listed count as 0. Ignored when missed, as pallets are.
        key: the phone's form, once. occurred_at: the phone's time (in the future or too old, the time of receipt counts).
        outcome: "done", "partial" or "missed"; the last two need a reason. paloxes: numbers taken and left, if not missed.
        signer_name: who signed for the place. proofs: photos and the signature, kept once by their own keys.
    The first stop puts the tour under way. A place that was missed keeps its request. A stop recorded before stays as it is (compare its
    `completion_key`): a second phone's photos join it, what it says otherwise waits for a coordinator (`reports`).
    Returns the fresh stop. Raises ValidationError for the driver, PermissionDenied.
    """
    tour = lock_tour(stop.tour_id)
    require(tour, by, Party.DRIVER, Party.COORDINATOR)
    stop = locked(stop)
    if stop.state == StopState.TO_DO:
        _check(tour, lines, key=key, outcome=outcome, reason=reason, paloxes=paloxes, pallets=pallets, signer_name=signer_name)
        stop.state, stop.reason, stop.completion_key, stop.signer_name = StopState(outcome), reason.strip(), key, signer_name.strip()
        moment = _stamp(stop, occurred_at, by=by)
        _go_on(tour, stop, by=by)
        _record(tour, stop, lines, paloxes=paloxes, pallets=pallets, at=moment, by=by)
        if tour.state == TourState.CLOSED:
            flag_late(tour, stop=stop, by=by)
    else:
        keep_report(tour, stop, lines, key=key, outcome=outcome, by=by)
    keep_proofs(stop, proofs, by=by)
    return stop


def _record(
    tour: Tour,
    stop: Stop,
    lines: Sequence[ActualLine],
    *,
    paloxes: PaloxNumbers,
    pallets: Sequence[ActualPallet],
    at: datetime,
    by: Actor,
) -> None:
    """Write what a stop that has just been stamped moved, and what follows from it."""
    missed = stop.state == StopState.MISSED
    actuals.store_lines(stop, [] if missed else lines, outcome=stop.state)
    actuals.store_pallets(stop, [] if missed else pallets)
    if missed:
        release_requests([stop], by=by)
    else:
        actuals.post(tour, stop, lines, by=by)
        answer_requests(stop, at=at, by=by)
        record_paloxes(tour, stop, paloxes, by=by)
    enqueue_many(emails.visited(tour, stop))


@transaction.atomic
def complete_on_the_way(
    tour: Tour,
    store: Store,
    lines: Sequence[ActualLine],
    *,
    key: uuid.UUID,
    by: Actor,
    occurred_at: datetime | None = None,
    outcome: str = StopState.DONE,
    reason: str = "",
    paloxes: PaloxNumbers = PaloxNumbers(),  # noqa: B008  frozen, and empty
    pallets: Sequence[ActualPallet] = (),
    signer_name: str = "",
    proofs: Sequence[NewProof] = (),
) -> Stop:
    """Record a stop that nobody had planned: added last to the tour, and completed at once. The driver may, and coordinators.

    A place that is already a stop of the tour is that stop: completed when it was still to do, as it was otherwise. The rest as in
    `complete_stop`. Returns the fresh stop. Raises ValidationError for a place where a truck cannot stop, PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    require(tour, by, Party.DRIVER, Party.COORDINATOR)
    stop = tour.stops.filter(store=store).order_by("pk").first() or _add_on_the_way(tour, store, key=key, by=by)
    return complete_stop(
        stop, lines, key=key, by=by, occurred_at=occurred_at, outcome=outcome, reason=reason, paloxes=paloxes, pallets=pallets,
        signer_name=signer_name, proofs=proofs,
    )  # fmt: skip


def _add_on_the_way(tour: Tour, store: Store, *, key: uuid.UUID, by: Actor) -> Stop:
    """Add a stop to a locked tour. Its open request is answered by it."""
    check_store(tour, store)
    last = tour.stops.order_by("-position").values_list("position", flat=True).first() or 0
    uid = uuid.uuid5(key, "stop")
    stop = Stop.objects.create(tour=tour, store=store, uuid=uid, position=last + 1, is_unplanned=True, **Stop.author(by))
    link_requests([stop])
    write_log(tour, tour.state, by=by, note=_("stop added on the way: %s") % store)
    return stop


def locked(stop: Stop) -> Stop:
    """Return the stop with its store, its row locked. The tour is locked before."""
    return Stop.objects.select_for_update(of=("self",)).select_related("store").get(pk=stop.pk)


def _stamp(stop: Stop, occurred_at: datetime | None, *, by: Actor) -> datetime:
    """Save a stop that has just been completed, with its author and the moment that counts; return that moment."""
    moment, _claimed = moment_that_counts(occurred_at, timezone.now())
    stop.completed_at, stop.actor_kind, stop.actor_id = moment, by.kind, by.id
    stop.save(update_fields=["state", "reason", "completion_key", "signer_name", "completed_at", "actor_kind", "actor_id"])
    return moment


def _go_on(tour: Tour, stop: Stop, *, by: Actor) -> None:
    """Let the tour follow its first stop; a visit of a tour that was given up or closed meanwhile is written in its log."""
    if tour.state == TourState.ACCEPTED:
        move(tour, TourState.UNDER_WAY, by=by)
    elif tour.state == TourState.CANCELLED:
        write_log(tour, tour.state, by=by, note=_("%s was recorded although the tour had been cancelled.") % stop.store)
    elif tour.state == TourState.CLOSED:
        write_log(tour, tour.state, by=by, note=_("%s was recorded although the tour had been closed.") % stop.store)


def _check(
    tour: Tour,
    lines: Sequence[ActualLine],
    *,
    key: uuid.UUID,
    outcome: str,
    reason: str,
    paloxes: PaloxNumbers,
    pallets: Sequence[ActualPallet],
    signer_name: str,
) -> None:
    """Raise ValidationError when a driver's form cannot be taken as it is."""
    if tour.state in _NOT_DRIVEN:
        raise ValidationError(_("This tour has not been accepted yet: accept it first, then record its stops."), code="not_accepted")
    check_outcome(outcome, reason)
    actuals.check_lines(lines)
    actuals.check_pallets(pallets)
    actuals.check_signer(signer_name)
    check_numbers(paloxes)
    if Stop.objects.filter(completion_key=key).exists():
        raise ValidationError(_("This form was already used for another stop: open this stop again from the list."), code="key")


def check_outcome(outcome: str, reason: str) -> None:
    """Raise ValidationError when it is not said how the stop went, or why not as planned."""
    if outcome not in OUTCOMES:
        raise ValidationError({"outcome": _("Say how the stop went: done, partly done or missed.")}, code="outcome")
    if outcome != StopState.DONE and not reason.strip():
        raise ValidationError({"reason": _("Say in a few words what happened: the coordinator will read it.")}, code="reason")
    if len(reason.strip()) > 250:
        raise ValidationError({"reason": _("Keep it under 250 characters.")}, code="too_long")
