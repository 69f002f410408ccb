"""People who sign in, and links that stand for a place or a tour."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.actors import LINK, SYSTEM, USER, Actor

ACTOR_KINDS = [(USER, _("user")), (LINK, _("access link")), (SYSTEM, _("system"))]


class Authored(models.Model):
    """A row that remembers who wrote it, by kind and id only."""

    actor_kind = models.CharField(_("author kind"), max_length=8, choices=ACTOR_KINDS, default=SYSTEM, editable=False)
    actor_id = models.BigIntegerField(_("author id"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @staticmethod
    def author(by: Actor) -> dict[str, object]:
        """Return the column values that record `by`."""
        return {"actor_kind": by.kind, "actor_id": by.id}


class UserManager(BaseUserManager["User"]):
    """Creates users by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create and return a user; the address is lower-cased, a missing password is made unusable."""
        if not email:
            raise ValueError("an e-mail address is required")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create and return an administrator with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user whose address is `username`, whatever its case."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: coordinator, administrator, sorting centre or carrier's office."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("fr", _("French")), ("en", _("English"))], default="fr")
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    wants_weekly_report = models.BooleanField(_("receives the weekly report"), default=True)
    date_joined = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        permissions = [("handle_personal_data", _("can export and erase the data of a person"))]
        constraints = [models.CheckConstraint(condition=models.Q(email=models.functions.Lower("email")), name="user_email_lower_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()


class AccessLink(models.Model):
    """A revocable link that stands for one object: a store's card, a tour for its driver, a tour for its carrier.

    The token is never stored: it is derived from the row's id and version (`accounts.links`).
    """

    STORE, TOUR, CARRIER_TOUR = "store", "tour", "carrier_tour"
    # Secret calendar addresses: of a store, of a carrier, of a user who sees the whole network.
    STORE_CALENDAR, CARRIER_CALENDAR, USER_CALENDAR = "store_calendar", "carrier_calendar", "user_calendar"
    EVENT = "event"  # the phone page of an event's team
    PRODUCER = "producer"  # the page on which a producer sees what goes wrong with its bottles
    KINDS = [
        (STORE, _("store card")),
        (TOUR, _("driver's tour")),
        (CARRIER_TOUR, _("carrier's tour")),
        (STORE_CALENDAR, _("store's calendar")),
        (CARRIER_CALENDAR, _("carrier's calendar")),
        (USER_CALENDAR, _("coordinator's calendar")),
        (EVENT, _("event's team")),
        (PRODUCER, _("producer's page")),
    ]

    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    object_id = models.BigIntegerField(_("object id"))
    version = models.PositiveIntegerField(_("version"), default=1)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    rotated_at = models.DateTimeField(_("renewed"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    last_device = models.CharField(_("last device"), max_length=32, blank=True, editable=False)
    # Printed cards cannot be called back: the card of a place that became part of another one goes on working, and opens that one.
    leads_to = models.BigIntegerField(_("leads to (object id)"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("access link")
        verbose_name_plural = _("access links")
        ordering = ["kind", "object_id"]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_access_link_per_object")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.object_id}"

    @property
    def opens(self) -> int:
        """The id of the object that the link opens: its own, or the one that it leads to since."""
        return self.object_id if self.leads_to is None else self.leads_to

    @property
    def is_revoked(self) -> bool:
        """Whether a coordinator has withdrawn the link."""
        return self.revoked_at is not None

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


class AccessLinkEvent(Authored):
    """Who replaced, revoked or restored a link, and when. A replaced version is still taken for a while after `at`."""

    ROTATED, REVOKED, RESTORED = "rotated", "revoked", "restored"
    WHAT = [(ROTATED, _("card replaced")), (REVOKED, _("revoked")), (RESTORED, _("restored"))]

    link = models.ForeignKey(AccessLink, on_delete=models.CASCADE, related_name="events", verbose_name=_("access link"))
    what = models.CharField(_("what"), max_length=8, choices=WHAT)
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("access link event")
        verbose_name_plural = _("access link events")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["link", "version"], condition=models.Q(what="rotated"), name="version_replaced_once"),
        ]

    def __str__(self) -> str:
        return self.get_what_display()
