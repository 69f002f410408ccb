"""Tours: one vehicle, one day, and its stops with what was planned and what was really done."""

from __future__ import annotations

import uuid
from datetime import time
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crates.models import ContainerType
from lincassable.accounts.actors import LINK, SYSTEM, Actor
from lincassable.accounts.models import AccessLink, Authored, User
from pickups.enums import DRIVABLE_TOUR_STATES, LIVE_TOUR_STATES, StopState, TourState
from pickups.models.carriers import Carrier, Vehicle
from pickups.models.recurring import RecurringTour
from pickups.models.requests import PickupRequest
from stores.enums import STOCK_KEEPERS
from stores.models import Store, Zone


class TourQuerySet(models.QuerySet["Tour"]):
    """Questions about tours."""

    def live(self) -> Self:
        """Tours that are neither over nor given up."""
        return self.filter(state__in=LIVE_TOUR_STATES)

    def for_actor(self, by: Actor) -> Self:
        """Only what `by` may see: a tour's link its tour, a carrier's user its sent tours, coordinators everything."""
        if by.kind == SYSTEM:
            return self
        if by.kind == LINK:
            return self.filter(pk=by.object_id) if by.object_kind in (AccessLink.TOUR, AccessLink.CARRIER_TOUR) else self.none()
        user = User.objects.filter(pk=by.id, is_active=True).first()
        if user is None:
            return self.none()
        if user.has_perm("pickups.view_tour"):
            return self
        return self.filter(carrier__users=user).exclude(state=TourState.DRAFT)


class Tour(Authored):
    """One vehicle, one day."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    date = models.DateField(_("date"))
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("zone"), related_name="tours")
    hub = models.ForeignKey(
        Store,
        on_delete=models.PROTECT,
        verbose_name=_("hub"),
        related_name="tours_received",
        limit_choices_to={"kind__in": list(STOCK_KEEPERS)},
    )
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, verbose_name=_("carrier"), related_name="tours")
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("vehicle"), related_name="tours")
    departs_at = models.TimeField(_("departure"), default=time(8, 0), help_text=_("local time, from the hub"))
    recurring = models.ForeignKey(
        RecurringTour,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("recurring tour"),
        related_name="tours",
    )
    recurring_day = models.DateField(_("day of the series"), null=True, blank=True, editable=False)
    # A digest of what the series made (pickups.series.print_of): while it holds, nobody has touched the draft.
    recurring_print = models.CharField(_("digest of the series"), max_length=32, blank=True, editable=False, db_default="")
    price_eur = models.DecimalField(_("price (€)"), max_digits=9, decimal_places=2, null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=TourState, default=TourState.DRAFT, editable=False)
    note = models.TextField(_("note for the carrier"), blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    source = models.CharField(_("imported from"), max_length=60, blank=True, editable=False)
    source_id = models.CharField(_("external id"), max_length=80, blank=True, editable=False)

    objects = TourQuerySet.as_manager()

    class Meta:
        verbose_name = _("tour")
        verbose_name_plural = _("tours")
        ordering = ["-date", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source_id=""), name="tour_unique_external_id"),
            models.UniqueConstraint(fields=["recurring", "recurring_day"], name="tour_once_per_day_of_series"),
            models.CheckConstraint(
                condition=Q(price_eur__isnull=True) | Q(price_eur__gte=0),
                name="tour_price_not_negative",
                violation_error_message=_("A price cannot be negative."),
            ),
        ]
        indexes = [models.Index(fields=["state", "date"], name="tour_state_date")]

    def __str__(self) -> str:
        return f"{self.reference} · {date_format(self.date, 'SHORT_DATE_FORMAT')}"

    @property
    def reference(self) -> str:
        """The number people quote on the phone."""
        return f"T-{self.pk}"

    @property
    def is_drivable(self) -> bool:
        """Whether the driver's page may be opened."""
        return self.state in DRIVABLE_TOUR_STATES

    def clean(self) -> None:
        super().clean()
        if self.vehicle and self.carrier_id and self.vehicle.carrier_id != self.carrier_id:
            raise ValidationError({"vehicle": _("This vehicle belongs to another carrier: choose one of this carrier's.")})
        if self.hub_id and not self.hub.keeps_stock:
            raise ValidationError({"hub": _("A tour ends at a hub or a sorting centre: choose one.")})


