"""Discrepancies in the admin: the inbox, what was decided, and what losses cost."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from crates.admin.common import ReadOnly, ReasonForm, ask, author, author_name
from crates.models import Act, Count, DiscrepancyDecision
from crates.queries_differences import difference_of
from crates.services.decisions import accept_as_inventory, dismiss
from crates.undoing import tell_done
from lincassable.base_admin import ModelAdmin
from lincassable.exporting import table_file
from lincassable.reporting.admin_factors import ReuseFactorAdmin
from lincassable.reporting.discrepancies import Line, horizon, inbox, lines_of
from lincassable.reporting.losses import Losses, losses
from lincassable.reporting.settling import missing_form

__all__ = ["DiscrepancyDecisionAdmin", "ReuseFactorAdmin"]

INBOX = "admin:crates_discrepancydecision_inbox"
COLOURS = {"recorded": "success", "accepted": "info", "dismissed": "warning"}


@admin.register(DiscrepancyDecision)
class DiscrepancyDecisionAdmin(ReadOnly, ModelAdmin):
    """What was decided about differences; the inbox of those that are open is a page of its own."""

    list_display = ["decided_at", "show_place", "show_container", "expected", "show_seen", "difference", "show_decision", "reason"]
    list_filter = ["decision", ("undone_at", admin.EmptyFieldListFilter), "decided_at"]
    list_select_related = ["count__store", "count__container_type"]
    search_fields = ["count__store__name__unaccent__icontains", "reason"]
    search_help_text = _("place or reason")
    ordering = ["-decided_at", "-pk"]
    fields = ["count", "decision", "reason", "decided_at", "show_author", "expected", "difference", "movement", "inventory", "undone_at"]
    readonly_fields = ["show_author"]
    change_list_template = "reporting/admin/decisions.html"

    @display(description=_("collection point"), ordering="count__store__name")
    def show_place(self, row: DiscrepancyDecision) -> str:
        """The place."""
        return str(row.count.store)

    @display(description=_("container"))
    def show_container(self, row: DiscrepancyDecision) -> str:
        """The kind of container."""
        return row.count.container_type.name

    @display(description=_("seen"))
    def show_seen(self, row: DiscrepancyDecision) -> int | None:
        """The total that was declared or counted."""
        return row.count.total

    @display(description=_("decision"), ordering="decision", label=COLOURS)
    def show_decision(self, row: DiscrepancyDecision) -> tuple[str, str]:
        """The decision, with a colour; one that was undone says so."""
        return (row.decision, row.get_decision_display()) if row.undone_at is None else ("undone", gettext("undone"))

    @display(description=_("decided by"))
    def show_author(self, row: DiscrepancyDecision) -> str:
        """Who decided."""
        return author_name(row.actor_kind, row.actor_id)

    # -- the inbox

    def get_urls(self) -> list:
        """Add the inbox, its three ways of settling a line, and the losses."""
        view, name = self.admin_site.admin_view, "crates_discrepancydecision"
        ours = [
            path("inbox/", view(self.inbox_view), name=f"{name}_inbox"),
            path("inbox/<int:pk>/record/", view(self.record_view), name=f"{name}_record"),
            path("inbox/<int:pk>/accept/", view(require_POST(self.accept_view)), name=f"{name}_accept"),
            path("inbox/<int:pk>/dismiss/", view(self.dismiss_view), name=f"{name}_dismiss"),
            path("losses/", view(self.losses_view), name=f"{name}_losses"),
        ]
        return ours + super().get_urls()

    def _require(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(f"crates.{permission}_discrepancydecision"):
            raise PermissionDenied

    def inbox_view(self, request: HttpRequest) -> HttpResponse:
        """What is declared, counted and expected, side by side, where they differ."""
        self._require(request, "view")
        text = {name: request.GET.get(name, "") for name in ("page", "store")}
        number, store = (int(value) if value.isdecimal() and len(value) < 10 else None for value in text.values())
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": gettext("Discrepancies"),
            "inbox": inbox(number=number or 1, store_ids=[store] if store else None),
            "may_settle": request.user.has_perm("crates.add_discrepancydecision"),
            "since": horizon(),
        }
        return TemplateResponse(request, "reporting/admin/inbox.html", context)

    def _line(self, request: HttpRequest, pk: int) -> Line | None:
        """Return an open line that the user may settle; None when it is settled already. Raises Http404, PermissionDenied."""
        self._require(request, "add")
        count = get_object_or_404(Count, pk=pk)
        found = difference_of(count.pk, count.store_id)
        return lines_of([found])[0] if found else None

    def _gone(self, request: HttpRequest) -> HttpResponse:
        tell_done(request, gettext("This difference is settled already."), None, back="")
        return HttpResponseRedirect(reverse(INBOX))

    def record_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the movement that was missing, filled in with what is likeliest, then record it."""
        line = self._line(request, pk)
        if line is None:
            return self._gone(request)
        if not line.difference:
            raise Http404
        form, initial = missing_form(line)

        def act(filled: Any) -> Act | None:
            return _act_of(filled.record(by=author(request)))

        return ask(
            self,
            request,
            form=form,
            initial=initial,
            act=act,
            back=reverse(INBOX),
            done=gettext("%(place)s: the missing movement is recorded.") % {"place": line.store},
            title=gettext("Record the missing movement"),
            sentence=gettext("It is recorded at its own moment, before what was seen: what was counted keeps holding."),
            rows=[in_words(line), *(each.sentence for each in line.explanations)],
        )

    def accept_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take what was seen as it is, at one click; it can be undone."""
        line = self._line(request, pk)
        if line is None:
            return self._gone(request)
        decision = accept_as_inventory(Count.objects.select_related("store").get(pk=pk), by=author(request))
        done = gettext("%(place)s: %(total)s are accepted as the count of that moment.") % {"place": line.store, "total": line.found.total}
        tell_done(request, done, _act_of(decision), back=reverse(INBOX))
        return HttpResponseRedirect(reverse(INBOX))

    def dismiss_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say why a difference needs nothing."""
        line = self._line(request, pk)
        if line is None:
            return self._gone(request)
        count = Count.objects.get(pk=pk)
        return ask(
            self,
            request,
            form=ReasonForm,
            act=lambda filled: _act_of(dismiss(count, by=author(request), reason=filled.cleaned_data["reason"])),
            back=reverse(INBOX),
            done=gettext("%(place)s: the difference is dismissed.") % {"place": line.store},
            title=gettext("Dismiss"),
            sentence=gettext("The stock stays as it is; the difference leaves the list, with your reason."),
            rows=[in_words(line)],
        )

    # -- losses

    def losses_view(self, request: HttpRequest) -> HttpResponse:
        """What was lost, broken or not found in a period, per place, with its cost; also as a file."""
        self._require(request, "view")
        today = timezone.localdate()
        first = _day(request.GET.get("from", "")) or today.replace(month=1, day=1)
        last = _day(request.GET.get("to", "")) or today
        found = losses(_midnight(first), _midnight(last + dt.timedelta(days=1)))
        suffix = request.GET.get("format", "")
        if suffix:
            return _losses_file(found, suffix)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": gettext("Losses and breakage"),
            "losses": found,
            "first": first,
            "last": last,
        }
        return TemplateResponse(request, "reporting/admin/losses.html", context)


def in_words(line: Line) -> str:
    """Return a difference as one sentence."""
    facts = {"place": line.store, "container": line.container_type.name, "seen": line.found.total, "expected": line.found.expected}
    return gettext("%(place)s, %(container)s: %(seen)s seen, %(expected)s expected.") % facts


def _act_of(decision: DiscrepancyDecision) -> Act | None:
    return Act.objects.filter(decision=decision, undone_at=None).first()


def _day(text: str) -> dt.date | None:
    """Return the day of an address, None for nonsense and for what calendars hardly reach: the day after it must exist."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year < 3000 else None


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _losses_file(found: Losses, suffix: str) -> HttpResponse:
    headers = [_("collection point"), _("container"), _("lost"), _("broken"), _("not found by counts"), _("cost (€)")]
    rows = [
        [place.store.name, line.name, line.lost, line.broken, line.not_found, line.cost_eur if line.has_value else None]
        for place in found.places
        for line in place.lines
    ]
    return table_file("losses", headers, rows, suffix=suffix)
