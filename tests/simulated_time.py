"""A Celery application whose tasks live at the time they were due: `celery -A tests.simulated_time worker`, one process per worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import time_machine

from lincassable.celery import app
from lincassable.slots import SLOT, Task

__all__ = ["app"]
_plain_call = Task.__call__


def _call_when_due(self: Task, *arguments: Any, **named: Any) -> Any:
    """Run the task with the clock standing a second after its slot, so that all it computes is of that moment."""
    slot = (self.request.headers or {}).get(SLOT)
    if slot is None:
        return _plain_call(self, *arguments, **named)
    with time_machine.travel(datetime.fromisoformat(slot).timestamp() + 1, tick=True):
        return _plain_call(self, *arguments, **named)


Task.__call__ = _call_when_due  # type: ignore[method-assign]
app.Task.__call__ = _call_when_due
