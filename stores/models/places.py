"""Places of the network, the zones that group them, and the people there."""

from __future__ import annotations

import uuid
from typing import Self

import opening_hours
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from lincassable.accounts.actors import LINK, SYSTEM, Actor
from lincassable.accounts.models import AccessLink, User
from stores.enums import STOCK_KEEPERS, DepositPractice, Kind, Role, Status, VehicleKind


def validate_opening_hours(value: str) -> None:
    """Refuse text that is not in OpenStreetMap's opening_hours syntax (wiki.openstreetmap.org/wiki/Key:opening_hours)."""
    if value and not opening_hours.validate(value):
        raise ValidationError(
            _("These opening hours cannot be read. Write them like “Mo-Fr 09:00-12:30,14:00-19:00; Sa 09:00-13:00; PH off”."),
            code="opening_hours",
        )


class Zone(models.Model):
    """A group of stores served by the same tours."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("zone")
        verbose_name_plural = _("zones")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word of the coordinators' own to find places again by."""

    name = models.CharField(_("name"), max_length=40, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StoreQuerySet(models.QuerySet["Store"]):
    """Questions about places. Querysets never write."""

    def active(self) -> Self:
        """Places that take part today."""
        return self.filter(status=Status.ACTIVE)

    def keeping_stock(self) -> Self:
        """Hubs and sorting centres."""
        return self.filter(kind__in=STOCK_KEEPERS)

    def collected(self) -> Self:
        """Places that tours collect from: everything but hubs, sorting and washing centres."""
        return self.exclude(kind__in=[*STOCK_KEEPERS, Kind.WASHING])

    def for_actor(self, by: Actor) -> Self:
        """Only what `by` may see: a store card its own store, a user what its role allows, the system everything."""
        if by.kind == SYSTEM:
            return self
        if by.kind == LINK:
            return self.filter(pk=by.object_id) if by.object_kind == AccessLink.STORE else self.none()
        user = User.objects.filter(pk=by.id, is_active=True).first()
        return self if user is not None and user.has_perm("stores.view_store") else self.none()


class Store(models.Model):
    """Any place of the network that holds containers."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.SHOP)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ACTIVE)
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("zone"), related_name="stores")
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(
        _("postcode"), max_length=10, blank=True, validators=[RegexValidator(r"^[0-9A-Za-z -]{3,10}$", _("Write the postcode like 13001."))]
    )
    city = models.CharField(_("town"), max_length=120)
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    opening_hours = models.CharField(_("opening hours"), max_length=400, blank=True, validators=[validate_opening_hours])
    access_notes = models.TextField(_("access notes for drivers"), blank=True)
    largest_vehicle = models.CharField(
        _("largest vehicle"), max_length=10, choices=VehicleKind, blank=True, help_text=_("that can reach the place; empty: any")
    )
    needs_tail_lift = models.BooleanField(_("needs a tail lift"), default=False)
    is_public = models.BooleanField(_("on the public map"), default=True, help_text=_("once it is active"))
    public_note = models.CharField(_("note for the public"), max_length=250, blank=True)
    website = models.URLField(_("website"), blank=True)
    deposit_practice = models.CharField(_("practice of the deposit"), max_length=8, choices=DepositPractice, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, verbose_name=_("tags"), related_name="stores")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("merged into"), related_name="merged_from"
    )
    collected_through = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("collected through"),
        related_name="collected_children",
        help_text=_("the place that this one brings its crates to; it then has no stop of its own"),
    )
    usual_hub = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("usual hub"), related_name="hub_children"
    )
    source = models.CharField(_("imported from"), max_length=40, blank=True)
    source_id = models.CharField(_("external id"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = StoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection point")
        verbose_name_plural = _("collection points")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__isnull=False, longitude__isnull=False),
                name="store_position_is_whole",
                violation_error_message=_("Give both latitude and longitude, or neither."),
            ),
            models.CheckConstraint(
                condition=models.Q(latitude__isnull=True)
                | models.Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="store_position_on_earth",
                violation_error_message=_("Latitude lies between -90 and 90, longitude between -180 and 180."),
            ),
            models.CheckConstraint(
                condition=models.Q(collected_through__isnull=True) | ~models.Q(collected_through=models.F("pk")),
                name="store_not_collected_through_itself",
                violation_error_message=_("A place cannot be collected through itself."),
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | (models.Q(status="archived") & ~models.Q(merged_into=models.F("pk"))),
                name="store_merged_is_archived",
            ),
            models.CheckConstraint(
                condition=models.Q(source="", source_id="") | (~models.Q(source="") & ~models.Q(source_id="")),
                name="store_source_is_whole",
                violation_error_message=_("An external id needs the name of its source, and a source an external id."),
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=~models.Q(source_id=""),
                name="store_unique_external_id",
                violation_error_message=_("Another place already has this external id."),
            ),
        ]
        indexes = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="store_name_trigram"),
            models.Index(fields=["status", "kind"], name="store_status_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.city})" if self.city and self.city not in self.name else self.name

    @property
    def keeps_stock(self) -> bool:
        """Whether this is a hub or a sorting centre (see `STOCK_KEEPERS`)."""
        return self.kind in STOCK_KEEPERS

    @property
    def address(self) -> str:
        """Street, postcode and town on one line."""
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.city}".strip()) if part)


class Contact(models.Model):
    """A person at a place, and what they want to receive."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="contacts")
    name = models.CharField(_("name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.TEAM)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    wants_weekly_report = models.BooleanField(_("receives the weekly report"), default=True)
    wants_pickup_mails = models.BooleanField(_("receives pickup mails"), default=True)
    wants_pickup_reminders = models.BooleanField(_("is reminded of pickups"), default=True)
    wants_invitations = models.BooleanField(_("receives calendar invitations"), default=True)
    wants_deposit_mails = models.BooleanField(_("is asked for the deposit counts"), default=False)
    wants_mailings = models.BooleanField(_("receives news of the network"), default=True, db_default=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Kept by the nightly purge of personal data (stores.privacy).
    inactive_since = models.DateTimeField(_("inactive since"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # The address that bounced or complained, and why: it counts while it is still the contact's (stores.refusals).
    refused_email = models.EmailField(_("address that refuses"), blank=True, default="", db_default="", editable=False)
    refused_why = models.CharField(_("why it refuses"), max_length=12, blank=True, default="", db_default="", editable=False)
    refused_at = models.DateTimeField(_("refuses since"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["store", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                "store",
                models.functions.Lower("email"),
                condition=~models.Q(email=""),
                name="contact_unique_email_per_store",
                violation_error_message=_("This address is already a contact of this place."),
            ),
            models.CheckConstraint(
                condition=~(models.Q(name="") & models.Q(email="") & models.Q(phone="")),
                name="contact_says_something",
                violation_error_message=_("Give at least a name, an e-mail or a phone."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.phone)

    @property
    def is_refused(self) -> bool:
        """Whether mails to this contact bounce or are unwanted; a corrected address is a new one."""
        return bool(self.refused_email) and self.refused_email.lower() == self.email.lower()


class Closure(models.Model):
    """Days on which a place is closed although its opening hours say otherwise."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="closures")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), help_text=_("included"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["store", "first_day"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")),
                name="closure_days_in_order",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.UniqueConstraint(
                fields=["store", "first_day", "last_day"],
                name="closure_once",
                violation_error_message=_("This closure is already listed."),
            ),
        ]
        indexes = [models.Index(fields=["last_day", "store"], name="closure_last_day")]

    def __str__(self) -> str:
        return f"{self.store} · {self.first_day:%d/%m/%Y} – {self.last_day:%d/%m/%Y}"
