"""Pickups' data: carriers and vehicles, requests, tours with their stops, numbered paloxes at stops."""

from pickups.models.carriers import Carrier, Vehicle
from pickups.models.paloxes import StopPalox
from pickups.models.requests import PickupRequest
from pickups.models.tours import Stop, StopLine, Tour, TourLog

__all__ = ["Carrier", "PickupRequest", "Stop", "StopLine", "StopPalox", "Tour", "TourLog", "Vehicle"]
