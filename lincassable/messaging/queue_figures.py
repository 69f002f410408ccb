"""What the queue's page shows: what waits, what left by hour, what was given up and why. A constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from lincassable.messaging.enums import Fate, Reason
from lincassable.messaging.models import Message

HOURS = 24
FATE_DAYS = 30


@dataclass(frozen=True)
class Hour:
    """How many messages left in the hour that begins at `start`; `height` is in percent of the fullest hour."""

    start: datetime
    sent: int
    height: int


@dataclass(frozen=True)
class Failures:
    """How many messages were given up for one reason, and the newest answer."""

    reason: str
    label: str
    number: int
    example: str


@dataclass(frozen=True)
class Figures:
    """The queue at one moment."""

    waiting: int
    due: int
    tried: int
    oldest: datetime | None
    last_hour: int
    hours: Sequence[Hour]
    failures: Sequence[Failures]
    fates: Sequence[tuple[str, int]]

    @property
    def sent(self) -> int:
        """How many left in all these hours."""
        return sum(hour.sent for hour in self.hours)


def figures(now: datetime) -> Figures:
    """Return the queue at `now`."""
    waiting: dict[str, Any] = Message.objects.filter(state=Message.WAITING).aggregate(
        waiting=Count("pk"),
        due=Count("pk", filter=Q(next_try_at__lte=now)),
        tried=Count("pk", filter=Q(attempts__gt=0)),
        oldest=Min("created_at"),
    )
    hours = _hours(now)
    last_hour = Message.objects.filter(state=Message.SENT, sent_at__gt=now - timedelta(hours=1)).count()
    return Figures(**waiting, last_hour=last_hour, hours=hours, failures=_failures(), fates=_fates(now))


def _hours(now: datetime) -> list[Hour]:
    first = timezone.localtime(now).replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    sent = Message.objects.filter(state=Message.SENT, sent_at__gte=first).annotate(hour=TruncHour("sent_at")).values("hour")
    counts = {row["hour"].timestamp(): row["number"] for row in sent.annotate(number=Count("pk")).order_by()}
    starts = [datetime.fromtimestamp(first.timestamp() + 3600 * step, tz=first.tzinfo) for step in range(HOURS)]
    highest = max([*counts.values(), 1])
    return [Hour(start, counts.get(start.timestamp(), 0), round(100 * counts.get(start.timestamp(), 0) / highest)) for start in starts]


def _failures() -> list[Failures]:
    failed = Message.objects.filter(state=Message.FAILED)
    counts = {row["reason"]: row["number"] for row in failed.values("reason").annotate(number=Count("pk")).order_by()}
    newest = dict(failed.order_by("reason", "-pk").distinct("reason").values_list("reason", "last_error"))
    labels = dict(Reason.choices)
    found = [
        Failures(reason, str(labels.get(reason, Reason.OTHER.label)), number, newest.get(reason, "")[:160])
        for reason, number in counts.items()
    ]
    return sorted(found, key=lambda each: (-each.number, each.reason))


def _fates(now: datetime) -> list[tuple[str, int]]:
    told = Message.objects.filter(state=Message.SENT, sent_at__gt=now - timedelta(days=FATE_DAYS)).exclude(fate="")
    counts = {row["fate"]: row["number"] for row in told.values("fate").annotate(number=Count("pk")).order_by()}
    return [(str(Fate(fate).label), counts[fate]) for fate in Fate.values if fate in counts]
