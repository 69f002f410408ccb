"""Animations in stores and public events: when, where, with whom, and what to bring."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from awareness.enums import SEEN_STATES, EventKind, EventState, PartnerKind, SignUpRole
from lincassable.accounts.models import Authored
from stores.models import Store

SHORT_ID = 12  # hexadecimal digits of the public id in an address, as for the places of the map


class Partner(models.Model):
    """Who holds events with the network: a town, an association, a school. No person."""

    name = models.CharField(_("name"), max_length=160, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=PartnerKind, default=PartnerKind.AUTHORITY)
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EventQuerySet(models.QuerySet["Event"]):
    """Questions about events. Querysets never write."""

    def seen(self) -> Self:
        """Those that the public may open."""
        return self.filter(state__in=SEEN_STATES)

    def coming(self, now: datetime | None = None) -> Self:
        """Published ones that are not over at `now`, the next one first."""
        return self.filter(state=EventState.PUBLISHED, ends_at__gt=now or timezone.now()).order_by("starts_at", "pk")


class Event(Authored):
    """Something held in a store or elsewhere, to tell people about the deposit."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=EventKind, default=EventKind.ANIMATION)
    state = models.CharField(_("state"), max_length=10, choices=EventState, default=EventState.DRAFT, editable=False)
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), max_length=4000, blank=True, help_text=_("on the public page"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("collection point"), related_name="events"
    )
    place_name = models.CharField(_("place"), max_length=160, blank=True, help_text=_("when it is not held in a collection point"))
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=10, blank=True)
    city = models.CharField(_("town"), max_length=120, blank=True)
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    partners = models.ManyToManyField(Partner, blank=True, verbose_name=_("partners"), related_name="events")
    team = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, verbose_name=_("team"), related_name="events")
    visitor_places = models.PositiveSmallIntegerField(
        _("places for visitors"), null=True, blank=True, help_text=_("empty: people come without signing up")
    )
    volunteer_places = models.PositiveSmallIntegerField(
        _("places for volunteers"), null=True, blank=True, help_text=_("empty: no volunteers are looked for")
    )
    # How many had signed up, counted when the sign-ups are deleted with the personal data.
    visitors_counted = models.PositiveIntegerField(_("visitors who had signed up"), null=True, blank=True, editable=False)
    volunteers_counted = models.PositiveIntegerField(_("volunteers who had signed up"), null=True, blank=True, editable=False)
    notes = models.TextField(_("notes"), max_length=4000, blank=True, help_text=_("for the team only"))
    cancel_reason = models.CharField(_("why it is cancelled"), max_length=250, blank=True, editable=False)
    # How often what calendars hold has changed (RFC 5545, SEQUENCE), and when it last did.
    sequence = models.PositiveIntegerField(_("number of changes"), default=0, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="event_ends_after_it_begins",
                violation_error_message=_("The end comes before the beginning."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="animation") | Q(store__isnull=False),
                name="event_animation_in_a_store",
                violation_error_message=_("Choose the collection point in which the animation is held."),
            ),
            models.CheckConstraint(
                condition=Q(store__isnull=False) | ~Q(city=""),
                name="event_is_somewhere",
                violation_error_message=_("Choose a collection point, or give at least the town."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True) | Q(latitude__isnull=False, longitude__isnull=False),
                name="event_position_is_whole",
                violation_error_message=_("Give both latitude and longitude, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True) | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="event_position_on_earth",
                violation_error_message=_("Latitude lies between -90 and 90, longitude between -180 and 180."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "ends_at"], name="event_state_end"),
            models.Index(fields=["store", "starts_at"], name="event_store_start"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def short(self) -> str:
        """The first digits of the public id."""
        return self.uuid.hex[:SHORT_ID]

    @property
    def slug(self) -> str:
        """The last part of the address of its page: a readable name, then what makes it permanent."""
        return f"{slugify(self.title)[:60].strip('-') or 'evenement'}-{self.short}"

    @property
    def path(self) -> str:
        """The address of its public page, without the site."""
        return reverse("events:event", args=[self.slug])

    @property
    def url(self) -> str:
        """The whole address of its public page."""
        return settings.SITE_URL + self.path

    @property
    def when(self) -> str:
        """The local day and hours in words, in the current language."""
        start, end = timezone.localtime(self.starts_at), timezone.localtime(self.ends_at)
        day, hours = date_format(start, "l j F Y"), [time_format(moment.time(), "H:i") for moment in (start, end)]
        if start.date() == end.date():
            return _("%(day)s, %(start)s to %(end)s") % {"day": day, "start": hours[0], "end": hours[1]}
        words = {"day": day, "start": hours[0], "last_day": date_format(end, "l j F Y"), "end": hours[1]}
        return _("%(day)s, %(start)s, to %(last_day)s, %(end)s") % words

    @property
    def where(self) -> str:
        """The name of the place; empty when only an address is known."""
        return self.store.name if self.store else self.place_name

    @property
    def town(self) -> str:
        """In which town."""
        return self.store.city if self.store else self.city

    @property
    def address(self) -> str:
        """Street, postcode and town on one line."""
        if self.store:
            return self.store.address
        return ", ".join(part for part in (self.street, f"{self.postcode} {self.city}".strip()) if part)

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, of the store or its own; None when unknown."""
        place = self.store or self
        return None if place.latitude is None or place.longitude is None else (float(place.latitude), float(place.longitude))

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ends_at <= timezone.now()

    @property
    def has_begun(self) -> bool:
        """Whether it has begun: nobody can sign up any more."""
        return self.starts_at <= timezone.now()

    def places_for(self, role: str) -> int | None:
        """Return how many places there are for those who sign up as `role` (SignUpRole); None when nobody is asked to."""
        return self.volunteer_places if role == SignUpRole.VOLUNTEER else self.visitor_places

    @property
    def roles(self) -> list[str]:
        """What one can sign up as (SignUpRole)."""
        return [str(role) for role in SignUpRole.values if self.places_for(role)]


class EventItem(models.Model):
    """Something to bring: a line of the event's checklist."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, verbose_name=_("event"), related_name="items")
    name = models.CharField(_("what"), max_length=120)
    quantity = models.PositiveSmallIntegerField(_("how many"), default=1, validators=[MinValueValidator(1)])
    is_packed = models.BooleanField(_("packed"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("thing to bring")
        verbose_name_plural = _("things to bring")
        ordering = ["event", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1),
                name="event_item_at_least_one",
                violation_error_message=_("Bring at least one, or take the line out."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class EventLog(Authored):
    """What happened to an event: published, changed, cancelled, done, and what was said about it."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, verbose_name=_("event"), related_name="log")
    at = models.DateTimeField(_("when"), default=timezone.now)
    to_state = models.CharField(_("state"), max_length=10, choices=EventState)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("line of an event's log")
        verbose_name_plural = _("log of events")
        ordering = ["event", "at", "pk"]

    def __str__(self) -> str:
        return self.note or self.get_to_state_display()
