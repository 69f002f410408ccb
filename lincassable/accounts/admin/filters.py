"""Filters of the list of access links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LinkStateFilter(SimpleListFilter):
    """Links that work, are withdrawn or have expired."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        """The choices."""
        return [("works", _("works")), ("revoked", _("withdrawn")), ("expired", _("expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The links in the chosen state."""
        over = Q(expires_at__lte=timezone.now())
        conditions = {
            "works": Q(revoked_at=None) & (Q(expires_at=None) | ~over),
            "revoked": Q(revoked_at__isnull=False),
            "expired": Q(revoked_at=None) & over,
        }
        return queryset.filter(conditions[str(self.value())]) if self.value() in conditions else queryset


class LastUseFilter(SimpleListFilter):
    """Links by when they were last used: a card nobody scans is lost, or was never put up."""

    title = _("last used")
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        """The choices."""
        return [("never", _("never")), ("month", _("within 30 days")), ("older", _("more than 30 days ago"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The links last used in the chosen period."""
        since = timezone.now() - timedelta(days=30)
        conditions = {"never": Q(last_used_at=None), "month": Q(last_used_at__gte=since), "older": Q(last_used_at__lt=since)}
        return queryset.filter(conditions[str(self.value())]) if self.value() in conditions else queryset
