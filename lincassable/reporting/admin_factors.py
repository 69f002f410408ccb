"""The studies that figures rest on, in the admin. Coordinators look, administrators edit."""

from __future__ import annotations

from django.contrib import admin

from lincassable.base_admin import ModelAdmin
from lincassable.reporting import factors
from lincassable.reporting.models import ReuseFactor
from stores.admin_saving import ThroughServices


@admin.register(ReuseFactor)
class ReuseFactorAdmin(ThroughServices, ModelAdmin):
    """What using a bottle again spares, with its study; the latest row is used."""

    save_row = staticmethod(factors.save_factor)
    delete_row = staticmethod(factors.delete_factor)
    list_display = ["as_of", "low_g_per_kg", "high_g_per_kg", "source"]
    ordering = ["-as_of"]
    fields = [("low_g_per_kg", "high_g_per_kg"), "source", "as_of"]
