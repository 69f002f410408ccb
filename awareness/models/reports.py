"""What came of an event: told in two minutes by those who were there."""

from __future__ import annotations

import uuid

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from awareness.enums import Mood
from awareness.models.events import Event
from lincassable.accounts.models import Authored


class EventReport(Authored):
    """The report of an event, at most one; sent again, it replaces what was said."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, verbose_name=_("event"), related_name="report")
    people_met = models.PositiveIntegerField(_("people met"))
    bottles_explained = models.PositiveIntegerField(_("bottles explained"), default=0)
    mood = models.PositiveSmallIntegerField(_("how it went"), choices=Mood)
    cost_eur = models.DecimalField(_("cost (€)"), max_digits=9, decimal_places=2, default=0, validators=[MinValueValidator(0)])
    note = models.TextField(_("what to remember"), max_length=2000, blank=True)
    reported_at = models.DateTimeField(_("reported"), default=timezone.now)

    class Meta:
        verbose_name = _("report of an event")
        verbose_name_plural = _("reports of events")
        ordering = ["-reported_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_eur__gte=0), name="event_report_cost_not_negative", violation_error_message=_("A cost is not negative.")
            ),
            models.CheckConstraint(condition=Q(mood__gte=1, mood__lte=5), name="event_report_mood_on_the_scale"),
        ]

    def __str__(self) -> str:
        return str(self.event)


def photo_path(photo: EventPhoto, _name: str) -> str:
    """Return where a photo is kept under the private media folder."""
    return f"events/{photo.uuid.hex[:2]}/{photo.uuid.hex}.webp"


class EventPhoto(Authored):
    """A photo of an event. Only kept when whoever can be recognised on it has agreed."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, verbose_name=_("event"), related_name="photos")
    picture = models.FileField(_("picture"), upload_to=photo_path, max_length=200)
    # Of the sent file: the same photo sent twice is kept once.
    digest = models.CharField(_("digest"), max_length=64, editable=False)
    has_consent = models.BooleanField(_("whoever can be recognised agreed"), default=False)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("photo of an event")
        verbose_name_plural = _("photos of events")
        ordering = ["event", "sent_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "digest"], name="event_photo_once"),
            models.CheckConstraint(
                condition=Q(has_consent=True),
                name="event_photo_with_consent",
                violation_error_message=_("Only send photos on which whoever can be recognised has agreed."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.event)
