"""Which day and which hour: pure counting, right on the days when clocks change."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from lincassable.reminders.registry import Matter, Plan, Timing
from stores.days import is_working_day

ONE = timedelta(days=1)


def local(now: datetime) -> datetime:
    """Return a moment in the network's time zone."""
    return timezone.localtime(now, ZoneInfo(settings.NETWORK_TIME_ZONE))


def at(day: date, hour: time) -> datetime:
    """Return a local day and hour as a moment."""
    return datetime.combine(day, hour, ZoneInfo(settings.NETWORK_TIME_ZONE))


def is_awake(now: datetime) -> bool:
    """Return whether reminders may leave at this hour (settings REMINDERS_FROM_HOUR and REMINDERS_TO_HOUR, local)."""
    return settings.REMINDERS_FROM_HOUR <= local(now).hour < settings.REMINDERS_TO_HOUR


def allowed_on(plan: Plan, day: date) -> bool:
    """Return whether a rule may write on a day."""
    return plan.any_day or is_working_day(day)


def working(day: date, *, forward: bool) -> date:
    """Return `day`, or the nearest working day after (or before) it."""
    while not is_working_day(day):
        day += ONE if forward else -ONE
    return day


def step_days(plan: Plan, matter: Matter) -> list[tuple[int, date]]:
    """Return the reminders of a matter: (number, day), by number.

    On days off, what comes before something is told earlier, what comes after it later. The number of a step is its place in the plan,
    of BEFORE the days before: a plan that is changed does not tell again what was told.
    """
    if matter.days:
        return list(enumerate(matter.days))
    if plan.timing is Timing.BEFORE:
        found = [(step, matter.day - timedelta(days=step)) for step in plan.steps]
    else:
        start = (matter.start or matter.day) + timedelta(days=plan.first)
        times = plan.times if plan.every else 1
        found = [(number, start + timedelta(days=number * plan.every)) for number in range(times)]
    if plan.any_day:
        return found
    return [(step, working(day, forward=plan.timing is Timing.AFTER)) for step, day in found]


def until_of(plan: Plan, matter: Matter) -> datetime | None:
    """Return the moment from which on reminding is pointless."""
    if matter.until is None and plan.timing is Timing.BEFORE:
        return at(matter.day + ONE, time(0))
    return matter.until


def step_on(plan: Plan, matter: Matter, today: date) -> tuple[int, date] | None:
    """Return the reminder that holds on a day: the last one whose day has come, unless that is too long ago; None without one.

    What was missed before it is not told any more: one reminder is due at a time.
    """
    come = [(step, day) for step, day in step_days(plan, matter) if day <= today]
    if not come:
        return None
    step, day = max(come, key=lambda each: (each[1], come.index(each)))
    return (step, day) if (today - day).days <= plan.catch_up or plan.timing is Timing.BEFORE else None


def is_due(plan: Plan, matter: Matter, now: datetime, *, whole_day: bool = False) -> tuple[int, date] | None:
    """Return the reminder that is due at `now`, None when there is none.

    Arguments: whole_day, also one that falls due later today only because of its hour.
    """
    today = local(now).date()
    found = step_on(plan, matter, today)
    if found is None or not allowed_on(plan, today):
        return None
    until, due = until_of(plan, matter), at(found[1], plan.hour)
    if (until is not None and now >= until) or (matter.not_before is not None and now < matter.not_before):
        return None
    if matter.informed is not None and matter.informed >= max(due, matter.not_before or due):
        return None
    return found if whole_day or now >= due else None


def next_run(now: datetime) -> datetime:
    """Return the next full hour at which reminders are written."""
    moment = local(now).replace(minute=0, second=0, microsecond=0)
    candidate = (moment.astimezone(ZoneInfo("UTC")) + timedelta(hours=1)).astimezone(moment.tzinfo)
    if candidate.hour < settings.REMINDERS_FROM_HOUR:
        return at(candidate.date(), time(settings.REMINDERS_FROM_HOUR))
    if candidate.hour >= settings.REMINDERS_TO_HOUR:
        return at(candidate.date() + ONE, time(settings.REMINDERS_FROM_HOUR))
    return candidate
