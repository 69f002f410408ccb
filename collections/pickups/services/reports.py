"""What a second phone says of a stop that was already recorded: kept where it says otherwise, and looked into before closing."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from pickups.differences import differences_of
from pickups.enums import DifferenceKind, Measure, StopState
from pickups.lines import ActualLine
from pickups.models import Stop, Tour, TourDifference
from pickups.services import actuals
from pickups.services.moves import write_log

_MOST = 1_000_000  # containers; a figure beyond is a slip of the finger, not a report


def keep_report(tour: Tour, stop: Stop, lines: Sequence[ActualLine], *, key: uuid.UUID, outcome: str, by: Actor) -> int:
    """Keep what another form says of a stop that is already recorded, where it says otherwise: a difference to look into.

    The tour is locked; it may be closed. The same form again, or the same figures, change nothing.
    Returns how many figures differ from what is recorded.
    """
    if stop.completion_key == key:
        return 0
    said = {} if outcome == StopState.MISSED else {line.container_type: line for line in lines}
    recorded = {line.container_type: line for line in actuals.lines_of(stop)}
    rows = []
    for kind in sorted(said.keys() | recorded.keys(), key=lambda kind: kind.pk):
        before, now = recorded.get(kind, ActualLine(kind)), said.get(kind, ActualLine(kind))
        figures = [(measure, getattr(before, measure), getattr(now, measure)) for measure in Measure.values]
        rows += [
            TourDifference(
                tour=tour, stop=stop, container_type=kind, kind=DifferenceKind.REPORT, measure=measure, expected=old, found=new,
                **TourDifference.author(by),
            )
            for measure, old, new in figures
            if old != new and 0 <= new < _MOST
        ]  # fmt: skip
    made = TourDifference.objects.bulk_create(rows, ignore_conflicts=True)
    if made:
        sentence = _("%s: another report says otherwise, look at the differences.") % stop.store
        if not tour.log.filter(note=sentence, actor_kind=by.kind, actor_id=by.id).exists():
            write_log(tour, tour.state, by=by, note=sentence)
    return len(made)


def flag_late(tour: Tour, *, by: Actor, stop: Stop | None = None) -> None:
    """Flag what a fact that arrived after its tour was closed makes differ: at `stop`, or at the hub. Somebody has to look at it."""
    rows = [
        TourDifference(
            tour=tour,
            stop=difference.stop,
            container_type=difference.container_type,
            kind=difference.kind,
            measure=difference.measure,
            expected=difference.expected,
            found=difference.found,
            **TourDifference.author(by),
        )
        for difference in differences_of(tour)
        if difference.row is None and difference.stop == stop
    ]
    TourDifference.objects.bulk_create(rows, ignore_conflicts=True)
