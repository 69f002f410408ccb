"""Carriers, their vehicles, contacts and prices, and what vehicles emit: saved and removed."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _

from lincassable.accounts.actors import SYSTEM, Actor
from pickups.models import Carrier, CarrierContact, EmissionFactor, PriceRule, Vehicle
from pickups.services.moves import user_of

Row = TypeVar("Row", Vehicle, CarrierContact, PriceRule, EmissionFactor)


def _require(by: Actor, row: Model, action: str = "change") -> None:
    """Raise PermissionDenied unless `by` is the system or a user who may write rows of this kind."""
    user = user_of(by)
    if by.kind != SYSTEM and (user is None or not user.has_perm(f"pickups.{action}_{row._meta.model_name}")):
        raise PermissionDenied


def _save(row: Model) -> None:
    """Check and save. A rule that another request broke in the same instant is told as if it had come first."""
    row.full_clean()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.full_clean()
        raise


@transaction.atomic
def save_carrier(carrier: Carrier, *, by: Actor) -> Carrier:
    """Save a carrier, its days in order and each once. Returns it.

    Raises ValidationError with a sentence per field, PermissionDenied. `by` is not kept in the row: what people change in the admin is
    in its history.
    """
    _require(by, carrier)
    check_carrier(carrier)
    carrier.weekdays = sorted(set(carrier.weekdays))
    _save(carrier)
    return carrier


def check_carrier(carrier: Carrier) -> None:
    """Raise ValidationError when `carrier` breaks a rule that its model alone cannot see: its hub keeps stock, it drives on some day."""
    if carrier.depot is not None and not carrier.depot.keeps_stock:
        sentence = _("“%(name)s” is neither a hub nor a sorting centre.")
        raise ValidationError({"depot": sentence % {"name": carrier.depot}})
    if carrier.is_active and not carrier.weekdays:
        raise ValidationError({"weekdays": _("Tick at least one day, or make the carrier inactive.")})


@transaction.atomic
def save_row(row: Row, *, by: Actor) -> Row:
    """Save a vehicle, a contact or a price of a carrier, or an emission factor. Returns it.

    Raises ValidationError with a sentence per field, PermissionDenied.
    """
    _require(by, row)
    _save(row)
    return row


def save_vehicle(vehicle: Vehicle, *, by: Actor) -> Vehicle:
    """Save a vehicle. Returns it. Raises ValidationError when a field or a constraint is broken, PermissionDenied."""
    return save_row(vehicle, by=by)


@transaction.atomic
def delete_row(row: Row, *, by: Actor) -> None:
    """Delete a vehicle that never drove, a contact, a price or an emission factor.

    Raises ValidationError when a tour or a series names the vehicle, PermissionDenied.
    """
    _require(by, row, "delete")
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        sentence = _("%s belongs to the history of tours: make it inactive instead of deleting it.")
        raise ValidationError(sentence % row, code="protected") from None


def delete_vehicle(vehicle: Vehicle, *, by: Actor) -> None:
    """Delete a vehicle that never drove. Raises ValidationError when a tour names it, PermissionDenied."""
    delete_row(vehicle, by=by)


def why_carrier_stays(carrier: Carrier) -> str:
    """Return why a carrier cannot be deleted, as a sentence that says what to do instead; "" when no tour or series names it."""
    if not carrier.tours.exists() and not carrier.recurring_tours.exists():
        return ""
    return _("%s belongs to the history of tours: make it inactive instead of deleting it.") % carrier


@transaction.atomic
def delete_carrier(carrier: Carrier, *, by: Actor) -> None:
    """Delete a carrier without tours, with its vehicles, contacts and prices.

    Raises ValidationError when a tour or a series names it, PermissionDenied.
    """
    _require(by, carrier, "delete")
    why_not = why_carrier_stays(carrier)
    if why_not:
        raise ValidationError(why_not, code="protected")
    for rows in (carrier.vehicles, carrier.contacts, carrier.prices):
        rows.all().delete()
    carrier.delete()
