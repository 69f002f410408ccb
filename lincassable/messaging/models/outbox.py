"""The outbox: every mail is a row before it is sent, and stays one afterwards."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.enums import EMAIL, Fate, Reason


class Message(models.Model):
    """One mail to one address, or one line to one chat room. The row is the queue of record; a worker locks it, sends, stamps.

    `state` is what we did; `fate` is what became of it afterwards, as the mail provider told.
    """

    WAITING, SENT, FAILED, CANCELLED = "waiting", "sent", "failed", "cancelled"
    STATES = [(WAITING, _("waiting")), (SENT, _("sent")), (FAILED, _("given up")), (CANCELLED, _("cancelled"))]

    dedupe_key = models.CharField(_("dedupe key"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(_("channel"), max_length=20, default=EMAIL, db_default=EMAIL)
    to_email = models.EmailField(_("address"), blank=True)
    target = models.CharField(
        _("target"), max_length=100, blank=True, default="", db_default="", help_text=_("whom another channel than mail reaches")
    )
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
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True, default="", db_default="")
    fate = models.CharField(_("what became of it"), max_length=12, choices=Fate, blank=True, default="", db_default="")
    fate_at = models.DateTimeField(_("told at"), null=True, blank=True, editable=False)
    provider_id = models.CharField(_("the provider's number"), max_length=255, blank=True, default="", db_default="", editable=False)
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
            ),
            models.CheckConstraint(
                condition=models.Q(fate="", fate_at__isnull=True) | (~models.Q(fate="") & models.Q(fate_at__isnull=False)),
                name="message_fate_has_a_time",
            ),
            models.CheckConstraint(condition=models.Q(channel=EMAIL) | ~models.Q(target=""), name="message_other_channel_has_a_target"),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="message_waiting"),
            models.Index(fields=["subject_kind", "subject_id"], name="message_subject"),
            models.Index(fields=["sent_at"], condition=models.Q(state="sent"), name="message_sent_at"),
            models.Index(fields=["reason"], condition=models.Q(state="failed"), name="message_given_up"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="message_provider_id"),
            models.Index(models.functions.Lower("to_email"), name="message_to_email"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_email or self.to_name}"
