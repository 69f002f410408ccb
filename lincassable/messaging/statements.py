"""Statements that go to the server apart from their values, which it can prepare and which hold long texts as they are.

Django's own cursors write the values into the statement: with many long texts, quoting them took longer than the server took to write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper


def run(statement: str, values: Sequence[Any], *, prepared: bool = False, over: BaseDatabaseWrapper | None = None) -> psycopg.Cursor[Any]:
    """Run a statement in the open transaction and return its cursor. Raises DatabaseError.

    Whoever counts or watches queries sees it like those of Django's cursors.

    Arguments: prepared, whether the server keeps its plan for the next time on this connection. A pooler between us and the server must
    know of such statements (PgBouncer does since 1.21). over: the connection, when it is not the one of this thread.
    """
    used = over or connections[DEFAULT_DB_ALIAS]
    execute: Callable[..., Any] = partial(_execute, used, prepared)
    for wrapper in reversed(used.execute_wrappers):
        execute = partial(wrapper, execute)
    used.ensure_connection()
    if used.queries_logged:
        used.queries_log.append({"sql": statement, "time": "0"})
    with used.wrap_database_errors:
        return execute(statement, values, False, {"connection": used, "cursor": None})  # type: ignore[no-any-return]


def _execute(
    used: BaseDatabaseWrapper, prepared: bool, statement: str, values: Sequence[Any], _many: bool, _context: Any
) -> psycopg.Cursor[Any]:
    raw = used.connection
    if prepared:
        raw.prepare_threshold = 0  # means nothing to Django's own cursors
    return psycopg.Cursor(raw).execute(statement, values, prepare=prepared)
