"""Numbered paloxes in the admin: where each is and has been, series to add, labels to print."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crates.admin import palox_pages
from crates.admin.common import LinesInline, ReasonForm, ask, author, author_name
from crates.enums import PaloxState
from crates.models import Palox, PaloxEvent
from crates.queries_paloxes import unseen
from crates.services.paloxes import REGISTERED, RENAMED, describe_palox, register_palox, register_series, scrap_palox, see
from lincassable.base_admin import ModelAdmin, readable
from stores.admin_saving import told
from stores.models import Store

COLOURS = {
    PaloxState.IN_STOCK.value: "success",
    PaloxState.STORE.value: "info",
    PaloxState.SORTING.value: "warning",
    PaloxState.WASHING.value: "warning",
    PaloxState.LOST.value: "danger",
}


class UnseenFilter(admin.SimpleListFilter):
    """Paloxes that nobody has seen for long."""

    title = _("last seen")
    parameter_name = "unseen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The network's own limit, and others."""
        return [("1", _("to be looked for")), ("3", _("over 3 months ago")), ("12", _("over a year ago"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Palox]) -> QuerySet[Palox]:
        """The paloxes that match."""
        months = {"1": None, "3": 3, "12": 12}
        if self.value() not in months:
            return queryset
        return queryset.filter(pk__in=unseen(months=months[str(self.value())]).order_by().values("pk"))


class EventInline(LinesInline):
    """Where a palox has been, the newest first."""

    model = PaloxEvent
    fields = ["at", "state", "store", "show_note", "show_author"]
    readonly_fields = fields
    ordering = ["-at", "-pk"]
    verbose_name_plural = _("history")
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaloxEvent]:
        """With the places."""
        return super().get_queryset(request).select_related("store")

    @display(description=_("note"))
    def show_note(self, event: PaloxEvent) -> str:
        """The note; for what happened to the unit itself, what it was."""
        if event.origin_kind == RENAMED:
            return gettext("renamed; its number was %(number)s") % {"number": event.note}
        return event.note or (gettext("registered") if event.origin_kind == REGISTERED else "–")

    @display(description=_("by"))
    def show_author(self, event: PaloxEvent) -> str:
        """Who saw it."""
        return author_name(event.actor_kind, event.actor_id)


def place_widget() -> AutocompleteSelect:
    """Return the field that finds a place by its name."""
    look = {"data-theme": "admin-autocomplete", "class": "unfold-admin-autocomplete admin-autocomplete"}
    return readable(AutocompleteSelect(Palox._meta.get_field("store"), admin.site, attrs=look))


class NewPaloxForm(forms.ModelForm):
    """A palox, and where it is now."""

    place = forms.ModelChoiceField(
        label=_("place"),
        queryset=Store.objects.order_by("name"),
        required=False,
        widget=place_widget(),
        help_text=_("where it is now; nothing when it is in stock, nowhere in particular"),
    )

    class Meta:
        model = Palox
        fields = ["number", "model", "sorting_format"]


