"""Inventories in the admin: recorded by a form, then read-only; put right or withdrawn with a reason."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from crates.admin.common import LinesInline, ReasonForm, ask, author, author_name
from crates.admin.forms import InventoryForm, inventory_form, recount_form, shown_types
from crates.enums import ActKind
from crates.models import Act, Count, Inventory
from crates.services import record_inventory, replace_inventory, withdraw_inventory
from crates.services.undo import undoable
from crates.undoing import tell_done
from lincassable.base_admin import ModelAdmin
from stores.admin_saving import told


class InventoryLineInline(LinesInline):
    """What was counted."""

    model = Count
    fk_name = "inventory"
    fields = ["container_type", "total", "full"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Count]:
        """Lines with their container."""
        return super().get_queryset(request).select_related("container_type")


@admin.register(Inventory)
class InventoryAdmin(ModelAdmin):
    """Counts of places."""

    list_display = ["store", "counted_at", "show_lines", "show_state"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter), "store__kind", "store__zone"]
    list_select_related = ["store"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains"]
    search_help_text = _("place or town")
    autocomplete_fields = ["store"]
    date_hierarchy = "counted_at"
    actions_detail = ["correct_count", "withdraw_count"]
    warn_unsaved_form = True

    # -- who may do what: an inventory is added, never edited in place

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits a count in place."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A count is withdrawn, never deleted."""
        return False

    def _inventory(self, request: HttpRequest, object_id: Any) -> Inventory:
        inventory = self.get_object(request, str(object_id))
        if inventory is None:
            raise PermissionDenied
        return inventory

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may correct or withdraw this count."""
        allowed = request.user.has_perm("crates.change_inventory") and object_id is not None
        return allowed and self._inventory(request, object_id).withdrawn_at is None

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inventory]:
        """Counts with their lines."""
        return super().get_queryset(request).prefetch_related("lines__container_type")

    @display(description=_("counted (full / all)"))
    def show_lines(self, inventory: Inventory) -> str:
        """What was counted, in short."""
        return " · ".join(
            f"{line.container_type.short} {'–' if line.full is None else line.full}/{line.total}" for line in inventory.lines.all()
        )

    @display(description=_("state"), label={"in force": "success", "withdrawn": "danger"})
    def show_state(self, inventory: Inventory) -> tuple[str, str]:
        """Whether the count is in force."""
        return ("withdrawn", gettext("withdrawn")) if inventory.withdrawn_at else ("in force", gettext("in force"))

    # -- a new count, and an old one

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form of a new count has two columns per container type."""
        if obj is None:
            kwargs["form"] = inventory_form()
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        """What is asked, or what is known."""
        if obj is not None:
            shown = [("store", "counted_at"), ("recorded_at", "show_author"), "note"]
            withdrawn = ["withdrawn_at", "withdrawn_reason", "show_withdrawer"] if obj.withdrawn_at else []
            return [(None, {"fields": [*shown, *withdrawn]})]
        counted = [(f"total_{kind.pk}", f"full_{kind.pk}") for kind in shown_types()]
        told = _("Leave “full” empty where the full ones were not counted apart, and both where nothing was counted.")
        return [
            (None, {"fields": ["form_key", "again", "store", "counted_at"]}),
            (_("Counted"), {"fields": [*counted, "note"], "description": told}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What an old count tells besides its own columns."""
        if obj is None:
            return []
        return ["recorded_at", "show_author", "withdrawn_at", "withdrawn_reason", "show_withdrawer"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """The lines of an old count."""
        return [InventoryLineInline] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Now, and the place that a link names."""
        return {"counted_at": timezone.now(), **super().get_changeform_initial_data(request)}

    @display(description=_("recorded by"))
    def show_author(self, inventory: Inventory) -> str:
        """Who recorded it."""
        return author_name(inventory.actor_kind, inventory.actor_id)

    @display(description=_("withdrawn by"))
    def show_withdrawer(self, inventory: Inventory) -> str:
        """Who withdrew it."""
        return author_name(inventory.withdrawn_by_kind, inventory.withdrawn_by_id)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form's page; what the service refuses is told on it."""
        return told(request, lambda: super(InventoryAdmin, self).changeform_view(request, *args, **kwargs))

    def save_model(self, request: HttpRequest, obj: Inventory, form: InventoryForm, change: bool) -> None:  # type: ignore[override]
        """Record the count through the service; the same page sent twice is one count."""
        data, by = form.cleaned_data, author(request)
        record = partial(
            record_inventory,
            data["store"],
            key=data["form_key"],
            counted_at=data["counted_at"],
            lines=form.counted,
            by=by,
            note=data["note"],
        )
        saved, noted = undoable(ActKind.INVENTORY, record, by=by)
        obj.pk, obj._state.adding = saved.pk, False
        if noted is not None:
            tell_done(request, gettext("The count is in force."), noted, back=reverse("admin:crates_inventory_change", args=[saved.pk]))

    # -- putting right

    @action(description=_("Correct"), url_path="correct", permissions=["withdraw"])
    def correct_count(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask for the right figures, then withdraw and record again."""
        inventory = self._inventory(request, object_id)
        form_class, initial = recount_form(inventory)

        def act(form: Any) -> Act | None:
            data, by = form.cleaned_data, author(request)
            moment = data["counted_at"]
            # The form shows whole seconds: an untouched moment stays exactly what it was.
            same = moment == timezone.localtime(inventory.counted_at).replace(microsecond=0)
            replace = partial(
                replace_inventory,
                inventory,
                key=data["form_key"],
                lines=form.counted,
                by=by,
                reason=data["reason"],
                counted_at=None if same else moment,
            )
            return undoable(ActKind.RECOUNT, replace, by=by, taken=inventory)[1]

        return ask(
            self,
            request,
            form=form_class,
            initial=initial,
            act=act,
            back=reverse("admin:crates_inventory_changelist"),
            done=gettext("Corrected: the first count is withdrawn, the new one is in force."),
            title=gettext("Correct this count"),
            sentence=gettext("Write what was really counted. Later counts keep holding."),
            rows=[str(inventory)],
        )

    @action(description=_("Withdraw"), url_path="withdraw", permissions=["withdraw"])
    def withdraw_count(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then withdraw."""
        inventory = self._inventory(request, object_id)

        def act(form: forms.Form) -> Act | None:
            by, reason = author(request), form.cleaned_data["reason"]
            return undoable(ActKind.WITHDRAWAL, lambda: withdraw_inventory(inventory, by=by, reason=reason), by=by, taken=inventory)[1]

        return ask(
            self,
            request,
            form=ReasonForm,
            act=act,
            back=reverse("admin:crates_inventory_change", args=[object_id]),
            done=gettext("The count is withdrawn."),
            title=gettext("Withdraw this count"),
            sentence=gettext("The stock becomes what it would be without this count; later counts keep holding."),
            rows=[str(inventory)],
        )
