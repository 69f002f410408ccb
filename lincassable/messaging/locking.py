"""The two statements of each delivery, written out and prepared once per connection.

Finding the words for them took the ORM longer than the server takes to run them, and planning them anew for each mail took the server
three times longer than running them. The row is read by the very statement that locks it: what leaves is what it says at that moment.

The stamp of one mail must not wait for the disk: it is seen by every worker at once, and outlives a killed worker. Only a database server
that loses its power may forget the last half second of them (docs/operator.md).
"""

from __future__ import annotations

import json

from django.db import connection
from django.db.models import JSONField
from django.utils import timezone

from lincassable.messaging.models import Message
from lincassable.messaging.statements import run

_FIELDS = Message._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
_JSON = [number for number, field in enumerate(_FIELDS) if isinstance(field, JSONField)]
_LOCK = f"""
SELECT {", ".join(f'message."{field.column}"' for field in _FIELDS)},
    EXISTS (SELECT FROM messaging_refusedaddress AS refused WHERE lower(refused.email) = lower(message.to_email) AND lifted_at IS NULL),
    set_config('synchronous_commit', 'off', true)
FROM messaging_message AS message
WHERE id = %s AND state = 'waiting' AND next_try_at <= %s
FOR UPDATE OF message SKIP LOCKED
"""  # noqa: S608 - names of columns
_STAMP = """
UPDATE messaging_message
SET state = 'sent', sent_at = %s, last_error = '', reason = '', attempts = attempts + 1, provider_id = %s
WHERE id = %s
"""


def locked(message_id: int) -> Message | None:
    """Return the message, locked, if it waits, is due and nobody else sends it; its `is_refused` tells of its address."""
    row = run(_LOCK, [message_id, timezone.now()], prepared=True).fetchone()
    if row is None:
        return None
    values = list(row[: len(_FIELDS)])
    for number in _JSON:
        values[number] = json.loads(values[number]) if isinstance(values[number], str) else values[number]
    message = Message.from_db(connection.alias, _NAMES, values)
    message.is_refused = row[len(_FIELDS)]  # type: ignore[attr-defined]
    return message


def stamp(message: Message, provider_id: str) -> None:
    """Write that a locked message has left."""
    run(_STAMP, [timezone.now(), provider_id, message.pk], prepared=True)
