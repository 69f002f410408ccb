"""What a carrier's office may type: its answer, a paper slip, a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pickups.enums import TourState
from pickups.models import Tour, Vehicle
from pickups.reliability import Period

FILES = ".pdf,image/*"  # what the file picker offers; what was really sent is checked when it arrives


class AnswerForm(forms.Form):
    """The carrier's answer, and the vehicle that it will drive.

    Arguments: tour, awaiting its answer; vehicles, those of its carrier that are in use.
    """

    ACCEPT, DECLINE = "accept", "decline"
    answer = forms.ChoiceField(choices=[(ACCEPT, _("accept")), (DECLINE, _("decline"))], widget=forms.HiddenInput)
    vehicle = forms.ChoiceField(label=_("Vehicle"), required=False)
    reason = forms.CharField(label=_("Why not?"), max_length=250, required=False, widget=forms.Textarea({"rows": 3, "maxlength": 250}))

    def __init__(self, *args: Any, tour: Tour, vehicles: Sequence[Vehicle], **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"t{tour.pk}_%s", **kwargs)
        self.vehicles = {str(vehicle.pk): vehicle for vehicle in vehicles}
        if not self.vehicles:
            del self.fields["vehicle"]
            return
        field: Any = self.fields["vehicle"]
        none = [] if tour.vehicle_id and str(tour.vehicle_id) in self.vehicles else [("", tour.vehicle or gettext("not chosen yet"))]
        field.choices = [*none, *((key, _named(vehicle)) for key, vehicle in self.vehicles.items())]
        field.initial = str(tour.vehicle_id or "")
        field.error_messages["invalid_choice"] = gettext("This is not one of your vehicles in use: choose one of the list.")

    def clean(self) -> dict[str, Any]:
        """Declining needs a reason."""
        data = super().clean() or self.cleaned_data
        if data.get("answer") == self.DECLINE and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", gettext("Say in a few words why: the coordinator will read it and look for another day."))
        return data

    @property
    def chosen(self) -> Vehicle | None:
        """The vehicle of a valid form, None when none was named."""
        return self.vehicles.get(self.cleaned_data.get("vehicle") or "")


def _named(vehicle: Vehicle) -> str:
    """Return a vehicle with what decides: how much it carries."""
    return gettext("%(vehicle)s, %(kg)s kg") % {"vehicle": vehicle, "kg": vehicle.payload_kg}


class SlipForm(forms.Form):
    """A paper slip, scanned or photographed."""

    file = forms.FileField(
        label=_("Signed paper slip"),
        help_text=_("a PDF, or a photo of the paper; one file a page is fine"),
        widget=forms.FileInput({"accept": FILES}),
        error_messages={"required": _("Choose the PDF or the photo first."), "empty": _("This file is empty: choose it again.")},
    )


class DayInput(forms.DateInput):
    """The browser's own date picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """Days of tours, both included. Without one, the `days` before today; what is wrong counts as not given, and is told."""

    days = 365
    since = forms.DateField(label=pgettext_lazy("period", "From"), required=False, widget=DayInput, input_formats=["%Y-%m-%d"])
    until = forms.DateField(label=pgettext_lazy("period", "To"), required=False, widget=DayInput, input_formats=["%Y-%m-%d"])

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        if not data.get("since") and not data.get("until"):  # show the days that count
            data, today = data.copy(), timezone.localdate()
            data["since"], data["until"] = str(today - timedelta(days=self.days)), str(today)
        super().__init__(data, *args, **kwargs)
        for name in ("since", "until"):
            self.fields[name].error_messages["invalid"] = gettext("This is not a day. Write it like 2026-05-01.")

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        given = super().clean() or self.cleaned_data
        if given.get("since") and given["since"] > (given.get("until") or timezone.localdate()):
            raise ValidationError(gettext("The period ends before it begins: change one of the two days."))
        return given

    def period(self) -> Period:
        """Return the period asked for."""
        given = getattr(self, "cleaned_data", {})
        until: date = given.get("until") or timezone.localdate()
        since = given.get("since")
        if since is None or since > until:
            since = max(date.min + timedelta(days=self.days), until) - timedelta(days=self.days)
        return Period(since, until)


class HistoryForm(PeriodForm):
    """The filters of a carrier's past tours."""

    STATES = (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE, TourState.CLOSED, TourState.DECLINED, TourState.CANCELLED)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), *((state.value, state.label) for state in STATES)],
        error_messages={"invalid_choice": _("There is no such state: choose one of the list.")},
    )
