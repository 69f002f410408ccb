"""What coordinators write down about a place: its history, notes, tasks, files, and its way into the network."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lincassable.accounts.models import Authored
from stores.enums import ProposalKind, ProposalState, Status
from stores.models.places import Store


class StatusChange(Authored):
    """A place went from one status to another, and why."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="status_changes")
    from_status = models.CharField(_("from"), max_length=12, choices=Status, blank=True)
    to_status = models.CharField(_("to"), max_length=12, choices=Status)
    at = models.DateTimeField(_("when"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("change of status")
        verbose_name_plural = _("changes of status")
        ordering = ["store", "at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_from_status_display()} → {self.get_to_status_display()}"


class StoreNote(Authored):
    """Something worth remembering about a place. Only coordinators read it."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="notes")
    text = models.TextField(_("note"), max_length=4000)
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["store", "-written_at", "-pk"]

    def __str__(self) -> str:
        return self.text[:60]


class StoreTask(Authored):
    """Something to do about a place, by a day."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="tasks")
    title = models.CharField(_("what"), max_length=200)
    due_on = models.DateField(_("due"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("for"), related_name="store_tasks"
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_at__isnull=True), name="store_task_open")]

    def __str__(self) -> str:
        return self.title


def file_path(file: StoreFile, _name: str) -> str:
    """Return where a file is kept under the private media folder; its own name is only shown."""
    return f"stores/{file.uuid.hex[:2]}/{file.uuid.hex}.{file.extension}"


class StoreFile(Authored):
    """A contract, a plan, a photo: private to coordinators."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="files")
    title = models.CharField(_("title"), max_length=160)
    file = models.FileField(_("file"), upload_to=file_path, max_length=200)
    extension = models.CharField(_("format"), max_length=5)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["store", "-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class OnboardingStep(models.Model):
    """One thing to do before a place takes part. Coordinators edit the list."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_fr = models.CharField(_("name in French"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    position = models.PositiveSmallIntegerField(_("order on screens"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("step of onboarding")
        verbose_name_plural = _("steps of onboarding")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "fr").startswith("en") else self.name_fr


class OnboardingCheck(Authored):
    """A step is done at a place: by whom and when. Some tick themselves (the first declaration)."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="onboarding")
    step = models.ForeignKey(OnboardingStep, on_delete=models.PROTECT, verbose_name=_("step"), related_name="checks")
    done_at = models.DateTimeField(_("done"), default=timezone.now)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("step done")
        verbose_name_plural = _("steps done")
        ordering = ["store", "step"]
        constraints = [models.UniqueConstraint(fields=["store", "step"], name="onboarding_step_once")]

    def __str__(self) -> str:
        return str(self.step)


class ChangeProposal(Authored):
    """What a place proposes to change about itself. Nothing changes before a coordinator accepts."""

    uuid = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("collection point"), related_name="proposals")
    kind = models.CharField(_("kind"), max_length=8, choices=ProposalKind)
    values = models.JSONField(_("proposed"), help_text=_("new values by field name"))
    before = models.JSONField(_("as it was"), default=dict)
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ProposalState, default=ProposalState.PROPOSED, editable=False)
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.BigIntegerField(_("decided by (user)"), null=True, blank=True, editable=False)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind"],
                condition=Q(state="proposed"),
                name="one_open_proposal_per_kind",
                violation_error_message=_("A change of this kind is already waiting for an answer."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_kind_display()}"
