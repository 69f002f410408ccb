"""Which tours and requests a preview of a mail may be made of, and the mail that the network would write about one. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.actors import Actor
from lincassable.messaging.kinds import Choice, Subject
from lincassable.messaging.services import Prepared
from pickups import emails, emails_requests
from pickups.enums import TourState
from pickups.models import PickupRequest, Stop, Tour
from pickups.warnings import warnings_of
from stores.models import Store

MOST = 20  # choices offered at once
VISITS = ("pickup_done", "pickup_partly", "pickup_missed")  # they tell how a visit went


def search_tours(user: Any, typed: str) -> Sequence[Choice]:
    """Return the tours with this number, carrier or place, the newest first; without a word, the newest with a stop."""
    return _tours(user, typed, Q(stops__isnull=False))


def _tours(user: Any, typed: str, condition: Q) -> Sequence[Choice]:
    found = Tour.objects.for_actor(Actor.of_user(user)).filter(condition).exclude(state=TourState.DRAFT)
    number = typed.strip().upper().removeprefix("T-")
    if number.isdecimal() and len(number) < 19:
        found = found.filter(pk=int(number))
    elif typed.strip():
        words = typed.strip()
        found = found.filter(Q(carrier__name__unaccent__icontains=words) | Q(stops__store__name__unaccent__icontains=words))
    tours = found.select_related("carrier").distinct().order_by("-date", "-pk")[:MOST]
    return [Choice(tour.pk, f"{tour} · {tour.carrier}") for tour in tours]


def search_stops(user: Any, typed: str) -> Sequence[Choice]:
    """Return the pickups at the places with this name or town, or of the tour with this number, the newest first."""
    return _stops(user, typed, Q())


def search_visited(user: Any, typed: str) -> Sequence[Choice]:
    """Return the pickups of `search_stops` for which the truck has come."""
    return _stops(user, typed, Q(completed_at__isnull=False))


def _stops(user: Any, typed: str, condition: Q) -> Sequence[Choice]:
    found = _visible_stops(user).filter(condition).exclude(tour__state=TourState.DRAFT)
    words = typed.strip()
    number = words.upper().removeprefix("T-")
    if number.isdecimal() and len(number) < 19:
        found = found.filter(tour=int(number))
    elif words:
        found = found.filter(Q(store__name__unaccent__icontains=words) | Q(store__city__unaccent__icontains=words))
    stops = found.select_related("store", "tour").order_by("-tour__date", "-tour_id", "position", "pk")[:MOST]
    return [Choice(stop.pk, f"{stop.store} · {stop.tour}") for stop in stops]


def _visible_stops(user: Any) -> QuerySet[Stop]:
    """Return the stops of the tours that this user may see."""
    return Stop.objects.filter(tour__in=Tour.objects.for_actor(Actor.of_user(user)))


def search_requests(user: Any, typed: str) -> Sequence[Choice]:
    """Return the requests of the places whose name holds `typed`, the newest first."""
    stores = Store.objects.for_actor(Actor.of_user(user))
    if typed.strip():
        stores = stores.filter(Q(name__unaccent__icontains=typed.strip()) | Q(city__unaccent__icontains=typed.strip()))
    requests = PickupRequest.objects.filter(store__in=stores).select_related("store").order_by("-requested_at", "-pk")[:MOST]
    return [Choice(request.pk, f"{request.store} · {date_format(request.requested_at, 'SHORT_DATE_FORMAT')}") for request in requests]


TOUR = Subject(gettext_lazy("tour"), search_tours)
PICKUP = Subject(gettext_lazy("pickup at a place"), search_stops)
VISITED = Subject(gettext_lazy("pickup at a place"), search_visited)
REQUEST = Subject(gettext_lazy("pickup request"), search_requests)


def _tour(user: Any, key: int) -> Tour | None:
    return Tour.objects.for_actor(Actor.of_user(user)).select_related("carrier", "hub", "vehicle").filter(pk=key).first()


def to_carrier(template: str) -> Callable[[Any, int], Prepared | None]:
    """Return what previews a mail to a carrier."""

    def preview(user: Any, key: int) -> Prepared | None:
        if (tour := _tour(user, key)) is None:
            return None
        stops = emails.stops_of(tour)
        shown = {
            "stops": stops,
            "total": emails.total_of(stops),
            "link": f"{settings.SITE_URL}/",
            "reason": _("The truck is at the garage."),
        }
        return emails.to_carrier(template, tour, 0, changes=[_("Another day: it was on Monday.")], **shown)[0]

    return preview


def to_coordinator(template: str) -> Callable[[Any, int], Prepared | None]:
    """Return what previews a mail about a tour to a coordinator."""

    def preview(user: Any, key: int) -> Prepared | None:
        if (tour := _tour(user, key)) is None:
            return None
        shown = {"reason": _("The truck is at the garage."), "before": None, "warnings": lambda: warnings_of(tour)}
        return next(emails.to_coordinators(template, tour, 0, **shown), None)

    return preview


def to_store(template: str) -> Callable[[Any, int], Prepared | None]:
    """Return what previews a mail about a pickup to its place: to the first contact there who wants such mails."""

    def preview(user: Any, key: int) -> Prepared | None:
        chosen = _visible_stops(user).filter(pk=key).first()
        if chosen is None or (template in VISITS and not chosen.completed_at):
            return None
        tour = chosen.tour
        shown = {"reason": _("The road is closed."), "date_before": tour.date - timedelta(days=1), "page_url": f"{settings.SITE_URL}/"}
        for stop in (stop for stop in emails.stops_of(tour) if stop.pk == key):
            left = [line for line in stop.all_lines if line.stayed]  # type: ignore[attr-defined]
            for mail in emails.to_stores(template, tour, [stop], 0, left=left, **shown):
                return mail
        return None

    return preview


def of_request(template: str) -> Callable[[Any, int], Prepared | None]:
    """Return what previews a mail about a request."""

    def preview(user: Any, key: int) -> Prepared | None:
        stores = Store.objects.for_actor(Actor.of_user(user))
        request = PickupRequest.objects.filter(store__in=stores, pk=key).select_related("store").first()
        return emails_requests.example(template, request) if request else None

    return preview
