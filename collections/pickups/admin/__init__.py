"""Pickups in the admin: carriers, requests, tours. Every write goes through the services."""

from pickups.admin.carriers import CarrierAdmin
from pickups.admin.requests import PickupRequestAdmin
from pickups.admin.tours import StopAdmin, TourAdmin, TourLogAdmin

__all__ = ["CarrierAdmin", "PickupRequestAdmin", "StopAdmin", "TourAdmin", "TourLogAdmin"]
