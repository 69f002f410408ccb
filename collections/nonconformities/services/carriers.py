"""Which carrier handles what goes wrong at a place."""

from __future__ import annotations

from nonconformities.enums import Handler
from nonconformities.models import NonConformityKind
from pickups.enums import TourState
from pickups.models import Carrier, Stop
from stores.models import Store

_CAME = (TourState.ACCEPTED, TourState.UNDER_WAY, TourState.DONE, TourState.CLOSED)


def carrier_for(kind: NonConformityKind, store: Store | None, stop: Stop | None) -> Carrier | None:
    """Return the carrier who handles it: the tour's, that of the place's latest tour, else the only one that serves its zone.

    None for kinds that carriers do not handle, or when none can be told: then a coordinator says which.
    """
    if kind.handled_by != Handler.CARRIER:
        return None
    if stop is not None:
        return stop.tour.carrier
    if store is None:
        return None
    stops = Stop.objects.filter(store=store, tour__state__in=_CAME, tour__carrier__is_active=True)
    latest = stops.select_related("tour__carrier").order_by("-tour__date", "-pk").first()
    if latest is not None:
        return latest.tour.carrier
    serving = list(Carrier.objects.filter(zones=store.zone_id, is_active=True)[:2]) if store.zone_id else []
    return serving[0] if len(serving) == 1 else None
