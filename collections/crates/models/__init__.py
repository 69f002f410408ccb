"""The crate ledger's data: catalogue, movements and their entries, balances, counts, paloxes, bottles, deposits."""

from crates.models.acts import Act
from crates.models.bottles import BottleModel, BottleMovement, RejectReason, SortingBatch, SortingIntake, SortingReject
from crates.models.catalogue import ContainerType, StoreContainer
from crates.models.counts import Count, Declaration, Inventory
from crates.models.deposits import DepositAmount, DepositCount
from crates.models.discrepancies import DiscrepancyDecision
from crates.models.ledger import Balance, Entry, Movement
from crates.models.paloxes import Palox, PaloxEvent

__all__ = [
    "Act",
    "Balance",
    "BottleModel",
    "BottleMovement",
    "ContainerType",
    "Count",
    "Declaration",
    "DepositAmount",
    "DepositCount",
    "DiscrepancyDecision",
    "Entry",
    "Inventory",
    "Movement",
    "Palox",
    "PaloxEvent",
    "RejectReason",
    "SortingBatch",
    "SortingIntake",
    "SortingReject",
    "StoreContainer",
]
