"""Comments: shared with the place, with the producer, carrier or sorting centre concerned, or for the office only."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from lincassable.messaging.services import enqueue_many
from nonconformities import emails
from nonconformities.models import NonConformity, NonConformityComment
from nonconformities.services.common import is_partner_of, require_office


@transaction.atomic
def comment(
    row: NonConformity,
    text: str,
    *,
    key: uuid.UUID,
    by: Actor,
    is_internal: bool = True,
    with_partner: bool = False,
    first_name: str = "",
) -> NonConformityComment:
    """Write something about it; what is shared is told to the other side by mail.

    Arguments: key, of the form: sent again, nothing more is written. is_internal: not read by the place; with_partner: read by the
        producer, the carrier or the sorting centre concerned. What a card writes its place reads, what those partners write they read.
    Raises PermissionDenied for who may not see it, ValidationError for nothing or too much.
    """
    is_card, is_partner = _side(row, by)
    if is_card or is_partner:
        is_internal, with_partner = is_partner, is_partner
    known = NonConformityComment.objects.filter(key=key).first()
    if known is None:
        said = NonConformityComment(
            key=key,
            nonconformity=row,
            text=text.strip(),
            is_internal=is_internal,
            with_partner=with_partner,
            first_name=first_name.strip()[:60],
            **NonConformityComment.author(by),
        )
        said.full_clean(validate_unique=False)
        known = _write(said, to_office=is_card or is_partner)
    if known.nonconformity_id != row.pk:
        raise ValidationError(_("Open the page again, then send the form."), code="key")
    return known


def _write(said: NonConformityComment, *, to_office: bool) -> NonConformityComment:
    """Save it and tell the other side; when the same form was saved at the same moment, return that one."""
    try:
        with transaction.atomic():
            said.save(force_insert=True)
    except IntegrityError:
        return NonConformityComment.objects.get(key=said.key)
    enqueue_many(emails.commented(said, to_office=to_office))
    return said


def _side(row: NonConformity, by: Actor) -> tuple[bool, bool]:
    """Return whether the author is the place or the driver by its card, and whether it is a partner. Raises PermissionDenied."""
    is_partner = is_partner_of(row, by)
    if not is_partner and by.kind == LINK:
        if not NonConformity.objects.for_actor(by).filter(pk=row.pk).exists():
            raise PermissionDenied
        return True, False
    if not is_partner:
        require_office(by, "nonconformities.add_nonconformitycomment")
    return False, is_partner
