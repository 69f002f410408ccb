"""The short form of a request made on the phone, and what a request's page shows above its fields."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from crates.enums import Unit
from crates.models import ContainerType
from crates.services import DeclaredLine
from pickups import queries
from pickups.models import PickupRequest
from pickups.queries_parts import own_lines, shares_of
from stores.enums import Status
from stores.models import Store

LARGEST = 9999  # containers of one kind at one place; more is a typing mistake
FULL = 100  # percent: what is said of a palox on the phone is that it is full


class NewRequestForm(forms.ModelForm):
    """A store is on the phone: which one, what it says, and perhaps how many full ones there are."""

    containers: list[ContainerType] = []
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def clean_store(self) -> Store:
        """Refuse a place that has left the network."""
        store = self.cleaned_data["store"]
        if store.status == Status.ARCHIVED:
            raise ValidationError(_("%s is archived: it takes no part in the network any more.") % store, code="archived")
        return store

    def clean_key(self) -> uuid.UUID:
        """A form without a key gets one: it is then not known again when it is sent twice."""
        return self.cleaned_data["key"] or uuid.uuid4()

    def lines(self) -> list[DeclaredLine]:
        """Return what the store says is full, one line per kind that was filled in."""
        said = []
        for kind in self.containers:
            full = self.cleaned_data.get(f"full_{kind.code}")
            if full is None:
                continue
            said.append(DeclaredLine(kind, None, None, [FULL] * full) if kind.declared_as == Unit.PERCENT else DeclaredLine(kind, full))
        return said

    def validate_unique(self) -> None:
        """Nothing: a place that has an open request gets the note added to it."""

    def validate_constraints(self) -> None:
        """Nothing, for the same reason."""


def new_request_form(field_for: Callable[..., Any] | None = None) -> type[NewRequestForm]:
    """Return the form with one number for each kind of container in use. Arguments: field_for, the admin's way to make fields."""
    kinds = queries.planned_containers()
    base = forms.modelform_factory(PickupRequest, form=NewRequestForm, fields=["store", "note"], formfield_callback=field_for)
    numbers = {
        f"full_{kind.code}": forms.IntegerField(
            label=_("Full now: %(container)s") % {"container": kind.name},
            min_value=0,
            max_value=LARGEST,
            required=False,
            widget=UnfoldAdminIntegerFieldWidget(attrs={"inputmode": "numeric"}),
            help_text=_("Leave empty what was not said."),
        )
        for kind in kinds
    }
    return type("PhoneRequestForm", (base,), {**numbers, "containers": kinds})


def request_panel(request: PickupRequest) -> dict[str, Any]:
    """Return what the page of a request shows: what there is to collect, place by place, and the tours that have it."""
    stops = request.stops.select_related("tour__carrier").order_by("tour__date", "pk")
    return {
        "own_lines": own_lines([request.store_id]).get(request.store_id, []),
        "request_shares": shares_of([request.store_id]).get(request.store_id, []) if request.is_open else [],
        "request_parts": list(request.parts.select_related("store").order_by("asked_at", "pk")),
        "request_stops": list(stops),
    }
