"""How a place's score went, as a small drawing; the same in words and figures stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from awareness.models import Visit

WIDTH, HEIGHT, MARGIN = 320, 96, 8


@dataclass(frozen=True)
class Point:
    """One visit on the drawing. Arguments: x, y, in the units of the drawing."""

    visit: Visit
    x: int
    y: int


@dataclass(frozen=True)
class Chart:
    """The drawing: its points and the line through them; `visits` has every visit, also those without a score."""

    visits: list[Visit]
    points: list[Point]

    @property
    def line(self) -> str:
        """The points as `<polyline>` wants them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def first(self) -> Visit | None:
        """The oldest visit with a score."""
        return self.points[0].visit if self.points else None

    @property
    def last(self) -> Visit | None:
        """The newest visit with a score."""
        return self.points[-1].visit if self.points else None


def chart_of(visits: Sequence[Visit]) -> Chart:
    """Return the drawing of visits that were made, the oldest first; days apart are drawn apart, 0 % at the bottom."""
    scored = [visit for visit in visits if visit.score is not None and visit.done_at is not None]
    if not scored:
        return Chart(list(visits), [])
    moments = [visit.done_at.timestamp() for visit in scored if visit.done_at]
    span = (moments[-1] - moments[0]) or 1
    points = [
        Point(visit, MARGIN + round((WIDTH - 2 * MARGIN) * (at - moments[0]) / span), HEIGHT - MARGIN - _high(visit.score or 0))
        for visit, at in zip(scored, moments, strict=True)
    ]
    return Chart(list(visits), points)


def _high(score: int) -> int:
    return round((HEIGHT - 2 * MARGIN) * score / 100)
