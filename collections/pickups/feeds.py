"""Calendars that people subscribe to: of a place, of a carrier, of a coordinator. Questions and their `.ics` text; nothing here writes.

A place sees its own pickups once they are announced, a carrier its tours once they are sent, a coordinator everything. Each feed takes a
constant number of queries. Its text depends on the rows alone, never on the moment: unchanged rows give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Event

from lincassable.accounts.models import AccessLink, User
from lincassable.web_addresses import web_address
from pickups import queries
from pickups.calendar_events import calendar, organizer, stop_event, tour_event
from pickups.enums import ANNOUNCED_TOUR_STATES, TourState
from pickups.models import Carrier, Stop, Tour, TourLog
from stores.enums import Status
from stores.models import Store

CALENDARS = (AccessLink.STORE_CALENDAR, AccessLink.CARRIER_CALENDAR, AccessLink.USER_CALENDAR)
# An old pickup still shows; what was cancelled goes sooner.
_TOLD_STORES = (*ANNOUNCED_TOUR_STATES, TourState.DONE, TourState.CLOSED)
_GIVEN_UP = (TourState.CANCELLED, TourState.DECLINED)

# What other floors show in a coordinator's calendar: from a user, the oldest day shown, and the oldest of what was called off.
Extra = Callable[[User, date, date], Iterable[Event]]
_extras: list[Extra] = []

Owner = Store | Carrier | User


def register_extra(extra: Extra) -> None:
    """Let a floor above add to the coordinators' calendars, what the user may see alone; called once the apps are ready.

    The same rules as here: a constant number of queries, a text that depends on the rows alone. Again changes nothing.
    """
    if extra not in _extras:
        _extras.append(extra)


def owner_of(link: AccessLink) -> Owner | None:
    """Return whom a calendar was made for; None when they have left (archived, inactive) or may no longer see it."""
    if link.kind == AccessLink.STORE_CALENDAR:
        return Store.objects.filter(pk=link.opens).exclude(status=Status.ARCHIVED).first()
    if link.kind == AccessLink.CARRIER_CALENDAR:
        return Carrier.objects.filter(pk=link.object_id, is_active=True).first()
    user = User.objects.filter(pk=link.object_id, is_active=True).first()
    return user if user and may_see_network(user) else None


def feed(owner: Owner) -> bytes:
    """Return the calendar of a place, of a carrier or of a user."""
    if isinstance(owner, Store):
        return store_feed(owner)
    return carrier_feed(owner) if isinstance(owner, Carrier) else network_feed(owner)


def may_see_network(user: User) -> bool:
    """Return whether a user may subscribe to all tours."""
    return user.is_active and user.has_perm("pickups.view_tour")


def store_feed(store: Store) -> bytes:
    """Return the pickups of one place, in the network's language: those announced to it, and those cancelled since, for a while."""
    told = Exists(TourLog.objects.filter(tour=OuterRef("tour"), to_state=TourState.ACCEPTED))
    of_tours = Q(tour__state__in=_TOLD_STORES) | Q(told, tour__state=TourState.CANCELLED, tour__date__gte=_cancelled_since())
    stops = queries.with_lines(store.stops.filter(of_tours, tour__date__gte=_since()))
    tours = {tour.pk: tour for tour in _tours(Tour.objects.filter(pk__in=stops.order_by().values("tour")))}
    with translation.override(settings.LANGUAGE_CODE):
        made = calendar(name=_("%(site)s pickups – %(store)s") % {"site": settings.SITE_NAME, "store": store.name})
        for stop in sorted(stops, key=lambda stop: (tours[stop.tour_id].date, stop.tour_id)):
            made.add_component(_published(stop_event(stop, tours[stop.tour_id])))
        return made.to_ical()


def carrier_feed(carrier: Carrier) -> bytes:
    """Return the tours of one carrier, in its language: those it was sent, never drafts; those given up, for a while."""
    sent = carrier.tours.exclude(state=TourState.DRAFT).exclude(state=TourState.CANCELLED, sent_at=None)
    with translation.override(carrier.language):
        made = calendar(name=_("%(site)s tours – %(carrier)s") % {"site": settings.SITE_NAME, "carrier": carrier.name})
        for tour in _with_stops(sent):
            made.add_component(
                _published(tour_event(tour, _stops(tour), url=_page("pickups:carrier_user_tour", tour.uuid), with_state=False))
            )
        return made.to_ical()


def network_feed(user: User) -> bytes:
    """Return all tours with their states, and what other floors add (`register_extra`), in the user's language."""
    with translation.override(user.language):
        made = calendar(name=_("%(site)s: whole network") % {"site": settings.SITE_NAME})
        for tour in _with_stops(Tour.objects.all()):
            made.add_component(_published(tour_event(tour, _stops(tour), url=_page("admin:pickups_tour_change", tour.pk), with_state=True)))
        for extra in _extras:
            for event in extra(user, _since(), _cancelled_since()):
                made.add_component(_published(event))
        return made.to_ical()


def _published(event: Event) -> Event:
    """Return an event of a feed: what is published names who publishes it (RFC 5546)."""
    event.add("organizer", organizer())
    return event


def _since() -> date:
    return timezone.localdate() - timedelta(days=settings.CALENDAR_PAST_DAYS)


def _cancelled_since() -> date:
    return timezone.localdate() - timedelta(days=settings.CALENDAR_CANCELLED_DAYS)


def _tours(tours: QuerySet[Tour]) -> QuerySet[Tour]:
    """Return tours with what their events need: hub, carrier, vehicle, `log_count` and `logged_at`."""
    log = TourLog.objects.filter(tour=OuterRef("pk")).order_by().values("tour")
    return tours.select_related("hub", "carrier", "vehicle").annotate(
        log_count=Coalesce(Subquery(log.annotate(n=Count("pk")).values("n")), 0),
        logged_at=Subquery(log.annotate(last=Max("at")).values("last")),
    )


def _with_stops(tours: QuerySet[Tour]) -> Iterable[Tour]:
    """Return the tours that a feed shows, in order, each with its stops and their lines."""
    recent = tours.filter(date__gte=_since()).exclude(state__in=_GIVEN_UP, date__lt=_cancelled_since())
    stops = Prefetch("stops", queries.with_lines(Stop.objects.all()), to_attr="all_stops")
    return _tours(recent).prefetch_related(stops).order_by("date", "pk")


def _stops(tour: Tour) -> list[Stop]:
    return tour.all_stops  # type: ignore[attr-defined]


def _page(name: str, *args: object) -> str:
    return web_address(name, *args)
