"""Every write to the outbox. A message is written in the transaction of the fact it tells, and leaves after it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from lincassable.messaging import broker, delivery, tasks
from lincassable.messaging.attachments import Attachment, to_rows
from lincassable.messaging.enums import BATCH_SIZE
from lincassable.messaging.models import Message
from lincassable.messaging.rendering import Recipient, Rendered, plain, render
from lincassable.messaging.sealing import seal
from lincassable.messaging.writing import insert

__all__ = ["Attachment", "Prepared", "Recipient", "cancel", "deliver", "enqueue", "enqueue_many", "retry", "sweep"]

logger = logging.getLogger("lincassable.messaging")
deliver, sweep, retry, cancel = delivery.deliver, delivery.sweep, delivery.retry, delivery.cancel

HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")
LONGEST_KEY = 200


@dataclass(frozen=True)
class Prepared:
    """One message to be written by `enqueue_many`; the fields are the arguments of `enqueue`."""

    template: str
    to: Recipient
    context: Mapping[str, Any]
    dedupe_key: str
    subject_kind: str = ""
    subject_id: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    rendered: Rendered | None = None  # already: then the context is not looked at


def enqueue(
    template: str,
    *,
    to: Recipient,
    context: Mapping[str, Any],
    dedupe_key: str,
    subject_kind: str = "",
    subject_id: int | None = None,
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
) -> Message:
    """Write one message into the outbox, in the transaction that is open; it is delivered once that one commits.

    `template` names `templates/mail/<template>.subject.txt`, `.txt` and `.html`; `context` is what they show.
    `dedupe_key` (at most 200 characters) says what the message is about, for whom: a second message with the same key
    is not written, and the first is returned. `subject_kind` and `subject_id` name the row it tells of, `headers` are
    added to the mail, `attachments` leave with it and are kept with its row. An address that cannot be one is kept as a message given
    up, for a coordinator to see.

    Raises RuntimeError outside a transaction, ValueError for a key, a header or a file that cannot be, TemplateDoesNotExist.
    """
    return _enqueue(Prepared(template, to, context, dedupe_key, subject_kind, subject_id, headers or {}, attachments))


def enqueue_rendered(template: str, rendered: Rendered, *, to: Recipient, dedupe_key: str) -> Message:
    """Write one message that is rendered already. Arguments and errors: as `enqueue`."""
    return _enqueue(Prepared(template, to, {}, dedupe_key, rendered=rendered))


def _enqueue(prepared: Prepared) -> Message:
    """Write one message, and ask for its delivery after the commit."""
    _require_transaction()
    message = _build(prepared)
    if not insert([message]):
        return Message.objects.get(dedupe_key=prepared.dedupe_key)
    if message.state == Message.WAITING:
        transaction.on_commit(lambda: broker.ask(tasks.deliver, message.pk))
    return message


def enqueue_many(prepared: Iterable[Prepared]) -> int:
    """Write many messages in the open transaction, and return how many are new.

    `prepared` may be a generator: it is read `BATCH_SIZE` at a time, and a message whose key exists is not rendered.
    One sweep is asked for after the commit. Raises what `enqueue` raises.
    """
    _require_transaction()
    source, written = iter(prepared), 0
    while batch := {item.dedupe_key: item for item in islice(source, BATCH_SIZE)}:
        known = set(Message.objects.filter(dedupe_key__among=batch).order_by().values_list("dedupe_key", flat=True))
        # In the order of their keys: two runs at once wait for each other instead of locking each other out.
        written += insert([_build(batch[key]) for key in sorted(batch) if key not in known])
    if written:
        transaction.on_commit(lambda: broker.ask(tasks.sweep))
    return written


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message is written in the transaction of what it tells: call enqueue() inside transaction.atomic()")


def _build(item: Prepared) -> Message:
    """Return the unsaved row of `item`, rendered. Raises ValueError for a key or header that cannot be."""
    if not 0 < len(item.dedupe_key) <= LONGEST_KEY:
        raise ValueError(f"a dedupe key has 1 to {LONGEST_KEY} characters: {item.dedupe_key!r}")
    for name, value in item.headers.items():
        if not HEADER_NAME.fullmatch(name) or plain(value) != value:
            raise ValueError(f"not a mail header: {name!r}: {value!r}")
    rendered = item.rendered or render(item.template, item.to, item.context)
    message = Message(
        dedupe_key=item.dedupe_key,
        kind=item.template,
        to_email=item.to.email.strip()[:254],
        to_name=plain(item.to.name)[:120],
        language=item.to.language,
        subject=rendered.subject,
        text=seal(rendered.text),
        html=seal(rendered.html),
        headers={name: seal(value) for name, value in item.headers.items()},
        attachments=to_rows(item.attachments),
        subject_kind=item.subject_kind,
        subject_id=item.subject_id,
    )
    try:
        validate_email(message.to_email)
    except ValidationError:
        # Refusing here would undo the tour or the declaration the message tells of.
        message.state, message.to_email = Message.FAILED, plain(message.to_email)
        message.last_error = _("“%(address)s” is not an e-mail address: correct it where it comes from.") % {"address": message.to_email}
        logger.error("message %s cannot leave: its address is not one", item.dedupe_key)
    return message
