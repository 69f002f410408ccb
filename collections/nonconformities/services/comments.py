"""Comments: shared with the place, or for the office only."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, Actor
from lincassable.messaging.services import enqueue_many
from nonconformities import emails
from nonconformities.models import NonConformity, NonConformityComment
from nonconformities.services.common import require_office


@transaction.atomic
def comment(
    row: NonConformity, text: str, *, key: uuid.UUID, by: Actor, is_internal: bool = True, first_name: str = ""
) -> NonConformityComment:
    """Write something about it; what is shared is told to the other side by mail.

    Arguments: key, of the form: sent again, nothing more is written. is_internal: for the office only; what a card writes never is.
    Raises PermissionDenied for who may not see it, ValidationError for nothing or too much.
    """
    if by.kind == LINK:
        if not NonConformity.objects.for_actor(by).filter(pk=row.pk).exists():
            raise PermissionDenied
        is_internal = False
    else:
        require_office(by, "nonconformities.add_nonconformitycomment")
    known = NonConformityComment.objects.filter(key=key).first()
    if known is None:
        said = NonConformityComment(
            key=key, nonconformity=row, text=text.strip(), is_internal=is_internal, first_name=first_name.strip()[:60]
        )
        for name, value in NonConformityComment.author(by).items():
            setattr(said, name, value)
        said.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                said.save(force_insert=True)
        except IntegrityError:  # the same form, at the same moment
            known = NonConformityComment.objects.get(key=key)
        else:
            if not said.is_internal:
                enqueue_many(emails.commented(said))
            return said
    if known.nonconformity_id != row.pk:
        raise ValidationError(_("Open the page again, then send the form."), code="key")
    return known
