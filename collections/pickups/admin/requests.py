"""Pickup requests in the admin: what waits, and what a coordinator does about it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.views import ChangeList

from crates.queries import last_declarations
from lincassable.base_admin import ModelAdmin
from pickups import services
from pickups.admin.common import COLOURS, NothingDeleted, ReasonForm, Told, author, confirmation
from pickups.admin.request_forms import new_request_form, request_panel
from pickups.enums import OPEN_REQUEST_STATES
from pickups.models import PickupRequest, RequestPart


class OpenFilter(admin.SimpleListFilter):
    """Open requests, unless somebody asks for the others."""

    title = gettext_lazy("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices beside the usual one."""
        return [("all", gettext_lazy("all requests")), ("over", gettext_lazy("over"))]

    def choices(self, changelist: Any) -> Iterable[dict[str, Any]]:
        """The first choice is what is shown without asking."""
        for number, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": gettext_lazy("open")} if number == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[PickupRequest]) -> QuerySet[PickupRequest]:
        """The requests that match."""
        if self.value() == "over":
            return queryset.exclude(state__in=OPEN_REQUEST_STATES)
        return queryset if self.value() == "all" else queryset.filter(state__in=OPEN_REQUEST_STATES)


class RequestList(ChangeList):
    """The list, with what each place of the page last declared, and which other places join it, in three queries."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, then the declarations of its places and the parts of its requests."""
        super().get_results(request)
        rows = list(self.result_list)
        declared = last_declarations({row.store_id for row in rows})
        joined: dict[int, list[str]] = {}
        parts = RequestPart.objects.live().filter(request__in=[row.pk for row in rows]).select_related("store")
        for part in parts.order_by("asked_at", "pk"):
            joined.setdefault(part.request_id, []).append(f"{part.store}: {part.note}" if part.note else str(part.store))
        for row in rows:
            row.last_declaration, row.joined = declared.get(row.store_id), joined.get(row.pk, [])
        self.result_list = rows


