"""What somebody says went wrong. Only the kind is asked for; everything else helps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType, Palox
from crates.palox_numbers import LONGEST, find, normal
from lincassable.widgets import StepperInput
from nonconformities.models import NonConformityKind
from nonconformities.models.reports import MOST
from nonconformities.photo_field import PhotosField, photos_of
from nonconformities.services import Report
from nonconformities.services.photos import Photo
from pickups.stop_forms import MomentField
from references.models import Producer
from stores.models import Store

AGAIN = _("Open the page again, then send the form.")


class ReportForm(forms.Form):
    """One report. `prefilled` by the address that leads here: ?kind=, ?palox=."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": AGAIN, "required": AGAIN})
    occurred_at = MomentField(widget=forms.HiddenInput, required=False)
    kind = forms.ModelChoiceField(
        NonConformityKind.objects.none(),
        label=_("What is wrong?"),
        to_field_name="code",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what is wrong: choose one."), "invalid_choice": _("Say what is wrong: choose one.")},
    )
    quantity = forms.IntegerField(label=_("How many?"), min_value=1, max_value=MOST, initial=1, widget=StepperInput({"min": 1}))
    photos = PhotosField(label=_("Photos (up to five)"), required=False)
    note = forms.CharField(label=_("A word about it (optional)"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3}))
    container_type = forms.ModelChoiceField(
        ContainerType.objects.none(), label=_("Crate or palox"), required=False, empty_label=_("it is about bottles")
    )
    producer = forms.ModelChoiceField(Producer.objects.none(), label=_("Producer"), required=False, empty_label=_("I do not know"))
    palox = forms.CharField(label=_("Palox number"), max_length=LONGEST + 60, required=False)
    first_name = forms.CharField(
        label=_("Your first name"), max_length=60, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["kind"].queryset = NonConformityKind.objects.filter(is_active=True)
        fields["container_type"].queryset = ContainerType.objects.filter(is_active=True).order_by("position", "code")
        fields["producer"].queryset = Producer.objects.filter(is_active=True).order_by("name")

    def clean_palox(self) -> Palox | None:
        """Return the palox of a number, typed or scanned."""
        number = normal(self.cleaned_data["palox"])
        if not number:
            return None
        found = find([number]).get(number.upper())
        if found is None:
            raise ValidationError(gettext("There is no palox with this number: check it, or leave it empty."), code="palox")
        return found

    def said(self, **about: Any) -> Report:
        """Return the report. Arguments: about, where it was seen: store, stop, batch."""
        data = self.cleaned_data
        names = ("kind", "quantity", "note", "container_type", "producer", "palox", "first_name", "occurred_at")
        return Report(**{name: data[name] for name in names}, **about)

    def pictures(self) -> list[Photo]:
        """Return the photos; their keys come from the form's, so that a replay adds none."""
        return photos_of(self.cleaned_data["photos"], self.cleaned_data["key"])


class SortingReportForm(ReportForm):
    """At the sorting table, the place where the crates come from may be said."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Where it comes from"), required=False, empty_label=_("I do not know"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores: Any = self.fields["store"]
        stores.queryset = Store.objects.active().order_by("name", "pk")


class CommentForm(forms.Form):
    """An answer from the place."""

    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": AGAIN, "required": AGAIN})
    text = forms.CharField(
        label=_("Your message"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Write something first.")},
    )
    first_name = forms.CharField(
        label=_("Your first name"), max_length=60, required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
