"""The form that records the movement which explains a difference, filled in with what is likeliest."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from crates.enums import Cause, Content
from crates.models import Count, DiscrepancyDecision
from crates.services import MovedLine
from crates.services.decisions import record_missing
from lincassable.accounts.actors import Actor
from lincassable.reporting.discrepancies import Line
from stores.models import Store

MOST = 100_000
# What may have happened when fewer are there than expected, and when more are. Losses go outside the network, purchases come from there.
FEWER = [Cause.LOSS, Cause.BREAKAGE, Cause.PICKUP, Cause.TRANSFER]
MORE = [Cause.DELIVERY, Cause.TRANSFER, Cause.PURCHASE]
OUTSIDE = (Cause.LOSS, Cause.BREAKAGE, Cause.PURCHASE)


class MissingForm(forms.Form):
    """A movement that nobody had recorded. line: the difference it explains."""

    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    cause = forms.ChoiceField(label=_("what happened"), widget=UnfoldAdminSelectWidget)
    quantity = forms.IntegerField(
        label=_("how many"), min_value=1, max_value=MOST, widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "inputmode": "numeric"})
    )
    content = forms.ChoiceField(label=_("full or empty"), choices=Content, widget=UnfoldAdminSelectWidget)
    other = forms.ModelChoiceField(
        label=_("from or to"),
        queryset=Store.objects.none(),
        required=False,
        empty_label=_("outside the network"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("not needed for a loss, a breakage or a purchase"),
    )
    occurred_at = forms.SplitDateTimeField(label=_("when"), widget=UnfoldAdminSplitDateTimeWidget)
    reason = forms.CharField(label=_("remark (optional)"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget)

    line: Line

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        line, fewer = self.line, self.line.difference < 0
        self.fields["cause"].choices = [(cause, cause.label) for cause in (FEWER if fewer else MORE)]  # type: ignore[attr-defined]
        neighbours = [each.visit.store_id for each in line.explanations if each.visit]
        other = Store.objects.filter(Q(pk__in=Store.objects.keeping_stock()) | Q(pk__in=neighbours)).exclude(pk=line.store.pk)
        self.fields["other"].queryset = other.order_by("name", "pk")  # type: ignore[attr-defined]
        self.fields["other"].label = _("taken to") if fewer else _("brought from")

    def clean(self) -> dict[str, Any]:
        """Ask where they went, or came from, unless it is outside."""
        data = super().clean() or self.cleaned_data
        if data.get("cause") and data["cause"] not in OUTSIDE and not data.get("other") and "other" not in self.errors:
            self.add_error("other", _("Say which place they went to or came from."))
        return data

    def record(self, *, by: Actor) -> DiscrepancyDecision:
        """Record the movement and settle the difference. Raises ValidationError with the service's sentence."""
        data, line = self.cleaned_data, self.line
        other = None if data["cause"] in OUTSIDE else data["other"]
        giver, taker = (line.store, other) if line.difference < 0 else (other, line.store)
        return record_missing(
            Count.objects.select_related("store").get(pk=line.found.count_id),
            giver=giver,
            taker=taker,
            moved=[MovedLine(line.container_type, data["content"], data["quantity"])],
            cause=data["cause"],
            occurred_at=data["occurred_at"],
            key=data["form_key"],
            by=by,
            reason=data["reason"],
        )


def missing_form(line: Line) -> tuple[type[MissingForm], dict[str, Any]]:
    """Return the form for a difference, and what is likeliest: from the stop that explains it, else a loss or a delivery just before."""
    visit = next((each.visit for each in line.explanations if each.visit), None)
    fewer = line.difference < 0
    moment = line.found.at - dt.timedelta(minutes=1)
    cause, content, other = (Cause.LOSS if fewer else Cause.DELIVERY), Content.EMPTY, line.store.usual_hub_id
    if visit is not None:
        noon = dt.datetime.combine(visit.day, dt.time(12), tzinfo=ZoneInfo(settings.NETWORK_TIME_ZONE))
        moment = min(noon, moment)
        if fewer:
            cause, content = Cause.PICKUP, Content.FULL
    initial = {"cause": cause, "content": content, "quantity": abs(line.difference), "occurred_at": moment, "other": other}
    return type("MissingMovementForm", (MissingForm,), {"line": line}), initial
