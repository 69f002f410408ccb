"""What is typed on the tablet about bottles after the sorting table: sent to washing, back from it, delivered to a producer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from crates.enums import BottleStage
from crates.models import BottleModel, BottleMovement
from crates.queries_bottles import bottle_stock
from crates.services.bottles import BottleLine, deliver_to_producer, receive_washed, send_to_washing
from crates.sorting_forms import LOCAL_FORMAT, MOST_IN_A_BATCH
from lincassable.accounts.actors import Actor
from stores.enums import Kind
from stores.models import Store

BOTTLES, REVIEW = STEPS = ("bottles", "review")
MOST_PALLETS = 999
HOLDERS = (Kind.SORTING, Kind.WASHING, Kind.HUB)  # where sorted and washed bottles stand


Figures = tuple[BottleModel, list[forms.BoundField], int]


@dataclass(frozen=True)
class Trip:
    """One way of bottles.

    Arguments: slug, in the address; title and question; giver and taker, the kinds of places to choose from, None for the
    sorting centre itself; their labels; stage, the bottles it takes from; service, what records it; broken, whether losses
    are asked for.
    """

    slug: str
    title: str | Promise
    question: str | Promise
    stage: BottleStage
    service: Callable[..., list[BottleMovement]]
    giver: tuple[Kind, ...] | None
    taker: tuple[Kind, ...]
    giver_label: str | Promise
    taker_label: str | Promise
    broken: bool = False


TRIPS = {
    trip.slug: trip
    for trip in (
        Trip(
            "envoi", _("Send to washing"), _("Which sorted bottles leave?"), BottleStage.SORTED, send_to_washing,
            None, (Kind.WASHING,), "", _("Which washing centre?"),
        ),
        Trip(
            "retour", _("Back from washing"), _("Which bottles were washed? Whole pallets, loose bottles, and how many broke."),
            BottleStage.WASHING, receive_washed, (Kind.WASHING,), HOLDERS, _("Who washed them?"), _("Where are they now?"), broken=True,
        ),
        Trip(
            "livraison", _("Deliver to a producer"), _("Which washed bottles leave?"), BottleStage.WASHED, deliver_to_producer,
            HOLDERS, (Kind.PRODUCER,), _("Where do they come from?"), _("Which producer?"),
        ),
    )
}  # fmt: skip


class WashingForm(forms.Form):
    """Pallets and bottles of each model on one way. Its key comes with the page, so that sending twice is one trip."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    occurred_at = forms.DateTimeField(
        label=_("When"),
        required=False,
        input_formats=[LOCAL_FORMAT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "form-control"}, format=LOCAL_FORMAT),
    )
    note = forms.CharField(
        label=_("Remark (optional)"), max_length=250, required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"})
    )

    def __init__(self, data: QueryDict | None = None, *, trip: Trip, centre: Store, models: Sequence[BottleModel], by: Actor) -> None:
        now = timezone.localtime().strftime(LOCAL_FORMAT)
        super().__init__(data, initial={"key": uuid.uuid4(), "occurred_at": now})
        self.trip, self.centre, self.models, self.by = trip, centre, models, by
        self._known = Store.objects.for_actor(by).active().order_by("name", "pk")
        if trip.giver is not None:
            self.fields["giver"] = self._places(trip.giver, trip.giver_label)
        self.fields["taker"] = self._places(trip.taker, trip.taker_label)
        for model in models:
            self._add(model, "pallets", _("Pallets of %(bottles)s") % {"bottles": model.pallet_bottles}, most=MOST_PALLETS)
            self._add(model, "bottles", _("Loose bottles"), most=MOST_IN_A_BATCH)
            if trip.broken:
                self._add(model, "broken", _("Broken bottles"), most=MOST_IN_A_BATCH)

    def _add(self, model: BottleModel, part: str, label: Any, *, most: int) -> None:
        """Add a number about one model: its whole name is for lists of errors, `short` stands under the model's title."""
        widget = forms.NumberInput({"class": "form-control", "inputmode": "numeric", "autocomplete": "off", "min": 0, "max": most})
        name = format_lazy("{} · {}", str(model), label)
        field = forms.IntegerField(label=name, min_value=0, max_value=most, required=False, widget=widget)
        field.short = label  # type: ignore[attr-defined]
        self.fields[f"{part}_{model.pk}"] = field

    def _places(self, kinds: Sequence[Kind], label: Any) -> forms.ModelChoiceField:
        """Return the choice of a place; the only one there is, is chosen already."""
        rows = self._known.filter(kind__in=kinds)
        first = [] if Kind.SORTING in kinds else list(rows.values_list("pk", flat=True)[:2])
        gone = _("This place is not offered any more: choose another one.")
        return forms.ModelChoiceField(
            label=label,
            queryset=rows,
            initial=self.centre.pk if Kind.SORTING in kinds else first[0] if len(first) == 1 else None,
            empty_label=_("choose"),
            widget=forms.Select({"class": "form-select"}),
            error_messages={"required": _("Choose a place."), "invalid_choice": gone},
        )

    # -- what was typed

    @property
    def start(self) -> Store:
        """Where the bottles come from."""
        return self.cleaned_data.get("giver") or self.centre

    @property
    def end(self) -> Store:
        """Where they go."""
        return self.cleaned_data["taker"]

    @property
    def lines(self) -> list[BottleLine]:
        """What was typed, one line per model that has any."""
        lines = [
            BottleLine(model, *(self.cleaned_data.get(f"{part}_{model.pk}") or 0 for part in ("bottles", "pallets", "broken")))
            for model in self.models
        ]
        return [line for line in lines if line.quantity or line.broken]

    @property
    def moment(self) -> datetime:
        """When it happened; now when nothing was said."""
        return self.cleaned_data.get("occurred_at") or timezone.now()

    def more_than_there(self) -> list[tuple[BottleLine, int]]:
        """Return the lines that take more than is known to be there, with what is: to look at once more, never refused."""
        there = {line.bottle_model.pk: line.quantity for line in bottle_stock(store=self.start) if line.stage == self.trip.stage}
        return [
            (line, max(0, there.get(line.bottle_model.pk, 0)))
            for line in self.lines
            if line.quantity + line.broken > there.get(line.bottle_model.pk, 0)
        ]

    def save(self) -> list[BottleMovement]:
        """Record the trip. Raises what its service raises."""
        data = self.cleaned_data
        facts: dict[str, Any] = {"key": data["key"], "occurred_at": self.moment, "by": self.by, "reason": data["note"]}
        return self.trip.service(self.start, self.end, self.lines, **facts)

    # -- one screen after the other

    def places(self) -> list[forms.BoundField]:
        """Return the fields of the places."""
        return [self[name] for name in ("giver", "taker") if name in self.fields]

    def figures(self, known: dict[int, int]) -> tuple[list[Figures], list[Figures]]:
        """Return (model, its fields, bottles known) of the models that are there or were typed, and of the others.

        Arguments: `known`, bottles by model id. When none is there, all models are in the first list.
        """
        parts = ("pallets", "bottles", "broken") if self.trip.broken else ("pallets", "bottles")
        rows = [(model, [self[f"{part}_{model.pk}"] for part in parts], known.get(model.pk, 0)) for model in self.models]
        first = [row for row in rows if row[2] or any(field.data for field in row[1])]
        return (first, [row for row in rows if row not in first]) if first else (rows, [])

    def is_right(self, step: str) -> bool:
        """Whether everything on a screen can be read."""
        last = ("occurred_at", "note")
        return not any(self.has_error(name) for name in self.fields if (name in last) == (step == REVIEW))
