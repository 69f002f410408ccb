"""Rows written in as few statements as possible: the phone's form may use eight queries in all.

`ON CONFLICT (key) DO NOTHING` is what makes a replay harmless: two requests with the same key, even at the same
instant, write one row. Columns are taken from the models, so that a new field needs nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

from crates.models import Movement
from crates.services.lines import Net


@lru_cache
def _fields(model: type[models.Model]) -> tuple[str, list[Any]]:
    """Return the column names of a model (without its id) as SQL, and its fields in the same order."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in fields), fields


def _columns(row: models.Model) -> tuple[str, list[Any]]:
    """Return the column names of `row` (without its id) as SQL, and their values."""
    names, fields = _fields(type(row))
    return names, [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]


def insert_all(rows: Sequence[models.Model]) -> None:
    """Write rows of one model by one statement; their ids do not come back. Half the work of `bulk_create` for a few rows."""
    if not rows:
        return
    names, holes, values = "", [], []
    for row in rows:
        names, mine = _columns(row)
        holes.append(f"({', '.join(['%s'] * len(mine))})")
        values += mine
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES {', '.join(holes)}", values)  # noqa: S608  names come from the model


def _saved(row: models.Model, found: tuple | None) -> bool:
    """Give `row` its new id; return False when the database kept an older row with the same key."""
    if found is None:
        return False
    row.pk = found[0]
    row._state.adding = False
    row._state.db = connection.alias
    return True


def insert_movement(movement: Movement, net: Net) -> bool:
    """Write a movement and all its entries by one statement; return False when its key is already known."""
    names, values = _columns(movement)
    holes = ", ".join(["%s"] * len(values))
    lines: list[list[Any]] = [[], [], [], []]
    for (store, container_type, content), quantity in sorted(net.items(), key=lambda item: (item[0][0] or 0, *item[0][1:])):
        for column, value in zip(lines, (store, container_type, content, quantity), strict=True):
            column.append(value)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH fact AS (
                INSERT INTO crates_movement ({names}) VALUES ({holes}) ON CONFLICT (key) DO NOTHING RETURNING id, occurred_at
            ), lines AS (
                INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
                SELECT fact.id, line.store_id, line.container_type_id, line.content, line.quantity, fact.occurred_at
                FROM fact, unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[])
                    AS line (store_id, container_type_id, content, quantity)
            )
            SELECT id FROM fact
            """,  # noqa: S608  names of columns come from the model
            [*values, *lines],
        )
        return _saved(movement, cursor.fetchone())


def insert_locking_store(row: models.Model, store_id: int) -> bool:
    """Lock a store's row, then write a declaration or an inventory of it; return False when its key is already known.

    One statement does both: the insert waits for the lock, and reads nothing that could be out of date.
    """
    names, values = _columns(row)
    holes = ", ".join(["%s"] * len(values))
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH place AS (SELECT id FROM stores_store WHERE id = %s FOR NO KEY UPDATE)
            INSERT INTO {table} ({names}) SELECT {holes} FROM place ON CONFLICT (key) DO NOTHING RETURNING id
            """,  # noqa: S608  names of tables and columns come from the models
            [store_id, *values],
        )
        return _saved(row, cursor.fetchone())
