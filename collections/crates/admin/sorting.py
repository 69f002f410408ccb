"""Sorting in the admin: batches read-only, cancelled with a reason; trips between hubs and the centre; models and reasons."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget

from crates.admin.common import LinesInline, ReadOnly, ReasonForm, ask, author, author_name
from crates.admin.forms import figure, shown_types
from crates.models import BottleModel, BottleMovement, ContainerType, RejectReason, SortingBatch, SortingIntake, SortingReject
from crates.queries_bottles import yields_of
from crates.services import catalogue
from crates.services.sorting import cancel_sorting, transfer_for_sorting
from lincassable.base_admin import ModelAdmin
from stores.admin_saving import ThroughServices
from stores.enums import Kind
from stores.models import Store


class CatalogueAdmin(ThroughServices, ModelAdmin):
    """Rows of a catalogue: set aside when no longer used, never deleted, because history needs them."""

    list_filter = ["is_active"]
    search_fields = ["name_fr", "name_en", "code"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one: take it out of use."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The code of an existing row stays: files use it."""
        return ["code"] if obj else []

    @display(description=_("name"), ordering="name_fr")
    def show_name(self, row: Any) -> str:
        """The name in the current language."""
        return str(row)


@admin.register(BottleModel)
class BottleModelAdmin(CatalogueAdmin):
    """The standard bottles that are sorted."""

    save_row = staticmethod(catalogue.save_bottle_model)
    list_display = ["show_name", "code", "volume_cl", "pallet_bottles", "is_active", "position"]
    fields = ["code", ("name_fr", "name_en"), ("volume_cl", "pallet_bottles"), ("height_mm", "diameter_mm"), ("position", "is_active")]


@admin.register(RejectReason)
class RejectReasonAdmin(CatalogueAdmin):
    """Why bottles are rejected."""

    save_row = staticmethod(catalogue.save_reject_reason)
    list_display = ["show_name", "code", "is_active", "position"]
    fields = ["code", ("name_fr", "name_en"), ("position", "is_active")]


class IntakeInline(LinesInline):
    """Containers emptied."""

    model = SortingIntake
    fields = ["container_type", "quantity", "show_paloxes"]
    readonly_fields = ["show_paloxes"]

    @display(description=_("paloxes"))
    def show_paloxes(self, row: SortingIntake) -> str:
        """Their numbers."""
        return ", ".join(palox.number for palox in row.paloxes.all())

    def get_queryset(self, request: HttpRequest) -> QuerySet[SortingIntake]:
        """With what each line shows."""
        return super().get_queryset(request).select_related("container_type").prefetch_related("paloxes")


class RejectInline(LinesInline):
    """Bottles rejected."""

    model = SortingReject
    fields = ["reason", "bottle_model", "quantity"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SortingReject]:
        """With what each line shows."""
        return super().get_queryset(request).select_related("reason", "bottle_model")


class AcceptedInline(LinesInline):
    """Good bottles, and what was taken back of them."""

    model = BottleMovement
    fk_name = "batch"
    verbose_name_plural = _("good bottles")
    fields = ["bottle_model", "quantity", "reverses"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BottleMovement]:
        """With what each line shows."""
        return super().get_queryset(request).select_related("bottle_model", "reverses__bottle_model")


class TripForm(forms.Form):
    """Full ones from a hub to a sorting centre, empty ones back."""

    kinds: list[ContainerType] = []
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    hub = forms.ModelChoiceField(
        label=_("hub"), queryset=Store.objects.active().filter(kind=Kind.HUB).order_by("name"), widget=UnfoldAdminSelectWidget
    )
    centre = forms.ModelChoiceField(
        label=_("sorting centre"),
        queryset=Store.objects.active().filter(kind=Kind.SORTING).order_by("name"),
        widget=UnfoldAdminSelectWidget,
    )
    occurred_at = forms.SplitDateTimeField(label=_("happened"), widget=UnfoldAdminSplitDateTimeWidget, initial=timezone.now)

    @cached_property
    def sent(self) -> list[tuple[ContainerType | int, int]]:
        """Full ones that went to the centre."""
        return self._numbers("full")

    @cached_property
    def brought(self) -> list[tuple[ContainerType | int, int]]:
        """Empty ones that came back."""
        return self._numbers("empty")

    def _numbers(self, content: str) -> list[tuple[ContainerType | int, int]]:
        pairs = ((kind, self.cleaned_data.get(f"{content}_{kind.pk}")) for kind in self.kinds)
        return [(kind, number) for kind, number in pairs if number]


def trip_form() -> type[TripForm]:
    """Return the form with two fields per container type."""
    kinds, fields = shown_types(), dict[str, forms.Field]()
    for kind in kinds:
        fields[f"full_{kind.pk}"] = figure(format_lazy("{} · {}", kind.name, _("full ones to the sorting centre")))
        fields[f"empty_{kind.pk}"] = figure(format_lazy("{} · {}", kind.name, _("empty ones back to the hub")))
    return type("TripWithKindsForm", (TripForm,), {"kinds": kinds, **fields})


