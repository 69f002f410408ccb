"""The steps of a non-conformity in the admin: one form each, and the service that takes it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from crates.enums import Content
from lincassable.accounts.actors import Actor
from lincassable.accounts.models import User
from lincassable.reminders.people import users_with
from nonconformities import services
from nonconformities.emails import PERMISSION
from nonconformities.models import NonConformity

Text = str | Promise


def _text(label: Text, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=1000, required=required, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "maxlength": 1000})
    )


class ResolveForm(forms.Form):
    """The answer, and what was found out."""

    answer = _text(_("Answer: the place and who reported it read it"))
    root_cause = _text(_("Root cause (for us)"), required=False)
    corrective_action = _text(_("Corrective action (for us)"), required=False)
    cost_eur = forms.DecimalField(
        label=_("Cost (€)"), min_value=0, max_digits=9, decimal_places=2, required=False, widget=UnfoldAdminDecimalFieldWidget
    )


class AnswerForm(forms.Form):
    """Why it is set aside."""

    answer = _text(_("Why? The place and who reported it read this."))


class NoteForm(forms.Form):
    """Why it is opened again."""

    note = forms.CharField(label=_("Why?"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "maxlength": 500}))


class OtherForm(forms.Form):
    """Which one it repeats, by its number."""

    other = forms.CharField(label=_("Number of the first one, like NC-00042"), max_length=20, widget=UnfoldAdminTextInputWidget)

    def clean_other(self) -> NonConformity:
        """Return the row of the number."""
        found = re.fullmatch(r"(?:NC-?)?\s*0*(\d{1,9})", self.cleaned_data["other"].strip(), re.IGNORECASE)
        row = NonConformity.objects.filter(pk=int(found[1])).first() if found else None
        if row is None:
            raise ValidationError(gettext("There is none with this number."), code="unknown")
        return row


class AssignForm(forms.Form):
    """Who handles it."""

    assignee = forms.ModelChoiceField(
        User.objects.none(), label=_("Handled by"), required=False, empty_label=_("nobody"), widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ids = [person.id for person in users_with(PERMISSION)]
        self.fields["assignee"].queryset = User.objects.filter(pk__in=ids).order_by("name", "pk")  # type: ignore[attr-defined]


class CommentForm(forms.Form):
    """A comment, for the office or for the place as well."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    text = _text(_("Text"))
    shared = forms.BooleanField(label=_("The place reads it too, and gets a mail"), required=False, widget=UnfoldBooleanSwitchWidget)
    with_partner = forms.BooleanField(
        label=_("The producer, carrier or sorting centre concerned reads it too, and gets a mail"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )


class StockForm(forms.Form):
    """What the containers held."""

    content = forms.ChoiceField(label=_("They were"), choices=Content.choices, widget=UnfoldAdminSelectWidget)


@dataclass(frozen=True)
class StepPage:
    """One step.

    Arguments: title, of its button and page; act, takes the row, the form's data and the author; form, None for a button without questions;
    shows, whether it is offered for a row; danger, in red.
    """

    title: Text
    act: Callable[[NonConformity, dict[str, Any], Actor], Any]
    shows: Callable[[NonConformity], bool]
    form: type[forms.Form] | None = None
    danger: bool = False
    permission: str = PERMISSION


def _resolve(row: NonConformity, data: dict[str, Any], by: Actor) -> None:
    findings = services.Findings(data["root_cause"], data["corrective_action"], data["cost_eur"])
    services.resolve(row, answer=data["answer"], findings=findings, by=by)


def _comment(row: NonConformity, data: dict[str, Any], by: Actor) -> None:
    shared = {"is_internal": not data["shared"], "with_partner": data["with_partner"]}
    services.comment(row, data["text"], key=data["key"], by=by, **shared)


def _can_post(row: NonConformity) -> bool:
    return bool(row.kind.posting and row.movement_id is None and row.store_id and row.container_type_id)


STEPS: dict[str, StepPage] = {
    "acknowledge": StepPage(_("Seen"), lambda row, data, by: services.acknowledge(row, by=by), lambda row: row.state == "reported"),
    "start": StepPage(
        _("I take it"), lambda row, data, by: services.start(row, by=by), lambda row: row.state in ("reported", "acknowledged")
    ),
    "resolve": StepPage(_("Resolved"), _resolve, lambda row: row.is_open, ResolveForm),
    "assign": StepPage(
        _("Give it to somebody"), lambda row, data, by: services.assign(row, data["assignee"], by=by), lambda row: row.is_open, AssignForm
    ),
    "comment": StepPage(_("Comment"), _comment, lambda row: True, CommentForm, permission="nonconformities.add_nonconformitycomment"),
    "stock": StepPage(
        _("Take out of the stock"), lambda row, data, by: services.post_to_stock(row, by=by, **data), _can_post, StockForm, danger=True
    ),
    "duplicate": StepPage(
        _("Reported twice"), lambda row, data, by: services.mark_duplicate(row, data["other"], by=by), lambda row: row.is_open, OtherForm
    ),
    "reject": StepPage(
        _("Set aside"), lambda row, data, by: services.reject(row, by=by, **data), lambda row: row.is_open, AnswerForm, danger=True
    ),
    "reopen": StepPage(
        _("Open it again"), lambda row, data, by: services.reopen(row, by=by, **data), lambda row: not row.is_open, NoteForm
    ),
}
