"""The crate ledger in the admin. Nothing here edits a ledger row: forms and buttons call the services."""

from crates.admin.bottles import BottleMovementAdmin
from crates.admin.catalogue import ContainerTypeAdmin, StoreContainerInline
from crates.admin.declarations import DeclarationAdmin
from crates.admin.deposits import DepositAmountAdmin, DepositCountAdmin
from crates.admin.inventories import InventoryAdmin
from crates.admin.movements import MovementAdmin
from crates.admin.paloxes import PaloxAdmin
from crates.admin.sorting import BottleModelAdmin, RejectReasonAdmin, SortingBatchAdmin
from crates.admin.stock import BalanceAdmin

__all__ = [
    "BalanceAdmin",
    "BottleModelAdmin",
    "BottleMovementAdmin",
    "ContainerTypeAdmin",
    "DeclarationAdmin",
    "DepositAmountAdmin",
    "DepositCountAdmin",
    "InventoryAdmin",
    "MovementAdmin",
    "PaloxAdmin",
    "RejectReasonAdmin",
    "SortingBatchAdmin",
    "StoreContainerInline",
]
