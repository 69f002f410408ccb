"""From the rules to the outbox: what is due now, gathered by address, at most one mail a day each.

Safe to run at any time, any number of times. One run: every rule that is on is asked for its matters; those whose day and hour have come,
that were not told yet and that the person wants are kept as small rows; then addresses are written to, `CHUNK` in one transaction. What two
runs at once would both write, they write once: a lock makes the second see what the first has committed, and the keys of the tables (Told,
Message.dedupe_key) stand behind it.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from lincassable.messaging.models import Message
from lincassable.messaging.services import enqueue_many
from lincassable.reminders import days, mails
from lincassable.reminders.enums import CHUNK, LOCK
from lincassable.reminders.models import ReminderRule, Told
from lincassable.reminders.people import batched
from lincassable.reminders.registry import Ask, Due, Plan, Rule, Timing, rules
from lincassable.reminders.stopping import stopped_among

logger = logging.getLogger("lincassable.reminders")
_AT_ONCE = 500  # matters compared with the tables in one query


@dataclass
class RunSummary:
    """What a run did.

    Arguments: mails, written now; reminders, how many things they tell; waiting, things left for another day because their address has had
    its mail today; failed, codes of rules that could not be asked or written. quiet: it was not the hour, nothing was done.
    """

    mails: int = 0
    reminders: int = 0
    waiting: int = 0
    failed: list[str] = field(default_factory=list)
    quiet: bool = False

    def __str__(self) -> str:
        if self.quiet:
            return "quiet hours"
        text = f"{self.mails} mails about {self.reminders} things, {self.waiting} wait for tomorrow"
        return text + (f", failed: {', '.join(self.failed)}" if self.failed else "")


class RulesFailed(RuntimeError):
    """Some rules could not be run; the others were. The message names them."""


@dataclass(frozen=True)
class Setting:
    """A rule as it holds today: the registry's, with what coordinators changed."""

    rule: Rule
    row: ReminderRule | None
    plan: Plan
    parameters: dict[str, int]
    is_on: bool

    def ask(self, now: datetime, only: Collection[int] | None = None) -> Ask:
        """Return the question to the rule's `find`."""
        return Ask(now, days.local(now).date(), self.plan, self.parameters, only)


def setting_of(rule: Rule, row: ReminderRule | None) -> Setting:
    """Return a rule with its overrides. A row that says nothing changes nothing."""
    if row is None:
        return Setting(rule, None, rule.plan, {each.code: each.default for each in rule.parameters}, rule.on)
    changes = {
        name: value for name in ("first", "every", "times", "catch_up", "hour", "any_day") if (value := getattr(row, name)) is not None
    }
    if row.steps and rule.plan.timing is Timing.BEFORE:
        changes["steps"] = tuple(sorted({int(part) for part in row.steps.split(",")}, reverse=True))
    parameters = {each.code: int(row.parameters.get(each.code, each.default)) for each in rule.parameters}
    return Setting(rule, row, replace(rule.plan, **changes), parameters, rule.on if row.is_on is None else row.is_on)


def settings_of_all() -> list[Setting]:
    """Return every rule with its overrides, by priority. One query."""
    rows = {row.code: row for row in ReminderRule.objects.all()}
    return [setting_of(rule, rows.get(rule.code)) for rule in rules()]


def address_of(due: Due) -> str:
    """Return what makes two people one reader: their address, in small letters."""
    return due.person.email.strip().lower()


def key_of(day: date, address: str) -> str:
    """Return the dedupe key of an address's mail of a day."""
    return f"reminder:{day}:{hashlib.sha256(address.encode()).hexdigest()[:32]}"


# -- what is due


def dues(setting: Setting, ask: Ask, *, whole_day: bool = False, told_too: bool = False) -> Iterator[Due]:
    """Yield what a rule reminds of at `ask.now`: on its day and hour, wanted, and not told yet.

    Arguments: whole_day, also what falls due later today; told_too, also what was told (the same reminder, not an earlier one).
    """
    for some in batched(setting.rule.find(ask), _AT_ONCE):
        come = []
        for matter in some:
            found = days.is_due(setting.plan, matter, ask.now, whole_day=whole_day) if matter.person.email else None
            if found and (ask.only is None or matter.subject_id in ask.only):
                come.append(Due(setting.rule.code, matter, *found))
        if come:
            stopped = stopped_among(setting.rule.switch, (due.person for due in come))
            wanted = [due for due in come if (due.person.kind, due.person.id) not in stopped]
            yield from _not_told(setting.rule.code, wanted, told_too=told_too)


def _not_told(code: str, found: Sequence[Due], *, told_too: bool) -> Iterator[Due]:
    """Yield the dues that were not told, each with the number of earlier reminders of its matter."""
    subjects = {due.matter.subject_id for due in found}
    told = Told.objects.filter(rule=code, subject_id__in=subjects, day__in={due.matter.day for due in found})
    keys = {row.key for row in told}
    earlier = Counter((key[:4], key[5:]) for key in keys)
    for due in found:
        if told_too or due.key not in keys:
            before = earlier[(due.key[:4], due.key[5:])] - (due.key in keys)
            yield replace(due, earlier=before)


