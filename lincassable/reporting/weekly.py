"""What a store's weekly report says, built from plain rows. Decides nothing about when or to whom it goes; asks no database.

Texts come out in the language that is active when they are read: the mail is rendered in its recipient's language.
The coordinators' page is `network`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crates.enums import Unit
from crates.models import ContainerType
from lincassable.messaging.attachments import Attachment
from lincassable.reporting import pictures
from lincassable.reporting.alerts import Alert
from lincassable.reporting.enums import CATCH_UP_DAYS, DUE_AT, MOST_ASKS, PERIOD, Advice
from pickups.forecast import Forecast, Urgency
from pickups.models import PickupRequest
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
        full_before, empty_before: what was there when last week's report was due; None when nothing is known of it.
    """

    container: ContainerType
    full: int
    empty: int
    capacity: int | None = None
    taken: int = 0
    left: int = 0
    full_before: int | None = None
    empty_before: int | None = None

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

    @cached_property
    def picture(self) -> Attachment:
        """The bar as a small picture, with a mark where the full ones stood last week."""
        widths = dict(self.bar)
        before = round(100 * min(self.full_before, self.room) / self.room) if self.full_before is not None and self.room else None
        return pictures.stock_bar(widths.get("full", 0), widths.get("empty", 0), None if before == widths.get("full", 0) else before)

    @property
    def picture_text(self) -> str:
        """What stands in place of the picture, where mail programs show none: not the sentence above it once more."""
        return _("%(percent)s %% full") % {"percent": self.percent} if self.room else _("nothing there")

    @property
    def sentence(self) -> str:
        """The bar in words."""
        parts = [
            ngettext("%(count)s full", "%(count)s full", self.full) % {"count": self.full},
            ngettext("%(count)s empty", "%(count)s empty", self.empty) % {"count": self.empty},
        ]
        if self.capacity:
            parts.append(_("room for %(count)s") % {"count": self.capacity})
        return ", ".join(parts)

    @property
    def changed(self) -> int | None:
        """How many more full ones there are than a week ago; below 0 when there are fewer, None when that is not known."""
        return None if self.full_before is None else self.full - self.full_before

    @property
    def changed_sentence(self) -> str:
        """What changed, in words; empty when nothing is known of last week."""
        if self.changed is None:
            return ""
        if self.changed == 0:
            return _("as many full ones as a week ago")
        if self.changed > 0:
            return ngettext("%(number)s more full one than a week ago", "%(number)s more full ones than a week ago", self.changed) % {
                "number": self.changed
            }
        return ngettext("%(number)s fewer full one than a week ago", "%(number)s fewer full ones than a week ago", -self.changed) % {
            "number": -self.changed
        }

    @property
    def moved(self) -> bool:
        """Whether a truck took or left some."""
        return bool(self.taken or self.left)


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
class Shelf:
    """The returnable products of a place that sells drinks: how many it lists, and when it last looked at the list (None: never)."""

    products: int
    looked_at: datetime | None = None
    is_stale: bool = False

    @property
    def sentence(self) -> str:
        """The list in words."""
        if not self.products:
            return _("You list none yet.")
        listed = ngettext("You list %(number)s returnable product", "You list %(number)s returnable products", self.products)
        if self.looked_at is None:
            return listed % {"number": self.products} + "."
        looked = _("%(listed)s; you last checked them on %(day)s.")
        return looked % {"listed": listed % {"number": self.products}, "day": date_format(timezone.localtime(self.looked_at), "j F")}


@dataclass(frozen=True)
class Happening:
    """Something near the place, in words: its title, when, where, and the address of its page (may be empty)."""

    title: str
    day: date
    place: str
    url: str = ""

    @property
    def when(self) -> str:
        """The day in words."""
        return date_format(self.day, "l j F")


