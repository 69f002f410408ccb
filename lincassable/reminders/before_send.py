"""Asked again just before a reminder leaves: is each thing that it tells still due, for this person, today?"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime

from django.utils import timezone, translation

from lincassable.messaging.models import Message
from lincassable.messaging.rendering import render
from lincassable.messaging.sealing import seal
from lincassable.reminders import days, engine, mails
from lincassable.reminders.models import ReminderRule, Told
from lincassable.reminders.registry import Due, rule_of

logger = logging.getLogger("lincassable.reminders")


def still_due(message: Message) -> bool:
    """Whether a reminder that waits in the outbox still holds.

    A mail whose matters are partly settled is written anew with the others, in place. One of an earlier day, or at night, does not leave:
    it is given up here and its matters are free again, so that the next run tells those that still hold, in that day's one mail.
    """
    now = timezone.now()
    told = list(Told.objects.filter(message=message))
    today = days.local(now).date()
    if not message.dedupe_key.startswith(f"reminder:{today}:") or not days.is_awake(now):
        _free(told)
        return False
    holding = _holding(told, now)
    gone = [row for row in told if row.key not in holding]
    _free(gone)
    if not holding:
        return False
    if gone:
        _rewrite(message, list(holding.values()))
    return True


def _free(told: list[Told]) -> None:
    """Forget that these were told: they were not."""
    Told.objects.filter(pk__in=[row.pk for row in told]).delete()


def _holding(told: list[Told], now: datetime) -> dict[tuple, Due]:
    """Return, by key, what of a message is still due: each rule is asked about these subjects only."""
    by_rule: dict[str, list[Told]] = defaultdict(list)
    for row in told:
        by_rule[row.rule].append(row)
    overrides = {row.code: row for row in ReminderRule.objects.filter(code__in=by_rule)}
    found: dict[tuple, Due] = {}
    for code, rows in by_rule.items():
        rule = rule_of(code)
        setting = engine.setting_of(rule, overrides.get(code)) if rule else None
        if setting is None or not setting.is_on:
            continue
        keys = {row.key for row in rows}
        ask = setting.ask(now, {row.subject_id for row in rows})
        found |= {due.key: due for due in engine.dues(setting, ask, whole_day=True, told_too=True) if due.key in keys}
    return found


def _rewrite(message: Message, dues: list[Due]) -> None:
    """Write the message anew with what is left of it."""
    with translation.override(message.language):
        prepared = mails.compose([(message.dedupe_key, dues)])[0]
    rendered = render(prepared.template, prepared.to, prepared.context)
    message.kind, message.subject = prepared.template, rendered.subject
    message.text, message.html = seal(rendered.text), seal(rendered.html)
    message.headers = {name: seal(value) for name, value in prepared.headers.items()}
    message.subject_kind, message.subject_id = prepared.subject_kind, prepared.subject_id
    message.save(update_fields=["kind", "subject", "text", "html", "headers", "subject_kind", "subject_id"])
    logger.info("message %s was written anew: part of it was settled", message.pk)
