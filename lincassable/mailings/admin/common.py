"""What the pages of a mailing share: the row one may see or change, the frame with its steps."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lincassable.base_admin import ModelAdmin
from lincassable.mailings.models import Mailing

COLOURS = {"draft": "info", "scheduled": "warning", "sending": "warning", "paused": "danger", "done": "success", "cancelled": "danger"}
STEPS = (
    ("audience", _("1. Who")),
    ("text", _("2. Text")),
    ("preview", _("3. Preview")),
    ("launch", _("4. Send")),
    ("follow", _("5. Follow")),
)


def mailing_of(model_admin: ModelAdmin, request: HttpRequest, pk: int, *, change: bool = False) -> Mailing:
    """Return the mailing that the person may look at, or change. Raises Http404, PermissionDenied."""
    may = model_admin.has_change_permission if change or request.method == "POST" else model_admin.has_view_permission
    if not may(request):
        raise PermissionDenied
    return get_object_or_404(Mailing.objects.select_related("template"), pk=pk)


def here(name: str, mailing: Mailing) -> str:
    """Return the address of one page of a mailing."""
    return reverse(f"admin:mailings_mailing_{name}", args=[mailing.pk])


def shown(model_admin: ModelAdmin, request: HttpRequest, mailing: Mailing, step: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """Return one page of a mailing in its frame."""
    everything = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": mailing.name,
        "mailing": mailing,
        "step": step,
        "steps": [(name, label, here(name, mailing)) for name, label in STEPS if _opens(name, mailing)],
        "colour": COLOURS[mailing.state],
        "may_change": model_admin.has_change_permission(request),
        **context,
    }
    return TemplateResponse(request, f"mailings/admin/{step}.html", everything, status=status)


def _opens(step: str, mailing: Mailing) -> bool:
    """Whether a step can be looked at in the mailing's state."""
    if mailing.is_editable:
        return step != "follow"
    return step in ("preview", "follow")


def say(request: HttpRequest, error: ValidationError) -> None:
    """Say why a service refused, sentence by sentence, at the top of the page."""
    for sentence in error.messages:
        messages.error(request, sentence)