@dataclass(frozen=True)
class StoreWeek:
    """One store's week.

    Arguments:
        lines: one per container it uses or holds, in the order of the screens.
        last_declared_at: None when it never declared. declarations: how many since last week.
        request: its open request. pickup: its next announced visit.
        through: the place its crates are brought to, when it has no stop of its own.
        alerts: what else must be looked at there, and its own mail tells, the most pressing first.
        forecast: when it will be full; None where that is not asked (hubs, places collected through another one).
        months: months whose deposit counts lack, the oldest first. shelf: None where nothing is sold. near: events.
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
    forecast: Forecast | None = None
    months: Sequence[date] = ()
    shelf: Shelf | None = None
    near: Sequence[Happening] = field(default=())

    @property
    def declared_days_ago(self) -> int | None:
        """Days since the last declaration, None without one."""
        return None if self.last_declared_at is None else days_between(self.last_declared_at, self.now)

    @property
    def is_nearly_full(self) -> bool:
        """Whether some container has reached the share at which stores ask for a pickup."""
        return any(line.full and line.percent >= settings.PICKUP_FILL_PERCENT for line in self.lines)

    @property
    def asks_at(self) -> int:
        """From how many % on a place asks for a pickup."""
        return settings.PICKUP_FILL_PERCENT

    @property
    def answers(self) -> bool:
        """Whether its mail has buttons: hubs and centres declare nothing."""
        return not self.store.keeps_stock

    @property
    def knows_full(self) -> bool:
        """Whether there is a number of full ones that one may confirm at a tap: something told in numbers, and heard of before."""
        return self.last_declared_at is not None and any(line.container.declared_as == Unit.COUNT for line in self.lines)

    @property
    def advice(self) -> list[Advice]:
        """What we ask of them, the most important first; never empty. Hubs and centres are asked nothing."""
        if self.store.keeps_stock:
            return [Advice.NOTHING]
        found = []
        if self.pickup:
            found.append(Advice.BE_READY)
        elif not self.request and self.is_nearly_full:
            found.append(Advice.ASK_PICKUP)
        days = self.declared_days_ago
        if days is None:
            found.append(Advice.DECLARE_FIRST)
        elif days > settings.DECLARATION_LATE_DAYS:
            found.append(Advice.DECLARE_AGAIN)
        found += [Advice.LOOK] * len(self.alerts)
        if self.months:
            found.append(Advice.COUNT_DEPOSITS)
        if self.shelf and self.shelf.is_stale:
            found.append(Advice.CHECK_PRODUCTS)
        return found or [Advice.NOTHING]

    @property
    def asks(self) -> list[str]:
        """The first of what we ask, in words: one to `MOST_ASKS` sentences. Kept by language: a mail reads them several times."""
        language = get_language() or ""
        if language not in self._asks:
            self._asks[language] = self._told_asks()
        return self._asks[language]

    @cached_property
    def _asks(self) -> dict[str, list[str]]:
        return {}

    def _told_asks(self) -> list[str]:
        alerts = iter(self.alerts)
        return [next(alerts).sentence_for_store if each is Advice.LOOK else self._sentence(each) for each in self.advice[:MOST_ASKS]]

    @property
    def problems(self) -> list[str]:
        """What else is to be looked at: what found no room among the asks, in words."""
        if self.store.keeps_stock:
            return [alert.sentence_for_store for alert in self.alerts]
        asked = sum(each is Advice.LOOK for each in self.advice[:MOST_ASKS])
        return [alert.sentence_for_store for alert in self.alerts[asked:]]

    @property
    def pickup_sentence(self) -> str:
        """Where the next pickup stands."""
        if self.pickup:
            return _("We come on %(when)s.") % {"when": self.pickup.when}
        if self.request:
            asked = date_format(timezone.localtime(self.request.requested_at), "j F")
            return _("Your request of %(date)s is with us: you will get the date of the pickup by mail.") % {"date": asked}
        return _("None is planned.")

    @property
    def full_sentence(self) -> str:
        """When the place will be full, from nearly full to full; empty where that is not asked."""
        found = self.forecast
        if found is None:
            return ""
        if any(line.capacity and line.full >= line.capacity for line in self.lines):
            return _("It is full now.")
        if found.full_on is None or found.nearly_on is None:
            return _("We cannot tell yet: it takes a pickup, and a declaration after it, to know your pace.")
        values = {"percent": settings.PICKUP_FILL_PERCENT, "nearly": _day(found.nearly_on), "full": _day(found.full_on)}
        if found.urgency == Urgency.OVERDUE:
            return _("By our figures, since %(full)s. If it is not, tell us how many full ones you have.") % values
        if found.nearly_on <= timezone.localtime(self.now).date():
            return _("By our figures around %(full)s; %(percent)s %% full already.") % values
        return _("By our figures between %(nearly)s (%(percent)s %% full) and %(full)s (full).") % values

    def _sentence(self, advice: Advice) -> str:
        days = self.declared_days_ago or 0
        when = self.pickup.when if self.pickup else ""
        months = ", ".join(date_format(month, "F Y") for month in self.months)
        return {
            Advice.DECLARE_FIRST: lambda: _("Declare your full crates for the first time: it takes a minute, and tells us when to come."),
            Advice.DECLARE_AGAIN: lambda: (
                ngettext(
                    "Declare your full crates: your last declaration is %(days)s day old.",
                    "Declare your full crates: your last declaration is %(days)s days old.",
                    days,
                )
                % {"days": days}
            ),
            Advice.ASK_PICKUP: lambda: _("You are nearly full: ask for a pickup."),
            Advice.BE_READY: lambda: _("Put the full crates where the driver finds them: we come on %(when)s.") % {"when": when},
            Advice.COUNT_DEPOSITS: lambda: _("Count the deposits of %(months)s: bottles charged, bottles refunded.") % {"months": months},
            Advice.CHECK_PRODUCTS: lambda: (
                _("Check your list of returnable products: customers rely on it.")
                if self.shelf and self.shelf.products
                else _("List the returnable products you sell: customers look for them on our map.")
            ),
            Advice.NOTHING: lambda: _("Nothing to do this week. Thank you!"),
        }[advice]()


def _day(day: date) -> str:
    return date_format(day, "l j F")


def days_between(earlier: datetime, later: datetime) -> int:
    """Return the number of local calendar days from one moment to another."""
    zone = ZoneInfo(settings.NETWORK_TIME_ZONE)
    return (later.astimezone(zone).date() - earlier.astimezone(zone).date()).days
