"""The crate ledger's data: catalogue, movements and their entries, balances, counts."""

from crates.models.catalogue import ContainerType, StoreContainer
from crates.models.counts import Count, Declaration, Inventory
from crates.models.ledger import Balance, Entry, Movement

__all__ = ["Balance", "ContainerType", "Count", "Declaration", "Entry", "Inventory", "Movement", "StoreContainer"]
