"""What the coordinators see of the reminders: the rules have run, and one of them follows settings of the network's own."""

from __future__ import annotations

from datetime import date, time, timedelta

from lincassable.reminders.days import at, working
from lincassable.reminders.models import ReminderRule
from lincassable.reminders.registry import rules


def run_reminders(today: date) -> None:
    """Note the last run of each rule, on the last working day; nothing is written to anybody.

    Arguments: today, on which the demo's story ends. Again changes nothing.
    """
    day = working(today - timedelta(days=1), forward=False)
    rows = [ReminderRule(code=rule.code, last_run_at=at(day, time(19)), last_succeeded=True) for rule in rules()]
    ReminderRule.objects.bulk_create(rows, ignore_conflicts=True)
    ReminderRule.objects.filter(code="palox-unseen", times=None).update(times=2)
