"""The stock in the admin: one row per place and container, read from the balances."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crates.admin.common import ReadOnly
from crates.admin.filters import NegativeFilter, ZoneFilter
from crates.enums import Content
from crates.models import Balance
from lincassable.base_admin import ModelAdmin


@admin.register(Balance)
class BalanceAdmin(ReadOnly, ModelAdmin):
    """What is where, now."""

    list_display = ["store", "container_type", "show_full", "show_empty", "show_total", "show_doubt", "show_movements"]
    list_display_links = None
    list_filter = ["container_type", "store__kind", ZoneFilter, NegativeFilter]
    list_select_related = ["store", "container_type"]
    list_per_page = 100
    show_full_result_count = False
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains"]
    search_help_text = _("place or town")
    ordering = ["store__name", "store", "container_type__position"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Balance]:
        """One row per place and container: that of the empty ones, else that of the full ones, with both figures."""
        same = Balance.objects.filter(store=OuterRef("store"), container_type=OuterRef("container_type"))
        empty, full = (
            Coalesce(Subquery(same.filter(content=content).values("quantity")[:1]), 0) for content in (Content.EMPTY, Content.FULL)
        )
        one_per_pair = Q(content=Content.EMPTY) | ~Exists(same.filter(content=Content.EMPTY))
        rows = super().get_queryset(request).filter(one_per_pair).annotate(raw_empty=empty, raw_full=full)
        return rows.annotate(shown_full=Greatest(F("raw_full"), 0), total=F("raw_empty") + F("raw_full"))

    @display(description=_("full"), ordering="shown_full")
    def show_full(self, row: Any) -> int:
        """Full ones, cut at zero."""
        return row.shown_full

    @display(description=_("empty"))
    def show_empty(self, row: Any) -> int:
        """Empty ones: what is left of the total."""
        return row.total - row.shown_full

    @display(description=_("in all"), ordering="total")
    def show_total(self, row: Any) -> int:
        """The total, never cut."""
        return row.total

    @display(description=_("to look into"), label={"doubt": "warning"})
    def show_doubt(self, row: Any) -> tuple[str, Any] | str:
        """The ledger's own figures when they cannot be."""
        if row.raw_full >= 0 and row.raw_empty >= 0:
            return ""
        return "doubt", _("%(full)d full, %(empty)d empty in the ledger") % {"full": row.raw_full, "empty": row.raw_empty}

    @display(description=_("movements"))
    def show_movements(self, row: Any) -> Any:
        """The way to this place's movements."""
        return format_html('<a href="{}?place={}">{}</a>', reverse("admin:crates_movement_changelist"), row.store_id, _("movements"))
