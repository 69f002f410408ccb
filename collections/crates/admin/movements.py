"""Movements in the admin: every line of the ledger, and the two ways of putting one right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display

from crates.admin.common import SEARCH_PLACES, LinesInline, ReadOnly, ReasonForm, ask, author, author_name
from crates.admin.filters import PlaceFilter
from crates.admin.forms import correction_form, ends_of
from crates.admin_registry import origins
from crates.enums import ActKind
from crates.import_views import ImportsMovements
from crates.models import Act, Entry, Movement
from crates.queries_history import chain_of
from crates.services import cancel, correct, why_not_reversible
from crates.services.undo import undoable
from lincassable.base_admin import ModelAdmin
from stores.models import Store


class EntryInline(LinesInline):
    """The signed lines of a movement."""

    model = Entry
    fields = ["show_place", "container_type", "content", "quantity"]
    readonly_fields = ["show_place"]

    @display(description=_("place"))
    def show_place(self, entry: Entry) -> str:
        """The place, or the outside world."""
        return str(entry.store) if entry.store_id else gettext("outside the network")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Lines with their place and container, in one query."""
        return super().get_queryset(request).select_related("store", "container_type")


def containers_of(movement: Movement) -> str:
    """Return what moved, counted where it arrived."""
    arrived = [entry for entry in movement.entries.all() if entry.quantity > 0]
    return ", ".join(f"{entry.quantity} × {entry.container_type.short} {entry.get_content_display()}" for entry in arrived)


def _what(movement: Movement) -> str:
    """Return what a movement is in a chain of corrections."""
    if movement.reverses_id:
        return gettext("taken back")
    return gettext("recorded again") if movement.replaces_id else gettext("first recorded")


