"""What producers, carriers and the sorting centre do with what is theirs: they have seen it. Their words are comments."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from nonconformities.enums import Handler, State, Step
from nonconformities.models import NonConformity, NonConformityKind
from nonconformities.services.common import is_partner_of, locked, user_of, write_log
from nonconformities.services.handling import step_to


def is_theirs(row: NonConformity, by: Actor) -> bool:
    """Whether a partner is who handles it: then “seen” is a step of the non-conformity itself."""
    kind: NonConformityKind = row.kind
    if by.kind == LINK:
        return kind.handled_by == Handler.PRODUCER
    user = user_of(by)
    is_carrier = user is not None and row.carrier is not None and row.carrier.users.filter(pk=user.pk).exists()
    return kind.handled_by == (Handler.CARRIER if is_carrier else Handler.SORTING)


@transaction.atomic
def seen_by_partner(row: NonConformity, *, by: Actor) -> NonConformity:
    """Note that a producer, a carrier or the sorting centre has seen it; again changes nothing. Returns the fresh row.

    One that they handle and that nobody has looked at yet becomes “seen”, and the place is told.
    Raises PermissionDenied for everybody else.
    """
    if not is_partner_of(row, by):
        raise PermissionDenied
    row = locked(row)
    if by.kind == LINK and row.producer_seen_at is None:
        row.producer_seen_at = row.changed_at = timezone.now()
        row.save(update_fields=["producer_seen_at", "changed_at"])
        write_log(row, Step.CHANGED, by=by, note=_("seen by the producer"))
    if row.state == State.REPORTED and is_theirs(row, by):
        row = step_to(row, State.ACKNOWLEDGED, by=by)
    return row
