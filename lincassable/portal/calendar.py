"""The page of a store's phone that puts its pickups into a calendar."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lincassable.accounts.decorators import link_required, same_origin
from lincassable.accounts.models import AccessLink
from lincassable.portal.phone import page, store_of
from pickups.views import calendar_page


@link_required(AccessLink.STORE)
@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """The address of the store's calendar; GET shows it, POST makes, renews or withdraws it."""
    store = store_of(request)
    if request.method == "POST":
        if not calendar_page.do(request, AccessLink.STORE_CALENDAR, store.pk, by=request.actor):  # type: ignore[attr-defined]
            raise Http404
        return redirect(request.path)
    return page(request, "portal/calendar.html", {"store": store, **calendar_page.box(request, AccessLink.STORE_CALENDAR, store.pk)})
