"""Periods, and what to compare them with: the same days a year before, up to the same hour.

A period that is not over is compared with the same part of the year before, never with a whole year: like with like.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crates.models.deposits import next_month
from lincassable.reporting.figures.enums import MOST_MONTHS, Preset
from lincassable.reporting.stock_forms import network_zone, start_of

BEGINNING = date(2000, 1, 1)  # nothing of the network is older


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included, as known at `now` (aware); preset: what it was chosen as."""

    first: date
    last: date
    now: datetime
    preset: Preset = Preset.FREE

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return start_of(self.first)

    @property
    def until(self) -> datetime:
        """Its end, excluded: now when it is not over."""
        return min(start_of(self.last + timedelta(days=1)), self.now)

    @property
    def today(self) -> date:
        """The local day of `now`."""
        return timezone.localdate(self.now, network_zone())

    @property
    def last_known(self) -> date:
        """Its last day that is not yet to come."""
        return min(self.last, self.today)

    @property
    def is_over(self) -> bool:
        """Whether its last day is."""
        return self.last < self.today

    @property
    def months(self) -> tuple[date, date]:
        """The first days of the first month that lies within it as a whole and is over, and of the one after the last such month."""
        first = self.first if self.first.day == 1 else next_month(self.first)
        end = min(self.last + timedelta(days=1), self.today)
        return first, end.replace(day=1)

    @property
    def bucket(self) -> str:
        """What its chart is cut into: "month", or "year" when it is long."""
        return "month" if (self.last.year - self.first.year) * 12 + self.last.month - self.first.month < MOST_MONTHS else "year"

    @property
    def year_before(self) -> Period | None:
        """The same days a year before, as they were known at the same hour; None when that cannot be."""
        if self.preset == Preset.EVER:
            return None
        now = timezone.localtime(self.now, network_zone())
        return Period(shift(self.first), shift(self.last), datetime.combine(shift(now.date()), now.time(), tzinfo=network_zone()))

    @property
    def sentence(self) -> str:
        """The days, in words."""
        if self.preset == Preset.EVER:
            return _("since the beginning, up to %(last)s") % {"last": date_format(self.last_known, "j F Y")}
        words = {"first": date_format(self.first, "j F Y"), "last": date_format(self.last_known, "j F Y")}
        return words["first"] if self.first == self.last_known else _("%(first)s to %(last)s") % words


def shift(day: date) -> date:
    """Return the same day a year before; the end of a month stays the end of a month."""
    length = calendar.monthrange(day.year, day.month)[1]
    before = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=before if day.day == length else min(day.day, before))


def period_of(preset: Preset, now: datetime | None = None) -> Period:
    """Return the period that a preset means at `now` (None: the present moment). Preset.FREE is not one: ValueError."""
    now = now or timezone.now()
    today = timezone.localdate(now, network_zone())
    year = date(today.year, 1, 1)
    if preset == Preset.MONTH:
        return Period(today.replace(day=1), next_month(today) - timedelta(days=1), now, preset)
    if preset == Preset.QUARTER:
        first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        return Period(first, next_month(first.replace(month=first.month + 2)) - timedelta(days=1), now, preset)
    if preset == Preset.YEAR:
        return Period(year, date(today.year, 12, 31), now, preset)
    if preset == Preset.LAST_YEAR:
        return Period(shift(year), year - timedelta(days=1), now, preset)
    if preset == Preset.TWELVE_MONTHS:
        return Period(shift(today) + timedelta(days=1), today, now, preset)
    if preset == Preset.EVER:
        return Period(BEGINNING, date(today.year, 12, 31), now, preset)
    raise ValueError(f"{preset} is no period of its own")


def zone_name() -> str:
    """The name of the zone in which days are cut."""
    return settings.NETWORK_TIME_ZONE
