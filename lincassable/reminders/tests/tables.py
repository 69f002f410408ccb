"""Day tables: run the reminders at each moment of a table, and read what each told to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import time_machine
from django.utils import timezone

from lincassable.accounts.models import User
from lincassable.messaging.models import Message
from lincassable.reminders import engine
from lincassable.reminders.models import Told

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> time_machine.travel:
    """Stand at a local moment: `at("2026-06-09 09:00")`."""
    return time_machine.travel(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS), tick=False)


def told_at(moment: str, rule: str = "") -> list[str]:
    """Run twice at a moment, as two schedulers would, and return what was told: “rule/step address”, by alphabet; of one rule if named."""
    with at(moment):
        engine.send_due()
        engine.send_due()
        rows = Told.objects.filter(told_at=timezone.now()).select_related("message")
        found = [f"{row.rule}/{row.step} {row.message.to_email}" for row in rows if rule in ("", row.rule)]
        # What was written leaves, as it would.
        Message.objects.filter(state=Message.WAITING).update(state=Message.SENT, sent_at=timezone.now())
    return sorted(found)


def assert_table(table: Mapping[str, Iterable[str]], rule: str = "") -> None:
    """Compare a table {moment: what is told} with what happens, moment by moment; of one rule if named."""
    happened = {moment: told_at(moment, rule) for moment in table}
    assert happened == {moment: sorted(expected) for moment, expected in table.items()}


def coordinator(email: str = "coordination@reseau.example") -> User:
    """Somebody who plans tours."""
    from lincassable.accounts.tests.factories import UserFactory

    return UserFactory(role="coordinator", email=email, language="en")
