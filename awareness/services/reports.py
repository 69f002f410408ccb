"""What came of an event, and its photos."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from awareness.enums import EventState
from awareness.models import Event, EventPhoto, EventReport
from awareness.services.events import locked
from lincassable.accounts.actors import Actor
from lincassable.uploads import clean_image

MOST_PHOTOS = 10  # of one event


@transaction.atomic
def save_report(
    event: Event, *, people_met: int, mood: int, bottles_explained: int = 0, cost_eur: Decimal = Decimal(0), note: str = "", by: Actor
) -> EventReport:
    """Write down how an event went; sent again, it replaces what was said.

    Arguments: people_met, how many were talked to; mood, of Mood; bottles_explained, how many bottles were shown and explained;
    cost_eur, in euros. Raises ValidationError, by field, and for an event that has not begun or was not held.
    """
    event = locked(event)
    if event.state not in (EventState.PUBLISHED, EventState.DONE) or not event.has_begun:
        raise ValidationError(_("The report is written once the event has begun."), code="early")
    report = EventReport.objects.filter(event=event).first() or EventReport(event=event)
    report.people_met, report.bottles_explained, report.mood = people_met, bottles_explained, mood
    report.cost_eur, report.note, report.reported_at = cost_eur, note.strip(), timezone.now()
    for name, value in EventReport.author(by).items():
        setattr(report, name, value)
    report.full_clean()
    report.save()
    return report


@transaction.atomic
def add_photo(event: Event, file: IO[bytes] | Any, *, has_consent: bool, by: Actor) -> EventPhoto:
    """Keep a photo, its pixels alone. The same one sent twice is kept once.

    Raises ValidationError without consent, for what is no picture, and beyond MOST_PHOTOS.
    """
    if not has_consent:
        sentence = _("Only send photos on which whoever can be recognised has agreed, and tick the box that says so.")
        raise ValidationError(sentence, code="consent")
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    picture = clean_image(file)  # takes a second: before anybody has to wait
    event = locked(event)
    known = EventPhoto.objects.filter(event=event, digest=digest).first()
    if known is not None:
        return known
    if event.photos.count() >= MOST_PHOTOS:
        raise ValidationError(_("At most %(most)s photos are kept: choose the best ones.") % {"most": MOST_PHOTOS}, code="many")
    photo = EventPhoto(event=event, digest=digest, has_consent=True, **EventPhoto.author(by))
    photo.picture.save(picture.name or "photo.webp", picture, save=False)
    photo.save()
    return photo


@transaction.atomic
def delete_photo(photo: EventPhoto, *, by: Actor) -> None:
    """Delete a photo, file included once the transaction holds."""
    storage, name = photo.picture.storage, photo.picture.name
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name) if name else None)
