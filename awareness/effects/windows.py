"""Which weeks and months lie before and after a measure. Plain Python: weeks and months are numbers, so that they can be counted with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property


def week_of(day: date) -> int:
    """Return the number of the week, Monday to Sunday, in which a day lies."""
    return (day.toordinal() - 1) // 7


def monday_of(week: int) -> date:
    """Return the first day of a week."""
    return date.fromordinal(week * 7 + 1)


def month_of(day: date) -> int:
    """Return the number of the month in which a day lies."""
    return day.year * 12 + day.month - 1


def first_of(month: int) -> date:
    """Return the first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class Windows:
    """The time before and after a measure, of the same length.

    Arguments: day, of the measure; weeks, how many on each side; gap, how many more weeks next to its own are left out on each side;
    settle_days, how long late reports and counts are waited for.

    Whole weeks, so that both sides hold each day of the week as often: the week of the measure itself is in neither. Deposits are
    declared by month, so for them it is as many whole months, the month of the measure being in neither.
    """

    day: date
    weeks: int
    gap: int = 0
    settle_days: int = 14

    @cached_property
    def before(self) -> range:
        """The weeks before."""
        end = week_of(self.day) - self.gap
        return range(end - self.weeks, end)

    @cached_property
    def after(self) -> range:
        """The weeks after."""
        start = week_of(self.day) + 1 + self.gap
        return range(start, start + self.weeks)

    @cached_property
    def months(self) -> int:
        """How many months on each side are as long, to the nearest; at least one."""
        return max(1, round(self.weeks * 7 * 12 / 365.25))

    @cached_property
    def months_before(self) -> range:
        """The months before."""
        end = month_of(min(self.day, self.last_before + timedelta(days=1)))
        return range(end - self.months, end)

    @cached_property
    def months_after(self) -> range:
        """The months after."""
        start = month_of(max(self.day, self.first_after - timedelta(days=1))) + 1
        return range(start, start + self.months)

    @cached_property
    def first_before(self) -> date:
        """The first day before."""
        return monday_of(self.before.start)

    @cached_property
    def last_before(self) -> date:
        """The last day before."""
        return monday_of(self.before.stop) - timedelta(days=1)

    @cached_property
    def first_after(self) -> date:
        """The first day after."""
        return monday_of(self.after.start)

    @cached_property
    def last_after(self) -> date:
        """The last day after."""
        return monday_of(self.after.stop) - timedelta(days=1)

    @cached_property
    def known_on(self) -> date:
        """The day from which on the weeks after are over and late reports are in."""
        return self.last_after + timedelta(days=1 + self.settle_days)

    @cached_property
    def months_known_on(self) -> date:
        """The same for the months."""
        return first_of(self.months_after.stop) + timedelta(days=self.settle_days)

    @cached_property
    def around(self) -> range:
        """The weeks from the first before to the last after."""
        return range(self.before.start, self.after.stop)
