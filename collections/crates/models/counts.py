"""What someone saw at a place and a moment: inventories, declarations, and their lines."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.models.catalogue import ContainerType
from lincassable.accounts.models import ACTOR_KINDS, Authored
from stores.models import Store


class Inventory(Authored):
    """A physical count of a place. It pins the balance at its moment."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="inventories")
    counted_at = models.DateTimeField(_("counted"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    note = models.TextField(_("note"), blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    withdrawn_reason = models.CharField(_("reason of the withdrawal"), max_length=250, blank=True, editable=False)
    withdrawn_by_kind = models.CharField(_("withdrawn by (kind)"), max_length=8, choices=ACTOR_KINDS, blank=True, editable=False)
    withdrawn_by_id = models.BigIntegerField(_("withdrawn by (id)"), null=True, blank=True, editable=False)
    source = models.CharField(_("imported from"), max_length=60, blank=True)
    source_id = models.CharField(_("external id"), max_length=80, blank=True)
    replayed = False  # True on what record_inventory() returns when its key was already known

    class Meta:
        verbose_name = _("inventory")
        verbose_name_plural = _("inventories")
        ordering = ["-counted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(counted_at__lte=F("recorded_at")),
                name="inventory_not_in_the_future",
                violation_error_message=_("A count cannot be in the future."),
            ),
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source_id=""), name="inventory_unique_external_id"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="", withdrawn_by_kind="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="") & ~Q(withdrawn_by_kind="")),
                name="inventory_withdrawal_is_whole",
                violation_error_message=_("A withdrawn inventory says when, why and by whom."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {timezone.localtime(self.counted_at):%d/%m/%Y %H:%M}"

    @property
    def moment(self) -> datetime:
        """When it was seen, the same name as a declaration's."""
        return self.counted_at


class Declaration(Authored):
    """What staff said: full containers, perhaps the total, and whether they want a pickup.

    `declared_at` is the moment that counts. A phone's time in the future or too old is kept as `claimed_at` and the
    time of receipt counts instead. A declaration sent under a replaced card is held for a coordinator's glance.
    """

    POSTED, HELD, REFUSED = "posted", "held", "refused"
    STATES = [(POSTED, _("taken into account")), (HELD, _("to be looked at")), (REFUSED, _("refused"))]

    key = models.UUIDField(_("key"), unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="declarations")
    declared_at = models.DateTimeField(_("declared"))
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(_("time claimed by the phone"), null=True, blank=True, editable=False)
    wants_pickup = models.BooleanField(_("asks for a pickup"), default=False)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=STATES, default=POSTED, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)
    settled_reason = models.CharField(_("reason"), max_length=250, blank=True, editable=False)
    settled_by_kind = models.CharField(_("settled by (kind)"), max_length=8, choices=ACTOR_KINDS, blank=True, editable=False)
    settled_by_id = models.BigIntegerField(_("settled by (id)"), null=True, blank=True, editable=False)
    source = models.CharField(_("imported from"), max_length=60, blank=True)
    source_id = models.CharField(_("external id"), max_length=80, blank=True)
    replayed = False  # True on what declare() returns when its key was already known

    class Meta:
        verbose_name = _("declaration")
        verbose_name_plural = _("declarations")
        ordering = ["-declared_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(declared_at__lte=F("received_at")),
                name="declaration_not_in_the_future",
                violation_error_message=_("A declaration cannot be in the future."),
            ),
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source_id=""), name="declaration_unique_external_id"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by_kind="", settled_reason="")
                | (Q(settled_at__isnull=False) & ~Q(settled_by_kind="")),
                name="declaration_settlement_is_whole",
                violation_error_message=_("A settled declaration says when and by whom."),
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | Q(settled_at__isnull=False),
                name="declaration_refused_is_settled",
                violation_error_message=_("A refused declaration says when and by whom."),
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-declared_at"], name="declaration_store_recent"),
            # The few that wait for a coordinator, found without reading the others.
            models.Index(fields=["store"], condition=Q(state="held"), name="declaration_held"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {timezone.localtime(self.declared_at):%d/%m/%Y %H:%M}"

    @property
    def moment(self) -> datetime:
        """When it was seen, the same name as an inventory's."""
        return self.declared_at


class Count(models.Model):
    """One line of an inventory or of a declaration: one kind of container, seen at one place and moment.

    A pin fixes the balance at its moment: `pins_total` for inventories, `pins_full` where full containers were counted.
    What is seen but pins nothing (the total of a declaration, any figure declared at a hub) stays as an observation.
    """

    inventory = models.ForeignKey(Inventory, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="+")
    container_type = models.ForeignKey(ContainerType, on_delete=models.PROTECT, verbose_name=_("container type"), related_name="+")
    at = models.DateTimeField(_("moment"))
    total = models.IntegerField(_("total"), null=True, blank=True)
    full = models.IntegerField(_("full"), null=True, blank=True)
    fill_percents = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("fill of each (%)"), default=list, blank=True)
    pins_total = models.BooleanField(_("pins the total"), default=False)
    pins_full = models.BooleanField(_("pins the full ones"), default=False)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)

    class Meta:
        verbose_name = _("count line")
        verbose_name_plural = _("count lines")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(inventory__isnull=False, declaration__isnull=True) | Q(inventory__isnull=True, declaration__isnull=False),
                name="count_of_one_inventory_or_declaration",
            ),
            models.CheckConstraint(condition=Q(pins_total=False) | Q(total__isnull=False), name="count_pinned_total_is_known"),
            models.CheckConstraint(condition=Q(pins_full=False) | Q(full__isnull=False), name="count_pinned_full_is_known"),
            models.UniqueConstraint(fields=["inventory", "container_type"], name="count_once_per_inventory"),
            models.UniqueConstraint(fields=["declaration", "container_type"], name="count_once_per_declaration"),
        ]
        indexes = [
            models.Index(fields=["store", "container_type", "at"], name="count_place_time"),
            # Counts of the last weeks whose total was said, for the list of differences.
            models.Index(fields=["at"], condition=Q(withdrawn=False, total__isnull=False), name="count_total_time"),
        ]

    def __str__(self) -> str:
        return f"{self.container_type} {self.full}/{self.total}"
