"""A report: every figure for the period and for the year before, by month and by zone, carrier, producer or place.

The number of queries is that of the sources, whatever the size of the network and the length of the period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crates.models.deposits import next_month
from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import Clock, Dimension, Preset
from lincassable.reporting.figures.periods import period_of, shift
from lincassable.reporting.figures.registry import COLUMNS, FIGURES, Figure, Reading, reuse_factor, sources_of
from lincassable.reporting.figures.sources import SOURCES, Source
from lincassable.reporting.figures.sums import Sums, first_day, knows, sums_of
from lincassable.reporting.models import ReuseFactor
from pickups.models import EmissionFactor

SOON = timedelta(days=7)  # a recording that began so soon after the beginning of a period tells of all of it
ALIKE = 5  # percentage points between two shares that are known
# What is known of some tours or events only: source, how many are known, how many there are.
COVERED = {
    "km": ("tours", "known", "tours"),
    "emitted": ("tours", "known", "tours"),
    "met": ("events", "told", "events"),
}


@dataclass(frozen=True)
class Compared:
    """A figure, now and a year before.

    Arguments: now, before: None when not known. why_not: why both are not compared, in words; "" when they are.
    note: what one has to know to read it right.
    """

    figure: Figure
    now: Reading | None
    before: Reading | None = None
    is_compared: bool = False
    why_not: str = ""
    note: str = ""

    @property
    def change(self) -> Decimal | None:
        """The change in per cent; in points or units for a rate. None when both are not compared."""
        if not self.is_compared or self.now is None or self.before is None:
            return None
        if self.figure.decimals:
            return self.now.value - self.before.value
        return Decimal(100) * (self.now.value - self.before.value) / self.before.value if self.before.value else None


@dataclass
class Report:
    """The answer to a question.

    Arguments: now, before: sums by source. firsts: the day of the oldest row of each source. factor: of reuse; vehicles: what they emit.
    ever: bottles collected since the beginning, in the same part of the network; None when not allowed.
    """

    asked: Asked
    now: dict[str, Sums] = field(default_factory=dict)
    before: dict[str, Sums] = field(default_factory=dict)
    firsts: dict[str, date | None] = field(default_factory=dict)
    factor: ReuseFactor | None = None
    vehicles: Sequence[EmissionFactor] = ()
    ever: int | None = None

    def figure(self, code: str) -> Compared:
        """Return a figure of the whole."""
        figure = FIGURES[code]
        now, before = (
            self._read(figure, {name: each.whole for name, each in sums.items()}, self._is_of_producer) for sums in (self.now, self.before)
        )
        return replace(self._compared(figure, now, before), note=self._note(figure))

    def member(self, code: str, key: int) -> Compared:
        """Return a figure of one zone, carrier, producer or place (0: of none); not known where its rows cannot be told apart like this."""
        figure, by = FIGURES[code], self.asked.by
        now, before = (
            self._read(
                figure,
                {name: each.members.get(key) or _nothing(each) for name, each in sums.items() if by in SOURCES[name].knows},
                self._is_of_producer or by == Dimension.PRODUCER,
            )
            for sums in (self.now, self.before)
        )
        return self._compared(figure, now, before)

    def bucket(self, code: str, day: date) -> Compared:
        """Return a figure of one month or year, by its first day, beside the same one a year before."""
        figure, earlier = FIGURES[code], day.replace(year=day.year - 1)
        now, before = (
            self._read(figure, {name: each.buckets.get(first) or _nothing(each) for name, each in sums.items()}, self._is_of_producer)
            for sums, first in ((self.now, day), (self.before, earlier))
        )
        return self._compared(figure, now, before, shift(day))

    @property
    def buckets(self) -> list[date]:
        """The first days of the months (or years) of the period that have begun, or in which something is planned; the oldest first."""
        period, step = self.asked.period, self.asked.period.bucket
        begun = {day for sums in self.now.values() for day in sums.buckets}
        first = period.first.replace(day=1) if step == "month" else period.first.replace(month=1, day=1)
        if period.preset == Preset.EVER:
            first = min(begun, default=period.today.replace(month=1, day=1))
        last, days = max([*begun, period.last_known]), []
        while first <= last:
            days.append(first)
            first = next_month(first) if step == "month" else first.replace(year=first.year + 1)
        return days

    @property
    def members(self) -> list[int]:
        """The keys of the lines of the table on screen."""
        return self.keys(COLUMNS[self.asked.by]) if self.asked.by else []

    def keys(self, codes: Sequence[str]) -> list[int]:
        """Return the keys of the lines of a table of figures; who is in none of their sums is left out.

        Those with most of the first figure come first, “none” last.
        """
        parts = {part.source for code in codes for part in FIGURES[code].parts_for(by_producer=self.asked.by == Dimension.PRODUCER)}
        sums = [each for told in (self.now, self.before) for name, each in told.items() if name in parts]
        found = {key for each in sums for key, line in each.members.items() if line["rows"]}
        first = FIGURES[codes[0]].parts[0]
        leading = self.now[first.source].members if first.source in self.now else {}

        def rank(key: int) -> tuple[bool, int, int]:
            return key == 0, -leading[key][first.measures[0]] if key in leading else 0, key

        return sorted(found, key=rank)

    def _read(self, figure: Figure, told: Mapping[str, Mapping[str, int]], by_producer: bool) -> Reading | None:
        parts = figure.parts_for(by_producer=by_producer)
        if any(part.source not in told for part in parts):
            return None
        given: dict[str, Any] = {part.source: told[part.source] for part in parts}
        if self.factor:
            given["factor"] = {"low": self.factor.low_g_per_kg, "high": self.factor.high_g_per_kg}
        return figure.read(given)

    @property
    def _is_of_producer(self) -> bool:
        return Dimension.PRODUCER in self.asked.filters

    def _compared(self, figure: Figure, now: Reading | None, before: Reading | None, since: date | None = None) -> Compared:
        """Return a figure beside the year before (from `since` on; None: the whole), or why they are not compared."""
        earlier = self.asked.period.year_before
        if earlier is None or not figure.is_compared:
            return Compared(figure, now)
        firsts = [self.firsts.get(part.source) for part in figure.parts_for(by_producer=self._is_of_producer)]
        latest = max((day for day in firsts if day is not None), default=None)
        start = max(since or earlier.first, earlier.first)
        end = earlier.last_known if since is None else next_month(start) - timedelta(days=1)
        if latest is None or None in firsts or latest > end or before is None:
            return Compared(figure, now, why_not=_("no data the year before"))
        if latest > start + SOON:
            return Compared(figure, now, before, why_not=_("recorded since %(day)s only") % {"day": date_format(latest, "j F Y")})
        if why_not := self._coverage(figure):
            return Compared(figure, now, before, why_not=why_not)
        if not (before.value or figure.decimals):
            return Compared(figure, now, before, why_not=_("none the year before"))
        return Compared(figure, now, before, is_compared=True)

    def _coverage(self, figure: Figure) -> str:
        """Return why a figure is not compared: it is known of quite another share of tours, or of events, than the year before."""
        if figure.code not in COVERED:
            return ""
        source, known, every = COVERED[figure.code]
        now, before = (round(100 * sums[source].whole[known] / max(1, sums[source].whole[every])) for sums in (self.now, self.before))
        if abs(now - before) <= ALIKE:
            return ""
        return _("known of %(now)s %% of them, of %(before)s %% a year before") % {"now": now, "before": before}

    def _note(self, figure: Figure) -> str:
        """Return what one has to know to read a figure right."""
        sums = self.now.get(figure.parts[0].source)
        if sums is None or not sums.whole.get("rows"):
            return ""
        whole = sums.whole
        if figure.code in ("km", "emitted") and whole["known"] < whole["tours"]:
            return _("%(known)s of %(all)s tours have closed figures") % {"known": whole["known"], "all": whole["tours"]}
        if figure.parts[0].source == "deposits":
            return self._declared(whole["places"])
        if figure.code == "met" and whole["told"] < whole["events"]:
            return _("%(told)s of %(all)s have a report") % {"told": whole["told"], "all": whole["events"]}
        return ""

    def _declared(self, places: int) -> str:
        before = self.before["deposits"].whole["places"] if "deposits" in self.before else 0
        if not before:
            return _("%(places)s places declared") % {"places": places}
        return _("%(places)s places declared, %(before)s a year before") % {"places": places, "before": before}


def _nothing(sums: Sums) -> dict[str, int]:
    return dict.fromkeys(sums.whole, 0)


def report(asked: Asked, *, user: Any = None, codes: Sequence[str] = tuple(FIGURES)) -> Report:
    """Return the answer to a question; three queries a source at most, and three more.

    Arguments: user, who asks: what they may not see is left out (None: the system asks, and sees everything). codes: the figures wanted.
    """
    sources = sources_of(codes, user)
    answer = Report(asked, factor=reuse_factor(), vehicles=list(EmissionFactor.objects.all()) if "tours" in sources else [])
    for name, source in sources.items():
        if not knows(source, asked):
            continue
        answer.now[name] = sums_of(source, asked)
        if asked.before and source.clock != Clock.PLAN:
            answer.before[name] = sums_of(source, asked.before)
            answer.firsts[name] = first_day(source, asked)
    if "collected" in sources:
        answer.ever = bottles_ever(asked)
    return answer


def bottles_ever(asked: Asked) -> int | None:
    """Return the bottles collected since the beginning in the part of the network that is asked about; None when that cannot be told."""
    source: Source = SOURCES["collected"]
    ever = replace(asked, period=period_of(Preset.EVER, asked.period.now), by=None, is_before=False)
    return sums_of(source, ever).whole["bottles"] if knows(source, ever) else None
