"""What is typed at the sorting table: one form over four screens, all its answers travelling together."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from crates.enums import Unit
from crates.models import BottleModel, ContainerType, RejectReason
from crates.palox_numbers import find, split
from crates.queries_bottles import Yield, yield_of
from crates.services.sorting import Accepted, Intake, Rejected
from lincassable.widgets import LeapStepperInput, StepperInput

INTAKE, ACCEPTED, REJECTS, REVIEW = STEPS = ("intake", "accepted", "rejects", "review")
TITLES = {
    INTAKE: _("Containers emptied"),
    ACCEPTED: _("Good bottles"),
    REJECTS: _("Rejected bottles"),
    REVIEW: _("Check and send"),
}
MOST_IN_A_BATCH = 99_999  # of one thing; more is a slip of the finger
DETAILS = (1, 2, 3, 4)  # lines where a reject is told with its bottle model
LOCAL_FORMAT = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Catalogue:
    """What can be typed: the kinds of containers, the bottle models, the reasons, in the order of screens."""

    kinds: Sequence[ContainerType]
    models: Sequence[BottleModel]
    reasons: Sequence[RejectReason]


def number_field(label: Any, *, leaps: bool = True) -> forms.IntegerField:
    """Return the field of a number with big buttons, perhaps empty; without `leaps` by tens there is room for more digits."""
    widget = (LeapStepperInput if leaps else StepperInput)({"max": MOST_IN_A_BATCH})
    return forms.IntegerField(label=label, min_value=0, max_value=MOST_IN_A_BATCH, required=False, widget=widget)


class SortingForm(forms.Form):
    """A batch. Its key comes with the page, so that sending twice is one batch."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    step = forms.CharField(widget=forms.HiddenInput, required=False)
    sorted_at = forms.DateTimeField(
        label=_("Sorted on"),
        required=False,
        input_formats=[LOCAL_FORMAT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format=LOCAL_FORMAT),
    )
    note = forms.CharField(
        label=_("Remark (optional)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"})
    )

    def __init__(self, *args: Any, catalogue: Catalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = catalogue
        for kind in catalogue.kinds:
            self.fields[f"intake_{kind.pk}"] = number_field(kind.name)
            if kind.declared_as == Unit.PERCENT:
                self.fields[f"numbers_{kind.pk}"] = _numbers_field(kind)
        for model in catalogue.models:
            self.fields[f"accepted_{model.pk}"] = number_field(str(model), leaps=False)
        for reason in catalogue.reasons:
            self.fields[f"rejected_{reason.pk}"] = number_field(str(reason))
        for number in DETAILS:
            self._add_detail(number)

    def _add_detail(self, number: int) -> None:
        """Add a line that tells a reject with its bottle model."""
        select = {"class": "form-select"}
        self.fields[f"detail_{number}_model"] = forms.ModelChoiceField(
            label=_("Model"), queryset=BottleModel.objects.filter(is_active=True), required=False, widget=forms.Select(select)
        )
        self.fields[f"detail_{number}_reason"] = forms.ModelChoiceField(
            label=_("Reason"), queryset=RejectReason.objects.filter(is_active=True), required=False, widget=forms.Select(select)
        )
        self.fields[f"detail_{number}_quantity"] = forms.IntegerField(
            label=_("Bottles"),
            min_value=0,
            max_value=MOST_IN_A_BATCH,
            required=False,
            widget=forms.NumberInput({"class": "form-control", "inputmode": "numeric", "autocomplete": "off"}),
        )

    @classmethod
    def blank(cls, catalogue: Catalogue) -> SortingForm:
        """Return a form to fill in, with a key of its own."""
        now = timezone.localtime().strftime(LOCAL_FORMAT)
        return cls(catalogue=catalogue, initial={"key": uuid.uuid4(), "sorted_at": now, "step": INTAKE})

    @classmethod
    def sent(cls, data: QueryDict, catalogue: Catalogue) -> SortingForm:
        """Return the form that came in."""
        return cls(data.copy(), catalogue=catalogue)

    # -- what is typed

    def clean(self) -> dict[str, Any]:
        """Check the palox numbers, and that a told reject is told whole."""
        data = super().clean() or self.cleaned_data
        for kind in self.catalogue.kinds:
            self._check_numbers(kind, split(data.get(f"numbers_{kind.pk}", "")))
        for number in DETAILS:
            model, reason, quantity = (data.get(f"detail_{number}_{part}") for part in ("model", "reason", "quantity"))
            if quantity and (not model or not reason):
                self.add_error(f"detail_{number}_{'reason' if model else 'model'}", _("Choose the model and the reason."))
            elif (model or reason) and quantity is None and not self.has_error(f"detail_{number}_quantity"):
                self.add_error(f"detail_{number}_quantity", _("Say how many bottles."))
        return data

    def _check_numbers(self, kind: ContainerType, numbers: list[str]) -> None:
        """Ask again for numbers that no palox has, or that are more than the paloxes."""
        if not numbers:
            return
        name, known = f"numbers_{kind.pk}", find(numbers)
        unknown = [number for number in numbers if number.upper() not in known]
        quantity = self.cleaned_data.get(f"intake_{kind.pk}")
        if unknown:
            text = _("No palox has this number: %(numbers)s. Check it, or leave it out and tell a coordinator.")
            self.add_error(name, text % {"numbers": ", ".join(unknown)})
        elif quantity is not None and len(numbers) > quantity:
            self.add_error(name, _("There are more numbers than paloxes: check both."))

    # -- as lines of the service

    @cached_property
    def intakes(self) -> list[Intake]:
        """Containers taken in; numbered paloxes count even when only their numbers were typed."""
        lines = []
        for kind in self.catalogue.kinds:
            numbers = split(self.cleaned_data.get(f"numbers_{kind.pk}", ""))
            quantity = self._number(f"intake_{kind.pk}", len(numbers))
            if quantity:
                lines.append(Intake(kind, quantity, numbers))
        return lines

    @cached_property
    def accepted(self) -> list[Accepted]:
        """Good bottles by model."""
        pairs = ((model, self._number(f"accepted_{model.pk}")) for model in self.catalogue.models)
        return [Accepted(model, number) for model, number in pairs if number]

    @cached_property
    def rejects(self) -> list[Rejected]:
        """Rejected bottles, those of the same model and reason together."""
        sums: dict[tuple[BottleModel | None, RejectReason], int] = {}
        for model, reason, number in self._told_rejects():
            sums[model, reason] = sums.get((model, reason), 0) + number
        return [Rejected(model, reason, number) for (model, reason), number in sums.items()]

    def _told_rejects(self) -> Iterator[tuple[BottleModel | None, RejectReason, int]]:
        for reason in self.catalogue.reasons:
            if number := self._number(f"rejected_{reason.pk}"):
                yield None, reason, number
        for line in DETAILS:
            if number := self._number(f"detail_{line}_quantity"):
                yield self.cleaned_data[f"detail_{line}_model"], self.cleaned_data[f"detail_{line}_reason"], number

    def _number(self, name: str, otherwise: int = 0) -> int:
        number = self.cleaned_data.get(name)
        return otherwise if number is None else number

    @property
    def moment(self) -> datetime:
        """When it was sorted; now when nothing was said."""
        return self.cleaned_data.get("sorted_at") or timezone.now()

    @property
    def yielded(self) -> Yield:
        """What the containers gave, as far as it was typed."""
        pairs = [(line.container_type, line.quantity) for line in self.intakes if isinstance(line.container_type, ContainerType)]
        return yield_of(pairs, sum(line.quantity for line in self.accepted), sum(line.quantity for line in self.rejects))

    # -- one screen after the other

    def fields_of(self, step: str) -> list[str]:
        """Return the names of the fields of a screen."""
        starts = {
            INTAKE: ("intake_", "numbers_"),
            ACCEPTED: ("accepted_",),
            REJECTS: ("rejected_", "detail_"),
            REVIEW: ("sorted_at", "note"),
        }
        return [name for name in self.fields if name.startswith(starts[step])]

    def is_right(self, step: str) -> bool:
        """Whether everything on a screen can be read."""
        return not any(self.has_error(name) for name in self.fields_of(step))

    def containers(self) -> list[tuple[forms.BoundField, forms.BoundField | None]]:
        """Return for each kind of container its number and, for numbered ones, the field of their numbers."""
        return [
            (self[f"intake_{kind.pk}"], self[f"numbers_{kind.pk}"] if f"numbers_{kind.pk}" in self.fields else None)
            for kind in self.catalogue.kinds
        ]

    def good(self) -> list[forms.BoundField]:
        """Return the fields of the good bottles."""
        return [self[f"accepted_{model.pk}"] for model in self.catalogue.models]

    def bad(self) -> list[forms.BoundField]:
        """Return the fields of the rejects by reason."""
        return [self[f"rejected_{reason.pk}"] for reason in self.catalogue.reasons]

    def details(self) -> list[list[forms.BoundField]]:
        """Return the lines where a reject is told with its model."""
        return [[self[f"detail_{number}_{part}"] for part in ("model", "reason", "quantity")] for number in DETAILS]

    @property
    def has_details(self) -> bool:
        """Whether one of those lines was touched."""
        return any(field.data for line in self.details() for field in line)


def _numbers_field(kind: ContainerType) -> forms.CharField:
    return forms.CharField(
        label=_("Numbers on the paloxes (optional)"),
        help_text=_("one a line, or with commas between them"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(
            {"rows": 2, "class": "form-control", "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
