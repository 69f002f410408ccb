"""Wishes to be collected."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crates.models import Declaration
from lincassable.accounts.models import Authored
from pickups.enums import OPEN_REQUEST_STATES, RequestSource, RequestState
from stores.models import Store


class PickupRequestQuerySet(models.QuerySet["PickupRequest"]):
    """Questions about requests."""

    def open(self) -> Self:
        """Requests that nobody has answered with a pickup yet."""
        return self.filter(state__in=OPEN_REQUEST_STATES)


class PickupRequest(Authored):
    """A wish to be collected. One open request per store: a second wish updates it."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="pickup_requests")
    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("declaration"), related_name="pickup_requests"
    )
    source = models.CharField(_("from"), max_length=12, choices=RequestSource, default=RequestSource.STORE)
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.RECEIVED)
    note = models.CharField(_("note"), max_length=500, blank=True)
    requested_at = models.DateTimeField(_("asked"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    for_parts_only = models.BooleanField(
        _("for other places only"),
        default=False,
        db_default=False,
        editable=False,
        help_text=_("only places that are collected through this one have asked"),
    )

    objects = PickupRequestQuerySet.as_manager()
    # Set by `services.request_pickup`: False when the wish was added to a request that was already open.
    is_new: bool = True

    class Meta:
        verbose_name = _("pickup request")
        verbose_name_plural = _("pickup requests")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(state__in=list(OPEN_REQUEST_STATES)),
                name="one_open_request_per_store",
                violation_error_message=_("This place already has an open request."),
            ),
            models.CheckConstraint(
                condition=(Q(state__in=list(OPEN_REQUEST_STATES)) & Q(closed_at__isnull=True))
                | (~Q(state__in=list(OPEN_REQUEST_STATES)) & Q(closed_at__isnull=False)),
                name="request_closed_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its pickup."""
        return self.state in OPEN_REQUEST_STATES


class RequestPartQuerySet(models.QuerySet["RequestPart"]):
    """Questions about parts of requests."""

    def live(self) -> Self:
        """Parts that their places have not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class RequestPart(Authored):
    """The wish of a place that is collected through another one: it joined that place's request."""

    request = models.ForeignKey(PickupRequest, on_delete=models.PROTECT, verbose_name=_("request"), related_name="parts")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="request_parts")
    declaration = models.ForeignKey(
        Declaration, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("declaration"), related_name="+"
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    objects = RequestPartQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of a request")
        verbose_name_plural = _("parts of requests")
        ordering = ["request", "asked_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["request", "store"], name="place_once_per_request")]

    def __str__(self) -> str:
        return f"{self.store} → {self.request.store}"
