"""Which tours still lack their signed slip. Nothing here writes."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from pickups.enums import ProofKind, StopState, TourState
from pickups.models import SlipUpload, Stop, StopProof, Tour


def without_slip(tours: QuerySet[Tour]) -> QuerySet[Tour]:
    """Return those of `tours` that have neither an uploaded slip nor a signature at each stop that was visited.

    A missed stop cannot be signed: it asks for nothing. Stops still to do are unsigned.
    """
    signature = StopProof.objects.filter(stop=OuterRef("pk"), kind=ProofKind.SIGNATURE)
    unsigned = Stop.objects.filter(~Exists(signature), tour=OuterRef("pk")).exclude(state=StopState.MISSED)
    return tours.filter(~Exists(SlipUpload.objects.filter(tour=OuterRef("pk"))), Exists(unsigned))


def tours_without_slip(days: int) -> QuerySet[Tour]:
    """Return the tours that are done, whose day was `days` days ago or earlier, and whose slip is missing; the oldest first.

    Arguments: days, 0 for those of today as well. A closed tour is asked for nothing more: a coordinator has settled it.
    """
    last_day = timezone.localdate() - timedelta(days=days)
    done = Tour.objects.filter(state=TourState.DONE, date__lte=last_day)
    return without_slip(done).select_related("carrier", "hub").order_by("date", "pk")
