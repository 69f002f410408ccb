"""Declarations in the admin: read-only; held ones are accepted or refused, wrong ones withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from crates.admin.common import LinesInline, OptionalReasonForm, ReadOnly, ReasonForm, SureForm, ask, author, author_name
from crates.admin_registry import acceptance
from crates.models import Count, Declaration
from crates.services import refuse_held, withdraw_declaration
from lincassable.base_admin import ModelAdmin

COLOURS = {Declaration.POSTED: "success", Declaration.HELD: "warning", Declaration.REFUSED: "danger"}


class DeclarationLineInline(LinesInline):
    """What was declared."""

    model = Count
    fk_name = "declaration"
    fields = ["container_type", "full", "total", "fill_percents"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Count]:
        """Lines with their container."""
        return super().get_queryset(request).select_related("container_type")


@admin.register(Declaration)
class DeclarationAdmin(ReadOnly, ModelAdmin):
    """What staff said."""

    list_display = ["store", "declared_at", "show_lines", "wants_pickup", "first_name", "show_state"]
    list_filter = ["state", "wants_pickup", ("claimed_at", admin.EmptyFieldListFilter), "store__kind", "store__zone"]
    list_select_related = ["store"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains", "first_name__unaccent__icontains"]
    search_help_text = _("place, town or first name")
    date_hierarchy = "declared_at"
    inlines = [DeclarationLineInline]
    actions_detail = ["accept_declaration", "refuse_declaration", "withdraw_this"]
    readonly_fields = ["show_author", "state", "show_settler"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[tuple[Any, dict[str, Any]]]:
        """What was said, and what became of it."""
        claimed = ["claimed_at"] if obj is not None and obj.claimed_at else []
        fields = [("store", "state"), ("declared_at", "received_at"), *claimed, ("first_name", "show_author"), ("wants_pickup", "note")]
        settled = ["settled_at", "settled_reason", "show_settler"] if obj is not None and obj.settled_at else []
        return [(None, {"fields": [*fields, *settled]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Declaration]:
        """Declarations with their lines."""
        return super().get_queryset(request).prefetch_related("lines__container_type")

    @display(description=_("declared (full / all)"))
    def show_lines(self, declaration: Declaration) -> str:
        """What was declared, in short."""
        return " · ".join(line_in_short(line) for line in declaration.lines.all())

    @display(description=_("state"), ordering="state", label=COLOURS)
    def show_state(self, declaration: Declaration) -> tuple[str, str]:
        """The state, with a colour."""
        return declaration.state, declaration.get_state_display()

    @display(description=_("sent by"))
    def show_author(self, declaration: Declaration) -> str:
        """Who sent it."""
        return author_name(declaration.actor_kind, declaration.actor_id)

    @display(description=_("settled by"))
    def show_settler(self, declaration: Declaration) -> str:
        """Who accepted, refused or withdrew it."""
        return author_name(declaration.settled_by_kind, declaration.settled_by_id)

    # -- settling

    def _declaration(self, request: HttpRequest, object_id: Any) -> Declaration:
        declaration = self.get_object(request, str(object_id))
        if declaration is None:
            raise PermissionDenied
        return declaration

    def _may(self, request: HttpRequest, object_id: Any, state: str) -> bool:
        allowed = request.user.has_perm("crates.change_declaration") and object_id is not None
        return allowed and self._declaration(request, object_id).state == state

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may settle this held declaration."""
        return self._may(request, object_id, Declaration.HELD)

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whether the user may withdraw this declaration."""
        return self._may(request, object_id, Declaration.POSTED)

    @action(description=_("Accept"), url_path="accept", permissions=["settle"])
    def accept_declaration(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then take into account."""
        declaration = self._declaration(request, object_id)
        return self._ask(
            request,
            declaration,
            form=SureForm,
            act=lambda form: acceptance()(declaration, by=author(request)),
            done=gettext("The declaration is taken into account."),
            title=gettext("Accept this declaration"),
            sentence=gettext(
                "It came under a card that has been replaced. Accepted, it counts at its own time, and a pickup it asks for is requested."
            ),
        )

    @action(description=_("Refuse"), url_path="refuse", permissions=["settle"])
    def refuse_declaration(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, then set aside."""
        declaration = self._declaration(request, object_id)
        return self._ask(
            request,
            declaration,
            form=OptionalReasonForm,
            act=lambda form: refuse_held(declaration, by=author(request), reason=form.cleaned_data["reason"]),
            done=gettext("The declaration is set aside."),
            title=gettext("Refuse this declaration"),
            sentence=gettext("It came under a card that has been replaced. Refused, it is kept without effect."),
        )

    @action(description=_("Withdraw"), url_path="withdraw", permissions=["withdraw"])
    def withdraw_this(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask why, then withdraw."""
        declaration = self._declaration(request, object_id)
        return self._ask(
            request,
            declaration,
            form=ReasonForm,
            act=lambda form: withdraw_declaration(declaration, by=author(request), reason=form.cleaned_data["reason"]),
            done=gettext("The declaration is withdrawn."),
            title=gettext("Withdraw this declaration"),
            sentence=gettext("The stock becomes what it would be without this declaration; later counts keep holding."),
        )

    def _ask(self, request: HttpRequest, declaration: Declaration, *, form: type[forms.Form], **texts: Any) -> HttpResponse:
        back = reverse("admin:crates_declaration_change", args=[declaration.pk])
        rows = [str(declaration), *(line_in_short(line) for line in declaration.lines.select_related("container_type"))]
        return ask(self, request, form=form, back=back, rows=rows, **texts)


def line_in_short(line: Count) -> str:
    """Return a declared line as people read it: “75 cl 14/30”, “palox 40 %, 100 %”."""
    if line.fill_percents:
        return f"{line.container_type.short} {', '.join(f'{percent} %' for percent in line.fill_percents)}"
    full, total = ("–" if figure is None else figure for figure in (line.full, line.total))
    return f"{line.container_type.short} {full}/{total}"
