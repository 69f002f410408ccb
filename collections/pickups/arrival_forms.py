"""What the hub counts when a truck is unloaded: full and empty ones, kind by kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from lincassable.widgets import LeapStepperInput
from pickups.models import HubCount
from pickups.services import HubLine
from pickups.services.closing import MOST


class ArrivalForm(forms.Form):
    """One pair of numbers per kind of container; both empty: it was not looked at.

    Arguments: brought, the kinds that the tour's stops tell of; others, further kinds; counts, the count in force.
    """

    def __init__(
        self, *args: Any, brought: Sequence[ContainerType], others: Sequence[ContainerType], counts: Sequence[HubCount] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.brought, self.others = list(brought), list(others)
        known = {count.container_type_id: count for count in counts}
        for kind in [*self.brought, *self.others]:
            count = known.get(kind.pk)
            for side, label in (("full", _("full")), ("empty", _("empty"))):
                field = forms.IntegerField(label=label, min_value=0, max_value=MOST, required=False, widget=LeapStepperInput({"max": MOST}))
                field.initial = getattr(count, side) if count else None
                self.fields[f"{side}_{kind.pk}"] = field

    def clean(self) -> dict[str, Any]:
        """Want at least one number."""
        data = super().clean() or self.cleaned_data
        if not self.errors and not self.lines():
            self.add_error(None, gettext("Write what you counted: at least one number, or 0."))
        return data

    def lines(self) -> list[HubLine]:
        """Return the kinds of which something was typed; a missing half of a pair counts as 0."""
        lines = []
        for kind in [*self.brought, *self.others]:
            full, empty = (self.cleaned_data.get(f"{side}_{kind.pk}") for side in ("full", "empty"))
            if full is not None or empty is not None:
                lines.append(HubLine(kind, full or 0, empty or 0))
        return lines

    def pairs(self, kinds: Sequence[ContainerType]) -> list[tuple[ContainerType, forms.BoundField, forms.BoundField]]:
        """Return each of these kinds with its two fields."""
        return [(kind, self[f"full_{kind.pk}"], self[f"empty_{kind.pk}"]) for kind in kinds]

    @property
    def main(self) -> list[tuple[ContainerType, forms.BoundField, forms.BoundField]]:
        """The kinds that the tour brings."""
        return self.pairs(self.brought)

    @property
    def rest(self) -> list[tuple[ContainerType, forms.BoundField, forms.BoundField]]:
        """The other kinds."""
        return self.pairs(self.others)

    @property
    def rest_is_open(self) -> bool:
        """Whether something was typed for another kind."""
        return any(field.value() not in (None, "") for _kind, full, empty in self.rest for field in (full, empty))
