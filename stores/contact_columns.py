"""The columns of a file of contacts, and how each cell is read. Documented for people in docs/importing.md."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from lincassable.importing.columns import Column
from lincassable.importing.fields import WordField, YesNoField
from stores.enums import Role
from stores.models import Contact

# Words that files use and that the translations do not have to keep: the format must not change with a translation.
ROLE_WORDS = {
    "responsable": Role.MANAGER,
    "gérant": Role.MANAGER,
    "gérante": Role.MANAGER,
    "équipe": Role.TEAM,
    "équipe de vente": Role.TEAM,
    "vendeur": Role.TEAM,
    "logistique": Role.LOGISTICS,
    "comptabilité": Role.ACCOUNTING,
    "compta": Role.ACCOUNTING,
}
LANGUAGE_WORDS = {"français": "fr", "anglais": "en", "french": "fr", "english": "en"}
# What a contact receives: column and field, French title, English title.
WANTS = [
    ("wants_weekly_report", "reçoit le bilan hebdomadaire", "receives the weekly report"),
    ("wants_pickup_mails", "reçoit les mails de collecte", "receives pickup mails"),
    ("wants_pickup_reminders", "rappels de collecte", "is reminded of pickups"),
    ("wants_invitations", "invitations d'agenda", "receives calendar invitations"),
    ("wants_deposit_mails", "relevé des consignes", "is asked for the deposit counts"),
]
_YES_NO = _("yes or no; an empty cell leaves what is there")

COLUMNS = [
    Column(
        "store_id",
        "identifiant du point",
        "external id of the place",
        _("its external id in this source; or give its name and town"),
        example="PDC-042",
        aliases=("identifiant externe", "external id"),
        as_text=True,
    ),
    Column("store", "point de collecte", "collection point", _("its name, when there is no external id"), example="Épicerie du Port"),
    Column("city", "ville", "town", _("of the place"), example="Marseille", aliases=("commune",)),
    Column("name", "nom", "name", _("of the person"), example="Camille Roche", aliases=("contact", "nom du contact")),
    Column("role", "rôle", "role", _("manager, sales team, logistics or accounting; sales team when empty"), example="responsable"),
    Column("email", "e-mail", "e-mail", _("one address"), example="camille@boutique.example", aliases=("email", "courriel", "mail")),
    Column("phone", "téléphone", "phone", _("one number"), example="04 91 00 00 01", aliases=("tél", "tel"), as_text=True),
    Column("language", "langue", "language", _("of the mails: French or English; French when empty"), example="français"),
    Column("is_active", "actif", "active", _YES_NO, example="oui"),
    *(Column(name, fr, en, _YES_NO, example="oui") for name, fr, en in WANTS),
]


class ContactLineForm(forms.Form):
    """One line of a file of contacts."""

    store_id = forms.CharField(max_length=80, required=False)
    store = forms.CharField(max_length=160, required=False)
    city = forms.CharField(max_length=120, required=False)
    name = forms.CharField(max_length=120, required=False)
    role = WordField(choices=Role.choices, also=ROLE_WORDS, required=False)
    email = forms.EmailField(required=False)
    phone = PhoneNumberField(region=settings.PHONENUMBER_DEFAULT_REGION, required=False)
    language = WordField(choices=Contact._meta.get_field("language").choices, also=LANGUAGE_WORDS, required=False)
    is_active = YesNoField(required=False)
    wants_weekly_report = YesNoField(required=False)
    wants_pickup_mails = YesNoField(required=False)
    wants_pickup_reminders = YesNoField(required=False)
    wants_invitations = YesNoField(required=False)
    wants_deposit_mails = YesNoField(required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for a place, and for something about the person."""
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("store_id") and not data.get("store"):
            self.add_error("store", ValidationError(gettext("Give the place: its external id, or its name and town.")))
        if not self.errors and not any(data.get(name) for name in ("name", "email", "phone")):
            self.add_error("name", ValidationError(gettext("Give at least a name, an e-mail or a phone.")))
        return data
