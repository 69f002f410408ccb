"""What the figures rest on besides the network's own rows: published studies, as rows with their source and day."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ReuseFactor(models.Model):
    """What using a bottle again spares, per kilogram of its glass, as a range with its study: never one flattering figure."""

    low_g_per_kg = models.PositiveIntegerField(_("low (g CO₂e/kg of glass)"))
    high_g_per_kg = models.PositiveIntegerField(_("high (g CO₂e/kg of glass)"))
    source = models.CharField(_("source"), max_length=400)
    as_of = models.DateField(_("as of"), unique=True, help_text=_("the latest one is used"))

    class Meta:
        verbose_name = _("reuse factor")
        verbose_name_plural = _("reuse factors")
        ordering = ["-as_of"]
        constraints = [
            models.CheckConstraint(
                condition=Q(low_g_per_kg__lte=F("high_g_per_kg")),
                name="reuse_factor_range_in_order",
                violation_error_message=_("The low figure is not above the high one."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.low_g_per_kg}–{self.high_g_per_kg} g/kg"
