"""The statements of each delivery, written out: finding the words for them took the ORM longer than the server takes to run them.

The stamp of one mail must not wait for the disk: it is seen by every worker at once, and outlives a killed worker. Only a database server
that loses its power may forget the last half second of them (docs/operator.md).

Beginning goes with the lock and committing with the stamp, when the transaction is the delivery's own: two exchanges with the database
for each mail instead of four. What the mails say is read beforehand, many rows at once, and read again when it changed since.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db import connection
from django.db.models import JSONField
from django.utils import timezone
from psycopg.pq import TransactionStatus

from lincassable.messaging.models import Message

_FIELDS = Message._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_JSON = [number for number, field in enumerate(_FIELDS) if isinstance(field, JSONField)]
LIGHT = 64_000  # bytes of files in a row: rows with more are not read ahead, many of them would fill the memory
_READ = f"""
SELECT {", ".join(f'message."{field.column}"' for field in _FIELDS)}, message.xmin::text
FROM messaging_message AS message
WHERE id = ANY(%s)
"""  # noqa: S608 - names of columns
_READ_AHEAD = _READ + f"AND pg_column_size(attachments) < {LIGHT}"
_LOCK = """
SELECT message.xmin::text,
    EXISTS (SELECT FROM messaging_refusedaddress AS refused WHERE lower(refused.email) = lower(message.to_email) AND lifted_at IS NULL),
    set_config('synchronous_commit', 'off', true)
FROM messaging_message AS message
WHERE id = %s AND state = 'waiting' AND next_try_at <= %s
FOR UPDATE OF message SKIP LOCKED
"""
_STAMP = """
UPDATE messaging_message
SET state = 'sent', sent_at = %s, last_error = '', reason = '', attempts = attempts + 1, provider_id = %s
WHERE id = %s
"""


def read_ahead(message_ids: Sequence[int]) -> dict[int, Message]:
    """Return rows by their ids, not locked and without those with big files: what `locked` takes if nobody has changed them since."""
    return _read(_READ_AHEAD, message_ids)


def locked(message_id: int, ahead: Message | None = None) -> Message | None:
    """Return the message, locked, if it waits, is due and nobody else sends it; its `is_refused` tells of its address.

    Arguments: ahead, the row as it was read before. Every change writes a new version of a row, whose number (xmin) differs.
    """
    with connection.cursor() as cursor:
        if _is_own_transaction() and _is_idle():
            connection.connection.autocommit = True  # psycopg must not begin by itself, in an exchange of its own
            cursor.execute("BEGIN; " + _LOCK, [message_id, timezone.now()])
            cursor.nextset()
        else:
            cursor.execute(_LOCK, [message_id, timezone.now()])
        row = cursor.fetchone()
    if row is None:
        return None
    message = ahead if ahead is not None and ahead.version == row[0] else _read(_READ, [message_id])[message_id]  # type: ignore[attr-defined]
    message.is_refused = row[1]  # type: ignore[attr-defined]
    return message


def _read(statement: str, message_ids: Sequence[int]) -> dict[int, Message]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(message_ids)])
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        values = list(row[: len(_FIELDS)])
        for number in _JSON:
            values[number] = json.loads(values[number]) if isinstance(values[number], str) else values[number]
        message = Message.from_db(connection.alias, _NAMES, values)
        message.version = row[len(_FIELDS)]  # type: ignore[attr-defined]
        found[message.pk] = message
    return found


def stamp(message: Message, provider_id: str) -> None:
    """Write that a locked message has left, and commit it when the transaction is its own."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP + ("; COMMIT" if _is_own_transaction() else ""), [timezone.now(), provider_id, message.pk])


def _is_own_transaction() -> bool:
    """Whether the open transaction is one `atomic()` and no more, and several statements may go at once."""
    return len(connection.atomic_blocks) == 1 and not connection.settings_dict["OPTIONS"].get("server_side_binding")


def _is_idle() -> bool:
    """Whether the server knows of no transaction yet."""
    return connection.connection.info.transaction_status == TransactionStatus.IDLE
