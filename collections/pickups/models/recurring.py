"""Tours that come back: every second Tuesday, with the same stops."""

from __future__ import annotations

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import Authored
from pickups.enums import Weekday
from pickups.models.carriers import Carrier, Vehicle
from stores.enums import STOCK_KEEPERS
from stores.models import Store, Zone


class RecurringTour(Authored):
    """A series of tours. Its drafts are made ahead by a task, but for public holidays, closures and skipped days."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday, default=Weekday.TUESDAY)
    every_weeks = models.PositiveSmallIntegerField(_("every … weeks"), default=2, validators=[MinValueValidator(1), MaxValueValidator(52)])
    starts_on = models.DateField(_("from"), help_text=_("the series counts its weeks from this day's week"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("zone"), related_name="+")
    hub = models.ForeignKey(
        Store, on_delete=models.PROTECT, verbose_name=_("hub"), related_name="+", limit_choices_to={"kind__in": list(STOCK_KEEPERS)}
    )
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, verbose_name=_("carrier"), related_name="recurring_tours")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("vehicle"), related_name="+")
    departs_at = models.TimeField(_("departure"), default=time(8, 0))
    note = models.TextField(_("note for the carrier"), blank=True)
    price_eur = models.DecimalField(_("price (€)"), max_digits=9, decimal_places=2, null=True, blank=True)
    weeks_ahead = models.PositiveSmallIntegerField(
        _("drafts are made (weeks ahead)"), default=4, validators=[MinValueValidator(1), MaxValueValidator(26)]
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("recurring tour")
        verbose_name_plural = _("recurring tours")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__lte=F("ends_on")),
                name="series_days_in_order",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                condition=Q(every_weeks__gte=1), name="series_has_a_step", violation_error_message=_("Give at least one week.")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RecurringStop(models.Model):
    """A place of a series."""

    recurring = models.ForeignKey(RecurringTour, on_delete=models.CASCADE, verbose_name=_("recurring tour"), related_name="stops")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="+")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    window_start = models.TimeField(_("from"), null=True, blank=True)
    window_end = models.TimeField(_("to"), null=True, blank=True)

    class Meta:
        verbose_name = _("place of a series")
        verbose_name_plural = _("places of a series")
        ordering = ["recurring", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recurring", "store"],
                name="place_once_per_series",
                violation_error_message=_("This place is already part of the series."),
            ),
            models.CheckConstraint(
                condition=Q(window_start__isnull=True) | Q(window_end__isnull=True) | Q(window_start__lt=F("window_end")),
                name="series_window_in_order",
                violation_error_message=_("The time slot ends before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)


class RecurringSkip(models.Model):
    """A day on which the series does not drive."""

    recurring = models.ForeignKey(RecurringTour, on_delete=models.CASCADE, verbose_name=_("recurring tour"), related_name="skips")
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("skipped day")
        verbose_name_plural = _("skipped days")
        ordering = ["recurring", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["recurring", "day"], name="skip_once_per_day", violation_error_message=_("This day is already skipped.")
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"
