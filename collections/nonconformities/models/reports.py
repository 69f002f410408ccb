"""What was reported: the non-conformity, its photos, its log, and what was written about it."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crates.models import ContainerType, Movement, Palox, SortingBatch
from lincassable.accounts.actors import LINK, SYSTEM, Actor
from lincassable.accounts.models import AccessLink, Authored, User
from nonconformities.enums import CLOSED_STATES, OPEN_STATES, Handler, Severity, Source, State, Step
from nonconformities.models.catalogue import NonConformityKind
from pickups.models import Carrier, Stop
from references.models import Producer, Reference
from stores.models import Store

MOST_PHOTOS = 5
MOST = 100_000  # bottles or containers of one report; more is a slip of the finger


class NonConformityQuerySet(models.QuerySet["NonConformity"]):
    """Questions about non-conformities."""

    def for_actor(self, by: Actor) -> Self:
        """Only what `by` may see: a store's card its own place's, a driver's link those of its tour's stops, a producer's link those
        about its bottles, staff what their role allows.

        Those at the sorting table see what was reported there or is theirs to handle, a carrier's users what is the carrier's to handle.
        """
        if by.kind == SYSTEM:
            return self
        if by.kind == LINK:
            if by.object_kind == AccessLink.STORE:
                return self.filter(Q(store=by.object_id) | Q(store__merged_into=by.object_id))
            if by.object_kind == AccessLink.TOUR:
                return self.filter(stop__tour=by.object_id, source=Source.DRIVER)
            if by.object_kind == AccessLink.PRODUCER:
                return self.filter(producer=by.object_id).standing()
            return self.none()
        user = User.objects.filter(pk=by.id or 0, is_active=True).first()
        if user is None:
            return self.none()
        if user.has_perm("nonconformities.view_nonconformity"):
            return self
        if user.has_perm("nonconformities.add_nonconformity"):
            return self.filter(Q(source=Source.SORTING) | Q(kind__handled_by=Handler.SORTING))
        return self.filter(carrier__in=Carrier.objects.filter(users=user))

    def open(self) -> Self:
        """Those that are not over."""
        return self.filter(state__in=OPEN_STATES)

    def standing(self) -> Self:
        """Those that count: neither set aside nor reported twice."""
        return self.exclude(state__in=[State.REJECTED, State.DUPLICATE])


class NonConformity(Authored):
    """Something that went wrong: what, where, how much, who handles it until when, why it came and what was done."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.ForeignKey(NonConformityKind, on_delete=models.PROTECT, verbose_name=_("kind"), related_name="nonconformities")
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.REPORTED, editable=False)
    source = models.CharField(_("reported from"), max_length=8, choices=Source, editable=False)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    occurred_at = models.DateTimeField(_("seen"), default=timezone.now)
    recorded_at = models.DateTimeField(pgettext_lazy("non-conformity", "reported"), default=timezone.now, editable=False)

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("place"), related_name="nonconformities"
    )
    stop = models.ForeignKey(Stop, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("stop"), related_name="nonconformities")
    batch = models.ForeignKey(
        SortingBatch, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("sorting batch"), related_name="nonconformities"
    )
    palox = models.ForeignKey(
        Palox, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("palox"), related_name="nonconformities"
    )
    reference = models.ForeignKey(
        Reference, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("reference"), related_name="nonconformities"
    )
    producer = models.ForeignKey(
        Producer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("producer"), related_name="nonconformities"
    )
    carrier = models.ForeignKey(
        Carrier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("carrier"),
        related_name="nonconformities",
        help_text=_("who handles what carriers handle: found by the tour, the last visit or the zone when it is reported"),
    )
    container_type = models.ForeignKey(
        ContainerType, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("container type"), related_name="+"
    )
    quantity = models.PositiveIntegerField(
        _("how many"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST)],
        help_text=_("containers, when a kind of container is given; else bottles, or 1 when it is not about bottles"),
    )
    note = models.TextField(_("note"), max_length=1000, validators=[MaxLengthValidator(1000)], blank=True)

    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("handled by"), related_name="+"
    )
    due_on = models.DateField(_("to be over by"))
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("already reported as"), related_name="duplicates"
    )
    answer = models.TextField(
        _("answer"),
        max_length=1000,
        validators=[MaxLengthValidator(1000)],
        blank=True,
        help_text=_("for who reported it, and for the place"),
    )
    root_cause = models.TextField(_("root cause"), max_length=1000, validators=[MaxLengthValidator(1000)], blank=True)
    corrective_action = models.TextField(_("corrective action"), max_length=1000, validators=[MaxLengthValidator(1000)], blank=True)
    cost_eur = models.DecimalField(_("cost (€)"), max_digits=9, decimal_places=2, null=True, blank=True)
    movement = models.OneToOneField(
        Movement, on_delete=models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("movement"), related_name="nonconformity"
    )
    producer_seen_at = models.DateTimeField(_("seen by the producer"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    closed_at = models.DateTimeField(_("over since"), null=True, blank=True, editable=False)
    replayed = False  # True on what report() returns when its key was already known

    objects = NonConformityQuerySet.as_manager()

    class Meta:
        verbose_name = _("non-conformity")
        verbose_name_plural = _("non-conformities")
        ordering = ["-recorded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MOST),
                name="nonconformity_quantity",
                violation_error_message=_("Give a number between 1 and 100,000."),
            ),
            models.CheckConstraint(
                condition=Q(occurred_at__lte=F("recorded_at")),
                name="nonconformity_not_in_the_future",
                violation_error_message=_("It cannot have been seen in the future."),
            ),
            models.CheckConstraint(
                condition=Q(store__isnull=False)
                | Q(stop__isnull=False)
                | Q(batch__isnull=False)
                | Q(palox__isnull=False)
                | Q(reference__isnull=False)
                | Q(producer__isnull=False),
                name="nonconformity_about_something",
                violation_error_message=_("Say what it is about: a place, a producer, a product or a palox."),
            ),
            models.CheckConstraint(
                condition=Q(state=State.DUPLICATE, duplicate_of__isnull=False) | (~Q(state=State.DUPLICATE) & Q(duplicate_of__isnull=True)),
                name="nonconformity_duplicate_of_another",
                violation_error_message=_("Say which one it repeats."),
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | ~Q(duplicate_of=F("id")),
                name="nonconformity_not_its_own_duplicate",
                violation_error_message=_("It cannot repeat itself: choose another one."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED_STATES, closed_at__isnull=False) | (~Q(state__in=CLOSED_STATES) & Q(closed_at__isnull=True)),
                name="nonconformity_closed_when_over",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.RESOLVED, State.REJECTED]) | ~Q(answer=""),
                name="nonconformity_closed_with_an_answer",
                violation_error_message=_("Write the answer: who reported it reads it."),
            ),
            models.CheckConstraint(
                condition=Q(cost_eur__isnull=True) | Q(cost_eur__gte=0),
                name="nonconformity_cost_not_negative",
                violation_error_message=_("A cost cannot be below zero."),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="nonconformity_open"),
            models.Index(fields=["store", "kind", "occurred_at"], name="nonconformity_place_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.reference_number} · {self.kind}"

    @property
    def reference_number(self) -> str:
        """How people call it: NC-00042."""
        return f"NC-{self.pk or 0:05d}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in OPEN_STATES

    @property
    def is_late(self) -> bool:
        """Whether it should be over."""
        return self.is_open and self.due_on < timezone.localdate()


def photo_path(photo: NonConformityPhoto, _name: str) -> str:
    """Return where a photo is kept under the private media folder; the name that a phone gave is not used."""
    return f"nonconformities/{photo.uuid.hex[:2]}/{photo.uuid.hex}.webp"


class NonConformityPhoto(Authored):
    """A photo of it, re-encoded by us and private. The database takes at most five of each."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    nonconformity = models.ForeignKey(NonConformity, on_delete=models.PROTECT, verbose_name=_("non-conformity"), related_name="photos")
    position = models.PositiveSmallIntegerField(_("number"))
    image = models.ImageField(_("picture"), upload_to=photo_path, max_length=200)
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)

    class Meta:
        verbose_name = _("photo of a non-conformity")
        verbose_name_plural = _("photos of non-conformities")
        ordering = ["nonconformity", "position"]
        constraints = [
            models.UniqueConstraint(fields=["nonconformity", "position"], name="photo_number_once"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_PHOTOS),
                name="at_most_five_photos",
                violation_error_message=_("Keep at most five photos: remove some."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nonconformity_id} · {self.position}"


class NonConformityLog(Authored):
    """One line of its log."""

    nonconformity = models.ForeignKey(NonConformity, on_delete=models.PROTECT, verbose_name=_("non-conformity"), related_name="log")
    step = models.CharField(_("what"), max_length=10, choices=Step)
    to_state = models.CharField(_("state after it"), max_length=12, choices=State)
    at = models.DateTimeField(_("when"), default=timezone.now)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("step of a non-conformity")
        verbose_name_plural = _("log of non-conformities")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_to_state_display() if self.step == Step.MOVED else self.get_step_display()


class NonConformityComment(Authored):
    """What somebody wrote about it: read by the place too, by the producer, carrier or sorting centre too, or by the coordination only."""

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    nonconformity = models.ForeignKey(NonConformity, on_delete=models.PROTECT, verbose_name=_("non-conformity"), related_name="comments")
    text = models.TextField(_("text"), max_length=1000, validators=[MaxLengthValidator(1000)])
    is_internal = models.BooleanField(_("not read by the place"), default=True)
    with_partner = models.BooleanField(_("read by the producer, the carrier or the sorting centre that is concerned"), default=False)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("comment on a non-conformity")
        verbose_name_plural = _("comments on non-conformities")
        ordering = ["written_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="comment_says_something", violation_error_message=_("Write something first.")
            ),
            models.CheckConstraint(
                condition=Q(is_internal=False) | Q(with_partner=True) | ~Q(actor_kind="link"),
                name="comment_by_link_is_shared",
                violation_error_message=_("What is written by a link is read by its place or its producer."),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]
