"""Forms of the ledger's admin pages, with columns made from the catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextInputWidget

from crates.enums import Content
from crates.models import ContainerType, Inventory, Movement
from crates.queries_counts import Known, surprises
from crates.services import CountedLine, Line, MovedLine, moved_lines
from crates.services.lines import MOST_COUNTED, id_of


def figure(label: Any, help_text: Any = "", *, least: int | None = 0) -> forms.IntegerField:
    """Return the field of a number of containers, perhaps empty."""
    limits = {"max": MOST_COUNTED, "inputmode": "numeric", **({} if least is None else {"min": least})}
    widget = UnfoldAdminIntegerFieldWidget(attrs=limits)
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=MOST_COUNTED, widget=widget, help_text=help_text)


def shown_types(kept: Iterable[int] = ()) -> list[ContainerType]:
    """Return the container types in use, and those with the ids `kept`, in the order of screens."""
    return list(
        (ContainerType.objects.filter(is_active=True) | ContainerType.objects.filter(pk__in=list(kept))).order_by("position", "code")
    )


def count_fields(kinds: Iterable[ContainerType]) -> dict[str, forms.Field]:
    """Return two fields per container type: how many in all, how many of them full."""
    fields: dict[str, forms.Field] = {}
    for kind in kinds:
        fields[f"total_{kind.pk}"] = figure(format_lazy("{} · {}", kind.name, _("in all")))
        fields[f"full_{kind.pk}"] = figure(format_lazy("{} · {}", kind.name, _("full")))
    return fields


class CountedForm(forms.Form):
    """Mixin: the columns of `count_fields`, checked and turned into lines."""

    kinds: list[ContainerType] = []

    def clean(self) -> dict[str, Any]:
        """Ask for at least one figure, and for a total wherever full ones are given."""
        data = super().clean() or self.cleaned_data
        for kind in self.kinds:
            total, full = data.get(f"total_{kind.pk}"), data.get(f"full_{kind.pk}")
            if full is not None and total is None:
                self.add_error(f"total_{kind.pk}", _("Give the total as well: full and empty together."))
            elif full is not None and full > total:
                self.add_error(f"full_{kind.pk}", _("There cannot be more full containers than containers: check both figures."))
        if not self.errors and not self.counted:
            self.add_error(None, _("Count at least one container: write 0 when there are none."))
        return data

    @property
    def counted(self) -> list[CountedLine]:
        """The lines that were filled in."""
        data = self.cleaned_data
        return [
            CountedLine(kind, data[f"total_{kind.pk}"], data.get(f"full_{kind.pk}"))
            for kind in self.kinds
            if data.get(f"total_{kind.pk}") is not None
        ]


class InventoryForm(CountedForm, forms.ModelForm):
    """A new count. The form's key comes with the page, so that a double click is one count."""

    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    # The kinds that were asked about once more: a second answer is taken as it is.
    again = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask once more about figures far from what is expected, and show the last count."""
        data = super().clean()
        if self.errors or not data.get("store") or not data.get("counted_at"):
            return data
        asked = {pk for pk in data.get("again", "").split(",") if pk}
        lines = [line for line in self.counted if str(id_of(line.container_type)) not in asked]
        odd = surprises(data["store"], data["counted_at"], lines)
        for line, known in odd:
            self.add_error(f"total_{known.container_type.pk}", _far_from(line, known))
            asked.add(str(known.container_type.pk))
        if odd:
            self.data = self.data.copy()
            self.data[self.add_prefix("again")] = ",".join(sorted(asked))
        return data

    class Meta:
        model = Inventory
        fields = ["store", "counted_at", "note"]


def _far_from(line: CountedLine, known: Known) -> str:
    """Return why a figure is asked for once more."""
    facts: dict[str, Any] = {"total": line.total, "expected": known.expected}
    if known.last_at is None:
        return _("Counted %(total)s, expected %(expected)s. Please count once more, then save: the second answer is taken.") % facts
    facts |= {"last": known.last_total, "when": date_format(timezone.localtime(known.last_at), "j F Y")}
    return (
        _(
            "Counted %(total)s, expected %(expected)s; the last count, on %(when)s, found %(last)s. "
            "Please count once more, then save: the second answer is taken."
        )
        % facts
    )


class RecountForm(CountedForm):
    """A count put right."""

    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    counted_at = forms.SplitDateTimeField(label=_("counted"), widget=UnfoldAdminSplitDateTimeWidget)
    reason = forms.CharField(label=_("reason of the correction"), max_length=250, widget=UnfoldAdminTextInputWidget)


def inventory_form() -> type[InventoryForm]:
    """Return the form of a new count, with today's catalogue."""
    kinds = shown_types()
    return type("InventoryWithLinesForm", (InventoryForm,), {"kinds": kinds, **count_fields(kinds)})


