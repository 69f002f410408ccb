"""Who signs up for an event: the least that is needed, and not for long."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from awareness.enums import SignUpRole, SignUpState
from awareness.models.events import Event


class SignUp(models.Model):
    """Somebody who wants to come. Deleted some days after the event (PERSONAL_DATA_RETENTION_DAYS)."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, verbose_name=_("event"), related_name="signups")
    role = models.CharField(_("comes as"), max_length=10, choices=SignUpRole, default=SignUpRole.VISITOR)
    state = models.CharField(_("state"), max_length=10, choices=SignUpState, default=SignUpState.CONFIRMED, editable=False)
    first_name = models.CharField(_("first name"), max_length=60)
    email = models.EmailField(_("e-mail"))
    phone = PhoneNumberField(_("phone"), blank=True, help_text=_("of volunteers, to reach them on the day"))
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    signed_up_at = models.DateTimeField(_("signed up"), default=timezone.now)
    promoted_at = models.DateTimeField(_("got a place that was given back"), null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        ordering = ["event", "role", "signed_up_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                "event",
                Lower("email"),
                Lower("first_name"),
                condition=~Q(state="withdrawn"),
                name="signup_once_per_event",
                violation_error_message=_("This person is already signed up."),
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False) | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="signup_withdrawn_has_a_moment",
            ),
            models.CheckConstraint(condition=Q(role="volunteer") | Q(phone=""), name="signup_phone_of_volunteers_only"),
        ]
        indexes = [models.Index(fields=["event", "role", "state"], name="signup_event_role_state")]

    def __str__(self) -> str:
        return self.first_name
