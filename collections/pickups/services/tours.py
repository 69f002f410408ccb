"""A tour's life: sent, accepted or declined, started, finished, closed, cancelled. Each verb may be repeated: done is done."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lincassable.accounts.actors import Actor
from lincassable.accounts.models import AccessLink
from lincassable.messaging.announcing import announce
from lincassable.messaging.services import enqueue_many
from lincassable.web_addresses import web_address
from pickups import emails
from pickups.differences import unanswered
from pickups.enums import ANNOUNCED_TOUR_STATES, Party, StopState, TourState
from pickups.models import Stop, Tour
from pickups.services.closing import keep_closing
from pickups.services.links import open_link
from pickups.services.moves import lock_tour, move, require
from pickups.services.requests import link_requests, plan_requests, release_requests


@transaction.atomic
def send_tour(tour: Tour, *, by: Actor, note: str = "") -> Tour:
    """Send a draft to its carrier: its stores' requests become planned, the carrier gets a mail with its link.

    Returns the fresh tour. Raises ValidationError when something is missing (a stop, the carrier's address, a date to
    come) or the tour is no draft, PermissionDenied when `by` is no coordinator.
    """
    tour = lock_tour(tour.pk)
    if tour.state == TourState.AWAITING:
        return tour
    require(tour, by, Party.COORDINATOR)
    stops = emails.stops_of(tour)
    if tour.state == TourState.DRAFT:
        _check_sendable(tour, stops)
    number = move(tour, TourState.AWAITING, by=by, note=note)
    link_requests(stops)
    plan_requests(stops, by=by)
    link = open_link(AccessLink.CARRIER_TOUR, tour)
    enqueue_many(emails.to_carrier("tour_awaiting", tour, number, stops=stops, total=emails.total_of(stops), link=link))
    return tour


def _check_sendable(tour: Tour, stops: list[Stop]) -> None:
    """Raise ValidationError with one sentence for each thing that keeps the tour from being sent."""
    problems = []
    if not stops:
        problems.append(_("Add at least one stop before sending the tour."))
    if not tour.carrier.email:
        problems.append(_("%(carrier)s has no e-mail address: add it to the carrier first.") % {"carrier": tour.carrier})
    if tour.date < timezone.localdate():
        problems.append(_("The date of this tour is past: choose today or a later day."))
    if problems:
        raise ValidationError(problems, code="not_ready")


@transaction.atomic
def accept_tour(tour: Tour, *, by: Actor, note: str = "") -> Tour:
    """The carrier takes the tour: the stores on it get their date, the driver's link is ready.

    Returns the fresh tour. Raises ValidationError when it does not await its carrier, PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    if tour.state == TourState.ACCEPTED:
        return tour
    number = move(tour, TourState.ACCEPTED, by=by, note=note)
    open_link(AccessLink.TOUR, tour)
    enqueue_many(emails.to_stores("tour_confirmed_store", tour, emails.stops_of(tour), number))
    return tour


@transaction.atomic
def decline_tour(tour: Tour, reason: str, *, by: Actor) -> Tour:
    """The carrier says no: the stores' requests wait again, the coordinators are told why.

    Returns the fresh tour. Raises ValidationError without a reason or when the tour does not await its carrier,
    PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    if tour.state == TourState.DECLINED:
        return tour
    reason = _required(reason, _("Say in a few words why the tour is declined: the coordinator will read it."))
    number = move(tour, TourState.DECLINED, by=by, note=reason)
    release_requests(tour.stops.all(), by=by)
    enqueue_many(emails.to_coordinators("tour_declined", tour, number, reason=reason))
    url = web_address("admin:pickups_tour_change", tour.pk)
    announce("tour_declined", context={"tour": tour, "reason": reason, "url": url}, dedupe_key=f"tour-declined:{tour.pk}:{number}")
    return tour


@transaction.atomic
def reopen_tour(tour: Tour, *, by: Actor, note: str = "") -> Tour:
    """Take a declined tour back to draft, to change it and send it again. Returns the fresh tour. Raises like `move`."""
    tour = lock_tour(tour.pk)
    if tour.state != TourState.DRAFT:
        move(tour, TourState.DRAFT, by=by, note=note)
    return tour


@transaction.atomic
def start_tour(tour: Tour, *, by: Actor, note: str = "") -> Tour:
    """The truck leaves; or a coordinator reopens a tour declared done too early. Returns the fresh tour. Raises like `move`."""
    tour = lock_tour(tour.pk)
    if tour.state != TourState.UNDER_WAY:
        move(tour, TourState.UNDER_WAY, by=by, note=note)
    return tour


@transaction.atomic
def finish_tour(tour: Tour, *, by: Actor, note: str = "") -> Tour:
    """The truck is back at the hub. Returns the fresh tour.

    Raises ValidationError while a stop is still to do, or when the tour is not under way; PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    if tour.state == TourState.DONE:
        return tour
    _refuse_stops_to_do(tour)
    move(tour, TourState.DONE, by=by, note=note)
    return tour


