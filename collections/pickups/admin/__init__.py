"""Pickups in the admin: carriers, requests, tours. Every write goes through the services."""

from pickups.admin.carriers import CarrierAdmin, EmissionFactorAdmin
from pickups.admin.closing import TourClosingAdmin
from pickups.admin.requests import PickupRequestAdmin
from pickups.admin.series import RecurringTourAdmin
from pickups.admin.slips import SlipUploadAdmin
from pickups.admin.tours import StopAdmin, TourAdmin, TourLogAdmin

__all__ = [
    "CarrierAdmin",
    "EmissionFactorAdmin",
    "PickupRequestAdmin",
    "RecurringTourAdmin",
    "SlipUploadAdmin",
    "StopAdmin",
    "TourAdmin",
    "TourClosingAdmin",
    "TourLogAdmin",
]
