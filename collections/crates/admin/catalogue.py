"""Containers in the admin: the catalogue, and on a place's page which ones it uses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crates.models import ContainerType, StoreContainer
from crates.services import catalogue
from lincassable.base_admin import ModelAdmin, TabularInline
from stores.admin_saving import ThroughServices, author


@admin.register(ContainerType)
class ContainerTypeAdmin(ThroughServices, ModelAdmin):
    """The catalogue. A type that is no longer used is set aside, not deleted: history needs it."""

    save_row = staticmethod(catalogue.save_container_type)
    list_display = ["show_name", "code", "declared_as", "bottles", "tare_g", "is_active", "position"]
    list_filter = ["is_active", "declared_as"]
    search_fields = ["name_fr", "name_en", "code"]
    fieldsets = [
        (None, {"fields": ["code", ("name_fr", "name_en"), ("short_fr", "short_en"), ("declared_as", "position", "is_active")]}),
        (
            _("Figures"),
            {"fields": [("bottles", "bottle_weight_g"), ("tare_g", "volume_l"), "per_pallet", ("value_eur", "count_tolerance")]},
        ),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: take it out of use."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The code of an existing type stays: files and addresses use it."""
        return ["code"] if obj else []

    @display(description=_("name"), ordering="name_fr")
    def show_name(self, row: ContainerType) -> str:
        """The name in the current language."""
        return row.name


class StoreContainerInline(TabularInline):
    """The containers that a place uses, on its page."""

    model = StoreContainer
    extra = 0
    fields = ["container_type", "capacity", "buffer"]

    @staticmethod
    def save_rows(request: HttpRequest, formset: BaseInlineFormSet) -> None:
        """Save what the formset changed, through the services."""
        formset.save(commit=False)
        for row in formset.deleted_objects:
            catalogue.delete_store_container(row, by=author(request))
        for row in [*(row for row, _changed in formset.changed_objects), *formset.new_objects]:
            catalogue.save_store_container(row, by=author(request))
