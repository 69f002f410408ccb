"""Drawings of before and after: where an interval lies, and the weeks one by one. Coordinates only; the same figures stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import log

from awareness.effects.enums import Outcome
from awareness.effects.network import Effect
from awareness.effects.series import Series, Sums
from awareness.effects.statistics import Interval
from awareness.effects.windows import monday_of

WIDTH, HEIGHT = 600, 160
NARROWEST, WIDEST = 1 / 8, 8.0  # ratios at the edges of the drawing of an interval; what lies beyond is cut there


@dataclass(frozen=True)
class Whisker:
    """An interval, drawn on 100 units: from `left` to `right`, the best guess at `dot`; no change is at 50."""

    left: float
    dot: float
    right: float


def whisker(interval: Interval | None) -> Whisker | None:
    """Return where an interval is drawn, halves and doubles alike far from no change."""
    return Whisker(_x(interval.low), _x(interval.ratio or 0), _x(interval.high)) if interval else None


def _x(ratio: float) -> float:
    inside = min(max(ratio, NARROWEST), WIDEST)
    return round(100 * log(inside / NARROWEST) / log(WIDEST / NARROWEST), 1)


@dataclass(frozen=True)
class Bar:
    """A week.

    Arguments: day, its Monday; own, in the place; others, the mean of the comparable places (None: there are none); side, "before",
    "between" or "after"; x, y, height, of the bar; line_y, of the others.
    """

    day: date
    own: float
    others: float | None
    side: str
    x: float
    y: float
    height: float
    line_y: float | None


@dataclass(frozen=True)
class Weeks:
    """The weeks around a measure. Arguments: top, the highest figure; width, of a bar; measure_x, where the measure's week begins."""

    outcome: Outcome
    bars: list[Bar]
    top: float
    width: float
    measure_x: float

    @property
    def line(self) -> str:
        """The mean of the comparable places, as the path of an SVG; empty without them."""
        points = [f"{round(bar.x + self.width / 2, 1)} {bar.line_y}" for bar in self.bars if bar.line_y is not None]
        return "M" + " L".join(points) if points else ""


def weeks_of(series: Series, effect: Effect, outcome: Outcome) -> Weeks | None:
    """Return the weeks of an outcome (reports or bottles) that are over; None without a place, or when there is nothing in any week."""
    if effect.place is None:
        return None
    sums: Sums = series.reports if outcome == Outcome.REPORTS else series.bottles
    windows, others = effect.windows, list(effect.line(outcome).others)
    over = windows.after.start + effect.weeks_over
    steps = [week for week in windows.around if week < over]
    figures = [
        (week, sums.over(effect.place.pk, range(week, week + 1)),
         sum(sums.over(other, range(week, week + 1)) for other in others) / len(others) if others else None)
        for week in steps
    ]  # fmt: skip
    if not any(own or mean for _week, own, mean in figures):
        return None
    top = max([1.0, *(max(own, mean or 0) for _week, own, mean in figures)])
    width = WIDTH / len(windows.around)
    bars = [
        Bar(
            monday_of(week), own, mean, _side(week, effect), round((week - windows.around.start) * width, 1), _y(own, top),
            round(HEIGHT - _y(own, top), 1), None if mean is None else _y(mean, top),
        )
        for week, own, mean in figures
    ]  # fmt: skip
    return Weeks(outcome, bars, top, round(width * 0.8, 1), round((windows.before.stop - windows.around.start) * width, 1))


def _side(week: int, effect: Effect) -> str:
    if week in effect.windows.before:
        return "before"
    return "after" if week in effect.windows.after else "between"


def _y(figure: float, top: float) -> float:
    return round(HEIGHT * (1 - max(figure, 0) / top), 1)
