"""One inventory or declaration at a time: rows that changed, are gone, wait for their day, or arrive late."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crates.models import Count, Declaration, Inventory
from crates.services import CountedLine, DeclaredLine, declare, record_inventory, withdraw_declaration, withdraw_inventory
from lincassable.legacy.bulk import count_moment
from lincassable.legacy.enums import CODES, RowState, Table
from lincassable.legacy.facts import CountFact
from lincassable.legacy.known import Work, external_id, key_for
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.staging import same_day
from stores.models import Store


def apply_count(work: Work, table: Table, fact: CountFact, old: LegacyRow | None) -> LegacyRow:
    """Make a count say what its row says now: the former one is withdrawn, a new one recorded. Returns what to remember."""
    row = old or LegacyRow(source=work.source, table_name=table, row_id=fact.row_id, version=0)
    if row.object_id is not None:
        withdraw(work, table, row.object_id, work.reason)
    row.digest, row.version, row.object_id, row.detail = fact.digest, row.version + 1, None, None
    if fact.day is not None and fact.day <= work.today:
        row.state = RowState.HERE
        row.object_id = record(work, table, fact, row.version)
    else:
        row.state = RowState.PENDING
        row.detail = {**fact._asdict(), "digest": None, "day": str(fact.day)}
    return row


def record(work: Work, table: Table, fact: CountFact, version: int) -> int:
    """Record a count through the ledger's own service; return its id."""
    store = Store.objects.get(pk=fact.store_id)
    key = key_for(work.source, table, fact.row_id, version)
    at = count_moment(table, fact.day, fact.clock) if fact.day else work.now
    source = (work.source, external_id(table, fact.row_id, version))
    numbers = fact.numbers
    pairs = [(work.kinds[code], numbers[2 * nth], numbers[2 * nth + 1]) for nth, code in enumerate(CODES)]
    if table == Table.INVENTORY:
        counted = [CountedLine(kind, total or 0, full) for kind, total, full in pairs]
        return record_inventory(store, key=key, counted_at=at, lines=counted, by=work.by, source=source).pk
    palox = work.kinds["palox"]
    declared = [DeclaredLine(kind, full, total, tuple(fact.fills) if kind == palox else ()) for kind, total, full in pairs]
    return declare(
        store, key=key, lines=declared, by=work.by, occurred_at=at, received_at=at, wants_pickup=fact.wants_pickup, source=source
    ).pk


def withdraw(work: Work, table: Table, object_id: int, reason: str) -> None:
    """Take a count back, unless somebody has done so here already."""
    if table == Table.INVENTORY:
        inventory = Inventory.objects.get(pk=object_id)
        if inventory.withdrawn_at is None:
            withdraw_inventory(inventory, by=work.by, reason=reason)
    else:
        declaration = Declaration.objects.get(pk=object_id)
        if declaration.state == Declaration.POSTED:
            withdraw_declaration(declaration, by=work.by, reason=reason)


def remove_count(work: Work, table: Table, row: LegacyRow) -> LegacyRow:
    """Take back a count whose row is gone."""
    if row.object_id is not None:
        withdraw(work, table, row.object_id, work.gone)
    row.state, row.object_id, row.detail = RowState.GONE, None, None
    return row


def put_in_order(work: Work, table: Table, store_id: int, day: dt.date) -> None:
    """Let the counts of a place and a day follow each other by their time, then their id: the latest one holds.

    A count that came in late among others of its moment would hold over them: those after it are recorded again.
    """
    facts = same_day(table, store_id, day)
    if len(facts) < 2:
        return
    ids = [fact.row_id for fact in facts]
    known = {row.row_id: row for row in LegacyRow.objects.filter(source=work.source, table_name=table, row_id__in=ids, state=RowState.HERE)}
    owner = "inventory_id" if table == Table.INVENTORY else "declaration_id"
    objects = [row.object_id for row in known.values()]
    lines = Count.objects.filter(**{f"{owner}__in": objects}, withdrawn=False).order_by("pk")
    first: dict[int, int] = {}
    for object_id, line in lines.values_list(owner, "pk"):
        first.setdefault(object_id, line)
    last = 0
    for fact in facts:
        row = known.get(fact.row_id)
        place = first.get(row.object_id or 0) if row else None
        if row is None or place is None:  # withdrawn here by somebody, or without any line
            continue
        if place < last:
            apply_count(work, table, fact, row).save()
            place = Count.objects.filter(**{owner: row.object_id}).order_by("pk").values_list("pk", flat=True).first() or last
        last = max(last, place)


def post_due_count(work: Work, row: LegacyRow) -> LegacyRow:
    """Record a pending count whose day has come."""
    fact = pending_fact(row)
    row.object_id = record(work, Table(row.table_name), fact, row.version)
    row.state, row.detail = RowState.HERE, None
    return row


def pending_fact(row: LegacyRow) -> CountFact:
    """Return the count that a row, whose day was yet to come, remembers."""
    detail: dict[str, Any] = {**(row.detail or {}), "digest": row.digest}
    detail["day"] = dt.date.fromisoformat(detail["day"])
    return CountFact(**detail)
