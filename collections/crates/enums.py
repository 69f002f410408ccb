"""The vocabulary of the crate ledger. Imports nothing of ours."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Content(models.TextChoices):
    """What is in a container."""

    EMPTY = "empty", _("empty")
    FULL = "full", _("full")


class Cause(models.TextChoices):
    """Why containers moved or filled up."""

    PICKUP = "pickup", _("pickup")
    DELIVERY = "delivery", _("delivery")
    TRANSFER = "transfer", _("transfer")
    PURCHASE = "purchase", _("purchase")
    LOSS = "loss", _("loss")
    BREAKAGE = "breakage", _("breakage")
    INVENTORY = "inventory", _("inventory")
    DECLARATION = "declaration", _("declaration")
    SORTING = "sorting", _("sorting")


class Unit(models.TextChoices):
    """How staff say how full a kind of container is: as a number of full ones, or as a share of each."""

    COUNT = "count", _("number of full ones")
    PERCENT = "percent", _("fill of each, in %")


class PaloxState(models.TextChoices):
    """Where a numbered palox is in the loop."""

    IN_STOCK = "in_stock", _("in stock")
    STORE = "store", _("at a collection point")
    SORTING = "sorting", _("being sorted")
    WASHING = "washing", _("at the washing centre")
    LOST = "lost", _("lost or scrapped")


class BottleStage(models.TextChoices):
    """How far sorted bottles are on their way back to a producer."""

    SORTED = "sorted", _("sorted")
    WASHING = "washing", _("at washing")
    WASHED = "washed", _("washed")


class BottleAct(models.TextChoices):
    """What happened to bottles, from the sorting table to a producer's yard."""

    SORTED = "sorted", _("sorted")
    SENT = "sent", _("sent to washing")
    WASHED = "washed", _("back from washing")
    BROKEN = "broken", _("broken at washing")
    DELIVERED = "delivered", _("delivered to a producer")


class Decision(models.TextChoices):
    """What a coordinator did about a discrepancy."""

    RECORDED = "recorded", _("missing movement recorded")
    ACCEPTED = "accepted", _("accepted as an inventory")
    DISMISSED = "dismissed", _("dismissed")


class ActKind(models.TextChoices):
    """What a coordinator may take back while it is fresh."""

    MOVEMENT = "movement", _("movement recorded")
    CORRECTION = "correction", _("movement corrected")
    CANCELLATION = "cancellation", _("movement cancelled")
    INVENTORY = "inventory", _("inventory recorded")
    RECOUNT = "recount", _("inventory corrected")
    WITHDRAWAL = "withdrawal", _("inventory withdrawn")
    DECISION = "decision", _("difference settled")
    STOP = "stop", _("stop corrected")
    BATCH = "batch", _("batch sorted")
    BOTTLES = "bottles", _("bottles moved")
