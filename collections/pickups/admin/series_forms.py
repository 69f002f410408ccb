"""Forms of a recurring tour's page. What rows say against each other or the series is told at the row, nothing typed is lost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pickups.admin.carrier_forms import DistinctRows
from pickups.models import Carrier, Vehicle
from stores.models import Store


class SeriesForm(forms.ModelForm):
    """A series' own fields: carriers and vehicles that work today, and those it already has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "note" in self.fields:
            self.fields["note"].widget.attrs["rows"] = 2
        fields: dict[str, Any] = self.fields
        if "carrier" in fields:
            fields["carrier"].queryset = Carrier.objects.filter(Q(is_active=True) | Q(pk=self.instance.carrier_id))
        if "vehicle" in fields:
            used = Vehicle.objects.filter(Q(is_active=True) | Q(pk=self.instance.vehicle_id))
            fields["vehicle"].queryset = used.select_related("carrier")
            fields["vehicle"].label_from_instance = lambda row: f"{row.carrier.name} · {row}"
        if "hub" in fields:
            fields["hub"].queryset = Store.objects.keeping_stock()


class PlaceForm(forms.ModelForm):
    """One place of a series: a row that only got a rank by dragging is an empty one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            self.fields["position"].required = False
        # Places are made on their own page; a menu beside each row would only take its room.
        for name in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
            setattr(self.fields["store"].widget, name, False)

    def clean_position(self) -> int:
        """An empty rank is the last one."""
        return self.cleaned_data.get("position") or self.instance.position or 9999

    def has_changed(self) -> bool:
        """Dragging numbers all rows."""
        return bool(set(self.changed_data) - (set() if self.instance.pk else {"position"}))


class PlaceRows(DistinctRows):
    """The places of a series: each once, none the hub, none collected through another."""

    distinct = ("store",)
    sentence = gettext_lazy("This place is already part of the series.")

    def clean(self) -> None:
        """Say at the row that the hub is no stop: the hub may have been chosen on the same page."""
        super().clean()
        for form in self.forms:
            store = getattr(form, "cleaned_data", {}).get("store")
            if store is None or self._should_delete_form(form) or form.errors.get("store"):
                continue
            if store.pk == self.instance.hub_id:
                form.add_error("store", _("%s is the hub of this tour: the truck goes there at the end, it is no stop.") % store)


class SkipRows(DistinctRows):
    """The skipped days of a series, each once."""

    distinct = ("day",)
    sentence = gettext_lazy("This day is already skipped.")
