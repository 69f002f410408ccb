"""Mailings: a text for chosen places, who gets it, and what became of it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import Authored
from lincassable.mailings import quiet
from lincassable.mailings.enums import MOST_PER_HOUR, Progress, Reason, State
from lincassable.messaging.models import Message
from stores.models import Contact, Store


class Worded(models.Model):
    """A subject and a body in both languages, with fields of their own to fill in."""

    subject_fr = models.CharField(_("subject in French"), max_length=200, blank=True)
    body_fr = models.TextField(_("text in French"), max_length=20_000, blank=True)
    subject_en = models.CharField(_("subject in English"), max_length=200, blank=True)
    body_en = models.TextField(_("text in English"), max_length=20_000, blank=True)
    fields = models.JSONField(_("fields of its own"), default=list, blank=True, help_text=_("a list of {name, label}"))

    class Meta:
        abstract = True

    @property
    def has_english(self) -> bool:
        """Whether readers of English get a text of theirs; otherwise they get the French one."""
        return bool(self.subject_en.strip() and self.body_en.strip())

    def subject_in(self, language: str) -> str:
        """Return the subject for readers of `language`."""
        return self.subject_en if language == "en" and self.has_english else self.subject_fr

    def body_in(self, language: str) -> str:
        """Return the body for readers of `language`."""
        return self.body_en if language == "en" and self.has_english else self.body_fr


class MailingTemplate(Worded):
    """A text to begin mailings with. A mailing takes a copy: changing the template changes no mailing."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    purpose = models.CharField(_("what it is for"), max_length=250, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("template of mailings")
        verbose_name_plural = _("templates of mailings")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Mailing(Worded, Authored):
    """One text, sent once to each address among the contacts of chosen places."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, help_text=_("for you and your colleagues; recipients do not see it"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT, editable=False)
    template = models.ForeignKey(
        MailingTemplate, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("made from"), related_name="mailings"
    )
    values = models.JSONField(_("values of its fields"), default=dict, blank=True, help_text=_("by name of the field and language"))
    audience = models.JSONField(_("audience"), default=dict, blank=True, help_text=_("the chosen conditions (mailings.audience.Criteria)"))
    per_hour = models.PositiveIntegerField(
        _("messages per hour"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PER_HOUR)],
        help_text=_("at most; empty: as fast as the network's own limit allows"),
    )
    any_hour = models.BooleanField(
        _("send anyway"),
        default=False,
        help_text=_("also in the evening and at night, on weekends and on public holidays; otherwise it waits for a working day"),
    )
    again = models.BooleanField(
        _("to those who have had it too"),
        default=False,
        db_default=False,
        help_text=_("also to addresses that have had this very text through another mailing"),
    )
    words_fr = models.CharField(
        _("key of what readers of French get"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    words_en = models.CharField(
        _("key of what readers of English get"), max_length=64, blank=True, default="", db_default="", editable=False
    )
    scheduled_at = models.DateTimeField(_("begins"), null=True, blank=True)
    started_at = models.DateTimeField(_("begun"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="draft", scheduled_at__isnull=True) | ~Q(state="draft") & Q(scheduled_at__isnull=False)),
                name="mailing_scheduled_has_a_time",
                violation_error_message=_("A mailing that is to be sent has a day and an hour."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled"], started_at__isnull=True)
                | (~Q(state__in=["draft", "scheduled"]) & Q(started_at__isnull=False)),
                name="mailing_begun_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "cancelled"], finished_at__isnull=False)
                | (~Q(state__in=["done", "cancelled"]) & Q(finished_at__isnull=True)),
                name="mailing_finished_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(per_hour__isnull=True) | Q(per_hour__gte=1, per_hour__lte=MOST_PER_HOUR),
                name="mailing_rate_is_positive",
                violation_error_message=_("Send at least one message per hour."),
            ),
        ]
        indexes = [
            models.Index(fields=["scheduled_at"], condition=Q(state__in=["scheduled", "sending"]), name="mailing_at_work"),
            models.Index(fields=["words_fr"], condition=~Q(words_fr=""), name="mailing_words_fr"),
            models.Index(fields=["words_en"], condition=~Q(words_en=""), name="mailing_words_en"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_editable(self) -> bool:
        """Whether text and audience may still change."""
        return self.state == State.DRAFT

    def may_send(self, now: dt.datetime) -> bool:
        """Whether something of it may leave at `now`: not at a quiet time, unless a coordinator has said so."""
        return self.any_hour or not quiet.why(now)

    @property
    def has_started(self) -> bool:
        """Whether its list is frozen and messages may have left."""
        return self.started_at is not None


class MailingRecipient(models.Model):
    """One address of a mailing's list, frozen when the mailing began, and how far it is."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, verbose_name=_("mailing"), related_name="recipients")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="mailings")
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("contact"), related_name="mailings"
    )
    email = models.EmailField(_("address"), blank=True, help_text=_("lower case; empty once it has been forgotten"))
    language = models.CharField(
        _("language"), max_length=2, blank=True, default="", db_default="", help_text=_("in which it was handed over")
    )
    progress = models.CharField(_("progress"), max_length=12, choices=Progress, default=Progress.WAITING)
    reason = models.CharField(_("why left out"), max_length=14, choices=Reason, blank=True)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    message = models.OneToOneField(
        Message, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("message"), related_name="mailing_recipient"
    )

    class Meta:
        verbose_name = _("recipient of a mailing")
        verbose_name_plural = _("recipients of mailings")
        ordering = ["mailing", "pk"]
        constraints = [
            # The list of those who get it holds an address once; somebody may be listed as left out for having the same one.
            models.UniqueConstraint(
                fields=["mailing", "email"],
                condition=~Q(email="") & ~Q(progress="left_out"),
                name="mailing_once_per_address",
                violation_error_message=_("This address is in the list already."),
            ),
            models.CheckConstraint(
                condition=Q(progress="handed_over", handed_over_at__isnull=False) | ~Q(progress="handed_over"),
                name="mailing_recipient_handed_over_has_a_time",
            ),
            models.CheckConstraint(
                condition=(Q(progress="left_out") & ~Q(reason="")) | (~Q(progress="left_out") & Q(reason="")),
                name="mailing_recipient_left_out_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "id"], condition=Q(progress="waiting"), name="mailing_recipient_waiting"),
            models.Index(fields=["handed_over_at"], name="mailing_recipient_handed_over"),
        ]

    def __str__(self) -> str:
        return self.email or str(self.contact or self.store)


def file_path(file: MailingFile, _name: str) -> str:
    """Return where a file is kept under the private media folder; its own name is only shown."""
    return f"mailings/{file.uuid.hex[:2]}/{file.uuid.hex}.{file.extension}"


class MailingFile(models.Model):
    """A PDF or a picture that leaves with every mail of a mailing. Kept once, whatever the number of recipients."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, verbose_name=_("mailing"), related_name="files")
    name = models.CharField(_("name"), max_length=100)
    file = models.FileField(_("file"), upload_to=file_path, max_length=200)
    extension = models.CharField(_("format"), max_length=5)
    size = models.PositiveIntegerField(_("size in bytes"))
    digest = models.CharField(
        _("digest of its content"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text=_("SHA-256; empty: unknown"),
    )

    class Meta:
        verbose_name = _("file of a mailing")
        verbose_name_plural = _("files of mailings")
        ordering = ["mailing", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "name"], name="mailing_file_once", violation_error_message=_("A file of this name is already there.")
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def content_type(self) -> str:
        """What it is."""
        return "application/pdf" if self.extension == "pdf" else "image/jpeg"


class MailingLog(Authored):
    """A mailing went from one state to another: when, by whom, and why."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, verbose_name=_("mailing"), related_name="log")
    from_state = models.CharField(_("from"), max_length=10, choices=State, blank=True)
    to_state = models.CharField(_("to"), max_length=10, choices=State)
    at = models.DateTimeField(_("when"), default=timezone.now)
    note = models.CharField(_("note"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("step of a mailing")
        verbose_name_plural = _("steps of mailings")
        ordering = ["mailing", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_from_state_display()} → {self.get_to_state_display()}"
