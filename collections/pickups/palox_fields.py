"""The fields in which palox numbers are typed or scanned, on the driver's phone and in the admin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from crates.palox_numbers import split
from pickups.lines import PaloxNumbers
from pickups.services.paloxes import check_numbers

CODE = "palox"  # the container of the catalogue whose units carry numbers
LONGEST_FIELD = 6000  # characters: a hundred addresses of labels
FIELDS = (("paloxes_taken", _("Numbers of the paloxes taken")), ("paloxes_left", _("Numbers of the paloxes left")))


class NumbersField(forms.CharField):
    """Palox numbers, one a line or with commas between them. Becomes a list."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 2, "class": "form-control", "autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.Textarea(attrs))
        super().__init__(required=False, max_length=LONGEST_FIELD, **kwargs)

    def clean(self, value: Any) -> list[str]:
        """Return the numbers. Raises ValidationError for what cannot be one."""
        return split(super().clean(value))


def add_palox_fields(form: forms.Form, containers: Iterable[ContainerType], widget: Any = None) -> None:
    """Add the two fields to `form` when paloxes are among the containers of the stop."""
    if any(kind.code == CODE for kind in containers):
        for name, label in FIELDS:
            form.fields[name] = NumbersField(label=label, **({"widget": widget()} if widget else {}))


def clean_palox_fields(form: forms.Form) -> None:
    """Tell at its field which number cannot be one."""
    try:
        check_numbers(palox_numbers(form))
    except ValidationError as error:
        for name, errors in error.error_dict.items():
            form.add_error(name, errors)


def palox_numbers(form: forms.Form) -> PaloxNumbers:
    """Return what was typed; nothing where the form has no such fields."""
    data = form.cleaned_data
    return PaloxNumbers(data.get("paloxes_taken") or [], data.get("paloxes_left") or [])
