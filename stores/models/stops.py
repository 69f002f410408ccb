"""What readers have stopped, by address, so that a contact that is typed again does not begin anew."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AddressStop(models.Model):
    """Whoever reads an address has stopped one kind of mails. The address itself is not kept: only its fingerprint."""

    fingerprint = models.CharField(_("fingerprint of the address"), max_length=64)
    what = models.CharField(_("what was stopped"), max_length=40, help_text=_("a column of contacts, or the code of a reminder's switch"))
    stopped_at = models.DateTimeField(_("stopped"), default=timezone.now)

    class Meta:
        verbose_name = _("stop of an address")
        verbose_name_plural = _("stops of addresses")
        ordering = ["-stopped_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint", "what"],
                name="address_stop_once",
                violation_error_message=_("This address has stopped this already."),
            )
        ]

    def __str__(self) -> str:
        return self.what
