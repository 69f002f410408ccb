"""The vocabulary of collection points. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What a place is in the loop."""

    SHOP = "shop", _("shop")
    HOTEL = "hotel", _("hotel")
    RESTAURANT = "restaurant", _("restaurant")
    PRODUCER = "producer", _("producer")
    HUB = "hub", _("hub")
    SORTING = "sorting", _("sorting centre")
    WASHING = "washing", _("washing centre")


# Places that tours bring containers to; there, a declaration is an observation and a missing full count means none.
STOCK_KEEPERS = (Kind.HUB, Kind.SORTING)


class Status(models.TextChoices):
    """Where a place stands in its life with the network."""

    PROSPECT = "prospect", _("prospect")
    SETTING_UP = "setting_up", _("setting up")
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    ARCHIVED = "archived", _("archived")


class VehicleKind(models.TextChoices):
    """What drives, from the smallest to the largest: a place may take no larger one than its yard allows."""

    BIKE = "bike", _("cargo bike")
    VAN = "van", _("van")
    TRUCK_12T = "truck_12t", _("12 t truck")
    TRUCK_19T = "truck_19t", _("19 t truck")


class DepositPractice(models.TextChoices):
    """What somebody who brings a bottle back gets there."""

    CASH = "cash", _("money back")
    VOUCHER = "voucher", _("a voucher")
    TILL = "till", _("deducted at the till")
    NONE = "none", _("bottles are taken back without a deposit")


class ProposalKind(models.TextChoices):
    """What a place may propose to change about itself."""

    HOURS = "hours", _("opening hours")
    CONTACT = "contact", _("contact")
    ADDRESS = "address", _("address")


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    PROPOSED = "proposed", pgettext_lazy("proposal", "proposed")
    ACCEPTED = "accepted", pgettext_lazy("proposal", "accepted")
    REFUSED = "refused", pgettext_lazy("proposal", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "withdrawn")


class Role(models.TextChoices):
    """What a contact does at the place."""

    MANAGER = "manager", _("manager")
    TEAM = "team", _("sales team")
    LOGISTICS = "logistics", _("logistics")
    ACCOUNTING = "accounting", _("accounting")
