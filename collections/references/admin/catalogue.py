"""The catalogue: producers, their products with the answer of the washing centres, and the limits of those."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from lincassable.base_admin import ModelAdmin
from lincassable.importing.views import ImportsFiles
from references import exports, queries, services
from references.admin import coverage
from references.enums import Fit
from references.imports import ReferenceImporter
from references.models import Producer, Reference, WashingLimit
from stores.admin_saving import ThroughServices, author
from stores.enums import Kind
from stores.models import Store

FIT_COLOURS = {Fit.OK.value: "success", Fit.TOO_BIG.value: "danger", Fit.TOO_SMALL.value: "danger", Fit.UNKNOWN.value: "warning"}


@admin.register(Producer)
class ProducerAdmin(ThroughServices, ModelAdmin):
    """Who fills returnable bottles."""

    save_row = staticmethod(services.save_producer)
    delete_row = staticmethod(services.delete_row)
    list_display = ["name", "city", "show_products", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name__unaccent__icontains", "city__unaccent__icontains"]
    ordering = ["name"]  # said again here: counting the products makes Django forget the model's own
    autocomplete_fields = ["store"]
    fields = ["name", ("city", "website"), "store", "is_active"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Producer]:
        """Producers with their number of products."""
        return super().get_queryset(request).annotate(products=Count("references"))

    @display(description=_("products"), ordering="products")
    def show_products(self, producer: Any) -> SafeString:
        """How many products, leading to them."""
        address = reverse("admin:references_reference_changelist")
        return format_html('<a href="{}?producer__id__exact={}">{}</a>', address, producer.pk, producer.products)


@admin.register(Reference)
class ReferenceAdmin(ImportsFiles, ThroughServices, ModelAdmin):
    """Products in returnable bottles. Whether the bottle passes in the wash is worked out, never typed."""

    save_row = staticmethod(services.save_reference)
    delete_row = staticmethod(services.delete_row)
    import_title = _("Import producers and their products")
    import_permissions = (
        "references.add_producer",
        "references.change_producer",
        "references.add_reference",
        "references.change_reference",
    )
    actions_list = ["import_file", "export_csv", "export_xlsx", "to_coverage"]
    list_display = ["name", "producer", "drink", "volume_cl", "bottle_model", "deposit", "ean", "label_washable", "show_fit"]
    list_filter = ["drink", "bottle_model", "label_washable", "producer"]
    search_fields = ["name__unaccent__icontains", "producer__name__unaccent__icontains", "ean__startswith"]
    search_help_text = _("name, producer or EAN")
    list_select_related = ["producer", "bottle_model", "deposit"]
    autocomplete_fields = ["producer"]
    readonly_fields = ["show_washing"]

    def get_fieldsets(self, request: HttpRequest, obj: Reference | None = None) -> list[tuple[Any, dict[str, Any]]]:
        """What it is, its bottle, and the answer of the washing centres once it is known."""
        bottle = ["bottle_model", ("height_mm", "diameter_mm"), "label_washable", *(["show_washing"] if obj else [])]
        return [
            (None, {"fields": ["producer", ("name", "volume_cl"), ("drink", "deposit"), "ean", ("on_market_from", "on_market_to")]}),
            (_("Bottle"), {"fields": bottle}),
        ]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list; the limits of the washing centres are asked for once."""
        changelist = super().get_changelist_instance(request)
        known = queries.limits()
        for reference in changelist.result_list:
            reference.fit = queries.best_fit(reference, known)
        return changelist

    @display(description=_("in the wash"), label=FIT_COLOURS)
    def show_fit(self, reference: Any) -> tuple[str, str]:
        """The best answer of the centres."""
        return reference.fit.value, str(reference.fit.label)

    @display(description=_("washing centres"))
    def show_washing(self, reference: Reference) -> SafeString | str:
        """Centre by centre, with the size that was compared."""
        passing = queries.washing_of(reference)
        if not passing:
            return gettext("No washing centre has said which bottles it takes.")
        height, diameter = (gettext("unknown") if size is None else f"{size} mm" for size in queries.size_of(reference))
        size = gettext("height %(height)s, diameter %(diameter)s") % {"height": height, "diameter": diameter}
        rows = ((one.fit.value, one.centre.name, one.fit.label) for one in passing)
        return format_html("{}<ul>{}</ul>", size, format_html_join("", '<li data-fit="{}">{}: <strong>{}</strong></li>', rows))

    # -- files and pages

    def make_importer(self, request: HttpRequest, source: str) -> ReferenceImporter:
        """The importer, in the name of the signed-in user."""
        return ReferenceImporter(author(request), source)

    def get_urls(self) -> list[URLPattern]:
        """Add the coverage."""
        page = self.admin_site.admin_view(lambda request: coverage.coverage_page(self.admin_site, request))
        one = self.admin_site.admin_view(lambda request, pk: coverage.producer_page(self.admin_site, request, pk))
        ours = [
            path("coverage/", page, name="references_reference_coverage"),
            path("coverage/<int:pk>/", one, name="references_reference_places"),
        ]
        return [*ours, *super().get_urls()]

    @action(description=_("Who sells what"), url_path="to-coverage")
    def to_coverage(self, request: HttpRequest) -> HttpResponse:
        """Lead to the coverage."""
        return HttpResponseRedirect(reverse("admin:references_reference_coverage"))

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """All products, as CSV."""
        return self._export(request, "csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """All products, as XLSX."""
        return self._export(request, "xlsx")

    def _export(self, request: HttpRequest, suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return exports.references_file(suffix)


@admin.register(WashingLimit)
class WashingLimitAdmin(ThroughServices, ModelAdmin):
    """Which bottles each washing centre takes."""

    save_row = staticmethod(services.save_washing_limit)
    delete_row = staticmethod(services.delete_row)
    list_display = ["centre", "min_height_mm", "max_height_mm", "min_diameter_mm", "max_diameter_mm"]
    list_select_related = ["centre"]
    ordering = ["centre__name", "pk"]
    fields = ["centre", ("min_height_mm", "max_height_mm"), ("min_diameter_mm", "max_diameter_mm")]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only washing centres."""
        if db_field.name == "centre":
            kwargs["queryset"] = Store.objects.filter(kind=Kind.WASHING)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