class TourLog(Authored):
    """Who moved a tour from one state to the next, when and why."""

    tour = models.ForeignKey(Tour, on_delete=models.PROTECT, verbose_name=_("tour"), related_name="log")
    from_state = models.CharField(_("from"), max_length=10, choices=TourState)
    to_state = models.CharField(_("to"), max_length=10, choices=TourState)
    at = models.DateTimeField(_("when"), default=timezone.now)
    note = models.CharField(_("note"), max_length=500, blank=True)
    date_before = models.DateField(
        _("date before"), null=True, blank=True, help_text=_("the tour's date before this line moved it to another day")
    )

    class Meta:
        verbose_name = _("tour log line")
        verbose_name_plural = _("tour log")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.what

    @property
    def what(self) -> str:
        """The move in words; equal states tell of a change of plan or of a correction."""
        if self.from_state == self.to_state:
            return gettext("changed")
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"


class Stop(Authored):
    """One visited place in a tour. Deleting a tour never deletes what happened: foreign keys protect."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    tour = models.ForeignKey(Tour, on_delete=models.PROTECT, verbose_name=_("tour"), related_name="stops")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="stops")
    request = models.ForeignKey(
        PickupRequest, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("request"), related_name="stops"
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    window_start = models.TimeField(_("from"), null=True, blank=True)
    window_end = models.TimeField(_("to"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=StopState, default=StopState.TO_DO, editable=False)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    note = models.CharField(_("note for the driver"), max_length=250, blank=True)
    is_unplanned = models.BooleanField(_("added on the way"), default=False, editable=False)
    signer_name = models.CharField(_("signed by"), max_length=120, blank=True, editable=False)
    # The driver's form: a replay of the same key changes nothing.
    completion_key = models.UUIDField(_("completion key"), null=True, blank=True, unique=True, editable=False)
    source = models.CharField(_("imported from"), max_length=60, blank=True, editable=False)
    source_id = models.CharField(_("external id"), max_length=80, blank=True, editable=False)

    class Meta:
        verbose_name = _("stop")
        verbose_name_plural = _("stops")
        ordering = ["tour", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tour", "store"],
                condition=Q(source_id=""),
                name="store_once_per_tour",
                violation_error_message=_("This place is already a stop of the tour."),
            ),
            models.CheckConstraint(
                condition=(Q(state="to_do") & Q(completed_at__isnull=True)) | (~Q(state="to_do") & Q(completed_at__isnull=False)),
                name="stop_completed_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(window_start__isnull=True) | Q(window_end__isnull=True) | Q(window_start__lt=F("window_end")),
                name="stop_window_in_order",
                violation_error_message=_("The time slot ends before it starts."),
            ),
            models.UniqueConstraint(fields=["source", "source_id"], condition=~Q(source_id=""), name="stop_unique_external_id"),
        ]
        indexes = [models.Index(fields=["store", "state"], name="stop_store_state")]

    def __str__(self) -> str:
        return f"{self.store}"


class StopLine(models.Model):
    """One kind of container at a stop: taken away and left, planned and actual apart.

    The usual directions are full ones taken and empty ones left; the others exist too (empty ones brought back, full ones
    delivered). `loaded_full` and `left_empty` tell by being filled in that the stop was recorded.
    """

    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, related_name="lines", verbose_name=_("stop"))
    container_type = models.ForeignKey(ContainerType, on_delete=models.PROTECT, related_name="+", verbose_name=_("container type"))
    planned_full = models.PositiveIntegerField(_("full to take"), default=0)
    planned_empty = models.PositiveIntegerField(_("empty to leave"), default=0)
    loaded_full = models.PositiveIntegerField(_("full taken"), null=True, blank=True)
    left_empty = models.PositiveIntegerField(_("empty left"), null=True, blank=True)
    planned_taken_empty = models.PositiveIntegerField(_("empty to take"), default=0, db_default=0)
    planned_left_full = models.PositiveIntegerField(_("full to leave"), default=0, db_default=0)
    taken_empty = models.PositiveIntegerField(_("empty taken"), default=0, db_default=0)
    left_full = models.PositiveIntegerField(_("full left"), default=0, db_default=0)
    remaining_full = models.PositiveIntegerField(
        _("full ones that stayed"), null=True, blank=True, help_text=_("what the driver could not take")
    )

    class Meta:
        verbose_name = _("stop line")
        verbose_name_plural = _("stop lines")
        ordering = ["stop", "container_type"]
        constraints = [
            models.UniqueConstraint(
                fields=["stop", "container_type"],
                name="container_once_per_stop",
                violation_error_message=_("This container is already listed for this stop."),
            ),
            models.CheckConstraint(
                condition=Q(loaded_full__isnull=True, left_empty__isnull=True) | Q(loaded_full__isnull=False, left_empty__isnull=False),
                name="stop_line_actual_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.container_type}"

    @property
    def stayed(self) -> int:
        """How many full ones stayed after a visit: what the driver said, else what was planned and not loaded; 0 before it."""
        if self.remaining_full is not None:
            return self.remaining_full
        return max(0, self.planned_full - self.loaded_full) if self.loaded_full is not None else 0
