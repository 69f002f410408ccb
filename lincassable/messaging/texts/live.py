"""Which texts are in use, compiled: read from the database once, then asked for anew every few seconds, never per mail."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

from lincassable.messaging.kinds import kind_of
from lincassable.messaging.models import MailText
from lincassable.messaging.texts.sandbox import Compiled, TextError, compile_text

logger = logging.getLogger("lincassable.messaging")
FRESH_FOR = 5  # seconds: how long another process may go on using the text before


@dataclass(frozen=True)
class Live:
    """A text in use. error: why it cannot be used after all, for instance because a variable went away with an update."""

    pk: int
    number: int
    subject: Compiled | None
    body: Compiled | None
    error: str = ""


class _Table:
    """What this process knows. until: the moment (monotonic seconds) from which the database is asked again."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.texts: dict[tuple[str, str], Live] = {}
        self.until = 0.0


_table = _Table()


def text_of(kind: str, language: str) -> Live | None:
    """Return the text of a kind that is in use in a language, or None for the delivered one."""
    if time.monotonic() >= _table.until:
        with _table.lock:
            if time.monotonic() >= _table.until:
                _read()
    return _table.texts.get((kind, language))


def forget() -> None:
    """Ask the database again at the next mail of this process."""
    _table.until = 0.0


def assume_none() -> None:
    """Take it that every text is the delivered one, without asking (tests)."""
    _table.texts, _table.until = {}, float("inf")


def _read() -> None:
    """Read the versions in use; those that are known already are not compiled again. One query."""
    rows = MailText.objects.order_by("kind", "language", "-number").distinct("kind", "language")
    known = {live.pk: live for live in _table.texts.values()}
    _table.texts = {(row.kind, row.language): known.get(row.pk) or _compiled(row) for row in rows if not row.delivered}
    _table.until = time.monotonic() + FRESH_FOR


def _compiled(row: MailText) -> Live:
    kind = kind_of(row.kind)
    if kind is None:
        return Live(row.pk, row.number, None, None, "this kind of mail does not exist any more")
    try:
        return Live(row.pk, row.number, compile_text(row.subject, kind.known, subject=True), compile_text(row.body, kind.known))
    except TextError as error:
        logger.exception("the text %s cannot be used: the delivered one is", row)
        return Live(row.pk, row.number, None, None, str(error))
