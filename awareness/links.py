"""The signed address in the mails of somebody who signed up: whoever has the mail may see and withdraw it, without an account."""

from __future__ import annotations

from uuid import UUID

from django.core.signing import BadSignature, Signer

from awareness.models import SignUp
from lincassable.web_addresses import web_address

_SIGNER = Signer(salt="awareness.signup", sep=".")


def sign(signup: SignUp) -> str:
    """Return the text that lets its holder withdraw `signup`."""
    return _SIGNER.sign(signup.uuid.hex)


def read(signed: str) -> UUID | None:
    """Return the public id in `signed` when it was made by `sign`, else None. Never raises."""
    try:
        return UUID(_SIGNER.unsign(signed))
    except (BadSignature, ValueError):
        return None


def url(signup: SignUp) -> str:
    """Return the absolute address of the page on which `signup` can be withdrawn."""
    return web_address("events:signup", sign(signup))
