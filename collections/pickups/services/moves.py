"""How a tour goes from one state to the next: under a lock, by the table, with one line in its log."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from lincassable.accounts.actors import LINK, SYSTEM, USER, Actor
from lincassable.accounts.models import AccessLink, User
from pickups.enums import TRANSITIONS, Party, TourState
from pickups.models import Tour, TourLog

_LINK_PARTIES = {AccessLink.TOUR: Party.DRIVER, AccessLink.CARRIER_TOUR: Party.CARRIER}


def user_of(by: Actor) -> User | None:
    """Return the account behind `by`, when it is a user whose account is active."""
    return User.objects.filter(pk=by.id, is_active=True).first() if by.kind == USER and by.id is not None else None


def parties_of(tour: Tour, by: Actor) -> frozenset[str]:
    """Return what `by` is for this tour: its coordinator, its carrier, its driver, or nothing (an empty set).

    A tour's links speak for that tour only; the system (imports, demo) may do everything.
    """
    if by.kind == SYSTEM:
        return frozenset(Party.values)
    if by.kind == LINK:
        party = _LINK_PARTIES.get(by.object_kind)
        return frozenset({party}) if party and by.object_id == tour.pk else frozenset()
    user = user_of(by)
    if user is None:
        return frozenset()
    found = {Party.COORDINATOR} if user.has_perm("pickups.change_tour") else set()
    if user.carriers.filter(pk=tour.carrier_id).exists():
        found.add(Party.CARRIER)
    return frozenset(found)


def require(tour: Tour, by: Actor, *allowed: str) -> None:
    """Let `by` pass when it is one of `allowed` for this tour. Raises PermissionDenied."""
    if not parties_of(tour, by) & set(allowed):
        raise PermissionDenied(_("You are not the one who may do this on this tour."))


def next_states(tour: Tour, parties: frozenset[str]) -> list[str]:
    """Return the states that `parties` may move the tour to, in the order of the table: the buttons to show."""
    return [to for (start, to), allowed in TRANSITIONS.items() if start == tour.state and allowed & parties]


def lock_tour(tour_id: int) -> Tour:
    """Return the tour with its carrier and hub, its row locked until the transaction ends. Raises Tour.DoesNotExist."""
    return Tour.objects.select_for_update(of=("self",)).select_related("carrier", "hub", "vehicle").get(pk=tour_id)


def write_log(tour: Tour, from_state: str, *, by: Actor, note: str = "", date_before: date | None = None) -> int:
    """Write one line of the locked tour's log.

    Arguments: date_before, the tour's date before the line moved it to another day.
    Equal states tell of a change of plan. Returns the number of lines so far: it grows with each event, so that it makes the keys
    of the event's mails unique.
    """
    TourLog.objects.create(
        tour=tour,
        from_state=from_state,
        to_state=tour.state,
        at=timezone.now(),
        note=note[:500],
        date_before=date_before,
        **TourLog.author(by),
    )
    return tour.log.count()


def move(tour: Tour, to: str, *, by: Actor, note: str = "") -> int:
    """Move a locked tour to the state `to` and log it. The caller has looked at `tour.state == to` (already done).

    Returns the number of log lines (see `write_log`). Raises ValidationError when the table does not know the move from the tour's
    present state, PermissionDenied when it is somebody else's to make.
    """
    allowed = TRANSITIONS.get((tour.state, to))
    if allowed is None:
        raise ValidationError(
            _("This tour is now in the state “%(now)s”: it cannot become “%(to)s”. Reload the page to see what happened.")
            % {"now": tour.get_state_display(), "to": TourState(to).label},
            code="transition",
        )
    require(tour, by, *allowed)
    before, tour.state = tour.state, TourState(to)
    fields = ["state"]
    if to == TourState.AWAITING:
        tour.sent_at = timezone.now()
        fields.append("sent_at")
    tour.save(update_fields=fields)
    return write_log(tour, before, by=by, note=note)
