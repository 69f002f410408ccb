"""The producers whose bottles are concerned: who of them gets mails, and their page in the admin."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from references.models import Producer


class ProducerContact(models.Model):
    """Somebody at a producer's, and what they want to be told about what goes wrong with its bottles."""

    producer = models.ForeignKey(Producer, on_delete=models.CASCADE, verbose_name=_("producer"), related_name="quality_contacts")
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    wants_each = models.BooleanField(_("a mail for each new one"), default=True)
    wants_monthly = models.BooleanField(_("a summary each month"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("producer's contact")
        verbose_name_plural = _("producer's contacts")
        ordering = ["producer", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "producer",
                Lower("email"),
                name="producer_contact_unique_email",
                violation_error_message=_("This address is already a contact of this producer."),
            ),
            models.CheckConstraint(
                condition=~Q(email=""), name="producer_contact_has_an_email", violation_error_message=_("Give the e-mail.")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class ProducerPage(Producer):
    """A producer, as the admin shows its non-conformities, its contacts and its secret link."""

    class Meta:
        proxy = True
        verbose_name = _("producer's non-conformities")
        verbose_name_plural = _("producers and non-conformities")
        ordering = ["name"]
