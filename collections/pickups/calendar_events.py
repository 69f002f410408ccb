"""Stops and tours as calendar events (RFC 5545). Reads nothing that the rows handed in do not lead to, decides nothing, writes nothing.

Times are written in UTC: right on the days when clocks change, whatever the calendar knows of our time zone. A stop without both ends of
its slot, which nobody promised an hour, is an event of the whole day. Identities never change; the sequence is the number of lines in
the tour's log, which every change lengthens.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from icalendar import Calendar, Event, vCalAddress, vText

from lincassable.messaging.rendering import plain
from lincassable.messaging.services import Recipient
from pickups.enums import StopState, TourState
from pickups.models import Stop, StopLine, Tour
from pickups.routes import route_of

PRODUCT = "-//Lincassable//Collectes//FR"
# Beyond this, calendars cut or refuse a description; nobody reads as much in one.
LONGEST_DESCRIPTION = 6000
_STATUS = {
    TourState.DRAFT: "TENTATIVE",
    TourState.AWAITING: "TENTATIVE",
    TourState.DECLINED: "CANCELLED",
    TourState.CANCELLED: "CANCELLED",
}


def calendar(*, name: str = "", method: str = "PUBLISH") -> Calendar:
    """Return an empty calendar.

    Arguments:
        name: what subscribers see; "" for an invitation, which has none.
        method: PUBLISH for a feed, REQUEST or CANCEL for an invitation.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    if name:
        # The library escapes only what it knows to be text.
        made.add("x-wr-calname", vText(plain(name)))
        made.add("name", vText(plain(name)))
        made.add("x-wr-timezone", settings.NETWORK_TIME_ZONE)
        made.add("refresh-interval", timedelta(hours=settings.CALENDAR_REFRESH_HOURS), parameters={"value": "DURATION"})
        made.add("x-published-ttl", f"PT{settings.CALENDAR_REFRESH_HOURS}H")
    return made


def stop_event(stop: Stop, tour: Tour, *, stamp: datetime | None = None) -> Event:
    """Return a pickup as the place that is visited sees it, in the current language.

    Arguments:
        stop: with its store; `all_lines` on it spare a query.
        tour: of the stop, with its carrier; `log_count` and `logged_at` on it spare two queries.
        stamp: when the event is written (invitations); None for the moment of its last change (feeds).
    """
    event = _event(f"{stop.uuid}@stop.lincassable", tour, stamp, [stop])
    slot = slot_of(stop)
    title = _("Pickup %(site)s: %(store)s") % {"site": settings.SITE_NAME, "store": stop.store.name}
    if slot and not _is_timed(stop):
        title = f"{title} ({slot})"
    event.add("summary", plain(_cancelled(title) if tour.state == TourState.CANCELLED else title))
    if _is_timed(stop):
        _span(event, _moment(tour.date, stop.window_start), _moment(tour.date, stop.window_end))
    else:
        _whole_day(event, tour.date)
    event.add("status", "CANCELLED" if tour.state == TourState.CANCELLED else "CONFIRMED")
    # Somebody is there anyway: the truck takes ten minutes, not the afternoon.
    event.add("transp", "TRANSPARENT")
    _place(event, stop)
    parts = [f"{_('Carrier:')} {tour.carrier.name}", *([_("Slot: %(slot)s") % {"slot": slot}] if slot else [])]
    parts += _coming(stop) if stop.state == StopState.TO_DO else _visited(stop)
    event.add("description", text([*parts, _("Tour %(reference)s") % {"reference": tour.reference}]))
    event.add("url", f"{settings.SITE_URL}/p/")
    return event


def _coming(stop: Stop) -> list[str]:
    """Return what a place is told of a pickup to come."""
    planned = [f"- {line}" for line in quantities(_lines(stop))] or [f"- {_('quantities to be seen on the spot')}"]
    return [_("What is planned:"), *planned, _("Please have the full crates ready near the entrance.")]


def _visited(stop: Stop) -> list[str]:
    """Return what a place is told of a visit that was recorded: how it went, why, and what was moved."""
    state = _("State: %(state)s") % {"state": stop.get_state_display()}
    return [f"{state} ({stop.reason})" if stop.reason else state, *(f"- {line}" for line in moved(_lines(stop)))]


