"""Filters of the ledger's lists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crates.models import Balance, Entry, Movement
from stores.models import Store, Zone


class PlaceFilter(admin.SimpleListFilter):
    """Movements that concern one hub or sorting centre, or the place that a link names (?place=12)."""

    title = _("place")
    parameter_name = "place"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Hubs and sorting centres, and the place already chosen."""
        chosen = request.GET.get(self.parameter_name, "")
        places = Store.objects.keeping_stock()
        if chosen.isdecimal() and len(chosen) < 19:
            places = places | Store.objects.filter(pk=int(chosen))
        return [(str(pk), name) for pk, name in places.order_by("name").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movement]) -> QuerySet[Movement]:
        """Movements with a line at the place."""
        value = self.value() or ""
        if not value.isdecimal() or len(value) > 18:
            return queryset
        return queryset.filter(Exists(Entry.objects.filter(movement=OuterRef("pk"), store=int(value))))


class ZoneFilter(admin.SimpleListFilter):
    """Rows of the places of a zone."""

    title = _("zone")
    parameter_name = "zone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The zones."""
        return [(str(pk), name) for pk, name in Zone.objects.order_by("name").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Rows whose place is in the zone."""
        value = self.value() or ""
        return queryset.filter(store__zone=int(value)) if value.isdecimal() and len(value) < 19 else queryset


class NegativeFilter(admin.SimpleListFilter):
    """Places where the ledger holds fewer than none: something was not recorded."""

    title = _("to look into")
    parameter_name = "negative"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("1", _("fewer than none"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Balance]) -> QuerySet[Balance]:
        """Rows with a negative figure."""
        if self.value() != "1":
            return queryset
        below = Balance.objects.filter(store=OuterRef("store"), container_type=OuterRef("container_type"), quantity__lt=0)
        return queryset.filter(Exists(below))
