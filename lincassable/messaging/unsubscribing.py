"""The signed address at the foot of a mail that comes by itself: whoever has the mail may stop it, without an account."""

from __future__ import annotations

import re

from django.core.signing import BadSignature, Signer

from lincassable.web_addresses import web_address

# What is stopped: the weekly report of a contact or of a user; a contact's requests for deposit counts, mails about pickups,
# reminders of pickups; the tours and the reminders sent to somebody at a carrier's office; what goes wrong with a producer's
# bottles, one by one or each month. The page and what it switches off belong to a higher floor (reporting).
CONTACT, USER, DEPOSIT, PICKUP, REMINDER = "contact", "user", "deposit", "pickup", "reminder"
CARRIER_TOURS, CARRIER_REMINDERS = "carrier-tours", "carrier-reminders"
PRODUCER_EACH, PRODUCER_MONTHLY = "producer-each", "producer-monthly"
KINDS = (CONTACT, USER, DEPOSIT, PICKUP, REMINDER, CARRIER_TOURS, CARRIER_REMINDERS, PRODUCER_EACH, PRODUCER_MONTHLY)
_CONTENT = re.compile(rf"({'|'.join(KINDS)})-([0-9]{{1,18}})")
_SIGNER = Signer(salt="reporting.weekly_report.unsubscribe", sep=".")


def sign(kind: str, object_id: int) -> str:
    """Return the text that lets its holder stop the mails of one kind to one person."""
    return _SIGNER.sign(f"{kind}-{object_id}")


def read(signed: str) -> tuple[str, int] | None:
    """Return (kind, id) when `signed` was made by `sign`, else None."""
    try:
        content = _CONTENT.fullmatch(_SIGNER.unsign(signed))
    except BadSignature:
        return None
    return (content[1], int(content[2])) if content else None


def url(kind: str, object_id: int) -> str:
    """Return the absolute address where the mails of one kind to one person can be stopped."""
    return web_address("reporting:unsubscribe", sign(kind, object_id))


def headers(address: str) -> dict[str, str]:
    """Return the mail headers that let a mail program stop them by one click (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
