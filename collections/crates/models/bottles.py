"""Sorting and washing: bottles by model, from the crates taken in to the pallets delivered to producers."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crates.enums import BottleAct, BottleStage
from crates.models.catalogue import ContainerType
from crates.models.ledger import Movement
from crates.models.paloxes import Palox
from crates.triggers import APPEND_ONLY
from lincassable.accounts.models import Authored
from stores.models import Store


class BottleModel(models.Model):
    """A standard bottle, as it is sorted."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    volume_cl = models.PositiveSmallIntegerField(_("volume (cl)"))
    height_mm = models.PositiveSmallIntegerField(_("height (mm)"), null=True, blank=True)
    diameter_mm = models.PositiveSmallIntegerField(_("diameter (mm)"), null=True, blank=True)
    pallet_bottles = models.PositiveIntegerField(_("bottles on a pallet"), default=1200)
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("bottle model")
        verbose_name_plural = _("bottle models")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr


class RejectReason(models.Model):
    """Why a bottle cannot be reused."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("reject reason")
        verbose_name_plural = _("reject reasons")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr


class SortingBatch(Authored):
    """One run at a sorting centre: containers taken in, bottles counted by model, rejects by reason."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    centre = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("sorting centre"), related_name="sorting_batches")
    sorted_at = models.DateTimeField(_("sorted"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    movement = models.OneToOneField(
        Movement, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="sorting_batch", verbose_name=_("movement")
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True, editable=False)
    cancelled_reason = models.CharField(_("reason of the cancellation"), max_length=250, blank=True, editable=False)
    replayed = False  # True on what record_sorting() returns when its key was already known

    class Meta:
        verbose_name = _("sorting batch")
        verbose_name_plural = _("sorting batches")
        ordering = ["-sorted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sorted_at__lte=F("recorded_at")),
                name="sorting_not_in_the_future",
                violation_error_message=_("A batch cannot be sorted in the future."),
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, cancelled_reason="") | (Q(cancelled_at__isnull=False) & ~Q(cancelled_reason="")),
                name="sorting_cancelled_with_a_reason",
                violation_error_message=_("Say why: a correction needs a reason."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.centre} · {timezone.localtime(self.sorted_at):%d/%m/%Y %H:%M}"


class SortingIntake(models.Model):
    """Containers taken in by a batch; they leave it empty."""

    batch = models.ForeignKey(SortingBatch, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("sorting batch"))
    container_type = models.ForeignKey(ContainerType, on_delete=models.PROTECT, related_name="+", verbose_name=_("container type"))
    quantity = models.PositiveIntegerField(_("quantity"))
    paloxes = models.ManyToManyField(Palox, blank=True, related_name="sorting_intakes", verbose_name=_("paloxes"))

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "container_type"], name="intake_once_per_batch")]

    def __str__(self) -> str:
        return f"{self.quantity} {self.container_type}"


class SortingReject(models.Model):
    """Bottles of a batch that cannot be reused, and why."""

    batch = models.ForeignKey(SortingBatch, on_delete=models.PROTECT, related_name="rejects", verbose_name=_("sorting batch"))
    bottle_model = models.ForeignKey(
        BottleModel, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bottle model")
    )
    reason = models.ForeignKey(RejectReason, on_delete=models.PROTECT, related_name="+", verbose_name=_("reason"))
    quantity = models.PositiveIntegerField(_("bottles"))

    class Meta:
        verbose_name = _("reject")
        verbose_name_plural = _("rejects")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "bottle_model", "reason"], nulls_distinct=False, name="reject_once_per_batch")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} · {self.reason}"


class BottleMovement(Authored):
    """Bottles of one model going from one stage to the next: sorted, sent to washing, back washed, delivered.

    Append-only like the crate ledger; a mistake is reversed by a movement that names it. A side without a stage is outside
    the loop: not sorted yet, broken, or (with a place) at the producer who bought them.
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("what happened"), max_length=10, choices=BottleAct)
    bottle_model = models.ForeignKey(BottleModel, on_delete=models.PROTECT, related_name="movements", verbose_name=_("bottle model"))
    from_stage = models.CharField(_("from"), max_length=10, choices=BottleStage, blank=True)
    from_store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from place"))
    to_stage = models.CharField(_("to"), max_length=10, choices=BottleStage, blank=True)
    to_store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to place"))
    quantity = models.PositiveIntegerField(_("bottles"))
    pallets = models.PositiveIntegerField(_("pallets"), default=0)
    occurred_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    batch = models.ForeignKey(
        SortingBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="bottle_movements", verbose_name=_("sorting batch")
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    replayed = False  # True on what a service returns when its key was already known

    class Meta:
        verbose_name = _("bottle movement")
        verbose_name_plural = _("bottle movements")
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="bottle_movement_moves_something"),
            models.CheckConstraint(condition=Q(occurred_at__lte=F("recorded_at")), name="bottle_movement_not_in_the_future"),
            models.CheckConstraint(condition=~Q(from_stage="", to_stage=""), name="bottle_movement_has_a_stage"),
            models.CheckConstraint(
                condition=(Q(from_stage="") | Q(from_store__isnull=False)) & (Q(to_stage="") | Q(to_store__isnull=False)),
                name="bottle_movement_is_somewhere",
            ),
        ]
        triggers = [pgtrigger.Trigger(**trigger) for trigger in APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.quantity} {self.bottle_model}"
