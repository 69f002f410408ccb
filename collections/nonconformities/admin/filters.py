"""Filters of the list of non-conformities."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nonconformities.enums import CLOSED_STATES
from nonconformities.models import NonConformity

Rows = QuerySet[NonConformity]


class ToDoFilter(admin.SimpleListFilter):
    """What is to be done."""

    title = _("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("open", _("open")), ("late", _("late")), ("mine", _("mine")), ("nobody", _("with nobody")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """Those."""
        value = self.value()
        if value == "over":
            return queryset.filter(state__in=CLOSED_STATES)
        if value not in ("open", "late", "mine", "nobody"):
            return queryset
        rows = queryset.exclude(state__in=CLOSED_STATES)
        if value == "late":
            return rows.filter(due_on__lt=timezone.localdate())
        if value == "mine":
            return rows.filter(assignee=request.user.pk)
        return rows.filter(assignee=None) if value == "nobody" else rows
