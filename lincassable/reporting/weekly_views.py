"""The weekly reports in the admin's frame: this week, the weeks before, who got what, a preview, and sending now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lincassable.messaging import broker
from lincassable.messaging.admin import preview as locked_in
from lincassable.messaging.attachments import with_pictures
from lincassable.messaging.models import Message
from lincassable.messaging.rendering import render as render_mail
from lincassable.messaging.services import Prepared
from lincassable.reporting import services, tasks, weekly_history
from lincassable.reporting.enums import CONTACT, USER
from lincassable.reporting.weekly import Week
from lincassable.reporting.weekly_history import LABEL
from stores.admin_saving import author

VIEW, SEND = "messaging.view_message", "messaging.change_message"
PAGE, WEEKS = 50, 12
CAUGHT_UP = timedelta(days=2, hours=13, minutes=20)  # from Monday 07:00 on, as “weekly-report-catch-up” in the schedule
WIDTHS = (360, 800)


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """This week: who has not got the report; whom to show or send it to; the weeks before."""
    _allowed(request, VIEW)
    week, before = Week.of(timezone.now()), request.GET.get("before", "")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    contacts, users = weekly_history.found_people(text)
    shown = weekly_history.weeks(WEEKS + 1, before=before if LABEL.fullmatch(before) else "")
    context = {
        "week": week,
        "over": timezone.now() > week.due_from + CAUGHT_UP,
        "missing": weekly_history.missing(week),
        "weeks": shown[:WEEKS],
        "older": shown[WEEKS - 1].label if len(shown) > WEEKS else "",
        "text": text,
        "contacts": contacts,
        "users": users,
        "may_send": request.user.has_perm(SEND),
    }
    return _page(request, "index.html", _("Weekly reports"), context)


@require_GET
def one_week(request: HttpRequest, label: str) -> HttpResponse:
    """Who got the report of a week, and what became of it; each line leads to the copy in the outbox."""
    _allowed(request, VIEW)
    if not LABEL.fullmatch(label):
        raise Http404
    state = request.GET.get("state", "")
    found = weekly_history.reports(label).defer("text", "html", "attachments").order_by("kind", "to_email", "pk")
    if state in dict(Message.STATES):
        found = found.filter(state=state)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"label": label, "page": page, "state": state, "states": Message.STATES}
    return _page(request, "week.html", _("Weekly reports of %(week)s") % {"week": label}, context)


@require_GET
def preview(request: HttpRequest, person: str, pk: int) -> HttpResponse:
    """The report as it would be written now for one person, in HTML at both widths and as text. Writes nothing."""
    _allowed(request, VIEW)
    prepared = _prepared(person, pk)
    mail = render_mail(prepared.template, prepared.to, prepared.context)
    context = {
        "person": person,
        "pk": pk,
        "to": prepared.to,
        "subject": mail.subject,
        "text": mail.text,
        "widths": WIDTHS,
        "files": [file for file in prepared.attachments if not file.is_picture],
        "has_it": Message.objects.filter(dedupe_key=prepared.dedupe_key).first(),
        "may_send": request.user.has_perm(SEND),
    }
    return _page(request, "preview.html", mail.subject, context)


@require_GET
def preview_html(request: HttpRequest, person: str, pk: int) -> HttpResponse:
    """The HTML of a preview, locked in a sandbox."""
    _allowed(request, VIEW)
    prepared = _prepared(person, pk)
    mail = render_mail(prepared.template, prepared.to, prepared.context)
    return locked_in(with_pictures(mail.html, prepared.attachments))


@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Send this week's report now: to everyone who has not got it, or to one person. Nobody gets a second one."""
    _allowed(request, SEND)
    if request.POST.get("who") == "all":
        if broker.ask(tasks.weekly_report_now):
            messages.success(request, _("The reports are being written: they leave within minutes, to those who have not got theirs."))
        else:
            messages.error(request, _("The worker cannot be reached. Nothing was sent: try again in a minute."))
        return HttpResponseRedirect(reverse("weekly:index"))
    kind, _dash, pk = request.POST.get("who", "").partition("-")
    if not pk.isdecimal() or len(pk) > 18:
        raise Http404
    message = services.send_now_to(kind, int(pk), by=author(request))
    if message is None:
        raise Http404
    if message.is_new:
        messages.success(request, _("Written for %(address)s: it leaves within a minute.") % {"address": message.row.to_email})
    else:
        messages.info(request, _("%(address)s got this week's report already.") % {"address": message.row.to_email})
    return HttpResponseRedirect(reverse("weekly:week", args=[Week.of(timezone.now()).label]))


def _prepared(kind: str, pk: int) -> Prepared:
    """Return the mail of one person as it would be written now. Raises Http404 for somebody who gets none."""
    found = services.prepared_for(kind, pk) if kind in (CONTACT, USER) else None
    if found is None:
        raise Http404
    return found


def _allowed(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    everything = {**admin.site.each_context(request), "title": title, **context}
    return render(request, f"reporting/weekly/{template}", everything)
