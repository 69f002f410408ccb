"""The columns of a file of movements, and how each cell is read. Documented for people in docs/importing.md."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.enums import Cause, Content
from crates.services.lines import MOST_COUNTED
from lincassable.importing.columns import Column
from lincassable.importing.fields import MomentField, WholeNumberField, WordField

# Counts and declarations are no movements: they pin the stock; a sorting counts bottles too. They have services of their own.
CAUSES = [choice for choice in Cause.choices if choice[0] not in (Cause.INVENTORY, Cause.DECLARATION, Cause.SORTING)]
# Words that files use and that the translations do not have to keep: the format must not change with a translation.
CAUSE_WORDS = {
    "collecte": Cause.PICKUP,
    "ramassage": Cause.PICKUP,
    "livraison": Cause.DELIVERY,
    "dépôt": Cause.DELIVERY,
    "transfert": Cause.TRANSFER,
    "achat": Cause.PURCHASE,
    "perte": Cause.LOSS,
    "casse": Cause.BREAKAGE,
}
CONTENT_WORDS = {"vide": Content.EMPTY, "vides": Content.EMPTY, "plein": Content.FULL, "pleins": Content.FULL, "pleine": Content.FULL}

COLUMNS = [
    Column(
        "external_id",
        "identifiant externe",
        "external id",
        _("the movement's number in your own list; lines with the same number are one movement"),
        required=True,
        example="MVT-2025-118",
        aliases=("id", "identifiant", "numéro", "ref", "référence"),
        as_text=True,
    ),
    Column(
        "date",
        "date",
        "date",
        _("day, or day and time, in local time; a day alone stands for its noon"),
        required=True,
        example="31/12/2025 09:30",
        aliases=("date et heure", "date and time", "jour"),
    ),
    Column(
        "cause",
        "cause",
        "cause",
        _("pickup, delivery, transfer, purchase, loss or breakage"),
        required=True,
        example="collecte",
        aliases=("motif", "type"),
    ),
    Column(
        "from_place",
        "de",
        "from",
        _("external id of the place that the containers leave; empty when they come from outside the network"),
        example="PDC-042",
        aliases=("depuis", "origine", "from place", "lieu de départ"),
        as_text=True,
    ),
    Column(
        "to_place",
        "vers",
        "to",
        _("external id of the place that they reach; empty when they leave the network"),
        example="HUB-1",
        aliases=("à", "destination", "to place", "lieu d'arrivée"),
        as_text=True,
    ),
    Column("container", "contenant", "container", _("its code in the catalogue"), required=True, example="75", as_text=True),
    Column("content", "contenu", "content", _("full or empty"), required=True, example="plein"),
    Column("quantity", "quantité", "quantity", _("how many containers, from 1"), required=True, example="14", aliases=("nombre", "qté")),
    Column("note", "note", "note", _("anything worth keeping, up to 250 characters"), aliases=("commentaire", "remarque", "comment")),
]


class MovementForm(forms.Form):
    """One line of the file. Whether its places and container exist is checked by the importer."""

    external_id = forms.CharField(max_length=80)
    date = MomentField()
    cause = WordField(choices=CAUSES, also=CAUSE_WORDS)
    from_place = forms.CharField(max_length=80, required=False)
    to_place = forms.CharField(max_length=80, required=False)
    container = forms.CharField(max_length=60)
    content = WordField(choices=Content.choices, also=CONTENT_WORDS)
    quantity = WholeNumberField(min_value=1, max_value=MOST_COUNTED)
    note = forms.CharField(max_length=250, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a line that goes from nowhere to nowhere, or from a place to itself."""
        data = super().clean() or self.cleaned_data
        if "from_place" in data and "to_place" in data:
            if not data["from_place"] and not data["to_place"]:
                self.add_error("from_place", ValidationError(gettext("Say where the containers come from, where they go, or both.")))
            elif data["from_place"] == data["to_place"]:
                self.add_error(
                    "to_place", ValidationError(gettext("The containers come from this very place: a movement goes somewhere else."))
                )
        return data
