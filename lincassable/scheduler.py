"""The scheduler: django-celery-beat's (rows that the admin can pause), which writes into each message the time it was due for."""

from __future__ import annotations

from typing import Any

from celery.beat import ScheduleEntry
from django.utils import timezone
from django_celery_beat.schedulers import DatabaseScheduler

from lincassable.slots import ENTRY, SLOT, slot_of


class Scheduler(DatabaseScheduler):
    """Any number of them may run: `lincassable.slots` lets one message per slot through."""

    def apply_async(self, entry: ScheduleEntry, producer: Any = None, advance: bool = True, **named: Any) -> Any:
        """Send the message of `entry`. Raises SchedulingError when the broker does not take it."""
        slot = slot_of(entry.schedule, timezone.now())
        entry = self.reserve(entry) if advance else entry
        if slot is not None:
            headers = {**entry.options.get("headers", {}), ENTRY: entry.name, SLOT: slot.isoformat()}
            entry.options = {**entry.options, "headers": headers}
        return super().apply_async(entry, producer=producer, advance=False, **named)