def tour_event(tour: Tour, stops: list[Stop], *, url: str, with_state: bool) -> Event:
    """Return a tour with its stops in order, as its carrier or a coordinator sees it, in the current language.

    Arguments:
        tour: with its hub, carrier and vehicle; `log_count` and `logged_at` on it.
        stops: in order, each with its store and `all_lines`.
        url: absolute address of the page of the tour.
        with_state: whether the title names state and carrier (for coordinators, who see all of them).
    """
    event = _event(f"{tour.uuid}@tour.lincassable", tour, None, stops)
    count = ngettext("%(count)d stop", "%(count)d stops", len(stops)) % {"count": len(stops)}
    title = f"{tour.reference} · {tour.hub.name} · {count}"
    if with_state:
        title = f"{title} · {tour.carrier.name} · {tour.get_state_display()}"
    elif tour.state == TourState.AWAITING:
        title = _("To accept: %(tour)s") % {"tour": title}
    status = _STATUS.get(TourState(tour.state), "CONFIRMED")
    event.add("summary", plain(_cancelled(title) if status == "CANCELLED" else title))
    start = _moment(tour.date, tour.departs_at)
    _span(event, start, _end_of(tour, stops, start))
    event.add("status", status)
    event.add("transp", "TRANSPARENT" if with_state or status == "CANCELLED" else "OPAQUE")
    event.add("location", plain(", ".join(part for part in (tour.hub.name, tour.hub.address) if part)))
    event.add("categories", [plain(tour.get_state_display())])
    event.add("description", text(_tour_lines(tour, stops)))
    event.add("url", url)
    return event


def invite(event: Event, to: Recipient | None) -> None:
    """Name who invites, always the same address, and who is invited."""
    event.add("organizer", organizer())
    if to is not None and to.email:
        attendee = vCalAddress(f"mailto:{plain(to.email)}")
        attendee.params["CN"] = plain(to.name) or plain(to.email)
        attendee.params["CUTYPE"], attendee.params["ROLE"] = "INDIVIDUAL", "REQ-PARTICIPANT"
        attendee.params["PARTSTAT"], attendee.params["RSVP"] = "NEEDS-ACTION", "FALSE"
        event.add("attendee", attendee)


def organizer() -> vCalAddress:
    """Return the network's address: where answers to mails go, else where mails come from."""
    address = parseaddr(settings.REPLY_TO_EMAIL or settings.DEFAULT_FROM_EMAIL)[1]
    found = vCalAddress(f"mailto:{plain(address)}")
    found.params["CN"] = plain(settings.SITE_NAME)
    return found


def slot_of(stop: Stop) -> str:
    """Return the time slot of a stop in words, "" when it has none."""
    start, end = (time_format(at, "H:i") if at else "" for at in (stop.window_start, stop.window_end))
    if start and end:
        return _("between %(start)s and %(end)s") % {"start": start, "end": end}
    if start:
        return _("from %(start)s") % {"start": start}
    return _("until %(end)s") % {"end": end} if end else ""


def quantities(lines: Iterable[StopLine]) -> list[str]:
    """Return what is planned, one sentence per kind of container; kinds with nothing planned are left out."""
    sentences = []
    for line in lines:
        parts = [
            ngettext("%(full)s full to take", "%(full)s full to take", line.planned_full) % {"full": line.planned_full},
            ngettext("%(empty)s empty to leave", "%(empty)s empty to leave", line.planned_empty) % {"empty": line.planned_empty},
            ngettext("%(empty)s empty to take", "%(empty)s empty to take", line.planned_taken_empty) % {"empty": line.planned_taken_empty},
            ngettext("%(full)s full to leave", "%(full)s full to leave", line.planned_left_full) % {"full": line.planned_left_full},
        ]
        numbers = (line.planned_full, line.planned_empty, line.planned_taken_empty, line.planned_left_full)
        sentences += _told(line, parts, numbers)
    return sentences


def moved(lines: Iterable[StopLine]) -> list[str]:
    """Return what was taken and left, one sentence per kind of container; kinds that were not moved are left out."""
    sentences = []
    for line in lines:
        full, empty = line.loaded_full or 0, line.left_empty or 0
        parts = [
            ngettext("%(full)s full taken", "%(full)s full taken", full) % {"full": full},
            ngettext("%(empty)s empty left", "%(empty)s empty left", empty) % {"empty": empty},
            ngettext("%(number)s empty taken", "%(number)s empty taken", line.taken_empty) % {"number": line.taken_empty},
            ngettext("%(number)s full left", "%(number)s full left", line.left_full) % {"number": line.left_full},
        ]
        sentences += _told(line, parts, (full, empty, line.taken_empty, line.left_full))
    return sentences


