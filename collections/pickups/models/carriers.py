"""Who carries, and with what."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from pickups.enums import VehicleKind
from stores.models import Store, Zone


class Carrier(models.Model):
    """A transport company or a bike courier."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    email = models.EmailField(_("e-mail"), help_text=_("tours to accept are sent here"))
    contact_name = models.CharField(_("contact"), max_length=120, blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    depot = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("usual hub"), related_name="+")
    zones = models.ManyToManyField(Zone, blank=True, verbose_name=_("zones served"), related_name="carriers")
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, verbose_name=_("users"), related_name="carriers")
    is_active = models.BooleanField(_("active"), default=True)
    source = models.CharField(_("imported from"), max_length=60, blank=True)
    source_id = models.CharField(_("external id"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("carrier")
        verbose_name_plural = _("carriers")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["source", "source_id"], condition=~models.Q(source_id=""), name="carrier_unique_external_id")
        ]

    def __str__(self) -> str:
        return self.name


class Vehicle(models.Model):
    """A vehicle of a carrier, and what it can take."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, verbose_name=_("carrier"), related_name="vehicles")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=VehicleKind, default=VehicleKind.VAN)
    payload_kg = models.PositiveIntegerField(_("payload (kg)"))
    pallets = models.PositiveSmallIntegerField(_("pallets"), default=0)
    crates = models.PositiveIntegerField(_("crates"), default=0)
    has_tail_lift = models.BooleanField(_("tail lift"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["carrier", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "name"],
                name="vehicle_unique_name_per_carrier",
                violation_error_message=_("This carrier already has a vehicle of that name."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"
