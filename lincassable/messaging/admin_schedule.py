"""Scheduled work in the admin: what runs when, what ran last, what failed. Read-only."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.messaging import schedule_page
from lincassable.messaging.admin_base import ReadOnlyAdmin
from lincassable.messaging.models import ScheduledRun, TaskRun


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnlyAdmin):
    """The schedule, each entry with its last run; one row's page tells the last outcome in full."""

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show every entry of the schedule, also those that have never run."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Scheduled work"),
            "opts": self.opts,
            "entries": schedule_page.entries(now),
            "now": now,
            "days": schedule_page.FAILURE_DAYS,
        }
        return TemplateResponse(request, "admin/messaging/taskrun/change_list.html", context)


@admin.register(ScheduledRun)
class ScheduledRunAdmin(ReadOnlyAdmin):
    """Each run of the schedule: the history, failures first when asked."""

    list_display = ["entry", "slot", "started_at", "finished_at", "succeeded", "outcome"]
    list_filter = ["succeeded", "entry", "slot"]
    show_full_result_count = False
