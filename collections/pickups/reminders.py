"""Mails that come by themselves: who is due now is computed from the days of tours, never scheduled ahead.

| mail | to | due | until |
| --- | --- | --- | --- |
| pickup_reminder | stores of an accepted tour | two days before, then the day before, from 9:00 | the next step; the departure |
| tour_reminder | its carrier | the last day it works before the tour, from 16:00 | the departure |
| tour_silent, tour_unanswered | coordinators, the carrier | `Carrier.answer_days` days after it was sent | the departure |
| tour_slip_missing, tour_slip_wanted | the carrier, coordinators | `SLIP_MISSING_DAYS` days after it was done | `SLIP_NAGGING_DAYS` more |

A missed run is caught up by the next one, until the last column. Nothing is written at night (`AWAKE`). The day of the tour is in the
keys: a tour that moves to another day is reminded of anew. Whoever was told the date since the day on which a reminder falls due needs
none. Before a mail leaves, `still_due` asks again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.messaging import unsubscribing
from lincassable.messaging.models import Message
from lincassable.messaging.services import Prepared, enqueue_many
from pickups import emails, emails_requests, queries
from pickups.enums import ANNOUNCED_TOUR_STATES, RequestSource, StopState, TourState
from pickups.models import PickupRequest, Stop, Tour
from pickups.queries_parts import with_shares
from pickups.queries_slips import tours_without_slip
from stores.days import public_holiday

STORE_STEPS = (2, 1)  # days before the tour
STORE_HOUR, CARRIER_HOUR = time(9), time(16)  # local
AWAKE = range(7, 20)  # local hours in which mails are written
TELL_FOR = timedelta(days=1)  # a request that is older is no longer acknowledged
PICKUP_REMINDER, TOUR_REMINDER = "pickup_reminder", "tour_reminder"
SILENT, UNANSWERED = "tour_silent", "tour_unanswered"
SLIP_MISSING, SLIP_WANTED = "tour_slip_missing", "tour_slip_wanted"
KINDS = (PICKUP_REMINDER, TOUR_REMINDER, SILENT, UNANSWERED, SLIP_MISSING, SLIP_WANTED)
# Mails that tell a store its date.
_TOLD = ("tour_confirmed_store", "tour_changed_store")


@dataclass(frozen=True)
class Summary:
    """How many mails of each kind a run wrote."""

    stores: int = 0
    carriers: int = 0
    silent: int = 0
    slips: int = 0

    def __str__(self) -> str:
        return f"{self.stores} to stores, {self.carriers} to carriers, {self.silent} about silent carriers, {self.slips} about slips"


def send_due(now: datetime | None = None) -> Summary:
    """Write the mails that are due at `now` (None: the present moment); safe to run at any time, any number of times.

    Each kind in its own transaction, so that one that fails does not hold back the others of an earlier kind. Returns the numbers.
    """
    now = now or timezone.now()
    if _local(now).hour not in AWAKE:
        return Summary()
    return Summary(*(_write(kind(now)) for kind in (store_reminders, carrier_reminders, silent_carriers, missing_slips)))


def _write(mails: Iterable[Prepared]) -> int:
    with transaction.atomic():
        return enqueue_many(mails)


def _local(now: datetime) -> datetime:
    return timezone.localtime(now, ZoneInfo(settings.NETWORK_TIME_ZONE))


def _at(day: date, hour: time) -> datetime:
    """Return a local day and hour as a moment: right on the days when clocks change."""
    return datetime.combine(day, hour, ZoneInfo(settings.NETWORK_TIME_ZONE))


def departure(tour: Tour) -> datetime:
    """Return when the tour leaves: no reminder after that."""
    return _at(tour.date, tour.departs_at)


# -- stores


def store_step(tour: Tour, now: datetime) -> int | None:
    """Return the step of `STORE_STEPS` that is due for the stores of a tour at `now`; None outside.

    It is that of the last day that has come: what was missed two days before is not told on the morning of the day before, when
    the next one is due anyway.
    """
    today = _local(now).date()
    step = min((step for step in STORE_STEPS if tour.date - timedelta(days=step) <= today), default=None)
    return step if step and _due(tour, step) <= now < departure(tour) else None


def _due(tour: Tour, step: int) -> datetime:
    return _at(tour.date - timedelta(days=step), STORE_HOUR)


def store_reminders(now: datetime) -> Iterator[Prepared]:
    """Yield the reminders to the contacts of the places that a truck will visit soon."""
    today = _local(now).date()
    coming = Stop.objects.filter(
        state=StopState.TO_DO, tour__state__in=ANNOUNCED_TOUR_STATES, tour__date__range=(today, today + timedelta(days=max(STORE_STEPS)))
    )
    stops = with_shares(queries.with_lines(coming).select_related("tour__carrier", "tour__hub"))
    due = [stop for stop in stops if store_step(stop.tour, now)]
    told = list(emails.audience(due, reminders=True))
    informed = _informed({one.stop.tour_id for one in told})
    pages = emails_requests.page_urls({one.contact.store_id for one in told})
    for one in told:
        step = store_step(one.stop.tour, now)
        if step and not any(at >= _due(one.stop.tour, step) for at in informed.get((one.stop.tour_id, one.contact.email.lower()), [])):
            event, page = f"{one.stop.tour_id}:{one.stop.tour.date}:{step}d", pages.get(one.contact.store_id, "")
            yield emails.store_mail(PICKUP_REMINDER, one.stop.tour, one, event, unsubscribing.REMINDER, page_url=page)


def _informed(tour_ids: Collection[int]) -> dict[tuple[int, str], list[datetime]]:
    """Return when each address was told the date of each tour, by (tour id, address)."""
    found: dict[tuple[int, str], list[datetime]] = {}
    mails = Message.objects.filter(kind__in=_TOLD, subject_kind="tour", subject_id__in=tour_ids).order_by("pk")
    for tour_id, address, at in mails.values_list("subject_id", "to_email", "created_at"):
        found.setdefault((tour_id or 0, address.lower()), []).append(at)
    return found


# -- carriers


def carrier_day(tour: Tour) -> date:
    """Return the day on which the carrier is reminded of a tour: the last one before it on which the carrier works.

    A carrier that never works in the week before is reminded the day before.
    """
    before = [tour.date - timedelta(days=number) for number in range(1, 8)]
    working = (day for day in before if day.weekday() in tour.carrier.weekdays and public_holiday(day) is None)
    return next(working, before[0])


def carrier_reminder_due(tour: Tour, now: datetime) -> bool:
    """Return whether the carrier of an accepted tour is to be reminded of it at `now`."""
    return tour.state == TourState.ACCEPTED and _at(carrier_day(tour), CARRIER_HOUR) <= now < departure(tour)


def carrier_reminders(now: datetime) -> Iterator[Prepared]:
    """Yield the reminders to the carriers that drive soon."""
    today = _local(now).date()
    tours = Tour.objects.filter(state=TourState.ACCEPTED, date__range=(today, today + timedelta(days=8)))
    for tour in _with_carrier(tours):
        if carrier_reminder_due(tour, now):
            stops = emails.stops_of(tour)
            shown = {"stops": stops, "total": emails.total_of(stops), "link": _carrier_link(tour)}
            yield from emails.to_carrier(TOUR_REMINDER, tour, str(tour.date), reminder=True, **shown)


def answer_due(tour: Tour) -> datetime | None:
    """Return until when the carrier should have answered; None for a tour that was not sent."""
    if tour.sent_at is None:
        return None
    sent = _local(tour.sent_at)
    return _at(sent.date() + timedelta(days=tour.carrier.answer_days), sent.time())


def is_unanswered(tour: Tour, now: datetime) -> bool:
    """Return whether a tour awaits its carrier for too long, and not in vain yet."""
    due = answer_due(tour)
    return tour.state == TourState.AWAITING and due is not None and due <= now < departure(tour)


def silent_carriers(now: datetime) -> Iterator[Prepared]:
    """Yield the mails about tours that their carrier has not answered in time: to the coordinators and, once, to the carrier."""
    waiting = Tour.objects.filter(state=TourState.AWAITING, date__gte=_local(now).date(), sent_at__isnull=False)
    for tour in _with_carrier(waiting):
        if is_unanswered(tour, now):
            event = _sending(tour)
            yield from emails.to_coordinators(SILENT, tour, event)
            yield from emails.to_carrier(UNANSWERED, tour, event, link=_carrier_link(tour))


def _sending(tour: Tour) -> str:
    """Return which sending of a tour a mail is about: a tour that is declined, changed and sent again counts anew."""
    return f"{tour.sent_at:%Y%m%d%H%M%S}"


# -- slips


def slip_due(now: datetime) -> QuerySet[Tour]:
    """Return the tours whose signed slip should be there by `now`; not those of long ago, nor imported ones."""
    oldest = _local(now).date() - timedelta(days=settings.SLIP_MISSING_DAYS + settings.SLIP_NAGGING_DAYS)
    return tours_without_slip(settings.SLIP_MISSING_DAYS).filter(date__gte=oldest, source="")


def missing_slips(now: datetime) -> Iterator[Prepared]:
    """Yield the mails about missing slips: one to the carrier, one to each coordinator."""
    for tour in _with_carrier(slip_due(now)):
        yield from emails.to_carrier(SLIP_MISSING, tour, str(tour.date), link=_carrier_link(tour))
        yield from emails.to_coordinators(SLIP_WANTED, tour, str(tour.date))


def _with_carrier(tours: QuerySet[Tour]) -> QuerySet[Tour]:
    return tours.select_related("carrier", "hub", "vehicle").exclude(carrier__email="").order_by("date", "pk")


def _carrier_link(tour: Tour) -> str:
    """Return the address of the carrier's page of a tour; "" when its link was revoked."""
    found = AccessLink.objects.filter(kind=AccessLink.CARRIER_TOUR, object_id=tour.pk, revoked_at__isnull=True).first()
    return links.url(found) if found else ""


