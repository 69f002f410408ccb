"""Carriers in the admin: who to talk to, when and where they drive, with what, at which price; what vehicles emit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from lincassable.base_admin import ModelAdmin, StackedInline, TabularInline
from pickups import services
from pickups.admin import reliability
from pickups.admin.carrier_forms import CarrierForm, ContactRows, PriceQuestion, PriceRows, VehicleRows
from pickups.admin.common import KeptByHistory, Told, author
from pickups.enums import VehicleKind, Weekday
from pickups.models import Carrier, CarrierContact, EmissionFactor, PriceRule, Vehicle
from pickups.prices import cost_by, holding, price_on
from stores.models import Store


class VehicleInline(TabularInline):
    """A carrier's vehicles, on its page."""

    model = Vehicle
    formset = VehicleRows
    extra = 0
    hide_title = True
    fields = ["name", "kind", "payload_kg", "pallets", "crates", "has_tail_lift", "is_active"]


class CarrierContactInline(StackedInline):
    """The people of a carrier's office."""

    model = CarrierContact
    formset = ContactRows
    extra = 0
    fields = [("name", "language"), ("email", "phone"), ("wants_tours", "wants_reminders"), "is_active"]


class PriceInline(TabularInline):
    """The price grid, former lines included."""

    model = PriceRule
    formset = PriceRows
    extra = 0
    hide_title = True
    fields = ["vehicle_kind", "fixed_eur", "per_stop_eur", "per_km_eur", "per_pallet_eur", "valid_from", "valid_to"]


