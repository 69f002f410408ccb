"""What a weekly report says, built from plain rows. Decides nothing about when or to whom it goes; asks no database.

Texts come out in the language that is active when they are read: the mail is rendered in its recipient's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.models import ContainerType
from lincassable.reporting.alerts import Alert, AlertGroup
from lincassable.reporting.enums import CATCH_UP_DAYS, DUE_AT, PERIOD, Advice
from pickups.models import PickupRequest, Tour
from stores.models import Store


@dataclass(frozen=True)
class Week:
    """One ISO week, in the network's time zone.

    Arguments:
        monday: its first day.
    """

    monday: date

    @classmethod
    def of(cls, moment: datetime) -> Week:
        """Return the week that `moment` (aware) falls in."""
        day = moment.astimezone(ZoneInfo(settings.NETWORK_TIME_ZONE)).date()
        return cls(day - timedelta(days=day.weekday()))

    @property
    def label(self) -> str:
        """`2026-W47`."""
        year, number, _day = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def due_from(self) -> datetime:
        """When the report is due: Monday 07:00, local time."""
        return self._at(self.monday, DUE_AT)

    @property
    def due_until(self) -> datetime:
        """When it is too late to catch up."""
        return self._at(self.monday + timedelta(days=CATCH_UP_DAYS), time.min)

    @property
    def since(self) -> datetime:
        """Where “since last week” begins: the time at which last week's report was due."""
        return self._at(self.monday - PERIOD, DUE_AT)

    def is_due(self, now: datetime) -> bool:
        """Whether the scheduler should send the report at `now`."""
        return self.due_from <= now < self.due_until

    @staticmethod
    def _at(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, tzinfo=ZoneInfo(settings.NETWORK_TIME_ZONE))


@dataclass(frozen=True)
class ContainerWeek:
    """One kind of container at one place: now, and what moved since last week. All are numbers of containers.

    Arguments:
        full, empty: as shown on screens (never negative for `full`).
        capacity: how many fit there; None when unknown, then the number that is there stands for it.
        taken: full ones that a truck took away. left: empty ones it left.
    """

    container: ContainerType
    full: int
    empty: int
    capacity: int | None = None
    taken: int = 0
    left: int = 0

    @property
    def room(self) -> int:
        """How many fit, known or supposed; at least what is there."""
        return max(self.capacity or 0, self.full + max(0, self.empty))

    @property
    def percent(self) -> int:
        """How full the place is: full ones in % of the capacity; 0 where nothing is. May exceed 100."""
        room = self.capacity or self.room
        return round(100 * self.full / room) if room else 0

    @property
    def bar(self) -> list[tuple[str, int]]:
        """The pieces of the bar: (kind, width in %), without empty pieces; together 100."""
        if not self.room:
            return [("free", 100)]
        full = round(100 * self.full / self.room)
        empty = min(round(100 * max(0, self.empty) / self.room), 100 - full)
        pieces = [("full", full), ("empty", empty), ("free", 100 - full - empty)]
        return [piece for piece in pieces if piece[1] > 0]

    @property
    def sentence(self) -> str:
        """The bar in words."""
        parts = [_("%(count)s full") % {"count": self.full}, _("%(count)s empty") % {"count": self.empty}]
        if self.capacity:
            parts.append(_("room for %(count)s") % {"count": self.capacity})
        return ", ".join(parts)


@dataclass(frozen=True)
class Pickup:
    """A visit that the store has been told of."""

    day: date
    window_start: time | None = None
    window_end: time | None = None

    @property
    def when(self) -> str:
        """“Tuesday 24 November, 9:00-11:00”."""
        text = date_format(self.day, "l j F")
        if self.window_start and self.window_end:
            text += f", {self.window_start:%H:%M}-{self.window_end:%H:%M}"
        return text


