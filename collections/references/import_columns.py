"""The columns of files of products and of shelves, and how each cell is read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from lincassable.importing.columns import Column
from lincassable.importing.fields import DayField, DecimalField, WholeNumberField, WordField, YesNoField
from references.enums import Drink, ShelfState
from references.models import Reference

# Words that files use and that the translations do not have to keep: the format must not change with a translation.
DRINK_WORDS = {
    "bière": Drink.BEER,
    "vin": Drink.WINE,
    "effervescent": Drink.SPARKLING,
    "cidre": Drink.CIDER,
    "jus": Drink.JUICE,
    "soda": Drink.SOFT,
    "eau": Drink.WATER,
    "lait": Drink.MILK,
    "autre": Drink.OTHER,
}
STATE_WORDS = {
    "en rayon": ShelfState.AVAILABLE,
    "oui": ShelfState.AVAILABLE,
    "rupture": ShelfState.OUT,
    "en rupture": ShelfState.OUT,
    "plus vendu": ShelfState.STOPPED,
    "arrêté": ShelfState.STOPPED,
    "non": ShelfState.STOPPED,
}

_EAN = Column("ean", "EAN", "EAN", _("8, 12, 13 or 14 digits"), example="3760000000017", aliases=("gtin", "code-barres"), as_text=True)
_PRODUCER = ("producer", "producteur", "producer")
_VOLUME = ("volume_cl", "volume (cl)", "volume (cl)")

REFERENCE_COLUMNS = [
    Column(
        "external_id",
        "identifiant externe",
        "external id",
        _("the product's number or code in your own list; without it, the EAN or the name tells which product it is"),
        example="REF-12",
        aliases=("id", "identifiant", "code"),
        as_text=True,
    ),
    Column(*_PRODUCER, _("its name; created when there is none"), required=True, example="Brasserie du Môle"),
    Column(
        "name", "produit", "product", _("as on the label"), required=True, example="Blonde du Port", aliases=("nom", "name", "référence")
    ),
    Column("drink", "boisson", "drink", _("beer, wine, sparkling wine, cider, juice, soft drink, water, milk or other"), example="bière"),
    Column(*_VOLUME, _("in centilitres"), required=True, example="33", aliases=("volume", "cl")),
    Column("bottle_model", "modèle de bouteille", "bottle model", _("its code or its name in the catalogue"), example="beer-33"),
    Column("deposit", "consigne", "deposit", _("in euros; one of the network's amounts"), example="0,20", aliases=("consigne (€)",)),
    _EAN,
    Column("label_washable", "étiquette lavable", "label comes off", _("yes or no; empty when nobody knows"), example="oui"),
    Column("height_mm", "hauteur (mm)", "height (mm)", _("of the bottle, when it is not its model's"), example="235"),
    Column("diameter_mm", "diamètre (mm)", "diameter (mm)", _("of the bottle, when it is not its model's"), example="61"),
    Column("on_market_from", "en vente depuis", "on the market from", _("a day, like 31/12/2025 or 2025-12-31"), example="01/03/2026"),
    Column("on_market_to", "en vente jusqu'au", "on the market until", _("a day, like 31/12/2025 or 2025-12-31"), example="31/12/2026"),
]
SHELF_COLUMNS = [
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
    _EAN,
    Column(*_PRODUCER, _("with the product and its volume, when there is no EAN"), example="Brasserie du Môle"),
    Column("reference", "produit", "product", _("as on the label"), example="Blonde du Port", aliases=("référence", "reference")),
    Column(*_VOLUME, _("in centilitres"), example="33", aliases=("volume", "cl")),
    Column("state", "état", "state", _("on the shelf, out of stock or no longer sold; on the shelf when empty"), example="en rayon"),
]


def _mm() -> forms.Field:
    return WholeNumberField(min_value=1, max_value=2000, required=False)


class ReferenceForm(forms.Form):
    """One line of a file of products."""

    external_id = forms.CharField(max_length=80, required=False)
    producer = forms.CharField(max_length=120)
    name = forms.CharField(max_length=160)
    drink = WordField(choices=Drink.choices, also=DRINK_WORDS, required=False)
    volume_cl = WholeNumberField(min_value=1, max_value=10_000)
    bottle_model = forms.CharField(max_length=80, required=False)
    deposit = DecimalField(min_value=0, max_value=999, decimal_places=2, required=False)
    ean = forms.CharField(required=False, validators=Reference._meta.get_field("ean").validators[:1])
    label_washable = YesNoField(required=False)
    height_mm = _mm()
    diameter_mm = _mm()
    on_market_from = DayField(required=False)
    on_market_to = DayField(required=False)


class ShelfForm(forms.Form):
    """One line of a file of shelves."""

    store_id = forms.CharField(max_length=80, required=False)
    store = forms.CharField(max_length=160, required=False)
    city = forms.CharField(max_length=120, required=False)
    ean = forms.CharField(max_length=14, required=False)
    producer = forms.CharField(max_length=120, required=False)
    reference = forms.CharField(max_length=160, required=False)
    volume_cl = WholeNumberField(min_value=1, max_value=10_000, required=False)
    state = WordField(choices=ShelfState.choices, also=STATE_WORDS, required=False)

    def clean_state(self) -> str:
        """A line without a state says that the product is there."""
        return self.cleaned_data["state"] or ShelfState.AVAILABLE.value

    def clean(self) -> dict[str, Any]:
        """Ask for a place and a product."""
        data = super().clean() or self.cleaned_data
        if not data.get("store_id") and not data.get("store"):
            self.add_error("store", ValidationError(gettext("Give the place: its external id, or its name and town.")))
        if not data.get("ean") and not (data.get("producer") and data.get("reference") and data.get("volume_cl")):
            self.add_error("reference", ValidationError(gettext("Give the product: its EAN, or its producer, name and volume.")))
        return data
