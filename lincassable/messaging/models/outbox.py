"""The outbox: every mail is a row before it is sent, and stays one afterwards."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Message(models.Model):
    """One mail to one address. The row is the queue of record; a worker locks it, sends, stamps."""

    WAITING, SENT, FAILED, CANCELLED = "waiting", "sent", "failed", "cancelled"
    STATES = [(WAITING, _("waiting")), (SENT, _("sent")), (FAILED, _("given up")), (CANCELLED, _("cancelled"))]

    dedupe_key = models.CharField(_("dedupe key"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    to_email = models.EmailField(_("address"))
    to_name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=2, default="fr")
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"))
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    attachments = models.JSONField(_("files"), default=list, blank=True, db_default=[])
    subject_kind = models.CharField(_("about"), max_length=30, blank=True, help_text=_("what the mail tells of, for instance “tour”"))
    subject_id = models.BigIntegerField(_("about id"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=STATES, default=WAITING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), default=timezone.now)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False) | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="message_sent_has_a_time",
            )
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["subject_kind", "subject_id"], name="message_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_email}"


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
