"""Chat rooms that requests and alerts are told to."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.enums import RoomFormat


class ChatRoom(models.Model):
    """A room of Slack, Mattermost, Discord or the like, reached by its incoming webhook.

    The address is a secret (whoever has it may write there): it is kept encrypted and never shown again.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    format = models.CharField(_("program"), max_length=12, choices=RoomFormat, default=RoomFormat.SLACK)
    sealed_url = models.TextField(_("address of the webhook"), editable=False)
    topics = ArrayField(models.CharField(max_length=40), verbose_name=_("what is told there"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("chat room")
        verbose_name_plural = _("chat rooms")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
