"""Meetings with a store's sales team, the quiz after them, and what those who were there thought of it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from awareness.enums import TrainingState, WishReason
from lincassable.accounts.models import Authored
from lincassable.web_addresses import web_address
from stores.models import Store


class TrainingQuerySet(models.QuerySet["Training"]):
    """Questions about trainings. Querysets never write."""

    def coming(self, now: datetime | None = None) -> Self:
        """Planned ones that have not begun at `now`, the next one first."""
        return self.filter(state=TrainingState.PLANNED, starts_at__gt=now or timezone.now()).order_by("starts_at", "pk")

    def done(self) -> Self:
        """Those that were held."""
        return self.filter(state=TrainingState.DONE)


class Training(Authored):
    """A meeting with a store's sales team."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="trainings")
    state = models.CharField(_("state"), max_length=10, choices=TrainingState, default=TrainingState.PLANNED, editable=False)
    starts_at = models.DateTimeField(_("begins"))
    duration_min = models.PositiveSmallIntegerField(_("duration (minutes)"), default=45, validators=[MinValueValidator(5)])
    trainer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("trainer"), related_name="trainings"
    )
    support = models.CharField(_("support used"), max_length=200, blank=True, help_text=_("slides, a crate to handle, bottles…"))
    people = models.PositiveSmallIntegerField(
        _("people who were there"), null=True, blank=True, help_text=_("once it was held: fill this in, and the training is done")
    )
    notes = models.TextField(_("notes"), max_length=2000, blank=True, help_text=_("for coordinators only; no names, please"))
    cancel_reason = models.CharField(_("why it is cancelled"), max_length=250, blank=True, editable=False)
    sequence = models.PositiveIntegerField(_("number of changes"), default=0, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ["-starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="done", people__isnull=False) | (~Q(state="done") & Q(people__isnull=True)),
                name="training_done_has_people",
                violation_error_message=_("A training is done once it is said how many people were there."),
            ),
            models.CheckConstraint(
                condition=Q(duration_min__gte=5),
                name="training_lasts_five_minutes",
                violation_error_message=_("A training lasts at least five minutes."),
            ),
        ]
        indexes = [models.Index(fields=["store", "state", "starts_at"], name="training_store_state_start")]

    def __str__(self) -> str:
        return f"{self.store} · {timezone.localtime(self.starts_at):%d/%m/%Y}"

    @property
    def ends_at(self) -> datetime:
        """When it should end."""
        return self.starts_at + timedelta(minutes=self.duration_min)

    @property
    def when(self) -> str:
        """The local day and hour in words, in the current language."""
        start = timezone.localtime(self.starts_at)
        return _("%(day)s at %(hour)s") % {"day": date_format(start, "l j F Y"), "hour": time_format(start.time(), "H:i")}

    @property
    def quiz_url(self) -> str:
        """The whole address of its quiz: what the QR code says."""
        return web_address("training:quiz", self.uuid)

    @property
    def quiz_is_open(self) -> bool:
        """Whether the quiz may be answered: from the beginning on, for QUIZ_OPEN_DAYS."""
        opens = self.starts_at - timedelta(hours=1)  # watches differ
        closes = self.starts_at + timedelta(days=settings.QUIZ_OPEN_DAYS)
        return self.state != TrainingState.CANCELLED and opens <= timezone.now() < closes


class QuizQuestion(models.Model):
    """A question of the quiz, with one right answer out of three. Coordinators edit them."""

    text_fr = models.CharField(_("question in French"), max_length=200)
    text_en = models.CharField(_("question in English"), max_length=200)
    right_fr = models.CharField(_("right answer in French"), max_length=200)
    right_en = models.CharField(_("right answer in English"), max_length=200)
    wrong_fr = models.CharField(_("wrong answer in French"), max_length=200)
    wrong_en = models.CharField(_("wrong answer in English"), max_length=200)
    other_fr = models.CharField(_("another wrong answer in French"), max_length=200)
    other_en = models.CharField(_("another wrong answer in English"), max_length=200)
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("question of the quiz")
        verbose_name_plural = _("questions of the quiz")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.said("text")

    def said(self, name: str) -> str:
        """Return a column ("text", "right", "wrong" or "other") in the current language."""
        return str(getattr(self, f"{name}_{'en' if (get_language() or 'fr').startswith('en') else 'fr'}"))


class Participation(models.Model):
    """Somebody who was there: what they answered, and what they thought of it. The name is only kept for their attestation."""

    key = models.UUIDField(_("key"), unique=True, editable=False, help_text=_("of the form; sent again, it is not written twice"))
    training = models.ForeignKey(Training, on_delete=models.PROTECT, verbose_name=_("training"), related_name="participations")
    name = models.CharField(_("name"), max_length=120, blank=True)
    score = models.PositiveSmallIntegerField(_("right answers"))
    questions = models.PositiveSmallIntegerField(_("questions"))
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True, help_text=_("1 to 5"))
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    answered_at = models.DateTimeField(_("answered"), default=timezone.now)

    class Meta:
        verbose_name = _("answer to the quiz")
        verbose_name_plural = _("answers to the quiz")
        ordering = ["training", "answered_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(score__lte=models.F("questions")), name="participation_score_fits"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5), name="participation_rating_on_the_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.score}/{self.questions}"

    @property
    def has_passed(self) -> bool:
        """Whether enough answers were right (QUIZ_PASS_PERCENT)."""
        return self.questions > 0 and self.score * 100 >= self.questions * settings.QUIZ_PASS_PERCENT


class TrainingWish(Authored):
    """A place asks for a training: its team has changed, or it has questions. A training that is held settles it."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    later_keys = ArrayField(
        models.UUIDField(), verbose_name=_("keys of later forms"), default=list, blank=True, editable=False
    )  # those that changed it while it waited: sent again, they are known
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="training_wishes")
    reason = models.CharField(_("why"), max_length=10, choices=WishReason)
    note = models.CharField(_("note"), max_length=500, blank=True)
    wished_at = models.DateTimeField(_("asked"), default=timezone.now)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("wish for a training")
        verbose_name_plural = _("wishes for trainings")
        ordering = ["-wished_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(settled_at__isnull=True),
                name="one_open_wish_per_store",
                violation_error_message=_("This place has already asked for a training."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_reason_display()}"
