"""The signed address at the foot of a mail that comes by itself: whoever has the mail may stop it, without an account."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

# What is stopped: the weekly report of a contact or of a user, the requests for deposit counts to a contact.
CONTACT, USER, DEPOSIT = "contact", "user", "deposit"
_CONTENT = re.compile(r"(contact|user|deposit)-([0-9]{1,18})")
_SIGNER = Signer(salt="reporting.weekly_report.unsubscribe", sep=".")


def sign(kind: str, object_id: int) -> str:
    """Return the text that lets its holder stop the mails of one kind to a contact or a user."""
    return _SIGNER.sign(f"{kind}-{object_id}")


def read(signed: str) -> tuple[str, int] | None:
    """Return (kind, id) when `signed` was made by `sign`, else None."""
    try:
        content = _CONTENT.fullmatch(_SIGNER.unsign(signed))
    except BadSignature:
        return None
    return (content[1], int(content[2])) if content else None


def url(kind: str, object_id: int) -> str:
    """Return the absolute address where the mails of one kind to a contact or a user can be stopped."""
    return settings.SITE_URL + reverse("reporting:unsubscribe", args=[sign(kind, object_id)])


def headers(address: str) -> dict[str, str]:
    """Return the mail headers that let a mail program stop them by one click (RFC 2369, RFC 8058)."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
