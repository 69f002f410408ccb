"""Who does something: a user, an access link (a store's card, a driver's tour link) or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lincassable.accounts.models import AccessLink, User

USER, LINK, SYSTEM = "user", "link", "system"


@dataclass(frozen=True)
class Actor:
    """The author of a write.

    Rows keep `kind` and `id` only, never a name: erasing a person must not touch the ledger.

    Arguments:
        kind: "user", "link" or "system".
        id: the user's or the link's id; None for the system.
        object_kind: for a link, what it opens ("store", "tour" or "carrier_tour").
        object_id: for a link, the id of the store or tour it opens.
    """

    kind: str
    id: int | None = None
    object_kind: str = ""
    object_id: int | None = None

    @classmethod
    def of_user(cls, user: User) -> Actor:
        """Return the actor for a signed-in user."""
        return cls(USER, user.pk)

    @classmethod
    def of_link(cls, link: AccessLink) -> Actor:
        """Return the actor for whoever holds an access link."""
        return cls(LINK, link.pk, link.kind, link.opens)

    @classmethod
    def system(cls) -> Actor:
        """Return the actor for scheduled work and imports started by nobody in particular."""
        return cls(SYSTEM)
