"""The statement that writes rows of the outbox."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField

from lincassable.messaging.models import Message
from lincassable.messaging.statements import run


def insert(messages: list[Message]) -> int:
    """Insert the rows whose key is new, give those their primary key, and return how many they are.

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
    written = dict(run(f"{statement} ON CONFLICT (dedupe_key) DO NOTHING RETURNING dedupe_key, id", values).fetchall())
    for message in messages:
        if message.dedupe_key in written:
            message.pk = written[message.dedupe_key]
            message._state.adding, message._state.db = False, connection.alias
    return len(written)


def _plain(column: Field, message: Message) -> Any:
    """Return the value of one column as the statement takes it: JSON as its text, a choice as its value."""
    value = column.pre_save(message, True)
    if isinstance(column, JSONField):
        return json.dumps(value, cls=column.encoder)
    return str(value) if isinstance(value, str) else value
