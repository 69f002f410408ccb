"""The move from the present tool: import an export, post what waited for its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.legacy.assumed import realise, settle
from lincassable.legacy.bulk import Bulk
from lincassable.legacy.cells import zone
from lincassable.legacy.counts import apply_count, pending_fact, post_due_count, put_in_order, remove_count
from lincassable.legacy.deposits import import_deposits
from lincassable.legacy.enums import RowState, Table
from lincassable.legacy.known import Work, make_work, noon_of
from lincassable.legacy.models import AssumedCount, LegacyImport, LegacyRow
from lincassable.legacy.paloxes import import_paloxes
from lincassable.legacy.places import import_points, import_zones
from lincassable.legacy.reading import Export
from lincassable.legacy.report import Report
from lincassable.legacy.staging import changed, count_unchanged, gone_ids, left_for_services, stage
from lincassable.legacy.stops import apply_stop, post_due_stop, remove_stop
from lincassable.legacy.tours import TourDesk, import_carriers, import_tours

FACTS = (Table.STOP, Table.INVENTORY, Table.DECLARATION)
MOST_TOLD = 1_000  # problems kept with an import; the command prints them all
LOCK = 7_204_133  # advisory: two imports, or an import and the nightly job, never work at once


class ImportRefused(Exception):
    """A strict import met rows that cannot be used: nothing was written."""

    def __init__(self, report: Report) -> None:
        super().__init__(_("%(count)d problems: nothing was imported.") % {"count": report.bad_rows})
        self.report = report


class _DryRun(Exception):
    """Takes a dry run back."""


def import_legacy(export: Export, *, source: str, at: dt.datetime | None = None, strict: bool = False, dry_run: bool = False) -> Report:
    """Bring the network to what an export of the present tool says, in one transaction.

    Arguments:
        export: the files (`reading.open_export`). source: the name under which its ids are kept apart.
        at: the moment the export tells of; None: the one remembered for an identical export, else now.
        strict: refuse everything when one row cannot be used. dry_run: report, and write nothing.
    The same export again changes nothing; a newer one brings what is new, and corrects what changed or is gone.
    Returns the report. Raises ImportRefused when `strict` and something cannot be used.
    """
    report: Report | None = None
    try:
        with transaction.atomic():
            report = _import(export, source, at)
            if strict and report.has_bad_rows:
                raise ImportRefused(report)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    assert report is not None  # noqa: S101  either set or raised
    return report


def _import(export: Export, source: str, at: dt.datetime | None) -> Report:
    _lock()
    former = LegacyImport.objects.filter(source=source, content_hash=export.content_hash).first()
    moment = at or (former.at if former else timezone.now())
    work = make_work(source, moment, export.files)
    desk = TourDesk(work)
    import_zones(work)
    import_points(work)
    import_carriers(work)
    import_tours(work, desk)
    _import_facts(work, desk)
    import_deposits(work)
    import_paloxes(work)
    settle(work, same_export=former is not None and moment <= former.at)
    memory = former or LegacyImport(source=source, content_hash=export.content_hash)
    memory.at, memory.last_imported_at, memory.runs = moment if at or not former else former.at, work.now, memory.runs + 1
    _keep_report(memory, work.report)
    memory.save()
    return work.report


def _keep_report(memory: LegacyImport, report: Report) -> None:
    """Let an import remember what it had to say, for its page in the admin."""
    memory.outcome = {table: dict(counts) for table, counts in report.counts.items()}
    memory.bad_rows = report.bad_rows
    memory.warnings = report.warnings
    told = sorted(report.problems, key=lambda problem: (not problem.bad, problem))
    memory.problems = [[problem.file, problem.line, problem.reason, problem.bad] for problem in told[:MOST_TOLD]]


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL jit = off")  # compiling costs more than it saves on statements of this kind


def _import_facts(work: Work, desk: TourDesk) -> None:
    """Stops, inventories and declarations: new ones set by set, everything else one by one through the ledger's services."""
    tables = [table for table in FACTS if stage(work, table)]
    if not tables:
        return
    for table in tables:
        count_unchanged(work, table)
    # Asked before anything is written: afterwards nothing is new any more.
    different = {table: changed(work, table) for table in tables}
    gone = {table: gone_ids(work, table) for table in tables}
    bulk = Bulk(work, tables)
    bulk.take()
    late = {table: left_for_services(work, table) for table in tables}
    bulk.write(desk)
    for table in tables:
        _take_back(work, table, gone[table])
    facts = [(table, fact) for table in tables for fact in (*different[table], *late[table])]
    _apply(work, desk, facts)


