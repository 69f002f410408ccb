"""The statement that writes rows of the outbox keeps every value as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from lincassable.messaging.models import Message
from lincassable.messaging.writing import insert

pytestmark = pytest.mark.django_db
ODD = 'a "quoted" word, a \\ stroke, {braces}, NULL, %s, é\nand a line'


def row(number: int, **values: object) -> Message:
    """An unsaved row."""
    return Message(**{"dedupe_key": f"key-{number}", "kind": "test", "to_email": "a@b.example", "subject": "x", "text": "x", **values})


def test_every_value_comes_back_as_it_was():
    later = timezone.now() + timedelta(days=1)
    rows = [
        row(1, text=ODD, html="", headers={"X": ODD}, attachments=[{"name": ODD}], subject_id=None, next_try_at=later),
        row(2, text="", html=ODD, headers={}, attachments=[], subject_id=7, attempts=3, last_error=ODD),
    ]
    assert insert(rows) == 2
    for written in rows:
        found = Message.objects.get(pk=written.pk)
        for column in Message._meta.concrete_fields:
            assert getattr(found, column.attname) == getattr(written, column.attname), column.name


def test_a_key_that_exists_is_left_alone_and_not_counted():
    first, second = row(1, text="first"), row(1, text="second")
    assert insert([first]) == 1
    assert insert([second, row(2)]) == 1
    assert second.pk is None
    assert Message.objects.get(dedupe_key="key-1").text == "first"
    assert insert([]) == 0
