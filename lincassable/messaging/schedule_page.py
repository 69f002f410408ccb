"""What the page of scheduled work shows: each entry with its next and last run, how it ended, whether it is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.schedules import BaseSchedule
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lincassable.messaging.models import ScheduledRun, TaskRun
from lincassable.slots import slot_of

# A run may begin this much after its time before it is called late: workers may be busy.
LATE_AFTER = timedelta(minutes=10)
FAILURE_DAYS = 30
# What each entry of `lincassable.schedule` does, for people who do not know its code; a test compares both.
TITLES: dict[str, Promise] = {
    "scheduler-heartbeat": _("Sign of life of the scheduler"),
    "outbox-sweep": _("Sends the mails that wait"),
    "mailings": _("Sends the next mails of mailings"),
    "weekly-report": _("Writes the weekly reports, on Monday at 7"),
    "weekly-report-catch-up": _("Writes the weekly reports that are still missing"),
    "access-links-flush-last-use": _("Notes when cards and links were last used"),
    "recurring-tours": _("Drafts the recurring tours"),
    "reminders": _("Writes the reminders that are due"),
    "pickup-requests-received": _("Tells the stores that their request was received"),
    "events": _("Closes past events and reminds who signed up"),
    "rejects": _("Makes non-conformities of what the sorting table rejects"),
    "producers-monthly": _("Tells producers what was seen on their bottles last month"),
    "merged-places": _("Finishes the merging of duplicates"),
    "ledger-check": _("Checks the ledger of crates"),
    "legacy-pending": _("Enters what waits from the present tool"),
    "personal-data-purge": _("Deletes personal data that is too old"),
}


@dataclass(frozen=True)
class Entry:
    """One entry of the schedule: `title` says what it does; `failures` counts those of the last `FAILURE_DAYS` days."""

    name: str
    title: str
    task: str
    enabled: bool
    next_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    succeeded: bool | None
    outcome: str
    late: bool
    failures: int

    @property
    def seconds(self) -> float | None:
        """How long the last run took; None when it has not ended."""
        if self.started_at is None or self.finished_at is None or self.finished_at < self.started_at:
            return None
        return round((self.finished_at - self.started_at).total_seconds(), 1)


def entries(now: datetime) -> Sequence[Entry]:
    """Return every entry of the schedule, as the rows in the database have it where there are any (the admin can pause them)."""
    from django.db.models import Count
    from django_celery_beat.models import PeriodicTask

    rows = {row.name: row for row in PeriodicTask.objects.select_related("crontab", "interval")}
    runs = {run.name: run for run in TaskRun.objects.all()}
    last = {run.entry: run for run in ScheduledRun.objects.order_by("entry", "-slot").distinct("entry")}
    failed = ScheduledRun.objects.filter(succeeded=False, slot__gt=now - timedelta(days=FAILURE_DAYS)).order_by()
    failures = dict(failed.values_list("entry").annotate(Count("pk")))
    found = []
    for name, entry in sorted(settings.CELERY_BEAT_SCHEDULE.items()):
        row = rows.get(name)
        when: BaseSchedule = row.schedule if row is not None else entry["schedule"]
        found.append(
            _entry(name, entry["task"], row is None or row.enabled, when, last.get(name) or runs.get(entry["task"]), now, failures)
        )
    return found


def _entry(
    name: str,
    task: str,
    enabled: bool,
    when: BaseSchedule,
    run: ScheduledRun | TaskRun | None,
    now: datetime,
    failures: dict[str, int],
) -> Entry:
    due = slot_of(when, now - LATE_AFTER)
    begun = run.started_at if run is not None else None
    late = bool(enabled and due is not None and begun is not None and begun < due)
    remaining = when.remaining_estimate(now) if enabled else None
    return Entry(
        name=name,
        title=str(TITLES.get(name, name)),
        task=task,
        enabled=enabled,
        next_at=now + remaining if remaining is not None else None,
        started_at=begun,
        finished_at=run.finished_at if run is not None else None,
        succeeded=run.succeeded if run is not None else None,
        outcome=run.outcome[:200] if run is not None else "",
        late=late,
        failures=failures.get(name, 0),
    )