class SeriesForm(forms.Form):
    """The first and the last number of new paloxes."""

    first = forms.CharField(label=_("first number"), max_length=40, widget=UnfoldAdminTextInputWidget, help_text=_("for example INC-00001"))
    last = forms.CharField(label=_("last number"), max_length=40, widget=UnfoldAdminTextInputWidget, help_text=_("for example INC-00050"))
    model = forms.CharField(label=_("model"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    sorting_format = forms.CharField(label=_("sorting format"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget)


class SeenForm(forms.Form):
    """Where a palox was seen today, and in which state."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    state = forms.ChoiceField(label=_("state"), choices=PaloxState.choices, widget=UnfoldAdminSelectWidget)
    store = forms.ModelChoiceField(
        label=_("place"),
        queryset=Store.objects.order_by("name"),
        required=False,
        widget=place_widget(),
    )
    note = forms.CharField(label=_("note"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget)


@admin.register(Palox)
class PaloxAdmin(ModelAdmin):
    """The cages of the network."""

    list_display = ["number", "show_state", "store", "last_seen_at", "model", "sorting_format"]
    list_filter = ["state", UnseenFilter, ("store", AutocompleteSelectFilter), "sorting_format"]
    list_filter_submit = True
    list_select_related = ["store"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["number__icontains", "store__name__unaccent__icontains"]
    search_help_text = _("number or place")
    inlines = [EventInline]
    actions = ["print_labels"]
    actions_list = ["add_series", "export_csv", "export_xlsx"]
    actions_detail = ["label", "record_seen", "scrap"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A palox is lost or scrapped, never deleted: its number must not come back as another cage."""
        return False

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, palox: Palox) -> tuple[str, str]:
        """The state, with a colour."""
        return palox.state, palox.get_state_display()

    # -- adding and changing

    def get_form(self, request: HttpRequest, obj: Palox | None = None, change: bool = False, **kwargs: Any) -> Any:
        """A new palox may be somewhere already."""
        new = {"form": NewPaloxForm, "fields": NewPaloxForm.Meta.fields}
        return super().get_form(request, obj, change, **({**kwargs, **new} if obj is None else kwargs))

    def get_fieldsets(self, request: HttpRequest, obj: Palox | None = None) -> list[tuple[Any, dict[str, Any]]]:
        """What is written on it; below, where it is."""
        described = ["number", ("model", "sorting_format")]
        return [(None, {"fields": [*described, ("state", "store", "last_seen_at")] if obj else [*described, "place"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Palox | None = None) -> list[str]:
        """A palox moves by being seen."""
        return ["state", "store", "last_seen_at"] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Palox | None) -> list[Any]:
        """No history before there is a palox."""
        return super().get_inlines(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: Palox, form: Any, change: bool) -> None:
        """Save through the services."""
        texts = {"model": obj.model, "sorting_format": obj.sorting_format}
        if change:
            describe_palox(obj, by=author(request), number=obj.number, **texts)
            return
        saved = register_palox(obj.number, by=author(request), store=form.cleaned_data["place"], **texts)
        obj.__dict__.update({key: value for key, value in saved.__dict__.items() if key != "_state"})
        obj._state.adding = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form's page; what the service refuses is told."""
        return told(request, lambda: super(PaloxAdmin, self).changeform_view(request, *args, **kwargs))

    # -- one palox

    def _palox(self, request: HttpRequest, object_id: Any) -> Palox:
        palox = self.get_object(request, str(object_id))
        if palox is None or not self.has_change_permission(request, palox):
            raise PermissionDenied
        return palox

    @action(description=_("Label"), url_path="label")
    def label(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Go to the sheet with its label."""
        return HttpResponseRedirect(f"{reverse('admin:crates_palox_labels')}?ids={object_id}")

    @action(description=_("Say where it is"), url_path="seen", permissions=["change"])
    def record_seen(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Record that it was seen."""
        palox = self._palox(request, object_id)

        def act(form: Any) -> None:
            data = form.cleaned_data
            see(palox, data["state"], store=data["store"], at=timezone.now(), key=data["key"], by=author(request), note=data["note"])

        return ask(
            self,
            request,
            form=SeenForm,
            act=act,
            back=reverse("admin:crates_palox_change", args=[palox.pk]),
            done=gettext("%(palox)s: recorded.") % {"palox": palox},
            title=gettext("Record where %(palox)s is") % {"palox": palox},
            sentence=gettext("It is there now; where it was before stays in its history."),
            initial={"key": uuid.uuid4(), "state": palox.state, "store": palox.store_id},
        )

    @action(description=_("Lost or scrapped"), url_path="scrap", permissions=["change"])
    def scrap(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then take it out of the network."""
        palox = self._palox(request, object_id)
        return ask(
            self,
            request,
            form=ReasonForm,
            act=lambda form: scrap_palox(palox, by=author(request), reason=form.cleaned_data["reason"]),
            back=reverse("admin:crates_palox_change", args=[palox.pk]),
            done=gettext("%(palox)s is out of the network.") % {"palox": palox},
            title=gettext("Lost or scrapped: %(palox)s") % {"palox": palox},
            sentence=gettext("It is nowhere any more and is not looked for. If somebody sees it later, it is back."),
        )

    # -- many

    def get_urls(self) -> list:
        """Add the sheet of labels."""
        ours = [path("labels/", self.admin_site.admin_view(self.labels_view), name="crates_palox_labels")]
        return ours + super().get_urls()

    def labels_view(self, request: HttpRequest) -> HttpResponse:
        """The sheet with the labels of the paloxes that the address names."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return palox_pages.labels(request)

    @admin.action(description=_("Print labels"))
    def print_labels(self, request: HttpRequest, queryset: QuerySet[Palox]) -> HttpResponse:
        """Open the sheet of the chosen paloxes."""
        ids = ",".join(str(pk) for pk in queryset.order_by("number").values_list("pk", flat=True)[: palox_pages.MOST_LABELS])
        return HttpResponseRedirect(f"{reverse('admin:crates_palox_labels')}?ids={ids}")

    @action(description=_("Add a series"), url_path="series", permissions=["add"])
    def add_series(self, request: HttpRequest) -> HttpResponse:
        """Ask for the two ends, then add."""
        if not self.has_add_permission(request):
            raise PermissionDenied

        def act(form: Any) -> None:
            new, known = register_series(by=author(request), **form.cleaned_data)
            text = ngettext("%(n)s palox added.", "%(n)s paloxes added.", len(new)) % {"n": len(new)}
            if known:
                text += " " + gettext("There already: %(numbers)s.") % {"numbers": ", ".join(known[:10])}
            self.message_user(request, text)

        return ask(
            self,
            request,
            form=SeriesForm,
            act=act,
            back=reverse("admin:crates_palox_changelist"),
            done=gettext("Their labels can be printed from the list."),
            title=gettext("Add a series"),
            sentence=gettext("One palox for each number from the first to the last; those that exist already stay as they are."),
        )

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """All paloxes, as CSV."""
        return self._export(request, "csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """All paloxes, as XLSX."""
        return self._export(request, "xlsx")

    def _export(self, request: HttpRequest, suffix: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return palox_pages.paloxes_file(suffix)
