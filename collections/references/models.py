"""Producers, their products in returnable bottles, and on which shelves they stand."""

from __future__ import annotations

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.models import BottleModel, DepositAmount
from lincassable.accounts.models import Authored
from references.enums import Drink, ShelfState
from stores.models import Store


class Producer(models.Model):
    """Who fills returnable bottles; a place of the network too when it is collected or delivered."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    store = models.OneToOneField(
        Store, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("its place"), related_name="producer"
    )
    city = models.CharField(_("town"), max_length=120, blank=True)
    website = models.URLField(_("website"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    source = models.CharField(_("imported from"), max_length=40, blank=True, editable=False)
    source_id = models.CharField(_("external id"), max_length=80, blank=True, editable=False)

    class Meta:
        verbose_name = _("producer")
        verbose_name_plural = _("producers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source_id=""), name="producer_unique_external_id")
        ]

    def __str__(self) -> str:
        return self.name


class Reference(models.Model):
    """A product sold in a returnable bottle."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    producer = models.ForeignKey(Producer, on_delete=models.PROTECT, verbose_name=_("producer"), related_name="references")
    name = models.CharField(_("name"), max_length=160)
    drink = models.CharField(_("kind of drink"), max_length=10, choices=Drink)
    bottle_model = models.ForeignKey(
        BottleModel, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("bottle model"), related_name="references"
    )
    volume_cl = models.PositiveSmallIntegerField(_("volume (cl)"))
    deposit = models.ForeignKey(
        DepositAmount, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("deposit"), related_name="references"
    )
    ean = models.CharField(
        _("EAN"), max_length=14, blank=True, validators=[RegexValidator(r"^\d{8}(\d{4,6})?$", _("An EAN has 8, 12, 13 or 14 digits."))]
    )
    label_washable = models.BooleanField(_("label comes off in the wash"), null=True, blank=True)
    height_mm = models.PositiveSmallIntegerField(_("height (mm)"), null=True, blank=True, help_text=_("empty: that of the bottle model"))
    diameter_mm = models.PositiveSmallIntegerField(
        _("diameter (mm)"), null=True, blank=True, help_text=_("empty: that of the bottle model")
    )
    on_market_from = models.DateField(_("on the market from"), null=True, blank=True)
    on_market_to = models.DateField(_("on the market until"), null=True, blank=True)
    source = models.CharField(_("imported from"), max_length=40, blank=True, editable=False)
    source_id = models.CharField(_("external id"), max_length=80, blank=True, editable=False)

    class Meta:
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        ordering = ["producer__name", "name", "volume_cl"]
        constraints = [
            models.UniqueConstraint(
                fields=["producer", "name", "volume_cl"],
                name="reference_once_per_producer",
                violation_error_message=_("This producer already has this product in this volume."),
            ),
            models.UniqueConstraint(
                fields=["ean"],
                condition=~Q(ean=""),
                name="reference_unique_ean",
                violation_error_message=_("Another product already has this EAN."),
            ),
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source_id=""), name="reference_unique_external_id"),
            models.CheckConstraint(
                condition=Q(on_market_from__isnull=True) | Q(on_market_to__isnull=True) | Q(on_market_from__lte=F("on_market_to")),
                name="reference_dates_in_order",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                condition=Q(volume_cl__gt=0), name="reference_has_a_volume", violation_error_message=_("Give the volume in centilitres.")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.producer} – {self.name} {self.volume_cl} cl"


class WashingLimit(models.Model):
    """Which bottles a washing centre takes: height and diameter in millimetres, both ends included."""

    centre = models.OneToOneField(Store, on_delete=models.PROTECT, verbose_name=_("washing centre"), related_name="washing_limit")
    min_height_mm = models.PositiveSmallIntegerField(_("lowest height (mm)"), default=150)
    max_height_mm = models.PositiveSmallIntegerField(_("greatest height (mm)"), default=310)
    min_diameter_mm = models.PositiveSmallIntegerField(_("smallest diameter (mm)"), default=45)
    max_diameter_mm = models.PositiveSmallIntegerField(_("greatest diameter (mm)"), default=90)

    class Meta:
        verbose_name = _("limits of a washing centre")
        verbose_name_plural = _("limits of washing centres")
        ordering = ["centre"]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_height_mm__lt=F("max_height_mm"), min_diameter_mm__lt=F("max_diameter_mm")),
                name="washing_limits_in_order",
                violation_error_message=_("The smallest figure is below the greatest one."),
            )
        ]

    def __str__(self) -> str:
        return str(self.centre)


class ShelfItem(Authored):
    """A product at a place: there, out of stock, or no longer sold; since when, and who said so."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="shelf")
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, verbose_name=_("reference"), related_name="shelf")
    state = models.CharField(_("state"), max_length=10, choices=ShelfState, default=ShelfState.AVAILABLE)
    since = models.DateTimeField(_("since"), default=timezone.now)
    said_at = models.DateTimeField(_("last said"), default=timezone.now)

    class Meta:
        verbose_name = _("product on the shelf")
        verbose_name_plural = _("products on the shelf")
        ordering = ["store", "reference"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "reference"],
                name="reference_once_per_shelf",
                violation_error_message=_("This product is already listed for this place."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.reference}"


class ShelfCheck(Authored):
    """Somebody looked at the whole shelf of a place."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="shelf_checks")
    checked_at = models.DateTimeField(_("looked at"), default=timezone.now)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    changes = models.PositiveSmallIntegerField(_("products changed"), default=0)

    class Meta:
        verbose_name = _("look at the shelf")
        verbose_name_plural = _("looks at the shelf")
        ordering = ["store", "-checked_at"]

    def __str__(self) -> str:
        return f"{self.store} · {self.checked_at:%d/%m/%Y}"


class HeldList(Authored):
    """A look at a shelf that came under a card replaced since: without effect until a coordinator has glanced at it.

    Accepted, it becomes a `ShelfCheck` with the same key; refused, it stays readable.
    """

    key = models.UUIDField(_("key"), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="held_lists")
    checked_at = models.DateTimeField(_("looked at"), default=timezone.now)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    states = models.JSONField(_("products"), default=dict, help_text=_("state by id of the product"))
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    accepted = models.BooleanField(_("accepted"), null=True, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)
    settled_by = models.BigIntegerField(_("settled by (user)"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("list to look at")
        verbose_name_plural = _("lists to look at")
        ordering = ["-checked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted__isnull=True, settled_at__isnull=True) | Q(accepted__isnull=False, settled_at__isnull=False),
                name="held_list_settled_is_whole",
                violation_error_message=_("A settled list says when."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} · {timezone.localtime(self.checked_at):%d/%m/%Y %H:%M}"
