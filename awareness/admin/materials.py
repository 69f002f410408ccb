"""Materials in the admin: the catalogue with the office's stock, orders to prepare, what stands where."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminImageFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from awareness import services
from awareness.effects.pages import BeforeAndAfter
from awareness.enums import ORDER_TRANSITIONS, OrderState, StockReason
from awareness.material_queries import check_due, is_to_check, with_stock
from awareness.models import Material, MaterialOrder, Placement
from awareness.services.materials import stock_of
from lincassable.base_admin import ModelAdmin
from lincassable.uploads import clean_image, serve
from pickups.admin.common import NothingDeleted, ReasonForm, Told, author, confirmation, tell

ORDER_COLOURS = {"ordered": "warning", "prepared": "info", "sent": "info", "placed": "success", "refused": "danger"}
PLACE_COLOURS = {"placed": "success", "to_replace": "warning", "gone": "danger"}
BY_HAND = (StockReason.RECEIVED, StockReason.COUNT, StockReason.LOST)


class MaterialForm(forms.ModelForm):
    """A material; the picture is looked at at once."""

    upload = forms.FileField(label=_("new picture"), required=False, widget=UnfoldAdminImageFieldWidget)

    class Meta:
        model = Material
        fields = ("kind", "name_fr", "name_en", "minimum", "usual", "check_months", "is_active")

    def clean_upload(self) -> Any:
        """Refuse what is no picture."""
        file = self.cleaned_data["upload"]
        if file:
            clean_image(file)
            file.seek(0)
        return file


class StockForm(forms.Form):
    """The office's stock moves."""

    reason = forms.ChoiceField(label=_("what happened"), choices=[(one, one.label) for one in BY_HAND], widget=UnfoldAdminSelectWidget)
    quantity = forms.IntegerField(
        label=_("how many (of a count: how many there are)"), min_value=0, max_value=1_000_000, widget=UnfoldAdminIntegerFieldWidget
    )
    note = forms.CharField(label=_("note"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget)


@admin.register(Material)
class MaterialAdmin(Told, NothingDeleted, ModelAdmin):
    """The catalogue."""

    form = MaterialForm
    list_display = ["__str__", "kind", "show_stock", "minimum", "show_wanted", "show_places", "is_active"]
    list_filter = ["kind", "is_active"]
    search_fields = ["name_fr__unaccent__icontains", "name_en__unaccent__icontains"]
    search_help_text = _("name")
    readonly_fields = ["show_picture"]
    change_form_outer_before_template = "awareness/admin/material_panel.html"
    fieldsets = [
        (None, {"fields": ["kind", "name_fr", "name_en", "show_picture", "upload", ("minimum", "usual"), ("check_months", "is_active")]})
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Material]:
        """With the stock."""
        return with_stock(super().get_queryset(request))

    @display(description=_("at the office"), ordering="stock", label={"low": "danger", "fine": "success"})
    def show_stock(self, row: Any) -> tuple[str, str]:
        """How many there are, red below the minimum."""
        return ("low" if row.stock < row.minimum or row.stock < 0 else "fine", str(row.stock))

    @display(description=_("wanted by places"), ordering="wanted")
    def show_wanted(self, row: Any) -> int:
        """How many are ordered and not prepared."""
        return row.wanted

    @display(description=_("places that have it"), ordering="places")
    def show_places(self, row: Any) -> int:
        """In how many places it stands."""
        return row.places

    @display(description=_("picture"))
    def show_picture(self, row: Material) -> SafeString | str:
        """The picture."""
        if not row.pk or not row.picture:
            return "–"
        return format_html('<img src="{}" alt="{}" width="120">', reverse("admin:awareness_material_picture", args=[row.pk]), row)

    def save_model(self, request: HttpRequest, obj: Material, form: Any, change: bool) -> None:
        """Save through the service."""
        services.save_material(obj, by=author(request), picture=form.cleaned_data.get("upload"))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the stock and its last movements."""
        material = self.get_object(request, object_id)
        shown = {"material": material, "moves": list(material.moves.select_related("order__store")[:20])} if material else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_urls(self) -> list:
        """Add the stock and the picture."""
        wrap = self.admin_site.admin_view
        ours = [
            path("<int:pk>/stock/", wrap(self.stock_view), name="awareness_material_stock"),
            path("<int:pk>/picture/", wrap(self.picture_view), name="awareness_material_picture"),
        ]
        return ours + super().get_urls()

    def stock_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write that the stock moved."""
        material = get_object_or_404(Material, pk=pk)
        if not request.user.has_perm("awareness.add_materialmove"):
            raise PermissionDenied
        form, page = StockForm(request.POST or None), reverse("admin:awareness_material_change", args=[pk])
        if request.method == "POST" and form.is_valid():
            try:
                services.move_stock(material, by=author(request), **form.cleaned_data)
                messages.success(request, gettext("The stock is written down."))
                return HttpResponseRedirect(page)
            except ValidationError as error:
                form.add_error(None, error)
                tell(request, error)
        title = gettext("Stock of %(material)s") % {"material": material}
        return confirmation(self, request, title=title, sentences=[], form=form, button=gettext("Save"), back=page)

    def picture_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The picture."""
        return serve(get_object_or_404(Material, pk=pk).picture, filename="material.webp", content_type="image/webp")


class WaitingFilter(admin.SimpleListFilter):
    """What is to do."""

    title = _("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("open", _("not in place yet")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[MaterialOrder]) -> QuerySet[MaterialOrder]:
        """Those."""
        over = [OrderState.PLACED, OrderState.REFUSED]
        if self.value() == "open":
            return queryset.exclude(state__in=over)
        return queryset.filter(state__in=over) if self.value() == "over" else queryset


@admin.register(MaterialOrder)
class MaterialOrderAdmin(Told, NothingDeleted, ModelAdmin):
    """What places want; prepared, sent or brought, placed."""

    list_display = ["store", "material", "quantity", "show_state", "ordered_at", "note"]
    list_filter = [WaitingFilter, "state", "material", "store__zone"]
    search_fields = ["store__name__unaccent__icontains", "material__name_fr__unaccent__icontains"]
    search_help_text = _("place or material")
    list_select_related = ["store", "material"]
    autocomplete_fields = ["store", "material"]
    fields = ["store", "material", "quantity", "note"]
    actions = ["prepare", "send", "placed"]
    change_form_outer_before_template = "awareness/admin/order_panel.html"

    @display(description=_("state"), ordering="state", label=ORDER_COLOURS)
    def show_state(self, row: MaterialOrder) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    def get_readonly_fields(self, request: HttpRequest, obj: MaterialOrder | None = None) -> list[str]:
        """Once written, an order only goes on; another one is another row."""
        return ["store", "material", "quantity", "note"] if obj else []

    def save_model(self, request: HttpRequest, obj: MaterialOrder, form: Any, change: bool) -> None:
        """Write a new one through the service."""
        if not change:
            saved = services.order_material(obj.store, obj.material, obj.quantity, key=obj.key, note=obj.note, by=author(request))
            obj.pk = saved.pk

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Add the next steps."""
        order = self.get_object(request, object_id)
        shown: dict[str, Any] = {}
        if order:
            steps = ORDER_TRANSITIONS[order.state] if self.has_change_permission(request, order) else ()
            shown = {"order": order, "steps": [(step, OrderState(step).label) for step in steps if step != OrderState.REFUSED]}
            shown["may_refuse"] = OrderState.REFUSED in steps
            shown["stock"] = stock_of(order.material) if order.state == OrderState.ORDERED else None
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_urls(self) -> list:
        """Add the steps."""
        wrap = self.admin_site.admin_view
        ours = [
            path("<int:pk>/refuse/", wrap(self.refuse_view), name="awareness_materialorder_refuse"),
            path("<int:pk>/step/<slug:to>/", wrap(self.step_view), name="awareness_materialorder_step"),
        ]
        return ours + super().get_urls()

    def _asked(self, request: HttpRequest, pk: int) -> MaterialOrder:
        order = get_object_or_404(MaterialOrder.objects.select_related("store", "material"), pk=pk)
        if not self.has_change_permission(request, order):
            raise PermissionDenied
        return order

    def step_view(self, request: HttpRequest, pk: int, to: str) -> HttpResponse:
        """Take it one step further."""
        order = self._asked(request, pk)
        if request.method == "POST":
            self._advance(request, [order], to)
        return HttpResponseRedirect(reverse("admin:awareness_materialorder_change", args=[pk]))

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say no, and why."""
        order, page = self._asked(request, pk), reverse("admin:awareness_materialorder_change", args=[pk])
        form = ReasonForm(request.POST or None, label=_("Why not? The place reads this."), required=True)
        if request.method == "POST" and form.is_valid():
            self._advance(request, [order], OrderState.REFUSED, form.cleaned_data["reason"])
            return HttpResponseRedirect(page)
        title = gettext("Refuse %(order)s of %(store)s") % {"order": order, "store": order.store}
        return confirmation(self, request, title=title, sentences=[], form=form, button=gettext("Refuse"), back=page, danger=True)

    def _advance(self, request: HttpRequest, orders: Any, to: str, answer: str = "") -> None:
        done = 0
        for order in orders:
            try:
                services.advance(order, to, answer=answer, by=author(request))
                done += 1
            except ValidationError as error:
                messages.error(request, f"{order.store} · {order}: {' '.join(error.messages)}")
        if done:
            messages.success(request, gettext("Done: %(number)s.") % {"number": done})
        if to == OrderState.PREPARED:
            self._tell_short(request, {order.material for order in orders})

    def _tell_short(self, request: HttpRequest, materials: set[Material]) -> None:
        """Say which of these materials the office has fewer of, by what was written down, than left it."""
        for material in materials:
            stock = stock_of(material)
            if stock < 0:
                sentence = gettext("More of “%(material)s” left than was ever written down: the stock is %(stock)s. Count what is there.")
                messages.warning(request, sentence % {"material": material, "stock": stock})

    @admin.action(description=_("Prepared (leaves the stock)"), permissions=["change"])
    def prepare(self, request: HttpRequest, queryset: QuerySet[MaterialOrder]) -> None:
        """The chosen ones are prepared."""
        self._advance(request, queryset.order_by("pk"), OrderState.PREPARED)

    @admin.action(description=_("On its way, by post or with somebody"), permissions=["change"])
    def send(self, request: HttpRequest, queryset: QuerySet[MaterialOrder]) -> None:
        """The chosen ones are on their way."""
        self._advance(request, queryset.order_by("pk"), OrderState.SENT)

    @admin.action(description=_("In place"), permissions=["change"])
    def placed(self, request: HttpRequest, queryset: QuerySet[MaterialOrder]) -> None:
        """The chosen ones are in place."""
        self._advance(request, queryset.order_by("pk"), OrderState.PLACED)


class CheckFilter(admin.SimpleListFilter):
    """What wants looking at."""

    title = _("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choice."""
        return [("check", _("to look at or to replace"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Placement]) -> QuerySet[Placement]:
        """Those."""
        if self.value() != "check":
            return queryset
        here = queryset.filter(store__merged_into=None).select_related("material")
        return queryset.filter(pk__in=[row.pk for row in here if is_to_check(row)])


class PlacementForm(forms.ModelForm):
    """What stands in a place today."""

    upload = forms.FileField(label=_("new photo"), required=False, widget=UnfoldAdminImageFieldWidget)
    drop_photo = forms.BooleanField(label=_("delete the photo"), required=False, widget=UnfoldBooleanWidget)

    class Meta:
        model = Placement
        fields = ("store", "material", "state", "quantity")

    def clean_upload(self) -> Any:
        """Refuse what is no picture."""
        file = self.cleaned_data["upload"]
        if file:
            clean_image(file)
            file.seek(0)
        return file


@admin.register(Placement)
class PlacementAdmin(BeforeAndAfter, Told, NothingDeleted, ModelAdmin):
    """What is placed where. Saving a row says that it was looked at today."""

    form = PlacementForm
    list_display = ["store", "material", "quantity", "show_state", "placed_on", "checked_on", "show_due"]
    list_filter = [CheckFilter, "state", "material", "store__zone"]
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains", "material__name_fr__unaccent__icontains"]
    search_help_text = _("place or material")
    list_select_related = ["store", "material"]
    autocomplete_fields = ["store", "material"]
    readonly_fields = ["placed_on", "checked_on", "show_photo"]
    fields = ["store", "material", ("state", "quantity"), ("placed_on", "checked_on"), "show_photo", "upload", "drop_photo"]

    @display(description=_("state"), ordering="state", label=PLACE_COLOURS)
    def show_state(self, row: Placement) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=_("to look at by"))
    def show_due(self, row: Placement) -> Any:
        """When it should be looked at again."""
        return check_due(row) or "–"

    @display(description=_("photo"))
    def show_photo(self, row: Placement) -> SafeString | str:
        """The photo."""
        if not row.pk or not row.photo:
            return "–"
        return format_html('<img src="{}" alt="{}" width="240">', reverse("admin:awareness_placement_photo", args=[row.pk]), row)

    def get_readonly_fields(self, request: HttpRequest, obj: Placement | None = None) -> list[str]:
        """Which place and material stays as it is."""
        return [*self.readonly_fields, *(["store", "material"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Placement, form: Any, change: bool) -> None:
        """Save through the service."""
        photo = form.cleaned_data.get("upload")
        row = services.place(obj.store, obj.material, quantity=obj.quantity, photo=photo, state=obj.state, by=author(request))
        if form.cleaned_data.get("drop_photo") and not photo:
            services.delete_placement_photo(row, by=author(request))
        obj.pk = row.pk

    def get_urls(self) -> list:
        """Add the photo."""
        ours = [path("<int:pk>/photo/", self.admin_site.admin_view(self.photo_view), name="awareness_placement_photo")]
        return ours + super().get_urls()

    def photo_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The photo."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return serve(get_object_or_404(Placement, pk=pk).photo, filename="photo.webp", content_type="image/webp")
