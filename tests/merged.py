"""Two rows for one place, and what is looked at when they are merged."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Sum
from django.utils import timezone

from crates.models import Balance
from crates.queries import stock_of
from crates.services import record_purchase
from lincassable.accounts.actors import Actor
from lincassable.accounts.tests.factories import UserFactory
from lincassable.portal.tests.factories import container, use
from stores.models import Store
from stores.tests.factories import StoreFactory

BY = Actor.system()


def two_rows():
    """Two rows for the same shop, both with crates; the first is the one to go."""
    loser, winner = StoreFactory(name="Épicerie du Port"), StoreFactory(name="Epicerie du port")
    for store, crates in ((loser, 30), (winner, 10)):
        use(store, "75")
        record_purchase(store, container(), crates, key=uuid.uuid4(), occurred_at=ago(10), by=BY)
    return loser, winner


def ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def stock(store: Store) -> tuple[int, int]:
    """Full and total 75 cl crates."""
    lines = [line for line in stock_of(store) if line.container_type.code == "75"]
    return (lines[0].full, lines[0].total) if lines else (0, 0)


def everywhere() -> list[tuple]:
    return list(Balance.objects.order_by("container_type", "content").values_list("container_type", "content").annotate(Sum("quantity")))


def fresh(store: Store) -> Store:
    return Store.objects.get(pk=store.pk)


def user() -> Actor:
    return Actor.of_user(UserFactory(role="coordinator"))
