"""Delivery over a real SMTP server: what arrives, what waits, what is given up."""

import socket
import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from lincassable.messaging import delivery
from lincassable.messaging.delivery import BEFORE_SEND, cancel, deliver, message_id_of, retry, sweep
from lincassable.messaging.enums import RETRY_PAUSES
from lincassable.messaging.models import Message
from lincassable.messaging.tests.factories import MessageFactory
from lincassable.messaging.tests.smtp import Mailserver

BY = SimpleNamespace(kind="user", id=1)


@pytest.fixture
def server(settings):
    with Mailserver() as running:
        running.use(settings)
        yield running


@pytest.mark.django_db
def test_a_message_arrives_with_both_bodies_and_honest_headers(server, settings):
    settings.REPLY_TO_EMAIL = "reponse@lincassable.example"
    message = MessageFactory(headers={"List-Id": "Tours <tours.lincassable.example>"})
    assert deliver(message.pk) is True
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("sent", 1, "")
    assert message.sent_at is not None
    (mail,) = server.mails
    assert mail["Subject"] == message.subject
    assert mail["To"].addresses[0].display_name == "Camille Lefèvre"
    assert mail["To"].addresses[0].addr_spec == message.to_email
    assert mail["Message-ID"] == message_id_of(message)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "reponse@lincassable.example"
    assert mail["List-Id"] == "Tours <tours.lincassable.example>"
    assert abs(mail["Date"].datetime - timezone.now()) < timedelta(minutes=1)
    assert mail.get_content_type() == "multipart/alternative"
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == message.text
    assert mail.get_body(("html",)).get_content().strip() == message.html


@pytest.mark.django_db
@pytest.mark.parametrize("name", ['Anne "Nana", épicière', "a@b <c@d>", "Ünï; (x)", ""])
def test_any_name_makes_one_recipient(server, name):
    message = MessageFactory(to_name=name)
    assert deliver(message.pk)
    (address,) = server.mails[0]["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, message.to_email)


@pytest.mark.django_db
def test_a_sent_message_is_never_sent_again(server):
    message = MessageFactory()
    assert [deliver(message.pk), deliver(message.pk), deliver(0), sweep()] == [True, False, False, 0]
    assert len(server.mails) == 1


@pytest.mark.django_db
def test_a_mail_server_that_asks_to_come_back_is_asked_again_after_growing_pauses_then_given_up_loudly(server, caplog):
    message = MessageFactory()
    server.answers[message.to_email] = "451 4.7.1 Greylisted, try again later"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for pause in RETRY_PAUSES:
            assert deliver(message.pk) is False
            message.refresh_from_db()
            assert message.state == "waiting"
            assert "Greylisted" in message.last_error
            assert message.next_try_at == timezone.now() + pause
            assert sweep() == 0  # not due yet
            clock.shift(pause)
        assert sweep() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", len(RETRY_PAUSES) + 1)
    assert [record.levelname for record in caplog.records if "given up" in record.message] == ["ERROR"]
    assert list(RETRY_PAUSES) == sorted(RETRY_PAUSES)


@pytest.mark.django_db
def test_a_greylisted_message_arrives_once_the_server_opens(server):
    message = MessageFactory()
    server.answers[message.to_email] = "451 later"
    deliver(message.pk)
    server.answers.clear()
    with time_machine.travel(timezone.now() + RETRY_PAUSES[0]):
        assert sweep() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("sent", 2, "")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["recipient", "content"])
def test_a_permanent_refusal_is_given_up_at_once(server, caplog, where):
    message = MessageFactory()
    if where == "recipient":
        server.answers[message.to_email] = "550 5.1.1 No such user"
    else:
        server.after_data = "554 5.7.1 No such user wants this"
    assert deliver(message.pk) is False
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 1)
    assert "No such user" in message.last_error
    assert "given up" in caplog.text


@pytest.mark.django_db
def test_one_refused_address_does_not_hold_the_others(server):
    bad, *good = MessageFactory.create_batch(3)
    server.answers[bad.to_email] = "550 no"
    assert sweep() == 2
    assert {mail["To"].addresses[0].addr_spec for mail in server.mails} == {message.to_email for message in good}


@pytest.mark.django_db
def test_a_mail_that_cannot_be_built_is_given_up_and_the_others_leave(server):
    bad = MessageFactory(to_email="not an address")
    MessageFactory()
    assert sweep() == 1
    bad.refresh_from_db()
    assert (bad.state, bool(bad.last_error)) == ("failed", True)


@pytest.mark.django_db
def test_a_sweep_uses_one_conversation(server):
    MessageFactory.create_batch(5)
    assert sweep() == 5
    assert server.conversations == 1


@pytest.mark.django_db
def test_a_server_that_ends_the_conversation_between_two_mails_is_called_again(server, settings):
    messages = MessageFactory.create_batch(2)
    with delivery.Round() as now:
        assert now.attempt(messages[0].pk, "email") == "sent"
        now.line("email").backend.connection.sock.shutdown(socket.SHUT_RDWR)
        assert now.attempt(messages[1].pk, "email") == "sent"
    assert (len(server.mails), server.conversations) == (2, 2)


