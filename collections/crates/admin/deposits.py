"""Deposits in the admin: their amounts, what stores counted, the statements of a year."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from crates.admin import deposit_pages
from crates.admin.common import SureForm, ask, author, author_name
from crates.admin.filters import ZoneFilter
from crates.models import DepositAmount, DepositCount
from crates.queries_deposits import amounts, counts_in_force, last_complete_month, months_back
from crates.services.deposits import (
    MOST_BOTTLES,
    DepositLine,
    accept_held_deposits,
    record_deposits,
    refuse_held_deposits,
    save_deposit_amount,
)
from lincassable.base_admin import ModelAdmin
from stores.admin_saving import ThroughServices, told
from stores.models import Store

MONTHS_OFFERED = 36  # of the form that enters a count; older ones come by the import
IN_FORCE, REPLACED, HELD = "in_force", "replaced", "held"
COLOURS = {IN_FORCE: "success", REPLACED: "info", HELD: "warning"}


@admin.register(DepositAmount)
class DepositAmountAdmin(ThroughServices, ModelAdmin):
    """The deposits of the network, and since when."""

    save_row = staticmethod(save_deposit_amount)
    list_display = ["amount_eur", "label_fr", "label_en", "valid_from", "valid_to"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """An amount ends; it is not deleted."""
        return False


class StateFilter(admin.SimpleListFilter):
    """Counts in force, unless somebody asks for the others."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices beside the usual one."""
        return [(HELD, _("to be accepted")), (REPLACED, _("replaced")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """The first choice is what is shown without asking."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("in force")} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[DepositCount]) -> QuerySet[DepositCount]:
        """The counts that match."""
        wanted = {HELD: {"is_held": True}, REPLACED: {"is_held": False, "is_current": False}, "all": {}}
        return queryset.filter(**wanted.get(self.value() or "", {"is_current": True}))


class CountForm(forms.ModelForm):
    """What a store counted in a month, read out on the phone or from a paper."""

    listed: list[DepositAmount] = []
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    month = forms.TypedChoiceField(label=_("month"), coerce=dt.date.fromisoformat, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = DepositCount
        fields = ["store", "month"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = months_back(timezone.localdate().replace(day=1), MONTHS_OFFERED)[::-1]
        self.fields["month"].choices = [(month.isoformat(), date_format(month, "F Y")) for month in months]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for both figures of an amount, and for one amount at least."""
        data = super().clean() or self.cleaned_data
        for amount in self.listed:
            pair = [data.get(f"{side}_{amount.pk}") for side in ("charged", "refunded")]
            if (pair[0] is None) != (pair[1] is None) and not self.errors:
                side = "refunded" if pair[1] is None else "charged"
                self.add_error(f"{side}_{amount.pk}", _("Give both figures: write 0 when there were none."))
        if not self.errors and not self.lines:
            self.add_error(None, _("Fill in one deposit amount at least: write 0 when there were none."))
        return data

    @property
    def lines(self) -> list[DepositLine]:
        """The amounts that were filled in."""
        data = self.cleaned_data
        return [
            DepositLine(data["month"], amount, data[f"charged_{amount.pk}"], data[f"refunded_{amount.pk}"])
            for amount in self.listed
            if data.get(f"charged_{amount.pk}") is not None and data.get(f"refunded_{amount.pk}") is not None
        ]


def state_of(row: DepositCount) -> tuple[str, Any]:
    """Return whether a count is in force: its colour's name, and the words."""
    if row.is_held:
        return HELD, _("to be accepted")
    return (IN_FORCE, _("in force")) if row.is_current else (REPLACED, _("replaced"))


def count_form() -> type[CountForm]:
    """Return the form with two fields per deposit amount."""
    listed, fields = amounts(), dict[str, Any]()
    for amount in listed:
        for side, label in (("charged", _("charged (bottles)")), ("refunded", _("refunded (bottles)"))):
            widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": MOST_BOTTLES, "inputmode": "numeric"})
            fields[f"{side}_{amount.pk}"] = forms.IntegerField(
                label=format_lazy("{} · {}", str(amount), label), min_value=0, max_value=MOST_BOTTLES, required=False, widget=widget
            )
    return type("CountWithAmountsForm", (CountForm,), {"listed": listed, **fields})


@admin.register(DepositCount)
class DepositCountAdmin(ModelAdmin):
    """What stores charged and refunded, month by month. Entered again when it is wrong, never edited."""

    list_display = ["store", "show_month", "amount", "charged", "refunded", "show_gap", "show_state", "declared_at"]
    list_filter = [StateFilter, "amount", ZoneFilter]
    list_select_related = ["store", "amount"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains"]
    search_help_text = _("place or town")
    date_hierarchy = "month"
    autocomplete_fields = ["store"]
    actions_list = ["statements", "export_csv", "export_xlsx"]
    actions_detail = ["enter_again", "accept_counts", "refuse_counts"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits a count in place."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A count is replaced, never deleted."""
        return False

    # -- the list

    @display(description=_("month"), ordering="month")
    def show_month(self, row: DepositCount) -> str:
        """The month in words."""
        return date_format(row.month, "F Y")

    @display(description=_("gap (bottles)"))
    def show_gap(self, row: DepositCount) -> int:
        """Charged less refunded."""
        return row.gap

    @display(description=_("state"), label=COLOURS)
    def show_state(self, row: DepositCount) -> tuple[str, Any]:
        """Whether it counts, with a colour."""
        return state_of(row)

    @display(description=_("state"))
    def tell_state(self, row: DepositCount) -> Any:
        """Whether it counts, in words."""
        return state_of(row)[1]

    # -- adding

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new count has a column pair per amount."""
        return super().get_form(
            request, obj, change, **({**kwargs, "form": count_form(), "fields": ["store", "month"]} if obj is None else kwargs)
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        """What is typed, or what was counted and its history."""
        if obj is None:
            pairs = [(f"charged_{amount.pk}", f"refunded_{amount.pk}") for amount in amounts()]
            return [(None, {"fields": ["key", ("store", "month"), *pairs]})]
        shown = [("store", "show_month"), ("amount", "tell_state"), ("charged", "refunded", "show_gap")]
        return [(None, {"fields": [*shown, ("declared_at", "recorded_at"), "show_author", "show_history"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nothing of a count is typed over."""
        fields = ["store", "show_month", "amount", "tell_state", "charged", "refunded", "show_gap", "declared_at", "recorded_at"]
        return [*fields, "show_author", "show_history"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The place and month of the address, with what is in force there."""
        initial: dict[str, Any] = {
            "key": uuid.uuid4(),
            "month": last_complete_month().isoformat(),
            **super().get_changeform_initial_data(request),
        }
        named = str(initial.pop("store", ""))
        store = Store.objects.filter(pk=named).first() if named.isdecimal() and len(named) < 19 else None
        initial |= {"store": store.pk} if store else {}
        try:
            month = dt.date.fromisoformat(str(initial.get("month", "")))
        except ValueError:
            return initial
        for row in (counts_in_force(store, [month]) if store else {}).values():
            initial |= {f"charged_{row.amount_id}": row.charged, f"refunded_{row.amount_id}": row.refunded}
        return initial

    def save_model(self, request: HttpRequest, obj: DepositCount, form: Any, change: bool) -> None:
        """Record through the service."""
        if change:
            return
        rows = record_deposits(obj.store, form.lines, key=form.cleaned_data["key"], by=author(request))
        obj.__dict__.update({key: value for key, value in rows[0].__dict__.items() if key != "_state"})
        obj._state.adding = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form's page; what the service refuses is told."""
        return told(request, lambda: super(DepositCountAdmin, self).changeform_view(request, *args, **kwargs))

    # -- one count

    @display(description=_("sent by"))
    def show_author(self, row: DepositCount) -> str:
        """Who declared it."""
        return author_name(row.actor_kind, row.actor_id)

    @display(description=_("all that was declared for this month"))
    def show_history(self, row: DepositCount) -> Any:
        """Every count of the place for the month and the amount, the newest first."""
        same = DepositCount.objects.filter(store=row.store_id, month=row.month, amount=row.amount_id).order_by("-declared_at", "-pk")
        lines = [
            (
                date_format(timezone.localtime(each.declared_at), "j F Y, H:i"),
                each.charged,
                each.refunded,
                state_of(each)[1],
                author_name(each.actor_kind, each.actor_id),
            )
            for each in same[:50]
        ]
        line = gettext("{}: {} charged, {} refunded · {} · {}")
        return format_html("<ul data-history>{}</ul>", format_html_join("", f"<li>{line}</li>", lines))

    def _count(self, request: HttpRequest, object_id: Any) -> DepositCount:
        row = self.get_object(request, str(object_id))
        if row is None:
            raise PermissionDenied
        return row

    def has_enter_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may enter counts."""
        return request.user.has_perm("crates.add_depositcount")

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether this count waits, and the user may settle it."""
        allowed = request.user.has_perm("crates.change_depositcount") and object_id is not None
        return allowed and self._count(request, object_id).is_held

    @action(description=_("Enter this month again"), url_path="again", permissions=["enter"])
    def enter_again(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Open the form with what is in force."""
        row = self._count(request, object_id)
        address = reverse("admin:crates_depositcount_add")
        return HttpResponseRedirect(f"{address}?store={row.store_id}&month={row.month.isoformat()}")

    @action(description=_("Accept"), url_path="accept", permissions=["settle"])
    def accept_counts(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then take into account."""
        row = self._count(request, object_id)
        return self._settle(request, row, accept_held_deposits, gettext("Accept these counts"), gettext("The counts are in force."))

    @action(description=_("Refuse"), url_path="refuse", permissions=["settle"])
    def refuse_counts(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then set aside."""
        row = self._count(request, object_id)
        return self._settle(request, row, refuse_held_deposits, gettext("Refuse these counts"), gettext("The counts are set aside."))

    def _settle(self, request: HttpRequest, row: DepositCount, service: Any, title: str, done: str) -> HttpResponse:
        same = DepositCount.objects.filter(key=row.key, store=row.store_id).select_related("store", "amount").order_by("month", "pk")
        return ask(
            self,
            request,
            form=SureForm,
            act=lambda form: service(row.store, row.key, by=author(request)),
            back=reverse("admin:crates_depositcount_changelist"),
            done=done,
            title=title,
            sentence=gettext("They came under a card that has been replaced: all counts of the same form are settled together."),
            rows=[f"{each}: {each.charged} / {each.refunded}" for each in same],
        )

    # -- statements and files

    def get_urls(self) -> list:
        """Add the statements."""
        wrap = self.admin_site.admin_view
        ours = [
            path("statement/", wrap(self.network_view), name="crates_depositcount_network"),
            path("statement/<int:store_id>/", wrap(self.store_view), name="crates_depositcount_statement"),
        ]
        return ours + super().get_urls()

    def network_view(self, request: HttpRequest) -> HttpResponse:
        """The year of the whole network."""
        self._require_view(request)
        return deposit_pages.network_page(request)

    def store_view(self, request: HttpRequest, store_id: int) -> HttpResponse:
        """The year of one store."""
        self._require_view(request)
        return deposit_pages.store_page(request, store_id)

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    @action(description=_("Statements of the year"), url_path="to-statements")
    def statements(self, request: HttpRequest) -> HttpResponse:
        """Go to the network's year."""
        return HttpResponseRedirect(reverse("admin:crates_depositcount_network"))

    @action(description=_("Export CSV"), url_path="export-csv")
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """Every count in force, as CSV."""
        self._require_view(request)
        return deposit_pages.counts_file("csv")

    @action(description=_("Export XLSX"), url_path="export-xlsx")
    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        """Every count in force, as XLSX."""
        self._require_view(request)
        return deposit_pages.counts_file("xlsx")
