"""What providers tell afterwards, by their real webhook formats; and what a refusal changes."""

import base64
import hashlib
import hmac
import itertools
import json
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from lincassable.messaging import addresses, delivery, pausing
from lincassable.messaging.mails import message_id_of
from lincassable.messaging.models import Message, MessageEvent, RefusedAddress
from lincassable.messaging.tests.factories import (
    MessageEventFactory,
    MessageFactory,
    RefusedAddressFactory,
    ScheduledRunFactory,
    SendingPauseFactory,
)
from lincassable.messaging.tests.smtp import Mailserver

pytestmark = pytest.mark.django_db
BY = SimpleNamespace(kind="user", id=1)
SECRET = "brevo:s3cret"


@pytest.fixture
def brevo(settings, client):
    """A call of Brevo's webhook about a message; returns the response."""
    settings.MAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRET = "brevo", SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}

    def tell(message: Message, event: str, *, at: int = 1_790_000_000_000, auth: str = SECRET, **changed: object):
        told = {
            "event": event,
            "email": message.to_email,
            "ts_epoch": at,
            "message-id": "<p@smtp-relay.mailin.fr>",
            "X-Mailin-custom": json.dumps({"message": message_id_of(message).strip("<>")}),
            "reason": "it said so",
        }
        headers = {"Authorization": "Basic " + base64.b64encode(auth.encode()).decode()} if auth else {}
        body = json.dumps({**told, **changed})
        return client.post(reverse("mail_events", args=["brevo"]), body, content_type="application/json", headers=headers)

    return tell


def sent(**columns: object) -> Message:
    return MessageFactory(state=Message.SENT, sent_at=timezone.now(), attempts=1, **columns)


def test_a_delivered_mail_is_known_as_delivered_and_its_history_keeps_each_step(brevo):
    message = sent()
    for kind in ("request", "deferred", "delivered", "opened", "click"):
        assert brevo(message, kind).status_code == 200
    message.refresh_from_db()
    assert (message.state, message.fate, message.fate_at is not None) == ("sent", "delivered", True)
    assert list(message.events.values_list("kind", "source")) == [("deferred", "brevo"), ("delivered", "brevo")]


@pytest.mark.parametrize("order", list(itertools.permutations(["deferred", "delivered", "hard_bounce", "complaint"]))[::5])
def test_events_in_any_order_and_twice_end_the_same(brevo, order):
    message = sent()
    for kind in [*order, *order]:
        assert brevo(message, kind).status_code == 200
    message.refresh_from_db()
    assert message.fate == "complained"
    assert message.events.count() == 4
    assert [(row.why, row.email) for row in RefusedAddress.objects.all()] == [("complained", message.to_email)]


@pytest.mark.parametrize(("kind", "refused"), [("hard_bounce", True), ("invalid_email", True), ("soft_bounce", False), ("blocked", False)])
def test_only_a_bounce_for_good_stops_the_address(brevo, kind, refused):
    message = sent()
    brevo(message, kind)
    message.refresh_from_db()
    assert message.fate == "bounced"
    assert RefusedAddress.objects.exists() is refused


@pytest.mark.parametrize("auth", ["", "brevo:wrong", "other:s3cret"])
def test_without_the_secret_nothing_is_believed(brevo, auth):
    message = sent()
    assert brevo(message, "hard_bounce", auth=auth).status_code == 403
    assert not MessageEvent.objects.exists()


def test_without_any_secret_set_every_call_is_refused(brevo, settings):
    settings.MAIL_WEBHOOK_SECRET, settings.ANYMAIL = "", {}
    assert brevo(sent(), "delivered").status_code == 503


