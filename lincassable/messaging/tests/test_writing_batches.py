"""Many messages are written in batches: all of them or none, and what goes wrong is told."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, transaction

from lincassable.messaging.enums import BATCH_SIZE
from lincassable.messaging.models import Message
from lincassable.messaging.services import Prepared, Recipient, enqueue_many

WHEN = datetime(2026, 7, 6, 5, 0, tzinfo=UTC)
FR = Recipient("ana@example.org", "Ana", "fr")
pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3 * BATCH_SIZE + 7


def mails(number=MANY, **odd):
    """`number` mails; `odd`: other values of those with these numbers, as m17={…}."""
    for n in range(number):
        fields = {"context": {"what": f"crate {n}", "when": WHEN}, "subject_id": n} | odd.get(f"m{n}", {})
        yield Prepared("sample", FR, dedupe_key=f"many:{n:05}", **fields)


def test_each_row_has_its_own_text_and_those_written_are_counted():
    with transaction.atomic():
        assert enqueue_many(mails(BATCH_SIZE + 3)) == BATCH_SIZE + 3
        assert enqueue_many(mails()) == MANY - BATCH_SIZE - 3
    assert Message.objects.count() == MANY
    assert all(f"crate {n} " in text for n, text in Message.objects.values_list("subject_id", "text"))


@pytest.mark.parametrize("number", [3, BATCH_SIZE + 3, MANY - 1])
@pytest.mark.parametrize("odd", [{"subject_id": 2**70}, {"subject_kind": "\0"}])
def test_what_cannot_be_inserted_is_told_whichever_batch_it_is_in(number, odd):
    with pytest.raises(DataError), transaction.atomic():
        enqueue_many(mails(**{f"m{number}": odd}))
    assert not Message.objects.exists()


@pytest.mark.parametrize("number", [3, BATCH_SIZE + 3, MANY - 1])
def test_what_cannot_be_rendered_is_told_and_nothing_is_left(number):
    class Broken:
        def __str__(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue_many(mails(**{f"m{number}": {"context": {"what": Broken(), "when": WHEN}}}))
    assert not Message.objects.exists()
    with transaction.atomic():
        assert enqueue_many(mails()) == MANY
