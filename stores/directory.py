"""Every write to what coordinators keep about a place: notes, tasks, files, steps of onboarding."""

from __future__ import annotations

import logging
from datetime import date
from typing import IO, Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import User
from lincassable.uploads import clean_document
from stores.models import OnboardingCheck, OnboardingStep, Store, StoreFile, StoreNote, StoreTask

logger = logging.getLogger(__name__)
Row = TypeVar("Row", StoreNote, StoreTask)
# Ticked by itself, by the declaration that is there: nobody ticks it by hand.
FIRST_DECLARATION = "first-declaration"


def _check_author(by: Actor) -> None:
    """Cards declare and ask; what coordinators write is none of theirs."""
    if by.kind == LINK:
        raise PermissionDenied


def _save(row: Row, *, by: Actor) -> Row:
    """Check and save; the author of a new row is `by`, and stays when somebody else corrects it."""
    _check_author(by)
    if row.pk is None:
        row.actor_kind, row.actor_id = by.kind, by.id
    row.full_clean()
    row.save()
    return row


def _delete(row: models.Model, *, by: Actor) -> None:
    _check_author(by)
    fields = {"id": row.pk, "actor_kind": by.kind, "actor_id": by.id}
    logger.info("%s %s deleted", row._meta.model_name, row.pk, extra={"fields": fields})
    row.delete()


# -- notes


@transaction.atomic
def write_note(store: Store, text: str, *, by: Actor) -> StoreNote:
    """Write a note about a place. Returns it. Raises ValidationError when it is empty or longer than 4,000 characters."""
    return save_note(StoreNote(store=store, text=text), by=by)


@transaction.atomic
def save_note(note: StoreNote, *, by: Actor) -> StoreNote:
    """Save a note as it stands, new or corrected. Returns it. Raises ValidationError."""
    return _save(note, by=by)


@transaction.atomic
def delete_note(note: StoreNote, *, by: Actor) -> None:
    """Take a note away. Raises PermissionDenied for a card."""
    _delete(note, by=by)


# -- tasks


@transaction.atomic
def add_task(store: Store, title: str, due_on: date, *, by: Actor, assignee: User | None = None) -> StoreTask:
    """Write down something to do about a place, by a day (local), for somebody or for whoever takes it. Returns the task.

    Raises ValidationError with a sentence per field.
    """
    return save_task(StoreTask(store=store, title=title, due_on=due_on, assignee=assignee), by=by)


@transaction.atomic
def save_task(task: StoreTask, *, by: Actor) -> StoreTask:
    """Save a task as it stands, new or edited. Returns it. Raises ValidationError with a sentence per field."""
    return _save(task, by=by)


@transaction.atomic
def finish_task(task: StoreTask, *, by: Actor) -> StoreTask:
    """Say that a task is done, now. Returns the fresh row; again keeps the first moment."""
    _check_author(by)
    fresh = StoreTask.objects.select_for_update().get(pk=task.pk)
    if fresh.done_at is None:
        fresh.done_at = timezone.now()
        fresh.save(update_fields=["done_at"])
    return fresh


@transaction.atomic
def reopen_task(task: StoreTask, *, by: Actor) -> StoreTask:
    """Say that a task is not done after all. Returns the fresh row; again changes nothing."""
    _check_author(by)
    fresh = StoreTask.objects.select_for_update().get(pk=task.pk)
    fresh.done_at = None
    fresh.save(update_fields=["done_at"])
    return fresh


@transaction.atomic
def delete_task(task: StoreTask, *, by: Actor) -> None:
    """Take a task away, done or not. Raises PermissionDenied for a card."""
    _delete(task, by=by)


# -- files


@transaction.atomic
def keep_file(store: Store, title: str, file: IO[bytes] | Any, *, by: Actor) -> StoreFile:
    """Keep a PDF or a picture about a place, private to coordinators.

    Arguments: title, what it is called on screen; file, what was uploaded, whatever its name says (see `uploads.clean_document`).
    Returns the row. Raises ValidationError with a sentence for the sender.
    """
    _check_author(by)
    content, extension = clean_document(file)
    row = StoreFile(store=store, title=" ".join(title.split()), extension=extension, **StoreFile.author(by))
    row.full_clean(exclude=["file"])
    row.file.save(content.name or "", content, save=False)
    row.save()
    return row


@transaction.atomic
def delete_file(file: StoreFile, *, by: Actor) -> None:
    """Take a file away; its content goes once that is certain. Raises PermissionDenied for a card."""
    stored = file.file
    name, storage = stored.name or "", stored.storage
    _delete(file, by=by)
    transaction.on_commit(lambda: storage.delete(name))


# -- onboarding


@transaction.atomic
def tick(store: Store, step: OnboardingStep, *, by: Actor, note: str = "") -> OnboardingCheck:
    """Say that a step of onboarding is done at a place. Returns the tick; a second time returns the first one.

    Raises ValidationError for the step that the first declaration ticks, and for a note of more than 250 characters.
    """
    _check_author(by)
    if step.code == FIRST_DECLARATION:
        raise ValidationError(_("This step ticks itself with the first declaration of the place."), code="automatic")
    fresh = OnboardingCheck(store=store, step=step, note=note.replace("\x00", "").strip(), **OnboardingCheck.author(by))
    fresh.full_clean(validate_unique=False, validate_constraints=False)
    values = {"note": fresh.note, **OnboardingCheck.author(by)}
    return OnboardingCheck.objects.get_or_create(store=store, step=step, defaults=values)[0]


@transaction.atomic
def untick(store: Store, step: OnboardingStep, *, by: Actor) -> None:
    """Say that a step is not done after all; nothing happens when it was not ticked."""
    _check_author(by)
    OnboardingCheck.objects.filter(store=store, step=step).delete()
