"""Refused addresses and the history of messages in the admin: read-only rows, and the button that lets mails go again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

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
    list_filter = [InForceFilter, "why", "since"]
    search_fields = ["email"]
    actions = ["lift_selected"]
    readonly_fields = ["message"]

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
