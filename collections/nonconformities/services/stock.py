"""Loss and breakage: what a non-conformity takes out of the stock, through the ledger, once."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crates.enums import Content
from crates.services import MovedLine, record_write_off
from lincassable.accounts.actors import Actor
from nonconformities.enums import Step
from nonconformities.models import NonConformity
from nonconformities.services.common import locked, require_office, write_log


@transaction.atomic
def post_to_stock(row: NonConformity, *, content: str = Content.EMPTY, by: Actor) -> NonConformity:
    """Take its containers out of the stock of its place, as the loss or breakage that its kind says. Again changes nothing.

    Arguments: content, "empty" or "full": what the containers held. Returns the fresh row.
    Raises PermissionDenied, ValidationError when its kind takes nothing out, or place, kind of container or number are missing.
    """
    require_office(by)
    row = locked(row)
    if row.movement_id:
        return row
    if not row.kind.posting:
        raise ValidationError(_("Nothing of this kind leaves the stock: choose another kind first."), code="kind")
    if row.store is None or row.container_type is None:
        raise ValidationError(_("Give the place and the kind of container first."), code="required")
    row.movement = record_write_off(
        row.store,
        [MovedLine(row.container_type, Content(content), row.quantity)],
        cause=row.kind.posting,
        key=uuid.uuid5(row.key, "stock"),
        occurred_at=row.occurred_at,
        by=by,
        reason=f"{row.reference_number} · {row.kind}"[:250],
    )
    row.changed_at = timezone.now()
    row.save(update_fields=["movement", "changed_at"])
    write_log(row, Step.POSTED, by=by, note=f"{row.quantity} {row.container_type}")
    return row