@admin.register(PickupRequest)
class PickupRequestAdmin(Told, NothingDeleted, ModelAdmin):
    """Open ones first, the oldest at the top."""

    list_display = ["store", "show_state", "show_age", "show_full", "show_zone", "source", "show_note"]
    list_filter = [OpenFilter, "store__zone", "state", "source"]
    search_fields = [
        "store__name__unaccent__icontains",
        "store__city__unaccent__icontains",
        "note__icontains",
        "parts__store__name__unaccent__icontains",
    ]
    list_select_related = ["store__zone"]
    autocomplete_fields = ["store"]
    actions = ["plan_selected", "refuse_selected", "cancel_selected"]
    change_form_outer_before_template = "pickups/admin/request_panel.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RequestList]:
        """The list that knows the last declarations."""
        return RequestList

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Open requests first, the oldest at the top; then those that were closed last."""
        return [F("closed_at").desc(nulls_first=True), "requested_at", "pk"]

    # -- columns

    @display(description=gettext_lazy("state"), ordering="state", label=COLOURS)
    def show_state(self, row: PickupRequest) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    @display(description=gettext_lazy("since"), ordering="requested_at")
    def show_age(self, row: PickupRequest) -> str:
        """How long it has been waiting, or when it was asked."""
        if row.is_open:
            return timesince(row.requested_at, depth=1)
        return date_format(timezone.localtime(row.requested_at), "SHORT_DATE_FORMAT")

    @display(description=gettext_lazy("last declared"))
    def show_full(self, row: Any) -> Any:
        """What the place last said was full, and when."""
        declaration = row.last_declaration
        if declaration is None:
            return "–"
        parts = []
        for line in declaration.lines.all():
            fills = " + ".join(f"{percent} %" for percent in line.fill_percents)
            if fills or line.full is not None:
                parts.append(f"{line.container_type.short} : {fills or line.full}")
        day = f"{timezone.localtime(declaration.declared_at):%d/%m}"
        return format_html("{} <small>({})</small>", ", ".join(parts) or "–", day)

    @display(description=gettext_lazy("zone"), ordering="store__zone")
    def show_zone(self, row: PickupRequest) -> str:
        """The zone of the place."""
        return str(row.store.zone or "–")

    @display(description=gettext_lazy("note"))
    def show_note(self, row: Any) -> Any:
        """What the place wrote, and which places bring their crates there."""
        joined = format_html_join(mark_safe("<br>"), "+ {}", ((name,) for name in row.joined))
        return format_html("{}{}{}", row.note, mark_safe("<br>") if row.note and row.joined else "", joined) or "–"

    # -- one request

    def get_form(self, request: HttpRequest, obj: PickupRequest | None = None, change: bool = False, **kwargs: Any) -> Any:
        """A short form to fill in while on the phone; nothing is typed over afterwards."""
        if obj is None:
            return new_request_form(partial(self.formfield_for_dbfield, request=request))
        return super().get_form(request, obj, change=change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A key of its own for each form, so that a second click records nothing twice."""
        return {**super().get_changeform_initial_data(request), "key": uuid.uuid4()}

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what the panel above the form shows; a page on which nothing is typed has nothing to save."""
        obj = kwargs.get("obj")
        if obj is not None:
            context.update(request_panel(obj), show_save=False, show_save_and_continue=False, show_save_and_add_another=False)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: PickupRequest | None = None) -> list[str]:
        """A coordinator on the phone gives the place and a note; the rest is only shown."""
        if obj is None:
            return [*new_request_form().base_fields]
        return ["store", "state", "source", "note", "declaration", "requested_at", "updated_at", "closed_at", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: PickupRequest | None = None) -> list[str]:
        """Nothing is typed over: a request moves by the buttons above."""
        return [] if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: PickupRequest, form: Any, change: bool) -> None:
        """Add through the service; a place that already has an open request gets the note added to it."""
        if change:
            return
        store = obj.store
        saved = services.request_on_the_phone(store, key=form.cleaned_data["key"], lines=form.lines(), note=obj.note, by=author(request))
        obj.__dict__.update({key: value for key, value in saved.__dict__.items() if key != "_state"})
        obj._state.adding = False
        if saved.store_id != store.pk:
            words = _("%(store)s is collected through %(parent)s: its request has joined the one of that place.")
            messages.info(request, words % {"store": store, "parent": saved.store})
        if not saved.is_new:
            messages.info(request, _("%s already had an open request: your note was added to it.") % store)

    def get_urls(self) -> list:
        """Add the pages that ask before refusing or cancelling."""
        ours = [
            path("refuse/", self.admin_site.admin_view(self.refuse_view), name="pickups_pickuprequest_refuse"),
            path("cancel/", self.admin_site.admin_view(self.cancel_view), name="pickups_pickuprequest_cancel"),
        ]
        return ours + super().get_urls()

    # -- actions

    @admin.action(description=gettext_lazy("Plan into a new tour"), permissions=["change"])
    def plan_selected(self, request: HttpRequest, queryset: QuerySet[PickupRequest]) -> HttpResponse:
        """Open a new tour with the places of the chosen requests as stops."""
        return self._go("admin:pickups_tour_add", "requests", queryset)

    @admin.action(description=gettext_lazy("Refuse, with a reason"), permissions=["change"])
    def refuse_selected(self, request: HttpRequest, queryset: QuerySet[PickupRequest]) -> HttpResponse:
        """Ask for the reason first."""
        return self._go("admin:pickups_pickuprequest_refuse", "ids", queryset)

    @admin.action(description=gettext_lazy("Cancel"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[PickupRequest]) -> HttpResponse:
        """Ask first."""
        return self._go("admin:pickups_pickuprequest_cancel", "ids", queryset)

    @staticmethod
    def _go(name: str, parameter: str, queryset: QuerySet[PickupRequest]) -> HttpResponse:
        ids = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))
        return HttpResponseRedirect(f"{reverse(name)}?{urlencode({parameter: ids})}")

    def refuse_view(self, request: HttpRequest) -> HttpResponse:
        """Refuse the requests named in the address, once a reason is given."""
        return self._close_view(request, refuse=True)

    def cancel_view(self, request: HttpRequest) -> HttpResponse:
        """Cancel the requests named in the address."""
        return self._close_view(request, refuse=False)

    def _close_view(self, request: HttpRequest, *, refuse: bool) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        ids = [int(part) for part in request.GET.get("ids", "").split(",") if part.isdecimal() and len(part) < 19][:500]
        rows = list(PickupRequest.objects.open().filter(pk__in=ids).select_related("store").order_by("requested_at"))
        back = reverse("admin:pickups_pickuprequest_changelist")
        form = ReasonForm(request.POST or None, label=gettext_lazy("Reason, read by the store") if refuse else _("Reason"), required=refuse)
        if request.method == "POST" and form.is_valid():
            self._close_each(request, rows, form.cleaned_data["reason"], refuse=refuse)
            return HttpResponseRedirect(back)
        return confirmation(
            self,
            request,
            title=_("Refuse requests") if refuse else _("Cancel requests"),
            sentences=[_("Their places leave the drafts of tours. A request that a sent tour holds stays: change that tour first.")],
            rows=[row.store for row in rows],
            form=form,
            button=_("Refuse") if refuse else _("Cancel the requests"),
            back=back,
            danger=True,
        )

    def _close_each(self, request: HttpRequest, rows: list[PickupRequest], reason: str, *, refuse: bool) -> None:
        done = 0
        for row in rows:
            try:
                if refuse:
                    services.refuse_request(row, reason, by=author(request))
                else:
                    services.cancel_request(row, by=author(request), reason=reason)
                done += 1
            except ValidationError as error:
                messages.error(request, f"{row.store}: {' '.join(error.messages)}")
        if done:
            messages.success(request, ngettext("%(n)d request closed.", "%(n)d requests closed.", done) % {"n": done})
