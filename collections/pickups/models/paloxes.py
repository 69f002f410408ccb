"""The numbers of the paloxes that a driver took or left at a stop, as they were typed or scanned."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from crates.models import Palox
from pickups.enums import PaloxDirection
from pickups.models.tours import Stop


class StopPalox(models.Model):
    """One number at one stop. A number that nobody knows is kept without a palox, until a coordinator registers it."""

    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, verbose_name=_("stop"), related_name="paloxes")
    number = models.CharField(_("palox number"), max_length=40)
    direction = models.CharField(_("taken or left"), max_length=5, choices=PaloxDirection)
    palox = models.ForeignKey(Palox, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("palox"), related_name="+")

    class Meta:
        verbose_name = _("palox at a stop")
        verbose_name_plural = _("paloxes at stops")
        ordering = ["stop", "-direction", "number"]
        constraints = [
            models.UniqueConstraint(
                "stop",
                "direction",
                Upper("number"),
                name="palox_once_per_stop_and_direction",
                violation_error_message=_("This number is already listed for this stop."),
            )
        ]

    def __str__(self) -> str:
        return self.number
