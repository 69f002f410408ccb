"""kill -9 in the middle of 2,000 mails, and a broker that goes away: nothing is lost, and what comes twice is known beforehand."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import ExitStack

import pytest

from crates.models import Declaration
from lincassable.messaging import broker, tasks
from lincassable.messaging.mails import message_id_of
from lincassable.messaging.models import Message
from lincassable.messaging.tests.sink import running_sink
from lincassable.portal.tests.factories import answers, phone_of, send, use
from stores.tests.factories import ContactFactory, StoreFactory
from tests.worker import broker_at, redis_server, running_worker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
MAILS, KILLS = 2000, 5


def prepare(count: int) -> None:
    """Write `count` messages that wait."""
    Message.objects.bulk_create(
        [
            Message(
                dedupe_key=f"k{number}", kind="killed", to_email=f"p{number}@example.org", subject=f"Mail {number}", text="Bonjour.\n" * 20
            )
            for number in range(count)
        ],
        batch_size=500,
    )


def waiting() -> int:
    return Message.objects.filter(state=Message.WAITING).count()


# A worker that runs one task at a time has one mail in hand when it dies: with two of them, two could come twice.
def test_a_worker_killed_five_times_among_2000_mails_loses_none_and_doubles_at_most_one_each_time(tmp_path):
    prepare(MAILS)
    known: Counter[str] = Counter()
    with running_sink(tmp_path) as sink:
        for kill in range(1, KILLS + 1):
            goal = MAILS * kill // (KILLS + 1)
            with running_worker(tmp_path, email_url=sink.url, at_once=1) as worker:
                broker.ask(tasks.sweep)  # as the scheduler does every minute
                wait_for(lambda goal=goal: len(sink.taken()) >= goal, what=f"{goal} mails do not arrive")
                worker.kill()
            # What the server has and our rows do not know: that, and nothing else, will come twice.
            arrived = set(sink.taken())
            unstamped = {message_id_of(row) for row in Message.objects.filter(state=Message.WAITING)}
            doubles = arrived & unstamped
            assert len(doubles) <= 1
            known.update(doubles)
        with running_worker(tmp_path, email_url=sink.url, at_once=1):
            broker.ask(tasks.sweep)
            wait_for(lambda: not waiting(), what="the last mails do not leave")
        copies = Counter(sink.taken())
    assert set(copies) == {message_id_of(row) for row in Message.objects.all()}
    assert len(copies) == MAILS
    assert {one for one, number in copies.items() if number > 1} <= set(known)
    assert sum(copies.values()) - MAILS <= KILLS


@pytest.mark.redis_server
def test_while_the_broker_is_away_the_phone_still_declares_and_the_mails_leave_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr(broker, "_silent_until", 0.0)
    store = StoreFactory()
    use(store, "75")
    ContactFactory(store=store)
    phone = phone_of(store)
    with running_sink(tmp_path) as sink, ExitStack() as stack:
        server = ExitStack()
        url = server.enter_context(redis_server(tmp_path))
        stack.enter_context(broker_at(url))
        stack.enter_context(running_worker(tmp_path, broker=url, email_url=sink.url))
        server.close()  # Redis stops
        prepare(20)
        began = time.monotonic()
        assert send(phone, answers(wants_pickup="on")).status_code == 302
        assert time.monotonic() - began < 10
        assert Declaration.objects.filter(store=store).exists()
        assert waiting() >= 20
        stack.enter_context(redis_server(tmp_path, port=int(url.rpartition(":")[2].partition("/")[0])))
        wait_for(lambda: broker.ask(tasks.sweep), what="the broker does not come back")
        wait_for(lambda: not waiting(), what="the mails do not leave")
        assert len(set(sink.taken())) >= 20