def recount_form(inventory: Inventory) -> tuple[type[RecountForm], dict[str, Any]]:
    """Return the form that puts `inventory` right, and its figures as they stand."""
    lines = list(inventory.lines.all())
    kinds = shown_types(line.container_type_id for line in lines)
    initial: dict[str, Any] = {"counted_at": timezone.localtime(inventory.counted_at)}
    for line in lines:
        initial |= {f"total_{line.container_type_id}": line.total, f"full_{line.container_type_id}": line.full}
    fields = count_fields(kinds)
    return type(
        "RecountWithLinesForm", (RecountForm,), {"kinds": kinds, "field_order": ["counted_at", *fields, "reason"], **fields}
    ), initial


class CorrectionForm(forms.Form):
    """A movement between two places, put right: what went from the first to the second, and the other way."""

    kinds: list[ContainerType] = []
    ends: tuple[int | None, int | None] = (None, None)
    reason = forms.CharField(label=_("reason of the correction"), max_length=250, widget=UnfoldAdminTextInputWidget)

    @property
    def entries(self) -> list[Line]:
        """The lines as they should have been."""
        first, second = self.ends
        lines: list[Line] = []
        for kind in self.kinds:
            lines += moved_lines(first, second, [MovedLine(kind, Content.FULL, self.cleaned_data.get(f"full_{kind.pk}") or 0)])
            lines += moved_lines(second, first, [MovedLine(kind, Content.EMPTY, self.cleaned_data.get(f"empty_{kind.pk}") or 0)])
        return lines


def ends_of(movement: Movement) -> tuple[Line, Line] | None:
    """Return the two places of a movement (None as a place is the outside world), the giver of full ones first.

    None when the movement has other than two: an import may tell of several at once.
    """
    entries = sorted(movement.entries.select_related("store"), key=lambda entry: (entry.content != Content.FULL, entry.quantity))
    places = {entry.store_id: entry for entry in entries}
    if len(places) != 2:
        return None
    first, second = places.values()
    return (
        Line(first.store, first.container_type_id, first.content, 0),
        Line(second.store, second.container_type_id, second.content, 0),
    )


def correction_form(movement: Movement) -> tuple[type[CorrectionForm], dict[str, Any]] | None:
    """Return the form that puts `movement` right and its figures as they stand; None when it has not two places."""
    ends = ends_of(movement)
    if ends is None:
        return None
    first, second = (line.store for line in ends)
    names = [place.name if place else _("outside the network") for place in (first, second)]  # type: ignore[union-attr]
    entries = [entry for entry in movement.entries.all() if entry.store_id == (first.pk if first else None)]  # type: ignore[union-attr]
    kinds = shown_types(entry.container_type_id for entry in entries)
    fields: dict[str, forms.Field] = {}
    for kind in kinds:
        for content, label, taker in ((Content.FULL, _("full"), names[1]), (Content.EMPTY, _("empty"), names[0])):
            fields[f"{content.value}_{kind.pk}"] = figure(format_lazy("{} · {} → {}", kind.name, label, taker), least=-MOST_COUNTED)
    initial = {
        f"{entry.content}_{entry.container_type_id}": -entry.quantity if entry.content == Content.FULL else entry.quantity
        for entry in entries
    }
    ids = tuple(place.pk if place else None for place in (first, second))  # type: ignore[union-attr]
    columns = {"kinds": kinds, "ends": ids, "field_order": [*fields, "reason"], **fields}
    return type("MovementCorrectionForm", (CorrectionForm,), columns), initial
