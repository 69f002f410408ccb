"""What a driver types at a stop: quantities of every container in every direction, pallets, palox numbers, photos, who signed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crates.models import ContainerType
from lincassable.uploads import clean_image
from lincassable.widgets import StepperInput
from pickups.enums import ProofKind, StopState
from pickups.lines import ActualLine, ActualPallet, NewProof
from pickups.models import Stop, StopLine, StopPallet
from pickups.pallet_fields import add_pallet_fields, pallet_rows, pallets_typed
from pickups.palox_fields import CODE as PALOX
from pickups.palox_fields import add_palox_fields, clean_palox_fields
from pickups.services.proofs import MOST_PHOTOS
from stores.models import Store

MOST = 9999  # containers of one kind at one stop; more is a slip of the finger
NEVER_FULL = ("empty-pallet",)  # containers that only ever travel empty
OUTCOMES = [
    (StopState.DONE, _("All done")),
    (StopState.PARTIAL, _("Partly done")),
    (StopState.MISSED, _("Missed")),
]
# Field prefix, label, name of the plan's column; the first two are the usual directions.
DIRECTIONS = (
    ("full", _("Full taken: %(container)s"), "planned_full"),
    ("empty", _("Empty left: %(container)s"), "planned_empty"),
    ("taken_empty", _("Empty taken: %(container)s"), "planned_taken_empty"),
    ("left_full", _("Full left: %(container)s"), "planned_left_full"),
)
_FULL_ONES = ("full", "left_full")


class MomentField(forms.DateTimeField):
    """The phone's own time. One that cannot be read is no reason to lose the form: it counts as not given."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment, or None when it is missing or unreadable."""
        try:
            return super().to_python(value)
        except ValidationError:
            return None


class PhotosInput(forms.FileInput):
    """The phone's camera, or its pictures; several. static/app/stop-photos.js makes them smaller before they are queued."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__({"accept": "image/*", "multiple": True, "class": "form-control"})


class PhotosField(forms.FileField):
    """Several pictures, cleaned (`lincassable.uploads`). Becomes a list."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the cleaned pictures. Raises ValidationError, with a sentence for each that is none, and for too many."""
        files = [file for file in (data if isinstance(data, (list, tuple)) else [data]) if file]
        if len(files) > MOST_PHOTOS:
            raise ValidationError(_("Keep at most %(most)s photos of a stop: remove some.") % {"most": MOST_PHOTOS}, code="too_many_photos")
        pictures, errors = [], []
        for file in files:
            try:
                pictures.append(clean_image(super().clean(file, initial)))
            except ValidationError as error:
                errors += error.error_list
        if errors:
            raise ValidationError(errors)
        return pictures


class SignatureField(forms.FileField):
    """The signature that was drawn with a finger (static/app/signature.js). Becomes a cleaned picture or None."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.FileInput({"accept": "image/*", "class": "form-control"})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the cleaned picture, or None."""
        file = super().clean(data, initial)
        return clean_image(file) if file else None


class ProofForm(forms.Form):
    """Photos and the signature of a stop. Also the middle part of `StopForm`."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    occurred_at = MomentField(widget=forms.HiddenInput, required=False)
    photos = PhotosField(label=_("Photos"), required=False)
    signature = SignatureField(label=_("Signature"))

    def proofs(self) -> list[NewProof]:
        """Return the photos and the signature; their keys come from the form's, so that a replay adds none."""
        data = self.cleaned_data
        key: uuid.UUID = data["key"]
        found = [NewProof(uuid.uuid5(key, f"photo {n}"), ProofKind.PHOTO, image) for n, image in enumerate(data["photos"])]
        if data.get("signature"):
            found.append(NewProof(uuid.uuid5(key, "signature"), ProofKind.SIGNATURE, data["signature"]))
        return found


