"""Each time of the schedule runs once, however many schedulers there are.

    scheduler A ─┐  both send “outbox-sweep, due at 09:00”,      ┌─ worker 1: INSERT (entry, slot) → the row is its own → runs, stamps it
                 ├─ the slot in the headers; Redis keeps both  ──┤
    scheduler B ─┘                                               └─ worker 2: INSERT … ON CONFLICT → somebody else's → does nothing

    worker 1 is killed → Redis hands the same message (same task id) to another → the row bears that id and has no end → it runs again

So the lock is the row (`ScheduledRun`, unique by entry and slot), in PostgreSQL, where what tasks do is committed too: no expiry to guess,
nothing to renew, and nothing is lost when a scheduler dies between taking a lock and sending. Whoever calls a task without a slot (a
person, a test, `broker.ask`) runs it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from celery import Task as CeleryTask
from celery.schedules import BaseSchedule, crontab, schedule
from django.conf import settings
from django.utils import timezone

logger = logging.getLogger("lincassable.task")
ENTRY, SLOT = "lincassable_entry", "lincassable_slot"  # the headers
NOT_MINE = "another worker has run this slot"
# How far back a slot is looked for: a year and a day, for schedules of one day a year.
_FARTHEST = timedelta(days=367)
LONGEST_OUTCOME = 2000  # characters


def slot_of(when: BaseSchedule, now: datetime) -> datetime | None:
    """Return the last time up to `now` at which `when` was due, the same for every scheduler that asks about then.

    An interval counts from 1970. None for schedules that are neither crontab nor interval, and when there was none for a year.
    """
    if isinstance(when, crontab):
        return _last_match(when, now)
    if isinstance(when, schedule):
        seconds = max(when.run_every.total_seconds(), 1)
        return datetime.fromtimestamp(now.timestamp() // seconds * seconds, tz=now.tzinfo)
    return None


def _last_match(when: crontab, now: datetime) -> datetime | None:
    """Walk back from `now`, by days, hours and minutes, to the last moment that `when` names. Both hours of an autumn night count."""
    zone = ZoneInfo(str(getattr(when, "tz", None) or settings.NETWORK_TIME_ZONE))
    at = now.astimezone(ZoneInfo("UTC")).replace(second=0, microsecond=0)
    minute = timedelta(minutes=1)
    while now - at < _FARTHEST:
        local = at.astimezone(zone)
        if not _is_day(when, local):
            at = local.replace(hour=0, minute=0, fold=0).astimezone(ZoneInfo("UTC")) - minute
        elif local.hour not in when.hour:
            at -= minute * (local.minute + 1)
        elif local.minute not in when.minute:
            at -= minute
        else:
            return at
    return None


def _is_day(when: crontab, local: datetime) -> bool:
    weekday = local.isoweekday() % 7  # crontab counts from Sunday
    return weekday in when.day_of_week and local.day in when.day_of_month and local.month in when.month_of_year


def claim(entry: str, slot: datetime, *, task: str, task_id: str) -> bool:
    """Take the run of `entry` due at `slot`, and return whether it is ours: new, or begun under the same task id and never ended."""
    from django.db.models import Q

    from lincassable.messaging.models import ScheduledRun

    now = timezone.now()
    row = ScheduledRun(entry=entry, slot=slot, task=task, task_id=task_id, started_at=now)
    ScheduledRun.objects.bulk_create([row], ignore_conflicts=True)
    mine = ScheduledRun.objects.filter(Q(entry=entry, slot=slot, task_id=task_id, finished_at=None))
    return bool(mine.update(started_at=now))


def finish(entry: str, slot: datetime, *, succeeded: bool, outcome: str) -> None:
    """Write how the run ended."""
    from lincassable.messaging.models import ScheduledRun

    run = ScheduledRun.objects.filter(entry=entry, slot=slot, finished_at=None)
    run.update(finished_at=timezone.now(), succeeded=succeeded, outcome=outcome[:LONGEST_OUTCOME])


class Task(CeleryTask):
    """The base of all our tasks: runs unless another worker has taken its slot."""

    abstract = True

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Run the task; with a slot in its headers, only if that slot is still to be run. Raises what the task raises."""
        from lincassable import taskruns  # which imports this module

        headers = self.request.headers or {}
        if SLOT not in headers:
            return self.run(*arguments, **named)
        entry, slot = headers[ENTRY], datetime.fromisoformat(headers[SLOT])
        if not claim(entry, slot, task=self.name, task_id=self.request.id):
            self.request.update(slot_is_taken=True)
            return NOT_MINE
        taskruns.begun(self.name)
        try:
            answer = self.run(*arguments, **named)
        except BaseException as error:
            finish(entry, slot, succeeded=False, outcome=f"{type(error).__name__}: {error}")
            raise
        finish(entry, slot, succeeded=True, outcome="" if answer is None else str(answer))
        return answer
