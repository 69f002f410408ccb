"""The vocabulary of references. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Drink(models.TextChoices):
    """What is in the bottle."""

    BEER = "beer", _("beer")
    WINE = "wine", _("wine")
    SPARKLING = "sparkling", _("sparkling wine")
    CIDER = "cider", _("cider")
    JUICE = "juice", _("juice")
    SOFT = "soft", _("soft drink")
    WATER = "water", _("water")
    MILK = "milk", _("milk")
    OTHER = "other", pgettext_lazy("drink", "other")


class ShelfState(models.TextChoices):
    """Whether a product is on the shelf of a place."""

    AVAILABLE = "available", _("on the shelf")
    OUT = "out", _("out of stock")
    STOPPED = "stopped", _("no longer sold")


class Fit(models.TextChoices):
    """Whether a bottle passes at a washing centre."""

    OK = "ok", pgettext_lazy("bottle in the wash", "fits")
    TOO_BIG = "too-big", pgettext_lazy("bottle in the wash", "too big")
    TOO_SMALL = "too-small", pgettext_lazy("bottle in the wash", "too small")
    UNKNOWN = "unknown", pgettext_lazy("bottle in the wash", "size unknown")
