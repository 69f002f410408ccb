"""What the compose screen sends: typed quantities of its rows, and the form of everything else about a stop."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldAdminTimeWidget

from crates.models import ContainerType
from pickups.admin.forms import MOST
from pickups.composing import Plan
from pickups.enums import PalletDirection, PalletType

_QUANTITY = re.compile(r"(full|empty)_(\d+)_(\d+)")
PLACES = {"full": 0, "empty": 1}  # in the four numbers of a line


def digest(values: Iterable[Any]) -> str:
    """Return a short mark of the values of a row as they were shown: another one says that somebody has typed there."""
    return hashlib.blake2b(repr([str(value or "") for value in values]).encode(), digest_size=6).hexdigest()


class RowForm(forms.Form):
    """What is typed in one row; `quantities` is {name: text} of its numbers."""

    start = forms.TimeField(required=False, label=gettext_lazy("from"))
    end = forms.TimeField(required=False, label=gettext_lazy("to"))
    note = forms.CharField(required=False, max_length=250, label=gettext_lazy("note for the driver"))

    def __init__(self, data: Mapping[str, str], names: Iterable[str]) -> None:
        super().__init__(data)
        for name in names:
            self.fields[name] = forms.IntegerField(required=False, min_value=0, max_value=MOST, label=gettext_lazy("quantity"))

    def clean(self) -> dict[str, Any]:
        """A slot ends after it starts."""
        data = super().clean() or self.cleaned_data
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            raise ValidationError(_("The time slot ends before it starts."))
        return data

    def sentences(self) -> list[str]:
        """What is wrong, in words."""
        found = [(name, str(text)) for name, texts in self.errors.items() for text in texts]
        return [f"{self.fields[name].label}: {text}" if name in self.fields else text for name, text in found]


class Typed:
    """One row as it was sent. `changed` says whether anything in it differs from what was shown."""

    def __init__(self, data: Mapping[str, str], store_id: int) -> None:
        self.store_id, self.mark = store_id, data.get(f"mark_{store_id}", "")
        matches = (_QUANTITY.fullmatch(name) for name in data)
        self.names = sorted(match.group(0) for match in matches if match and int(match.group(2)) == store_id)
        self.values = {name: data.get(name, "").strip() for name in self.names}
        self.values |= {name: data.get(f"{name}_{store_id}", "").strip() for name in ("start", "end", "note")}
        shown = [self.values[name] for name in (*self.names, "start", "end", "note")]
        self.changed = digest(plain(value) for value in shown) != data.get(f"was_{store_id}", "")

    def plan(self, before: Plan) -> Plan:
        """Return `before` with what was typed. Raises ValidationError with a sentence for each thing that cannot be."""
        form = RowForm(self.values, self.names)
        if not form.is_valid():
            raise ValidationError(form.sentences(), code="typed")
        lines = {pk: list(moved) for pk, moved in before["lines"].items()}
        for name in self.names:
            side, _store, kind = name.split("_")
            lines.setdefault(kind, [0, 0, 0, 0])[PLACES[side]] = form.cleaned_data[name] or 0
        start, end = (f"{form.cleaned_data[name]:%H:%M}" if form.cleaned_data[name] else "" for name in ("start", "end"))
        return {**before, "lines": lines, "start": start, "end": end, "note": form.cleaned_data["note"]}


def plain(value: str) -> str:
    """Return a number without leading zeros, and nothing for none: "0", "" and "00" are the same plan."""
    return str(int(value) or "") if value.isdecimal() else value


def typed_rows(data: Mapping[str, str]) -> list[Typed]:
    """Return the rows that were sent and in which something was typed."""
    ids = [int(name[4:]) for name in data if name.startswith("was_") and name[4:].isdecimal()]
    return [row for row in (Typed(data, pk) for pk in ids) if row.changed]


def _number(label: Any) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": MOST, "inputmode": "numeric", "aria-label": label})
    return forms.IntegerField(label=label, min_value=0, max_value=MOST, required=False, widget=widget)


class StopPlanForm(forms.Form):
    """Everything planned at one stop: four numbers per kind of container, slot and note. Pallets are `PalletFormSet`."""

    start = forms.TimeField(required=False, label=gettext_lazy("from"), widget=UnfoldAdminTimeWidget({"type": "time"}))
    end = forms.TimeField(required=False, label=gettext_lazy("to"), widget=UnfoldAdminTimeWidget({"type": "time"}))
    note = forms.CharField(required=False, max_length=250, label=gettext_lazy("note for the driver"), widget=UnfoldAdminTextInputWidget)
    SIDES = (
        gettext_lazy("full to take"), gettext_lazy("empty to leave"), gettext_lazy("empty to take"), gettext_lazy("full to leave"),
    )  # fmt: skip

    def __init__(self, *args: Any, containers: list[ContainerType], plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.containers, self.before = containers, plan
        for name in ("start", "end", "note"):
            self.fields[name].initial = plan[name]
        for kind in containers:
            for place, (side, number) in enumerate(zip(self.SIDES, plan["lines"].get(str(kind.pk), [0] * 4), strict=True)):
                field = _number(f"{kind.name}: {side}")
                field.initial = number or None
                self.fields[f"q_{kind.pk}_{place}"] = field

    def rows(self) -> list[tuple[ContainerType, list[Any]]]:
        """The fields by kind of container, for a table."""
        return [(kind, [self[f"q_{kind.pk}_{place}"] for place in range(4)]) for kind in self.containers]

    def clean(self) -> dict[str, Any]:
        """A slot ends after it starts."""
        data = super().clean() or self.cleaned_data
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", _("The time slot ends before it starts."))
        return data

    def plan(self, pallets: Iterable[Mapping[str, Any]]) -> Plan:
        """Return the valid form as a plan. Arguments: pallets, cleaned rows of `PalletFormSet`."""
        data = self.cleaned_data
        lines = {str(kind.pk): [data[f"q_{kind.pk}_{place}"] or 0 for place in range(4)] for kind in self.containers}
        rows = [
            [row["direction"], row["pallet_type"], row["content"].pk if row["content"] else None, row["number"]]
            for row in pallets
            if row.get("number")
        ]
        start, end = (f"{data[name]:%H:%M}" if data[name] else "" for name in ("start", "end"))
        return {
            "lines": {pk: moved for pk, moved in lines.items() if any(moved)},
            "pallets": rows,
            "start": start,
            "end": end,
            "note": data["note"],
        }


class PalletForm(forms.Form):
    """Pallets of one sort."""

    direction = forms.ChoiceField(label=gettext_lazy("taken or left"), choices=PalletDirection.choices, widget=UnfoldAdminSelectWidget)
    pallet_type = forms.ChoiceField(label=gettext_lazy("pallet"), choices=PalletType.choices, widget=UnfoldAdminSelectWidget)
    content = forms.ModelChoiceField(
        label=gettext_lazy("content"),
        queryset=ContainerType.objects.filter(is_active=True).order_by("position", "code"),
        required=False,
        empty_label=gettext_lazy("mixed (75 and 33 cl)"),
        widget=UnfoldAdminSelectWidget,
    )
    number = forms.IntegerField(
        label=gettext_lazy("how many"),
        min_value=0,
        max_value=99,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": 99, "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def has_changed(self) -> bool:
        """A new row without a number is an empty one."""
        return bool(self.initial) or "number" in self.changed_data


PalletFormSet = forms.formset_factory(PalletForm, extra=2, max_num=20)


def pallet_rows(plan: Plan) -> list[dict[str, Any]]:
    """Return the pallets of a plan as initial values of `PalletFormSet`."""
    return [{"direction": row[0], "pallet_type": row[1], "content": row[2], "number": row[3]} for row in plan["pallets"]]
