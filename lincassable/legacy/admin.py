"""Imports from the present tool in the admin: what came in, what it had to say, what is assumed. Only looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from crates.admin.common import ReadOnly
from lincassable.base_admin import ModelAdmin
from lincassable.legacy.enums import ASSUMED, OUTCOMES, Table
from lincassable.legacy.models import AssumedCount, LegacyImport


@admin.register(LegacyImport)
class LegacyImportAdmin(ReadOnly, ModelAdmin):
    """One row per export: imported once or, when nothing in it had changed, several times."""

    list_display = ["last_imported_at", "source", "at", "runs", "show_written", "bad_rows", "warnings"]
    list_filter = ["source"]
    ordering = ["-last_imported_at", "-pk"]
    date_hierarchy = "last_imported_at"
    fields = [
        ("source", "show_content"), ("at", "runs"), ("imported_at", "last_imported_at"), ("bad_rows", "warnings"), "show_outcome",
        "show_problems",
    ]  # fmt: skip
    readonly_fields = ["show_content", "show_outcome", "show_problems"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegacyImport]:
        """Leave the problems, which may be many, to the page of one import."""
        rows = super().get_queryset(request)
        return rows if request.resolver_match and "object_id" in request.resolver_match.kwargs else rows.defer("problems")

    @display(description=_("rows written"))
    def show_written(self, row: LegacyImport) -> int:
        """How many rows changed something here at the last import."""
        return row.rows_written

    @display(description=_("content"))
    def show_content(self, row: LegacyImport) -> str:
        """The start of the content's hash: enough to tell two exports apart."""
        return row.content_hash[:12]

    @display(description=_("rows, at the last import"))
    def show_outcome(self, row: LegacyImport) -> Any:
        """What happened to the rows of each table."""
        labels = {**dict(Table.choices), ASSUMED: _("places that nobody counted")}
        tables = [
            (label, [(word, row.outcome[table][what]) for what, word in OUTCOMES.items() if what in row.outcome[table]])
            for table, label in labels.items()
            if table in row.outcome
        ]
        return render_to_string("legacy/admin/outcome.html", {"tables": tables})

    @display(description=_("what it had to say"))
    def show_problems(self, row: LegacyImport) -> Any:
        """The problems, then the warnings, with file and line; the first thousand."""
        more = row.bad_rows + row.warnings - len(row.problems)
        return render_to_string("legacy/admin/problems.html", {"problems": row.problems, "more": more})


@admin.register(AssumedCount)
class AssumedCountAdmin(ReadOnly, ModelAdmin):
    """The places that nobody ever counted: what the present tool shows for them stands in for a count."""

    list_display = ["store", "at", "show_figures", "in_force"]
    list_filter = ["in_force"]
    list_select_related = ["store"]
    search_fields = ["store__name__unaccent__icontains"]
    search_help_text = _("place")
    fields = ["store", "at", "show_figures", "in_force", "inventory"]
    readonly_fields = ["show_figures"]

    @display(description=_("figures"))
    def show_figures(self, row: AssumedCount) -> Any:
        """The totals and full ones by container."""
        lines = [
            (code, total, "" if full is None else format_html(" ({})", _("%(full)s full") % {"full": full}))
            for code, (total, full) in row.figures.items()
        ]
        return format_html_join(" · ", "{}: {}{}", lines) if lines else "–"
