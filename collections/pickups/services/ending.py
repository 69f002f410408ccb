"""The end of a tour at its hub: what the driver counted there, and the tour is done."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from lincassable.accounts.actors import Actor
from pickups.models import Tour
from pickups.services.closing import HubLine, count_at_hub
from pickups.services.tours import finish_tour


@transaction.atomic
def end_tour(tour: Tour, counted: Sequence[HubLine] = (), *, by: Actor) -> Tour:
    """End a tour, with what was counted when the truck was unloaded, if somebody counted. Ending it again changes nothing.

    Returns the fresh tour. Raises ValidationError while a stop is still to do or for a count that cannot be right, PermissionDenied.
    """
    tour = finish_tour(tour, by=by)
    if counted:
        count_at_hub(tour, counted, by=by)
    return tour
