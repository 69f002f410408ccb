"""Forms of the tour's admin page: the tour, its stops with planned quantities as columns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from crates.models import ContainerType
from pickups import services
from pickups.enums import StopState
from pickups.lines import PlannedLine, StopPlan
from pickups.models import Stop, Tour, Vehicle
from pickups.services.stop_plans import marks_of

MOST = 9999  # containers of a kind at one stop; more is a slip of the finger


def _compare_with_what_was_shown(form: forms.ModelForm) -> None:
    """Let each field tell what it was filled with: what somebody else has saved since, and nobody touched here, is no change."""
    for name, field in form.fields.items():
        field.show_hidden_initial = name not in ("seen", "store")


class TourForm(forms.ModelForm):
    """A tour's own fields."""

    class Meta:
        model = Tour
        fields = ["date", "departs_at", "hub", "carrier", "vehicle", "zone", "price_eur", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "departs_at" in self.fields:
            self.fields["departs_at"].required = False  # empty: as it was
        if "note" in self.fields:
            self.fields["note"].widget.attrs["rows"] = 2
        vehicle = self.fields.get("vehicle")
        if vehicle is not None:
            chosen = Vehicle.objects.filter(Q(is_active=True) | Q(pk=self.instance.vehicle_id))
            if "carrier" not in self.fields:  # the carrier was asked: only its vehicles can come
                chosen = chosen.filter(carrier=self.instance.carrier_id)
            vehicle.queryset = chosen.select_related("carrier")
            vehicle.label_from_instance = lambda row: f"{row.carrier.name} · {row}"
        if self.instance.pk:
            _compare_with_what_was_shown(self)

    def clean_departs_at(self) -> Any:
        """An hour that was left out stays as it was."""
        return self.cleaned_data["departs_at"] or self.instance.departs_at


class StopForm(forms.ModelForm):
    """One stop in the tour's page; `stop_form` adds the columns of planned quantities."""

    containers: list[ContainerType] = []
    # What was planned here when the page was made: tells on saving whether somebody else has changed it since.
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)

    class Meta:
        model = Stop
        fields = ["store", "position", "window_start", "window_end", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False
        if self.instance.pk:
            _compare_with_what_was_shown(self)
            self.initial["seen"] = marks_of([self.instance])[self.instance.pk]
            # The place of a stop does not change; a plain list of one spares a query per row.
            self.fields["store"].disabled = True
            only = [(self.instance.store_id, str(self.instance.store))]
            self.fields["store"].widget = UnfoldAdminSelectWidget(attrs={"aria-label": self.fields["store"].label}, choices=only)
            lines = {line.container_type_id: line for line in self.instance.lines.all()}
            for kind in self.containers:
                if kind.pk in lines:
                    self.initial[f"full_{kind.pk}"] = lines[kind.pk].planned_full
                    self.initial[f"empty_{kind.pk}"] = lines[kind.pk].planned_empty
        if self.is_visited:
            for field in self.fields.values():
                field.disabled = True

    @property
    def is_visited(self) -> bool:
        """Whether the driver has recorded this stop: then its plan no longer changes."""
        return bool(self.instance.pk) and self.instance.state != StopState.TO_DO

    def has_changed(self) -> bool:
        """A new row that only has a rank (dragging numbers all rows) is an empty one."""
        return bool(set(self.changed_data) - ({"seen"} if self.instance.pk else {"position", "seen"}))

    def refuse_to_remove_a_visited_stop(self) -> None:
        """Say at the row that a visit cannot be taken out of its tour (called by Django's inline form before deleting)."""
        if self.is_visited and self.cleaned_data.get("DELETE"):
            self.add_error(None, _("%s has already been visited: it stays in the tour.") % self.instance.store)

    def plan(self) -> StopPlan:
        """Return the stop as the form wants it."""
        data = self.cleaned_data
        kept = {line.container_type_id: line for line in self.instance.lines.all()} if self.instance.pk else {}
        lines = []
        for kind in self.containers:
            # The other two directions are planned on the compose screen.
            other = (kept[kind.pk].planned_taken_empty, kept[kind.pk].planned_left_full) if kind.pk in kept else (0, 0)
            lines.append(PlannedLine(kind, data.get(f"full_{kind.pk}") or 0, data.get(f"empty_{kind.pk}") or 0, *other))
        return StopPlan(
            store=data["store"],
            lines=lines,
            stop=self.instance if self.instance.pk else None,
            position=data.get("position") or None,
            window_start=data.get("window_start"),
            window_end=data.get("window_end"),
            note=data.get("note") or "",
        )


def _quantity(label: Any) -> forms.IntegerField:
    """Return the field of one planned quantity."""
    widget = UnfoldAdminIntegerFieldWidget(attrs={"min": 0, "max": MOST, "inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=0, max_value=MOST, required=False, widget=widget)


def stop_form(containers: list[ContainerType]) -> type[StopForm]:
    """Return the form of a stop with two columns per kind of container: full to take, empty to leave."""
    fields: dict[str, Any] = {"containers": containers}
    for kind in containers:
        fields[f"full_{kind.pk}"] = _quantity(format_lazy("{} {}", kind.short, gettext_lazy("full")))
        fields[f"empty_{kind.pk}"] = _quantity(format_lazy("{} {}", kind.short, gettext_lazy("empty")))
    return type("StopWithQuantitiesForm", (StopForm,), fields)


class StopFormSet(PaginationInlineFormSet):
    """The stops of a tour: each place once, each place possible; saved by the services."""

    def clean(self) -> None:
        """Say at each row what is wrong with its place."""
        super().clean()
        seen: set[int] = set()
        for form in self.forms:
            if not hasattr(form, "cleaned_data") or self._should_delete_form(form) or not form.cleaned_data.get("store"):
                continue
            store = form.cleaned_data["store"]
            if store.pk in seen:
                form.add_error("store", _("%s is already a stop of this tour.") % store)
            seen.add(store.pk)
            if not form.instance.pk and self.instance.hub_id:
                try:
                    services.check_store(self.instance, store)
                except ValidationError as error:
                    form.add_error("store", error)

    @cached_property
    def plans(self) -> list[StopPlan]:
        """Stops to add, or whose row was changed."""
        kept = [form for form in self.forms if form.has_changed() and not self._should_delete_form(form)]
        return [form.plan() for form in kept if not form.is_visited and form.cleaned_data.get("store")]

    @property
    def seen(self) -> dict[int, str]:
        """The mark of each stop as it was when the page was made, by stop key (`revise_tour`)."""
        sent = {form.instance.pk: form.cleaned_data.get("seen") for form in self.initial_forms if hasattr(form, "cleaned_data")}
        return {pk: mark for pk, mark in sent.items() if mark}

    @property
    def removed(self) -> list[Stop]:
        """Stops to take out of the tour."""
        return [form.instance for form in self.deleted_forms if form.instance.pk]