@pytest.mark.django_db
def test_a_sweep_stops_at_a_server_that_cannot_be_reached_and_the_others_keep_their_tries(settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, not listening: refused
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.getsockname()
        first, second = MessageFactory.create_batch(2)
        assert sweep() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.attempts, second.state, second.attempts) == ("waiting", 1, "waiting", 0)


@pytest.mark.django_db
def test_a_server_that_says_nothing_is_left_after_the_timeout(settings):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = mute.getsockname()
        settings.EMAIL_TIMEOUT = 0.2
        message = MessageFactory()
        assert deliver(message.pk) is False
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 1)
    assert "timed out" in message.last_error


@pytest.mark.django_db
def test_a_sweep_begins_nothing_after_its_time(server):
    MessageFactory()
    assert sweep(until=0) == 0
    assert server.mails == []


@pytest.mark.django_db
def test_a_sweep_takes_the_longest_waiting_first_and_no_more_than_its_limit(server):
    now = timezone.now()
    late, later = (MessageFactory(next_try_at=now - timedelta(hours=hours)) for hours in (1, 2))
    MessageFactory(next_try_at=now + timedelta(hours=1))
    assert sweep(limit=1) == 1
    assert server.mails[0]["Message-ID"] == message_id_of(later)
    assert sweep() == 1
    assert server.mails[1]["Message-ID"] == message_id_of(late)


@pytest.mark.django_db
def test_a_message_that_is_no_longer_due_is_cancelled_instead_of_sent(server, monkeypatch):
    monkeypatch.setitem(BEFORE_SEND, "reminder", lambda message: message.subject == "still due")
    due, past = MessageFactory(kind="reminder", subject="still due"), MessageFactory(kind="reminder")
    assert sweep() == 1
    past.refresh_from_db()
    assert past.state == "cancelled"
    assert server.mails[0]["Message-ID"] == message_id_of(due)


@pytest.mark.django_db
def test_a_message_that_changes_after_the_sweep_has_listed_it_leaves_as_it_is_then_or_not_at_all(server, monkeypatch):
    MessageFactory(kind="reminder", next_try_at=timezone.now() - timedelta(hours=1))
    rewritten, moved, withdrawn, later = MessageFactory.create_batch(4, kind="other")

    def meanwhile(_message):
        Message.objects.filter(pk=rewritten.pk).update(text="The new text.\n", html="", headers={"X-Changed": "yes"})
        Message.objects.filter(pk=moved.pk).update(to_email="new@example.org")
        cancel(withdrawn, by=BY)
        Message.objects.filter(pk=later.pk).update(next_try_at=timezone.now() + timedelta(hours=1))
        return True

    monkeypatch.setitem(BEFORE_SEND, "reminder", meanwhile)
    assert sweep() == 3
    text, address = (next(mail for mail in server.mails if mail["Message-ID"] == message_id_of(each)) for each in (rewritten, moved))
    assert text.get_content().replace("\r\n", "\n") == "The new text.\n"
    assert text["X-Changed"] == "yes"
    assert address["To"].addresses[0].addr_spec == "new@example.org"
    assert [m.state for m in Message.objects.filter(pk__in=[withdrawn.pk, later.pk]).order_by("pk")] == ["cancelled", "waiting"]


@pytest.mark.django_db
def test_a_question_that_fails_defers_its_message_and_the_others_leave(server, monkeypatch):
    monkeypatch.setitem(BEFORE_SEND, "reminder", lambda message: Message.objects.raw("SELECT 1/0 AS id")[0].pk)
    asked = MessageFactory(kind="reminder")
    MessageFactory()
    assert sweep() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.attempts) == ("waiting", 1)
    assert "division by zero" in asked.last_error


@pytest.mark.django_db
def test_a_failed_message_can_be_tried_again_and_a_waiting_one_withdrawn(server):
    failed = MessageFactory(state=Message.FAILED, attempts=8, next_try_at=timezone.now() + timedelta(days=1))
    withdrawn = cancel(MessageFactory(), by=BY)
    assert (withdrawn.state, retry(failed, by=BY).attempts) == ("cancelled", 0)
    assert sweep() == 1
    assert server.mails[0]["Message-ID"] == message_id_of(failed)


@pytest.mark.django_db
@pytest.mark.parametrize("operation", [retry, cancel])
def test_a_sent_message_can_be_neither_retried_nor_withdrawn(operation):
    message = MessageFactory(state=Message.SENT, sent_at=timezone.now())
    with pytest.raises(ValidationError):
        operation(message, by=BY)


@pytest.mark.django_db(transaction=True)
def test_sweeps_and_deliveries_at_the_same_time_send_each_message_once(server):
    ids = [message.pk for message in MessageFactory.create_batch(40)]
    start, sent = threading.Barrier(8), []

    def work(number):
        start.wait(10)
        sent.append(sweep() if number % 2 else sum(deliver(pk) for pk in ids))
        connection.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(sent) == 40
    assert len(server.mails) == 40
    assert set(server.copies().values()) == {1}


@pytest.mark.django_db(transaction=True)
def test_a_message_being_sent_is_left_to_who_sends_it(server):
    message = MessageFactory()
    server.hold = threading.Event()
    outcome = []

    def work():
        outcome.append(deliver(message.pk))
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert server.holding.wait(10)
    assert [deliver(message.pk), sweep()] == [False, 0]
    server.hold.set()
    thread.join(10)
    assert outcome == [True]
    assert len(server.mails) == 1
