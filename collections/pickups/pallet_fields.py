"""The lines in which pallets are typed, on the driver's phone and in the admin: taken or left, which base, what stands on it, how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crates.models import ContainerType
from lincassable.widgets import StepperInput
from pickups.enums import PalletDirection, PalletType
from pickups.lines import ActualPallet
from pickups.models import StopPallet
from pickups.services.actuals import MOST_PALLETS

ROWS = 2  # lines to type in, besides those that were planned
MOST_ROWS = 20
MIXED = "mixed"
PARTS = ("direction", "type", "content", "number")
_LABELS = {
    "direction": _("Taken or left"),
    "type": _("Pallet"),
    "content": pgettext_lazy("pallet", "With"),
    "number": pgettext_lazy("pallets", "How many"),
}


def add_pallet_fields(
    form: forms.Form, kinds: Iterable[ContainerType], present: Sequence[StopPallet], *, select: Any = None, number: Any = None
) -> None:
    """Add a line of fields for each of the pallets of a stop, and ROWS empty ones.

    Arguments: kinds, what may stand on a pallet; select, number: the widgets' classes.
    """
    contents = [(MIXED, pgettext_lazy("pallet", "mixed 75 and 33 cl")), *((kind.code, kind.name) for kind in kinds)]
    choices = {"direction": PalletDirection.choices, "type": PalletType.choices, "content": contents}
    for index in range(max(len(present) + ROWS, _rows_sent(form))):
        row = present[index] if index < len(present) else None
        for part in PARTS:
            field = _number(number) if part == "number" else _choice(choices[part], select)
            field.label, field.initial = _LABELS[part], _initial(row, part)
            form.fields[f"pallet_{index}_{part}"] = field


def _rows_sent(form: forms.Form) -> int:
    """Return how many lines a page kept on a phone has sent, though the plan has changed since."""
    return sum(1 for index in range(MOST_ROWS) if f"pallet_{index}_number" in form.data) if form.is_bound else 0


def _choice(choices: Any, widget: Any) -> forms.Field:
    return forms.ChoiceField(choices=choices, required=False, widget=(widget or forms.Select)(attrs={"class": "form-select"}))


def _number(widget: Any) -> forms.Field:
    made = widget(attrs={"min": 0, "max": MOST_PALLETS}) if widget else StepperInput({"max": MOST_PALLETS})
    return forms.IntegerField(min_value=0, max_value=MOST_PALLETS, required=False, widget=made)


def _initial(row: StopPallet | None, part: str) -> Any:
    """Return what a line shows at first: what was recorded, else what is planned."""
    if row is None:
        return None
    number = row.planned if row.actual is None else row.actual
    content = row.container_type.code if row.container_type else MIXED
    return {"direction": row.direction, "type": row.pallet_type, "content": content, "number": number}[part]


def pallet_rows(form: forms.Form) -> list[dict[str, forms.BoundField]]:
    """Return the lines of `form`, each with its bound fields by part."""
    count = sum(1 for name in form.fields if name.startswith("pallet_") and name.endswith("_number"))
    return [{part: form[f"pallet_{index}_{part}"] for part in PARTS} for index in range(count)]


def pallets_typed(form: forms.Form) -> list[ActualPallet]:
    """Return the pallets of a valid form; the same typed on two lines are one sum."""
    kinds = {kind.code: kind for kind in ContainerType.objects.all().order_by("pk")}
    data, numbers = form.cleaned_data, Counter[tuple[str, str, str]]()
    for index in range(len(pallet_rows(form))):
        direction, base, content, number = (data.get(f"pallet_{index}_{part}") for part in PARTS)
        if number:
            numbers[direction or PalletDirection.TAKEN, base or PalletType.EUROPE, content or MIXED] += number
    return [ActualPallet(direction, base, kinds.get(content), number) for (direction, base, content), number in numbers.items()]
