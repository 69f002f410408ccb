"""A store calls: what a coordinator records while it talks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction

from crates.services import DeclaredLine, declare
from lincassable.accounts.actors import Actor
from pickups.enums import RequestSource
from pickups.models import PickupRequest
from pickups.services.requests import request_pickup
from stores.models import Store


@transaction.atomic
def request_on_the_phone(store: Store, *, key: uuid.UUID, lines: Sequence[DeclaredLine] = (), note: str = "", by: Actor) -> PickupRequest:
    """Record that `store` wishes to be collected, and what it says is full, as one thing: both or neither.

    Arguments:
        key: the form's; sending it again declares nothing twice. lines: what was said; may be empty.
        note: free text, at most 500 characters are kept.

    Returns the open request, as `request_pickup` does. Raises ValidationError for figures that cannot be.
    """
    declaration_id = None
    if any(line.says_something for line in lines):
        declaration_id = declare(store, key=key, lines=lines, by=by, wants_pickup=True, note=note).pk
    return request_pickup(store, by=by, source=RequestSource.COORDINATOR, declaration_id=declaration_id, note=note)