@dataclass(frozen=True)
class StoreWeek:
    """One store's week.

    Arguments:
        lines: one per container it uses or holds, in the order of the screens.
        last_declared_at: None when it never declared. declarations: how many since last week.
        request: its open request. pickup: its next announced visit.
        through: the place its crates are brought to, when it has no stop of its own.
        alerts: what else must be looked at there, and its own mail tells.
    """

    store: Store
    week: Week
    now: datetime
    lines: Sequence[ContainerWeek]
    last_declared_at: datetime | None = None
    declarations: int = 0
    request: PickupRequest | None = None
    pickup: Pickup | None = None
    through: Store | None = None
    alerts: Sequence[Alert] = ()

    @property
    def declared_days_ago(self) -> int | None:
        """Days since the last declaration, None without one."""
        return None if self.last_declared_at is None else days_between(self.last_declared_at, self.now)

    @property
    def is_nearly_full(self) -> bool:
        """Whether some container has reached the share at which stores ask for a pickup."""
        return any(line.full and line.percent >= settings.PICKUP_FILL_PERCENT for line in self.lines)

    @property
    def advice(self) -> list[Advice]:
        """What to do next, the most pressing first; never empty. Hubs and centres are asked nothing."""
        if self.store.keeps_stock:
            return [Advice.NOTHING]
        found = []
        if self.pickup:
            found.append(Advice.BE_READY)
        elif self.request:
            found.append(Advice.WAIT)
        elif self.is_nearly_full:
            found.append(Advice.ASK_PICKUP)
        days = self.declared_days_ago
        if days is None:
            found.append(Advice.DECLARE_FIRST)
        elif days > settings.DECLARATION_LATE_DAYS:
            found.append(Advice.DECLARE_AGAIN)
        return found or [Advice.NOTHING]

    @property
    def advice_sentences(self) -> list[str]:
        """The advice in words."""
        return [self._sentence(advice) for advice in self.advice]

    def _sentence(self, advice: Advice) -> str:
        days = self.declared_days_ago or 0
        when = self.pickup.when if self.pickup else ""
        asked = date_format(timezone.localtime(self.request.requested_at), "j F") if self.request else ""
        return {
            Advice.DECLARE_FIRST: _("Declare your full crates for the first time: it takes a minute, and tells us when to come."),
            Advice.DECLARE_AGAIN: ngettext(
                "Declare your full crates: your last declaration is %(days)s day old.",
                "Declare your full crates: your last declaration is %(days)s days old.",
                days,
            )
            % {"days": days},
            Advice.ASK_PICKUP: _("You are nearly full: ask for a pickup."),
            Advice.BE_READY: _("Put the full crates where the driver finds them: we come on %(when)s.") % {"when": when},
            Advice.WAIT: _("Your request of %(date)s is with us: you will get the date of the pickup by mail.") % {"date": asked},
            Advice.NOTHING: _("Nothing to do this week. Thank you!"),
        }[advice]


def days_between(earlier: datetime, later: datetime) -> int:
    """Return the number of local calendar days from one moment to another."""
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    return (later.astimezone(zone).date() - earlier.astimezone(zone).date()).days


@dataclass(frozen=True)
class Shortened:
    """The first rows of a list, and how many rows it has in all."""

    rows: Sequence
    total: int

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return self.total - len(self.rows)


@dataclass(frozen=True)
class Late:
    """A store whose last declaration is `days` old, or that never declared since it joined `days` ago."""

    store_id: int
    store_name: str
    days: int
    never: bool

    @property
    def sentence(self) -> str:
        """How late, in words."""
        if self.never:
            return _("has never declared")
        return ngettext("%(days)s day ago", "%(days)s days ago", self.days) % {"days": self.days}


@dataclass(frozen=True)
class Waiting:
    """An open request, in words: whose it is, how old, and what is planned."""

    request: PickupRequest
    days: int
    planned_on: date | None

    @property
    def store(self) -> str:
        """The place that waits."""
        return self.request.store.name

    @property
    def sentence(self) -> str:
        """How old the request is, and the date of its tour if it has one."""
        text = ngettext("%(days)s day", "%(days)s days", self.days) % {"days": self.days}
        if self.planned_on:
            return _("%(age)s, planned on %(date)s") % {"age": text, "date": date_format(self.planned_on, "j F")}
        return text


@dataclass(frozen=True)
class Collected:
    """What trucks took away and left in the whole network, for one kind of container."""

    container: ContainerType
    taken: int
    left: int


@dataclass(frozen=True)
class NetworkWeek:
    """The network on one page."""

    week: Week
    now: datetime
    requests: Shortened
    alerts: Sequence[AlertGroup]
    late: Shortened
    tours: Sequence[Tour]
    collected: Sequence[Collected]
    declarations: int
    messages_given_up: int
    messages_waiting_since: datetime | None = None

    @property
    def bottles(self) -> int:
        """How many bottles the full containers taken away held, by the catalogue's figure."""
        return sum(row.taken * row.container.bottles for row in self.collected)
