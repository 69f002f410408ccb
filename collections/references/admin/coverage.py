"""Who sells which producer, where the gaps are, and whose list is old. Reads only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from references.models import Producer, Reference
from references.queries import coverage, places_of, stale_lists


def _check(request: HttpRequest) -> None:
    if not request.user.has_perm("references.view_shelfitem"):
        raise PermissionDenied


def coverage_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Every active producer by zone, products that nobody has, and lists not looked at for SHELF_STALE_DAYS."""
    _check(request)
    found = coverage()
    zones = [(zone, found.places_by_zone.get(zone.pk, 0)) for zone in found.zones]
    rows = [(cover, [cover.by_zone.get(zone.pk, 0) for zone in found.zones]) for cover in found.producers]
    context = {
        **site.each_context(request),
        "title": _("Who sells what"),
        "opts": Reference._meta,
        "coverage": found,
        "zones": zones,
        "rows": rows,
        "stale": stale_lists(),
        "stale_days": settings.SHELF_STALE_DAYS,
    }
    return TemplateResponse(request, "references/admin/coverage.html", context)


def producer_page(site: AdminSite, request: HttpRequest, pk: int) -> HttpResponse:
    """Where one producer is sold, place by place."""
    _check(request)
    producer = get_object_or_404(Producer, pk=pk)
    context = {**site.each_context(request), "title": producer.name, "opts": Reference._meta, "items": places_of(producer)[:2000]}
    return TemplateResponse(request, "references/admin/places.html", context)
