"""What is asked of whoever signs up, and of the team afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from awareness.enums import Mood, SignUpRole
from awareness.models import Event
from lincassable.widgets import StepperInput

MOST_AT_ONCE = 5  # photos in one form


class SignUpForm(forms.Form):
    """The least that keeps a place. Arguments: event, what one signs up for."""

    role = forms.ChoiceField(label=gettext_lazy("You come as"), choices=SignUpRole.choices, widget=forms.RadioSelect)
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=60, widget=forms.TextInput({"autocomplete": "given-name"}))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("You are several? Sign up one by one, with the same e-mail if you like."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    phone = PhoneNumberField(
        label=gettext_lazy("Phone (optional)"),
        required=False,
        help_text=gettext_lazy("To reach you on the day."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = event.roles
        labels = {SignUpRole.VISITOR: _("a visitor"), SignUpRole.VOLUNTEER: _("a volunteer, to help us")}
        self.fields["role"].choices = [(role, labels[SignUpRole(role)]) for role in roles]  # type: ignore[attr-defined]
        if len(roles) == 1:
            self.fields["role"].widget = forms.HiddenInput()
            self.fields["role"].initial = roles[0]
        if SignUpRole.VOLUNTEER not in roles:
            del self.fields["phone"]
        elif len(roles) > 1:
            self.fields["phone"].label = _("Phone, for volunteers (optional)")


class ManyFilesInput(forms.ClearableFileInput):
    """Several files at once, from the camera or the gallery."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos, at most MOST_AT_ONCE; they are looked at where they are kept."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files. Raises ValidationError for too many."""
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if len(files) > MOST_AT_ONCE:
            raise ValidationError(_("Send at most %(most)s photos at once.") % {"most": MOST_AT_ONCE})
        return [super(PhotosField, self).clean(file, initial) for file in files]


class ReportForm(forms.Form):
    """How it went, in two minutes."""

    people_met = forms.IntegerField(
        label=gettext_lazy("How many people did you talk to?"), min_value=0, max_value=100_000, widget=StepperInput
    )
    bottles_explained = forms.IntegerField(
        label=gettext_lazy("How many bottles did you show and explain?"),
        min_value=0,
        max_value=100_000,
        required=False,
        widget=StepperInput,
    )
    mood = forms.TypedChoiceField(label=gettext_lazy("How did it go?"), choices=Mood.choices, coerce=int, widget=forms.RadioSelect)
    cost_eur = forms.DecimalField(
        label=gettext_lazy("What did it cost, in euros? (optional)"),
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=2,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        localize=True,
    )
    note = forms.CharField(
        label=gettext_lazy("What to remember for the next time (optional)"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("No names of people, please."),
    )
    photos = PhotosField(
        label=gettext_lazy("Photos (optional, five at once)"), required=False, widget=ManyFilesInput({"accept": "image/*"})
    )
    has_consent = forms.BooleanField(label=gettext_lazy("Whoever can be recognised on the photos has agreed to be on them"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse photos without consent; nothing typed is lost."""
        data = super().clean() or self.cleaned_data
        if data.get("photos") and not data.get("has_consent"):
            self.add_error("has_consent", _("Tick this box, or send the report without photos. Choose the photos again, too."))
        return data
