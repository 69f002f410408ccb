"""Rows for tests."""

from __future__ import annotations

import factory
from django.utils import timezone

from lincassable.messaging.models import Message, TaskRun


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
