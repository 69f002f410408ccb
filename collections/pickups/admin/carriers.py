"""Carriers and their vehicles in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from lincassable.base_admin import ModelAdmin, TabularInline
from pickups import services
from pickups.admin.common import Told, author
from pickups.models import Carrier, Vehicle
from stores.models import Store


class VehicleInline(TabularInline):
    """A carrier's vehicles, on its page."""

    model = Vehicle
    extra = 0
    fields = ["name", "kind", "payload_kg", "pallets", "crates", "has_tail_lift", "is_active"]


@admin.register(Carrier)
class CarrierAdmin(Told, ModelAdmin):
    """Who carries, with what, where, and which accounts see its tours."""

    list_display = ["name", "contact_name", "email", "phone", "depot", "show_vehicles", "is_active"]
    list_filter = ["is_active", "zones"]
    search_fields = ["name__unaccent__icontains", "contact_name__unaccent__icontains", "email__icontains"]
    list_select_related = ["depot"]
    autocomplete_fields = ["zones", "users"]
    inlines = [VehicleInline]
    fieldsets = [
        (None, {"fields": [("name", "is_active"), ("email", "language"), ("contact_name", "phone"), "depot", "zones", "users"]}),
        (_("Import"), {"fields": [("source", "source_id")], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Carrier]:
        """Carriers with their number of vehicles."""
        return super().get_queryset(request).annotate(vehicle_count=Count("vehicles"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only hubs and sorting centres can be a usual hub."""
        if db_field.name == "depot":
            kwargs["queryset"] = Store.objects.keeping_stock()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @display(description=_("vehicles"), ordering="vehicle_count")
    def show_vehicles(self, carrier: Any) -> int:
        """How many vehicles."""
        return carrier.vehicle_count

    def save_model(self, request: HttpRequest, obj: Carrier, form: Any, change: bool) -> None:
        """Save through the service."""
        services.save_carrier(obj, by=author(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save and delete vehicles through the services."""
        formset.save(commit=False)
        for vehicle in formset.deleted_objects:
            services.delete_vehicle(vehicle, by=author(request))
        for vehicle in [*(vehicle for vehicle, _changed in formset.changed_objects), *formset.new_objects]:
            services.save_vehicle(vehicle, by=author(request))

    def delete_model(self, request: HttpRequest, obj: Carrier) -> None:
        """Delete through the service."""
        services.delete_carrier(obj, by=author(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Carrier]) -> None:
        """Delete each carrier through the service."""
        for carrier in queryset:
            services.delete_carrier(carrier, by=author(request))
