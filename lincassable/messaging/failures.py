"""Why something did not leave: what a channel raises, and what the queue makes of it."""

from __future__ import annotations

from lincassable.messaging.enums import Reason


class NotTaken(Exception):
    """Something did not take the message, and may later; the text says why. `reason` is what failures are counted by."""

    reason: str = Reason.OTHER

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason or type(self).reason


class Later(NotTaken):
    """The server asks to come back (a full mailbox, greylisting, too many mails)."""

    reason = Reason.LATER


class Refused(NotTaken):
    """The server will never take this message; the text is its answer. With `unknown_address`, nor any other to that address."""

    reason = Reason.CONTENT

    def __init__(self, text: str, reason: str = "", *, unknown_address: bool = False) -> None:
        super().__init__(text, reason)
        self.unknown_address = unknown_address


class NoServer(NotTaken):
    """The server cannot be reached, does not let us in, or ended the conversation: nothing else of this channel can leave now."""

    reason = Reason.NO_SERVER


def reason_of(error: Exception) -> str:
    """Return the Reason of any error."""
    if isinstance(error, NotTaken):
        return error.reason
    return Reason.ADDRESS if isinstance(error, ValueError | TypeError) else Reason.OTHER
