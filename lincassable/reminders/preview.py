"""Who would get a reminder today, without sending anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lincassable.messaging.models import Message
from lincassable.reminders import days, engine
from lincassable.reminders.engine import Setting
from lincassable.reminders.enums import PREVIEW
from lincassable.reminders.models import Told
from lincassable.reminders.people import batched
from lincassable.reminders.registry import Due, Timing


@dataclass(frozen=True)
class Row:
    """One person who would be reminded of one thing today.

    Arguments: state: "told", "now", "later" (its hour has not come), "tomorrow" (the address has had its mail of the day), "then" (on the
    next day on which the rule writes).
    """

    name: str
    address: str
    reason: str
    number: int
    state: str

    @property
    def state_label(self) -> str:
        """The state in words."""
        return {
            "told": _("was told today"),
            "now": _("goes with the next run"),
            "later": _("later today"),
            "then": _("on that day, if it still holds"),
            "tomorrow": _("has had a mail today: tomorrow if it still holds"),
        }[self.state]


@dataclass(frozen=True)
class Preview:
    """The first rows, and how many there are in all.

    Arguments: day: which one it is about: today, or on days off the next one on which the rule writes.
    """

    rows: Sequence[Row]
    total: int
    day: date
    is_today: bool

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


def preview(setting: Setting, now: datetime) -> Preview:
    """Return who would get a rule's reminder on the day of `now`, and who has had it. Nothing is written; the memory is bounded.

    On a day on which the rule does not write, it is about the next one, as it looks today.
    """
    today = days.local(now).date()
    day = today if days.allowed_on(setting.plan, today) else days.working(today, forward=True)
    if day != today:
        now = days.at(day, max(setting.plan.hour, time(12)))
    ask = setting.ask(now)
    shown: list[Due] = []
    total = 0
    for due in engine.dues(setting, ask, whole_day=True, told_too=True):
        total += 1
        if len(shown) < PREVIEW:
            shown.append(due)
    keys = {engine.address_of(due): engine.key_of(ask.today, engine.address_of(due)) for due in shown}
    had = set(Message.objects.filter(dedupe_key__in=keys.values()).values_list("dedupe_key", flat=True))
    told = {row.key: row.told_at for some in batched(shown, PREVIEW) for row in _told(setting.rule.code, some)}
    rows = []
    for due in shown:
        address = engine.address_of(due)
        if due.key in told:
            if days.local(told[due.key]).date() != ask.today:
                total -= 1  # told on an earlier day: nothing today
                continue
            state = "told"
        elif keys[address] in had:
            state = "tomorrow"
        elif day != today:
            state = "then"
        else:
            state = "now" if engine.is_now(setting, due, now) else "later"
        rows.append(Row(due.person.name, due.person.email, setting.rule.words(due).short, due.earlier + 1, state))
    return Preview(rows, total, day, day == today)


def _told(code: str, dues: Sequence[Due]) -> list[Told]:
    return list(Told.objects.filter(rule=code, subject_id__in={due.matter.subject_id for due in dues}))


def plan_sentence(setting: Setting) -> str:
    """Return when a rule reminds, in words."""
    plan = setting.plan
    if setting.rule.own_days:
        when = _("on a day of its own")
    elif plan.timing is Timing.BEFORE:
        when = _in_words(plan.steps)
    elif plan.every and plan.times > 1:
        start = ngettext("after %(n)s day", "after %(n)s days", plan.first) % {"n": plan.first} if plan.first else _("as soon as it is so")
        again = ngettext("then every day", "then every %(n)s days", plan.every) % {"n": plan.every}
        when = _("%(start)s, %(again)s, %(times)s times at most") % {"start": start, "again": again, "times": plan.times}
    elif plan.first:
        when = ngettext("once, after %(first)s day", "once, after %(first)s days", plan.first) % {"first": plan.first}
    else:
        when = _("once, as soon as it is so")
    off = _("also on weekends and public holidays") if plan.any_day else _("not on weekends and public holidays")
    if plan.hour == time(0):
        return _("%(when)s, at any hour of the day, %(off)s") % {"when": when, "off": off}
    return _("%(when)s, from %(hour)s, %(off)s") % {"when": when, "hour": time_format(plan.hour, "H:i"), "off": off}


def _in_words(steps: Sequence[int]) -> str:
    """Return “2 days before, then 1 day before”."""
    said = [ngettext("%(n)s day before", "%(n)s days before", step) % {"n": step} if step else _("on the day") for step in steps]
    return _(", then ").join(said)


def last_sentence(setting: Setting) -> str:
    """Return the last run and its outcome in words."""
    row = setting.row
    if row is None or row.last_run_at is None:
        return _("has not run yet")
    when = date_format(days.local(row.last_run_at), "j F, H:i")
    if not row.last_succeeded:
        return _("%(when)s: failed, the log says why") % {"when": when}
    told = ngettext("%(n)s reminder written", "%(n)s reminders written", row.last_told) % {"n": row.last_told}
    waiting = ngettext("%(n)s left for another day", "%(n)s left for another day", row.last_waiting) % {"n": row.last_waiting}
    return f"{when} · {told}, {waiting}" if row.last_waiting else f"{when} · {told}"
