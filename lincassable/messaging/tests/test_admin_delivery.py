"""The queue's page, refused addresses, chat rooms and scheduled work in the admin: what each shows, and what its buttons do."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from lincassable.messaging import pausing, schedule_page
from lincassable.messaging.models import ChatRoom, Message, RefusedAddress
from lincassable.messaging.tests.factories import (
    ChatRoomFactory,
    MessageEventFactory,
    MessageFactory,
    RefusedAddressFactory,
    ScheduledRunFactory,
)
from lincassable.messaging.tests.test_admin import staff
from lincassable.schedule import BEAT_SCHEDULE

pytestmark = pytest.mark.django_db
READ, OPERATE = ("view_message",), ("view_message", "change_message")


def test_the_queue_says_what_waits_what_left_and_what_was_given_up(django_assert_max_num_queries):
    now = timezone.now()
    MessageFactory.create_batch(3)
    MessageFactory(next_try_at=now + timedelta(hours=1), attempts=1)
    for hours in (0, 0, 5, 30):
        MessageFactory(state="sent", sent_at=now - timedelta(hours=hours), fate="delivered", fate_at=now)
    MessageFactory.create_batch(2, state="failed", reason="recipient", last_error="550 5.1.1 unknown")
    MessageFactory(state="failed")
    client = staff(*READ)
    with django_assert_max_num_queries(30):
        page = client.get(reverse("admin:messaging_queue"))
    figures = page.context["figures"]
    assert (figures.waiting, figures.due, figures.tried, figures.last_hour, figures.sent) == (4, 3, 1, 2, 3)
    assert len(figures.hours) == 24
    assert {each.reason: each.number for each in figures.failures} == {"recipient": 2, "": 1}
    text = page.content.decode()
    assert 'data-failure="recipient"' in text
    assert "queue/pause/" not in text  # who may only look has no buttons
    assert 'role="img" aria-label="' in text


def test_pausing_and_resuming_holds_and_needs_the_right():
    assert staff(*READ).post(reverse("admin:messaging_queue_pause")).status_code == 403
    client = staff(*OPERATE)
    client.post(reverse("admin:messaging_queue_pause"), {"reason": "Server moves"})
    assert pausing.current().reason == "Server moves"
    page = client.get(reverse("admin:messaging_queue")).content.decode()
    assert 'data-switch="paused"' in page
    client.post(reverse("admin:messaging_queue_resume"))
    assert pausing.current() is None
    assert client.get(reverse("admin:messaging_queue_pause")).status_code == 405


def test_all_failures_of_a_reason_are_tried_again_with_one_button():
    MessageFactory.create_batch(2, state="failed", reason="content")
    MessageFactory(state="failed")
    client = staff(*OPERATE)
    client.post(reverse("admin:messaging_queue_retry", args=["content"]))
    assert Message.objects.filter(state="waiting").count() == 2
    client.post(reverse("admin:messaging_queue_retry", args=["none"]))
    assert Message.objects.filter(state="waiting").count() == 3
    assert client.post(reverse("admin:messaging_queue_retry", args=["nothing"])).status_code == 404


def test_a_message_shows_what_happened_and_is_tried_again_to_a_corrected_address():
    message = MessageFactory(state="failed", reason="recipient", to_email="anna@example.org")
    MessageEventFactory(message=message, kind="given_up", detail="550 no <script>")
    client = staff(*OPERATE)
    page = client.get(reverse("admin:messaging_message_change", args=[message.pk])).content.decode()
    assert 'data-event="given_up"' in page
    assert "550 no &lt;script&gt;" in page
    url = reverse("admin:messaging_message_operation", args=[message.pk, "retry"])
    for wrong in ("not an address", "a" * 250 + "@example.org", "ana@example.org\x00"):
        client.post(url, {"to_email": wrong})
    assert Message.objects.get(pk=message.pk).state == "failed"
    client.post(url, {"to_email": "ana@example.org"})
    message.refresh_from_db()
    assert (message.to_email, message.state) == ("ana@example.org", "waiting")


def test_mails_go_to_a_refused_address_again_when_somebody_says_so():
    row = RefusedAddressFactory()
    data = {"action": "lift_selected", "_selected_action": [row.pk]}
    staff("view_refusedaddress").post(reverse("admin:messaging_refusedaddress_changelist"), data)
    assert RefusedAddress.objects.get().lifted_at is None
    staff("view_refusedaddress", "change_refusedaddress").post(reverse("admin:messaging_refusedaddress_changelist"), data)
    row.refresh_from_db()
    assert row.lifted_at is not None
    assert row.lifted_by_kind == "user"


def test_the_page_of_a_refused_address_says_what_to_do_and_has_the_button_for_those_who_may():
    row = RefusedAddressFactory()
    page, lift = (reverse(f"admin:messaging_refusedaddress_{name}", args=[row.pk]) for name in ("change", "lift"))
    looking, operating = staff("view_refusedaddress"), staff("view_refusedaddress", "change_refusedaddress")
    assert "data-advice" in looking.get(page).content.decode()
    assert lift not in looking.get(page).content.decode()
    assert looking.post(lift).status_code == 403
    assert lift in operating.get(page).content.decode()
    for _twice in range(2):
        assert operating.post(lift).status_code == 302
    row.refresh_from_db()
    assert row.lifted_at is not None
    assert lift not in operating.get(page).content.decode()


def test_what_was_typed_of_a_rooms_address_is_there_again_when_something_is_wrong():
    client = staff("view_chatroom", "add_chatroom")
    page = client.post(reverse("admin:messaging_chatroom_add"), {**ROOM, "url": "https://10.0.0.1/hooks/mine"}).content.decode()
    assert not ChatRoom.objects.exists()
    assert 'value="https://10.0.0.1/hooks/mine"' in page


ROOM = {"name": "Team", "format": "slack", "topics": ["task_failed"], "language": "fr", "is_active": "on"}
URL = "https://chat.example.org/hooks/s3cret"


def test_a_rooms_address_is_typed_once_and_never_shown():
    client = staff("view_chatroom", "add_chatroom", "change_chatroom")
    refused = client.post(reverse("admin:messaging_chatroom_add"), {**ROOM, "url": ""})
    assert refused.status_code == 200
    assert not ChatRoom.objects.exists()
    client.post(reverse("admin:messaging_chatroom_add"), {**ROOM, "url": "http://chat.example.org/"})
    assert not ChatRoom.objects.exists()
    client.post(reverse("admin:messaging_chatroom_add"), {**ROOM, "url": URL})
    room = ChatRoom.objects.get()
    sealed = room.sealed_url
    for page in (reverse("admin:messaging_chatroom_change", args=[room.pk]), reverse("admin:messaging_chatroom_changelist")):
        text = client.get(page).content.decode()
        assert "s3cret" not in text
        assert sealed not in text
    client.post(reverse("admin:messaging_chatroom_change", args=[room.pk]), {**ROOM, "name": "All", "url": ""})
    room.refresh_from_db()
    assert (room.name, room.sealed_url) == ("All", sealed)


def test_the_test_button_says_why_nothing_arrived(settings):
    settings.CHAT_ALLOW_PRIVATE = True
    room = ChatRoomFactory(url="https://127.0.0.1/hooks/s3cret")
    settings.CHAT_ALLOW_PRIVATE = False
    assert staff("view_chatroom").post(reverse("admin:messaging_chatroom_test", args=[room.pk])).status_code == 403
    page = staff("view_chatroom", "change_chatroom").post(reverse("admin:messaging_chatroom_test", args=[room.pk]), follow=True)
    (said,) = [str(message) for message in page.context["messages"]]
    assert "127.0.0.1" in said
    assert "s3cret" not in said


def test_scheduled_work_shows_what_is_next_late_failed_and_never_ran():
    now = timezone.now()
    ScheduledRunFactory(slot=now - timedelta(days=2), started_at=now - timedelta(days=2), finished_at=now, succeeded=False, outcome="boom")
    ledger = ScheduledRunFactory(
        entry="ledger-check", task="crates.check_ledger", started_at=now, finished_at=now + timedelta(seconds=3), succeeded=True
    )
    page = staff("view_taskrun", "view_scheduledrun").get(reverse("admin:messaging_taskrun_changelist"))
    found = {entry.name: entry for entry in page.context["entries"]}
    assert (found["outbox-sweep"].late, found["outbox-sweep"].failures) == (True, 1)
    assert (found["ledger-check"].late, found["ledger-check"].seconds) == (False, 3.0)
    assert found["weekly-report"].started_at is None
    assert all(entry.next_at > now - timedelta(minutes=1) for entry in found.values())
    assert str(ledger) in f"{ledger}"


def test_every_entry_of_the_schedule_says_in_words_what_it_does():
    assert set(schedule_page.TITLES) == set(BEAT_SCHEDULE)
