"""Many people at the same instant: nothing is lost, nothing is written twice, nobody waits for ever."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from crates.check import check_ledger
from crates.enums import Cause, Content
from crates.models import Balance, Declaration, Entry, Movement
from crates.services import (
    CountedLine,
    DeclaredLine,
    MovedLine,
    PickedLine,
    cancel,
    declare,
    post_pickup,
    record_inventory,
    record_transfer,
)
from crates.tests.factories import ContainerTypeFactory, HubFactory
from lincassable.accounts.actors import Actor
from stores.tests.factories import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)
BY = Actor.system()
THREADS, ROUNDS = 16, 8


def at_once(actions: list[Callable[[], object]]) -> list[object]:
    """Run the actions on a thread each, all starting together, and return what they returned or raised."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> object:
        try:
            start.wait(30)
            return action()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def failures(results: list[object]) -> list[object]:
    return [result for result in results if isinstance(result, Exception)]


def test_sixteen_threads_over_two_stores_and_their_hubs_in_both_directions_lose_nothing():
    kind = ContainerTypeFactory()
    stores, hubs = [StoreFactory(), StoreFactory()], [HubFactory(), HubFactory()]
    moment = timezone.now() - dt.timedelta(hours=1)

    def worker(number: int) -> Callable[[], object]:
        store, hub = stores[number % 2], hubs[number // 2 % 2]

        def work() -> None:
            for turn in range(ROUNDS):
                key = uuid.uuid4()
                if number % 4 < 2:
                    post_pickup(store, hub, [PickedLine(kind, 3, 2)], key=key, occurred_at=moment, by=BY)
                elif turn % 2:
                    record_transfer(
                        hub, store, [MovedLine(kind, Content.EMPTY, 1)], key=key, occurred_at=moment, by=BY, cause=Cause.DELIVERY
                    )
                else:
                    record_transfer(store, hub, [MovedLine(kind, Content.EMPTY, 1)], key=key, occurred_at=moment, by=BY)

        return work

    assert failures(at_once([worker(number) for number in range(THREADS)])) == []
    assert Movement.objects.count() == THREADS * ROUNDS
    assert check_ledger() == []
    held = {(row.store_id, row.content): row.quantity for row in Balance.objects.all()}
    pickups = 4 * ROUNDS  # four of the sixteen threads collect from each store
    assert [held[store.pk, "full"] for store in stores] == [-3 * pickups] * 2
    assert sum(held.values()) == 0


def test_counts_declarations_and_pickups_of_one_place_at_once_leave_every_count_true():
    kind, store, hub = ContainerTypeFactory(), StoreFactory(), HubFactory()
    now = timezone.now()

    def worker(number: int) -> Callable[[], object]:
        moment, key = now - dt.timedelta(hours=number % 5), uuid.uuid4()
        return [
            lambda: declare(store, key=key, lines=[DeclaredLine(kind, number)], by=BY, occurred_at=moment),
            lambda: record_inventory(store, key=key, counted_at=moment, lines=[CountedLine(kind, 20, number)], by=BY),
            lambda: record_inventory(store, key=key, counted_at=moment, lines=[CountedLine(kind, 25)], by=BY),
            lambda: post_pickup(store, hub, [PickedLine(kind, number, 1)], key=key, occurred_at=moment, by=BY),
        ][number % 4]

    assert failures(at_once([worker(number) for number in range(THREADS)])) == []
    assert check_ledger() == []


def test_one_form_sent_by_sixteen_threads_is_one_declaration():
    kind, store, key = ContainerTypeFactory(), StoreFactory(), uuid.uuid4()
    send = lambda: declare(store, key=key, lines=[DeclaredLine(kind, 14, 20)], by=BY)  # noqa: E731
    results = at_once([send] * THREADS)
    assert failures(results) == []
    assert len({result.pk for result in results}) == Declaration.objects.count() == 1
    assert sum(not result.replayed for result in results) == 1
    assert Entry.objects.filter(content=Content.FULL).get().quantity == 14


def test_one_pickup_sent_by_sixteen_threads_is_one_movement():
    kind, store, hub, key = ContainerTypeFactory(), StoreFactory(), HubFactory(), uuid.uuid4()
    moment = timezone.now()
    results = at_once([lambda: post_pickup(store, hub, [PickedLine(kind, 5, 0)], key=key, occurred_at=moment, by=BY)] * THREADS)
    assert failures(results) == []
    assert Movement.objects.count() == 1
    assert Balance.objects.get(store=hub, content=Content.FULL).quantity == 5


def test_the_same_key_at_two_places_at_once_is_still_one_movement():
    kind, key, moment = ContainerTypeFactory(), uuid.uuid4(), timezone.now()
    places = [(StoreFactory(), HubFactory()) for _ in range(4)]
    results = at_once(
        [lambda place=place: post_pickup(*place, [PickedLine(kind, 5, 0)], key=key, occurred_at=moment, by=BY) for place in places]
    )
    assert failures(results) == []
    assert Movement.objects.count() == 1
    assert check_ledger() == []


def test_a_movement_cancelled_by_sixteen_threads_is_cancelled_once():
    kind, store, hub = ContainerTypeFactory(), StoreFactory(), HubFactory()
    movement = post_pickup(store, hub, [PickedLine(kind, 5, 0)], key=uuid.uuid4(), occurred_at=timezone.now(), by=BY)
    results = at_once([lambda: cancel(movement, by=BY, reason="never happened")] * THREADS)
    assert len(failures(results)) == THREADS - 1
    assert all(isinstance(error, ValidationError) for error in failures(results))
    assert set(Balance.objects.values_list("quantity", flat=True)) == {0}
