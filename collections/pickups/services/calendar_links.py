"""The secret addresses of calendars: made by who subscribes, renewed and withdrawn by them or by a coordinator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from lincassable.accounts import links
from lincassable.accounts.actors import LINK, SYSTEM, Actor
from lincassable.accounts.models import AccessLink
from pickups.feeds import may_see_network
from pickups.services.moves import user_of


@dataclass(frozen=True)
class CalendarAddress:
    """Where a calendar is found.

    Arguments:
        https: the address to paste into a calendar program.
        webcal: the same, for programs that open such links by themselves (Apple, Outlook, many phones).
        made_at: since when.
        last_used_at: when a program last fetched it, to the quarter of an hour; None when never.
    """

    https: str
    webcal: str
    made_at: datetime
    last_used_at: datetime | None


def calendar_address(kind: str, object_id: int) -> CalendarAddress | None:
    """Return the address of a calendar that exists and works, None otherwise. Only reads; show it only to who may hold it."""
    link = AccessLink.objects.filter(kind=kind, object_id=object_id, revoked_at=None).first()
    if link is None or link.is_expired:
        return None
    address = links.url(link)
    return CalendarAddress(address, "webcal://" + address.partition("://")[2], link.rotated_at or link.created_at, link.last_used_at)


@transaction.atomic
def make_calendar(kind: str, object_id: int, *, by: Actor) -> CalendarAddress | None:
    """Give a calendar its address, a new one when the former was withdrawn. One that works stays. Raises PermissionDenied."""
    require_holder(kind, object_id, by)
    link = links.link_for(kind, object_id)
    if link.is_revoked:
        # Whoever withdrew it may have lost it: the former address stays dead.
        links.rotate(links.restore(link, by=by), by=by)
    return calendar_address(kind, object_id)


@transaction.atomic
def renew_calendar(kind: str, object_id: int, *, by: Actor) -> CalendarAddress | None:
    """Replace the address: the present one stops at once, in every program that uses it. Raises PermissionDenied."""
    require_holder(kind, object_id, by)
    link = AccessLink.objects.filter(kind=kind, object_id=object_id, revoked_at=None).first()
    if link is None:
        return make_calendar(kind, object_id, by=by)
    links.rotate(link, by=by)
    return calendar_address(kind, object_id)


@transaction.atomic
def withdraw_calendar(kind: str, object_id: int, *, by: Actor) -> None:
    """Take the address away; programs that use it get nothing any more. Again changes nothing. Raises PermissionDenied."""
    require_holder(kind, object_id, by)
    link = AccessLink.objects.filter(kind=kind, object_id=object_id).first()
    if link is not None:
        links.revoke(link, by=by)


def require_holder(kind: str, object_id: int, by: Actor) -> None:
    """Let `by` pass when the calendar is theirs: the card of the place, a user of the carrier, the user; coordinators for places and
    carriers. Raises PermissionDenied.
    """
    if by.kind == SYSTEM or _holds(kind, object_id, by):
        return
    raise PermissionDenied(_("This calendar is not yours."))


def _holds(kind: str, object_id: int, by: Actor) -> bool:
    if by.kind == LINK:
        return kind == AccessLink.STORE_CALENDAR and by.object_kind == AccessLink.STORE and by.object_id == object_id
    user = user_of(by)
    if user is None:
        return False
    if kind == AccessLink.USER_CALENDAR:
        return user.pk == object_id and may_see_network(user)
    if kind == AccessLink.CARRIER_CALENDAR and user.carriers.filter(pk=object_id, is_active=True).exists():
        return True
    return user.has_perm("accounts.change_accesslink") and user.has_perm("pickups.view_tour")
