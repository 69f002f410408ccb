"""Questions about sorted and washed bottles: what is where, what a batch yields, how many are lost on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet, Sum

from crates.enums import BottleAct, BottleStage
from crates.models import BottleModel, BottleMovement, ContainerType, RejectReason, SortingBatch, SortingReject
from stores.models import Store


@dataclass(frozen=True, slots=True)
class BottleStock:
    """Bottles of one model, in one stage, at one place. A negative figure means that a movement is missing or wrong."""

    store: Store
    bottle_model: BottleModel
    stage: str
    quantity: int

    @property
    def is_doubtful(self) -> bool:
        """Whether the figure cannot be."""
        return self.quantity < 0


def bottle_stock(at: datetime | None = None, store: Store | None = None) -> list[BottleStock]:
    """Return the bottles of every model, stage and place, without zeros, by place, model and stage; four queries.

    Arguments: `at`, as it stood then (facts of that very moment included), None for now; `store`, one place only.
    """
    rows = BottleMovement.objects.order_by() if at is None else BottleMovement.objects.filter(occurred_at__lte=at).order_by()
    sums: defaultdict[tuple[int, int, str], int] = defaultdict(int)
    for side, sign in (("to", 1), ("from", -1)):
        here = rows.exclude(**{f"{side}_stage": ""})
        if store is not None:
            here = here.filter(**{f"{side}_store": store})
        grouped = here.values_list(f"{side}_store", "bottle_model", f"{side}_stage").annotate(Sum("quantity"))
        for place, model, stage, quantity in grouped:
            sums[place, model, stage] += sign * quantity
    stores = Store.objects.in_bulk({place for place, _model, _stage in sums})
    models = BottleModel.objects.in_bulk({model for _place, model, _stage in sums})
    stages = BottleStage.values
    lines = [BottleStock(stores[place], models[model], stage, quantity) for (place, model, stage), quantity in sums.items() if quantity]
    lines.sort(
        key=lambda line: (line.store.name, line.store.pk, line.bottle_model.position, line.bottle_model.code, stages.index(line.stage))
    )
    return lines


def by_model(lines: Iterable[BottleStock]) -> list[tuple[BottleModel, dict[str, int]]]:
    """Return the sums of a stock per model: {stage: bottles}, in the order of screens."""
    sums: dict[int, tuple[BottleModel, dict[str, int]]] = {}
    for line in lines:
        _model, stages = sums.setdefault(line.bottle_model.pk, (line.bottle_model, dict.fromkeys(BottleStage.values, 0)))
        stages[line.stage] += line.quantity
    return sorted(sums.values(), key=lambda row: (row[0].position, row[0].code))


@dataclass(frozen=True, slots=True)
class Yield:
    """What came out of the containers of a batch: bottles counted against what the containers hold when full."""

    expected: int
    accepted: int
    rejected: int

    @property
    def counted(self) -> int:
        """All bottles that were counted."""
        return self.accepted + self.rejected

    @property
    def rate(self) -> float | None:
        """The share that can be used again, in % of what was counted; None when nothing was."""
        return round(100 * self.accepted / self.counted, 1) if self.counted else None

    @property
    def gap_percent(self) -> int | None:
        """By how much the count differs from what was expected, in % of it; None when nothing was expected."""
        return round(100 * (self.counted - self.expected) / self.expected) if self.expected else None

    @property
    def is_odd(self) -> bool:
        """Whether the bottles do not match the containers: to look at once more, never refused."""
        if not self.expected:
            return bool(self.counted)
        return abs(self.counted - self.expected) * 100 > settings.SORTING_TOLERANCE_PERCENT * self.expected


def yield_of(intakes: Iterable[tuple[ContainerType, int]], accepted: int, rejected: int) -> Yield:
    """Return the yield of containers emptied, from (container type, number) and the bottles counted."""
    return Yield(sum(kind.bottles * number for kind, number in intakes), accepted, rejected)


def yields_of(batches: Iterable[SortingBatch]) -> dict[int, Yield]:
    """Return the yield of each batch by its id, in three queries."""
    ids = [batch.pk for batch in batches]
    rows = SortingBatch.objects.filter(pk__in=ids).order_by()
    expected: defaultdict[int, int] = defaultdict(int)
    for pk, bottles, number in rows.values_list("pk", "intakes__container_type__bottles", "intakes__quantity"):
        expected[pk] += (bottles or 0) * (number or 0)
    kept = BottleMovement.objects.filter(batch__in=ids, reverses=None).order_by()
    accepted = dict(kept.values_list("batch").annotate(Sum("quantity")))
    rejected = dict(SortingReject.objects.filter(batch__in=ids).order_by().values_list("batch").annotate(Sum("quantity")))
    return {pk: Yield(expected[pk], accepted.get(pk, 0), rejected.get(pk, 0)) for pk in ids}


@dataclass(frozen=True, slots=True)
class Losses:
    """What was lost between the crate and the producer over a time: the reject rate is measured, not assumed."""

    accepted: int
    rejected: list[tuple[RejectReason, int]]
    washed: int
    broken: int
    delivered: int

    @property
    def rejected_total(self) -> int:
        """All rejected bottles."""
        return sum(number for _reason, number in self.rejected)

    @property
    def reject_percent(self) -> float | None:
        """Rejected bottles in % of those sorted; None when nothing was sorted."""
        counted = self.accepted + self.rejected_total
        return round(100 * self.rejected_total / counted, 1) if counted else None

    @property
    def broken_percent(self) -> float | None:
        """Bottles broken at washing, in % of those washed; None when nothing was washed."""
        counted = self.washed + self.broken
        return round(100 * self.broken / counted, 1) if counted else None


def losses(since: datetime, until: datetime) -> Losses:
    """Return what was accepted, rejected, washed, broken and delivered after `since` and up to `until`; three queries."""
    moved = standing().filter(occurred_at__gt=since, occurred_at__lte=until).order_by()
    sums = dict(moved.values_list("kind").annotate(Sum("quantity")))
    batches = SortingBatch.objects.filter(cancelled_at=None, sorted_at__gt=since, sorted_at__lte=until)
    counted = SortingReject.objects.filter(batch__in=batches).order_by().values_list("reason").annotate(Sum("quantity"))
    numbers = dict(counted)
    reasons = RejectReason.objects.filter(pk__in=numbers)
    return Losses(
        accepted=sums.get(BottleAct.SORTED, 0),
        rejected=[(reason, numbers[reason.pk]) for reason in reasons],
        washed=sums.get(BottleAct.WASHED, 0),
        broken=sums.get(BottleAct.BROKEN, 0),
        delivered=sums.get(BottleAct.DELIVERED, 0),
    )


def standing() -> QuerySet[BottleMovement]:
    """Return the movements of bottles that hold: no reversals, nothing that was taken back."""
    return BottleMovement.objects.filter(Q(reverses=None) & Q(reversed_by=None))


def recent_moves(number: int) -> list[BottleMovement]:
    """Return the last ways of bottles after the sorting table, of the whole network, newest first, without those taken back."""
    rows = standing().exclude(kind=BottleAct.SORTED).select_related("bottle_model", "from_store", "to_store")
    return list(rows.order_by("-occurred_at", "-pk")[:number])
