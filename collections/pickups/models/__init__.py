"""Pickups' data: carriers and vehicles, requests, tours with their stops, what proves them, series, numbered paloxes at stops."""

from pickups.models.carriers import Carrier, CarrierContact, EmissionFactor, PriceRule, Vehicle
from pickups.models.closing import TourDifference
from pickups.models.paloxes import StopPalox
from pickups.models.proofs import HubCount, SlipUpload, StopPallet, StopProof, TourClosing
from pickups.models.recurring import RecurringSkip, RecurringStop, RecurringTour
from pickups.models.requests import PickupRequest, RequestPart
from pickups.models.tours import Stop, StopLine, Tour, TourLog

__all__ = [
    "Carrier",
    "CarrierContact",
    "EmissionFactor",
    "HubCount",
    "PickupRequest",
    "PriceRule",
    "RecurringSkip",
    "RecurringStop",
    "RecurringTour",
    "RequestPart",
    "SlipUpload",
    "Stop",
    "StopLine",
    "StopPallet",
    "StopPalox",
    "StopProof",
    "Tour",
    "TourClosing",
    "TourDifference",
    "TourLog",
    "Vehicle",
]