class StopForm(ProofForm):
    """What was really moved at a stop, prefilled with the plan.

    Arguments:
        stop: the stop, with `all_lines`; None for one that nobody planned.
        containers: the kinds of containers to ask about first, in the order of the screen.
        others: further kinds, behind "more".
    """

    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=OUTCOMES,
        widget=forms.RadioSelect({"class": "btn-check"}),
        error_messages={"required": _("Say how the stop went."), "invalid_choice": _("Say how the stop went.")},
    )
    reason = forms.CharField(
        label=_("What happened? (if partly done or missed)"),
        max_length=250,
        required=False,
        widget=forms.Textarea({"rows": 2, "maxlength": 250}),
    )
    signer_name = forms.CharField(
        label=_("Name of who signs"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "off", "maxlength": 120})
    )

    def __init__(
        self, *args: Any, stop: Stop | None, containers: Sequence[ContainerType], others: Sequence[ContainerType] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_planned = stop is not None
        self.containers, self.others = list(containers), [kind for kind in others if kind not in containers]
        self.fields["outcome"].initial = StopState.DONE
        lines: Iterable[StopLine] = stop.all_lines if stop else []  # type: ignore[attr-defined]
        planned = {line.container_type_id: line for line in lines}
        self._first: list[str] = []
        self._more: dict[int, list[str]] = {}
        for kind in [*self.containers, *self.others]:
            self._add_quantities(kind, planned.get(kind.pk))
        for kind in self.containers:
            label = _("Full ones that stayed: %(container)s") % {"container": kind.name}
            if kind.code not in NEVER_FULL:
                self._add(f"stayed_{kind.code}", label, None, required=False)
        add_palox_fields(self, [*self.containers, *self.others])
        pallets: list[StopPallet] = list(stop.pallets.order_by("pk")) if stop else []
        add_pallet_fields(self, [*self.containers, *self.others], pallets)

    def _add_quantities(self, kind: ContainerType, line: StopLine | None) -> None:
        """Add the four quantities of one kind: those that are usual or planned first, the others behind "more"."""
        for prefix, label, column in DIRECTIONS:
            if kind.code in NEVER_FULL and prefix in _FULL_ONES:
                continue
            planned = getattr(line, column) if line else 0
            first = bool(planned) or (kind in self.containers and prefix in ("full", "empty"))
            name = f"{prefix}_{kind.code}"
            # A page kept on a phone may not ask yet what a changed plan asks: what it does not send is 0, what it sends empty is missing.
            self._add(name, label % {"container": kind.name}, planned if first else None, required=first and self._was_asked(name))
            if first:
                self._first.append(name)
            else:
                self._more.setdefault(kind.pk, []).append(name)

    def _was_asked(self, name: str) -> bool:
        return not self.is_bound or name in self.data

    def _add(self, name: str, label: str, planned: int | None, *, required: bool) -> None:
        """Add one quantity. Arguments: planned, what is prefilled and shown as planned; None for neither."""
        help_text = "" if planned is None or not self.is_planned else _("planned: %(number)s") % {"number": planned}
        widget = StepperInput({"max": MOST})
        field = forms.IntegerField(label=label, initial=planned, help_text=help_text, widget=widget, min_value=0, max_value=MOST)
        field.required = required
        self.fields[name] = field

    @property
    def quantities(self) -> list[forms.BoundField]:
        """The steppers that are always seen."""
        return [self[name] for name in self._first]

    @property
    def stayed(self) -> list[forms.BoundField]:
        """What stayed when the stop was partly done."""
        return [self[name] for name in self.fields if name.startswith("stayed_")]

    @property
    def more(self) -> list[tuple[ContainerType, list[forms.BoundField], bool]]:
        """Kind by kind what is behind "more", and whether something was typed there."""
        groups = []
        for kind in [*self.containers, *self.others]:
            fields = [self[name] for name in self._more.get(kind.pk, [])]
            if fields:
                groups.append((kind, fields, any(field.errors or field.value() for field in fields)))
        return groups

    @property
    def more_is_open(self) -> bool:
        """Whether something behind "more" was typed."""
        numbers = [] if self.paloxes_first else self.palox_fields
        return any(is_open for _kind, _fields, is_open in self.more) or any(field.errors or field.value() for field in numbers)

    @property
    def paloxes_first(self) -> bool:
        """Whether the numbers of paloxes are asked among what is always seen."""
        return any(kind.code == PALOX for kind in self.containers)

    @property
    def palox_fields(self) -> list[forms.BoundField]:
        """Where the numbers of paloxes go."""
        return [self[name] for name in self.fields if name.startswith("paloxes_")]

    @property
    def pallets_are_open(self) -> bool:
        """Whether pallets are planned, or were typed."""
        return any(row["number"].errors or row["number"].value() for row in self.pallet_rows)

    @property
    def pallet_rows(self) -> list[dict[str, forms.BoundField]]:
        """The lines of pallets: direction, type, content, number."""
        return pallet_rows(self)

    def clean(self) -> dict[str, Any]:
        """Ask what happened unless everything went as planned."""
        data = super().clean() or self.cleaned_data
        clean_palox_fields(self)
        if data.get("outcome") == StopState.MISSED:
            for name in [name for name in self.errors if name in self._quantity_names or name.startswith("pallet_")]:
                del self._errors[name]  # type: ignore[attr-defined]  # nothing moved: the numbers do not matter
        if data.get("outcome") in (StopState.PARTIAL, StopState.MISSED) and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Say in a few words what happened: the coordinator will read it."))
        return data

    @property
    def _quantity_names(self) -> set[str]:
        return {*self._first, *(name for names in self._more.values() for name in names)} | {field.name for field in self.stayed}

    def lines(self) -> list[ActualLine]:
        """Return the quantities typed."""
        data = self.cleaned_data
        lines = []
        for kind in [*self.containers, *self.others]:
            full, empty, taken_empty, left_full = (data.get(f"{prefix}_{kind.code}") or 0 for prefix, *_rest in DIRECTIONS)
            lines.append(ActualLine(kind, full, empty, taken_empty, left_full, data.get(f"stayed_{kind.code}")))
        return lines

    def pallets(self) -> list[ActualPallet]:
        """Return the pallets typed."""
        return pallets_typed(self)


class AddedStopForm(StopForm):
    """A stop that nobody had planned: where, and the rest as at any stop. Arguments: stores, the places that are accepted."""

    def __init__(self, *args: Any, stores: QuerySet[Store], **kwargs: Any) -> None:
        super().__init__(*args, stop=None, **kwargs)
        missing = _("Choose the place from the list.")
        self.fields["store"] = forms.ModelChoiceField(
            queryset=stores,
            to_field_name="uuid",
            label=pgettext_lazy("stop added on the way", "Place"),
            widget=forms.Select({"class": "form-select"}),
            error_messages={"required": missing, "invalid_choice": missing},
        )

    def show(self, stores: Iterable[Store]) -> None:
        """List these places only, and the one that was chosen: the network may have thousands."""
        found = [(str(store.uuid), str(store)) for store in stores]
        chosen = str(self.data.get("store") or "")
        if chosen and chosen not in dict(found):
            found += [(str(store.uuid), str(store)) for store in self._chosen(chosen)]
        widget = forms.Select({"class": "form-select"}, choices=[("", _("choose")), *found])
        widget.is_required = True
        self.fields["store"].widget = widget

    def _chosen(self, text: str) -> QuerySet[Store]:
        try:
            return self.fields["store"].queryset.filter(uuid=uuid.UUID(text))  # type: ignore[attr-defined]
        except ValueError:
            return Store.objects.none()
