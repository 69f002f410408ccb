"""Paper slips that somebody scanned or photographed: kept, and removed when they were sent by mistake."""

from __future__ import annotations

from typing import IO, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.uploads import clean_document
from pickups.enums import Party, TourState
from pickups.models import SlipUpload, Tour
from pickups.services.moves import lock_tour, require, write_log

MOST_SLIPS = 30  # of one tour: a page each for the longest one, and some taken again
# States in which there is no paper yet: nobody has agreed to drive.
_NO_PAPER = (TourState.DRAFT, TourState.AWAITING, TourState.DECLINED)


def can_upload(tour: Tour) -> bool:
    """Return whether a paper slip of this tour can exist."""
    return tour.state not in _NO_PAPER


@transaction.atomic
def upload_slip(tour: Tour, file: IO[bytes] | Any, *, by: Actor) -> SlipUpload:
    """Keep a paper slip: a PDF as it is, a photo re-encoded without its metadata. Private to coordinators and the tour's carrier.

    Arguments: file, what was uploaded.
    Returns the new row. Raises ValidationError with a sentence for the sender (wrong or too large file, too many, too early),
    PermissionDenied when `by` is neither coordinator, nor the tour's carrier or driver.
    """
    tour = lock_tour(tour.pk)
    require(tour, by, Party.COORDINATOR, Party.CARRIER, Party.DRIVER)
    if not can_upload(tour):
        raise ValidationError(_("This tour has not been accepted yet: there is no signed slip to send."), code="state")
    if tour.slip_uploads.count() >= MOST_SLIPS:
        raise ValidationError(_("This tour already has many slips: ask a coordinator to delete those that are not needed."), code="many")
    content, extension = clean_document(file)
    slip = SlipUpload(tour=tour, extension=extension, **SlipUpload.author(by))
    slip.file.save(content.name or extension, content, save=False)
    slip.save()
    return slip


@transaction.atomic
def delete_slip(slip: SlipUpload, *, by: Actor) -> Tour:
    """Remove a slip that was sent by mistake, its file with it; the tour's log keeps that it was there, and who removed it.

    Returns its tour. Raises PermissionDenied when `by` is no coordinator. Again changes nothing.
    """
    tour = lock_tour(slip.tour_id)
    require(tour, by, Party.COORDINATOR)
    found = SlipUpload.objects.select_for_update().filter(pk=slip.pk).first()
    if found is None:
        return tour
    when = date_format(localtime(found.uploaded_at), "SHORT_DATETIME_FORMAT")
    write_log(tour, tour.state, by=by, note=_("Paper slip of %(when)s deleted") % {"when": when})
    storage, name = found.file.storage, found.file.name or ""
    found.delete()
    # The file goes only once the row is gone for good.
    transaction.on_commit(lambda: storage.delete(name))
    return tour
