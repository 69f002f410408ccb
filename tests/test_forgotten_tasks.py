"""A test that runs a worker does what it asks itself, and nothing that an earlier one left at the broker."""

from __future__ import annotations

import pytest

from lincassable.messaging import broker, tasks
from tests.worker import forget_tasks


@pytest.mark.django_db
def test_tasks_that_nobody_took_are_forgotten_once(monkeypatch):
    monkeypatch.setattr(broker, "_silent_until", 0.0)  # an earlier test may have found no broker
    forget_tasks()
    assert broker.ask(tasks.sweep)
    assert broker.ask(tasks.heartbeat)
    assert forget_tasks() == 2
    assert forget_tasks() == 0
