"""Stopping mails that come by themselves, from the mail itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lincassable.accounts.actors import Actor
from lincassable.accounts.decorators import public
from lincassable.messaging import unsubscribing
from lincassable.reminders.stopping import choices_page, stop_mails

_WEEKLY = (
    _("Weekly mail"),
    _("Stop the weekly mail? You keep receiving the dates of your pickups."),
    _("Done: you will not receive the weekly mail any more. Your coordinator can switch it on again."),
)
# Title, question, answer once it is done, by what is stopped.
TEXTS = {
    unsubscribing.CONTACT: _WEEKLY,
    unsubscribing.USER: _WEEKLY,
    unsubscribing.DEPOSIT: (
        _("Mails about deposits"),
        _("Stop being asked for deposit counts by mail? They can still be declared on the store's phone page."),
        _("Done: you will not be asked by mail any more. Your coordinator can switch it on again."),
    ),
    unsubscribing.PICKUP: (
        _("Mails about pickups"),
        _("Stop the mails about your pickups: dates, changes, quantities? They can still be seen on the store's phone page."),
        _("Done: you will not receive mails about pickups any more. Your coordinator can switch them on again."),
    ),
    unsubscribing.REMINDER: (
        _("Reminders of pickups"),
        _("Stop the reminders before a pickup? You keep receiving its date and its changes."),
        _("Done: you will not be reminded of pickups any more. Your coordinator can switch it on again."),
    ),
    unsubscribing.CARRIER_TOURS: (
        _("Mails about tours"),
        _("Stop receiving the tours entrusted to your company? Its main address keeps receiving them."),
        _("Done: you will not receive the tours any more. The network's coordinators can switch them on again."),
    ),
    unsubscribing.CARRIER_REMINDERS: (
        _("Reminders of tours"),
        _("Stop the reminders the day before a tour? The main address of your company keeps receiving them."),
        _("Done: you will not be reminded of tours any more. The network's coordinators can switch it on again."),
    ),
    unsubscribing.PRODUCER_EACH: (
        _("Mails about your bottles"),
        _("Stop the mail for each new non-conformity? You still see them on your page."),
        _("Done: you will not get a mail for each one any more. The network's coordinators can switch it on again."),
    ),
    unsubscribing.PRODUCER_MONTHLY: (
        _("Monthly summary"),
        _("Stop the monthly summary of what was seen with your bottles? You still see it on your page."),
        _("Done: you will not get the monthly summary any more. The network's coordinators can switch it on again."),
    ),
}


@public
@csrf_exempt  # RFC 8058: the mail program posts without cookies; the signed address is the permission
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """GET shows a button, POST stops the mails. A link that is not ours, or a person who is gone: 404."""
    target = unsubscribing.read(signed)
    if target is None:
        return _page(request, "unknown", unsubscribing.CONTACT, 404)
    choices = choices_page(*target)
    if request.method != "POST":
        return _page(request, "ask", target[0], 200, choices)
    if not stop_mails(*target, by=Actor.system()):
        return _page(request, "unknown", target[0], 404)
    return _page(request, "stopped", target[0], 200, choices)


def _page(request: HttpRequest, state: str, kind: str, status: int, choices_url: str = "") -> HttpResponse:
    """Render the page in one of its states: "ask", "stopped" or "unknown".

    Arguments: kind, what is stopped (see `unsubscribing`); choices_url, where the person chooses among all kinds.
    """
    title, question, done = TEXTS[kind]
    context = {"state": state, "page_title": title, "question": question, "done": done, "choices_url": choices_url}
    response = render(request, "reporting/unsubscribe.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response
