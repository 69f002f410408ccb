"""Places of the network, the zones that group them, the people there, and what is written down about them."""

from stores.models.directory import (
    ChangeProposal,
    OnboardingCheck,
    OnboardingStep,
    StatusChange,
    StoreFile,
    StoreNote,
    StoreTask,
)
from stores.models.merging import DistinctPlaces, StoreMerge
from stores.models.places import Closure, Contact, Store, StoreQuerySet, Tag, Zone, validate_opening_hours
from stores.models.stops import AddressStop

__all__ = [
    "AddressStop",
    "ChangeProposal",
    "Closure",
    "Contact",
    "DistinctPlaces",
    "OnboardingCheck",
    "OnboardingStep",
    "StatusChange",
    "Store",
    "StoreFile",
    "StoreMerge",
    "StoreNote",
    "StoreQuerySet",
    "StoreTask",
    "Tag",
    "Zone",
    "validate_opening_hours",
]
