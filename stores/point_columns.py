"""The columns of a file of collection points, and how each cell is read. Documented for people in docs/importing.md."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from lincassable.importing.columns import Column
from lincassable.importing.fields import DecimalField, ListField, ReplaceableListField, WordField, YesNoField
from stores.enums import DepositPractice, Kind, Status, VehicleKind
from stores.models import Store, Tag

# Words that files use and that the translations do not have to keep: the format must not change with a translation.
KIND_WORDS = {
    "magasin": Kind.SHOP,
    "hôtel": Kind.HOTEL,
    "restaurant": Kind.RESTAURANT,
    "producteur": Kind.PRODUCER,
    "hub": Kind.HUB,
    "point de massification": Kind.HUB,
    "centre de tri": Kind.SORTING,
    "centre de lavage": Kind.WASHING,
}
STATUS_WORDS = {
    "prospect": Status.PROSPECT,
    "en cours d'installation": Status.SETTING_UP,
    "installation": Status.SETTING_UP,
    "actif": Status.ACTIVE,
    "active": Status.ACTIVE,
    "en pause": Status.PAUSED,
    "suspendu": Status.PAUSED,
    "archivé": Status.ARCHIVED,
    "archive": Status.ARCHIVED,
}

VEHICLE_WORDS = {
    "vélo": VehicleKind.BIKE,
    "fourgon": VehicleKind.VAN,
    "camionnette": VehicleKind.VAN,
    "vl": VehicleKind.VAN,
    "12 t": VehicleKind.TRUCK_12T,
    "19 t": VehicleKind.TRUCK_19T,
}
DEPOSIT_WORDS = {
    "espèces": DepositPractice.CASH,
    "bon d'achat": DepositPractice.VOUCHER,
    "caisse": DepositPractice.TILL,
    "sans": DepositPractice.NONE,
    "aucune": DepositPractice.NONE,
}

COLUMNS = [
    Column(
        "external_id",
        "identifiant externe",
        "external id",
        _("the place's number or code in your own list; importing it again updates the same place"),
        required=True,
        example="PDC-042",
        aliases=("id", "identifiant", "code", "ref", "référence"),
        as_text=True,
    ),
    Column(
        "name",
        "nom",
        "name",
        _("as customers know it"),
        required=True,
        example="Épicerie du Port",
        aliases=("point de collecte", "magasin"),
    ),
    Column(
        "kind",
        "type",
        "kind",
        _("shop, hotel, restaurant, producer, hub, sorting centre or washing centre; shop when empty"),
        example="magasin",
    ),
    Column("status", "statut", "status", _("prospect, setting up, active, paused or archived; active when empty"), example="actif"),
    Column(
        "zone",
        "zone",
        "zone",
        _("name of the collection zone; created when there is none"),
        example="Marseille centre",
        aliases=("zone de collecte",),
    ),
    Column("street", "adresse", "street", _("number and street"), example="12 rue des Consignes", aliases=("rue", "address")),
    Column("postcode", "code postal", "postcode", _("like 13001"), example="13001", aliases=("cp", "zip", "postal code"), as_text=True),
    Column("city", "ville", "town", _("the commune"), required=True, example="Marseille", aliases=("commune", "city")),
    Column("latitude", "latitude", "latitude", _("in degrees, with its longitude"), example="43,2965", aliases=("lat",)),
    Column("longitude", "longitude", "longitude", _("in degrees, with its latitude"), example="5,3698", aliases=("lon", "lng", "long")),
    Column(
        "opening_hours",
        "horaires",
        "opening hours",
        _("in OpenStreetMap's notation"),
        example="Mo-Fr 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off",
        aliases=("horaires d'ouverture",),
    ),
    Column(
        "access_notes",
        "notes d'accès",
        "access notes",
        _("what a driver must know: door, code, hours without lorries"),
        example="Sonner au quai arrière",
    ),
    Column(
        "collected_through",
        "collecté via",
        "collected through",
        _("external id of the place that this one brings its crates to"),
        example="PDC-001",
        aliases=("collecté par", "collecte via"),
        as_text=True,
    ),
    Column(
        "usual_hub",
        "hub habituel",
        "usual hub",
        _("external id of the hub its crates usually go to"),
        example="HUB-1",
        aliases=("hub",),
        as_text=True,
    ),
    Column(
        "largest_vehicle",
        "plus grand véhicule",
        "largest vehicle",
        _("that can reach the place: cargo bike, van, 12 t truck or 19 t truck; any when never told"),
        example="camion 12 t",
        aliases=("véhicule",),
    ),
    Column("needs_tail_lift", "hayon", "tail lift", _("whether a tail lift is needed: yes or no"), example="non"),
    Column(
        "is_public",
        "carte publique",
        "public map",
        _("whether it is on the public map once active: yes or no; yes when never told"),
        example="oui",
    ),
    Column("public_note", "note pour le public", "note for the public", _("a sentence of its public page"), example="Entrée par la cour"),
    Column(
        "website", "site web", "website", _("its address, with or without https://"), example="https://boutique.example", aliases=("site",)
    ),
    Column(
        "deposit_practice",
        "consigne",
        "deposit",
        _("what one gets for a bottle: money back, a voucher, deducted at the till, or bottles are taken back without a deposit"),
        example="espèces",
        aliases=("pratique de la consigne", "practice of the deposit"),
    ),
    Column(
        "tags",
        "étiquettes",
        "tags",
        _("your own words, separated by semicolons; added to those that are there, or in their place when written after “only:”"),
        example="pilote; bord de mer",
        aliases=("étiquette", "tag"),
    ),
    Column(
        "contacts",
        "contacts",
        "contacts",
        _("names, several separated by semicolons; the first name goes with the first e-mail and the first phone, and so on"),
        example="Camille Roche; Ali Benaïssa",
        aliases=("contact", "nom du contact", "contact name"),
    ),
    Column(
        "emails",
        "e-mails",
        "e-mails",
        _("one or several, separated by semicolons"),
        example="camille@boutique.example; ali@boutique.example",
        aliases=("e-mail", "email", "courriel", "courriels", "mail", "mails", "adresse e-mail"),
    ),
    Column(
        "phones",
        "téléphones",
        "phones",
        _("one or several, separated by semicolons"),
        example="04 91 00 00 01; 06 12 34 56 78",
        aliases=("téléphone", "phone", "tél", "tel"),
        as_text=True,
    ),
]


class PointForm(forms.Form):
    """One line of the file. What the line says about other lines or places is checked by the importer."""

    external_id = forms.CharField(max_length=80)
    name = forms.CharField(max_length=160)
    kind = WordField(choices=Kind.choices, also=KIND_WORDS, required=False)
    status = WordField(choices=Status.choices, also=STATUS_WORDS, required=False)
    zone = forms.CharField(max_length=80, required=False)
    street = forms.CharField(max_length=200, required=False)
    postcode = forms.CharField(required=False, validators=Store._meta.get_field("postcode").validators[:1])
    city = forms.CharField(max_length=120)
    latitude = DecimalField(min_value=-90, max_value=90, decimal_places=6, required=False)
    longitude = DecimalField(min_value=-180, max_value=180, decimal_places=6, required=False)
    opening_hours = forms.CharField(max_length=400, required=False, validators=Store._meta.get_field("opening_hours").validators[:1])
    access_notes = forms.CharField(max_length=5000, required=False)
    collected_through = forms.CharField(max_length=80, required=False)
    usual_hub = forms.CharField(max_length=80, required=False)
    largest_vehicle = WordField(choices=VehicleKind.choices, also=VEHICLE_WORDS, required=False)
    needs_tail_lift = YesNoField(required=False)
    is_public = YesNoField(required=False)
    public_note = forms.CharField(max_length=250, required=False)
    website = forms.URLField(max_length=200, assume_scheme="https", required=False)
    deposit_practice = WordField(choices=DepositPractice.choices, also=DEPOSIT_WORDS, required=False)
    tags = ReplaceableListField(
        each=forms.CharField(max_length=Tag._meta.get_field("name").max_length), separators=r"[;|\n]", required=False
    )
    contacts = ListField(each=forms.CharField(max_length=120), separators=r"[;|\n]", required=False)
    emails = ListField(each=forms.EmailField(), separators=r"[;,|\s]", required=False)
    phones = ListField(each=PhoneNumberField(region=settings.PHONENUMBER_DEFAULT_REGION), separators=r"[;,/|\n]", required=False)

    def clean_postcode(self) -> str:
        """Give back the zero that spreadsheets take from 01000."""
        postcode = self.cleaned_data["postcode"]
        lost_its_zero = settings.PHONENUMBER_DEFAULT_REGION == "FR" and re.fullmatch(r"\d{4}", postcode)
        return f"0{postcode}" if lost_its_zero else postcode

    def clean_zone(self) -> str:
        """Several spaces are one."""
        return " ".join(self.cleaned_data["zone"].split())

    def clean(self) -> dict[str, Any]:
        """Refuse half a position."""
        data = super().clean() or self.cleaned_data
        for given, missing in (("latitude", "longitude"), ("longitude", "latitude")):
            if data.get(given) is not None and missing in data and data[missing] is None:
                self.add_error(missing, ValidationError(gettext("Give both latitude and longitude, or neither."), code="position"))
        return data
