"""Eighteen months of deposit counts for three shops in five: mostly on time, now and then forgotten or put right."""

from __future__ import annotations

import datetime as dt
import random
import uuid

from crates.models import DepositAmount, DepositCount
from crates.models.deposits import next_month
from crates.queries_deposits import last_complete_month
from lincassable.demo.history import GROWTH_PER_YEAR, SEASONS, History
from lincassable.demo.rows import insert
from stores.enums import Kind, Role, Status
from stores.models import Contact, Store

SHARE = 0.6  # of the shops
FORGOTTEN, LATE, CORRECTED = 0.03, 0.25, 0.02  # months never told, last month not told yet, months told twice
USUAL_BOTTLES = 140  # charged in a usual month at a usual shop


def tell_deposits(history: History, rng: random.Random) -> int:
    """Write the counts that shops declared up to the story's end, and who is asked for them; return how many counts."""
    amounts = list(DepositAmount.objects.order_by("-amount_eur"))
    shops = [store for store in history.network.stores if store.kind == Kind.SHOP and store.status == Status.ACTIVE]
    chosen = [store for store in shops if rng.random() < SHARE]
    counts: list[DepositCount] = []
    for store in chosen:
        counts += _counts_of(store, history, amounts, rng)
    insert(DepositCount, counts)
    Contact.objects.filter(store__in=[store.pk for store in chosen], role=Role.MANAGER).update(wants_deposit_mails=True)
    return len(counts)


def _counts_of(store: Store, history: History, amounts: list[DepositAmount], rng: random.Random) -> list[DepositCount]:
    """Return one shop's counts, month by month since it joined."""
    size, rate, small = USUAL_BOTTLES * rng.lognormvariate(0, 0.5), rng.uniform(0.45, 0.9), rng.random() < 0.4
    last = last_complete_month(history.today)
    month, counts = history.joined[store.pk].replace(day=1), []
    while month <= last:
        growth = GROWTH_PER_YEAR ** ((month - history.today).days / 365)
        told = rng.random() > (LATE if month == last else FORGOTTEN)
        at = history.at(next_month(month).replace(day=rng.randint(2, 12)), rng.uniform(9, 18))
        key, again = _uuid(rng), _uuid(rng)
        for amount, share in zip(amounts, (1.0, 0.3), strict=False):
            charged = round(size * share * SEASONS[month.month - 1] * growth * rng.uniform(0.8, 1.2))
            refunded = round(charged * min(1.1, rate * rng.uniform(0.75, 1.2)))
            if not told or at.date() >= history.today or (share < 1 and not small):
                continue
            row = {"store": store, "month": month, "amount": amount, "refunded": refunded}
            if rng.random() < CORRECTED:
                counts.append(DepositCount(key=key, **row, charged=charged * 10, declared_at=at, recorded_at=at, is_current=False))
                at, key, again = at + dt.timedelta(hours=1), again, _uuid(rng)  # each correction is a form of its own
            counts.append(DepositCount(key=key, **row, charged=charged, declared_at=at, recorded_at=at))
        month = next_month(month)
    return counts


def _uuid(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)
