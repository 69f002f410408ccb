"""What is asked of the figures: which days, which part of the network, told apart by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lincassable.reporting.figures.enums import Dimension, Preset
from lincassable.reporting.figures.periods import Period


@dataclass(frozen=True)
class Asked:
    """A question.

    Arguments: filters, ids by dimension; 0 is “none” (a tour without a zone). by: by what the table tells figures apart.
    is_before: the question is about the year before `period`.
    """

    period: Period
    filters: Mapping[Dimension, int] = field(default_factory=dict)
    by: Dimension | None = None
    is_before: bool = False

    @property
    def looked_at(self) -> Period:
        """The period whose rows count."""
        return (self.period.year_before if self.is_before else None) or self.period

    @property
    def before(self) -> Asked | None:
        """The same question about the year before; None when there is nothing to compare with."""
        return replace(self, is_before=True) if self.period.year_before else None

    def only(self, **filters: int) -> Asked:
        """Return the same question about a smaller part of the network."""
        return replace(self, filters={**self.filters, **{Dimension(name): key for name, key in filters.items()}})

    def query(self, **more: Any) -> dict[str, Any]:
        """Return the parameters of an address that asks the same."""
        found: dict[str, Any] = {"period": str(self.period.preset)}
        if self.period.preset == Preset.FREE:
            found |= {"since": self.period.first.isoformat(), "until": self.period.last.isoformat()}
        found |= {str(dimension): key for dimension, key in self.filters.items()}
        if self.is_before:
            found["before"] = 1
        return found | more
