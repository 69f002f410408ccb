"""What drivers and carriers may type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from lincassable.widgets import StepperInput
from pickups.enums import StopState
from pickups.lines import ActualLine
from pickups.models import Stop
from pickups.palox_fields import add_palox_fields, clean_palox_fields

MOST = 9999  # containers of one kind at one stop; more is a slip of the finger
OUTCOMES = [
    (StopState.DONE, _("All done")),
    (StopState.PARTIAL, _("Partly done")),
    (StopState.MISSED, _("Missed")),
]


class MomentField(forms.DateTimeField):
    """The phone's own time. One that cannot be read is no reason to lose the form: it counts as not given."""

    def to_python(self, value: object) -> datetime | None:
        """Return the moment, or None when it is missing or unreadable."""
        try:
            return super().to_python(value)
        except ValidationError:
            return None


class StopForm(forms.Form):
    """What was really loaded and left at a stop, prefilled with the plan.

    Arguments:
        stop: the stop, with `all_lines`.
        containers: the kinds of containers to ask about, in the order of the screen.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    occurred_at = MomentField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=OUTCOMES,
        widget=forms.RadioSelect({"class": "btn-check"}),
        error_messages={"required": _("Say how the stop went."), "invalid_choice": _("Say how the stop went.")},
    )
    reason = forms.CharField(
        label=_("What happened? (if partly done or missed)"),
        max_length=250,
        required=False,
        widget=forms.Textarea({"rows": 2, "maxlength": 250}),
    )

    def __init__(self, *args: Any, stop: Stop, containers: Sequence[ContainerType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.containers = list(containers)
        self.fields["outcome"].initial = StopState.DONE
        add_palox_fields(self, self.containers)
        planned = {line.container_type_id: line for line in stop.all_lines}  # type: ignore[attr-defined]
        for kind in self.containers:
            line = planned.get(kind.pk)
            self._add(f"full_{kind.code}", _("Full taken: %(container)s") % {"container": kind.name}, line.planned_full if line else 0)
            self._add(f"empty_{kind.code}", _("Empty left: %(container)s") % {"container": kind.name}, line.planned_empty if line else 0)

    def _add(self, name: str, label: str, planned: int) -> None:
        help_text = _("planned: %(number)s") % {"number": planned}
        self.fields[name] = forms.IntegerField(
            label=label, initial=planned, min_value=0, max_value=MOST, help_text=help_text, widget=StepperInput({"max": MOST})
        )

    @property
    def quantities(self) -> list[forms.BoundField]:
        """The steppers."""
        return [self[name] for name in self.fields if name.startswith(("full_", "empty_"))]

    @property
    def palox_fields(self) -> list[forms.BoundField]:
        """Where the numbers of paloxes go, if the place uses paloxes."""
        return [self[name] for name in self.fields if name.startswith("paloxes_")]

    def clean(self) -> dict[str, Any]:
        """Ask what happened unless everything went as planned."""
        data = super().clean() or self.cleaned_data
        clean_palox_fields(self)
        if data.get("outcome") == StopState.MISSED:
            for name in [name for name in self.errors if name.startswith(("full_", "empty_"))]:
                del self._errors[name]  # type: ignore[attr-defined]  # nothing moved: the numbers do not matter
        if data.get("outcome") in (StopState.PARTIAL, StopState.MISSED) and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say in a few words what happened: the coordinator will read it."))
        return data

    def lines(self) -> list[ActualLine]:
        """Return the quantities typed."""
        data = self.cleaned_data
        return [ActualLine(kind, data.get(f"full_{kind.code}") or 0, data.get(f"empty_{kind.code}") or 0) for kind in self.containers]


class AnswerForm(forms.Form):
    """The carrier's answer."""

    ACCEPT, DECLINE = "accept", "decline"
    answer = forms.ChoiceField(choices=[(ACCEPT, _("accept")), (DECLINE, _("decline"))], widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why not?"), max_length=250, required=False, widget=forms.Textarea({"rows": 3, "maxlength": 250}))

    def clean(self) -> dict[str, Any]:
        """Declining needs a reason."""
        data = super().clean() or self.cleaned_data
        if data.get("answer") == self.DECLINE and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say in a few words why: the coordinator will read it and look for another day."))
        return data
