"""One stop at a time: rows that changed, are gone, wait for their day, or arrive late. The ledger keeps both versions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crates.models import Movement
from crates.services import PickedLine, cancel, correct, pickup_lines, post_pickup
from crates.services.ledger import lines_of
from crates.services.lines import id_of, net_of
from lincassable.legacy.enums import CODES, RowState, Table
from lincassable.legacy.facts import StopFact
from lincassable.legacy.known import Work, external_id, key_for, noon_of
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.tours import TourDesk
from pickups.enums import StopState
from pickups.models import Stop, StopLine


def picked_lines(numbers: Any, kinds: dict[str, int]) -> list[PickedLine]:
    """Return what a stop's row took and left, per container."""
    return [PickedLine(kinds[code], numbers[2 * nth] or 0, numbers[2 * nth + 1] or 0) for nth, code in enumerate(CODES)]


def apply_stop(work: Work, desk: TourDesk, fact: StopFact, old: LegacyRow | None) -> LegacyRow:
    """Make a stop say what its row says now. Returns what is to be remembered of the row (not saved)."""
    row = old or LegacyRow(source=work.source, table_name=Table.STOP, row_id=fact.row_id, version=0)
    row.digest, row.version, row.detail = fact.digest, row.version + 1, None
    row.state = RowState.UNDATED if fact.day is None else RowState.HERE if fact.day <= work.today else RowState.PENDING
    stop = Stop.objects.filter(pk=row.here).first() if row.object_id else None
    stop = _fill(work, desk, fact, stop)
    if stop is None:
        row.object_id = None
        return row
    done = row.state == RowState.HERE
    stop.state = StopState.DONE if done else StopState.TO_DO
    stop.completed_at = min(noon_of(fact.day), work.now) if done and fact.day else None
    stop.reason = ""
    stop.save()
    row.object_id = stop.pk
    _write_lines(stop, fact.numbers, work.kinds, done=done)
    if row.state == RowState.PENDING:
        row.detail = {"day": str(fact.day), "hub": fact.hub_id, "store": fact.store_id, "numbers": list(fact.numbers)}
    write_movement(work, stop, fact.hub_id, fact.numbers if done else (0,) * len(fact.numbers), reason=work.reason, version=row.version)
    return row


def _fill(work: Work, desk: TourDesk, fact: StopFact, stop: Stop | None) -> Stop | None:
    """Return the stop with the plan of its row; None for a stop that has neither a tour nor a day."""
    tour_id = fact.tour_id
    if tour_id is None and fact.day is not None:
        tour_id = desk.without_tour([(fact.day, fact.hub_id, fact.store_id)])[fact.day, fact.hub_id]
    if tour_id is None and stop is None:
        return None
    if stop is None:
        stop = Stop(source=work.source, source_id=external_id(Table.STOP, fact.row_id, 1), position=1)
    if tour_id is not None:
        stop.tour_id = tour_id
    stop.store_id, stop.note = fact.store_id, fact.note
    stop.window_start, stop.window_end = fact.window_start, fact.window_end
    return stop


def _write_lines(stop: Stop, numbers: Any, kinds: dict[str, int], *, done: bool) -> None:
    """Write what was planned, and the same as done: the present tool has one figure for both. No plan is below zero."""
    stop.lines.all().delete()
    lines = []
    for line in picked_lines(numbers, kinds):
        full, empty = max(0, line.loaded_full), max(0, line.left_empty)
        if full or empty:
            actual = {"loaded_full": full, "left_empty": empty} if done else {}
            lines.append(
                StopLine(stop=stop, container_type_id=id_of(line.container_type), planned_full=full, planned_empty=empty, **actual)
            )
    StopLine.objects.bulk_create(lines)


def current_movement(stop_id: int) -> Movement | None:
    """Return the movement in force of a stop, or None."""
    of_stop = Movement.objects.filter(origin_kind="stop", origin_id=stop_id)
    return of_stop.filter(reverses__isnull=True, reversed_by__isnull=True).order_by("pk").first()


def write_movement(work: Work, stop: Stop, hub_id: int | None, numbers: Any, *, reason: str, version: int) -> None:
    """Make the ledger say what a stop moved: posted, corrected, cancelled, or left alone when it says so already."""
    lines = pickup_lines(stop.store_id, hub_id, picked_lines(numbers, work.kinds))
    after = net_of(lines)
    current = current_movement(stop.pk)
    at = stop.completed_at or work.now
    if current is None:
        if after:
            key = key_for(work.source, Table.STOP, stop.pk, version)
            while Movement.objects.filter(key=key).exists():  # the row has been here and gone before
                key = uuid.uuid5(key, "again")
            picked = picked_lines(numbers, work.kinds)
            source = (work.source, stop.source_id)
            post_pickup(stop.store_id, hub_id, picked, key=key, occurred_at=at, by=work.by, origin=("stop", stop.pk), source=source)
    elif not after:
        cancel(current, by=work.by, reason=reason)
    elif lines_of(current) != after or not _same_moment(current.occurred_at, at):
        correct(current, lines, by=work.by, reason=reason, occurred_at=at)


def _same_moment(before: dt.datetime, after: dt.datetime) -> bool:
    """Whether two moments are of the same day: a stop of today was posted before its noon, if that was still to come."""
    from lincassable.legacy.cells import zone

    return before.astimezone(zone()).date() == after.astimezone(zone()).date()


def remove_stop(work: Work, row: LegacyRow) -> LegacyRow:
    """Take a stop back whose row is gone: its movement is cancelled, the stop counts as missed."""
    stop = Stop.objects.filter(pk=row.here).first() if row.object_id else None
    if stop is not None:
        write_movement(work, stop, None, (0,) * (2 * len(CODES)), reason=work.gone, version=row.version)
        stop.lines.all().delete()
        stop.state, stop.completed_at, stop.reason = StopState.MISSED, stop.completed_at or work.now, work.gone[:250]
        stop.save()
    row.state, row.detail = RowState.GONE, None
    return row


def post_due_stop(work: Work, row: LegacyRow, day: dt.date) -> LegacyRow:
    """Post a planned stop whose day has come, unless somebody has recorded it here meanwhile."""
    stop = Stop.objects.get(pk=row.here)
    detail: dict[str, Any] = row.detail or {}
    if stop.state == StopState.TO_DO:
        stop.state, stop.completed_at = StopState.DONE, min(noon_of(day), work.now)
        stop.save()
        _write_lines(stop, detail["numbers"], work.kinds, done=True)
        write_movement(work, stop, detail["hub"], detail["numbers"], reason=work.reason, version=row.version)
    row.state, row.detail = RowState.HERE, None
    return row
