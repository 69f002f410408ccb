"""Carriers and vehicles: saved and removed."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from pickups.models import Carrier, Vehicle


@transaction.atomic
def save_carrier(carrier: Carrier, *, by: Actor) -> Carrier:
    """Save a carrier. Returns it. Raises ValidationError when a field or a constraint is broken.

    `by` is not kept in the row: what people change in the admin is in its history.
    """
    carrier.full_clean()
    carrier.save()
    return carrier


@transaction.atomic
def save_vehicle(vehicle: Vehicle, *, by: Actor) -> Vehicle:
    """Save a vehicle. Returns it. Raises ValidationError when a field or a constraint is broken."""
    vehicle.full_clean()
    vehicle.save()
    return vehicle


@transaction.atomic
def delete_vehicle(vehicle: Vehicle, *, by: Actor) -> None:
    """Delete a vehicle that never drove. Raises ValidationError when a tour names it."""
    try:
        vehicle.delete()
    except ProtectedError:
        sentence = _("%s belongs to the history of tours: make it inactive instead of deleting it.")
        raise ValidationError(sentence % vehicle, code="protected")


@transaction.atomic
def delete_carrier(carrier: Carrier, *, by: Actor) -> None:
    """Delete a carrier without tours, and its vehicles. Raises ValidationError when a tour names it."""
    if carrier.tours.exists():
        sentence = _("%s belongs to the history of tours: make it inactive instead of deleting it.")
        raise ValidationError(sentence % carrier, code="protected")
    carrier.vehicles.all().delete()
    carrier.delete()
