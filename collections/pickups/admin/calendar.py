"""Tours by month in the admin, and the address of a coordinator's own calendar. Only addresses are written here, through their service."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from lincassable.accounts.models import AccessLink
from pickups import month
from pickups.admin.common import author
from pickups.models import Carrier, Tour
from pickups.services.calendar_links import calendar_address
from pickups.views import calendar_page
from stores.models import Store, Zone

LARGEST_ID = 2**63 - 1


def urls(site: AdminSite) -> list[URLPattern]:
    """Return the addresses of these pages, for TourAdmin."""
    return [
        path("calendar/", site.admin_view(lambda request: month_page(site, request)), name="pickups_tour_calendar"),
        path("agenda/", site.admin_view(never_cache(lambda request: address_page(site, request))), name="pickups_tour_agenda"),
    ]


def _require_view(request: HttpRequest) -> None:
    if not request.user.has_perm("pickups.view_tour"):
        raise PermissionDenied


def month_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """A month of tours. `?month=2026-11`, `zone`, `carrier`, `hub`: ids; what cannot be read is left out."""
    _require_view(request)
    first, chosen = month.read_month(request.GET.get("month")), _chosen(request)
    filters = {name: value for name, value in vars(chosen).items() if value is not None}
    shown = month.month_of(first, chosen, Tour.objects.all())

    def address(day: date | None) -> str:
        return f"?{urlencode({'month': f'{day:%Y-%m}', **filters})}" if day else ""

    context = {
        **site.each_context(request),
        "title": _("Tours by month"),
        "opts": Tour._meta,
        "month": shown,
        "chosen": chosen,
        "zones": Zone.objects.order_by("name"),
        "carriers": Carrier.objects.filter(is_active=True).order_by("name"),
        "hubs": Store.objects.keeping_stock().active().order_by("name"),
        "previous_url": address(shown.previous),
        "following_url": address(shown.following),
        "today_url": f"?{urlencode(filters)}",
        "may_add": request.user.has_perm("pickups.add_tour"),
        "add_query": urlencode(filters),
    }
    return TemplateResponse(request, "pickups/admin/month.html", context)


def _chosen(request: HttpRequest) -> month.Chosen:
    """Return the filters of the address; a filter that is no number is none."""
    found = {}
    for name in ("zone", "carrier", "hub"):
        text = request.GET.get(name, "")
        if text.isascii() and text.isdigit() and int(text[:30]) <= LARGEST_ID:
            found[name] = int(text[:30])
    return month.Chosen(**found)


def address_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The signed-in coordinator's own calendar, and those of the carriers. GET shows, POST makes, renews or withdraws one."""
    _require_view(request)
    if request.method == "POST":
        kind, object_id = _whose(request)
        if not calendar_page.do(request, kind, object_id, by=author(request)):
            raise Http404
        return HttpResponseRedirect(reverse("admin:pickups_tour_agenda"))
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Tours in my calendar"),
        "opts": Tour._meta,
        "mine": calendar_page.box(request, AccessLink.USER_CALENDAR, _mine(request)),
        "carriers": _carriers(request) if request.user.has_perm("accounts.change_accesslink") else [],
    }
    return TemplateResponse(request, "pickups/admin/agenda.html", context)


def _mine(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _whose(request: HttpRequest) -> tuple[str, int]:
    """Return which calendar the sent form is about: one's own, or a carrier's. Raises Http404 for any other."""
    wanted = request.POST.get("carrier", "")
    if not wanted:
        return AccessLink.USER_CALENDAR, _mine(request)
    for pk in Carrier.objects.filter(is_active=True).values_list("pk", flat=True):
        if str(pk) == wanted:
            return AccessLink.CARRIER_CALENDAR, pk
    raise Http404


def _carriers(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the active carriers with their addresses; few enough for one query each."""
    carriers = Carrier.objects.filter(is_active=True).order_by("name")
    return [{"carrier": carrier, "address": calendar_address(AccessLink.CARRIER_CALENDAR, carrier.pk)} for carrier in carriers]