def is_now(setting: Setting, due: Due, now: datetime) -> bool:
    """Return whether the hour of a due of today has come."""
    return days.is_due(setting.plan, due.matter, now) is not None


# -- a run


def send_due(now: datetime | None = None) -> RunSummary:
    """Write the reminders that are due at `now` (None: the present moment). Returns the numbers.

    A rule that fails does not hold back the others: it is logged, and its row says so.
    """
    now = now or timezone.now()
    summary = RunSummary()
    if not days.is_awake(now):
        summary.quiet = True
        return summary
    by_address, started = defaultdict(list), set()
    settings = [setting for setting in settings_of_all() if setting.is_on]
    outcomes: dict[str, Counter] = {setting.rule.code: Counter() for setting in settings}
    for setting in settings:
        try:
            for due in dues(setting, setting.ask(now), whole_day=True):
                by_address[address_of(due)].append(due)
                if is_now(setting, due, now):
                    started.add(address_of(due))
        except Exception:  # one rule must not silence the others
            logger.exception("the reminder %s could not be asked", setting.rule.code)
            summary.failed.append(setting.rule.code)
    gathered = sorted((address, found) for address, found in by_address.items() if address in started)
    for some in batched(gathered, CHUNK):
        _write_chunk(some, now, summary, outcomes)
    _record(settings, now, summary, outcomes)
    return summary


Gathered = tuple[str, list[Due]]


def _write_chunk(some: Sequence[Gathered], now: datetime, summary: RunSummary, outcomes: dict[str, Counter]) -> None:
    """Write to some addresses in one transaction; when that fails, to each alone, so that one mail that cannot be made stops no other."""
    try:
        _write(some, now, summary, outcomes)
    except Exception:
        if len(some) > 1:
            for one in some:
                _write_chunk([one], now, summary, outcomes)
            return
        codes = sorted({due.rule for due in some[0][1]})
        logger.exception("a reminder about %s could not be written", ", ".join(codes))
        summary.failed += [code for code in codes if code not in summary.failed]


def _write(some: Sequence[Gathered], now: datetime, summary: RunSummary, outcomes: dict[str, Counter]) -> None:
    today = days.local(now).date()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        keys = {address: key_of(today, address) for address, _found in some}
        had = set(Message.objects.filter(dedupe_key__in=keys.values()).values_list("dedupe_key", flat=True))
        fresh = _untold(due for _address, found in some for due in found)
        rows = [(address, [due for due in found if due.key in fresh]) for address, found in some]
        writing = [(address, found) for address, found in rows if found and keys[address] not in had]
        prepared = mails.compose([(keys[address], found) for address, found in writing])
        enqueue_many(prepared)
        written = dict(
            Message.objects.filter(dedupe_key__in=[keys[address] for address, _found in writing]).values_list("dedupe_key", "pk")
        )
        record_told(((due, written[keys[address]]) for address, found in writing for due in found), now)
    waiting = [due for address, found in rows if keys[address] in had for due in found]
    told = [due for _address, found in writing for due in found]
    summary.mails += len(writing)
    summary.reminders += len(told)
    summary.waiting += len(waiting)
    for name, found in (("told", told), ("waiting", waiting)):
        for due in found:
            outcomes[due.rule][name] += 1


def _untold(found: Iterable[Due]) -> set[tuple]:
    """Return the keys, among those of the dues, that no other run has told meanwhile. One query per rule."""
    by_rule: dict[str, list[Due]] = defaultdict(list)
    for due in found:
        by_rule[due.rule].append(due)
    return {due.key for code, some in by_rule.items() for due in _not_told(code, some, told_too=False)}


def record_told(found: Iterable[tuple[Due, int]], now: datetime) -> None:
    """Note what a message tells: (due, message id)."""
    names = ("rule", "subject_kind", "subject_id", "day", "step", "person_kind", "person_id")
    rows = [Told(**dict(zip(names, due.key, strict=True)), message_id=message, told_at=now) for due, message in found]
    Told.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def _record(settings: Sequence[Setting], now: datetime, summary: RunSummary, outcomes: dict[str, Counter]) -> None:
    """Note the run on each rule's row, which is made when there is none."""
    rows: dict[bool, list[ReminderRule]] = {True: [], False: []}
    for setting in settings:
        code, number = setting.rule.code, outcomes[setting.rule.code]
        failed = code in summary.failed
        row = ReminderRule(code=code, last_run_at=now, last_succeeded=not failed, last_written_at=now if number["told"] else None)
        row.last_told, row.last_waiting = number["told"], number["waiting"]
        rows[bool(number["told"])].append(row)
    for wrote, some in rows.items():
        columns = ["last_run_at", "last_succeeded", "last_told", "last_waiting", *(["last_written_at"] if wrote else [])]
        ReminderRule.objects.bulk_create(some, update_conflicts=True, unique_fields=["code"], update_fields=columns)
