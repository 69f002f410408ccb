"""The catalogue of kinds, which coordinators edit, and which reason for rejecting a bottle is which kind."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from crates.models import RejectReason
from nonconformities.enums import SEVERITY_DAYS, Handler, Posting, Severity

MOST_DELAY = 365  # days


class NonConformityKind(models.Model):
    """One kind of what goes wrong."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.MINOR)
    delay_days = models.PositiveSmallIntegerField(
        _("to be over within (days)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DELAY)],
        help_text=_("empty: by the severity: minor 30, major 10, critical 3"),
    )
    handled_by = models.CharField(_("handled by"), max_length=12, choices=Handler, default=Handler.COORDINATION)
    posting = models.CharField(
        _("taken out of the stock as"),
        max_length=8,
        choices=Posting,
        blank=True,
        help_text=_("empty: nothing leaves the stock; else a coordinator confirms it on the page of each one"),
    )
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("can be reported"), default=True)

    class Meta:
        verbose_name = _("kind of non-conformity")
        verbose_name_plural = _("kinds of non-conformities")
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delay_days__isnull=True) | Q(delay_days__lte=MOST_DELAY),
                name="kind_delay_within_a_year",
                violation_error_message=_("Give at most a year."),
            )
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr

    def days_for(self, severity: str) -> int:
        """Return within how many days one of this kind is to be over: the kind's own delay for its usual severity, else the severity's."""
        if self.delay_days is not None and severity == self.severity:
            return self.delay_days
        return SEVERITY_DAYS[severity]


class RejectCause(models.Model):
    """What the sorting table calls a reason is this kind. Reasons without a row become the kind “other”."""

    reason = models.OneToOneField(RejectReason, on_delete=models.PROTECT, verbose_name=_("reject reason"), related_name="cause")
    kind = models.ForeignKey(NonConformityKind, on_delete=models.PROTECT, verbose_name=_("kind"), related_name="causes")

    class Meta:
        verbose_name = _("reason at the sorting table")
        verbose_name_plural = _("reasons at the sorting table")
        ordering = ["reason"]

    def __str__(self) -> str:
        return f"{self.reason} → {self.kind}"
