"""The addresses behind the buttons of a store's weekly mail.

Whoever has the mail may answer for its place, as whoever holds its card: the card's token is in the address, so that a card that is
revoked or replaced takes the buttons of old mails with it, and so that the outbox keeps no address that opens something (`sealing`).
The rest of the address says which mail it was, and is signed together with the token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.accounts.tokens import Claim, read_token
from lincassable.web_addresses import web_address

# As they stand in addresses.
RIGHT, FULL, COLLECT = "exact", "pleins", "venez"
BUTTONS = (RIGHT, FULL, COLLECT)
_MAIL = re.compile(r"([0-9]{4}-W[0-9]{2})-([0-9]{1,18})")
_SIGNER = Signer(salt="accounts.mail_buttons", sep=".")


@dataclass(frozen=True)
class Pressed:
    """What the address of a genuine button says. claim: the card; week: the label of the mail's ISO week; contact_id: whose mail."""

    claim: Claim
    week: str
    contact_id: int


def urls(link: AccessLink, week: str, contact_id: int) -> dict[str, str]:
    """Return the absolute address of each button of one mail, by `BUTTONS`.

    Arguments: link, the card of the place; week, the label of the mail's ISO week; contact_id, who receives it.
    """
    token = links.token(link)
    signed = _sign(token, f"{week}-{contact_id}")
    return {button: web_address("portal:mail_button", token, signed, button) for button in BUTTONS}


def _sign(token: str, mail: str) -> str:
    # The signature of the pair, beside the mail's own words: the token stands in the address already.
    return f"{mail}.{_SIGNER.signature(f'{token}:{mail}')}"


def read(token: str, signed: str) -> Pressed | None:
    """Return what the address says when we made it, else None. The card may still be revoked: ask `links.look_up`."""
    claim = read_token(token)
    mail, _dot, signature = signed.partition(".")
    found = _MAIL.fullmatch(mail)
    if claim is None or claim.kind != AccessLink.STORE or found is None:
        return None
    try:
        _SIGNER.unsign(f"{token}:{mail}.{signature}")
    except BadSignature:
        return None
    return Pressed(claim, found[1], int(found[2]))
