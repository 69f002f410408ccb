"""What really happened at a stop, as a coordinator reads it on the paper slip or puts it right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from crates.models import ContainerType
from pickups.enums import StopState
from pickups.lines import ActualLine, ActualPallet, PaloxNumbers
from pickups.models import Stop
from pickups.pallet_fields import add_pallet_fields, pallet_rows, pallets_typed
from pickups.palox_fields import add_palox_fields, clean_palox_fields, palox_numbers
from pickups.services.paloxes import numbers_of
from pickups.stop_forms import MOST, NEVER_FULL

# Field prefix, heading, column recorded, column planned (None: never planned).
COLUMNS = (
    ("full", _("full taken"), "loaded_full", "planned_full"),
    ("empty", _("empty left"), "left_empty", "planned_empty"),
    ("taken_empty", _("empty taken"), "taken_empty", "planned_taken_empty"),
    ("left_full", _("full left"), "left_full", "planned_left_full"),
    ("stayed", _("full ones that stayed"), "remaining_full", None),
)
_FULL_ONES = ("full", "left_full", "stayed")


class ActualForm(forms.Form):
    """What was really moved at a stop. Arguments: stop; containers, the kinds to ask about, in the order of the screen."""

    outcome = forms.ChoiceField(
        label=_("how it went"),
        choices=[choice for choice in StopState.choices if choice[0] != StopState.TO_DO],
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(label=_("reason"), max_length=250, required=False, widget=UnfoldAdminTextInputWidget)
    signer_name = forms.CharField(label=_("signed by"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, stop: Stop, containers: Sequence[ContainerType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stop, self.containers = stop, list(containers)
        self.is_recorded = stop.state != StopState.TO_DO
        self.fields["outcome"].initial = stop.state if self.is_recorded else StopState.DONE
        self.fields["signer_name"].initial = stop.signer_name
        if self.is_recorded:
            self.fields["reason"].label, self.fields["reason"].required = _("why it is corrected"), True
        lines = {line.container_type_id: line for line in stop.lines.all()}
        for kind in self.containers:
            self._add_quantities(kind, lines.get(kind.pk))
        add_palox_fields(self, self.containers, UnfoldAdminTextareaWidget)
        numbers = numbers_of(stop)
        for name, several in (("paloxes_taken", numbers.taken), ("paloxes_left", numbers.left)):
            if name in self.fields:
                self.fields[name].initial = "\n".join(several)
                self.fields[name].widget.attrs["rows"] = 2
        pallets = list(stop.pallets.select_related("container_type").order_by("pk"))
        add_pallet_fields(self, self.containers, pallets, select=UnfoldAdminSelectWidget, number=UnfoldAdminIntegerFieldWidget)
        for index, row in enumerate(self.pallet_rows, 1):
            for field in row.values():
                field.field.widget.attrs["aria-label"] = f"{field.label} ({index})"

    def _add_quantities(self, kind: ContainerType, line: Any) -> None:
        """Add the quantities of one kind: as they were recorded, else as they are planned."""
        for prefix, heading, actual, planned in COLUMNS:
            if kind.code in NEVER_FULL and prefix in _FULL_ONES:
                continue
            attrs = {"min": 0, "max": MOST, "inputmode": "numeric", "aria-label": f"{kind.name} · {heading}"}
            field = forms.IntegerField(min_value=0, max_value=MOST, required=False, widget=UnfoldAdminIntegerFieldWidget(attrs=attrs))
            column = actual if self.is_recorded else planned
            field.label, field.initial = f"{kind.name} · {heading}", getattr(line, column) if line is not None and column else None
            self.fields[f"{prefix}_{kind.pk}"] = field

    @property
    def table(self) -> list[tuple[ContainerType, list[forms.BoundField | None]]]:
        """The quantities, one row a kind, one column a direction; None where there is nothing to say."""
        names = {kind.pk: [f"{prefix}_{kind.pk}" for prefix, *_rest in COLUMNS] for kind in self.containers}
        return [(kind, [self[name] if name in self.fields else None for name in names[kind.pk]]) for kind in self.containers]

    @property
    def headings(self) -> list[Any]:
        """The directions."""
        return [heading for _prefix, heading, *_rest in COLUMNS]

    @property
    def plain(self) -> list[forms.BoundField]:
        """What is neither a quantity nor a pallet."""
        first = [self["outcome"], self["reason"], self["signer_name"]]
        return first + [self[name] for name in self.fields if name.startswith("paloxes_")]

    @property
    def pallet_rows(self) -> list[dict[str, forms.BoundField]]:
        """The lines of pallets."""
        return pallet_rows(self)

    def clean(self) -> dict[str, Any]:
        """Tell which palox number cannot be one."""
        data = super().clean() or self.cleaned_data
        clean_palox_fields(self)
        return data

    def add_service_errors(self, error: ValidationError) -> None:
        """Put a service's sentences where they belong."""
        for field, errors in (error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}).items():
            self.add_error(field if field in self.fields else None, errors)

    def lines(self) -> list[ActualLine]:
        """Return the quantities typed."""
        data, lines = self.cleaned_data, []
        for kind in self.containers:
            full, empty, taken_empty, left_full = (data.get(f"{prefix}_{kind.pk}") or 0 for prefix, *_rest in COLUMNS[:4])
            lines.append(ActualLine(kind, full, empty, taken_empty, left_full, data.get(f"stayed_{kind.pk}")))
        return lines

    def pallets(self) -> list[ActualPallet]:
        """Return the pallets typed."""
        return pallets_typed(self)

    def paloxes(self) -> PaloxNumbers | None:
        """Return the numbers typed; None where they are not asked."""
        return palox_numbers(self) if "paloxes_taken" in self.fields else None