def _take_back(work: Work, table: Table, ids: list[int]) -> None:
    """Take back what rows brought that are there no more."""
    for row in LegacyRow.objects.filter(source=work.source, table_name=table, row_id__in=ids).order_by("row_id"):
        (remove_stop(work, row) if table == Table.STOP else remove_count(work, table, row)).save()
    work.report.count(table, "gone", len(ids))


def _apply(work: Work, desk: TourDesk, facts: list[tuple[Table, Any]]) -> None:
    """Apply facts one by one, in the order of time: of one day, counts in their order, then stops."""
    order = {Table.INVENTORY: 0, Table.DECLARATION: 1, Table.STOP: 2}
    facts.sort(key=lambda item: (item[1].day or dt.date.max, order[item[0]], getattr(item[1], "clock", 0), item[1].row_id))
    days: set[tuple[Table, int, dt.date]] = set()
    for table, fact in facts:
        old = LegacyRow.objects.filter(source=work.source, table_name=table, row_id=fact.row_id).first()
        if table == Table.STOP:
            row = apply_stop(work, desk, fact, old)
        else:
            row = apply_count(work, table, fact, old)
            if row.state == RowState.HERE:
                days.add((table, fact.store_id, fact.day))
        row.save()
        work.report.count(table, _what(old is not None, row))
    for table, store_id, day in sorted(days):
        put_in_order(work, table, store_id, day)


def _what(known: bool, row: LegacyRow) -> str:
    if known:
        return "changed"
    return "new" if row.state == RowState.HERE else row.state


@transaction.atomic
def post_pending(now: dt.datetime | None = None) -> int:
    """Post the stops and counts of imported rows whose day has come, and let assumed counts follow real ones.

    For the nightly job, in case no newer export has come. Arguments: `now`, for tests. Returns how many rows were posted.
    Safe to run twice.
    """
    _lock()
    now = now or timezone.now()
    posted = 0
    work: Work | None = None
    for source in LegacyRow.objects.filter(state=RowState.PENDING).order_by("source").values_list("source", flat=True).distinct():
        work = make_work(source, now, {})
        rows = LegacyRow.objects.filter(source=source, state=RowState.PENDING, table_name__in=FACTS)
        for row in sorted(rows, key=_told):
            posted += _post(work, row, now)
    work = work or make_work("", now, {})
    realise(work, AssumedCount.objects.select_related("inventory", "store").order_by("store_id"))
    return posted


def _told(row: LegacyRow) -> tuple:
    """The order of time of pending rows: of one day, counts in their order, then stops."""
    detail = row.detail or {}
    order = {Table.INVENTORY.value: 0, Table.DECLARATION.value: 1, Table.STOP.value: 2}
    return detail.get("day", ""), order[row.table_name], detail.get("clock", 0), row.row_id


def _post(work: Work, row: LegacyRow, now: dt.datetime) -> bool:
    day = dt.date.fromisoformat((row.detail or {})["day"])
    post: Callable[[], LegacyRow]
    if row.table_name == Table.STOP:
        if noon_of(day) > now:
            return False
        post = lambda: post_due_stop(work, row, day)  # noqa: E731  read once, three lines below
    else:
        if pending_fact(row).day > now.astimezone(zone()).date():  # type: ignore[operator]
            return False
        post = lambda: post_due_count(work, row)  # noqa: E731
    post().save()
    return True
