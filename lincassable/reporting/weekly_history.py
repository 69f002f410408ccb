"""Which weekly reports were written, to whom, and what became of them: read from the outbox, where each report is a row.

The week and the person are in the row's key (`emails.store_key`), so that no other table has to agree with it. What the purge of personal
data empties (docs/operator.md) stays countable; its copy cannot be read any more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from lincassable.accounts.models import User
from lincassable.messaging.models import Message
from lincassable.reporting import emails
from lincassable.reporting.enums import NETWORK_MAIL, STORE_MAIL
from lincassable.reporting.services import report_contacts, report_users
from lincassable.reporting.weekly import Week
from stores.models import Contact

PREFIX = "weekly:"
LABEL = re.compile(r"[0-9]{4}-W[0-9]{2}")


@dataclass(frozen=True)
class WeekLine:
    """One week of the history, in numbers of mails: to stores, to coordinators, and by state of the outbox."""

    label: str
    stores: int = 0
    coordinators: int = 0
    states: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All mails of the week."""
        return self.stores + self.coordinators

    @property
    def sent(self) -> int:
        """Those that left."""
        return self.states.get(Message.SENT, 0)

    @property
    def waiting(self) -> int:
        """Those that wait to leave."""
        return self.states.get(Message.WAITING, 0)

    @property
    def failed(self) -> int:
        """Those that were given up."""
        return self.states.get(Message.FAILED, 0)

    @property
    def cancelled(self) -> int:
        """Those that were not wanted any more when they were to leave."""
        return self.states.get(Message.CANCELLED, 0)


def reports(label: str = "") -> QuerySet[Message]:
    """Return the weekly reports of the outbox, of one ISO week or of all."""
    return Message.objects.filter(dedupe_key__startswith=f"{PREFIX}{label}:" if label else PREFIX, kind__in=[STORE_MAIL, NETWORK_MAIL])


def weeks(limit: int, *, before: str = "") -> list[WeekLine]:
    """Return the last `limit` weeks that brought reports, the newest first; before: only those older than this label. Two queries."""
    found = reports().filter(dedupe_key__lt=f"{PREFIX}{before}") if before else reports()
    weekly = found.order_by().annotate(week=Substr("dedupe_key", len(PREFIX) + 1, 8))
    labels = list(weekly.values_list("week", flat=True).distinct().order_by("-week")[:limit])
    lines: dict[str, WeekLine] = {}
    for label, kind, state, number in weekly.filter(week__in=labels).values_list("week", "kind", "state").annotate(Count("pk")):
        line = lines.get(label, WeekLine(label))
        states = line.states | {state: line.states.get(state, 0) + number}
        stores, coordinators = (number, 0) if kind == STORE_MAIL else (0, number)
        lines[label] = WeekLine(label, line.stores + stores, line.coordinators + coordinators, states)
    return [lines[label] for label in labels]


@dataclass(frozen=True)
class Missing:
    """Who wants this week's report and has not got it. contacts: those of stores; total of both kinds."""

    contacts: Sequence[Contact]
    users: Sequence[User]
    total: int


def missing(week: Week, *, most: int = 50) -> Missing:
    """Return who has not got the report of a week: the first `most` contacts, all users, and how many they are."""
    users = [user for user in report_users() if not _has(emails.network_key(week, user))]
    contacts, total, written = [], len(users), set(reports(week.label).order_by().values_list("dedupe_key", flat=True))
    for contact in report_contacts().iterator():
        if emails.store_key(week, contact) not in written:
            total += 1
            if len(contacts) < most:
                contacts.append(contact)
    return Missing(contacts, users, total)


def _has(key: str) -> bool:
    return Message.objects.filter(dedupe_key=key).exists()


def found_people(text: str, limit: int = 10) -> tuple[list[Contact], list[User]]:
    """Return whom a report may be shown or sent to, by a part of a place's name or town, of a person's name or address."""
    wanted = report_contacts()
    for word in text.split()[:6]:
        wanted = wanted.filter(
            Q(store__name__unaccent__icontains=word)
            | Q(store__city__unaccent__icontains=word)
            | Q(name__unaccent__icontains=word)
            | Q(email__icontains=word)
        )
    users = report_users().filter(Q(name__unaccent__icontains=text) | Q(email__icontains=text)) if text else report_users()
    return list(wanted.order_by("store__name", "pk")[:limit]), list(users[:limit])
