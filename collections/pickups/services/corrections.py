"""A stop that was recorded wrongly: what the ledger, the paloxes and the plan say is put right, and why is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import ActKind
from crates.models import Act, ContainerType
from crates.services.undo import note
from lincassable.accounts.actors import Actor
from pickups.enums import Party, StopState, TourState
from pickups.lines import ActualLine, ActualPallet, PaloxNumbers
from pickups.models import Stop, Tour
from pickups.services import actuals
from pickups.services.moves import lock_tour, require, write_log
from pickups.services.paloxes import check_numbers, numbers_of, record_paloxes
from pickups.services.requests import answer_requests, reopen_request
from pickups.services.stops import OUTCOMES, locked


@dataclass(frozen=True)
class _Truth:
    """What a stop should say; None keeps what it says."""

    lines: Sequence[ActualLine]
    outcome: str | None = None
    paloxes: PaloxNumbers | None = None
    pallets: Sequence[ActualPallet] | None = None
    signer_name: str | None = None
    even_closed: bool = False


@transaction.atomic
def correct_stop(
    stop: Stop,
    lines: Sequence[ActualLine],
    *,
    by: Actor,
    reason: str,
    outcome: str | None = None,
    paloxes: PaloxNumbers | None = None,
    pallets: Sequence[ActualPallet] | None = None,
    signer_name: str | None = None,
    even_closed: bool = False,
) -> Stop:
    """Replace what was recorded at a stop by what really happened; the ledger and the paloxes' history keep both, and why.

    Arguments:
        lines: all quantities as they were; kinds that are not listed count as 0.
        outcome: "done", "partial" or "missed" when that was wrong too (then `lines` may be empty); None keeps it.
        paloxes: all numbers taken and left as they were: paloxes recorded by mistake go back to where they were. None keeps them.
        pallets: all pallets taken and left; None keeps them. signer_name: who signed; None keeps it.
        even_closed: for a report that arrived after the tour was closed (`services.differences`).
    A stop that was missed moves no palox and no pallet. Returns the fresh stop. Raises ValidationError without a reason, for a stop
    still to do or a closed tour; PermissionDenied when `by` is no coordinator. The author may undo it for a few minutes
    (`crates.services.undo`).
    """
    lock_tour(stop.tour_id)
    before = _as_data(stop)
    stop = _corrected(stop, _Truth(lines, outcome, paloxes, pallets, signer_name, even_closed), by=by, reason=reason)
    note(ActKind.STOP, by=by, origin=("stop", stop.pk), before=before)
    return stop


@transaction.atomic
def undo_stop(act: Act, *, by: Actor) -> None:
    """Put a stop back as it was before a correction. Raises ValidationError when the tour has been closed since."""
    stop = Stop.objects.get(pk=act.origin_id or 0)
    reason = _("Undone: %(what)s") % {"what": act.get_kind_display()}
    _corrected(stop, _from_data(act.before), by=by, reason=reason)


def _as_data(stop: Stop) -> dict[str, Any]:
    """Return what a stop says now, as plain data."""
    fresh, numbers = Stop.objects.get(pk=stop.pk), numbers_of(stop)
    return {
        "outcome": fresh.state,
        "signer_name": fresh.signer_name,
        "paloxes": [list(numbers.taken), list(numbers.left)],
        **actuals.as_data(actuals.lines_of(stop), actuals.pallets_of(stop)),
    }


def _from_data(data: dict[str, Any]) -> _Truth:
    """Return what `_as_data` kept."""
    ids = [line[0] for line in data["lines"]] + [pallet[2] for pallet in data.get("pallets", [])]
    kinds = ContainerType.objects.in_bulk([pk for pk in ids if pk is not None])
    pallets = [ActualPallet(direction, base, kinds.get(pk), number) for direction, base, pk, number in data.get("pallets", [])]
    return _Truth(
        [ActualLine(kinds[kind], *quantities) for kind, *quantities in data["lines"]],
        data["outcome"],
        PaloxNumbers(*data["paloxes"]) if "paloxes" in data else None,
        pallets if "pallets" in data else None,
        data.get("signer_name"),
    )


def _corrected(stop: Stop, truth: _Truth, *, by: Actor, reason: str) -> Stop:
    """Do what `correct_stop` says."""
    tour = lock_tour(stop.tour_id)
    require(tour, by, Party.COORDINATOR)
    stop = locked(stop)
    outcome = truth.outcome or stop.state
    _check(tour, stop, truth, outcome=outcome, reason=reason)
    missed, reason = outcome == StopState.MISSED, reason.strip()
    lines = [] if missed else list(truth.lines)
    actuals.correct_ledger(tour, stop, lines, by=by, reason=reason[:250])
    actuals.store_lines(stop, lines, outcome=outcome)
    if truth.pallets is not None or missed:
        actuals.store_pallets(stop, [] if missed else truth.pallets or [])
    if truth.paloxes is not None or missed:
        record_paloxes(tour, stop, PaloxNumbers() if missed or truth.paloxes is None else truth.paloxes, by=by, reason=reason)
    if truth.signer_name is not None and truth.signer_name.strip() != stop.signer_name:
        stop.signer_name = truth.signer_name.strip()
        stop.save(update_fields=["signer_name"])
    _change_outcome(stop, outcome, by=by)
    write_log(tour, tour.state, by=by, note=_("%(store)s corrected: %(reason)s") % {"store": stop.store, "reason": reason})
    return stop


def _check(tour: Tour, stop: Stop, truth: _Truth, *, outcome: str, reason: str) -> None:
    """Raise ValidationError when a stop cannot be corrected, or not like this."""
    if stop.state == StopState.TO_DO:
        raise ValidationError(_("This stop has not been recorded yet: record it instead of correcting it."), code="to_do")
    if tour.state == TourState.CLOSED and not truth.even_closed:
        raise ValidationError(_("This tour is closed: its stops no longer change."), code="closed")
    if not reason.strip():
        raise ValidationError(_("Say why: a correction needs a reason."), code="reason")
    if outcome not in OUTCOMES:
        raise ValidationError({"outcome": _("Say how the stop went: done, partly done or missed.")}, code="outcome")
    actuals.check_lines(truth.lines)
    actuals.check_pallets(truth.pallets or [])
    actuals.check_signer(truth.signer_name or "")
    check_numbers(truth.paloxes or PaloxNumbers())


def _change_outcome(stop: Stop, outcome: str, *, by: Actor) -> None:
    """Write another outcome, and answer the place's request accordingly."""
    if outcome == stop.state:
        return
    stop.state = StopState(outcome)
    stop.save(update_fields=["state"])
    if outcome == StopState.MISSED:
        reopen_request(stop, by=by)
    else:
        answer_requests(stop, at=stop.completed_at or timezone.now(), by=by)
