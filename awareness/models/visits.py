"""Visits of coordinators: planned for a day, and what was seen there, criterion by criterion."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from awareness.enums import Answer, VisitState, VisitStep
from lincassable.accounts.models import Authored
from stores.models import Store, StoreTask

MOST_PHOTOS = 5
MOST_WEIGHT = 10


class VisitQuerySet(models.QuerySet["Visit"]):
    """Questions about visits. Querysets never write."""

    def planned(self) -> Self:
        """Those that are still to be made, by day and order."""
        return self.filter(state=VisitState.PLANNED).order_by("planned_on", "position", "pk")

    def done(self) -> Self:
        """Those that were made; `done_at` says when."""
        return self.filter(state=VisitState.DONE)


class Visit(Authored):
    """A visit of a place by a coordinator. At most one is planned for a place at a time."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="visits")
    state = models.CharField(_("state"), max_length=10, choices=VisitState, default=VisitState.PLANNED, editable=False)
    planned_on = models.DateField(_("day"))
    hour = models.TimeField(_("hour"), null=True, blank=True, help_text=_("only when it is agreed with the place; local time"))
    duration_min = models.PositiveSmallIntegerField(
        _("duration (minutes)"), default=30, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    position = models.PositiveSmallIntegerField(_("order in the day"), default=0)
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("visitor"), related_name="visits"
    )
    reason = models.CharField(_("why"), max_length=500, blank=True)
    urgency = models.PositiveSmallIntegerField(_("urgency when it was planned"), null=True, blank=True, editable=False)
    notes = models.TextField(
        _("notes"),
        max_length=1000,
        validators=[MaxLengthValidator(1000)],
        blank=True,
        help_text=_("what to think of before going there; no names, please"),
    )
    cancel_reason = models.CharField(_("why it is cancelled"), max_length=250, blank=True, editable=False)
    sequence = models.PositiveIntegerField(_("number of changes"), default=0, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    done_at = models.DateTimeField(_("made"), null=True, blank=True, editable=False)
    key = models.UUIDField(_("key"), null=True, unique=True, editable=False, help_text=_("of the checklist that was sent last"))
    score = models.PositiveSmallIntegerField(_("score"), null=True, editable=False, help_text=_("percent; empty when nothing applied"))
    remark = models.TextField(_("remark"), max_length=1000, validators=[MaxLengthValidator(1000)], blank=True, editable=False)
    tasks = models.ManyToManyField(StoreTask, verbose_name=_("follow-up tasks"), related_name="visits", blank=True, editable=False)
    replayed = False  # True on what report_visit() returns when its key was already known

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-planned_on", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(state="planned"),
                name="one_planned_visit_per_store",
                violation_error_message=_("A visit of this place is already planned."),
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False, key__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True, key__isnull=True, score__isnull=True)),
                name="visit_done_when_reported",
                violation_error_message=_("A visit is done once its checklist is sent."),
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled") & ~Q(cancel_reason="") | ~Q(state="cancelled") & Q(cancel_reason=""),
                name="visit_cancelled_with_a_reason",
                violation_error_message=_("Say why it is cancelled."),
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=100),
                name="visit_score_is_a_percentage",
                violation_error_message=_("A score lies between 0 and 100."),
            ),
            models.CheckConstraint(
                condition=Q(duration_min__gte=5, duration_min__lte=480),
                name="visit_lasts_some_minutes",
                violation_error_message=_("A visit lasts between 5 minutes and 8 hours."),
            ),
        ]
        indexes = [
            models.Index(fields=["store", "done_at"], name="visit_store_done"),
            models.Index(fields=["visitor", "planned_on"], name="visit_visitor_day"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.planned_on:%d/%m/%Y}"

    @property
    def day(self) -> date:
        """The local day on which it was made, else the one for which it is planned."""
        return timezone.localtime(self.done_at).date() if self.done_at else self.planned_on

    @property
    def when(self) -> str:
        """The local day, and the hour if it is agreed, in words, in the current language."""
        day = date_format(self.planned_on, "l j F Y")
        return _("%(day)s at %(hour)s") % {"day": day, "hour": time_format(self.hour, "H:i")} if self.hour else day

    @property
    def starts_at(self) -> datetime | None:
        """The moment that is agreed with the place; None when only the day is known."""
        return datetime.combine(self.planned_on, self.hour, ZoneInfo(settings.NETWORK_TIME_ZONE)) if self.hour else None

    @property
    def ends_at(self) -> datetime | None:
        """When it should end; None when only the day is known."""
        return self.starts_at + timedelta(minutes=self.duration_min) if self.starts_at else None

    @property
    def is_late(self) -> bool:
        """Whether its day is over and nobody has said what was seen."""
        return self.state == VisitState.PLANNED and self.planned_on < timezone.localdate()


class VisitCriterion(models.Model):
    """One thing to look at in a place, and how much it counts. Coordinators edit the list; what is answered keeps its weight."""

    name_fr = models.CharField(_("name in French"), max_length=160)
    name_en = models.CharField(_("name in English"), max_length=160)
    help_fr = models.CharField(_("how to judge it, in French"), max_length=250, blank=True)
    help_en = models.CharField(_("how to judge it, in English"), max_length=250, blank=True)
    task_fr = models.CharField(_("task proposed when it is missing, in French"), max_length=160, blank=True)
    task_en = models.CharField(_("task proposed when it is missing, in English"), max_length=160, blank=True)
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_WEIGHT)],
        help_text=_("1 to 10: how much it counts in the score"),
    )
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("criterion of visits")
        verbose_name_plural = _("criteria of visits")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weight__gte=1, weight__lte=MOST_WEIGHT),
                name="visit_criterion_counts",
                violation_error_message=_("Give a weight between 1 and 10."),
            )
        ]

    def __str__(self) -> str:
        return self.said("name")

    def said(self, name: str) -> str:
        """Return a column ("name", "help" or "task") in the current language."""
        return str(getattr(self, f"{name}_{'en' if (get_language() or 'fr').startswith('en') else 'fr'}"))


