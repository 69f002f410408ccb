"""kill -9 in the middle of a mailing: while its batch is written, and while its mails leave. Each address gets it, once."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from lincassable.mailings import services, tasks
from lincassable.mailings.earlier import _BATCHES
from lincassable.mailings.enums import Progress, State
from lincassable.mailings.models import Mailing
from lincassable.mailings.tests.factories import BY, MailingFactory, people
from lincassable.messaging import broker
from lincassable.messaging import tasks as messaging_tasks
from lincassable.messaging.mails import message_id_of
from lincassable.messaging.models import Message
from lincassable.messaging.tests.sink import running_sink
from tests.worker import running_worker, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, BATCHES_KILLED, DELIVERIES_KILLED = 400, 2, 2


def a_batch_is_being_written() -> bool:
    """Whether a worker holds the lock under which rows are marked and their messages written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted)", [_BATCHES])
        return bool(cursor.fetchone()[0])


def handed_over(mailing: Mailing) -> set[str]:
    """The addresses whose row says that their message was written."""
    return set(mailing.recipients.filter(progress=Progress.HANDED_OVER, message__isnull=False).values_list("email", flat=True))


def kill_while_writing(tmp_path, mailing, worker_of) -> None:
    """Kill the worker while it writes a batch: what is written and what is known as handed over are the same, all or nothing."""
    with running_worker(tmp_path, **worker_of) as worker:
        broker.ask(tasks.next_batch)
        wait_for(a_batch_is_being_written, what="no batch is written")
        worker.kill()
    wait_for(lambda: not a_batch_is_being_written(), what="the dead worker's transaction does not end")
    written = set(Message.objects.values_list("to_email", flat=True))
    assert written == handed_over(mailing)
    assert Message.objects.count() in (0, PEOPLE)


# A worker that runs one task at a time has one mail in hand when it dies.
def test_a_mailing_whose_worker_is_killed_again_and_again_reaches_each_address_once(tmp_path):
    people(PEOPLE)
    mailing = services.schedule(MailingFactory(), None, by=BY, any_hour=True)
    known: set[str] = set()
    with running_sink(tmp_path) as sink:
        worker_of = {"email_url": sink.url, "at_once": 1, "MAILINGS_PER_HOUR": "100000"}
        for _kill in range(BATCHES_KILLED):
            kill_while_writing(tmp_path, mailing, worker_of)
        for kill in range(1, DELIVERIES_KILLED + 1):
            goal = PEOPLE * kill // (DELIVERIES_KILLED + 1)
            with running_worker(tmp_path, **worker_of) as worker:
                broker.ask(tasks.next_batch)
                wait_for(lambda: Message.objects.exists(), what="nothing is handed over")
                broker.ask(messaging_tasks.sweep)
                wait_for(lambda goal=goal: len(sink.taken()) >= goal, what=f"{goal} mails do not arrive")
                worker.kill()
            unstamped = {message_id_of(row) for row in Message.objects.filter(state=Message.WAITING)}
            doubles = set(sink.taken()) & unstamped
            assert len(doubles) <= 1
            known |= doubles
        with running_worker(tmp_path, **worker_of):
            broker.ask(tasks.next_batch)
            broker.ask(messaging_tasks.sweep)
            wait_for(lambda: not Message.objects.filter(state=Message.WAITING).exists(), what="the last mails do not leave")
        copies = Counter(sink.taken())
    mailing.refresh_from_db()
    assert mailing.state == State.DONE
    assert mailing.log.filter(to_state=State.SENDING).count() == 1  # the list was made once
    # One message for each address, whatever was killed when…
    rows = list(Message.objects.all())
    assert Counter(row.to_email for row in rows) == {f"personne{number}@boutique.example": 1 for number in range(PEOPLE)}
    assert set(copies) == {message_id_of(row) for row in rows}
    # … and the server has each once, but for those in hand when a worker died, which are known.
    assert {one for one, number in copies.items() if number > 1} <= known
    assert sum(copies.values()) - PEOPLE <= DELIVERIES_KILLED
