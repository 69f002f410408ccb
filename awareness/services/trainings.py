"""The life of a training: planned, moved, called off, held; wishes for one, and the quiz after it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness import training_mails
from awareness.enums import TrainingState
from awareness.models import Participation, QuizQuestion, Training, TrainingWish
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.services import enqueue_many
from stores.enums import Status
from stores.merging import is_same_place
from stores.models import Store

SHOWN = ("starts_at", "duration_min", "store_id")  # what calendars hold
KEPT = ("state", "sequence", "changed_at", "cancel_reason")  # what forms do not change


def _locked(training: Training) -> Training:
    return Training.objects.select_for_update(of=("self",)).select_related("store", "trainer").get(pk=training.pk)


@transaction.atomic
def save_training(training: Training, *, by: Actor) -> Training:
    """Write a training, new or changed: the place's contacts are invited, and told when it moves. With `people`, it is done.

    A done training settles what the place wished for. Raises ValidationError, by field, for what a training cannot be.
    """
    before = _locked(training) if training.pk else None
    if before is not None:
        for name in KEPT:
            setattr(training, name, getattr(before, name))
    else:
        for name, value in Training.author(by).items():
            setattr(training, name, value)
    if training.people is not None:
        if training.state == TrainingState.CANCELLED or training.starts_at > timezone.now():
            raise ValidationError({"people": _("Say how many were there once it was held.")}, code="early")
        training.state = TrainingState.DONE
    elif training.state == TrainingState.DONE:
        raise ValidationError({"people": _("It was held: say how many people were there, zero if nobody came.")}, code="required")
    moved = before is not None and any(getattr(before, name) != getattr(training, name) for name in SHOWN)
    if moved:
        training.sequence += 1
        training.changed_at = timezone.now()
    training.full_clean()
    training.save()
    if training.state == TrainingState.DONE:
        TrainingWish.objects.filter(store=training.store_id, settled_at=None, wished_at__lte=timezone.now()).update(
            settled_at=timezone.now()
        )
    elif training.state == TrainingState.PLANNED and training.starts_at > timezone.now() and (before is None or moved):
        if before is not None and before.store_id != training.store_id:
            enqueue_many(training_mails.cancelled(before, sequence=training.sequence))
        enqueue_many(training_mails.invitation(training))
    return training


@transaction.atomic
def cancel_training(training: Training, reason: str, *, by: Actor) -> Training:
    """Call a planned training off, and tell the place. Returns the fresh row; again changes nothing.

    Raises ValidationError without a reason, and for one that was held.
    """
    training = _locked(training)
    if training.state == TrainingState.CANCELLED:
        return training
    if training.state != TrainingState.PLANNED:
        raise ValidationError(_("This training was held: it can no longer be cancelled."), code="state")
    if not reason.strip():
        raise ValidationError(_("Say why, for the people of the place."), code="required")
    training.state, training.cancel_reason = TrainingState.CANCELLED, reason.strip()[:250]
    training.sequence += 1
    training.changed_at = timezone.now()
    training.save()
    enqueue_many(training_mails.cancelled(training, sequence=training.sequence))
    return training


@transaction.atomic
def wish_training(store: Store, reason: str, note: str = "", *, key: uuid.UUID, by: Actor) -> TrainingWish:
    """Write down that a place asks for a training. One waits at a time: a second one changes its reason and note.

    Arguments: reason, of WishReason; key, of the form: sent again, it changes nothing. Raises PermissionDenied for another place's card,
    ValidationError for what cannot be, and for a place that is no longer part of the network.
    """
    if by.kind == LINK and (by.object_kind, by.object_id) != (AccessLink.STORE, store.pk):
        raise PermissionDenied
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.status == Status.ARCHIVED:
        raise ValidationError(_("This place is no longer part of the network. Call us if this is wrong."), code="archived")
    known = TrainingWish.objects.filter(Q(key=key) | Q(store=store, later_keys__contains=[key])).first()
    if known is not None:
        if not is_same_place(known.store_id, store):
            raise ValidationError(_("Open the page again, then send the form."), code="key")
        return known
    waiting = TrainingWish.objects.filter(store=store, settled_at=None).first()
    wish = waiting or TrainingWish(store=store, key=key)
    if waiting:
        wish.later_keys = [*wish.later_keys, key]
    wish.reason, wish.note = reason, note.strip()
    for name, value in TrainingWish.author(by).items():
        setattr(wish, name, value)
    wish.full_clean()
    wish.save()
    return wish


@transaction.atomic
def settle_wish(wish: TrainingWish, *, by: Actor) -> TrainingWish:
    """Put a wish aside without a training: somebody called, say. Returns the fresh row; again changes nothing."""
    fresh = TrainingWish.objects.select_for_update().get(pk=wish.pk)
    if fresh.settled_at is None:
        fresh.settled_at = timezone.now()
        fresh.save(update_fields=["settled_at"])
    return fresh


@transaction.atomic
def take_part(
    training: Training,
    answers: Mapping[int, str],
    *,
    key: uuid.UUID,
    name: str = "",
    rating: int | None = None,
    comment: str = "",
    by: Actor,
) -> Participation:
    """Keep what somebody answered to the quiz, and what they thought of the training.

    Arguments: answers, by question id: "right", or another; what is missing is wrong. key, of the form: sent again, it returns the first.
    name, for the attestation, may be empty; rating, 1 to 5 or None. Raises ValidationError when the quiz is closed, or for what cannot be.
    """
    training = _locked(training)
    known = Participation.objects.filter(key=key).first()
    if known is not None:
        if known.training_id != training.pk:
            raise ValidationError(_("Open the page again, then send the form."), code="key")
        return known
    if not training.quiz_is_open:
        raise ValidationError(_("This quiz is closed."), code="closed")
    asked = list(QuizQuestion.objects.filter(is_active=True).values_list("pk", flat=True))
    score = sum(answers.get(pk) == "right" for pk in asked)
    part = Participation(
        key=key, training=training, name=name.strip(), score=score, questions=len(asked), rating=rating, comment=comment.strip()
    )
    part.full_clean()
    part.save()
    return part
