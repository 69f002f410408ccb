"""Marks on views: who may open them, and from where."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponseBase]
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


def public(view: View) -> View:
    """Mark `view` as open to everyone: `LoginRequiredMiddleware` lets it through."""
    marked: Any = view
    marked.is_public = True
    return view


def link_required(kind: str, *, allow_old: bool = False) -> Callable[[View], View]:
    """Open a view to devices that hold a link of `kind`; sets `request.actor` (Actor) and `request.link` (ResolvedLink).

    Arguments:
        kind: one of AccessLink.KINDS.
        allow_old: also take a version replaced less than LINK_OLD_VERSION_GRACE_DAYS ago; the view sees
            `request.link.is_current` False and holds what it receives for a coordinator's glance.
    Otherwise the device gets a 403 page that says what to do.
    """

    def decorate(view: View) -> View:
        @public
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _check(request, kind, allow_old) or view(request, *args, **kwargs)

        return guarded

    return decorate


def _check(request: HttpRequest, kind: str, allow_old: bool) -> HttpResponse | None:
    """Put the device's link on the request, or return the page that refuses it."""
    from lincassable.accounts.actors import Actor
    from lincassable.accounts.cookies import device_of, read_claim
    from lincassable.accounts.links import LinkState, ResolvedLink, look_up
    from lincassable.accounts.opening import MISSING, refusal
    from lincassable.accounts.usage import note_use

    claim = read_claim(request, kind)
    if claim is None:
        return refusal(request, MISSING, status=403)
    state, link = look_up(claim)
    if link is None or not (state is LinkState.CURRENT or (allow_old and state is LinkState.OLD)):
        return refusal(request, state, status=403)
    request.link = ResolvedLink(link, claim.version, state is LinkState.CURRENT)  # type: ignore[attr-defined]
    request.actor = Actor.of_link(link)  # type: ignore[attr-defined]
    note_use(link, device_of(request))
    return None


def same_origin(view: View) -> View:
    """Take a form from our own pages only, told by Origin or Sec-Fetch-Site; a stale CSRF token must not lose a queued form.

    Browsers write these two headers themselves, a page cannot. Otherwise 403, with a sentence that says what to do.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in SAFE_METHODS or comes_from_here(request):
            return view(request, *args, **kwargs)
        from lincassable.accounts.opening import ELSEWHERE, refusal

        return refusal(request, ELSEWHERE, status=403)

    return guarded


def comes_from_here(request: HttpRequest) -> bool:
    """Return whether the browser says that one of our own pages sent the request.

    `Origin: null` (some privacy settings) and no Origin at all are taken only with `Sec-Fetch-Site: same-origin`.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    if site and site != "same-origin":
        return False
    origin = request.headers.get("Origin", "")
    if not origin or origin == "null":
        return site == "same-origin"
    here = urlsplit(settings.SITE_URL)
    ours = {f"{request.scheme}://{request.get_host()}", f"{here.scheme}://{here.netloc}", *settings.CSRF_TRUSTED_ORIGINS}
    return origin in ours
