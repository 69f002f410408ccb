"""The personal data of visits: photos on which somebody may be by accident, and names that slipped into remarks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from awareness.models import Visit, VisitAnswer, VisitLog, VisitPhoto
from lincassable.accounts.privacy import Identity, PersonalDataKind, hide_in_rows


def purge_photos(before: datetime) -> int:
    """Delete the photos of visits that were sent before the moment, with their files; what was seen stays."""
    from awareness.services import delete_visit_photo
    from lincassable.accounts.actors import Actor

    old = list(VisitPhoto.objects.filter(taken_at__lt=before).select_related("visit").order_by("pk"))
    for photo in old:
        delete_visit_photo(photo, by=Actor.system())
    return len(old)


def export_nothing(identity: Identity) -> list[dict[str, Any]]:
    """Return nothing: nobody is named here."""
    return []


def erase_words(identity: Identity) -> int:
    """Take a person out of what was written about visits."""
    hidden = hide_in_rows(Visit.objects.all(), ["reason", "notes", "remark", "cancel_reason"], identity)
    hidden += hide_in_rows(VisitAnswer.objects.all(), ["remark"], identity)
    return hidden + hide_in_rows(VisitLog.objects.all(), ["note"], identity)


KIND = PersonalDataKind(
    "visit_photo",
    _("photos of visits, on which somebody may be by accident"),
    _("to see how the deposit is shown in a place; a coordinator deletes one at once when somebody asks"),
    settings.PERSONAL_DATA_RETENTION_DAYS["visit_photo"],
    purge_photos,
    export_nothing,
    erase_words,
)
