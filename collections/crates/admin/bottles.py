"""Bottles in the admin: every movement read-only; sending, receiving and delivering by forms; cancelling with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from crates.admin.common import ReadOnly, ReasonForm, ask, author, author_name
from crates.models import Act, BottleModel, BottleMovement
from crates.services.bottles import (
    MOST_BOTTLES,
    MOST_PALLETS,
    BottleLine,
    cancel_bottles,
    deliver_to_producer,
    receive_washed,
    send_to_washing,
    why_not_cancellable,
)
from crates.services.undo import last_act
from lincassable.base_admin import ModelAdmin
from stores.enums import Kind
from stores.models import Store

HOLDERS = (Kind.HUB, Kind.SORTING, Kind.WASHING)  # where sorted and washed bottles stand


class BottlesForm(forms.Form):
    """So many pallets and bottles of each model, from one place to another."""

    listed: list[BottleModel] = []
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    giver = forms.ModelChoiceField(label=_("from"), queryset=Store.objects.none(), widget=UnfoldAdminSelectWidget)
    taker = forms.ModelChoiceField(label=_("to"), queryset=Store.objects.none(), widget=UnfoldAdminSelectWidget)
    occurred_at = forms.SplitDateTimeField(label=_("happened"), widget=UnfoldAdminSplitDateTimeWidget, initial=timezone.now)
    remark = forms.CharField(label=_("remark"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget)

    @property
    def lines(self) -> list[BottleLine]:
        """What was typed, one line per model."""
        data = self.cleaned_data
        return [
            BottleLine(model, *(data.get(f"{part}_{model.pk}") or 0 for part in ("bottles", "pallets", "broken"))) for model in self.listed
        ]


def _number(label: Any, most: int) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": most, "inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, widget=widget)


def _places(*kinds: str, label: Any) -> forms.ModelChoiceField:
    rows = Store.objects.active().filter(kind__in=kinds).order_by("name")
    return forms.ModelChoiceField(label=label, queryset=rows, widget=UnfoldAdminSelectWidget)


def bottles_form(givers: tuple[str, ...], takers: tuple[str, ...], *, broken: bool = False) -> type[BottlesForm]:
    """Return the form with two or three fields per bottle model in use.

    Arguments: the kinds of places that bottles may come from and go to; `broken`, whether losses are asked for.
    """
    listed = list(BottleModel.objects.filter(is_active=True).order_by("position", "code"))
    fields: dict[str, forms.Field] = {"giver": _places(*givers, label=_("from")), "taker": _places(*takers, label=_("to"))}
    for model in listed:
        pallets = format_lazy("{} · {}", str(model), _("pallets of %(bottles)s") % {"bottles": model.pallet_bottles})
        fields[f"pallets_{model.pk}"] = _number(pallets, MOST_PALLETS)
        fields[f"bottles_{model.pk}"] = _number(format_lazy("{} · {}", str(model), _("bottles beside pallets")), MOST_BOTTLES)
        if broken:
            fields[f"broken_{model.pk}"] = _number(format_lazy("{} · {}", str(model), _("broken")), MOST_BOTTLES)
    return type("BottlesOfModelsForm", (BottlesForm,), {"listed": listed, **fields})


class CancelledFilter(admin.SimpleListFilter):
    """Which movements hold."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two choices."""
        return [("holds", _("stands")), ("taken_back", _("taken back"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BottleMovement]) -> QuerySet[BottleMovement]:
        """Keep the chosen ones."""
        if self.value() == "holds":
            return queryset.filter(reverses=None, reversed_by=None)
        return queryset.exclude(reverses=None, reversed_by=None) if self.value() == "taken_back" else queryset


@admin.register(BottleMovement)
class BottleMovementAdmin(ReadOnly, ModelAdmin):
    """Every movement of bottles. Cancelling adds a reversal; nothing is edited."""

    list_display = ["occurred_at", "kind", "bottle_model", "quantity", "pallets", "from_store", "to_store", "show_standing"]
    list_filter = ["kind", "bottle_model", CancelledFilter, ("occurred_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["bottle_model", "from_store", "to_store", "reversed_by"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["from_store__name__unaccent__icontains", "to_store__name__unaccent__icontains", "reason"]
    search_help_text = _("place or remark")
    fields = [
        "kind", "bottle_model", ("quantity", "pallets"), ("from_store", "from_stage"), ("to_store", "to_stage"),
        ("occurred_at", "recorded_at"), "show_author", "batch", "reason", "show_standing",
    ]  # fmt: skip
    readonly_fields = ["show_author", "show_standing"]
    actions_list = ["send", "receive", "deliver", "stock"]
    actions_detail = ["cancel_movement"]

    @display(description=_("standing"))
    def show_standing(self, row: BottleMovement) -> Any:
        """Whether it holds, and the movement that took it back."""
        other = getattr(row, "reversed_by", None)
        words, pk = (gettext("taken back by"), other.pk) if other else (gettext("takes back"), row.reverses_id)
        if pk is None:
            return gettext("stands")
        return format_html('{} <a href="{}">#{}</a>', words, reverse("admin:crates_bottlemovement_change", args=[pk]), pk)

    @display(description=_("recorded by"))
    def show_author(self, row: BottleMovement) -> str:
        """Who recorded it."""
        return author_name(row.actor_kind, row.actor_id)

    # -- acts

    def has_record_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may record movements."""
        return request.user.has_perm("crates.add_bottlemovement")

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may take this movement back."""
        if not request.user.has_perm("crates.change_bottlemovement") or object_id is None:
            return False
        movement = BottleMovement.objects.filter(pk=object_id).first()
        return movement is not None and not why_not_cancellable(movement)

    def _record(
        self, request: HttpRequest, form: type[BottlesForm], service: Callable[..., list[BottleMovement]], title: str, sentence: str
    ) -> HttpResponse:
        """Ask for the bottles, then call the service with both places and the lines."""

        def act(filled: Any) -> Act | None:
            data, by = filled.cleaned_data, author(request)
            facts = {"key": data["key"], "occurred_at": data["occurred_at"], "by": by, "reason": data["remark"]}
            moved = service(data["giver"], data["taker"], filled.lines, **facts)
            return None if moved[0].replayed else last_act(by)

        back = reverse("admin:crates_bottlemovement_changelist")
        done = gettext("Recorded: the stock of bottles follows.")
        return ask(self, request, form=form, act=act, back=back, done=done, title=title, sentence=sentence)

    @action(description=_("Send to washing"), url_path="send", permissions=["record"])
    def send(self, request: HttpRequest) -> HttpResponse:
        """Sorted bottles leave for the washing centre."""
        sentence = gettext(
            "Sorted bottles leave for the washing centre. Only what really left: the stock may go below zero and is then flagged."
        )
        form = bottles_form((Kind.SORTING, Kind.HUB), (Kind.WASHING,))
        return self._record(request, form, send_to_washing, gettext("Send to washing"), sentence)

    @action(description=_("Back from washing"), url_path="receive", permissions=["record"])
    def receive(self, request: HttpRequest) -> HttpResponse:
        """Washed bottles come back, less the broken ones."""
        sentence = gettext(
            "Washed bottles are now where you say, or still at the washing centre, ready to go. Broken ones leave the stock."
        )
        form = bottles_form((Kind.WASHING,), HOLDERS, broken=True)
        return self._record(request, form, receive_washed, gettext("Back from washing"), sentence)

    @action(description=_("Deliver to a producer"), url_path="deliver", permissions=["record"])
    def deliver(self, request: HttpRequest) -> HttpResponse:
        """Washed bottles leave for a producer."""
        sentence = gettext("Washed bottles go to a producer, who fills them again: they leave the stock.")
        form = bottles_form(HOLDERS, (Kind.PRODUCER,))
        return self._record(request, form, deliver_to_producer, gettext("Deliver to a producer"), sentence)

    @action(description=_("Stock of bottles"), url_path="stock", permissions=["view"])
    def stock(self, request: HttpRequest) -> HttpResponse:
        """Go to the stock by model and stage."""
        return HttpResponseRedirect(reverse("crates:bottles"))

    @action(description=_("Cancel"), url_path="cancel", permissions=["cancel"])
    def cancel_movement(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then reverse."""
        movement = self.get_object(request, str(object_id))
        if movement is None:
            raise PermissionDenied

        def act(form: forms.Form) -> None:
            cancel_bottles(movement, by=author(request), reason=form.cleaned_data["reason"])

        return ask(
            self,
            request,
            form=ReasonForm,
            act=act,
            back=reverse("admin:crates_bottlemovement_change", args=[object_id]),
            done=gettext("Taken back: both movements stay readable."),
            title=gettext("Cancel this movement"),
            sentence=gettext("The movement did not happen: the bottles are back where they were."),
            rows=[str(movement)],
        )
