"""What the admin says of a message: no code, what to do, who acted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone, translation

from lincassable.messaging import admin_words, delivery, pausing
from lincassable.messaging.admin_base import Asker
from lincassable.messaging.enums import Fate, Reason
from lincassable.messaging.models import Message
from lincassable.messaging.tests.factories import MessageFactory

pytestmark = pytest.mark.django_db
WAITING, FAILED, SENT, CANCELLED = Message.WAITING, Message.FAILED, Message.SENT, Message.CANCELLED


def page_of(client, message):
    address = reverse("admin:messaging_message_change", args=[message.pk])
    return client.get(address, headers={"Accept-Language": "en"}).content.decode()


def shown(page):
    """The words of a page as a person sees them, without the part for whoever runs the site."""
    body = page[page.index("data-advice") : page.index("data-mail-text")]
    return re.sub(r"<[^>]+>", " ", re.split("for whoever runs the site", body, flags=re.IGNORECASE)[0])


@pytest.mark.parametrize("reason", Reason.values)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_reason_to_give_up_says_what_to_do(reason, language):
    message = MessageFactory(state=FAILED, reason=reason, attempts=8, last_error="550 5.1.1 unknown")
    with translation.override(language):
        advice = admin_words.advice(message)
        assert str(Reason(reason).label) in advice.sentence
    assert (advice.level, bool(advice.to_do)) == ("bad", True)


@pytest.mark.parametrize("fate", Fate.values)
def test_each_fate_is_told(fate):
    message = MessageFactory(state=SENT, sent_at=timezone.now(), fate=fate, fate_at=timezone.now())
    with translation.override("en"):
        advice = admin_words.advice(message)
        assert admin_words.standing(message)[1] == str(Fate(fate).label)
    assert bool(advice.to_do) == (fate != Fate.DELIVERED)
    assert advice.level == {"delivered": "good", "deferred": "wait"}.get(fate, "bad")


def test_what_waits_says_until_when_and_why():
    with translation.override("en"):
        assert "within a minute" in admin_words.advice(MessageFactory(state=WAITING)).sentence
        later = MessageFactory(state=WAITING, attempts=2, reason=Reason.LATER, next_try_at=timezone.now() + timedelta(hours=1))
        assert "come back later" in admin_words.advice(later).sentence
        pausing.pause(by=Asker("system", None))
        assert "paused" in admin_words.advice(later).sentence


def test_the_page_of_a_message_shows_no_code(admin_client):
    message = MessageFactory(
        kind="tour_awaiting", state=FAILED, reason=Reason.NO_SERVER, channel="email", language="fr", last_error="timed out"
    )
    words = shown(page_of(admin_client, message))
    for code in ("tour_awaiting", "no_server", "failed", "email", "None"):
        assert code not in words, code
    with translation.override("en"):
        assert admin_words.kind_label("tour_awaiting") in words


def test_the_list_shows_and_filters_kinds_by_their_names(admin_client):
    MessageFactory(kind="tour_awaiting", to_email="quai@carrier.example")
    MessageFactory(kind="mailing", to_email="boutique@points.example")
    answer = admin_client.get(reverse("admin:messaging_message_changelist"), {"kind": "mailing"}, headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert "boutique@points.example" in page
    assert "quai@carrier.example" not in page
    assert ">mailing<" not in page


def test_whoever_acted_is_named(admin_client):
    user = get_user_model().objects.get()
    message = MessageFactory(state=FAILED, reason=Reason.LATER)
    delivery.cancel(delivery.retry(message, by=Asker("user", user.pk)), by=Asker("user", user.pk + 1))
    found = [line.detail for line in admin_words.history(message)]
    assert found[0] == str(user)
    assert "user" not in found[1] or "account" in found[1]
    assert f"user {user.pk}" not in page_of(admin_client, message)


def test_what_a_message_tells_of_is_led_to_for_those_who_may_see_it(admin_client):
    user = get_user_model().objects.get()
    message = MessageFactory(subject_kind="user", subject_id=user.pk)
    words, url = admin_words.about(message, user)
    assert str(user) in words
    assert url == reverse("admin:accounts_user_change", args=[user.pk])
    other = get_user_model().objects.create_user(email="x@example.org")
    assert admin_words.about(message, other)[1] == ""
    assert str(user) not in admin_words.about(message, other)[0]
    for gone in (MessageFactory(subject_kind="user", subject_id=10**9), MessageFactory(subject_kind="nothing-like-it", subject_id=1)):
        assert admin_words.about(gone, user)[1] == ""
