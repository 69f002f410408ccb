"""The field that takes up to five photos of a non-conformity, on phones and in the admin."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lincassable.uploads import clean_image
from nonconformities.models.reports import MOST_PHOTOS
from nonconformities.services.photos import Photo


class PhotosInput(forms.FileInput):
    """The phone's camera, or its pictures; several. static/app/stop-photos.js makes them smaller before they are queued."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__({"accept": "image/*", "multiple": True, "class": "form-control"})


class PhotosField(forms.FileField):
    """Up to five pictures, cleaned (`lincassable.uploads`). Becomes a list."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the cleaned pictures. Raises ValidationError, with a sentence for each that is none, and for too many."""
        files = [file for file in (data if isinstance(data, (list, tuple)) else [data]) if file]
        if len(files) > MOST_PHOTOS:
            raise ValidationError(_("Keep at most %(most)s photos: remove some.") % {"most": MOST_PHOTOS}, code="too_many_photos")
        pictures, errors = [], []
        for file in files:
            try:
                pictures.append(clean_image(super().clean(file, initial)))
            except ValidationError as error:
                errors += error.error_list
        if errors:
            raise ValidationError(errors)
        return pictures


def photos_of(pictures: list[Any], key: uuid.UUID) -> list[Photo]:
    """Return cleaned pictures with keys that come from the form's, so that a replay adds none."""
    return [Photo(uuid.uuid5(key, f"photo {number}"), image) for number, image in enumerate(pictures)]
