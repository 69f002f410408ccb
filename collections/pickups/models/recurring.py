"""Tours that come back: every second Tuesday, with the same stops."""

from __future__ import annotations

from datetime import time

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
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
    starts_on = models.DateField(
        _("first day"), help_text=_("the first tour is on the first such day from then on; weeks are counted from there")
    )
    ends_on = models.DateField(_("last day"), null=True, blank=True, help_text=_("included; empty: until further notice"))
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("zone"), related_name="+")
    hub = models.ForeignKey(
        Store, on_delete=models.PROTECT, verbose_name=_("hub"), related_name="+", limit_choices_to={"kind__in": list(STOCK_KEEPERS)}
    )
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, verbose_name=_("carrier"), related_name="recurring_tours")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("vehicle"), related_name="+")
    departs_at = models.TimeField(_("departure"), default=time(8, 0))
    note = models.TextField(_("note for the carrier"), blank=True)
    price_eur = models.DecimalField(
        _("price (€)"), max_digits=9, decimal_places=2, null=True, blank=True, help_text=_("agreed for each tour; empty: by the price grid")
    )
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
            models.CheckConstraint(
                condition=Q(price_eur__isnull=True) | Q(price_eur__gte=0),
                name="series_price_not_negative",
                violation_error_message=_("A price cannot be negative."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.vehicle and self.carrier_id and self.vehicle.carrier_id != self.carrier_id:
            raise ValidationError({"vehicle": _("This vehicle belongs to another carrier: choose one of this carrier's.")})
        if self.hub_id and not self.hub.keeps_stock:
            raise ValidationError({"hub": _("A tour ends at a hub or a sorting centre: choose one.")})


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

    def clean(self) -> None:
        super().clean()
        if self.store_id and self.store.collected_through_id is not None:
            sentence = _("%(store)s is collected through %(parent)s: add that place instead.")
            raise ValidationError({"store": sentence % {"store": self.store, "parent": self.store.collected_through}})
        if self.store_id and self.recurring_id and self.store_id == self.recurring.hub_id:
            raise ValidationError({"store": _("%s is the hub of this tour: the truck goes there at the end, it is no stop.") % self.store})


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
        return date_format(self.day, "SHORT_DATE_FORMAT")
