"""What a coordinator decided about a difference between what was declared, counted and expected."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.enums import Decision
from crates.models.counts import Count, Inventory
from crates.models.ledger import Movement
from lincassable.accounts.models import Authored


class DiscrepancyDecision(Authored):
    """A difference is looked into once: recorded as a missing movement, accepted as an inventory, or dismissed with a reason.

    A decision that was undone stays, and no longer counts.
    """

    count = models.ForeignKey(Count, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("count line"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    expected = models.BigIntegerField(_("expected then"), null=True, blank=True)
    difference = models.BigIntegerField(_("difference then"), null=True, blank=True)
    movement = models.ForeignKey(
        Movement, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("movement recorded")
    )
    inventory = models.ForeignKey(
        Inventory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("inventory recorded")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("decision on a discrepancy")
        verbose_name_plural = _("decisions on discrepancies")
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decision="dismissed", reason=""),
                name="dismissed_with_a_reason",
                violation_error_message=_("Say why this difference needs nothing."),
            ),
            models.UniqueConstraint(
                fields=["count"],
                condition=models.Q(undone_at__isnull=True),
                name="one_decision_per_difference",
                violation_error_message=_("This difference is already settled: reload the page."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} · {self.get_decision_display()}"
