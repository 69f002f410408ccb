"""The engine: batches at a pace, nobody twice, whatever is killed, paused or run at once."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from lincassable.mailings import services
from lincassable.mailings.enums import Progress, Reason, State
from lincassable.mailings.models import Mailing, MailingRecipient
from lincassable.mailings.services import batches
from lincassable.mailings.tests.factories import BY, MailingFactory, begun, people
from lincassable.messaging import delivery
from lincassable.messaging.models import Message, RefusedAddress
from stores.enums import Status
from stores.models import Contact, Store
from stores.tests.factories import ContactFactory

MORNING = dt.datetime(2026, 11, 23, 8, 0, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def state_of(mailing: Mailing) -> str:
    """Its state now."""
    return Mailing.objects.get(pk=mailing.pk).state


def at(moment: dt.datetime) -> time_machine.travel:
    """Stop the clock there."""
    return time_machine.travel(moment, tick=False)


@pytest.mark.django_db
def test_a_mailing_begins_at_its_hour_and_not_before(django_capture_on_commit_callbacks):
    with at(MORNING):
        people(3)
        mailing = services.schedule(MailingFactory(), MORNING + 2 * MINUTE, by=BY)
        assert services.run()["begun"] == 0
    with at(MORNING + 2 * MINUTE):
        assert services.run() == {"begun": 1, "handed over": 3}
    mailing.refresh_from_db()
    assert (mailing.state, mailing.started_at) == (State.DONE, MORNING + 2 * MINUTE)
    assert sorted(Message.objects.values_list("to_email", flat=True)) == [f"personne{n}@boutique.example" for n in range(3)]
    assert services.run() == {"begun": 0, "handed over": 0}
    assert Message.objects.count() == 3


@pytest.mark.django_db
def test_a_missed_hour_is_caught_up(settings):
    with at(MORNING):
        people(2)
        services.schedule(MailingFactory(), MORNING + MINUTE, by=BY)
    with at(MORNING + dt.timedelta(days=2)):
        assert services.run()["handed over"] == 2


@pytest.mark.django_db
def test_the_list_is_frozen_when_the_mailing_begins():
    people(2)
    mailing = begun()
    ContactFactory(email="late@x.example")
    ContactFactory(email="")
    services.run()
    assert not Message.objects.filter(to_email="late@x.example").exists()
    assert mailing.recipients.count() == 2


# What leaves in which minute, when a worker looks every minute: (rate of the mailing, of the network, recipients, messages by minute)
PACES = [
    (120, 6000, 7, {0: 2, 1: 2, 2: 2, 3: 1}),
    (None, 60, 3, {0: 1, 1: 1, 2: 1}),
    (3, 6000, 5, {0: 1, 1: 1, 2: 1, 3: 0, 30: 0, 59: 0, 60: 1, 61: 1}),  # three in any hour
    (6000, 6000, 150, {0: 100, 1: 50}),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("rate", "network", "count", "minutes"), PACES)
def test_a_mailing_keeps_its_pace_and_that_of_the_network(rate, network, count, minutes, settings):
    settings.MAILINGS_PER_HOUR = network
    people(count)
    with at(MORNING):
        mailing = begun(MailingFactory(), per_hour=rate)
    found = []
    for number in minutes:
        with at(MORNING + number * MINUTE):
            found.append(services.run()["handed over"])
            assert services.run()["handed over"] == 0, "a second worker in the same minute"
    assert found == list(minutes.values())
    assert state_of(mailing) == State.DONE


@pytest.mark.django_db
def test_two_mailings_share_the_pace_of_the_network(settings):
    settings.MAILINGS_PER_HOUR = 300
    people(20)
    with at(MORNING):
        begun()
        begun()
        assert services.run()["handed over"] == 5
    for number in range(1, 8):
        with at(MORNING + number * MINUTE):
            services.run()
    assert Message.objects.count() == 40


@pytest.mark.django_db
def test_pausing_stops_it_in_the_middle_and_going_on_sends_the_rest_once(settings):
    settings.MAILINGS_PER_HOUR = 240
    people(10)
    with at(MORNING):
        mailing = begun()
        services.run()
        services.pause(mailing, by=BY)
        assert Message.objects.count() == 4
    with at(MORNING + 5 * MINUTE):
        assert services.run()["handed over"] == 0
        services.resume(mailing, by=BY)
        services.run()
    for number in range(6, 9):
        with at(MORNING + number * MINUTE):
            services.run()
    assert Message.objects.count() == 10
    assert Message.objects.values("to_email").distinct().count() == 10
    assert [row.to_state for row in mailing.log.order_by("pk")] == ["scheduled", "sending", "paused", "sending", "done"]


@pytest.mark.django_db
def test_cancelling_the_rest_withdraws_what_lies_in_the_outbox_and_keeps_what_has_left(settings):
    settings.MAILINGS_PER_HOUR = 120
    people(5)
    with at(MORNING):
        mailing = begun()
        services.run()
        first, second = Message.objects.order_by("pk")
        assert delivery.deliver(first.pk)
        services.cancel_rest(mailing, by=BY)
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == [Message.SENT, Message.CANCELLED]
    assert mailing.recipients.filter(progress=Progress.CANCELLED).count() == 3
    with at(MORNING + MINUTE):
        assert services.run()["handed over"] == 0
    for refused in (services.resume, services.pause, services.resend_failed, services.cancel_rest):
        with pytest.raises(ValidationError):
            refused(mailing, by=BY)
    Message.objects.filter(pk=second.pk).update(state=Message.WAITING)
    assert not delivery.deliver(second.pk), "asked again before it leaves"


@pytest.mark.django_db
def test_who_leaves_or_stops_mailings_before_their_turn_is_left_out():
    gone, archived, stopped, moved, bounced, stays = people(6)
    mailing = begun()
    Contact.objects.filter(pk=gone.pk).delete()
    Store.objects.filter(pk=archived.store_id).update(status=Status.ARCHIVED)
    Contact.objects.filter(pk=stopped.pk).update(wants_mailings=False)
    Contact.objects.filter(pk=moved.pk).update(email="new@x.example")
    RefusedAddress.objects.create(email=bounced.email, why="bounced")
    services.run()
    assert list(Message.objects.values_list("to_email", flat=True)) == [stays.email]
    found = list(mailing.recipients.order_by("pk").values_list("reason", flat=True))
    assert found == [Reason.NO_CONTACT, Reason.ARCHIVED, Reason.UNSUBSCRIBED, Reason.CHANGED, Reason.BOUNCED, ""]
    assert state_of(mailing) == State.DONE


@pytest.mark.django_db
def test_who_stops_mailings_while_the_mail_lies_in_the_outbox_does_not_get_it(client):
    (contact,) = people(1)
    begun()
    services.run()
    message = Message.objects.get()
    address = message.headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert client.get(address).status_code == 200
    contact.refresh_from_db()
    assert contact.wants_mailings, "a GET changes nothing"
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    contact.refresh_from_db()
    assert not contact.wants_mailings
    assert contact.wants_pickup_mails
    Message.objects.update(state=Message.WAITING)
    assert not delivery.deliver(message.pk)
    message.refresh_from_db()
    assert message.state == Message.CANCELLED


@pytest.mark.django_db
def test_an_address_is_in_the_list_once_and_the_database_says_so():
    contact = ContactFactory(email="a@x.example")
    mailing = begun()
    with pytest.raises(IntegrityError, match="mailing_once_per_address"), transaction.atomic():
        MailingRecipient.objects.create(mailing=mailing, store=contact.store, email="a@x.example")


@pytest.mark.django_db
def test_the_failed_are_sent_again_as_the_same_message_and_a_corrected_address_takes_its_turn():
    broken, wrong, fine = people(3)
    mailing = begun()
    services.run()
    Message.objects.filter(to_email=fine.email).update(state=Message.SENT, sent_at=timezone.now())
    Message.objects.exclude(to_email=fine.email).update(state=Message.FAILED)
    Contact.objects.filter(pk=wrong.pk).update(email="Right@x.example")
    assert services.resend_failed(mailing, by=BY) == 2
    assert state_of(mailing) == State.SENDING
    services.run()
    assert state_of(mailing) == State.DONE
    states = dict(Message.objects.values_list("to_email", "state"))
    assert states == {broken.email: "waiting", wrong.email: "failed", fine.email: "sent", "right@x.example": "waiting"}
    with pytest.raises(ValidationError):
        services.resend_failed(mailing, by=BY)


@pytest.mark.django_db
def test_a_text_that_cannot_be_filled_in_any_more_pauses_the_mailing_and_hands_nothing_over():
    people(2)
    mailing = begun()
    Mailing.objects.filter(pk=mailing.pk).update(body_fr="{{ nothing_like_it }}")
    services.run()
    assert state_of(mailing) == State.PAUSED
    assert "nothing_like_it" in mailing.log.order_by("-pk")[0].note
    assert not Message.objects.exists()
    assert mailing.recipients.filter(progress=Progress.WAITING).count() == 2


@pytest.mark.django_db
def test_a_worker_killed_in_the_middle_of_a_batch_leaves_nothing_half_done(monkeypatch):
    people(5)
    mailing = begun()

    def killed(*_arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(batches, "_tie", killed)  # the messages are written, the rows not yet marked
        with pytest.raises(SystemExit):
            services.run()
    assert not Message.objects.exists()
    assert mailing.recipients.filter(progress=Progress.WAITING).count() == 5
    services.run()
    assert Message.objects.count() == 5
    assert mailing.recipients.filter(message__isnull=False).count() == 5


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_to_each_address_once(settings):
    settings.MAILINGS_PER_HOUR = 6000
    people(60)
    services.schedule(MailingFactory(), None, by=BY)
    services.schedule(MailingFactory(), None, by=BY)
    start = threading.Barrier(4)

    def work() -> int:
        try:
            start.wait(20)
            return sum(services.run()["handed over"] for _ in range(3))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = [future.result(60) for future in [pool.submit(work) for _ in range(4)]]
    services.run()
    assert sum(found) <= 100
    assert Message.objects.count() == MailingRecipient.objects.filter(progress=Progress.HANDED_OVER).count()
    pairs = list(Message.objects.values_list("subject_id", flat=True))
    assert len(pairs) == len(set(pairs)) == 100
    assert MailingRecipient.objects.values("mailing", "email").distinct().count() == 120


@pytest.mark.django_db
def test_thousands_of_recipients_cost_a_batch_no_more_questions_than_twenty(settings):
    settings.MAILINGS_PER_HOUR = 1200
    people(3_000)
    with at(MORNING):
        mailing = services.schedule(MailingFactory(body_fr="{{ store_page }}"), None, by=BY, per_hour=600)
    counts = []
    for number, rate in enumerate((600, 1200)):
        Mailing.objects.update(per_hour=rate)
        with at(MORNING + (number + 1) * MINUTE):
            if not number:
                services.run()
            with CaptureQueriesContext(connection) as queries, at(MORNING + (number + 5) * MINUTE):
                counts.append((services.run()["handed over"], len(queries)))
    assert mailing.recipients.count() == 3_000
    assert [count for count, _queries in counts] == [10, 20]
    assert counts[0][1] == counts[1][1] <= 25
