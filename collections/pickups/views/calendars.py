"""What calendar programs fetch: a feed behind a secret address. Nobody signs in, nothing is written but the link's last use."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lincassable.accounts.decorators import public
from lincassable.accounts.links import LinkState, look_up
from lincassable.accounts.models import AccessLink
from lincassable.accounts.throttle import too_many_unknown
from lincassable.accounts.tokens import read_token
from lincassable.accounts.usage import CACHE_ERRORS, note_use
from pickups import feeds

# Writing the calendar of a large network takes seconds: a program that asks all the time gets what was written lately.
KEPT_SECONDS = 300


@public
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer the calendar behind `token`. 404 for an unknown one (429 after too many), 410 for one that has ended; neither says more."""
    claim = read_token(token)
    if claim is None or claim.kind not in feeds.CALENDARS:
        return _refused(429) if too_many_unknown(request) else _refused(404)
    state, link = look_up(claim)
    if link is None:
        return _refused(404)
    owner = feeds.owner_of(link) if state is LinkState.CURRENT else None
    if owner is None:
        return _refused(410)
    note_use(link, "")
    return _answer(request, _kept(link, owner))


def _kept(link: AccessLink, owner: feeds.Owner) -> bytes:
    """Return the calendar, written anew at most once in `KEPT_SECONDS`; a cache that is down costs time, nothing else."""
    key = f"calendar:{link.pk}:{link.version}"
    try:
        kept = cache.get(key)
    except CACHE_ERRORS:
        return feeds.feed(owner)
    if kept is None:
        kept = feeds.feed(owner)
        try:
            cache.set(key, kept, KEPT_SECONDS)
        except CACHE_ERRORS:
            return kept
    return kept


def _answer(request: HttpRequest, content: bytes) -> HttpResponseBase:
    """Return the calendar, or 304 when the program has it already."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="agenda.ics"'
    response["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response) or response
    return _discreet(answer, "private, no-cache")


def _refused(status: int) -> HttpResponseBase:
    sentences = {
        404: _("There is no calendar at this address."),
        410: _("This calendar has ended. Ask for a new address where you found this one."),
        429: _("Too many unknown addresses: try again in an hour."),
    }
    return _discreet(HttpResponse(sentences[status], status=status, content_type="text/plain; charset=utf-8"), "no-store")


def _discreet(response: HttpResponseBase, caching: str) -> HttpResponseBase:
    """Keep the address out of shared caches, of the Referer and of search engines."""
    response["Cache-Control"] = caching
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
