"""Reporting: a phone may send the same report many times; it arrives once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.models import ContainerType, Palox, SortingBatch
from lincassable.accounts.actors import LINK, Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.services import enqueue_many
from nonconformities import emails
from nonconformities.enums import Source, Step
from nonconformities.models import NonConformity, NonConformityKind
from nonconformities.services.carriers import carrier_for
from nonconformities.services.common import due_day, require_office, write_log
from nonconformities.services.photos import Photo, keep_photos
from pickups.models import Stop
from references.models import Producer, Reference
from stores.enums import Status
from stores.merging import is_same_place
from stores.models import Store


@dataclass(frozen=True)
class Report:
    """What somebody says went wrong.

    Arguments: kind, of the catalogue; store … container_type, what it is about, at least one of them; quantity, of containers when their
    kind is given, else of bottles; severity, None for the kind's; occurred_at, the phone's claim, None for now.
    """

    kind: NonConformityKind
    store: Store | None = None
    stop: Stop | None = None
    batch: SortingBatch | None = None
    palox: Palox | None = None
    reference: Reference | None = None
    producer: Producer | None = None
    container_type: ContainerType | None = None
    quantity: int = 1
    note: str = ""
    first_name: str = ""
    severity: str | None = None
    occurred_at: datetime | None = None


@transaction.atomic
def report(said: Report, *, key: uuid.UUID, source: str, by: Actor, photos: Sequence[Photo] = (), quietly: bool = False) -> NonConformity:
    """Write a non-conformity down, with its photos; tell the place and who handles it.

    Arguments: key, of the form: sent again, the first row comes back (`replayed` True) and nothing is written but photos that are not
        there yet. source, of `Source`. photos, already cleaned. quietly: tell nobody (imports, rejects within what is usual).
    Raises PermissionDenied for a card of another place, a driver's link of another tour, or who may not report; ValidationError.
    """
    _check(said, source, by)
    row = _row(said, key=key, source=source, by=by)
    known = NonConformity.objects.filter(key=key).select_related("kind", "store").first()
    if known is None:
        row.full_clean(exclude=["key"], validate_unique=False)
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            known = NonConformity.objects.filter(key=key).select_related("kind", "store").first()
            if known is None:
                raise ValidationError(_("Open the page again, then send the form."), code="key") from error
    if known is not None:
        return _again(known, row, photos, by)
    write_log(row, Step.REPORTED, by=by)
    keep_photos(row, photos, by=by)
    if not quietly:
        enqueue_many(emails.reported(row))
    return row


def _again(known: NonConformity, row: NonConformity, photos: Sequence[Photo], by: Actor) -> NonConformity:
    """Return what is there already; photos that a broken connection had held back join it."""
    same = known.store_id == row.store_id or (row.store is not None and known.store_id and is_same_place(known.store_id, row.store))
    if not same or known.source != row.source:
        raise ValidationError(_("Open the page again, then send the form."), code="key")
    keep_photos(known, photos, by=by)
    known.replayed = True
    return known


def _check(said: Report, source: str, by: Actor) -> None:
    if by.kind != LINK:
        require_office(by, "nonconformities.add_nonconformity")
        return
    if by.object_kind == AccessLink.STORE and source == Source.STORE:
        if said.store is None or said.store.pk != by.object_id:
            raise PermissionDenied
        if said.store.status == Status.ARCHIVED:
            raise ValidationError(_("This place is no longer part of the network. Call us if this is wrong."), code="archived")
    elif by.object_kind == AccessLink.TOUR and source == Source.DRIVER:
        if said.stop is None or said.stop.tour_id != by.object_id:
            raise PermissionDenied
    else:
        raise PermissionDenied


def _row(said: Report, *, key: uuid.UUID, source: str, by: Actor) -> NonConformity:
    """Return the row that a report is: what one thing tells of another is filled in."""
    now = timezone.now()
    store = said.store or (said.stop.store if said.stop else None)
    severity = said.severity or said.kind.severity
    about: dict[str, Any] = {"store": store, "stop": said.stop, "batch": said.batch, "palox": said.palox, "reference": said.reference}
    return NonConformity(
        key=key,
        kind=said.kind,
        severity=severity,
        source=source,
        first_name=said.first_name.strip()[:60],
        occurred_at=_moment(said.occurred_at, now),
        recorded_at=now,
        changed_at=now,
        **about,
        producer=said.producer or (said.reference.producer if said.reference else None),
        carrier=carrier_for(said.kind, store, said.stop),
        container_type=said.container_type,
        quantity=said.quantity,
        note=said.note.strip(),
        due_on=due_day(said.kind, severity, timezone.localtime(now).date()),
        **NonConformity.author(by),
    )


def _moment(claimed: datetime | None, now: datetime) -> datetime:
    """Return when it was seen: a phone's clock is believed within its limits, else it was now."""
    oldest = now - timedelta(days=settings.CLAIMED_TIME_MAX_AGE_DAYS)
    return claimed if claimed is not None and oldest <= claimed <= now else now