class WeekdayFilter(admin.SimpleListFilter):
    """Carriers that drive on a day of the week."""

    title = _("drives on")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The days."""
        return [(str(value), str(label)) for value, label in Weekday.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Carrier]) -> QuerySet[Carrier]:
        """Those that drive then."""
        days = [day for day in Weekday.values if str(day) == self.value()]
        return queryset.filter(weekdays__contains=days) if days else queryset


class PriceFilter(admin.SimpleListFilter):
    """Carriers with or without a price that holds today."""

    title = _("price today")
    parameter_name = "price"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """With, or without."""
        return [("1", _("a price holds")), ("0", _("no price holds"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Carrier]) -> QuerySet[Carrier]:
        """Those."""
        return queryset.filter(Q(has_price=self.value() == "1")) if self.value() in ("0", "1") else queryset


@admin.register(Carrier)
class CarrierAdmin(Told, KeptByHistory, ModelAdmin):
    """Who carries, with what, where, and which accounts see its tours."""

    why_stays = staticmethod(services.why_carrier_stays)
    form = CarrierForm
    list_display = ["name", "show_zones", "show_days", "show_vehicles", "contact_name", "phone", "show_price", "is_active"]
    list_filter = ["is_active", "zones", "vehicles__kind", WeekdayFilter, PriceFilter]
    search_fields = [
        "name__unaccent__icontains", "contact_name__unaccent__icontains", "email__icontains", "contacts__name__unaccent__icontains",
        "contacts__email__icontains", "vehicles__name__unaccent__icontains",
    ]  # fmt: skip
    search_help_text = _("name, contact, e-mail or vehicle")
    autocomplete_fields = ["zones", "users"]
    inlines = [CarrierContactInline, VehicleInline, PriceInline]
    warn_unsaved_form = True
    change_form_outer_before_template = "pickups/admin/carrier_panel.html"
    fieldsets = [
        (None, {"fields": [("name", "is_active"), ("email", "language"), ("contact_name", "phone")]}),
        (_("Tours"), {"fields": ["weekdays", ("lead_days", "answer_days"), "depot", "zones"]}),
        (
            _("Access"),
            {
                "fields": ["users"],
                "description": _("These accounts see this carrier's tours once they are sent, and nothing of other carriers."),
            },
        ),
        (_("Import"), {"fields": [("source", "source_id")], "classes": ["collapse"]}),
    ]

    class Media:
        css = {"all": ["pickups/admin-rows.css"]}

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Carrier]:
        """Carriers with their zones and vehicles, and whether a price holds today."""
        prices = holding(PriceRule.objects.filter(carrier=OuterRef("pk")), timezone.localdate())
        found = super().get_queryset(request).annotate(has_price=Exists(prices))
        return found.prefetch_related("zones", models.Prefetch("vehicles", Vehicle.objects.filter(is_active=True), to_attr="used"))

    @display(description=_("zones served"))
    def show_zones(self, carrier: Carrier) -> str:
        """Where it drives."""
        return ", ".join(zone.name for zone in carrier.zones.all())

    @display(description=_("days it drives"))
    def show_days(self, carrier: Carrier) -> str:
        """When it drives."""
        return days_in_words(carrier.weekdays)

    @display(description=_("vehicles"))
    def show_vehicles(self, carrier: Any) -> str:
        """What it drives with."""
        return ", ".join(sorted({vehicle.get_kind_display() for vehicle in carrier.used}))

    @display(description=_("price today"), boolean=True)
    def show_price(self, carrier: Any) -> bool:
        """Whether its tours can be priced."""
        return carrier.has_price

    # -- one carrier

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only hubs and sorting centres can be a usual hub."""
        if db_field.name == "depot":
            kwargs["queryset"] = Store.objects.keeping_stock()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Carrier, form: Any, change: bool) -> None:
        """Save through the service."""
        services.save_carrier(obj, by=author(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save and delete contacts, vehicles and prices through the services."""
        formset.save(commit=False)
        for row in formset.deleted_objects:
            services.delete_row(row, by=author(request))
        for row in [*(row for row, _changed in formset.changed_objects), *formset.new_objects]:
            services.save_row(row, by=author(request))

    def delete_model(self, request: HttpRequest, obj: Carrier) -> None:
        """Delete through the service."""
        services.delete_carrier(obj, by=author(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Carrier]) -> None:
        """Delete each carrier through the service."""
        for carrier in queryset:
            services.delete_carrier(carrier, by=author(request))

    # -- the price on a day

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the prices that hold today."""
        carrier = self.get_object(request, object_id)
        prices = prices_today(carrier) if carrier is not None else []
        return super().change_view(request, object_id, form_url, {"prices_today": prices, **(extra_context or {})})

    def get_urls(self) -> list:
        """Add the pages that say what a tour costs, and how reliable the carrier is."""
        view = self.admin_site.admin_view
        ours = [
            path("<int:pk>/price/", view(self.price_view), name="pickups_carrier_price"),
            path("<int:pk>/reliability/", view(self.figures_view), name="pickups_carrier_reliability"),
            path("<int:pk>/reliability/<slug:figure>/", view(self.rows_view), name="pickups_carrier_reliability_rows"),
        ]
        return ours + super().get_urls()

    def figures_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How reliable the carrier is, and we."""
        return reliability.figures_page(self, request, pk)

    def rows_view(self, request: HttpRequest, pk: int, figure: str) -> HttpResponse:
        """What one of these figures looks at."""
        return reliability.rows_page(self, request, pk, figure)

    def price_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say which line of the grid holds on a day for each kind of vehicle, and what a tour would cost."""
        carrier = get_object_or_404(Carrier, pk=pk)
        if not request.user.has_perm("pickups.view_pricerule"):
            raise PermissionDenied
        initial = {name: field.initial for name, field in PriceQuestion.base_fields.items()} | {"day": timezone.localdate()}
        form = PriceQuestion(request.GET if "day" in request.GET else initial)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": carrier.name,
            "carrier": carrier,
            "form": form,
            "rows": _price_rows(carrier, form.cleaned_data) if form.is_valid() else [],
        }
        return TemplateResponse(request, "pickups/admin/carrier_price.html", context)


def days_in_words(weekdays: list[int]) -> str:
    """Return days of the week as people read them, in order."""
    return ", ".join(str(Weekday(day).label) for day in sorted(weekdays) if day in Weekday.values)


def prices_today(carrier: Carrier) -> list[dict[str, Any]]:
    """Return, for each kind of vehicle that a carrier drives with, the line of its grid that holds today (None: no price). Two queries."""
    holds: dict[str, PriceRule] = {}
    for rule in holding(carrier.prices.all(), timezone.localdate()).order_by("valid_from", "pk"):
        holds[rule.vehicle_kind] = rule  # the one that began last
    used = {vehicle.kind for vehicle in carrier.vehicles.all() if vehicle.is_active}
    return [{"label": label, "rule": holds.get(kind) or holds.get("")} for kind, label in VehicleKind.choices if kind in used]


def _price_rows(carrier: Carrier, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return, for each kind of vehicle, the line that holds and what the tour costs by it; both None where no price holds."""
    rows = []
    for kind, label in VehicleKind.choices:
        rule = price_on(carrier, kind, asked["day"])
        amounts = {"stops": asked["stops"], "distance_m": int(asked["kilometres"] * 1000), "pallets": asked["pallets"]}
        rows.append({"kind": kind, "label": label, "rule": rule, "cost": cost_by(rule, **amounts) if rule else None})
    return rows


@admin.register(EmissionFactor)
class EmissionFactorAdmin(Told, ModelAdmin):
    """What a kind of vehicle emits, with its source. Coordinators look, administrators edit."""

    list_display = ["vehicle_kind", "low_g_per_km", "typical_g_per_km", "high_g_per_km", "as_of", "source"]
    ordering = ["typical_g_per_km"]
    fields = ["vehicle_kind", ("low_g_per_km", "typical_g_per_km", "high_g_per_km"), "source", "as_of"]

    def save_model(self, request: HttpRequest, obj: EmissionFactor, form: Any, change: bool) -> None:
        """Save through the service."""
        services.save_row(obj, by=author(request))

    def delete_model(self, request: HttpRequest, obj: EmissionFactor) -> None:
        """Delete through the service."""
        services.delete_row(obj, by=author(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EmissionFactor]) -> None:
        """Delete each one through the service."""
        for factor in queryset:
            services.delete_row(factor, by=author(request))
