"""Forms of a carrier's page: days as boxes to tick; what two rows say against each other is told at the row, nothing typed is lost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
)

from pickups import services
from pickups.enums import Weekday
from pickups.models import RecurringTour


class WeekdaysField(forms.TypedMultipleChoiceField):
    """The days of the week, one box each; 0 is Monday."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Weekday.choices, coerce=int, empty_value=[], **kwargs)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare days whatever their order and whether they are numbers or text."""
        return {str(day) for day in initial or []} != {str(day) for day in data or []}


class CarrierForm(forms.ModelForm):
    """A carrier's own fields: the services' rules are told at the field they are about."""

    weekdays = WeekdaysField(label=lazy(capfirst, str)(gettext_lazy("days it drives")), required=False)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            services.check_carrier(self.instance)
        except ValidationError as error:
            for field, errors in error.error_dict.items():
                self.add_error(field if field in self.fields else None, errors)


class DistinctRows(PaginationInlineFormSet):
    """Rows of which no two may be the same in `distinct`, whatever their case; the database says so too, but after the form is gone."""

    distinct: tuple[str, ...] = ()
    sentence: Any = ""

    def clean(self) -> None:
        """Say at the second row that the first one is there; first of all, for Django's own sentence names the columns."""
        seen: set[tuple[str, ...]] = set()
        for form in self.forms:
            if not getattr(form, "cleaned_data", None) or self._should_delete_form(form):
                continue
            key = tuple(str(form.cleaned_data.get(name) or "").casefold() for name in self.distinct)
            if any(key) and key in seen:
                form.add_error(self.distinct[0], self.sentence)
            seen.add(key)
        super().clean()


class VehicleRows(DistinctRows):
    """A carrier's vehicles: each name once; one that has driven is kept."""

    distinct = ("name",)
    sentence = gettext_lazy("This carrier already has a vehicle of that name.")

    def clean(self) -> None:
        """Say at the row that a vehicle of the history stays."""
        super().clean()
        for form in self.deleted_forms:
            vehicle = form.instance
            if vehicle.pk and (vehicle.tours.exists() or RecurringTour.objects.filter(vehicle=vehicle).exists()):
                sentence = _("%s belongs to the history of tours: make it inactive instead of deleting it.")
                raise ValidationError(sentence % vehicle, code="protected")


class ContactRows(DistinctRows):
    """A carrier's people: each address once."""

    distinct = ("email",)
    sentence = gettext_lazy("This address is already a contact of this carrier.")


class PriceRows(DistinctRows):
    """A carrier's price grid: one line per vehicle and first day."""

    distinct = ("valid_from", "vehicle_kind")
    sentence = gettext_lazy("This carrier already has a price for this vehicle from that day on.")


def _number(label: Any, field: type[forms.IntegerField], widget: type[forms.Widget], **options: Any) -> Any:
    """Return the field of a number."""
    return field(label=label, min_value=0, widget=widget, **options)


class PriceQuestion(forms.Form):
    """For which tour a price is asked."""

    day = forms.DateField(
        label=gettext_lazy("day"), widget=forms.DateInput(attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")
    )
    stops = _number(gettext_lazy("stops"), forms.IntegerField, UnfoldAdminIntegerFieldWidget, max_value=200, initial=10)
    kilometres = _number(
        gettext_lazy("kilometres"), forms.DecimalField, UnfoldAdminDecimalFieldWidget, max_value=2000, decimal_places=1, initial=80
    )
    pallets = _number(gettext_lazy("pallets"), forms.DecimalField, UnfoldAdminDecimalFieldWidget, max_value=60, decimal_places=1, initial=4)
