"""What Celery's tasks did: one log line each, and the last outcome of every scheduled task as a row (TaskRun).

Celery's own results are ignored, so this row is what the admin and /readyz read.
"""

from __future__ import annotations

import logging
import time
from contextvars import Token
from datetime import datetime
from typing import Any

from celery import signals

from lincassable.logs import work
from lincassable.schedule import BEAT_SCHEDULE
from lincassable.slots import LONGEST_OUTCOME, SLOT

logger = logging.getLogger("lincassable.task")
SCHEDULED = frozenset(entry["task"] for entry in BEAT_SCHEDULE.values())
_running: dict[str, tuple[float, Token]] = {}


def _record(name: str, **columns: Any) -> None:
    """Write the row of the scheduled task `name`; a database that is down is logged, and does not stop the task."""
    from django.db import DatabaseError, transaction

    from lincassable.messaging.models import TaskRun

    try:
        with transaction.atomic():
            TaskRun.objects.update_or_create(name=name, defaults=columns)
    except DatabaseError:
        logger.exception("the run of %s could not be recorded", name)


def _tell(name: str, outcome: str, now: datetime) -> None:
    """Tell the rooms that want to hear of it; what cannot be told is logged, like the failure itself."""
    from django.utils import timezone

    from lincassable.messaging import announcing

    try:
        announcing.task_failed(name, outcome, f"{timezone.localtime(now):%Y-%m-%d}")
    except Exception:
        logger.exception("the failure of %s could not be told", name)


def begun(name: str) -> None:
    """Write that the task `name` begins now, if the schedule knows it.

    How the last run ended stays readable until this one ends; begun after it ended means running, or killed.
    """
    from django.utils import timezone

    if name in SCHEDULED:
        _record(name, started_at=timezone.now())


@signals.task_prerun.connect
def _task_starts(task_id: str, task: Any, **_: Any) -> None:
    _running[task_id] = (time.perf_counter(), work.set({"task": task_id}))
    if SLOT not in (task.request.headers or {}):  # with a slot, once it is taken
        begun(task.name)


@signals.task_postrun.connect
def _task_ends(task_id: str, task: Any, retval: Any = None, state: str | None = None, **_: Any) -> None:
    from django.utils import timezone

    started, mark = _running.pop(task_id, (time.perf_counter(), None))
    if mark is not None and task.request.get("slot_is_taken"):
        work.reset(mark)
        return
    milliseconds = round((time.perf_counter() - started) * 1000)
    succeeded = state == "SUCCESS"
    outcome = "" if retval is None else f"{type(retval).__name__}: {retval}" if isinstance(retval, BaseException) else str(retval)
    if task.name in SCHEDULED:
        now = timezone.now()
        _record(task.name, finished_at=now, succeeded=succeeded, outcome=outcome[:LONGEST_OUTCOME])
        if not succeeded:
            _tell(task.name, outcome, now)
    fields = {"task_name": task.name, "state": state, "milliseconds": milliseconds, "outcome": outcome[:200]}
    level = logging.INFO if succeeded else logging.ERROR
    text = f"{task.name} {state} in {milliseconds} ms {outcome[:200]}".rstrip()
    logger.log(level, "%s", text, extra={"fields": fields})
    if mark is not None:
        work.reset(mark)


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery leaves logging alone when something listens here: lincassable.logs has set it up already."""


@signals.beat_init.connect
def _first_beat(**_: Any) -> None:
    """Beat once when the scheduler starts, so that /readyz need not wait for the next minute."""
    from lincassable.celery import app

    app.send_task("messaging.heartbeat")
