"""The form that closes a tour: one answer per difference, the way as it was driven, a note."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from pickups.differences import Difference
from pickups.enums import Answer, DifferenceKind, StopState
from pickups.models import Stop
from pickups.services import Reply
from pickups.services.closing import MOST_HOURS, MOST_KM

MOST = 99_999  # containers; more is a slip of the finger


class DifferenceForm(forms.Form):
    """A coordinator's answer to one difference. Its prefix is the difference's code."""

    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)
    found = forms.IntegerField(required=False, widget=forms.HiddenInput)
    answer = forms.ChoiceField(label=_("answer"), required=False, widget=forms.RadioSelect)
    number = forms.IntegerField(label=_("corrected to"), required=False, min_value=0, max_value=MOST)
    stop = forms.TypedChoiceField(label=_("stop that was recorded wrongly"), required=False, coerce=int, empty_value=None)
    note = forms.CharField(label=_("reason or remark"), required=False, max_length=250)

    def __init__(self, data: Any = None, *, difference: Difference, stops: Sequence[Stop] = ()) -> None:
        self.difference = difference
        initial = {"expected": difference.expected, "found": difference.found, "number": None}
        if difference.kind == DifferenceKind.REPORT:
            initial["number"] = difference.found
        super().__init__(data, prefix=difference.code, initial=initial)
        self.fields["answer"].choices = [(answer, Answer(answer).label) for answer in difference.answers]
        if Answer.CORRECT not in difference.answers:
            del self.fields["number"]
        else:
            self.fields["number"].widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": MOST, "inputmode": "numeric"})
        if difference.kind == DifferenceKind.HUB:
            names = [("", "–"), *((stop.pk, str(stop.store)) for stop in stops if stop.state != StopState.TO_DO)]
            self.fields["stop"].widget = UnfoldAdminSelectWidget(attrs={"class": "max-w-full"})
            self.fields["stop"].choices = names
        else:
            del self.fields["stop"]
        self.fields["note"].widget = UnfoldAdminTextInputWidget(attrs={"maxlength": 250})

    def reply(self, *, rest_is_right: bool = False) -> Reply | None:
        """Return the answer that was typed; None when there is none. `rest_is_right`: what may be right as recorded then is."""
        given = self.cleaned_data
        answer = given["answer"]
        if not answer and rest_is_right and Answer.RIGHT in self.difference.answers:
            answer = Answer.RIGHT
        if not answer:
            return None
        # Figures that did not come with the form agree with nothing: the question is asked again.
        seen = [-1 if given[name] is None else given[name] for name in ("expected", "found")]
        return Reply(self.difference.code, *seen, answer, given.get("number"), given.get("stop"), given["note"])


class WayForm(forms.Form):
    """Kilometres and minutes as they were driven; empty, the estimate counts."""

    distance_km = forms.DecimalField(
        label=_("kilometres driven"),
        required=False,
        min_value=0,
        max_value=MOST_KM,
        decimal_places=1,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal", "step": "0.1"}),
    )
    duration_min = forms.IntegerField(
        label=_("duration (minutes)"),
        required=False,
        min_value=0,
        max_value=MOST_HOURS * 60,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"inputmode": "numeric"}),
    )
    note = forms.CharField(label=_("note"), required=False, max_length=500, widget=UnfoldAdminTextInputWidget(attrs={"maxlength": 500}))
    rest = forms.BooleanField(label=_("What I have not answered at the stops is right as recorded"), required=False)

    @property
    def distance_m(self) -> int | None:
        """Metres; None keeps the estimate."""
        km: Decimal | None = self.cleaned_data.get("distance_km")
        return None if km is None else round(km * 1000)
