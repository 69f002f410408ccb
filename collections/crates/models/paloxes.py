"""Paloxes as numbered units: which cage is where, in which state, and where it has been."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.enums import PaloxState
from lincassable.accounts.models import Authored
from stores.models import Store


class Palox(models.Model):
    """One numbered cage. Its place and state are those of its last event."""

    number = models.CharField(_("number"), max_length=40)
    model = models.CharField(_("model"), max_length=60, blank=True)
    sorting_format = models.CharField(_("sorting format"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=PaloxState, default=PaloxState.IN_STOCK, editable=False)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("place"), related_name="paloxes"
    )
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    source = models.CharField(_("imported from"), max_length=60, blank=True, editable=False)
    source_id = models.CharField(_("external id"), max_length=80, blank=True, editable=False)

    class Meta:
        verbose_name = _("palox")
        verbose_name_plural = _("paloxes")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                Upper("number"), name="palox_unique_number", violation_error_message=_("There is already a palox with this number.")
            ),
            models.UniqueConstraint(fields=["source", "source_id"], condition=~models.Q(source_id=""), name="palox_unique_external_id"),
        ]

    def __str__(self) -> str:
        return self.number


class PaloxEvent(Authored):
    """Someone saw, moved or changed a palox: its history, never rewritten."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    palox = models.ForeignKey(Palox, on_delete=models.PROTECT, verbose_name=_("palox"), related_name="events")
    at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=PaloxState)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("place"), related_name="+")
    note = models.CharField(_("note"), max_length=250, blank=True)
    origin_kind = models.CharField(_("origin"), max_length=20, blank=True)
    origin_id = models.BigIntegerField(_("origin id"), null=True, blank=True)

    class Meta:
        verbose_name = _("palox event")
        verbose_name_plural = _("palox events")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(at__lte=models.F("recorded_at")),
                name="palox_event_not_in_the_future",
                violation_error_message=_("A palox cannot be seen in the future."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.palox} · {timezone.localtime(self.at):%d/%m/%Y %H:%M}"
