"""What coordinators changed about rules, what was told to whom, and who wants no more of it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.models import Message

_STEPS = RegexValidator(r"^\d{1,3}( *, *\d{1,3}){0,5}$", _("Write days like “2, 1”."))
_DAYS = [MaxValueValidator(3650, _("At most 3650 days."))]


class ReminderRule(models.Model):
    """What coordinators have changed about a rule of the registry, and its last run. Empty: as the registry says."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    is_on = models.BooleanField(_("switched on"), null=True, blank=True)
    steps = models.CharField(
        _("days before"),
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^\d{1,3}( *, *\d{1,3}){0,5}$", _("Write days like “2, 1”."))],
    )
    first = models.PositiveSmallIntegerField(_("first after (days)"), null=True, blank=True, validators=_DAYS)
    every = models.PositiveSmallIntegerField(_("then every (days)"), null=True, blank=True, validators=_DAYS)
    times = models.PositiveSmallIntegerField(_("at most (times)"), null=True, blank=True)
    catch_up = models.PositiveSmallIntegerField(_("caught up for (days)"), null=True, blank=True, validators=_DAYS)
    hour = models.TimeField(_("not before"), null=True, blank=True)
    any_day = models.BooleanField(_("also on weekends and public holidays"), null=True, blank=True)
    parameters = models.JSONField(_("figures"), default=dict, blank=True)
    last_run_at = models.DateTimeField(_("last run"), null=True, blank=True, editable=False)
    last_succeeded = models.BooleanField(_("succeeded"), null=True, editable=False)
    last_told = models.PositiveIntegerField(_("reminders written by the last run"), default=0, editable=False)
    last_waiting = models.PositiveIntegerField(_("reminders left for another day by the last run"), default=0, editable=False)
    last_written_at = models.DateTimeField(_("last mail"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(times=None) | Q(times__range=(1, 50)),
                name="reminder_rule_times",
                violation_error_message=_("Between 1 and 50 times: to stop a reminder, switch it off."),
            ),
            models.CheckConstraint(
                condition=Q(every=None) | Q(times=None) | Q(times=1) | Q(every__gte=1),
                name="reminder_rule_repeats_later",
                violation_error_message=_("To remind several times, say after how many days: at least 1."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Told(models.Model):
    """One person was reminded of one thing, once: the row is what makes it once."""

    rule = models.CharField(_("rule"), max_length=40)
    subject_kind = models.CharField(_("about"), max_length=30)
    subject_id = models.BigIntegerField(_("about id"))
    day = models.DateField(_("day of the matter"))
    step = models.PositiveSmallIntegerField(_("step"))
    person_kind = models.CharField(_("person"), max_length=20)
    person_id = models.BigIntegerField(_("person id"))
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("message"), related_name="reminders", editable=False
    )
    told_at = models.DateTimeField(_("told"), default=timezone.now)

    class Meta:
        verbose_name = _("reminder sent")
        verbose_name_plural = _("reminders sent")
        ordering = ["-told_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_kind", "subject_id", "day", "step", "person_kind", "person_id"], name="reminder_told_once"
            )
        ]
        indexes = [models.Index(fields=["person_kind", "person_id"], name="reminder_told_person")]

    def __str__(self) -> str:
        return f"{self.rule} · {self.subject_kind} {self.subject_id} · {self.day} · {self.person_kind} {self.person_id}"

    @property
    def key(self) -> tuple[str, str, int, object, int, str, int]:
        """As `registry.Due.key`."""
        return (self.rule, self.subject_kind, self.subject_id, self.day, self.step, self.person_kind, self.person_id)


class ReminderStop(models.Model):
    """A person wants no more reminders of one kind (where the person's own row has no column for it)."""

    switch = models.CharField(_("kind of mails"), max_length=40)
    person_kind = models.CharField(_("person"), max_length=20)
    person_id = models.BigIntegerField(_("person id"))
    stopped_at = models.DateTimeField(_("stopped"), default=timezone.now)

    class Meta:
        verbose_name = _("stopped reminder")
        verbose_name_plural = _("stopped reminders")
        ordering = ["-stopped_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["switch", "person_kind", "person_id"], name="reminder_stopped_once")]

    def __str__(self) -> str:
        return f"{self.switch} · {self.person_kind} {self.person_id}"
