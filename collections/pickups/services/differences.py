"""What a coordinator says of each difference of a tour, and what follows from it: corrections, losses, breakages."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.enums import Cause, Content
from crates.models import ContainerType
from crates.services import MovedLine, lock_stores, record_write_off
from crates.services.lines import check_figure
from lincassable.accounts.actors import Actor
from pickups.differences import PLANS, Difference, code_of, differences_of, unanswered
from pickups.enums import Answer, DifferenceKind, Measure, Party, StopState, TourState
from pickups.lines import ActualLine
from pickups.models import Stop, StopLine, Tour, TourDifference
from pickups.services import actuals
from pickups.services.closing import keep_closing
from pickups.services.corrections import correct_stop
from pickups.services.moves import lock_tour, require, write_log

_LOOKED_INTO = (TourState.DONE, TourState.CLOSED)
_CAUSES = {Answer.LOST: Cause.LOSS, Answer.BROKEN: Cause.BREAKAGE}


@dataclass(frozen=True)
class Reply:
    """A coordinator's answer to one difference.

    Arguments:
        code, expected, found: which one, as it was shown. answer: one of `Answer`.
        number: what the stop is corrected to. stop_id: which stop, for a difference at the hub. note: the reason, or a remark.
    """

    code: str
    expected: int
    found: int
    answer: str
    number: int | None = None
    stop_id: int | None = None
    note: str = ""


@dataclass
class _Change:
    """What a stop should say instead: figures by container type and measure, and why."""

    stop: Stop
    figures: dict[tuple[ContainerType, str], int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@transaction.atomic
def answer_differences(tour: Tour, replies: Sequence[Reply], *, by: Actor) -> list[Difference]:
    """Write what a coordinator says of differences, and do what follows: stops corrected, losses written off, each once.

    A closed tour is answered as well, for what arrived late: its stops are corrected then too. An answer given before changes nothing.
    Returns the differences that are left. Raises ValidationError, with the sentences by code in `message_dict`, when one cannot be
    taken as it is or has changed since it was shown (then nothing is written); PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    require(tour, by, Party.COORDINATOR)
    if tour.state not in _LOOKED_INTO:
        raise ValidationError(_("This tour is not over yet: end it first, then look at its differences."), code="not_done")
    known = differences_of(tour)
    asked = _asked(tour, known, replies)
    changes = _changes(tour, asked)
    lock_stores([tour.hub_id, *(change.stop.store_id for change in changes.values())])
    for change in changes.values():
        _correct(change, by=by)
    for difference, reply in asked:
        if reply.answer in _CAUSES:
            _write_off(tour, difference, reply, by=by)
        _write(difference, reply, tour=tour, by=by)
    if asked:
        sentence = ngettext("%(count)d difference answered", "%(count)d differences answered", len(asked)) % {"count": len(asked)}
        write_log(tour, tour.state, by=by, note=sentence)
        if tour.state == TourState.CLOSED:
            keep_closing(tour, by=by)
    left = unanswered(tour)
    if not left:
        tour.differences.filter(answer="").delete()  # flags of figures that no longer stand
    return left


def _asked(tour: Tour, known: Sequence[Difference], replies: Sequence[Reply]) -> list[tuple[Difference, Reply]]:
    """Return each new reply with its difference. Raises ValidationError with what is wrong, by code."""
    by_code = {difference.code: difference for difference in known}
    said = {(code_of(row), row.expected, row.found): row.answer for row in tour.differences.exclude(answer="")}
    asked, wrong = [], {}
    for reply in replies:
        difference = by_code.get(reply.code)
        before = said.get((reply.code, reply.expected, reply.found))
        if before == reply.answer:
            continue
        try:
            if before is not None:
                raise ValidationError(_("Somebody else has just answered this: look at it again."), code="answered")
            if difference is None or (difference.expected, difference.found) != (reply.expected, reply.found):
                raise ValidationError(_("This has changed since you opened the page: look at it again."), code="changed")
            _check(tour, difference, reply)
            asked.append((difference, reply))
        except ValidationError as error:
            wrong[reply.code] = error.messages
    if wrong:
        raise ValidationError(wrong)
    return asked