@admin.register(SortingBatch)
class SortingBatchAdmin(ReadOnly, ModelAdmin):
    """What was sorted. Recorded on the sorting centre's own page; here it is looked at and, if need be, cancelled."""

    list_display = ["sorted_at", "centre", "show_accepted", "show_rejected", "show_standing"]
    list_filter = ["centre", ("sorted_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["centre"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["centre__name__unaccent__icontains", "note"]
    search_help_text = _("sorting centre or remark")
    inlines = [IntakeInline, AcceptedInline, RejectInline]
    fields = ["centre", "sorted_at", "recorded_at", "show_author", "show_yield", "show_movement", "note", "show_standing"]
    readonly_fields = ["show_author", "show_yield", "show_movement", "show_standing"]
    actions_list = ["record_batch", "trip", "bottle_stock"]
    actions_detail = ["cancel_batch"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SortingBatch]:
        """Batches with what their page shows."""
        return super().get_queryset(request).select_related("centre", "movement")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the yields of its page counted at once."""
        changes = super().get_changelist_instance(request)
        yields = yields_of(changes.result_list)
        for row in changes.result_list:
            row.yielded = yields[row.pk]
        return changes

    @display(description=_("good bottles"))
    def show_accepted(self, row: Any) -> int:
        """How many can be used again."""
        return row.yielded.accepted

    @display(description=_("rejected"))
    def show_rejected(self, row: Any) -> int:
        """How many cannot."""
        return row.yielded.rejected

    @display(description=_("standing"), label={"cancelled": "warning", "odd": "warning"})
    def show_standing(self, row: SortingBatch) -> tuple[str, Any]:
        """Whether it counts, and whether its figures match."""
        if row.cancelled_at:
            return "cancelled", gettext("cancelled: %(reason)s") % {"reason": row.cancelled_reason}
        found = getattr(row, "yielded", None) or yields_of([row])[row.pk]
        return ("odd", gettext("bottles do not match the containers")) if found.is_odd else ("", gettext("stands"))

    @display(description=_("recorded by"))
    def show_author(self, row: SortingBatch) -> str:
        """Who recorded it."""
        return author_name(row.actor_kind, row.actor_id)

    @display(description=_("yield"))
    def show_yield(self, row: SortingBatch) -> str:
        """Bottles counted against what the containers hold."""
        found = yields_of([row])[row.pk]
        facts = {"accepted": found.accepted, "rejected": found.rejected, "expected": found.expected}
        return gettext("%(accepted)s good, %(rejected)s rejected; the containers hold about %(expected)s.") % facts

    @display(description=_("movement"))
    def show_movement(self, row: SortingBatch) -> Any:
        """The way to its movement in the ledger of crates."""
        if row.movement_id is None:
            return gettext("none")
        return format_html('<a href="{}">#{}</a>', reverse("admin:crates_movement_change", args=[row.movement_id]), row.movement_id)

    # -- acts

    def has_record_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may record batches."""
        return request.user.has_perm("crates.add_sortingbatch")

    def has_trip_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may record movements of crates."""
        return request.user.has_perm("crates.add_movement")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may cancel this batch."""
        if not request.user.has_perm("crates.change_sortingbatch"):
            return False
        return not SortingBatch.objects.filter(pk=object_id).exclude(cancelled_at=None).exists()

    @action(description=_("Record a batch"), url_path="record", permissions=["record"])
    def record_batch(self, request: HttpRequest) -> HttpResponse:
        """Go to the sorting centre's page."""
        return HttpResponseRedirect(reverse("crates:sorting_start"))

    @action(description=_("Stock of bottles"), url_path="stock", permissions=["view"])
    def bottle_stock(self, request: HttpRequest) -> HttpResponse:
        """Go to the stock by model and stage."""
        return HttpResponseRedirect(reverse("crates:bottles"))

    @action(description=_("Trip from a hub"), url_path="trip", permissions=["trip"])
    def trip(self, request: HttpRequest) -> HttpResponse:
        """Send full ones from a hub to be sorted, bring empty ones back."""

        def act(form: Any) -> None:
            data = form.cleaned_data
            places = data["hub"], data["centre"]
            facts: dict[str, Any] = {"key": data["key"], "occurred_at": data["occurred_at"], "by": author(request)}
            transfer_for_sorting(*places, sent_full=form.sent, brought_empty=form.brought, **facts)

        return ask(
            self,
            request,
            form=trip_form(),
            act=act,
            back=reverse("admin:crates_sortingbatch_changelist"),
            done=gettext("The trip is recorded."),
            title=gettext("Trip from a hub"),
            sentence=gettext("Full containers go from the hub to the sorting centre, empty ones come back. Both ways are one movement."),
        )

    @action(description=_("Cancel"), url_path="cancel", permissions=["cancel"])
    def cancel_batch(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then take the batch back."""
        batch = self.get_object(request, str(object_id))
        if batch is None:
            raise PermissionDenied
        return ask(
            self,
            request,
            form=ReasonForm,
            act=lambda form: _cancelled(batch, request, form.cleaned_data["reason"]),
            back=reverse("admin:crates_sortingbatch_change", args=[batch.pk]),
            done=gettext("Cancelled: the containers are full again, the bottles are out of the stock."),
            title=gettext("Cancel this batch"),
            sentence=gettext("The containers become full again, the bottles leave the stock. The batch stays readable, with your reason."),
            rows=[str(batch)],
        )


def _cancelled(batch: SortingBatch, request: HttpRequest, reason: str) -> None:
    cancel_sorting(batch, by=author(request), reason=reason)
