"""What places propose to change about themselves, in the admin: before and after, and one click to answer."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.decorators import display

from lincassable.base_admin import ModelAdmin
from stores import proposals
from stores.admin_saving import author
from stores.enums import ProposalKind, ProposalState
from stores.models import ChangeProposal
from stores.proposal_texts import changes_of, subject_of

COLOURS = {
    ProposalState.PROPOSED.value: "warning",
    ProposalState.ACCEPTED.value: "success",
    ProposalState.REFUSED.value: "danger",
    ProposalState.WITHDRAWN.value: "info",
}


def digest(standing: dict[str, Any] | None) -> str:
    """Return a short text for what stands at a place: the page sends back which state its reader has seen."""
    return hashlib.sha256(json.dumps(standing, sort_keys=True).encode()).hexdigest()[:32]


class WaitingFilter(admin.SimpleListFilter):
    """Those that wait for an answer, unless somebody asks for the others."""

    title = gettext_lazy("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [("waiting", gettext_lazy("waiting for an answer")), ("over", gettext_lazy("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ChangeProposal]) -> QuerySet[ChangeProposal]:
        """Those."""
        if self.value() == "waiting":
            return queryset.filter(state=ProposalState.PROPOSED)
        return queryset.exclude(state=ProposalState.PROPOSED) if self.value() == "over" else queryset


class ChangeProposalAdmin(ModelAdmin):
    """The proposals, the newest first."""

    list_display = ["store", "show_subject", "show_state", "proposed_at", "decided_at"]
    list_filter = [WaitingFilter, "kind", "store__zone"]
    search_fields = ["store__name__unaccent__icontains", "store__city__unaccent__icontains"]
    search_help_text = gettext_lazy("place or town")
    list_select_related = ["store"]
    ordering = ["-proposed_at", "-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Places propose; coordinators change the place itself."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """They end by themselves: see the retention of personal data."""
        return False

    @display(description=gettext_lazy("what"))
    def show_subject(self, row: ChangeProposal) -> str:
        """What it is about."""
        return subject_of(row) if row.kind != ProposalKind.CONTACT else str(row.get_kind_display())

    @display(description=gettext_lazy("state"), ordering="state", label=COLOURS)
    def show_state(self, row: ChangeProposal) -> tuple[str, str]:
        """The state, with a colour."""
        return row.state, row.get_state_display()

    def get_urls(self) -> list:
        """Add what the two buttons send to."""
        wrap = self.admin_site.admin_view
        ours = [
            path("<int:pk>/accept/", wrap(require_POST(self.accept_view)), name="stores_changeproposal_accept"),
            path("<int:pk>/refuse/", wrap(require_POST(self.refuse_view)), name="stores_changeproposal_refuse"),
        ]
        return ours + super().get_urls()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One proposal: as it is, as it would be, and the answer. Nothing is typed over."""
        proposal = self.get_object(request, object_id)
        if proposal is None or not self.has_view_permission(request, proposal):
            return super().change_view(request, object_id, form_url, extra_context)
        return self._page(request, proposal)

    def _page(self, request: HttpRequest, proposal: ChangeProposal, status: int = 200, reason: str = "") -> HttpResponse:
        is_open = proposal.state == ProposalState.PROPOSED
        standing = proposals.standing(proposal) if is_open else None
        newer = ChangeProposal.objects.filter(store=proposal.store_id, kind=proposal.kind, pk__gt=proposal.pk).order_by("-pk").first()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{proposal.store} · {subject_of(proposal)}",
            "opts": self.opts,
            "proposal": proposal,
            "changes": changes_of(proposal, standing),
            "is_open": is_open,
            "may_answer": is_open and self.has_change_permission(request, proposal),
            "is_stale": is_open and standing != proposal.before,
            "is_gone": is_open and standing is None,
            "seen": digest(standing),
            "newer": newer,
            "reason": reason,
            "is_address": proposal.kind == ProposalKind.ADDRESS,
        }
        return TemplateResponse(request, "stores/admin/proposal.html", context, status=status)

    def _asked(self, request: HttpRequest, pk: int) -> ChangeProposal:
        proposal = get_object_or_404(ChangeProposal.objects.select_related("store"), pk=pk)
        if not self.has_change_permission(request, proposal):
            raise PermissionDenied
        return proposal

    def accept_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the change, if what stands there is what the reader has seen."""
        proposal = self._asked(request, pk)
        standing = proposals.standing(proposal)
        seen = standing if standing is not None and request.POST.get("seen") == digest(standing) else None
        try:
            proposals.accept(proposal, by=author(request), seen=seen)
        except ValidationError as error:
            return self._refused(request, proposal, error)
        messages.success(request, _("The change is made, and the place is told."))
        if proposal.kind == ProposalKind.ADDRESS:
            messages.warning(request, _("The address has changed: check the position on the map."))
            return HttpResponseRedirect(reverse("admin:stores_store_change", args=[proposal.store_id]))
        return self._to_list()

    def refuse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say no, with a reason."""
        proposal = self._asked(request, pk)
        try:
            proposals.refuse(proposal, request.POST.get("reason", ""), by=author(request))
        except ValidationError as error:
            return self._refused(request, proposal, error)
        messages.success(request, _("Refused, and the place is told why."))
        return self._to_list()

    def _refused(self, request: HttpRequest, proposal: ChangeProposal, error: ValidationError) -> HttpResponse:
        for sentence in error.messages:
            messages.error(request, sentence)
        proposal.refresh_from_db()
        return self._page(request, proposal, status=422, reason=request.POST.get("reason", ""))

    def _to_list(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:stores_changeproposal_changelist") + "?which=waiting")