def test_another_provider_than_the_one_in_use_is_not_there(brevo, client):
    assert client.post(reverse("mail_events", args=["postmark"]), "{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize("body", ["", "nonsense", "[1]", '{"event": 1}', "null", "{}"])
def test_nonsense_is_refused_and_breaks_nothing(brevo, client, body):
    headers = {"Authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()}
    response = client.post(reverse("mail_events", args=["brevo"]), body, content_type="application/json", headers=headers)
    assert response.status_code in (200, 400)
    assert not MessageEvent.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [{"ts_epoch": 1e300}, {"ts_epoch": 10**19}, {"message-id": "a\x00b"}, {"reason": "a\x00b"}, {"email": "a\x00@example.org"}],
)
def test_an_event_with_impossible_values_is_no_error_of_ours(brevo, odd):
    assert brevo(sent(), "hard_bounce", **odd).status_code in (200, 400)


def test_too_much_and_too_often_is_refused(brevo, settings):
    message = sent()
    settings.MAIL_WEBHOOK_MAX_BYTES = 50
    assert brevo(message, "delivered").status_code == 413
    settings.MAIL_WEBHOOK_RATE_LIMIT = 1
    assert brevo(message, "delivered").status_code == 429


def test_messages_that_are_not_ours_are_tolerated(brevo):
    message = sent()
    for reference in ("999999999.aaaa@example.org", f"{message.pk}.0000000000000000@x", "x", "٣.a@b", "9" * 40 + ".a@b"):
        custom = json.dumps({"message": reference})
        assert brevo(message, "hard_bounce", **{"X-Mailin-custom": custom, "message-id": "unknown"}).status_code == 200
    assert brevo(message, "hard_bounce", email="somebody.else@example.org").status_code == 200
    assert not MessageEvent.objects.exists()
    assert not RefusedAddress.objects.exists()


def test_the_providers_own_number_is_enough(brevo):
    message = sent(provider_id="<p@smtp-relay.mailin.fr>")
    brevo(message, "delivered", **{"X-Mailin-custom": "{}"})
    assert Message.objects.get(pk=message.pk).fate == "delivered"


def test_a_mail_that_left_though_our_worker_died_is_not_sent_again(brevo):
    message = MessageFactory()
    brevo(message, "delivered")
    message.refresh_from_db()
    assert (message.state, message.fate) == ("sent", "delivered")


def test_mailguns_signature_is_checked(client, settings):
    settings.MAIL_PROVIDER, settings.MAIL_WEBHOOK_SECRET = "mailgun", ""
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": "key"}
    message = sent()
    reference = message_id_of(message).strip("<>")

    def tell(key: bytes):
        stamp, token = "1790000000", "t" * 50
        signature = hmac.new(key, f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        data = {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "id": "e1",
            "timestamp": 1790000000.5,
            "recipient": message.to_email,
            "user-variables": {"message": reference},
            "message": {"headers": {"message-id": reference}},
            "delivery-status": {"code": 550, "message": "5.1.1 unknown"},
        }
        body = json.dumps({"signature": {"timestamp": stamp, "token": token, "signature": signature}, "event-data": data})
        return client.post(reverse("mail_events", args=["mailgun"]), body, content_type="application/json").status_code

    assert tell(b"wrong") == 403
    assert tell(b"key") == 200
    assert Message.objects.get(pk=message.pk).fate == "bounced"
    assert RefusedAddress.objects.get().email == message.to_email


@pytest.fixture
def server(settings):
    with Mailserver() as running:
        running.use(settings)
        yield running


def test_an_unknown_address_is_refused_at_once_and_nothing_more_is_sent_there_until_somebody_says_so(server, monkeypatch):
    told = []
    monkeypatch.setattr(addresses, "ON_REFUSED", [told.append])
    first, second = MessageFactory.create_batch(2, to_email="Nobody@example.org")
    server.answers["Nobody@example.org"] = "550 5.1.1 No such user"
    assert delivery.sweep() == 0
    second.refresh_from_db()
    assert (second.state, second.reason, len(told)) == ("cancelled", "refused", 1)
    row = RefusedAddress.objects.get()
    with pytest.raises(ValidationError):
        delivery.retry(first, by=BY)
    corrected = delivery.retry(first, by=BY, to_email="somebody@example.org")
    assert (corrected.to_email, corrected.state) == ("somebody@example.org", "waiting")
    server.answers.clear()
    assert delivery.deliver(first.pk)
    addresses.lift(row, by=BY)
    addresses.lift(row, by=BY)
    delivery.retry(second, by=BY)
    assert delivery.deliver(second.pk)
    assert [event.kind for event in first.events.all()] == ["given_up", "retried"]


def test_a_refusal_that_says_nothing_of_the_address_stops_nothing_else(server):
    message = MessageFactory()
    server.answers[message.to_email] = "550 relay access denied"
    delivery.sweep()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "recipient")
    assert not RefusedAddress.objects.exists()


def test_a_handler_that_fails_does_not_undo_the_refusal(monkeypatch):
    def broken(row: RefusedAddress) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(addresses, "ON_REFUSED", [broken])
    assert addresses.refuse("a@example.org", why="bounced", detail="", message=None) is not None
    assert addresses.refuse("A@example.org", why="bounced", detail="", message=None) is None
    assert addresses.refused(["a@EXAMPLE.org", "b@example.org", ""]) == {"a@example.org"}


def test_while_sending_is_paused_everything_waits(server):
    message = MessageFactory()
    first = pausing.pause(by=BY, reason="a")
    assert pausing.pause(by=BY, reason="b") == first
    assert (delivery.deliver(message.pk), delivery.sweep()) == (False, 0)
    assert pausing.resume(by=BY) is True
    assert pausing.resume(by=BY) is False
    assert delivery.sweep() == 1


def test_all_that_was_given_up_for_one_reason_is_tried_again_but_for_refused_addresses(server):
    bad = MessageFactory(state="failed", reason="content", to_email=RefusedAddressFactory().email)
    good = MessageFactory(state="failed", reason="content")
    other = MessageFactory(state="failed", reason="other")
    assert delivery.retry_failed("content", by=BY) == 1
    assert [Message.objects.get(pk=one.pk).state for one in (bad, good, other)] == ["failed", "waiting", "failed"]
    assert delivery.sweep() == 1


def test_no_header_comes_twice_and_the_domains_are_one(server, settings):
    settings.REPLY_TO_EMAIL = "general@lincassable.example"
    headers = {"reply-to": "own@lincassable.example", "date": "never", "List-Unsubscribe": "<https://x.example/>", "MESSAGE-ID": "<x@y>"}
    message = MessageFactory(headers=headers, kind="weekly_store")
    delivery.BEFORE_SEND.pop("x", None)
    from lincassable.messaging.mails import mail_of

    mail = mail_of(message).message()
    names = [name.lower() for name in mail]
    assert sorted(names) == sorted(set(names))
    assert mail["reply-to"] == "own@lincassable.example"
    assert mail["List-Id"] == "<weekly-store.lincassable.example>"
    assert mail["Message-ID"].rpartition("@")[2] == "lincassable.example>"
    assert mail["From"].rstrip(">").endswith("@lincassable.example")
    assert max(len(line) for line in mail.as_bytes().splitlines()) < 998


def refuses(constraint: str, make) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()


def test_each_constraint_holds():
    now = timezone.now()
    refuses("message_fate_has_a_time", lambda: MessageFactory(fate="delivered"))
    refuses("message_other_channel_has_a_target", lambda: MessageFactory(channel="chat"))
    RefusedAddressFactory(email="a@example.org")
    refuses("refused_address_once", lambda: RefusedAddressFactory(email="A@example.org"))
    RefusedAddressFactory(email="a@example.org", lifted_at=now)
    SendingPauseFactory()
    refuses("in_force", SendingPauseFactory)
    refuses("sending_pause_in_force_until_resumed", lambda: SendingPauseFactory(in_force=None))
    run = ScheduledRunFactory()
    refuses("scheduled_run_once", lambda: ScheduledRunFactory(slot=run.slot))
    refuses("scheduled_run_ended_somehow", lambda: ScheduledRunFactory(finished_at=now, entry="x"))
    event = MessageEventFactory(event_id="a")
    refuses("event_id", lambda: MessageEventFactory(event_id="a", message=event.message))
