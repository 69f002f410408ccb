"""The driver's last form: the end of the tour, with what was counted at the hub when somebody counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from lincassable.widgets import StepperInput
from pickups.services.closing import MOST, HubLine


class FinishForm(forms.Form):
    """Numbers counted at the hub, all optional. Arguments: containers, the kinds that the tour brings."""

    def __init__(self, *args: Any, containers: Sequence[ContainerType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.containers = list(containers)
        for kind in self.containers:
            for prefix, label in (("hub_full", _("Full counted: %(container)s")), ("hub_empty", _("Empty counted: %(container)s"))):
                widget = StepperInput({"max": MOST})
                self.fields[f"{prefix}_{kind.code}"] = forms.IntegerField(
                    label=label % {"container": kind.name}, min_value=0, max_value=MOST, required=False, widget=widget
                )

    @property
    def counts(self) -> list[forms.BoundField]:
        """The steppers."""
        return list(self)

    @property
    def is_open(self) -> bool:
        """Whether something was typed."""
        return self.is_bound and any(field.errors or field.value() not in (None, "") for field in self)

    def lines(self) -> list[HubLine]:
        """Return the kinds of which something was counted."""
        data = self.cleaned_data
        typed = [(kind, data.get(f"hub_full_{kind.code}"), data.get(f"hub_empty_{kind.code}")) for kind in self.containers]
        return [HubLine(kind, full or 0, empty or 0) for kind, full, empty in typed if full is not None or empty is not None]