@admin.register(Movement)
class MovementAdmin(ImportsMovements, ReadOnly, ModelAdmin):
    """The ledger, read-only. Correcting adds a reversal and a new movement; cancelling adds a reversal."""

    list_display = ["occurred_at", "show_cause", "show_places", "show_containers", "show_standing"]
    list_filter = ["cause", PlaceFilter, ("occurred_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["reason"]
    search_help_text = _("place or town, reason, or the number of a movement")
    inlines = [EntryInline]
    actions_detail = ["correct_movement", "cancel_movement"]
    fields = [
        "cause",
        "occurred_at",
        "recorded_at",
        "show_author",
        "show_origin",
        "show_standing",
        "show_chain",
        "reason",
        "inventory",
        "declaration",
    ]
    readonly_fields = ["show_author", "show_origin", "show_standing", "show_chain"]

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Movement]:
        """Movements with what their row shows."""
        rows = super().get_queryset(request).select_related("reversed_by")
        return rows.prefetch_related("entries__store", "entries__container_type")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Movement], search_term: str) -> tuple[QuerySet[Movement], bool]:
        """Search by place first (the ledger is long, places are few), by number, or in the reasons."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isdecimal() and len(term) < 19:
            return queryset.filter(pk=int(term)), False
        named = Store.objects.filter(name__unaccent__icontains=term) | Store.objects.filter(city__unaccent__icontains=term)
        places = list(named.order_by("name").values_list("pk", flat=True)[:SEARCH_PLACES])
        lines = Entry.objects.filter(movement=OuterRef("pk"), store__in=places)
        return queryset.filter(Exists(lines)) | queryset.filter(reason__icontains=term), False

    @display(description=_("cause"), ordering="cause", label=True)
    def show_cause(self, movement: Movement) -> str:
        """The cause, in words."""
        return movement.get_cause_display()

    @display(description=_("places"))
    def show_places(self, movement: Movement) -> str:
        """The places concerned."""
        return " · ".join(dict.fromkeys(entry.store.name for entry in movement.entries.all() if entry.store))

    @display(description=_("containers"))
    def show_containers(self, movement: Movement) -> str:
        """What moved, counted where it arrived."""
        return containers_of(movement)

    @display(description=_("standing"))
    def show_standing(self, movement: Movement) -> Any:
        """Whether the movement stands, and what it has to do with others."""
        if hasattr(movement, "reversed_by"):
            return self._other(movement.reversed_by.pk, gettext("taken back by"))
        if movement.reverses_id:
            return self._other(movement.reverses_id, gettext("takes back"))
        if movement.offsets_id:
            return self._other(movement.offsets_id, gettext("a later count held against"))
        return gettext("stands")

    def _other(self, pk: int, words: str) -> Any:
        return format_html('{} <a href="{}">#{}</a>', words, reverse("admin:crates_movement_change", args=[pk]), pk)

    # -- one movement

    @display(description=_("recorded by"))
    def show_author(self, movement: Movement) -> str:
        """Who recorded it."""
        return author_name(movement.actor_kind, movement.actor_id)

    @display(description=_("origin"))
    def show_origin(self, movement: Movement) -> Any:
        """The page of what the movement tells of."""
        if movement.origin_id is None:
            return gettext("imported from %(source)s") % {"source": movement.source} if movement.source else ""
        origin = origins.get(movement.origin_kind)
        if origin is None:
            return f"{movement.origin_kind} {movement.origin_id}"
        return format_html('<a href="{}">{} {}</a>', origin.url(movement.origin_id), origin.label, movement.origin_id)

    @display(description=_("corrections"))
    def show_chain(self, movement: Movement) -> Any:
        """From what was first recorded to what stands now: who changed what, and why."""
        chain = chain_of(movement)
        if len(chain) == 1:
            return gettext("none")
        links = [
            {"movement": each, "what": _what(each), "author": author_name(each.actor_kind, each.actor_id), "moved": containers_of(each)}
            for each in chain
        ]
        return render_to_string("crates/admin/chain.html", {"links": links, "movement": movement})

    def _movement(self, request: HttpRequest, object_id: Any) -> Movement:
        movement = self.get_object(request, str(object_id))
        if movement is None:
            raise PermissionDenied
        return movement

    def has_take_back_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may put this movement right here: it stands by itself, and no page of its own owns it."""
        if not request.user.has_perm("crates.change_movement") or object_id is None:
            return False
        movement = self._movement(request, object_id)
        return movement.origin_kind not in origins and not why_not_reversible(movement)

    def has_correct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the movement can be put right by a form: it goes between two places."""
        return self.has_take_back_permission(request, object_id) and ends_of(self._movement(request, object_id)) is not None

    @action(description=_("Correct"), url_path="correct", permissions=["correct"])
    def correct_movement(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask what really happened, then reverse and record."""
        movement = self._movement(request, object_id)
        made = correction_form(movement)
        if made is None:
            raise PermissionDenied

        def act(form: Any) -> Act | None:
            by, reason = author(request), form.cleaned_data["reason"]
            return undoable(ActKind.CORRECTION, lambda: correct(movement, form.entries, by=by, reason=reason), by=by, taken=movement)[1]

        return ask(
            self,
            request,
            form=made[0],
            initial=made[1],
            act=act,
            back=reverse("admin:crates_movement_change", args=[object_id]),
            done=gettext("Corrected: both movements stay readable."),
            title=gettext("Correct"),
            sentence=gettext(
                "Write what really moved; a negative number went the other way. "
                "The movement is taken back and a new one recorded at the same moment."
            ),
            rows=[str(movement)],
        )

    @action(description=_("Cancel"), url_path="cancel", permissions=["take_back"])
    def cancel_movement(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then reverse."""
        movement = self._movement(request, object_id)

        def act(form: forms.Form) -> Act | None:
            by, reason = author(request), form.cleaned_data["reason"]
            return undoable(ActKind.CANCELLATION, lambda: cancel(movement, by=by, reason=reason), by=by, taken=movement)[1]

        return ask(
            self,
            request,
            form=ReasonForm,
            act=act,
            back=reverse("admin:crates_movement_change", args=[object_id]),
            done=gettext("Taken back: both movements stay readable."),
            title=gettext("Cancel this movement"),
            sentence=gettext("The movement did not happen: it is taken back, and counts made since keep holding."),
            rows=[str(movement)],
        )
