"""What a store's staff may propose to change about their place, on their phone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from stores.enums import ProposalKind, Role
from stores.hours_forms import WeekForm
from stores.models import Contact, Store


class ProposalForm(forms.Form):
    """What all three have: the key of the form, a word to the coordinators, a first name."""

    kind = ""
    key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"invalid": gettext_lazy("Open the page again, then send the form.")})
    comment = forms.CharField(
        label=gettext_lazy("Something to tell us (optional)"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    first_name = forms.CharField(
        label=gettext_lazy("Your first name (optional)"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )

    def values(self) -> dict[str, Any]:
        """Return the new values by field name."""
        raise NotImplementedError

    @property
    def contact(self) -> Contact | None:
        """The person that it is about, for a change of contact."""
        return None


class HoursForm(ProposalForm, WeekForm):
    """The week. Arguments: store, whose hours it starts from."""

    kind = ProposalKind.HOURS.value

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, hours=store.opening_hours, **kwargs)

    def values(self) -> dict[str, Any]:
        """The text of the week."""
        return {"opening_hours": self.cleaned_data["opening_hours"]}


class AddressForm(ProposalForm):
    """Street, postcode, town. Arguments: store, whose address it starts from."""

    kind = ProposalKind.ADDRESS.value
    street = forms.CharField(
        label=gettext_lazy("Number and street"), max_length=200, widget=forms.TextInput({"autocomplete": "street-address"})
    )
    postcode = forms.CharField(
        label=gettext_lazy("Postcode"), max_length=10, widget=forms.TextInput({"autocomplete": "postal-code", "inputmode": "numeric"})
    )
    city = forms.CharField(label=gettext_lazy("Town"), max_length=120, widget=forms.TextInput({"autocomplete": "address-level2"}))

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        kwargs["initial"] = {**{name: getattr(store, name) for name in ("street", "postcode", "city")}, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def values(self) -> dict[str, Any]:
        """The three lines."""
        return {name: self.cleaned_data[name] for name in ("street", "postcode", "city")}


class ContactForm(ProposalForm):
    """A person: new, changed, or gone. The phone shows the names that the place has, never their numbers and addresses.

    Arguments: store, whose people can be chosen.
    """

    kind = ProposalKind.CONTACT.value
    who = forms.ChoiceField(label=gettext_lazy("Who?"), required=False)
    gone = forms.BooleanField(label=gettext_lazy("This person no longer works here"), required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False, widget=forms.TextInput({"autocomplete": "off"}))
    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    phone = PhoneNumberField(label=gettext_lazy("Phone"), required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False, widget=forms.EmailInput({"autocomplete": "off"}))

    def __init__(self, *args: Any, store: Store, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(contact.pk): contact for contact in Contact.objects.filter(store=store, is_active=True)}
        named = [(pk, contact.name or str(contact.get_role_display())) for pk, contact in self.people.items()]
        self.fields["who"].choices = [("", _("a new person")), *named]  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", _("as before")), *Role.choices]  # type: ignore[attr-defined]

    @property
    def contact(self) -> Contact | None:
        """Whom it is about."""
        return self.people.get(self.cleaned_data.get("who", ""))

    def clean(self) -> dict[str, Any]:
        """Refuse somebody new who is gone, or about whom nothing is said."""
        data = super().clean() or self.cleaned_data
        if not data.get("who") and not self.errors:
            if data.get("gone"):
                self.add_error("who", _("Say who no longer works here."))
            elif not (data.get("name") and (data.get("phone") or data.get("email"))):
                raise ValidationError(_("Give the name, and a phone number or an e-mail."), code="empty")
        return data

    def values(self) -> dict[str, Any]:
        """What was filled in; an empty field leaves what is there."""
        data = self.cleaned_data
        if data["gone"]:
            return {"is_active": False}
        return {name: data[name] for name in ("name", "role", "phone", "email") if data.get(name)}


FORMS: dict[str, Any] = {"horaires": HoursForm, "contact": ContactForm, "adresse": AddressForm}
