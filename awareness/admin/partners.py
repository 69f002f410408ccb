"""Partners in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from awareness.models import Partner
from lincassable.base_admin import ModelAdmin


@admin.register(Partner)
class PartnerAdmin(ModelAdmin):
    """Who holds events with the network."""

    list_display = ["name", "kind", "show_events", "website"]
    list_filter = ["kind"]
    search_fields = ["name__unaccent__icontains"]
    search_help_text = _("name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        """With the number of events."""
        return super().get_queryset(request).annotate(event_count=Count("events"))

    @display(description=_("events"), ordering="event_count")
    def show_events(self, row: Partner) -> int:
        """How many events it takes part in."""
        return row.event_count  # type: ignore[attr-defined]