def _refuse_stops_to_do(tour: Tour) -> None:
    """Raise ValidationError when a stop of the tour was neither made nor missed."""
    left = tour.stops.filter(state=StopState.TO_DO).count()
    if left:
        sentence = ngettext(
            "%(count)d stop is still to do: record it, or mark it as missed, then end the tour.",
            "%(count)d stops are still to do: record them, or mark them as missed, then end the tour.",
            left,
        )
        raise ValidationError(sentence % {"count": left}, code="stops_left")


@transaction.atomic
def close_tour(tour: Tour, *, by: Actor, note: str = "", distance_m: int | None = None, duration_min: int | None = None) -> Tour:
    """A coordinator has looked at plan, reality and the hub's count: the tour's figures are kept, its stops no longer change.

    Arguments: distance_m, duration_min, as the odometer and the clock said; None keeps the estimate.
    Returns the fresh tour; a closed one stays as it is. Raises ValidationError while a stop is to do or a difference has no answer
    (`answer_differences`), for a way that cannot be, and like `move`; PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    if tour.state == TourState.CLOSED:
        return tour
    if tour.state == TourState.DONE:
        require(tour, by, Party.COORDINATOR)
        _refuse_stops_to_do(tour)
        _refuse_differences(tour)
    move(tour, TourState.CLOSED, by=by, note=note)
    keep_closing(tour, by=by, distance_m=distance_m, duration_min=duration_min, note=note)
    return tour


def _refuse_differences(tour: Tour) -> None:
    """Raise ValidationError when a difference of the tour has no answer."""
    left = len(unanswered(tour))
    if left:
        sentence = ngettext(
            "%(count)d difference has no answer yet: open “Close the tour” and say what it is.",
            "%(count)d differences have no answer yet: open “Close the tour” and say what they are.",
            left,
        )
        raise ValidationError(sentence % {"count": left}, code="differences")


@transaction.atomic
def cancel_tour(tour: Tour, *, by: Actor, note: str = "") -> Tour:
    """The tour will not take place: requests wait again; who had been told of it is told.

    A draft was known to nobody; a tour that was sent, to its carrier; one that was accepted, to its stores as well.
    Returns the fresh tour. Raises ValidationError when a stop was already made or the tour is over, PermissionDenied.
    """
    tour = lock_tour(tour.pk)
    if tour.state == TourState.CANCELLED:
        return tour
    before = tour.state
    number = move(tour, TourState.CANCELLED, by=by, note=note)
    release_requests(tour.stops.all(), by=by)
    if before in (TourState.AWAITING, TourState.ACCEPTED):
        enqueue_many(emails.to_carrier("tour_cancelled", tour, number, reason=note))
    if before in ANNOUNCED_TOUR_STATES:
        enqueue_many(emails.to_stores("tour_cancelled_store", tour, emails.stops_of(tour), number, reason=note))
    return tour


def transition(tour: Tour, to: str, *, by: Actor, note: str = "") -> Tour:
    """Move `tour` to the state `to` by the verb that does it, with everything that belongs to it.

    Arguments: note, a remark for the log, or the reason where one is needed (declining).
    Returns the fresh tour; already being in that state changes nothing. Raises what the verb raises.
    """
    return _VERBS[TourState(to)](tour, by=by, note=note)


def _required(text: str, sentence: str) -> str:
    """Return `text` without spaces around it. Raises ValidationError with `sentence` when nothing is left."""
    if not text.strip():
        raise ValidationError(sentence, code="reason")
    return text.strip()


_VERBS: dict[str, Callable[..., Tour]] = {
    TourState.DRAFT: reopen_tour,
    TourState.AWAITING: send_tour,
    TourState.ACCEPTED: accept_tour,
    TourState.DECLINED: lambda tour, *, by, note="": decline_tour(tour, note, by=by),
    TourState.UNDER_WAY: start_tour,
    TourState.DONE: finish_tour,
    TourState.CLOSED: close_tour,
    TourState.CANCELLED: cancel_tour,
}
