"""Deposits: how many bottles stores charged and refunded each month, per deposit amount."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import Authored
from stores.models import Store


class DepositAmount(models.Model):
    """A deposit in force for a time: 0.50 € and 0.20 € today."""

    amount_eur = models.DecimalField(_("amount (€)"), max_digits=5, decimal_places=2)
    label_fr = models.CharField(_("label in French"), max_length=60, blank=True)
    label_en = models.CharField(_("label in English"), max_length=60, blank=True)
    valid_from = models.DateField(_("in force from"))
    valid_to = models.DateField(_("in force until"), null=True, blank=True)

    class Meta:
        verbose_name = _("deposit amount")
        verbose_name_plural = _("deposit amounts")
        ordering = ["-amount_eur"]
        constraints = [
            models.UniqueConstraint(
                fields=["amount_eur"],
                name="deposit_amount_once",
                violation_error_message=_("This amount exists already: change its dates instead."),
            ),
            models.CheckConstraint(
                condition=Q(amount_eur__gt=0), name="deposit_amount_positive", violation_error_message=_("A deposit is more than zero.")
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="deposit_amount_dates_in_order",
                violation_error_message=_("The end lies before the beginning."),
            ),
        ]

    def __str__(self) -> str:
        return f"{number_format(self.amount_eur, 2)} €"

    @property
    def label(self) -> str:
        """What it is about, in the reader's language, or its amount when nothing was said."""
        return (self.label_en if (get_language() or "fr").startswith("en") else self.label_fr) or str(self)

    def holds_in(self, month: dt.date) -> bool:
        """Whether this deposit was in force on a day at least of the month that begins on `month`."""
        return self.valid_from < next_month(month) and (self.valid_to is None or self.valid_to >= month)


def next_month(month: dt.date) -> dt.date:
    """Return the first day of the month after the one of `month`."""
    return dt.date(month.year + month.month // 12, month.month % 12 + 1, 1)


class DepositCount(Authored):
    """What a store declared for one month and one amount, in bottles. A new count replaces the former, which stays readable."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="deposit_counts")
    month = models.DateField(_("month"), help_text=_("its first day"))
    amount = models.ForeignKey(DepositAmount, on_delete=models.PROTECT, verbose_name=_("deposit amount"), related_name="counts")
    charged = models.PositiveIntegerField(_("bottles charged"))
    refunded = models.PositiveIntegerField(_("bottles refunded"))
    # The phone's time: a form that waited in a dead spot does not replace what was declared after it was filled in.
    declared_at = models.DateTimeField(_("declared"), default=timezone.now, editable=False)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    is_current = models.BooleanField(_("in force"), default=True, editable=False)
    # Sent under a card that was replaced since: without effect until a coordinator takes it into account.
    is_held = models.BooleanField(_("held"), default=False, editable=False)
    source = models.CharField(_("imported from"), max_length=60, blank=True, editable=False)
    source_id = models.CharField(_("external id"), max_length=80, blank=True, editable=False)

    class Meta:
        verbose_name = _("deposit count")
        verbose_name_plural = _("deposit counts")
        ordering = ["-month", "store", "amount", "-declared_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["store", "month", "amount"], condition=Q(is_current=True), name="one_deposit_count_in_force"),
            models.UniqueConstraint(fields=["key", "month", "amount"], name="deposit_count_once_per_form"),
            models.CheckConstraint(condition=~Q(is_current=True, is_held=True), name="held_deposit_count_is_not_in_force"),
            models.CheckConstraint(
                condition=Q(month__day=1),
                name="deposit_month_is_a_first_day",
                violation_error_message=_("A month is written as its first day."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.month:%m/%Y} · {self.amount}"

    @property
    def gap(self) -> int:
        """Bottles charged and not refunded; below zero when more came back than were sold."""
        return self.charged - self.refunded
