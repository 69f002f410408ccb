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
from stores.models.places import Closure, Contact, Store, StoreQuerySet, Tag, Zone, validate_opening_hours

__all__ = [
    "ChangeProposal",
    "Closure",
    "Contact",
    "OnboardingCheck",
    "OnboardingStep",
    "StatusChange",
    "Store",
    "StoreFile",
    "StoreNote",
    "StoreQuerySet",
    "StoreTask",
    "Tag",
    "Zone",
    "validate_opening_hours",
]
