"""Stopping mails that come by themselves, from the mail itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public
from lincassable.reporting import unsubscribing
from lincassable.reporting.services import stop_mails


@public
@csrf_exempt  # RFC 8058: the mail program posts without cookies; the signed address is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """GET shows a button, POST stops the mails. A link that is not ours, or a person who is gone: 404."""
    target = unsubscribing.read(signed)
    if target is None:
        return _page(request, "unknown", unsubscribing.CONTACT, 404)
    if request.method != "POST":
        return _page(request, "ask", target[0], 200)
    found = stop_mails(*target, by=Actor.system())
    return _page(request, "stopped" if found else "unknown", target[0], 200 if found else 404)


def _page(request: HttpRequest, state: str, kind: str, status: int) -> HttpResponse:
    """Render the page in one of its states: "ask", "stopped" or "unknown". kind: what is stopped (see `unsubscribing`)."""
    response = render(request, "reporting/unsubscribe.html", {"state": state, "kind": kind}, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
