"""Statements that go to the server apart from their values, which it can prepare and which hold long texts as they are.

Django's own cursors write the values into the statement: with many long texts, quoting them took longer than the server took to write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from django.db import connection


def run(statement: str, values: Sequence[Any], *, prepared: bool = False) -> psycopg.Cursor[Any]:
    """Run a statement in the open transaction and return its cursor. Raises DatabaseError.

    Whoever counts or watches queries sees it like those of Django's cursors.

    Arguments: prepared, whether the server keeps its plan for the next time on this connection. A pooler between us and the server must
    know of such statements (PgBouncer does since 1.21).
    """
    execute: Callable[..., Any] = partial(_execute, prepared)
    for wrapper in reversed(connection.execute_wrappers):
        execute = partial(wrapper, execute)
    connection.ensure_connection()
    if connection.queries_logged:
        connection.queries_log.append({"sql": statement, "time": "0"})
    with connection.wrap_database_errors:
        return execute(statement, values, False, {"connection": connection, "cursor": None})  # type: ignore[no-any-return]


def _execute(prepared: bool, statement: str, values: Sequence[Any], _many: bool, _context: Any) -> psycopg.Cursor[Any]:
    raw = connection.connection
    if prepared:
        raw.prepare_threshold = 0  # means nothing to Django's own cursors
    return psycopg.Cursor(raw).execute(statement, values, prepare=prepared)
