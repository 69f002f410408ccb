"""A carrier's office: the address of its calendar."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lincassable.accounts.models import AccessLink
from pickups.models import Carrier
from pickups.views import calendar_page
from pickups.views.common import actor_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """The calendars of the signed-in user's carriers; GET shows them, POST makes, renews or withdraws one."""
    carriers = list(Carrier.objects.filter(users=request.user.pk, is_active=True).order_by("name"))
    if request.method == "POST":
        wanted = [carrier for carrier in carriers if str(carrier.pk) == request.POST.get("calendar")]
        if not wanted or not calendar_page.do(request, AccessLink.CARRIER_CALENDAR, wanted[0].pk, by=actor_of(request)):
            raise Http404
        return redirect(request.path)
    boxes = [{"carrier": carrier, **calendar_page.box(request, AccessLink.CARRIER_CALENDAR, carrier.pk)} for carrier in carriers]
    return render(request, "pickups/carrier_calendar.html", {"boxes": boxes})