class VisitAnswer(models.Model):
    """What was seen of one criterion, with the weight it had on that day."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, verbose_name=_("visit"), related_name="answers")
    criterion = models.ForeignKey(VisitCriterion, on_delete=models.PROTECT, verbose_name=_("criterion"), related_name="answers")
    answer = models.CharField(_("answer"), max_length=8, choices=Answer)
    weight = models.PositiveSmallIntegerField(_("weight"))
    remark = models.CharField(_("remark"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("answer of a visit")
        verbose_name_plural = _("answers of visits")
        ordering = ["visit", "criterion__position", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "criterion"], name="visit_criterion_answered_once"),
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=MOST_WEIGHT), name="visit_answer_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} · {self.get_answer_display()}"


def photo_path(photo: VisitPhoto, _name: str) -> str:
    """Return where a photo is kept under the private media folder; the name that a phone gave is not used."""
    return f"visits/{photo.uuid.hex[:2]}/{photo.uuid.hex}.webp"


class VisitPhoto(Authored):
    """A photo of what was seen, re-encoded by us and private. The database takes at most five of each visit."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, verbose_name=_("visit"), related_name="photos")
    position = models.PositiveSmallIntegerField(_("number"))
    image = models.ImageField(_("picture"), upload_to=photo_path, max_length=200)
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)

    class Meta:
        verbose_name = _("photo of a visit")
        verbose_name_plural = _("photos of visits")
        ordering = ["visit", "position"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "position"], name="visit_photo_number_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_PHOTOS),
                name="at_most_five_visit_photos",
                violation_error_message=_("Keep at most five photos: remove some."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} · {self.position}"


class VisitLog(Authored):
    """One line of a visit's log: planned, moved, made, corrected, cancelled; by whom and when."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, verbose_name=_("visit"), related_name="log")
    step = models.CharField(_("what"), max_length=10, choices=VisitStep)
    at = models.DateTimeField(_("when"), default=timezone.now)
    note = models.CharField(_("note"), max_length=500, blank=True)
    # Of the checklist that was sent: sent again, even after somebody corrected it, it is not written twice.
    key = models.UUIDField(_("key"), null=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("step of a visit")
        verbose_name_plural = _("log of visits")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_step_display()