def _told(line: StopLine, parts: Iterable[str], numbers: Iterable[int]) -> list[str]:
    """Return one sentence about a kind of container, with the parts whose number is not zero; nothing when all are."""
    told = ", ".join(part for part, number in zip(parts, numbers, strict=True) if number)
    return [f"{line.container_type.name}{pgettext('punctuation', ':')} {told}"] if told else []


def text(lines: Iterable[str]) -> str:
    """Return lines as one description, without control characters and not longer than calendars take."""
    whole = "\n".join(plain(line) if not line.startswith("- ") else f"- {plain(line[2:])}" for line in lines)
    return whole if len(whole) <= LONGEST_DESCRIPTION else f"{whole[: LONGEST_DESCRIPTION - 1]}…"


def _event(uid: str, tour: Tour, stamp: datetime | None, visits: Iterable[Stop]) -> Event:
    """Return an event with what every one has: identity, sequence, moments. A recorded visit is a change, too."""
    moments = [_logged_at(tour), tour.created_at, *(stop.completed_at for stop in visits)]
    changed = max(moment for moment in moments if moment).astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("uid", uid)
    event.add("sequence", _log_count(tour))
    event.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0) if stamp else changed)
    event.add("created", tour.created_at.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", changed)
    return event


def _log_count(tour: Tour) -> int:
    known = getattr(tour, "log_count", None)
    return tour.log.count() if known is None else known


def _logged_at(tour: Tour) -> datetime | None:
    if hasattr(tour, "logged_at"):
        return tour.logged_at
    return tour.log.order_by("-at").values_list("at", flat=True).first()


def _lines(stop: Stop) -> list[StopLine]:
    known = getattr(stop, "all_lines", None)
    return list(stop.lines.select_related("container_type").order_by("container_type__position")) if known is None else known


def _is_timed(stop: Stop) -> bool:
    return stop.window_start is not None and stop.window_end is not None


def _moment(day: date, at: time | None) -> datetime:
    """Return a local time of the network as a moment in UTC."""
    return datetime.combine(day, at or time.min, ZoneInfo(settings.NETWORK_TIME_ZONE)).astimezone(UTC)


def _span(event: Event, start: datetime, end: datetime) -> None:
    event.add("dtstart", start)
    event.add("dtend", max(end, start + timedelta(minutes=15)))


def _whole_day(event: Event, day: date) -> None:
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))


def _end_of(tour: Tour, stops: list[Stop], start: datetime) -> datetime:
    """Return when the truck should be back: by the estimated way, and not before its last slot ends."""
    kind = tour.vehicle.kind if tour.vehicle else ""
    way = route_of([tour.hub, *(stop.store for stop in stops), tour.hub], kind)
    promised = [_moment(tour.date, stop.window_end) for stop in stops if stop.window_end]
    return max([start + timedelta(minutes=way.duration_min), *promised])


def _place(event: Event, stop: Stop) -> None:
    """Say where."""
    store = stop.store
    event.add("location", plain(", ".join(part for part in (store.name, store.address) if part)))
    if store.latitude is not None and store.longitude is not None:
        event.add("geo", (float(store.latitude), float(store.longitude)))


def _tour_lines(tour: Tour, stops: list[Stop]) -> list[str]:
    """Return what a tour's description says, line by line."""
    lines = [
        _("State: %(state)s") % {"state": tour.get_state_display()},
        _("Hub: %(hub)s") % {"hub": ", ".join(part for part in (tour.hub.name, tour.hub.address) if part)},
        _("Vehicle: %(vehicle)s") % {"vehicle": tour.vehicle or _("not chosen yet")},
    ]
    for number, stop in enumerate(stops, start=1):
        place = ", ".join(part for part in (stop.store.name, stop.store.address) if part)
        lines.append(" · ".join(part for part in (f"{number}. {place}", slot_of(stop)) if part))
        lines += [f"- {sentence}" for sentence in quantities(_lines(stop))]
        lines += [f"- {note}" for note in (stop.store.access_notes, stop.note) if note]
    return lines + ([_("Note: %(note)s") % {"note": tour.note}] if tour.note else [])


def _cancelled(title: str) -> str:
    # Not every calendar shows STATUS: the title says it as well.
    return _("CANCELLED: %(title)s") % {"title": title}