def _check(tour: Tour, difference: Difference, reply: Reply) -> None:
    """Raise ValidationError when a reply cannot be taken as it is."""
    if reply.answer not in difference.answers:
        raise ValidationError(_("Choose one of the answers."), code="answer")
    if len(reply.note.strip()) > 250:
        raise ValidationError(_("Keep it under 250 characters."), code="too_long")
    if reply.answer != Answer.CORRECT:
        return
    if reply.number is None:
        raise ValidationError(_("Write the number that the stop should say."), code="number")
    check_figure(reply.number, imported=False)
    if not reply.note.strip():
        raise ValidationError(_("Say why: a correction needs a reason."), code="reason")
    if difference.stop is None and not tour.stops.exclude(state=StopState.TO_DO).filter(pk=reply.stop_id or 0).exists():
        raise ValidationError(_("Choose the stop that was recorded wrongly."), code="stop")


def _changes(tour: Tour, asked: Sequence[tuple[Difference, Reply]]) -> dict[int, _Change]:
    """Return what is to be corrected, by stop id. Raises ValidationError when a figure is corrected to two numbers."""
    stops = {stop.pk: stop for stop in tour.stops.select_related("store").order_by("pk")}
    changes: dict[int, _Change] = {}
    for difference, reply in asked:
        if reply.answer != Answer.CORRECT or difference.container_type is None or reply.number is None:
            continue
        stop = difference.stop or stops[reply.stop_id or 0]
        change = changes.setdefault(stop.pk, _Change(stop))
        key = (difference.container_type, difference.measure)
        if change.figures.setdefault(key, reply.number) != reply.number:
            raise ValidationError({reply.code: [_("The same figure is corrected to two numbers: keep one.")]})
        if reply.note.strip() not in change.notes:
            change.notes.append(reply.note.strip())
    return changes


def _correct(change: _Change, *, by: Actor) -> None:
    """Correct a stop once for all that is said of it, and take the new gaps to its plan as answered."""
    lines = {line.container_type: line for line in actuals.lines_of(change.stop)}
    for (kind, measure), number in change.figures.items():
        lines[kind] = replace(lines.get(kind, ActualLine(kind)), **{measure: number})  # type: ignore[arg-type]
    missed = change.stop.state == StopState.MISSED and any(any(line.moved) for line in lines.values())
    reason = " · ".join(change.notes)[:250]
    correct_stop(change.stop, list(lines.values()), by=by, reason=reason, outcome=StopState.DONE if missed else None, even_closed=True)
    planned = {line.container_type_id: line for line in change.stop.lines.all()}
    for (kind, measure), number in change.figures.items():
        plan = _planned(planned, kind, measure)
        if plan != number:
            follows = Difference(DifferenceKind.PLAN, measure, plan, number, change.stop, kind)
            _write(follows, Reply(follows.code, plan, number, Answer.CORRECT, number, note=reason), tour=change.stop.tour, by=by)


def _planned(lines: Mapping[int, StopLine], kind: ContainerType, measure: str) -> int:
    line = lines.get(kind.pk)
    return getattr(line, PLANS[Measure(measure)]) if line else 0


def _write_off(tour: Tour, difference: Difference, reply: Reply, *, by: Actor) -> None:
    """Take what never arrived off the hub's stock, where the stops had put it."""
    last = tour.stops.exclude(completed_at=None).order_by("-completed_at").values_list("completed_at", flat=True).first()
    content = Content.FULL if difference.measure == Measure.LOADED_FULL else Content.EMPTY
    record_write_off(
        tour.hub,
        [MovedLine(difference.container_type, content, -difference.gap)] if difference.container_type else [],
        cause=_CAUSES[Answer(reply.answer)],
        key=uuid.uuid5(tour.uuid, f"{difference.code} {difference.expected} {difference.found}"),
        occurred_at=last or timezone.now(),
        by=by,
        reason=" · ".join(part for part in (tour.reference, reply.note.strip()) if part)[:250],
    )


def _write(difference: Difference, reply: Reply, *, tour: Tour, by: Actor) -> None:
    """Keep an answer, with who gave it; about the same figures there is one."""
    said = {
        "answer": reply.answer,
        "number": reply.number if reply.answer == Answer.CORRECT else None,
        "note": reply.note.strip(),
        "answered_at": timezone.now(),
        **TourDifference.author(by),
    }
    TourDifference.objects.update_or_create(
        tour=tour,
        kind=difference.kind,
        stop=difference.stop,
        container_type=difference.container_type,
        measure=difference.measure,
        expected=difference.expected,
        found=difference.found,
        defaults=said,
    )
