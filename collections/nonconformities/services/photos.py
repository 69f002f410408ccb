"""Photos of non-conformities: kept once, at most five, private, removed with their files."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from nonconformities.enums import Step
from nonconformities.models import NonConformity, NonConformityPhoto
from nonconformities.models.reports import MOST_PHOTOS
from nonconformities.services.common import locked, require_office, write_log


@dataclass(frozen=True)
class Photo:
    """A cleaned picture (`lincassable.uploads.clean_image`) and its key; the same key again is kept once."""

    key: uuid.UUID
    image: ContentFile[bytes]


@transaction.atomic
def add_photos(row: NonConformity, photos: Sequence[Photo], *, by: Actor) -> list[NonConformityPhoto]:
    """Add photos later. Returns the new rows. Raises ValidationError for more than five, PermissionDenied for who may not see it."""
    if by.kind == LINK:
        if not NonConformity.objects.for_actor(by).filter(pk=row.pk).exists():
            raise PermissionDenied
    else:
        require_office(by)
    return keep_photos(row, photos, by=by)


def keep_photos(row: NonConformity, photos: Sequence[Photo], *, by: Actor) -> list[NonConformityPhoto]:
    """Write the files and rows of photos that are not known yet, inside the caller's transaction. Raises ValidationError for too many."""
    if not photos:
        return []
    locked(row)
    known = set(NonConformityPhoto.objects.filter(uuid__in=[photo.key for photo in photos]).values_list("uuid", flat=True))
    new = [photo for photo in {photo.key: photo for photo in photos}.values() if photo.key not in known]
    taken = set(row.photos.values_list("position", flat=True))
    free = [position for position in range(1, MOST_PHOTOS + 1) if position not in taken]
    if len(new) > len(free):
        sentence = _("Keep at most %(most)s photos: remove some.") % {"most": MOST_PHOTOS}
        raise ValidationError({"photos": sentence}, code="too_many_photos")
    return [_write(row, photo, position, by) for photo, position in zip(new, free, strict=False)]


def _write(row: NonConformity, photo: Photo, position: int, by: Actor) -> NonConformityPhoto:
    """Write one file and its row; a row that cannot be written leaves no file behind."""
    kept = NonConformityPhoto(uuid=photo.key, nonconformity=row, position=position, **NonConformityPhoto.author(by))
    kept.image.save("photo.webp", photo.image, save=False)
    try:
        kept.save(force_insert=True)
    except BaseException:
        default_storage.delete(str(kept.image.name))
        raise
    return kept


@transaction.atomic
def remove_photo(photo: NonConformityPhoto, *, by: Actor) -> None:
    """Take a photo away for good (somebody is on it); the log keeps that it was. Again changes nothing. Raises PermissionDenied."""
    require_office(by)
    row = locked(photo.nonconformity)
    if delete_photos(NonConformityPhoto.objects.filter(pk=photo.pk)):
        write_log(row, Step.CHANGED, by=by, note=_("a photo was removed"))


def delete_photos(rows: Iterable[NonConformityPhoto]) -> int:
    """Delete rows, and their files once the transaction has succeeded. Returns how many."""
    found = list(rows)
    NonConformityPhoto.objects.filter(pk__in=[row.pk for row in found]).delete()
    for row in found:
        if row.image:
            transaction.on_commit(partial(default_storage.delete, str(row.image.name)))
    return len(found)
