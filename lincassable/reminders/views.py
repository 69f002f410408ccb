"""Stopping a kind of mails from the mail itself, and the page on which people choose which ones they receive."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public
from lincassable.reminders import stopping
from lincassable.reminders.registry import Switch, switch_of
from lincassable.reminders.signing import Target, choices_url, read_choices, read_stop


@public
@csrf_exempt  # RFC 8058: the mail program posts without cookies; the signed address is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """GET shows what would stop and a button, POST stops it. A link that is not ours, or a person who is gone: 404."""
    target = read_stop(signed)
    if target is None or not stopping.readers(target.kind, target.id):
        return _page(request, "reminders/stop.html", {"state": "unknown", "page_title": _("Mails")}, 404)
    kinds = [switch for code in target.switches if (switch := switch_of(code))]
    state = "ask"
    if request.method == "POST":
        stopping.stop(target, _absolute(request), by=Actor.system())
        state = "stopped"
    return _page(request, "reminders/stop.html", {"state": state, **_texts(kinds), "choices_url": choices_url(target.kind, target.id)})


def _absolute(request: HttpRequest) -> str:
    """Return the address as mails have it, whatever name of the server was used."""
    from django.conf import settings

    return settings.SITE_URL + request.path


def _texts(kinds: list[Switch]) -> dict[str, object]:
    if len(kinds) == 1:
        return {"page_title": kinds[0].title, "kinds": [], "question": kinds[0].question, "done": kinds[0].done}
    return {
        "page_title": _("Reminders"),
        "kinds": [kind.title for kind in kinds],
        "question": _("This mail tells of several things. Stop all these kinds of mails?"),
        "done": _("Done: you will not receive these mails any more."),
    }


@public
@csrf_exempt  # the signed address is the permission, as for stopping
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest, signed: str) -> HttpResponse:
    """GET shows which kinds of mails a person receives, POST sets them. A link that is not ours, or a person who is gone: 404."""
    target: Target | None = read_choices(signed)
    found = stopping.choices_of(target.kind, target.id) if target else []
    if target is None or not found:
        return _page(request, "reminders/stop.html", {"state": "unknown", "page_title": _("Mails")}, 404)
    saved = request.method == "POST"
    if saved:
        found = stopping.choose(target.kind, target.id, request.POST.getlist("wanted"), by=Actor.system())
    return _page(request, "reminders/choices.html", {"choices": found, "saved": saved})


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, template, context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
