"""What became of messages after they left, addresses that refuse, and the switch that stops all sending."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.enums import Happening, Refusal
from lincassable.messaging.models.outbox import Message


class MessageEvent(models.Model):
    """One thing that happened to a message: a try that failed, a hand that acted, or what the provider told. Never changed."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, verbose_name=_("message"), related_name="events")
    kind = models.CharField(_("what happened"), max_length=12, choices=Happening)
    at = models.DateTimeField(_("when"))
    received_at = models.DateTimeField(_("known since"), default=timezone.now, editable=False)
    source = models.CharField(_("told by"), max_length=30, blank=True, help_text=_("a mail provider; empty: ourselves"))
    event_id = models.CharField(_("number of the event"), max_length=120, null=True, blank=True, unique=True)
    detail = models.TextField(_("detail"), blank=True)

    class Meta:
        verbose_name = _("event of a message")
        verbose_name_plural = _("events of messages")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class RefusedAddress(models.Model):
    """An address that takes no mails (hard bounce) or wants none (complaint). Nothing is sent to it until somebody lifts this."""

    email = models.EmailField(_("address"))
    why = models.CharField(_("why"), max_length=12, choices=Refusal)
    detail = models.TextField(_("detail"), blank=True)
    since = models.DateTimeField(_("since"), default=timezone.now)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("message"), related_name="+")
    lifted_at = models.DateTimeField(_("mails again since"), null=True, blank=True)
    lifted_by_kind = models.CharField(_("lifted by"), max_length=20, blank=True)
    lifted_by_id = models.BigIntegerField(_("lifted by (number)"), null=True, blank=True)

    class Meta:
        verbose_name = _("refused address")
        verbose_name_plural = _("refused addresses")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(lifted_at__isnull=True),
                name="refused_address_once",
                violation_error_message=_("This address is refused already."),
            ),
        ]

    def __str__(self) -> str:
        return self.email


class SendingPause(models.Model):
    """A time during which nothing leaves. The one without an end is in force, whatever restarts."""

    paused_at = models.DateTimeField(_("paused"), default=timezone.now)
    paused_by_kind = models.CharField(_("paused by"), max_length=20, blank=True)
    paused_by_id = models.BigIntegerField(_("paused by (number)"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    resumed_at = models.DateTimeField(_("resumed"), null=True, blank=True)
    resumed_by_kind = models.CharField(_("resumed by"), max_length=20, blank=True)
    resumed_by_id = models.BigIntegerField(_("resumed by (number)"), null=True, blank=True)
    # True or nothing, so that the database allows one at a time.
    in_force = models.BooleanField(_("in force"), null=True, default=True, unique=True)

    class Meta:
        verbose_name = _("pause of sending")
        verbose_name_plural = _("pauses of sending")
        ordering = ["-paused_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(in_force__isnull=False, in_force=True, resumed_at__isnull=True)
                | models.Q(in_force__isnull=True, resumed_at__isnull=False),
                name="sending_pause_in_force_until_resumed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.paused_at:%Y-%m-%d %H:%M}"
