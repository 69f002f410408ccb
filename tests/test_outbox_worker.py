"""The outbox with a real Celery worker, a real broker and a real mail server: what a kill -9 costs, and what it does not."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest
from django.db import transaction

from lincassable.messaging import broker, tasks
from lincassable.messaging.models import Message, TaskRun
from lincassable.messaging.services import Recipient, enqueue
from lincassable.messaging.tests.factories import MessageFactory
from lincassable.messaging.tests.smtp import Mailserver
from tests.worker import broker_at, redis_server, running_worker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["embedded", pytest.param("debian", marks=pytest.mark.redis_server)])
def broker_url(request, tmp_path, monkeypatch):
    """The embedded Valkey, then Debian's redis-server."""
    monkeypatch.setattr(broker, "_silent_until", 0.0)
    with ExitStack() as stack:
        if request.param == "debian":
            url = stack.enter_context(redis_server(tmp_path))
            stack.enter_context(broker_at(url))
        yield stack


@pytest.fixture
def server():
    with Mailserver() as running:
        yield running


def deliverable() -> Message:
    """A committed message that a worker is asked to deliver, as `enqueue` does."""
    message = MessageFactory()
    assert broker.ask(tasks.deliver, message.pk)
    return message


def arrived(message: Message) -> bool:
    return Message.objects.filter(pk=message.pk, state=Message.SENT).exists()


def test_a_message_leaves_as_soon_as_its_fact_is_committed(broker_url, tmp_path, server):
    with running_worker(tmp_path, email_url=server.url):
        with transaction.atomic():
            message = enqueue("test", to=Recipient("ana@example.org", "Ana"), context={}, dedupe_key="k")
        wait_for(lambda: arrived(message))
    assert [mail["Subject"] for mail in server.mails] == [message.subject]


@pytest.mark.parametrize(("moment", "copies"), [("before the server has it", 1), ("after the server has it", 2)])
def test_a_worker_killed_in_the_middle_of_a_delivery_loses_nothing(broker_url, tmp_path, server, moment, copies):
    server.hold, server.hold_at = threading.Event(), "RCPT" if copies == 1 else "DATA"
    others = MessageFactory.create_batch(3)
    with running_worker(tmp_path, email_url=server.url) as worker:
        message = deliverable()
        assert server.holding.wait(90)
        worker.kill()
    server.hold.set()
    assert Message.objects.filter(state=Message.WAITING).count() == 4
    with running_worker(tmp_path, email_url=server.url):
        broker.ask(tasks.sweep)  # as the scheduler does every minute
        wait_for(lambda: all(map(arrived, [message, *others])))
    counts = server.copies()
    assert sum(counts.values()) == 3 + copies
    assert len(counts) == 4


def test_scheduled_tasks_leave_the_row_of_their_last_run(broker_url, tmp_path):
    with running_worker(tmp_path):
        broker.ask(tasks.heartbeat)
        run = wait_for(TaskRun.objects.filter(name="messaging.heartbeat", succeeded=True).first)
    assert run.finished_at is not None


def test_a_broker_that_is_down_delays_nobody_and_the_sweep_delivers_later(tmp_path, server):
    with broker_at("redis://127.0.0.1:1/0"):
        before = time.monotonic()
        with transaction.atomic():
            messages = [enqueue("test", to=Recipient("ana@example.org"), context={}, dedupe_key=f"k{n}") for n in range(20)]
        assert time.monotonic() - before < 3
    with running_worker(tmp_path, email_url=server.url):
        broker._silent_until = 0.0
        assert broker.ask(tasks.sweep)
        wait_for(lambda: all(map(arrived, messages)))
    assert len(server.mails) == 20
