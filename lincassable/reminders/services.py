"""Every change of a rule's settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from lincassable.accounts.actors import Actor
from lincassable.reminders.models import ReminderRule
from lincassable.reminders.registry import Rule, Timing

logger = logging.getLogger("lincassable.reminders")
BEFORE_FIELDS = ("steps", "hour", "any_day")
AFTER_FIELDS = ("first", "every", "times", "catch_up", "hour", "any_day")


def fields_of(rule: Rule) -> tuple[str, ...]:
    """Return which columns of ReminderRule mean something for a rule."""
    if rule.own_days:
        return ("hour", "any_day")
    return BEFORE_FIELDS if rule.plan.timing is Timing.BEFORE else AFTER_FIELDS


@transaction.atomic
def change(rule: Rule, values: Mapping[str, Any], *, by: Actor) -> ReminderRule:
    """Set what coordinators want of a rule; what equals the registry's own is kept as “unchanged”, so that it follows the registry.

    Arguments: values, by name of the columns (`fields_of`), and of the rule's parameters. Raises ValidationError, by field.
    """
    row, _created = ReminderRule.objects.select_for_update().get_or_create(code=rule.code)
    default = {name: getattr(rule.plan, name) for name in fields_of(rule)} | {"steps": ", ".join(map(str, rule.plan.steps))}
    for name in fields_of(rule):
        given = values.get(name)
        unset = "" if name == "steps" else None
        setattr(row, name, unset if given is None or _same(given, default[name]) else given)
    row.parameters = {
        each.code: values[each.code] for each in rule.parameters if values.get(each.code) is not None and values[each.code] != each.default
    }
    row.full_clean()
    _check(rule, row)
    row.save()
    logger.info("the settings of the reminder %s are changed by %s %s", rule.code, by.kind, by.id)
    return row


def _same(given: object, default: object) -> bool:
    if isinstance(given, str) and isinstance(default, str):
        return given.replace(" ", "") == default.replace(" ", "")
    return given == default


def _check(rule: Rule, row: ReminderRule) -> None:
    """Raise ValidationError for figures that do not go together, once the registry's own are counted in, or that are out of bounds."""
    errors: dict[str, str] = {}
    times = rule.plan.times if row.times is None else row.times
    every = rule.plan.every if row.every is None else row.every
    if rule.plan.timing is Timing.AFTER and times > 1 and not every:
        errors["every"] = _("To remind several times, say after how many days: at least 1.")
    for each in rule.parameters:
        value = row.parameters.get(each.code, each.default)
        if not each.minimum <= value <= each.maximum:
            bounds = {"low": each.minimum, "high": each.maximum}
            errors[each.code] = _("Give a number from %(low)s to %(high)s.") % bounds
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def switch(rule: Rule, *, on: bool, by: Actor) -> ReminderRule:
    """Switch a rule on or off. What waits in the outbox is asked about again before it leaves, so it stops at once."""
    row, _created = ReminderRule.objects.update_or_create(code=rule.code, defaults={"is_on": None if on == rule.on else on})
    logger.info("the reminder %s is switched %s by %s %s", rule.code, "on" if on else "off", by.kind, by.id)
    return row
