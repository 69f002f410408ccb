"""The vocabulary of the move from the present tool. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Table(models.TextChoices):
    """The tables of the present tool, by the names of their exports, in the order in which they are read."""

    ZONE = "zone_de_collecte", _("zones")
    POINT = "point_de_collecte", _("collection points")
    CARRIER = "transporteur", _("carriers")
    TOUR = "tournee", _("tours")
    STOP = "collecte", _("stops")
    INVENTORY = "inventaire", _("inventories")
    DECLARATION = "remplissage_contenants", _("declarations")
    DEPOSIT = "consigne", _("deposit counts")
    PALOX = "palox", _("paloxes")


class RowState(models.TextChoices):
    """What a row of the present tool is here."""

    HERE = "here", _("imported")
    PENDING = "pending", _("its day is yet to come")
    UNDATED = "undated", _("without a day: counts nowhere")
    GONE = "gone", _("gone from the present tool, or unusable there")


# What happened to rows of an export, as reports count them.
OUTCOMES = {
    "new": pgettext_lazy("rows", "new"),
    "changed": pgettext_lazy("rows", "changed"),
    "gone": pgettext_lazy("rows", "gone"),
    "unchanged": pgettext_lazy("rows", "as before"),
    "skipped": pgettext_lazy("rows", "skipped"),
    RowState.PENDING.value: pgettext_lazy("rows", "yet to come"),
    RowState.UNDATED.value: pgettext_lazy("rows", "without a day"),
}
ASSUMED = "stock_columns"  # what reports call the columns of places that nobody counted

QUIET = ("unchanged", "skipped")  # outcomes that change nothing here

# The containers that the present tool counts, by our codes, in its order.
CODES = ("75", "33", "palox")
# code -> (column of totals, column of full ones, column of the buffer) in points and inventories.
STOCK_COLUMNS = {
    "75": ("stock_casiers_75", "stock_casiers_75_plein", "stock_casiers_75_tampon"),
    "33": ("stock_casiers_33", "stock_casiers_33_plein", "stock_casiers_33_tampon"),
    "palox": ("stock_paloxs", "stock_paloxs_plein", ""),
}
# code -> (column of full ones taken, column of empty ones left) in stops.
STOP_COLUMNS = {
    "75": ("collecte_nb_casier_75_plein", "livraison_nb_casier_75_vide"),
    "33": ("collecte_nb_casier_33_plein", "livraison_nb_casier_33_vide"),
    "palox": ("collecte_nb_palox_plein", "livraison_nb_palox_vide"),
}
