"""Rows for tests."""

from __future__ import annotations

import factory
from django.utils import timezone

from lincassable.messaging.announcing import topics
from lincassable.messaging.chat import seal_url
from lincassable.messaging.models import ChatRoom, Message, MessageEvent, RefusedAddress, ScheduledRun, SendingPause, TaskRun


class MessageFactory(factory.django.DjangoModelFactory):
    """A message that waits and is due."""

    class Meta:
        model = Message

    dedupe_key = factory.Sequence(lambda number: f"test:{number}")
    kind = "test"
    to_email = factory.Sequence(lambda number: f"camille{number}@example.org")
    to_name = "Camille Lefèvre"
    language = "fr"
    subject = factory.Sequence(lambda number: f"Tournée n° {number}")
    text = "Bonjour,\nla tournée passe demain.\n"
    html = "<p>Bonjour,<br>la tournée passe demain.</p>"


class TaskRunFactory(factory.django.DjangoModelFactory):
    """A scheduled task that ended well."""

    class Meta:
        model = TaskRun

    name = factory.Sequence(lambda number: f"test.task{number}")
    started_at = factory.LazyFunction(timezone.now)
    finished_at = factory.LazyFunction(timezone.now)
    succeeded = True


class MessageEventFactory(factory.django.DjangoModelFactory):
    """A mail that was delivered."""

    class Meta:
        model = MessageEvent

    message = factory.SubFactory(MessageFactory)
    kind = "delivered"
    at = factory.LazyFunction(timezone.now)


class RefusedAddressFactory(factory.django.DjangoModelFactory):
    """An address that bounced."""

    class Meta:
        model = RefusedAddress

    email = factory.Sequence(lambda number: f"nobody{number}@example.org")
    why = "bounced"
    detail = "550 5.1.1 No such user"


class SendingPauseFactory(factory.django.DjangoModelFactory):
    """A pause in force."""

    class Meta:
        model = SendingPause

    reason = "Holidays"


class ScheduledRunFactory(factory.django.DjangoModelFactory):
    """A run that is under way."""

    class Meta:
        model = ScheduledRun

    entry = "outbox-sweep"
    task = "messaging.sweep"
    slot = factory.LazyFunction(timezone.now)
    task_id = factory.Sequence(str)
    started_at = factory.LazyFunction(timezone.now)


class ChatRoomFactory(factory.django.DjangoModelFactory):
    """A room that is told of everything; `url` is where it is."""

    class Meta:
        model = ChatRoom
        exclude = ["url"]

    name = factory.Sequence(lambda number: f"Room {number}")
    url = "https://chat.example.org/hooks/secret"
    sealed_url = factory.LazyAttribute(lambda room: seal_url(room.url))
    topics = factory.LazyFunction(lambda: [topic.name for topic in topics()])
