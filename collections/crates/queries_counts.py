"""What was counted last and what is expected now: shown to who counts, once they have counted. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from crates.models import ContainerType, Count
from crates.queries import stock_at
from crates.services.lines import CountedLine, id_of
from stores.models import Store


@dataclass(frozen=True)
class Known:
    """One kind of container at one place: what is expected (numbers of containers), and the last inventory, if any."""

    container_type: ContainerType
    expected: int
    expected_full: int
    last_total: int | None = None
    last_full: int | None = None
    last_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is anything to compare a count with: a first count surprises nobody."""
        return self.last_at is not None or self.expected != 0

    def is_surprised_by(self, total: int) -> bool:
        """Whether `total` is so far from what is expected that it should be counted once more."""
        return self.is_known and abs(total - self.expected) > self.container_type.count_tolerance


def known_at(store: Store, moment: datetime | None = None) -> dict[int, Known]:
    """Return what is known of `store` at `moment` (None: now), by container type id, in three queries.

    Kinds that it neither holds nor ever counted are absent (see `Known` for what that means: nothing to compare with).
    """
    moment = moment or timezone.now()
    held = {line.container_type.pk: line for line in stock_at(moment, store).get(store.pk, [])}
    counts = Count.objects.filter(store=store, at__lte=moment, pins_total=True, withdrawn=False).select_related("container_type")
    last = {count.container_type_id: count for count in counts.order_by("container_type_id", "-at", "-pk").distinct("container_type_id")}
    known = {}
    for pk in sorted(held.keys() | last.keys()):
        line, count = held.get(pk), last.get(pk)
        kind = line.container_type if line else last[pk].container_type
        known[pk] = Known(
            kind,
            line.total if line else 0,
            line.full if line else 0,
            count.total if count else None,
            count.full if count else None,
            count.at if count else None,
        )
    return known


def surprises(store: Store, moment: datetime, lines: Iterable[CountedLine]) -> list[tuple[CountedLine, Known]]:
    """Return the counted lines that should be counted once more, with what is known about each."""
    known = known_at(store, moment)
    found = [(line, known.get(id_of(line.container_type))) for line in lines]
    return [(line, fact) for line, fact in found if fact is not None and fact.is_surprised_by(line.total)]
