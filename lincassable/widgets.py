"""Form widgets of the site."""

from __future__ import annotations

from django import forms


class StepperInput(forms.NumberInput):
    """A whole number between big minus and plus buttons; a plain number field without JavaScript.

    Arguments:
        attrs: HTML attributes; `min`, `max` and `step` bound what the buttons do (min is 0 unless given).
    """

    template_name = "widgets/stepper.html"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__({"inputmode": "numeric", "min": 0, "autocomplete": "off", "class": "form-control stepper-input", **(attrs or {})})


class LeapStepperInput(StepperInput):
    """A stepper that also goes by tens: for counting what stands in a storeroom."""

    template_name = "widgets/leap_stepper.html"
