"""Who carries, and with what."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from lincassable.accounts.actors import LINK, SYSTEM, Actor
from lincassable.accounts.models import User
from pickups.enums import VehicleKind, Weekday
from stores.models import Store, Zone


def monday_to_friday() -> list[int]:
    """Return the days that a carrier drives unless it says otherwise: 0 is Monday."""
    return [0, 1, 2, 3, 4]


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
    lead_days = models.PositiveSmallIntegerField(
        _("accepted lead time (days)"), default=2, help_text=_("days between the day a tour is sent and its date")
    )
    answer_days = models.PositiveSmallIntegerField(
        _("answers within (days)"), default=2, help_text=_("after that, the coordinators are told that it is silent")
    )
    weekdays = ArrayField(
        models.PositiveSmallIntegerField(choices=Weekday),
        verbose_name=_("days it drives"),
        default=monday_to_friday,
        blank=True,
    )
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


class CarrierContact(models.Model):
    """Somebody at a carrier's office, and what they want to receive besides the carrier's own address."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, verbose_name=_("carrier"), related_name="contacts")
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    wants_tours = models.BooleanField(_("receives the tours"), default=True)
    wants_reminders = models.BooleanField(_("is reminded of tours"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("carrier's contact")
        verbose_name_plural = _("carrier's contacts")
        ordering = ["carrier", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "carrier",
                models.functions.Lower("email"),
                condition=~models.Q(email=""),
                name="carrier_contact_unique_email",
                violation_error_message=_("This address is already a contact of this carrier."),
            ),
            models.CheckConstraint(
                condition=~(models.Q(name="") & models.Q(email="") & models.Q(phone="")),
                name="carrier_contact_says_something",
                violation_error_message=_("Give at least a name, an e-mail or a phone."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.phone)


class PriceRuleQuerySet(models.QuerySet["PriceRule"]):
    """Questions about prices."""

    def for_actor(self, by: Actor) -> Self:
        """Only what `by` may see: coordinators everything, a carrier's user its own carrier's, a link nothing."""
        if by.kind == SYSTEM:
            return self
        user = User.objects.filter(pk=by.id, is_active=True).first() if by.kind != LINK else None
        if user is None:
            return self.none()
        return self if user.has_perm("pickups.view_pricerule") else self.filter(carrier__users=user)


class PriceRule(models.Model):
    """One line of a carrier's price grid: what a tour with this kind of vehicle costs, without tax."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, verbose_name=_("carrier"), related_name="prices")
    vehicle_kind = models.CharField(
        _("vehicle"), max_length=10, choices=VehicleKind, blank=True, help_text=_("empty: any vehicle without a line of its own")
    )
    fixed_eur = models.DecimalField(_("per tour (€)"), max_digits=8, decimal_places=2, default=0)
    per_stop_eur = models.DecimalField(_("per stop (€)"), max_digits=8, decimal_places=2, default=0)
    per_km_eur = models.DecimalField(_("per km (€)"), max_digits=8, decimal_places=2, default=0)
    per_pallet_eur = models.DecimalField(_("per pallet (€)"), max_digits=8, decimal_places=2, default=0)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True, help_text=_("included; empty: until further notice"))

    objects = PriceRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["carrier", "vehicle_kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["carrier", "vehicle_kind", "valid_from"],
                name="price_once_per_day",
                violation_error_message=_("This carrier already has a price for this vehicle from that day on."),
            ),
            models.CheckConstraint(
                condition=models.Q(fixed_eur__gte=0, per_stop_eur__gte=0, per_km_eur__gte=0, per_pallet_eur__gte=0),
                name="price_not_negative",
                violation_error_message=_("A price cannot be negative."),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_from__lte=models.F("valid_to")),
                name="price_days_in_order",
                violation_error_message=_("The last day comes before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} · {self.get_vehicle_kind_display() or '*'}"


class EmissionFactor(models.Model):
    """What a kind of vehicle emits per kilometre, as a range with its source: never one flattering figure."""

    vehicle_kind = models.CharField(_("vehicle"), max_length=10, choices=VehicleKind, unique=True)
    low_g_per_km = models.PositiveIntegerField(_("low (g CO₂e/km)"))
    typical_g_per_km = models.PositiveIntegerField(_("typical (g CO₂e/km)"))
    high_g_per_km = models.PositiveIntegerField(_("high (g CO₂e/km)"))
    source = models.CharField(_("source"), max_length=250)
    as_of = models.DateField(_("as of"))

    class Meta:
        verbose_name = _("emission factor")
        verbose_name_plural = _("emission factors")
        ordering = ["typical_g_per_km"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(low_g_per_km__lte=models.F("typical_g_per_km"), typical_g_per_km__lte=models.F("high_g_per_km")),
                name="emission_range_in_order",
                violation_error_message=_("The typical figure lies between the low and the high one."),
            )
        ]

    def __str__(self) -> str:
        return self.get_vehicle_kind_display()