# -- requests


def tell_received(request_id: int | None = None) -> int:
    """Write the mails that acknowledge requests; those written already are not written again. Returns how many are new.

    Arguments: request_id, the one that was just made; None for all of the last day, in case the worker was not asked.
    """
    recent = PickupRequest.objects.open().filter(updated_at__gte=timezone.now() - TELL_FOR).exclude(source=RequestSource.FORECAST)
    joined = PickupRequest.objects.open().filter(parts__updated_at__gte=timezone.now() - TELL_FOR).exclude(source=RequestSource.FORECAST)
    found = set(recent.values_list("pk", flat=True)) | set(joined.values_list("pk", flat=True)) if request_id is None else {request_id}
    written = 0
    for pk in sorted(found):
        with transaction.atomic():
            request = PickupRequest.objects.open().filter(pk=pk).select_related("store").first()
            written += enqueue_many(emails_requests.received(request)) if request else 0
    return written


# -- still due?

_CONTACT = re.compile(r":store:[0-9]+:contact:([0-9]+)$")


def still_due(message: Message) -> bool:
    """Whether a mail of this module that waits in the outbox still holds: asked just before it leaves."""
    now = timezone.now()
    tour = Tour.objects.select_related("carrier").filter(pk=message.subject_id or 0).first()
    if tour is None:
        return False
    if message.kind == PICKUP_REMINDER:
        return _store_still_due(message, tour, now)
    if message.kind == TOUR_REMINDER:
        return f":{tour.date}" in message.dedupe_key and carrier_reminder_due(tour, now)
    if message.kind in (SILENT, UNANSWERED):
        return f":{_sending(tour)}" in message.dedupe_key and is_unanswered(tour, now)
    return slip_due(now).filter(pk=tour.pk).exists()


def _store_still_due(message: Message, tour: Tour, now: datetime) -> bool:
    """Whether a reminder holds: the same day, the same step, a stop still to do, a contact who still wants it."""
    step, found = store_step(tour, now), _CONTACT.search(message.dedupe_key)
    if step is None or found is None or f":{tour.date}:{step}d:" not in message.dedupe_key or tour.state not in ANNOUNCED_TOUR_STATES:
        return False
    stops = tour.stops.filter(state=StopState.TO_DO).select_related("store")
    return any(told.contact.pk == int(found[1]) for told in emails.audience(stops, reminders=True))


def acknowledgement_still_due(message: Message) -> bool:
    """Whether the mail that acknowledges a request still holds: it may have been closed meanwhile."""
    return PickupRequest.objects.open().filter(pk=message.subject_id or 0).exists()
