"""The statement that writes rows of the outbox."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field
from psycopg.types.json import Jsonb

from lincassable.messaging.models import Message
from lincassable.messaging.statements import run


class Writer:
    """Inserts one batch of rows while the next one is rendered: the server and the rendering each have a processor to themselves.

    All in the transaction of whoever opens it, which must not end before this does. psycopg lets one statement at a time use a connection:
    a question that the rendering asks waits until the batch is in.
    """

    def __init__(self) -> None:
        self.written = 0  # rows that were new, of the batches that are done
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        self._pending: Future[int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown()
        cause = self._pending.exception() if self._pending else None
        if cause is not None and isinstance(error, DatabaseError):  # “the transaction is aborted”: this says by what
            raise cause from error

    def begin(self, messages: list[Message]) -> None:
        """Insert a batch while the caller goes on, once the one before is in. Raises what inserting that one raised."""
        self._wait()
        if messages:
            self._pending = self._pool.submit(insert, messages, connections[DEFAULT_DB_ALIAS])

    def finish(self, messages: list[Message]) -> None:
        """Insert the last batch, here and now: few mails need no thread. Raises what inserting it or the one before raised."""
        self._wait()
        self.written += insert(messages)

    def _wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            self.written += pending.result()


def insert(messages: list[Message], over: BaseDatabaseWrapper | None = None) -> int:
    """Insert the rows whose key is new, give those their primary key, and return how many they are.

    Arguments: over, the connection, when it is not the one of this thread.

    Django's `bulk_create(ignore_conflicts=True)` does not say which rows were written; hence this statement.
    """
    if not messages:
        return 0
    fields = [column for column in Message._meta.concrete_fields if not column.primary_key]
    columns = ", ".join(connection.ops.quote_name(str(column.column)) for column in fields)
    # One array per column: with a parameter per value, finding those in the statement took longer than running it. As bytes (%b), not as
    # text, in which each sign that arrays give a meaning must be escaped and unescaped.
    arrays = ", ".join(
        f"%b::{'text[]::jsonb' if column.db_type(connection) == 'jsonb' else column.db_type(connection)}[]" for column in fields
    )
    values = [[_plain(column, message) for message in messages] for column in fields]
    statement = f"INSERT INTO {Message._meta.db_table} ({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names of columns
    written = dict(run(f"{statement} ON CONFLICT (dedupe_key) DO NOTHING RETURNING dedupe_key, id", values, over=over).fetchall())
    for message in messages:
        if message.dedupe_key in written:
            message.pk = written[message.dedupe_key]
            message._state.adding, message._state.db = False, connection.alias
    return len(written)


def _plain(column: Field, message: Message) -> Any:
    """Return the value of one column as the statement takes it: JSON as its text, a choice as its value."""
    value = column.get_db_prep_save(column.pre_save(message, True), connection)
    if isinstance(value, Jsonb):
        return (value.dumps or json.dumps)(value.obj)
    return str(value) if isinstance(value, str) else value
