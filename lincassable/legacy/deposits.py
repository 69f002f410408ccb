"""Deposit counts of an export: one per place, month and amount in force, the others kept as history."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from crates.models import DepositAmount, DepositCount
from lincassable.legacy import cells
from lincassable.legacy.cells import CellRefused
from lincassable.legacy.enums import RowState, Table
from lincassable.legacy.known import Work, external_id, known_rows, place_of, remember, start_of
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.rows import Row, RowRefused, digest, rows

COLUMNS = frozenset(
    ["id", "date", "point_de_collecte_id", "consigne", "deconsigne", "consigne_20", "deconsigne_20", "montant", "created_at"]
)
# (column of bottles charged, column of bottles refunded) -> deposit in euros.
AMOUNTS = {("consigne", "deconsigne"): Decimal("0.50"), ("consigne_20", "deconsigne_20"): Decimal("0.20")}
SINCE = dt.date(2000, 1, 1)


class DepositFact(NamedTuple):
    """A row of deposits: bottles charged and refunded, per amount in the order of AMOUNTS; None where there is no column."""

    row_id: int
    store_id: int
    month: dt.date
    bottles: tuple[tuple[int, int] | None, ...]


def deposit_fact(row: Row, work: Work) -> DepositFact:
    """Return what a row says. Raises RowRefused when it cannot be used."""
    wanted = row.reference("point_de_collecte_id")
    place = place_of(work, wanted)
    if place is None:
        raise RowRefused(
            _("point_de_collecte_id: it names no place.")
            if wanted is None
            else _("point_de_collecte_id: there is no place %(id)d.") % {"id": wanted}
        )
    day = row.day("date")
    if day is None:
        raise RowRefused(_("date: it has no month."))
    bottles: list[tuple[int, int] | None] = []
    for charged, refunded in AMOUNTS:
        there = charged in row.sheet.columns or refunded in row.sheet.columns
        pair = (row.number(charged), row.number(refunded))
        if min(pair) < 0:
            row.warn(_("%(column)s: a negative quantity, a correction by hand: it is added to the month's figures.") % {"column": charged})
        bottles.append(pair if there else None)
    _check_sum(row, bottles)
    return DepositFact(row.id, place.pk, day.replace(day=1), tuple(bottles))


def _check_sum(row: Row, bottles: list[tuple[int, int] | None]) -> None:
    """Say when `montant`, which is not kept, is not what the bottles make."""
    text = row.raw("montant")
    if not text:
        return
    try:
        said = cells.decimal(text)
    except CellRefused as refused:
        row.bad("montant", _("%(reason)s It is only checked, and not kept.") % {"reason": refused})
        return
    made = sum(((pair[0] - pair[1]) * amount for pair, amount in zip(bottles, AMOUNTS.values(), strict=True) if pair), Decimal(0))
    if said is not None and abs(said - made) >= Decimal("0.01"):
        row.warn(_("montant: %(said)s €, but the bottles make %(made)s €.") % {"said": said, "made": made})


def import_deposits(work: Work) -> None:
    """Read the deposit counts; a month that changed is written again, its former figures stay as history."""
    path = work.files.get(Table.DEPOSIT)
    source = rows(path, f"{Table.DEPOSIT}.csv", COLUMNS, work.report) if path else None
    if source is None:
        return
    work.tables.add(Table.DEPOSIT)
    months: defaultdict[tuple[int, dt.date], list[DepositFact]] = defaultdict(list)
    known, here, written, touched = known_rows(work.source, Table.DEPOSIT), set(), [], set()
    for row in source:
        try:
            fact = deposit_fact(row, work)
        except RowRefused as refused:
            row.skip(str(refused))
            continue
        here.add(fact.row_id)
        months[fact.store_id, fact.month].append(fact)
        old, now = known.get(row.id), digest(*fact)
        if old is not None and old.digest == now and old.state == RowState.HERE:
            work.report.count(Table.DEPOSIT, "unchanged")
            continue
        touched.add((fact.store_id, fact.month))
        if old is not None and old.detail:
            touched.add(_slot(old))
        written.append(_memory(work, fact, now, old))
        work.report.count(Table.DEPOSIT, "changed" if old else "new")
    for row_id, old in known.items():
        if row_id not in here and old.state == RowState.HERE:
            touched.add(_slot(old))
            old.state = RowState.GONE
            written.append(old)
            work.report.count(Table.DEPOSIT, "gone")
    versions = {row.row_id: row.version for row in (*known.values(), *written)}
    _write(work, {slot: months.get(slot, []) for slot in touched}, versions)
    remember(written)


def _slot(row: LegacyRow) -> tuple[int, dt.date]:
    detail: dict[str, Any] = row.detail or {}
    return detail["store"], dt.date.fromisoformat(detail["month"])


def _memory(work: Work, fact: DepositFact, now: Any, old: LegacyRow | None) -> LegacyRow:
    return LegacyRow(
        source=work.source,
        table_name=Table.DEPOSIT,
        row_id=fact.row_id,
        digest=now,
        version=old.version + 1 if old else 1,
        detail={"store": fact.store_id, "month": fact.month.isoformat()},
    )


def _write(work: Work, touched: dict[tuple[int, dt.date], list[DepositFact]], versions: dict[int, int]) -> None:
    """Write the figures of the months that changed: the last row of a month holds, corrections by hand are added to it."""
    if not touched:
        return
    amounts = [DepositAmount.objects.get_or_create(amount_eur=amount, defaults={"valid_from": SINCE})[0].pk for amount in AMOUNTS.values()]
    stores = {store for store, _month in touched}
    new: list[DepositCount] = []
    current = DepositCount.objects.filter(store_id__in=stores, is_current=True)
    in_force = {(count.store_id, count.month, count.amount_id): count for count in current.order_by("pk")}
    over: list[int] = []
    for (store, month), facts in sorted(touched.items()):
        for nth, amount in enumerate(amounts):
            old = in_force.get((store, month, amount))
            if old is not None and not old.source_id:
                continue  # declared here since: what the store itself said to us holds
            said = _figures([fact for fact in facts if fact.bottles[nth] is not None], nth)
            if old is not None and said is not None and (old.charged, old.refunded) == said[1:]:
                continue
            if old is not None:
                over.append(old.pk)
            if said is not None:
                new.append(_count(work, store, month, amount, said, versions[said[0]]))
    DepositCount.objects.filter(pk__in=over).update(is_current=False)
    DepositCount.objects.bulk_create(new, batch_size=2000)


def _figures(facts: list[DepositFact], nth: int) -> tuple[int, int, int] | None:
    """Return (id of the row that holds, charged, refunded) of a month, or None when no row tells of it."""
    if not facts:
        return None
    facts = sorted(facts, key=lambda fact: fact.row_id)
    pairs = [(fact.row_id, *(fact.bottles[nth] or (0, 0))) for fact in facts]
    plain = [pair for pair in pairs if min(pair[1:]) >= 0]
    by_hand = [pair for pair in pairs if min(pair[1:]) < 0]
    charged, refunded = (plain[-1][1:]) if plain else (0, 0)
    charged += sum(pair[1] for pair in by_hand)
    refunded += sum(pair[2] for pair in by_hand)
    return pairs[-1][0], max(0, charged), max(0, refunded)


def _count(work: Work, store: int, month: dt.date, amount: int, said: tuple[int, int, int], version: int) -> DepositCount:
    row_id, charged, refunded = said
    return DepositCount(
        key=uuid.uuid4(),
        store_id=store,
        month=month,
        amount_id=amount,
        charged=charged,
        refunded=refunded,
        declared_at=min(start_of(month), work.now),
        recorded_at=work.now,
        source=work.source,
        source_id=external_id(Table.DEPOSIT, row_id, version),
    )
