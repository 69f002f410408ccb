"""Movements, their entries, and the balances that the database keeps from them.

The triggers are the guarantee: whatever writes here (a service, a bulk import, SQL by hand), movements and entries
cannot be changed or removed, lines sum to zero, and balances equal the sum of entries.
"""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.enums import Cause, Content
from crates.models.catalogue import ContainerType
from crates.models.counts import Declaration, Inventory
from crates.triggers import APPEND_ONLY, BALANCE_BY_DATABASE_ONLY, ENTRIES_TO_BALANCES
from lincassable.accounts.models import Authored
from stores.models import Store


class Movement(Authored):
    """One physical fact over any number of container types; its entries are the signed lines."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    cause = models.CharField(_("cause"), max_length=12, choices=Cause)
    occurred_at = models.DateTimeField(_("happened"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    inventory = models.ForeignKey(Inventory, on_delete=models.PROTECT, null=True, blank=True, related_name="movements")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, null=True, blank=True, related_name="movements")
    # Higher floors own what a movement tells of (a stop, a sorting batch): a name and an id, no foreign key upwards.
    origin_kind = models.CharField(_("origin"), max_length=20, blank=True)
    origin_id = models.BigIntegerField(_("origin id"), null=True, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("reverses")
    )
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="replaced_by",
        verbose_name=_("replaces"),
        help_text=_("the movement that was taken back, and that this one says rightly"),
    )
    offsets = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="offset_by",
        verbose_name=_("offsets"),
        help_text=_("the late fact whose effect this line takes back at a later count"),
    )
    source = models.CharField(_("imported from"), max_length=60, blank=True)
    source_id = models.CharField(_("external id"), max_length=80, blank=True)
    replayed = False  # True on what post_movement() returns when its key was already known

    class Meta:
        verbose_name = _("movement")
        verbose_name_plural = _("movements")
        ordering = ["-occurred_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(occurred_at__lte=F("recorded_at")),
                name="movement_not_in_the_future",
                violation_error_message=_("A movement cannot be in the future."),
            ),
            models.CheckConstraint(
                condition=Q(origin_kind="", origin_id__isnull=True) | (~Q(origin_kind="") & Q(origin_id__isnull=False)),
                name="movement_origin_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["origin_kind", "origin_id"], condition=~Q(origin_kind=""), name="movement_origin"),
            models.Index(fields=["source", "source_id"], condition=~Q(source_id=""), name="movement_external_id"),
            models.Index(fields=["-occurred_at", "-id"], name="movement_recent"),
        ]
        triggers = [pgtrigger.Trigger(**trigger) for trigger in APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} · {timezone.localtime(self.occurred_at):%d/%m/%Y %H:%M}"


class Entry(models.Model):
    """One signed line of a movement: so many containers more or less at a place (null is the outside world)."""

    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="entries", verbose_name=_("movement"))
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("collection point"), db_index=False
    )
    container_type = models.ForeignKey(
        ContainerType, on_delete=models.PROTECT, related_name="+", verbose_name=_("container type"), db_index=False
    )
    content = models.CharField(_("content"), max_length=5, choices=Content)
    quantity = models.IntegerField(_("quantity"))
    # A copy of the movement's moment, so that the stock of any past moment is one index range; a trigger checks it.
    occurred_at = models.DateTimeField(_("happened"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="entry_moves_something")]
        indexes = [
            models.Index(fields=["store", "container_type", "occurred_at"], include=["content", "quantity"], name="entry_place_time"),
            models.Index(fields=["occurred_at"], include=["store", "container_type", "content", "quantity"], name="entry_time"),
        ]
        triggers = [*(pgtrigger.Trigger(**trigger) for trigger in APPEND_ONLY), pgtrigger.Trigger(**ENTRIES_TO_BALANCES)]

    def __str__(self) -> str:
        return f"{self.quantity:+d} {self.content} {self.container_type}"


class Balance(models.Model):
    """How many containers a place holds now. Written by the database only, from the entries."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="balances", verbose_name=_("collection point"), db_index=False)
    container_type = models.ForeignKey(
        ContainerType, on_delete=models.PROTECT, related_name="+", verbose_name=_("container type"), db_index=False
    )
    content = models.CharField(_("content"), max_length=5, choices=Content)
    quantity = models.BigIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        ordering = ["store", "container_type", "content"]
        constraints = [models.UniqueConstraint(fields=["store", "container_type", "content"], name="balance_per_place_type_content")]
        triggers = [pgtrigger.Trigger(**BALANCE_BY_DATABASE_ONLY)]

    def __str__(self) -> str:
        return f"{self.store_id} {self.container_type_id} {self.content} {self.quantity}"
