"""A handful of differences such as every network has: mirrored digits, a stop nobody wrote down, one written next door, a loss."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import Counter
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from crates.enums import Cause, Content
from crates.models import ContainerType, Count
from crates.queries import stock_of_all
from crates.services import CountedLine, DeclaredLine, MovedLine, declare, record_inventory
from crates.services.decisions import dismiss, record_missing
from lincassable.accounts.actors import Actor
from lincassable.demo.network import HUB_OF_ZONE, Network
from pickups.enums import TourState
from pickups.models import Carrier, Stop, StopLine, Tour
from pickups.services import ActualLine, complete_stop
from stores.enums import Status
from stores.models import Store

# What losing a container costs in the demo network; real networks write their own figures in the catalogue.
VALUES_EUR = {"75": Decimal("9.50"), "33": Decimal("9.50"), "palox": Decimal("210")}

LEAST = 14  # crates that a place must hold to be told of


class Differences:
    """Tells the stories of the day before `today`, through the same services as everybody."""

    def __init__(self, network: Network, today: dt.date, rng: random.Random) -> None:
        self.network, self.rng, self.by = network, rng, Actor.system()
        self.day = today - dt.timedelta(days=1)
        self.kind = network.types["75"]
        active = [store for store in network.stores if store.status == Status.ACTIVE and store.zone_id]
        self.free = [store for store in active if not store.collected_through_id]
        self.rng.shuffle(self.free)
        stock = stock_of_all([store.pk for store in self.free])
        self.totals = {
            store: next((line.total for line in lines if line.container_type.pk == self.kind.pk), 0) for store, lines in stock.items()
        }

    def tell(self) -> int:
        """Write everything; return how many differences were made."""
        for code, value in VALUES_EUR.items():
            ContainerType.objects.filter(code=code).update(value_eur=value)
        made = sum([self._missed_round(), self._mirrored_total(), self._short_count()])
        self._loss_and_dismissal()
        return made

    def _at(self, hour: int, minute: int = 0) -> dt.datetime:
        return dt.datetime.combine(self.day, dt.time(hour, minute), tzinfo=ZoneInfo(settings.NETWORK_TIME_ZONE))

    def _key(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def _take(self, least: int, zone: int | None = None) -> Store | None:
        """Return a shop that was not used yet, with at least so many crates."""
        found = next((store for store in self.free if self.totals.get(store.pk, 0) >= least and zone in (None, store.zone_id)), None)
        if found is not None:
            self.free.remove(found)
        return found

    def _declare(self, store: Store, total: int) -> Count:
        at = self._at(19, 40)
        lines = [DeclaredLine(self.kind, None, total)]
        return declare(store, key=self._key(), lines=lines, by=self.by, occurred_at=at, received_at=at).lines.get()

    def _mirrored_total(self) -> int:
        """Somebody typed 53 for 35."""
        for store in self.free:
            total = self.totals.get(store.pk, 0)
            mirrored = int(str(total)[::-1])
            if 9 < total < 100 and mirrored > 9 and abs(mirrored - total) > self.kind.count_tolerance:
                self.free.remove(store)
                self._declare(store, mirrored)
                return 1
        return 0

    def _missed_round(self) -> int:
        """One tour: a stop without figures, one with mirrored digits, one written down at the neighbour's."""
        (zone, _size), *_rest = Counter(store.zone_id for store in self.free if self.totals.get(store.pk, 0) >= LEAST).most_common(1)
        first = self._take(LEAST, zone)
        if first is None:
            return 0
        places = [store for store in (self._take(LEAST, zone) for _number in range(3)) if store is not None]
        hub = self.network.hubs[HUB_OF_ZONE[first.zone.name]]  # type: ignore[union-attr]
        carrier = Carrier.objects.filter(zones=first.zone).order_by("pk").first() or Carrier.objects.order_by("pk").first()
        made = self._at(7)
        tour = Tour.objects.create(
            date=self.day, hub=hub, zone=first.zone, carrier=carrier, state=TourState.UNDER_WAY, sent_at=made, created_at=made
        )
        self._stop(tour, first, planned=(18, 6))
        self._declare(first, self.totals[first.pk] - 12)
        if not places:
            return 1
        self._stop(tour, places[0], planned=(31, 31), actual=(13, 31))
        self._declare(places[0], self.totals[places[0].pk])
        if len(places) < 3:
            return 2
        self._stop(tour, places[1], planned=(0, 0), actual=(14, 2))
        self._declare(places[2], self.totals[places[2].pk] - 12)
        return 3

    def _stop(self, tour: Tour, store: Store, *, planned: tuple[int, int], actual: tuple[int, int] | None = None) -> None:
        stop = Stop.objects.create(tour=tour, store=store, position=tour.stops.count() + 1)
        StopLine.objects.create(stop=stop, container_type=self.kind, planned_full=planned[0], planned_empty=planned[1])
        if actual:
            lines = [ActualLine(self.kind, *actual)]
            complete_stop(stop, lines, key=self._key(), by=self.by, occurred_at=self._at(9, 15 * stop.position))

    def _short_count(self) -> int:
        """A coordinator counted, and seven crates are nowhere."""
        store = self._take(LEAST)
        if store is None:
            return 0
        counted = [CountedLine(self.kind, self.totals[store.pk] - 7)]
        record_inventory(store, key=self._key(), counted_at=self._at(18, 50), lines=counted, by=self.by, note="Compté avec l'équipe.")
        return 1

    def _loss_and_dismissal(self) -> None:
        """Two differences of the past are settled already."""
        lost, fine = self._take(LEAST), self._take(LEAST)
        if lost is not None:
            line = self._declare(lost, self.totals[lost.pk] - 5)
            record_missing(
                line,
                giver=lost,
                taker=None,
                moved=[MovedLine(self.kind, Content.EMPTY, 5)],
                cause=Cause.BREAKAGE,
                occurred_at=self._at(19),
                key=self._key(),
                by=self.by,
                reason="Cinq casiers cassés à la livraison.",
            )
        if fine is not None:
            line = self._declare(fine, self.totals[fine.pk] + 6)
            dismiss(line, by=self.by, reason="Six casiers prêtés par le magasin voisin, déjà repris.")


def tell_differences(network: Network, today: dt.date, rng: random.Random) -> int:
    """Add believable differences to the demo network on the eve of `today`; return how many wait in the inbox."""
    return Differences(network, today, rng).tell()
