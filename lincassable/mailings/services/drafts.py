"""Writing a mailing: begun from a template or an earlier one, then its audience, its text, its files. Drafts only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from io import BytesIO
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from lincassable.accounts.actors import Actor
from lincassable.mailings import language
from lincassable.mailings.audience import Criteria
from lincassable.mailings.enums import LARGEST_FILES, MOST_FILES
from lincassable.mailings.models import Mailing, MailingFile, MailingTemplate, Worded
from lincassable.mailings.services.common import editable, keep, stale
from lincassable.uploads import clean_document

TEXTS = ("subject_fr", "body_fr", "subject_en", "body_en", "fields")
JPEG_QUALITY = 82


@transaction.atomic
def begin(name: str, *, by: Actor, template: MailingTemplate | None = None, like: Mailing | None = None) -> Mailing:
    """Make a draft.

    Arguments: name, for colleagues; template, whose text is copied; like, an earlier mailing whose text, values, files, audience and
    rate are copied instead. Returns the mailing. Raises ValidationError by field.
    """
    mailing = Mailing(name=name.strip(), template=template, audience=Criteria().kept(), **Mailing.author(by))
    source: Worded | None = like or template
    if source is not None:
        _copy_text(source, mailing)
    if like is not None:
        mailing.template, mailing.values, mailing.audience, mailing.per_hour = like.template, like.values, like.audience, like.per_hour
    mailing.full_clean(exclude=["template"])
    mailing.save()
    for file in like.files.all() if like is not None else ():
        copy = MailingFile(mailing=mailing, name=file.name, extension=file.extension, size=file.size, digest=file.digest)
        copy.file.save(file.name, ContentFile(file.file.read()), save=False)
        copy.save()
    return mailing


def _copy_text(source: Worded, target: Worded) -> None:
    for name in TEXTS:
        setattr(target, name, getattr(source, name))


@transaction.atomic
def save_audience(mailing: Mailing, criteria: Criteria, *, by: Actor, seen: int | None = None) -> Mailing:
    """Keep the conditions of a draft. `seen`, see `editable`. Returns the fresh row. Raises ValidationError."""
    return keep(editable(mailing, seen), audience=criteria.kept())


@transaction.atomic
def save_text(mailing: Mailing, text: Mapping[str, Any], *, by: Actor, seen: int | None = None) -> Mailing:
    """Keep name, subjects, bodies, fields and their values of a draft.

    Arguments: text, by column: "name", those of `TEXTS`, "values" ({field: {"fr": …, "en": …}}); what is missing stays. seen, see
    `editable`. Returns the fresh row. Raises ValidationError, by field and line, for a text that cannot be read; nothing is kept then.
    """
    fresh = editable(mailing, seen)
    changes = {name: text[name] for name in ("name", *TEXTS) if name in text}
    for name, value in changes.items():
        setattr(fresh, name, value)
    fresh.values = text.get("values", fresh.values)
    _check_values(fresh)
    language.check_texts(fresh)
    return keep(fresh, **changes, values=fresh.values)


def _check_values(mailing: Mailing) -> None:
    """Forget the values of fields that are gone; raise ValidationError for one that is too long."""
    names = {field["name"] for field in mailing.fields}
    mailing.values = {name: given for name, given in mailing.values.items() if name in names}
    if any(len(value) > language.LONGEST_VALUE for given in mailing.values.values() for value in given.values()):
        raise ValidationError(_("The value of a field has at most %(most)s characters.") % {"most": language.LONGEST_VALUE}, code="value")


@transaction.atomic
def add_file(mailing: Mailing, upload: Any, *, by: Actor) -> MailingFile:
    """Add a PDF or a picture to a draft. Returns the file.

    A picture becomes a JPEG, which every mail program shows. Raises ValidationError for what is neither, too much, or there already.
    """
    fresh = editable(mailing)
    content, extension = clean_document(upload)
    if extension != "pdf":
        content, extension = _as_jpeg(content), "jpg"
    held = list(fresh.files.values_list("size", flat=True))
    if len(held) >= MOST_FILES:
        raise ValidationError(_("A mailing carries at most %(most)s files: take one away first.") % {"most": MOST_FILES}, code="files")
    if sum(held) + content.size > LARGEST_FILES:
        sentence = _(
            "With this file the mail would be too heavy: all files together may have %(most)s MB. "
            "Put large ones on a site and link to them."
        )
        raise ValidationError(sentence % {"most": LARGEST_FILES // 1_000_000}, code="too_large")
    file = MailingFile(mailing=fresh, name=_file_name(str(getattr(upload, "name", "")), extension), extension=extension, size=content.size)
    file.digest = hashlib.sha256(content.read()).hexdigest()
    content.seek(0)
    file.validate_constraints()
    file.file.save(file.name, content, save=False)
    file.save()
    keep(fresh)
    return file


def _as_jpeg(content: ContentFile[bytes]) -> ContentFile[bytes]:
    result = BytesIO()
    with Image.open(BytesIO(content.read())) as picture:
        picture.convert("RGB").save(result, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return ContentFile(result.getvalue())


def _file_name(given: str, extension: str) -> str:
    """Return the sender's name of a file as mails take it: letters, digits, a few signs, its true ending."""
    stem = given.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or given
    plain = "".join(sign if sign.isalnum() or sign in " ._()-" else "_" for sign in stem).strip(" ._")
    return f"{plain[:90] or _('file')}.{extension}"


@transaction.atomic
def remove_file(file: MailingFile, *, by: Actor) -> None:
    """Take a file away from a draft. Raises ValidationError when it is no draft any more."""
    fresh = editable(file.mailing)
    stored = file.file
    file.delete()
    keep(fresh)
    transaction.on_commit(lambda: stored.delete(save=False))


@transaction.atomic
def delete_draft(mailing: Mailing, *, by: Actor) -> None:
    """Delete a draft and its files. Raises ValidationError when it is no draft any more: its history stays."""
    fresh = editable(mailing)
    stored = [file.file for file in fresh.files.all()]
    fresh.delete()
    for each in stored:
        transaction.on_commit(partial(each.delete, save=False))


# -- templates


@transaction.atomic
def save_template(template: MailingTemplate, *, by: Actor, seen: int | None = None) -> MailingTemplate:
    """Save a template as it stands, new or edited.

    Arguments: seen, the version that the person had on the screen. Returns it. Raises ValidationError, by field and line, for a text that
    cannot be read: the one that is kept stays; and when somebody else changed it meanwhile (code "stale").
    """
    if template.pk:
        fresh = MailingTemplate.objects.select_for_update().get(pk=template.pk)
        if seen is not None and fresh.version != seen:
            raise stale()
        template.version = fresh.version + 1
    template.changed_at = timezone.now()
    template.full_clean()
    language.check_texts(template)
    template.save()
    return template


@transaction.atomic
def keep_as_template(mailing: Mailing, name: str, *, by: Actor) -> MailingTemplate:
    """Make a template of a mailing's text and fields. Returns it. Raises ValidationError for a name that is taken or missing."""
    template = MailingTemplate(name=name.replace("\x00", "").strip())
    _copy_text(mailing, template)
    return save_template(template, by=by)
