"""Before and after in the demo network: reports that become fewer where a team was trained, and go on elsewhere. All invented."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from django.utils import timezone

from awareness.enums import TrainingState
from awareness.models import Training
from lincassable.accounts.models import User
from lincassable.demo.events import at_hour
from lincassable.demo.rows import insert
from nonconformities.enums import Source, State, Step
from nonconformities.models import NonConformity, NonConformityKind, NonConformityLog
from nonconformities.services.common import due_day
from stores.enums import Kind, Status
from stores.models import Store

KINDS = ("unrinsed", "wrong-crate", "foreign", "over-full", "broken", "missing")
STEADY = 30  # shops without a training whose reports go on as before
BUSY = 9  # of them, those that report as much as the busiest trained one
QUARTER = 92  # days
ANSWER = "Vu avec l'équipe."


def tell_effects(stores: list[Store], handler: User, today: dt.date, rng: random.Random) -> int:
    """Write reports around the trainings of the last year, and all year long in shops without one; return how many."""
    shops = {store.pk: store for store in stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE}
    held = Training.objects.filter(state=TrainingState.DONE, store__in=shops)
    recent = held.filter(starts_at__date__gt=today - dt.timedelta(days=330), starts_at__date__lt=today - dt.timedelta(days=120))
    trained = list(recent.order_by("starts_at", "pk"))
    untrained = sorted(set(shops) - set(held.values_list("store_id", flat=True)))
    steady = rng.sample(untrained, min(STEADY, len(untrained)))
    days: list[tuple[int, dt.date]] = []
    for pk in steady:
        every = rng.uniform(19, 30)
        days += [(pk, today - dt.timedelta(days=round(number * every + rng.uniform(0, 9)))) for number in range(round(440 / every))]
    for number, training in enumerate(trained):
        day, is_busy = timezone.localtime(training.starts_at).date(), number == 0
        before, after = (rng.randint(10, 11), 1) if is_busy else (rng.randint(3, 6), rng.choice([0, 1, 1, 2]))
        days += _around(training.store_id, day, before, after, rng)
        for pk in steady[:BUSY] if is_busy else []:
            days += _around(pk, day, 6, 6, rng)
    kinds = list(NonConformityKind.objects.filter(code__in=KINDS).order_by("code"))
    rows = [_row(shops[pk], rng.choice(kinds), day, rng) for pk, day in days if day < today]
    insert(NonConformity, rows)
    insert(NonConformityLog, [line for row in rows for line in _log(row, handler)])
    return len(rows)


def _around(place: int, day: dt.date, before: int, after: int, rng: random.Random) -> list[tuple[int, dt.date]]:
    """Return so many days in the quarter before a day, and in the one after."""
    earlier = [day - dt.timedelta(days=rng.randint(8, QUARTER)) for _number in range(before)]
    return [(place, each) for each in [*earlier, *(day + dt.timedelta(days=rng.randint(8, QUARTER)) for _number in range(after))]]


def _row(store: Store, kind: NonConformityKind, day: dt.date, rng: random.Random) -> NonConformity:
    at = at_hour(day, 9) + dt.timedelta(minutes=rng.randint(0, 500))
    closed = min(at + dt.timedelta(days=rng.randint(1, 9)), timezone.now())
    return NonConformity(
        key=uuid.UUID(int=rng.getrandbits(128), version=4), kind=kind, severity=kind.severity, state=State.RESOLVED, answer=ANSWER,
        store=store, source=Source.STORE, occurred_at=at, recorded_at=at, closed_at=closed, changed_at=closed, quantity=rng.randint(1, 18),
        due_on=due_day(kind, kind.severity, day), actor_kind="link",
    )  # fmt: skip


def _log(row: NonConformity, handler: User) -> list[NonConformityLog]:
    return [
        NonConformityLog(nonconformity=row, step=Step.REPORTED, to_state=State.REPORTED, at=row.recorded_at, actor_kind="link"),
        NonConformityLog(nonconformity=row, step=Step.MOVED, to_state=row.state, at=row.changed_at, actor_kind="user", actor_id=handler.pk),
    ]
