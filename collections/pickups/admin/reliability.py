"""A carrier's reliability and ours, for coordinators: the same figures and rows as the carrier's office sees."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from lincassable.base_admin import ModelAdmin
from pickups.models import Carrier
from pickups.views.office import figure_context, figures_context


def figures_page(model_admin: ModelAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the figures of one carrier. Raises Http404, PermissionDenied."""
    carrier = _carrier(request, pk)
    title = _("Reliability: %(carrier)s") % {"carrier": carrier}
    context = {**_frame(model_admin, request, carrier, title), **figures_context(request, [carrier])}
    return TemplateResponse(request, "pickups/admin/reliability.html", context)


def rows_page(model_admin: ModelAdmin, request: HttpRequest, pk: int, figure: str) -> HttpResponse:
    """Show the rows of one figure. Raises Http404, PermissionDenied."""
    carrier = _carrier(request, pk)
    found = figure_context(request, [carrier], figure)
    title = f"{found['figure'].title} – {carrier}"
    return TemplateResponse(request, "pickups/admin/reliability_rows.html", {**_frame(model_admin, request, carrier, title), **found})


def _carrier(request: HttpRequest, pk: int) -> Carrier:
    if not request.user.has_perm("pickups.view_carrier") or not request.user.has_perm("pickups.view_tour"):
        raise PermissionDenied
    return get_object_or_404(Carrier, pk=pk)


def _frame(model_admin: ModelAdmin, request: HttpRequest, carrier: Carrier, title: str) -> dict:
    return {**model_admin.admin_site.each_context(request), "opts": Carrier._meta, "title": title, "carrier": carrier}
