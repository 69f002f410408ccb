"""What was seen on a visit: the checklist as it came from the phone, once; photos; follow-up tasks."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness.enums import Answer, VisitState, VisitStep
from awareness.models import Visit, VisitAnswer, VisitCriterion, VisitLog, VisitPhoto
from awareness.models.visits import MOST_PHOTOS
from awareness.services.visits import locked, require_office, write_log
from awareness.visit_score import score_of
from lincassable.accounts.actors import USER, Actor
from lincassable.accounts.models import User
from nonconformities.services.photos import Photo
from stores import directory

MOST_TASKS = 20  # of one visit


@dataclass(frozen=True)
class Seen:
    """What was seen of one criterion: an `Answer`, and a remark."""

    answer: str
    remark: str = ""


@dataclass(frozen=True)
class Checklist:
    """A checklist as it was filled in.

    Arguments: answers, by the id of the criterion; remark, on the whole; tasks, titles of what is to be done now; made_on, the local day
    when it was not the moment of sending; corrects, the key of the checklist that the sender had before their eyes.
    """

    answers: Mapping[int, Seen]
    remark: str = ""
    tasks: Sequence[str] = ()
    made_on: date | None = None
    corrects: uuid.UUID | None = None
    photos: Sequence[Photo] = field(default_factory=tuple)


@transaction.atomic
def report_visit(visit: Visit, seen: Checklist, *, key: uuid.UUID, occurred_at: datetime | None = None, by: Actor) -> Visit:
    """Write what was seen: the visit is made. One that was called off is made all the same, when somebody was there.

    Arguments: key, of the form: sent again, it changes nothing; occurred_at, when it was filled in (a phone's clock).
    Of a visit that was made, only a form that `corrects` the one that stands replaces it; another one raises ValidationError "reported".
    Returns the fresh row, `replayed` when the key was known. Raises ValidationError, by field; PermissionDenied for a card.
    """
    require_office(by)
    visit = locked(visit)
    known = VisitLog.objects.filter(key=key).first()
    if known is not None:
        if known.visit_id != visit.pk:
            raise ValidationError(_("Open the page again, then send the form."), code="key")
        visit.replayed = True
        return visit
    was_done = visit.state == VisitState.DONE
    if was_done and seen.corrects != visit.key:
        sentence = _("This visit was reported meanwhile, on %(day)s. Send the form again to replace what was said.")
        raise ValidationError(sentence % {"day": f"{timezone.localtime(visit.done_at):%d/%m/%Y %H:%M}"}, code="reported")
    _write_answers(visit, seen.answers)
    if not was_done or seen.made_on:
        visit.done_at = _moment(seen.made_on, occurred_at)
    visit.state, visit.cancel_reason, visit.key = VisitState.DONE, "", key
    visit.score = score_of(visit.answers.values_list("answer", "weight"))
    visit.remark = seen.remark.strip()
    if visit.visitor_id is None and by.kind == USER:
        visit.visitor = User.objects.filter(pk=by.id or 0).first()
    visit.sequence += 1
    visit.changed_at = timezone.now()
    visit.full_clean()
    visit.save()
    _keep_photos(visit, seen.photos, by)
    _add_tasks(visit, seen.tasks, by)
    write_log(visit, VisitStep.CORRECTED if was_done else VisitStep.DONE, by=by, note=_percent(visit.score), key=key)
    return visit


def _percent(score: int | None) -> str:
    return "" if score is None else f"{score} %"


def _write_answers(visit: Visit, answers: Mapping[int, Seen]) -> None:
    """Replace the answers; a criterion that was answered before keeps the weight it had then. Raises ValidationError."""
    if not answers:
        raise ValidationError(_("Answer the checklist first."), code="required")
    criteria = VisitCriterion.objects.in_bulk(list(answers))
    if len(criteria) != len(answers) or any(each.answer not in Answer.values for each in answers.values()):
        raise ValidationError(_("Open the page again, then send the form."), code="criterion")
    weights = dict(visit.answers.values_list("criterion", "weight"))
    visit.answers.all().delete()
    for pk, each in answers.items():
        row = VisitAnswer(visit=visit, criterion=criteria[pk], answer=each.answer, remark=each.remark.strip())
        row.weight = weights.get(pk, criteria[pk].weight)
        row.full_clean()
        row.save()


def _moment(made_on: date | None, claimed: datetime | None) -> datetime:
    """Return when it was made: noon of a day that was said, else what the phone's clock says within its limits, else now."""
    now = timezone.now()
    if made_on is not None:
        if made_on > timezone.localtime(now).date():
            raise ValidationError({"made_on": _("A visit cannot be made in the future: leave the day empty for today.")}, code="future")
        if made_on < timezone.localtime(now).date():
            return datetime.combine(made_on, time(12), ZoneInfo(settings.NETWORK_TIME_ZONE))
    oldest = now - timedelta(days=settings.CLAIMED_TIME_MAX_AGE_DAYS)
    return claimed if claimed is not None and oldest <= claimed <= now else now


def _add_tasks(visit: Visit, titles: Iterable[str], by: Actor) -> None:
    """Write the follow-up tasks that this visit does not have yet, for whoever made it."""
    wanted = list(dict.fromkeys(title.strip() for title in titles if title.strip()))
    if len(wanted) > MOST_TASKS:
        raise ValidationError({"tasks": _("Keep at most %(most)s tasks.") % {"most": MOST_TASKS}}, code="many")
    known = set(visit.tasks.values_list("title", flat=True))
    due = max(visit.day, timezone.localdate()) + timedelta(days=settings.VISIT_TASK_DAYS)
    assignee = User.objects.filter(pk=by.id or 0).first() if by.kind == USER else visit.visitor
    for title in wanted:
        if title not in known:
            visit.tasks.add(directory.add_task(visit.store, title, due, by=by, assignee=assignee))


# -- photos


def _keep_photos(visit: Visit, photos: Sequence[Photo], by: Actor) -> None:
    """Write the files and rows of photos that are not known yet. Raises ValidationError for too many."""
    known = set(VisitPhoto.objects.filter(uuid__in=[photo.key for photo in photos]).values_list("uuid", flat=True))
    new = [photo for photo in {photo.key: photo for photo in photos}.values() if photo.key not in known]
    taken = set(visit.photos.values_list("position", flat=True))
    free = [position for position in range(1, MOST_PHOTOS + 1) if position not in taken]
    if len(new) > len(free):
        raise ValidationError({"photos": _("Keep at most %(most)s photos: remove some.") % {"most": MOST_PHOTOS}}, code="too_many_photos")
    for photo, position in zip(new, free, strict=False):
        kept = VisitPhoto(uuid=photo.key, visit=visit, position=position, **VisitPhoto.author(by))
        kept.image.save("photo.webp", photo.image, save=False)
        try:
            kept.save(force_insert=True)
        except BaseException:
            default_storage.delete(str(kept.image.name))
            raise


@transaction.atomic
def delete_visit_photo(photo: VisitPhoto, *, by: Actor) -> None:
    """Delete a photo, file included once the transaction holds (somebody is on it). Again changes nothing. Raises PermissionDenied."""
    require_office(by)
    visit = locked(photo.visit)
    row = VisitPhoto.objects.filter(pk=photo.pk).first()
    if row is None:
        return
    name = str(row.image.name or "")
    row.delete()
    write_log(visit, VisitStep.CORRECTED, by=by, note=_("a photo was removed"))
    if name:
        transaction.on_commit(partial(default_storage.delete, name))
