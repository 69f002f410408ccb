"""Every write to the crate ledger. Callers import from here: `from crates.services import declare, DeclaredLine`."""

from crates.services.counts import record_inventory, reinstate_inventory, replace_inventory, withdraw_inventory
from crates.services.declarations import accept_held, declare, refuse_held, withdraw_declaration
from crates.services.ledger import (
    cancel,
    correct,
    lock_stores,
    moved_lines,
    origin_of,
    pickup_lines,
    post_movement,
    post_pickup,
    record_purchase,
    record_transfer,
    record_write_off,
    why_not_reversible,
)
from crates.services.lines import CountedLine, DeclaredLine, Line, MovedLine, PickedLine

__all__ = [
    "CountedLine",
    "DeclaredLine",
    "Line",
    "MovedLine",
    "PickedLine",
    "accept_held",
    "cancel",
    "correct",
    "declare",
    "lock_stores",
    "moved_lines",
    "origin_of",
    "pickup_lines",
    "post_movement",
    "post_pickup",
    "record_inventory",
    "record_purchase",
    "record_transfer",
    "record_write_off",
    "refuse_held",
    "reinstate_inventory",
    "replace_inventory",
    "why_not_reversible",
    "withdraw_declaration",
    "withdraw_inventory",
]
