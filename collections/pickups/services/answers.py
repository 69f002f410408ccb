"""The carrier's answer to a tour, with the vehicle that it will drive."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.messaging.services import enqueue_many
from pickups import emails
from pickups.enums import Party, TourState
from pickups.models import Tour, Vehicle
from pickups.services.moves import lock_tour, require
from pickups.services.tours import accept_tour
from pickups.warnings import vehicle_warnings


@transaction.atomic
def accept_with_vehicle(tour: Tour, vehicle: Vehicle | None, *, by: Actor) -> Tour:
    """The carrier takes the tour, and may name one of its own vehicles for it.

    Arguments: vehicle, None keeps the one that the coordinator planned. The coordinators are told of another one by mail, with what the
    plan's warnings say of it: it may be too small, or too large for a place.
    Returns the fresh tour; one that is already accepted stays as it is. Raises ValidationError for somebody else's or a retired
    vehicle, and what `accept_tour` raises.
    """
    tour = lock_tour(tour.pk)
    require(tour, by, Party.CARRIER, Party.COORDINATOR)
    note, before = "", tour.vehicle
    if tour.state == TourState.AWAITING and vehicle is not None and vehicle.pk != tour.vehicle_id:
        if vehicle.carrier_id != tour.carrier_id or not vehicle.is_active:
            raise ValidationError({"vehicle": _("This is not one of your vehicles in use: choose one of the list.")}, code="vehicle")
        note = _("vehicle: %(before)s → %(after)s") % {"before": before or "–", "after": vehicle}
        tour.vehicle = vehicle
        tour.save(update_fields=["vehicle"])
    tour = accept_tour(tour, by=by, note=note)
    if note:
        # A callable: the template asks in the language of each reader.
        warnings = partial(vehicle_warnings, tour)
        enqueue_many(emails.to_coordinators("tour_vehicle", tour, tour.log.count(), before=before, warnings=warnings))
    return tour
