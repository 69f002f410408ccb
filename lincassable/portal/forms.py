"""What a store's staff may type on their phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crates.enums import Unit
from crates.models import ContainerType
from lincassable.widgets import StepperInput

LARGEST = 9999  # containers of one kind at one place; more is a typing mistake
MOST_PALOXES = 12  # shown one by one on a phone; more is a hub's business
FILLS = (0, 25, 50, 75, 100)  # percent


class LenientMomentField(forms.DateTimeField):
    """The phone's own time. One that cannot be read is no reason to lose the form: it counts as not given."""

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment, or None when it is missing or unreadable."""
        try:
            return super().to_python(value)
        except ValidationError:
            return None


def fill_names(container_type: ContainerType, count: int) -> list[str]:
    """Return the names of the fields that ask how full each of `count` paloxes is."""
    return [f"fill_{container_type.code}_{index}" for index in range(1, count + 1)]


def fills_sent(data: QueryDict, container_type: ContainerType) -> int:
    """Return the number of the last palox of this type that a sent form speaks of, at most `MOST_PALOXES`; 0 without any."""
    names = fill_names(container_type, MOST_PALOXES)
    return max((index for index, name in enumerate(names, start=1) if name in data), default=0)


class DeclarationForm(forms.Form):
    """Full containers, perhaps the totals, and whether the truck should come.

    Arguments:
        containers: the container types that this store uses, in the order of the screen.
        paloxes: {container type id: how many of them to ask one by one}, for those declared by fill.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": _("Open the page again, then send the form.")})
    occurred_at = LenientMomentField(widget=forms.HiddenInput, required=False)
    wants_pickup = forms.BooleanField(label=_("Come and collect"), required=False)
    first_name = forms.CharField(
        label=_("Your first name (optional)"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    note = forms.CharField(
        label=_("Something to tell us (optional)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    confirm = forms.BooleanField(label=_("Yes, that's right"), required=False)

    def __init__(self, *args: Any, containers: Sequence[ContainerType], paloxes: dict[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.containers = list(containers)
        self.paloxes = paloxes
        self.asks_to_confirm = False
        for container in self.containers:
            if container.declared_as == Unit.PERCENT:
                self._add_fills(container)
            else:
                self._add_counts(container)

    def _add_counts(self, container: ContainerType) -> None:
        limits: dict[str, Any] = {"min_value": 0, "max_value": LARGEST, "required": False}
        self.fields[f"full_{container.code}"] = forms.IntegerField(
            label=_("Full: %(container)s") % {"container": container.name}, widget=StepperInput({"max": LARGEST}), **limits
        )
        self.fields[f"total_{container.code}"] = forms.IntegerField(
            label=_("Full and empty together: %(container)s") % {"container": container.name},
            widget=StepperInput({"max": LARGEST}),
            **limits,
        )

    def _add_fills(self, container: ContainerType) -> None:
        names = fill_names(container, self.paloxes.get(container.pk, 1))
        for index, name in enumerate(names, start=1):
            label = (
                container.name if len(names) == 1 else _("%(container)s no. %(number)s") % {"container": container.name, "number": index}
            )
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                choices=[(fill, f"{fill} %") for fill in FILLS],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect({"class": "btn-check"}),
            )

    @property
    def full_fields(self) -> list[forms.BoundField]:
        """The steppers: how many are full."""
        return [self[name] for name in self.fields if name.startswith("full_")]

    @property
    def total_fields(self) -> list[forms.BoundField]:
        """The optional totals."""
        return [self[name] for name in self.fields if name.startswith("total_")]

    @property
    def fill_fields(self) -> list[forms.BoundField]:
        """How full each palox is."""
        return [self[name] for name in self.fields if name.startswith("fill_")]

    @property
    def total_is_open(self) -> bool:
        """Whether the folded totals hold something to see: a number or an error."""
        return any(field.errors or field.value() not in (None, "") for field in self.total_fields)

    def clean(self) -> dict:
        """Refuse a form without any number, and ask once when more are full than there are crates."""
        cleaned = super().clean() or {}
        numbers = [cleaned.get(name) for name in self.fields if name.startswith(("full_", "fill_"))]
        if not self.errors and all(number is None for number in numbers):
            raise ValidationError(_("Say how many are full, even if it is 0."), code="empty")
        self._clean_totals(cleaned)
        return cleaned

    def _clean_totals(self, cleaned: dict) -> None:
        for container in self.containers:
            full, total = cleaned.get(f"full_{container.code}"), cleaned.get(f"total_{container.code}")
            if full is None or total is None or full <= total:
                continue
            self.asks_to_confirm = True
            if not cleaned.get("confirm"):
                self.add_error(
                    None,
                    ValidationError(
                        _("%(container)s: you say %(full)s full ones, and %(total)s in all. Correct one of them, or confirm below."),
                        code="more_full_than_there_are",
                        params={"container": container.name, "full": full, "total": total},
                    ),
                )
