"""What a person did to the ledger, so that they may take it back while it is fresh."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.enums import ActKind
from crates.models.counts import Inventory
from crates.models.discrepancies import DiscrepancyDecision
from crates.models.ledger import Movement
from lincassable.accounts.models import Authored


class Act(Authored):
    """One act of a signed-in person: what it made, and what it took back. Undoing turns both around.

    Acts of higher floors (a corrected stop) carry an origin, and `before`: what their own undoing needs.
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=ActKind)
    at = models.DateTimeField(_("when"), default=timezone.now)
    made_movement = models.ForeignKey(
        Movement, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("movement made")
    )
    taken_movement = models.ForeignKey(
        Movement, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("movement taken back")
    )
    made_inventory = models.ForeignKey(
        Inventory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inventory made")
    )
    taken_inventory = models.ForeignKey(
        Inventory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inventory taken back")
    )
    decision = models.ForeignKey(
        DiscrepancyDecision, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decision")
    )
    origin_kind = models.CharField(_("origin"), max_length=20, blank=True)
    origin_id = models.BigIntegerField(_("origin id"), null=True, blank=True)
    before = models.JSONField(_("before"), default=dict, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("act on the ledger")
        verbose_name_plural = _("acts on the ledger")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["actor_kind", "actor_id", "-at"], name="act_of_whom")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {timezone.localtime(self.at):%d/%m/%Y %H:%M}"
