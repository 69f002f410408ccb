"""Posters, stickers, totems: the catalogue, the office's stock, what places order, and what stands where."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from awareness.enums import MaterialKind, OrderState, PlacementState, StockReason
from lincassable.accounts.models import Authored
from stores.models import Store

MOST_ORDERED = 500


def picture_path(material: Material, _name: str) -> str:
    """Return where the picture of a material is kept under the private media folder."""
    return f"materials/{material.uuid.hex}-{uuid.uuid4().hex[:8]}.webp"


class Material(models.Model):
    """Something to show, of the catalogue."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=MaterialKind, default=MaterialKind.POSTER)
    name_fr = models.CharField(_("name in French"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    picture = models.FileField(_("picture"), upload_to=picture_path, max_length=200, blank=True)
    minimum = models.PositiveIntegerField(_("minimum at the office"), default=0, help_text=_("below it, coordinators are told"))
    usual = models.PositiveSmallIntegerField(
        _("usual quantity"), default=1, validators=[MinValueValidator(1)], help_text=_("what an order starts from")
    )
    check_months = models.PositiveSmallIntegerField(
        _("looked at every (months)"), default=6, help_text=_("0: what is placed is not looked at again, like flyers")
    )
    is_active = models.BooleanField(_("can be ordered"), default=True)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["kind", "name_fr"]
        constraints = [
            models.CheckConstraint(
                condition=Q(usual__gte=1),
                name="material_usual_at_least_one",
                violation_error_message=_("At least one is ordered at a time."),
            )
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr


class MaterialOrder(Authored):
    """A place wants so many of a material."""

    key = models.UUIDField(_("key"), unique=True, editable=False, default=uuid.uuid4)
    later_keys = ArrayField(
        models.UUIDField(), verbose_name=_("keys of later forms"), default=list, blank=True, editable=False
    )  # those that changed it while it waited: sent again, they are known
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="material_orders")
    material = models.ForeignKey(Material, on_delete=models.PROTECT, verbose_name=_("material"), related_name="orders")
    quantity = models.PositiveSmallIntegerField(_("how many"), validators=[MinValueValidator(1), MaxValueValidator(MOST_ORDERED)])
    state = models.CharField(_("state"), max_length=8, choices=OrderState, default=OrderState.ORDERED, editable=False)
    note = models.CharField(_("note"), max_length=250, blank=True)
    answer = models.CharField(_("answer"), max_length=250, blank=True, editable=False)
    ordered_at = models.DateTimeField(_("ordered"), default=timezone.now)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("order of material")
        verbose_name_plural = _("orders of material")
        ordering = ["-ordered_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST_ORDERED),
                name="material_order_quantity",
                violation_error_message=_("Order between 1 and 500."),
            ),
            models.UniqueConstraint(
                fields=["store", "material"],
                condition=Q(state="ordered"),
                name="one_waiting_order_per_material",
                violation_error_message=_("This place has already ordered it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.material}"


class MaterialMove(Authored):
    """The office's stock of a material moves: rows are only ever added."""

    material = models.ForeignKey(Material, on_delete=models.PROTECT, verbose_name=_("material"), related_name="moves")
    quantity = models.IntegerField(_("how many"), help_text=_("more, or less than zero: fewer"))
    reason = models.CharField(_("why"), max_length=8, choices=StockReason)
    order = models.ForeignKey(
        MaterialOrder, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("order of material"), related_name="moves"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("movement of material")
        verbose_name_plural = _("movements of material")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="material_move_not_zero"),
            models.CheckConstraint(
                condition=Q(reason__in=["order", "back"], order__isnull=False) | (~Q(reason__in=["order", "back"]) & Q(order__isnull=True)),
                name="material_move_of_an_order",
            ),
            models.UniqueConstraint(fields=["order", "reason"], condition=Q(order__isnull=False), name="material_order_moves_once"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity:+d} × {self.material}"


def photo_path(placement: Placement, _name: str) -> str:
    """Return where the photo of a placement is kept under the private media folder."""
    return f"placements/{uuid.uuid4().hex}.webp"


class Placement(Authored):
    """What of a material stands in a place: one row each."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="placements")
    material = models.ForeignKey(Material, on_delete=models.PROTECT, verbose_name=_("material"), related_name="placements")
    state = models.CharField(_("state"), max_length=10, choices=PlacementState, default=PlacementState.PLACED)
    quantity = models.PositiveSmallIntegerField(_("how many"), default=1, validators=[MinValueValidator(1)])
    placed_on = models.DateField(_("placed"), default=timezone.localdate)
    checked_on = models.DateField(_("last looked at"), default=timezone.localdate)
    photo = models.FileField(_("photo"), upload_to=photo_path, max_length=200, blank=True)
    # How long the photo is kept counts from there.
    photo_at = models.DateTimeField(_("photo sent"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("material in a place")
        verbose_name_plural = _("material in places")
        ordering = ["store", "material"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "material"],
                name="placement_once",
                violation_error_message=_("This material is already listed in this place."),
            ),
            models.CheckConstraint(
                condition=Q(checked_on__gte=models.F("placed_on")),
                name="placement_checked_after_it_was_placed",
                violation_error_message=_("It cannot have been looked at before it was placed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material} · {self.store}"
