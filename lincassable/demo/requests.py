"""Requests of the demo network in every state, and a tour that is under way today, made through the same services as everybody's."""

from __future__ import annotations

import datetime as dt
import uuid

from lincassable.accounts.actors import Actor
from lincassable.demo.network import HUB_OF_ZONE, SOURCE, Network
from pickups.enums import RequestSource, RequestState, StopState, TourState
from pickups.lines import ActualLine, StopPlan
from pickups.models import PickupRequest, Stop, Tour
from pickups.queries import suggested_lines
from pickups.services import (
    accept_tour,
    cancel_request,
    complete_stop,
    create_tour,
    refuse_request,
    request_pickup,
    revise_tour,
    send_tour,
)
from stores.models import Store

BY = Actor.system()
FEW = 3
STOPS_TODAY = 4  # done, partly done, missed, still to do


def tell_requests(network: Network, today: dt.date) -> int:
    """Ask for pickups from all sides, answer some, and drive a part of today's tour; return how many requests were made.

    Arguments: network, as built; today, the day on which the story ends. Mails go to the outbox.
    """
    before = PickupRequest.objects.count()
    free = _free_stores()
    _join_a_parent()
    for store, source, note in zip(free, _SOURCES, _NOTES, strict=False):
        request_pickup(store, by=BY, source=source, note=note)
    for store in free[3:4]:
        refuse_request(request_pickup(store, by=BY), "Nous passons déjà jeudi chez votre voisin : apportez-lui vos casiers.", by=BY)
    for store in free[4:5]:
        cancel_request(request_pickup(store, by=BY), by=BY, reason="Les casiers ont été apportés au hub.")
    _today(network, free[5:], today)
    _move_an_accepted_tour(today)
    return PickupRequest.objects.count() - before


_SOURCES = [RequestSource.COORDINATOR, RequestSource.FORECAST, RequestSource.STORE]
_NOTES = ["Par téléphone : plutôt le matin.", "", "Merci de sonner à l'arrière."]


def _free_stores() -> list[Store]:
    """Places with a few full containers that nobody collects soon, the last ones of the directory first."""
    busy = Stop.objects.filter(state=StopState.TO_DO).values("store")
    stores = Store.objects.active().collected().filter(source=SOURCE, collected_through=None, zone__isnull=False)
    stores = stores.exclude(pk__in=busy).exclude(pickup_requests__state__in=[RequestState.RECEIVED, RequestState.PLANNED])
    found = list(stores.select_related("zone").order_by("-pk"))
    full = suggested_lines([store.pk for store in found])
    return [store for store in found if sum(line.planned_full for line in full.get(store.pk, [])) >= FEW]


def _join_a_parent() -> None:
    """A place that is collected through another one asks: its wish joins the other's."""
    child = Store.objects.active().filter(source=SOURCE, collected_through__isnull=False).order_by("pk").first()
    if child is not None:
        request_pickup(child, by=BY, note="Six casiers, déposés chez vous vendredi.")


def _today(network: Network, stores: list[Store], today: dt.date) -> None:
    """Plan a tour of places of one zone for today, and drive the most part of it."""
    by_zone: dict[str, list[Store]] = {}
    for store in stores:
        if store.zone:
            by_zone.setdefault(store.zone.name, []).append(store)
    zone, places = max(by_zone.items(), key=lambda item: (min(STOPS_TODAY, len(item[1])), item[0]), default=("", []))
    if len(places) < STOPS_TODAY:
        return
    for store in places[:STOPS_TODAY]:
        request_pickup(store, by=BY)
    carrier = next(carrier for carrier in network.carriers if zone in {row.name for row in carrier.zones.all()})
    lines = suggested_lines([store.pk for store in places[:STOPS_TODAY]])
    plans = [
        StopPlan(store, lines[store.pk], window_start=dt.time(9 + rank), window_end=dt.time(10 + rank))
        for rank, store in enumerate(places[:STOPS_TODAY])
    ]
    tour = create_tour(date=today, hub=network.hubs[HUB_OF_ZONE[zone]], carrier=carrier, zone=places[0].zone, by=BY, stops=plans)
    accept_tour(send_tour(tour, by=BY), by=BY)
    _drive(tour)


def _drive(tour: Tour) -> None:
    """Record the first three stops: as planned, partly, and a closed door."""
    done, partly, missed = tour.stops.order_by("position")[:3]
    _complete(done, StopState.DONE)
    _complete(partly, StopState.PARTIAL, "Plus de place dans le camion.", half=True)
    _complete(missed, StopState.MISSED, "Rideau baissé, personne au téléphone.")


def _complete(stop: Stop, outcome: StopState, reason: str = "", *, half: bool = False) -> None:
    lines = [
        ActualLine(line.container_type, line.planned_full // 2 if half else line.planned_full, line.planned_empty)
        for line in stop.lines.select_related("container_type").order_by("pk")
    ]
    complete_stop(stop, lines, key=uuid.uuid5(stop.uuid, "demo"), by=BY, outcome=outcome, reason=reason)


def _move_an_accepted_tour(today: dt.date) -> None:
    """The first tour that was accepted for a coming day moves to the next working day: its stores see the change."""
    tour = Tour.objects.filter(state=TourState.ACCEPTED, date__gt=today).order_by("date", "pk").first()
    if tour is not None:
        day = tour.date + dt.timedelta(days=3 if tour.date.weekday() >= 4 else 1)
        revise_tour(tour, by=BY, fields={"date": day})
