"""What places have on their shelf, line by line, and who looked when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from lincassable.base_admin import ModelAdmin
from lincassable.importing.views import ImportsFiles
from references import exports, services
from references.enums import ShelfState
from references.imports import ShelfImporter
from references.models import ShelfCheck, ShelfItem
from references.queries import shelf_of
from stores.admin_saving import ThroughServices, author
from stores.models import Store

COLOURS = {ShelfState.AVAILABLE.value: "success", ShelfState.OUT.value: "warning", ShelfState.STOPPED.value: "danger"}


@admin.register(ShelfItem)
class ShelfItemAdmin(ImportsFiles, ThroughServices, ModelAdmin):
    """One product at one place."""

    save_row = staticmethod(services.save_shelf_item)
    delete_row = staticmethod(services.delete_shelf_item)
    import_title = _("Import what places have on their shelf")
    import_permissions = ("references.add_shelfitem", "references.change_shelfitem")
    actions_list = ["import_file", "export_csv", "export_xlsx"]
    list_display = ["reference", "store", "show_state", "since", "said_at", "actor_kind"]
    list_filter = ["state", "reference__producer", "store__zone"]
    search_fields = [
        "store__name__unaccent__icontains",
        "store__city__unaccent__icontains",
        "reference__name__unaccent__icontains",
        "reference__producer__name__unaccent__icontains",
    ]
    search_help_text = _("place, town, product or producer")
    list_select_related = ["reference__producer", "store"]
    ordering = ["store__name", "reference__producer__name", "reference__name", "pk"]
    autocomplete_fields = ["store", "reference"]
    fields = ["store", "reference", "state"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Only the state of a line changes; another product is another line."""
        return ["store", "reference"] if obj else []

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, item: ShelfItem) -> tuple[str, str]:
        """The state, with a colour."""
        return item.state, item.get_state_display()

    def make_importer(self, request: HttpRequest, source: str) -> ShelfImporter:
        """The importer, in the name of the signed-in user."""
        return ShelfImporter(author(request), source)

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """All shelves, as CSV."""
        return self._export(request, "csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """All shelves, as XLSX."""
        return self._export(request, "xlsx")

    def _export(self, request: HttpRequest, suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return exports.shelves_file(suffix)


@admin.register(ShelfCheck)
class ShelfCheckAdmin(ModelAdmin):
    """Who looked through a list, and when. Written by phones, read here."""

    list_display = ["store", "checked_at", "first_name", "changes", "actor_kind"]
    list_filter = ["store__zone"]
    search_fields = ["store__name__unaccent__icontains"]
    list_select_related = ["store"]
    ordering = ["-checked_at", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one."""
        return False


def shelf_panel(store: Store) -> SafeString | str:
    """Return what a place has on its shelf, for its admin page."""
    last = ShelfCheck.objects.filter(store=store).order_by("-checked_at", "-pk").first()
    return render_to_string("references/admin/panel.html", {"store": store, "items": list(shelf_of(store)), "last": last})
