"""Refused addresses and the history of messages in the admin: read-only rows, and the button that lets mails go again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from lincassable.messaging import addresses
from lincassable.messaging.admin_base import Asker, ReadOnlyAdmin
from lincassable.messaging.models import MessageEvent, RefusedAddress, SendingPause


class InForceFilter(admin.SimpleListFilter):
    """Refused now, or not any more."""

    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, object]]:
        """Return both."""
        return [("yes", gettext_lazy("refused now")), ("no", gettext_lazy("mails go again"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RefusedAddress]) -> QuerySet[RefusedAddress]:
        """Return what was chosen."""
        return queryset if self.value() is None else queryset.filter(lifted_at__isnull=self.value() == "yes")


@admin.register(RefusedAddress)
class RefusedAddressAdmin(ReadOnlyAdmin):
    """Addresses to which nothing is sent."""

    list_display = ["email", "why", "since", "detail", "lifted_at"]
    fields = ["email", "why", "detail", "since", "message", "lifted_at", "show_lifted_by"]
    change_form_template = "admin/messaging/refusedaddress/change_form.html"
    list_filter = [InForceFilter, "why", "since"]
    search_fields = ["email"]
    actions = ["lift_selected"]
    readonly_fields = ["message", "show_lifted_by"]

    @admin.display(description=gettext_lazy("lifted by"))
    def show_lifted_by(self, row: RefusedAddress) -> str:
        """Who let mails go again."""
        user = get_user_model()._default_manager.filter(pk=row.lifted_by_id).first() if row.lifted_by_kind == "user" else None
        return str(user) if user else _("the system") if row.lifted_by_kind == "system" else "–"

    def get_urls(self) -> list:
        """Add the button of the page."""
        lift = path("<int:pk>/lift/", self.admin_site.admin_view(require_POST(self.lift_view)), name="messaging_refusedaddress_lift")
        return [lift, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None) -> HttpResponse:
        """Show what happened, and the button to those who may press it."""
        row = self.get_object(request, object_id)
        may_lift = row is not None and row.lifted_at is None and self.has_lift_permission(request)
        return super().change_view(request, object_id, form_url, {"row": row, "may_lift": may_lift, **(extra_context or {})})

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let mails go to one address again; again changes nothing."""
        if not self.has_lift_permission(request):
            raise PermissionDenied
        self.lift_selected(request, RefusedAddress.objects.filter(pk=get_object_or_404(RefusedAddress, pk=pk).pk))
        return HttpResponseRedirect(reverse("admin:messaging_refusedaddress_change", args=[pk]))

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Whether this person may let mails go again."""
        return request.user.has_perm("messaging.change_refusedaddress")

    @admin.action(permissions=["lift"], description=gettext_lazy("Let mails go to these addresses again"))
    def lift_selected(self, request: HttpRequest, queryset: QuerySet[RefusedAddress]) -> None:
        """Lift the chosen rows."""
        rows = [addresses.lift(row, by=Asker("user", request.user.pk)) for row in queryset]
        for row in rows:
            self.log_change(request, row, "Mails go to it again.")
        text = ngettext("Mails go to %(number)s address again.", "Mails go to %(number)s addresses again.", len(rows))
        self.message_user(request, text % {"number": len(rows)}, messages.SUCCESS)


@admin.register(MessageEvent)
class MessageEventAdmin(ReadOnlyAdmin):
    """What happened to messages."""

    list_display = ["message", "kind", "at", "source", "detail"]
    list_filter = ["kind", "source", "at"]
    list_select_related = ["message"]
    show_full_result_count = False


@admin.register(SendingPause)
class SendingPauseAdmin(ReadOnlyAdmin):
    """When all sending was stopped."""

    list_display = ["paused_at", "reason", "resumed_at"]
