"""What an opened link leaves on the device: a signed cookie for that place or tour, and a random device id."""

from __future__ import annotations

import re
import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lincassable.accounts.kinds import KINDS
from lincassable.accounts.links import ResolvedLink, resolved
from lincassable.accounts.tokens import Claim

DEVICE_COOKIE = "appareil"
_DEVICE = re.compile(r"[0-9a-f]{32}")
_CONTENT = re.compile(r"([0-9]{1,10})\.([0-9]{1,5})")


def _signer(kind: str) -> Signer:
    # Under LINK_SECRET, like the cards: changing SECRET_KEY must not cost a phone what it has queued.
    return Signer(key=settings.LINK_SECRET, fallback_keys=settings.LINK_SECRET_FALLBACKS, salt=f"accounts.cookies.{kind}")


def _set(response: HttpResponse, name: str, value: str, *, path: str, max_age: int) -> None:
    response.set_cookie(name, value, max_age=max_age, path=path, secure=settings.HTTPS, httponly=True, samesite="Lax")


def set_link_cookie(response: HttpResponse, resolved: ResolvedLink) -> None:
    """Give the device of `response` the cookie of a link: signed, HttpOnly, limited to the kind's addresses.

    One cookie per kind: opening another card replaces it. It lasts LINK_COOKIE_AGE seconds, or until the link expires.
    """
    link, kind = resolved.link, KINDS[resolved.link.kind]
    max_age = settings.LINK_COOKIE_AGE
    if link.expires_at is not None:
        max_age = max(0, min(max_age, int((link.expires_at - timezone.now()).total_seconds())))
    _set(response, kind.cookie, _signer(link.kind).sign(f"{link.pk}.{resolved.version}"), path=kind.prefix, max_age=max_age)


def read_claim(request: HttpRequest, kind: str) -> Claim | None:
    """Return what the device's cookie for `kind` says when its signature holds, else None. No query."""
    value = request.COOKIES.get(KINDS[kind].cookie, "")
    if not value or len(value) > 200:
        return None
    try:
        content = _CONTENT.fullmatch(_signer(kind).unsign(value))
    except BadSignature:
        return None
    return Claim(kind, int(content[1]), int(content[2])) if content else None


def read_link(request: HttpRequest, kind: str) -> ResolvedLink | None:
    """Return the usable link that the device holds for `kind`, checked against its row; None when missing or refused."""
    return resolved(read_claim(request, kind))


def device_of(request: HttpRequest) -> str:
    """Return the device's random id (32 hexadecimal digits), or "" when it has none."""
    value = request.COOKIES.get(DEVICE_COOKIE, "")
    return value if _DEVICE.fullmatch(value) else ""


def set_device_cookie(request: HttpRequest, response: HttpResponse, kind: str) -> str:
    """Keep, or give for the first time, the random id of the device; returns it. Nothing of the device is measured."""
    device = device_of(request) or uuid.uuid4().hex
    _set(response, DEVICE_COOKIE, device, path=KINDS[kind].prefix, max_age=settings.LINK_COOKIE_AGE)
    return device
