"""Pictures and documents that people send: checked, re-encoded, kept private, served one by one.

Nothing of a sent picture is kept but its pixels: name, format, position and date of the camera go. Files live under MEDIA_ROOT, which no
address serves; the views that call `serve` decide who may see them.
"""

from __future__ import annotations

import struct
import uuid
from io import BytesIO
from typing import IO, Any

import pillow_heif
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # what phones make; the content decides, never the name
LONGEST_SIDE = 1600  # pixels of a kept picture: a label in the photo can still be read
MOST_PIXELS = 64_000_000  # of a sent one: a phone's largest; decoding it takes about 250 MB for a moment
QUALITY = 80  # of WEBP
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, RuntimeError, struct.error, UnidentifiedImageError)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# A second wall behind the check in `_opened`: Pillow warns from here on, and refuses what is twice as large.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
pillow_heif.register_heif_opener(thumbnails=False)


def clean_image(file: IO[bytes] | Any) -> ContentFile[bytes]:
    """Return a sent picture as WEBP: upright, at most 1600 pixels a side, on white, without metadata.

    Arguments:
        file: what was uploaded, JPEG, PNG, WEBP or HEIC whatever its name says.
    Raises ValidationError with a sentence for the sender: too large, no picture, damaged.
    """
    content = _content_of(file)
    try:
        with _opened(content) as picture:
            # A large JPEG is decoded at a fraction of its size; others ignore this.
            picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            kept = _flat(picture)
    except _BOMBS as error:
        raise _too_many_pixels() from error
    except _BROKEN as error:
        raise _not_a_picture() from error
    result = BytesIO()
    kept.save(result, "WEBP", quality=QUALITY)
    return ContentFile(result.getvalue(), name=f"{uuid.uuid4().hex}.webp")


def clean_document(file: IO[bytes] | Any) -> tuple[ContentFile[bytes], str]:
    """Return a sent document and its extension: a PDF as it is ("pdf"), or a picture of it ("webp", see `clean_image`).

    Of a PDF only the size and the first bytes are looked at: it is served as a download, never run by us.
    Raises ValidationError with a sentence for the sender.
    """
    content = _content_of(file)
    if content.startswith(b"%PDF-"):
        return ContentFile(content, name=f"{uuid.uuid4().hex}.pdf"), "pdf"
    try:
        return clean_image(BytesIO(content)), "webp"
    except ValidationError as error:
        if error.code != "not_a_picture":
            raise
        sentence = _("This file is neither a PDF nor a picture: send a PDF, or a photo of the paper (JPEG, PNG, HEIC or WEBP).")
        raise ValidationError(sentence, code="not_a_document") from error


def serve(fieldfile: FieldFile, *, filename: str, content_type: str) -> FileResponse:
    """Return a private file for whoever may see it: decided by the caller.

    Arguments:
        filename: what the browser calls it when it is saved.
        content_type: of the file as we keep it ("image/webp", "application/pdf"). Pictures are shown, anything else is downloaded.
    Nothing keeps a copy on the way, and nothing in it may run. Raises Http404 when there is no file (any more).
    """
    if not fieldfile:
        raise Http404
    try:
        opened = fieldfile.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    shown = content_type.startswith("image/")
    response = FileResponse(opened, as_attachment=not shown, filename=filename, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


def _content_of(file: IO[bytes] | Any) -> bytes:
    """Return the bytes of an upload. Raises ValidationError when there are none, or too many."""
    most = settings.UPLOAD_MAX_MB * 1024 * 1024
    file.seek(0)
    content: bytes = file.read(most + 1)
    if not content:
        raise ValidationError(_("This file is empty: choose it again."), code="empty")
    if len(content) > most:
        sentence = _("This file is too large: send one of at most %(most)s MB.")
        raise ValidationError(sentence % {"most": settings.UPLOAD_MAX_MB}, code="too_large")
    return content


def _opened(content: bytes) -> Image.Image:
    """Return the picture, its header read and nothing decoded yet. Raises ValidationError when it would fill the memory."""
    picture = Image.open(BytesIO(content), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        picture.close()
        raise _too_many_pixels()
    return picture


def _flat(picture: Image.Image) -> Image.Image:
    """Return the pixels alone: upright, small enough, on white where it was transparent."""
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    kept = Image.new("RGB", upright.size, "white")
    kept.paste(upright, mask=upright.getchannel("A"))
    return kept


def _too_many_pixels() -> ValidationError:
    """What is said of a picture whose pixels would fill the memory."""
    return ValidationError(
        _("This picture has too many pixels: take it again with a smaller size, or send a screenshot of it."), code="pixels"
    )


def _not_a_picture() -> ValidationError:
    """What is said of a file that cannot be read as a picture."""
    sentence = _("This file is no picture that can be read: take the photo again (JPEG, PNG, HEIC or WEBP).")
    return ValidationError(sentence, code="not_a_picture")
