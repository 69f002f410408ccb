"""Two runs at the same moment, in threads of their own: one mail each."""

from __future__ import annotations

import threading

import pytest
import time_machine
from django.db import connection

from lincassable.messaging.models import Message
from lincassable.reminders import engine
from lincassable.reminders.models import Told
from lincassable.reminders.tests.tables import PARIS
from stores.tests.factories import ContactFactory, StoreFactory


@pytest.mark.django_db(transaction=True)
def test_runs_at_the_same_moment_write_each_mail_once():
    from datetime import datetime

    joined, now = datetime(2026, 6, 10, 10, tzinfo=PARIS), datetime(2026, 8, 10, 10, tzinfo=PARIS)
    for number in range(30):
        ContactFactory(store=StoreFactory(created_at=joined), email=f"boutique{number}@points.example")
    start, summaries = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            summaries.append(engine.send_due(now))
        finally:
            connection.close()

    with time_machine.travel(now, tick=False):
        threads = [threading.Thread(target=run) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [summary.failed for summary in summaries] == [[]] * 4
    assert sum(summary.mails for summary in summaries) == 30
    assert Message.objects.count() == Message.objects.values("to_email").distinct().count() == 30
    assert Told.objects.filter(rule="references-stale").count() == 30
