"""The page of the queue in the admin: what waits, how fast it leaves, what was given up and why, and the switch that stops it all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from lincassable.messaging import delivery, pausing, queue_figures
from lincassable.messaging.admin_base import Asker
from lincassable.messaging.enums import Reason
from lincassable.messaging.models import RefusedAddress


class QueuePages(ModelAdmin):
    """Mixin of the admin of messages: the queue's page and what its buttons do."""

    def queue_urls(self) -> list:
        """Return the addresses of these pages."""
        pages = [
            ("queue/", require_GET(self.queue_view), "queue"),
            ("queue/pause/", require_POST(self.pause_view), "queue_pause"),
            ("queue/resume/", require_POST(self.resume_view), "queue_resume"),
            ("queue/retry/<slug:reason>/", require_POST(self.retry_reason_view), "queue_retry"),
        ]
        return [path(route, self.admin_site.admin_view(view), name=f"messaging_{name}") for route, view, name in pages]

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Show the queue."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Queue of messages"),
            "opts": self.opts,
            "figures": queue_figures.figures(now),
            "pause": pausing.current(),
            "refused": RefusedAddress.objects.filter(lifted_at=None).count(),
            "may_operate": self.has_operate_permission(request),  # type: ignore[attr-defined]
            "now": now,
        }
        return TemplateResponse(request, "admin/messaging/queue.html", context)

    def pause_view(self, request: HttpRequest) -> HttpResponse:
        """Stop all sending."""
        pausing.pause(by=self._operator(request), reason=request.POST.get("reason", "").replace("\x00", "").strip())
        messages.warning(request, _("Nothing leaves any more until you let it. What is written waits."))
        return self._back()

    def resume_view(self, request: HttpRequest) -> HttpResponse:
        """Let messages leave again."""
        pausing.resume(by=self._operator(request))
        messages.success(request, _("Messages leave again, the longest waiting first, within a minute."))
        return self._back()

    def retry_reason_view(self, request: HttpRequest, reason: str) -> HttpResponse:
        """Make everything that was given up for one reason due again."""
        wanted = "" if reason == "none" else reason
        if wanted and wanted not in Reason.values:
            raise Http404
        number = delivery.retry_failed(wanted, by=self._operator(request))
        text = ngettext(
            "%(number)s message is tried again within a minute.", "%(number)s messages are tried again within a minute.", number
        )
        messages.success(request, text % {"number": number})
        return self._back()

    def _operator(self, request: HttpRequest) -> Any:
        if not self.has_operate_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        return Asker("user", request.user.pk)

    def _back(self) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:messaging_queue"))
