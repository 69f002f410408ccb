"""The catalogue of kinds in the admin."""

from __future__ import annotations

from django.contrib import admin

from lincassable.base_admin import ModelAdmin, TabularInline
from nonconformities.models import NonConformityKind, RejectCause
from pickups.admin.common import NothingDeleted


class RejectCauseInline(TabularInline):
    """Which reasons at the sorting table are this kind."""

    model = RejectCause
    extra = 0


@admin.register(NonConformityKind)
class NonConformityKindAdmin(NothingDeleted, ModelAdmin):
    """The kinds: how grave, until when, who handles them."""

    list_display = ["__str__", "severity", "delay_days", "handled_by", "posting", "is_active"]
    list_filter = ["severity", "handled_by", "is_active"]
    search_fields = ["name_fr__unaccent__icontains", "name_en__unaccent__icontains", "code"]
    fields = [("name_fr", "name_en"), "code", ("severity", "delay_days"), ("handled_by", "posting"), ("position", "is_active")]
    inlines = [RejectCauseInline]
