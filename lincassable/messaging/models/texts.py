"""The texts of mails that coordinators have written: every version stays, the last one of a kind and language is in use."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailText(models.Model):
    """One version of what a kind of mail says in a language. Rows are added, never changed: the highest number is in use.

    A version that is `delivered` is empty: it says that the text which comes with the software is in use again.
    """

    FRENCH, ENGLISH = "fr", "en"
    LANGUAGES = [(FRENCH, _("French")), (ENGLISH, _("English"))]

    kind = models.CharField(_("kind"), max_length=60)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    number = models.PositiveIntegerField(_("version"))
    delivered = models.BooleanField(_("delivered text"), default=False)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    body = models.TextField(_("text"), blank=True)
    restores = models.PositiveIntegerField(_("restores version"), null=True, blank=True)
    by_kind = models.CharField(_("written by (kind)"), max_length=10)
    by_id = models.BigIntegerField(_("written by (id)"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("text of a mail")
        verbose_name_plural = _("texts of mails")
        ordering = ["kind", "language", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "language", "number"],
                name="mail_text_number_once",
                violation_error_message=_("Somebody else has saved this text meanwhile."),
            ),
            models.CheckConstraint(
                condition=models.Q(delivered=True, subject="", body="")
                | (models.Q(delivered=False) & ~models.Q(subject="") & ~models.Q(body="")),
                name="mail_text_has_words",
                violation_error_message=_("A text needs a subject and a body."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language}) {self.number}"


class MailTextFault(models.Model):
    """A text in use that could not be filled in when a mail was written: the mail left with the delivered text instead."""

    text = models.OneToOneField(MailText, verbose_name=_("text"), on_delete=models.CASCADE, related_name="fault")
    error = models.TextField(_("error"))
    created_at = models.DateTimeField(_("first seen"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("text that failed")
        verbose_name_plural = _("texts that failed")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.text}: {self.error}"
