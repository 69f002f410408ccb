"""What one place of the demo network holds of one kind of container."""

from __future__ import annotations

import random
from dataclasses import dataclass

from crates.models import StoreContainer


@dataclass
class Shelf:
    """What one place holds of one kind of container, as the ledger knows it."""

    row: StoreContainer
    total: int
    full: int = 0
    bottles: float = 0.0  # brought back since, not yet in the ledger

    @property
    def size(self) -> int:
        """How many the place is meant to have."""
        return max(1, round((self.row.capacity or 1) * 0.85))

    def seen_full(self) -> int:
        """Return how many full ones a person would count."""
        filled = int(self.bottles // max(1, self.row.container_type.bottles))
        return min(self.total, self.full + filled)

    def slip(self, rng: random.Random) -> int:
        """Return by how many a driver's number differs from the plan: one in five is off by one, never with paloxes."""
        return rng.choice([0, 0, 0, 1, -1]) if self.size > 6 else 0
