"""Rows of an export, laid beside what earlier imports left of them: which are new, changed, due or gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection

from lincassable.legacy.enums import RowState, Table
from lincassable.legacy.facts import READERS, CountFact, StopFact
from lincassable.legacy.known import Work
from lincassable.legacy.rows import Row, RowRefused, rows

STAGES = {Table.STOP: "lg_stop", Table.INVENTORY: "lg_inventory", Table.DECLARATION: "lg_declaration"}
_STOP = """
    row_id bigint, digest uuid, store_id bigint, hub_id bigint, tour_id bigint, day date,
    numbers int[], note text, window_start time, window_end time
"""
_COUNT = """
    row_id bigint, digest uuid, store_id bigint, keeps_stock boolean, day date, clock int,
    numbers int[], fills smallint[], wants_pickup boolean
"""
_SHAPES = {Table.STOP: _STOP, Table.INVENTORY: _COUNT, Table.DECLARATION: _COUNT}
_FACTS: dict[Table, type] = {Table.STOP: StopFact, Table.INVENTORY: CountFact, Table.DECLARATION: CountFact}
# What each row was, by `id`; a row is new when nothing is remembered of it.
_KNOWN = """
    FROM {stage} AS s LEFT JOIN legacy_legacyrow AS r
        ON r.source = %(source)s AND r.table_name = %(table)s AND r.row_id = s.row_id
"""


def stage(work: Work, table: Table) -> bool:
    """Lay the rows of a table that can be used into its temporary table, as they are read. Returns False without such a file."""
    path = work.files.get(table)
    read, columns = READERS[table]
    found = rows(path, f"{table.value}.csv", columns, work.report) if path else None
    if found is None:
        return False
    work.tables.add(table)
    name = STAGES[table]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMP TABLE {name} ({_SHAPES[table]}) ON COMMIT DROP")
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for fact in _facts(found, read, work):
                copy.write_row(fact)
        cursor.execute(f"CREATE UNIQUE INDEX ON {name} (row_id)")
        cursor.execute(f"ANALYZE {name}")
    return True


def _facts(found: Iterable[Row], read: Any, work: Work) -> Iterator[Any]:
    for row in found:
        try:
            yield read(row, work)
        except RowRefused as refused:
            row.skip(str(refused))


def count_unchanged(work: Work, table: Table) -> None:
    """Note how many rows say what they said before."""
    _execute_count(work, table, "unchanged", f"WHERE r.digest = s.digest AND r.state <> 'gone' AND NOT {_DUE}")


# A row that waited for its day, which has come; or one that says something else than before; or one that is back.
_DUE = "(r.state = 'pending' AND s.day <= %(today)s)"
_CHANGED = f"(r.id IS NOT NULL AND (r.digest <> s.digest OR r.state = 'gone' OR {_DUE}))"


def _execute_count(work: Work, table: Table, what: str, where: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_KNOWN.format(stage=STAGES[table])} {where}", _values(work, table))
        work.report.count(table, what, cursor.fetchone()[0])


def _values(work: Work, table: Table) -> dict[str, Any]:
    return {"source": work.source, "table": table.value, "today": work.today}


def changed(work: Work, table: Table) -> list[Any]:
    """Return the facts of rows that say something else than before, are back, or whose day has come."""
    return _select(work, table, f"WHERE {_CHANGED}")


def left_for_services(work: Work, table: Table) -> list[Any]:
    """Return the facts of new rows that the bulk write leaves out: late ones, and those that have not happened."""
    return _select(work, table, f"WHERE s.row_id IN (SELECT row_id FROM {STAGES[table]}_new WHERE late OR NOT posted)")  # noqa: S608


def _select(work: Work, table: Table, where: str) -> list[Any]:
    fact = _FACTS[table]
    columns = ", ".join(f"s.{name}" for name in fact._fields)  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} {_KNOWN.format(stage=STAGES[table])} {where} ORDER BY s.day NULLS LAST, s.row_id",
            _values(work, table),
        )
        return [fact(*values) for values in cursor.fetchall()]


def same_day(table: Table, store_id: int, day: Any) -> list[Any]:
    """Return the staged counts of a place and a day, in their order."""
    columns = ", ".join(CountFact._fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {STAGES[table]} WHERE store_id = %s AND day = %s ORDER BY clock, row_id",  # noqa: S608
            [store_id, day],
        )
        return [CountFact(*values) for values in cursor.fetchall()]


def gone_ids(work: Work, table: Table) -> list[int]:
    """Return the ids of rows that were imported and are not in the export any more, or no longer of use."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT r.row_id FROM legacy_legacyrow AS r
            WHERE r.source = %(source)s AND r.table_name = %(table)s AND r.state <> %(gone)s
                AND NOT EXISTS (SELECT 1 FROM {STAGES[table]} AS s WHERE s.row_id = r.row_id)
            ORDER BY r.row_id
            """,  # noqa: S608  the names are constants of this module
            {**_values(work, table), "gone": RowState.GONE.value},
        )
        return [row_id for (row_id,) in cursor.fetchall()]
