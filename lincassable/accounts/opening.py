"""Opening a link: the token leaves the address bar, the device keeps a cookie. And what is said when it cannot be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from lincassable.accounts.cookies import set_device_cookie, set_link_cookie
from lincassable.accounts.links import LinkState, ResolvedLink, look_up
from lincassable.accounts.throttle import too_many_unknown
from lincassable.accounts.tokens import read_token
from lincassable.accounts.usage import note_use

MISSING, TOO_MANY, ELSEWHERE = "missing", "too_many", "elsewhere"


def _sentences(reason: str) -> tuple[str, str]:
    """Return the title and the sentence that says what to do next."""
    scan = _("Scan the QR code near the crates again, or ask your coordinator for a new card.")
    return {
        LinkState.OLD: (_("This card was replaced"), _("Scan the new card that your coordinator sent, then throw this one away.")),
        LinkState.REPLACED: (_("This card was replaced"), _("Scan the new card that your coordinator sent, then throw this one away.")),
        LinkState.REVOKED: (_("This link is no longer valid"), _("Ask your coordinator for a new one.")),
        LinkState.EXPIRED: (_("This link has expired"), _("It was valid for one tour only. Ask your coordinator for a new one.")),
        LinkState.UNKNOWN: (_("This link is not known"), scan),
        MISSING: (_("This phone does not hold a card yet"), scan),
        TOO_MANY: (_("Too many unknown links"), _("Wait an hour, then scan the QR code near the crates again.")),
        ELSEWHERE: (
            _("This form came from elsewhere"),
            _("Nothing was recorded. Open the page again from the QR code, and send the form from there."),
        ),
    }[reason]


def refusal(request: HttpRequest, reason: str, *, status: int) -> HttpResponse:
    """Return a page that says why a link does not open and what to do; `data-link-problem` on it names the reason.

    Arguments: reason, a LinkState, MISSING, TOO_MANY or ELSEWHERE; status, the HTTP status.
    """
    title, text = _sentences(reason)
    response = render(request, "accounts/link_problem.html", {"reason": str(reason), "title": title, "text": text}, status=status)
    return _discreet(response)


def _discreet(response: HttpResponse) -> HttpResponse:
    """Keep the token out of caches and of the Referer."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    patch_vary_headers(response, ["Cookie"])
    return response


def open_link(request: HttpRequest, token: str, kind: str, redirect_to: str) -> HttpResponse:
    """Answer the opening of a card or a mailed link: give the device its cookie and lead it to `redirect_to`.

    Writes nothing to the database. A wrong token gets a clear page: 404, or 429 after too many of them; a replaced,
    revoked or expired one 410.
    """
    claim = read_token(token)
    if claim is None or claim.kind != kind:
        if too_many_unknown(request):
            return refusal(request, TOO_MANY, status=429)
        return refusal(request, LinkState.UNKNOWN, status=404)
    state, link = look_up(claim)
    if link is None:
        return refusal(request, LinkState.UNKNOWN, status=404)
    if state is not LinkState.CURRENT:
        return refusal(request, state, status=410)
    response = HttpResponseRedirect(redirect_to)
    set_link_cookie(response, ResolvedLink(link, claim.version, True))
    note_use(link, set_device_cookie(request, response, kind))
    return _discreet(response)
