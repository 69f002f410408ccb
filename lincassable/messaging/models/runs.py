"""What the scheduler started: the last run of each task, and one row for each time something was due."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskRun(models.Model):
    """The last run of a scheduled task and how it ended (results are ignored by Celery, so this row is ours)."""

    name = models.CharField(_("task"), max_length=100, unique=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    succeeded = models.BooleanField(_("succeeded"), null=True)
    outcome = models.TextField(_("outcome"), blank=True)

    class Meta:
        verbose_name = _("task run")
        verbose_name_plural = _("task runs")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScheduledRun(models.Model):
    """One time at which an entry of the schedule was due, and its one run: a second scheduler's message for it does nothing.

    Written by the worker that takes the message (`lincassable.slots`), not by the scheduler.
    """

    entry = models.CharField(_("entry of the schedule"), max_length=200)
    task = models.CharField(_("task"), max_length=100)
    slot = models.DateTimeField(_("due"))
    task_id = models.CharField(_("message of the queue"), max_length=64)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    succeeded = models.BooleanField(_("succeeded"), null=True)
    outcome = models.TextField(_("outcome"), blank=True)

    class Meta:
        verbose_name = _("scheduled run")
        verbose_name_plural = _("scheduled runs")
        ordering = ["-slot", "entry"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "slot"], name="scheduled_run_once", violation_error_message=_("This run was taken already.")
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at__isnull=True, succeeded__isnull=True)
                | models.Q(finished_at__isnull=False, succeeded__isnull=False),
                name="scheduled_run_ended_somehow",
            ),
        ]
        indexes = [models.Index(fields=["task", "-slot"], name="scheduled_run_task")]

    def __str__(self) -> str:
        return f"{self.entry} {self.slot:%Y-%m-%d %H:%M}"
