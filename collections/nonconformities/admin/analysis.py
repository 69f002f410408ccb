"""How much goes wrong per 1,000 bottles, and what comes again and again. Reads only."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from nonconformities import queries
from nonconformities.models import NonConformity

PERIODS = (30, 90, 365)  # days


def analysis_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The tables over a period, ?days=30, 90 or 365; each line leads to its reports."""
    if not request.user.has_perm("nonconformities.view_nonconformity"):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    days = next((each for each in PERIODS if str(each) == asked), PERIODS[-1])
    until = timezone.now()
    since = until - timedelta(days=days)
    context = {
        **site.each_context(request),
        "title": _("Analysis of non-conformities"),
        "opts": NonConformity._meta,
        "days": days,
        "periods": PERIODS,
        "bottles": queries.bottles_collected(since, until),
        "tables": [
            (_("By kind"), queries.by_kind(since, until)),
            (_("By place"), queries.by_store(since, until)),
            (_("By producer (bottles delivered to it)"), queries.by_producer(since, until)),
            (_("By zone"), queries.by_zone(since, until)),
            (_("By month"), queries.by_month(since, until)),
        ],
        "recurrent": queries.recurrent(until),
        "times": settings.NONCONFORMITY_RECURRENT,
        "recurrent_days": settings.NONCONFORMITY_RECURRENT_DAYS,
    }
    return TemplateResponse(request, "nonconformities/admin/analysis.html", context)
