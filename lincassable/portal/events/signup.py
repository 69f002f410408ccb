"""The page behind the mails of somebody who signed up: what they signed up for, and withdrawing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from awareness import links, services
from awareness.enums import SignUpState
from awareness.models import SignUp
from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public


@public
@csrf_exempt  # the signed address is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signed_up(request: HttpRequest, signed: str) -> HttpResponse:
    """GET shows a button, POST gives the place back. A link that is not ours, or whose sign-up was deleted since: 404."""
    uuid = links.read(signed)
    signup = SignUp.objects.select_related("event__store").filter(uuid=uuid).first() if uuid else None
    if signup is None:
        return _discreet(render(request, "events/signup.html", {"signup": None, "state": "unknown"}, status=404))
    if request.method == "POST":
        if not signup.event.has_begun:  # a page left open: who came is counted already
            services.withdraw(signup, by=Actor.system())
        return _discreet(redirect(request.path))
    state = "withdrawn" if signup.state == SignUpState.WITHDRAWN else "over" if signup.event.has_begun else "ask"
    return _discreet(render(request, "events/signup.html", {"signup": signup, "state": state}))


def _discreet(response: HttpResponse) -> HttpResponse:
    """Keep the address out of the Referer, and out of search engines."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
