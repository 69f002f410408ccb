"""What does not agree on a tour: plan and reality, the hub's count, two reports of a stop. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crates.models import ContainerType
from pickups.enums import ANSWERS, Answer, DifferenceKind, Measure, StopState, TourState
from pickups.models import Stop, StopLine, Tour, TourDifference
from pickups.queries import with_lines

# Each figure of a line with its plan.
PLANS = {
    Measure.LOADED_FULL: "planned_full",
    Measure.LEFT_EMPTY: "planned_empty",
    Measure.TAKEN_EMPTY: "planned_taken_empty",
    Measure.LEFT_FULL: "planned_left_full",
}


@dataclass(frozen=True)
class Difference:
    """Two figures that do not agree.

    Arguments:
        kind, measure: what is compared. stop, container_type: of what; None for the whole tour, or every kind.
        expected: what was planned, recorded first, or recorded by the driver. found: what was recorded, reported, or counted.
        row: the answer; or what waits for one, a second report or something that arrived after the closing; None otherwise.
    """

    kind: DifferenceKind
    measure: str
    expected: int
    found: int
    stop: Stop | None = None
    container_type: ContainerType | None = None
    row: TourDifference | None = None

    @property
    def code(self) -> str:
        """What a form calls it: the same as long as the question is the same."""
        report = self.row.pk if self.kind == DifferenceKind.REPORT and self.row else 0
        stop, kind = (row.pk if row else None for row in (self.stop, self.container_type))
        return _code(self.kind, stop, kind, self.measure, report)

    @property
    def is_answered(self) -> bool:
        """Whether somebody has said what it is."""
        return self.row is not None and self.row.answer != ""

    @property
    def answers(self) -> list[Answer]:
        """What may be said of it; nothing can be lost where more came in than left."""
        gone = (Answer.LOST, Answer.BROKEN)
        return [answer for answer in ANSWERS[self.kind] if answer not in gone or self.found < self.expected]

    @property
    def gap(self) -> int:
        """How many more were found than expected; below 0 when fewer."""
        return self.found - self.expected

    @property
    def sentence(self) -> str:
        """The question in words."""
        if self.kind == DifferenceKind.MISSED:
            planned = ngettext("%(count)d full one was planned.", "%(count)d full ones were planned.", self.expected)
            planned %= {"count": self.expected}
            return " ".join([_("The stop was missed."), *([planned] if self.expected else [])])
        figures = {
            "what": f"{self.container_type.name if self.container_type else ''}, {Measure(self.measure).label}",
            "expected": self.expected,
            "found": self.found,
        }
        if self.kind == DifferenceKind.PLAN:
            return _("%(what)s: %(expected)s planned, %(found)s recorded.") % figures
        if self.kind == DifferenceKind.REPORT:
            return _("%(what)s: %(expected)s recorded, and another report says %(found)s.") % figures
        return _("%(what)s: %(expected)s on board by the stops, %(found)s counted at the hub.") % figures


def code_of(row: TourDifference) -> str:
    """Return the code of the difference that a row answers."""
    return _code(row.kind, row.stop_id, row.container_type_id, row.measure, row.pk if row.kind == DifferenceKind.REPORT else 0)


def _code(kind: str, stop: int | None, container_type: int | None, measure: str, report: int) -> str:
    return "-".join(str(part) for part in (kind, stop or 0, container_type or 0, measure, report))


def differences_of(tour: Tour) -> list[Difference]:
    """Return what does not agree on a tour: stop by stop in order, then at the hub; a constant number of queries."""
    stops = list(with_lines(tour.stops.all()))
    rows = list(tour.differences.select_related("container_type").order_by("pk"))
    found = [*_at_stops(stops), *_at_hub(tour, stops, rows)]
    answered = [_answered(difference, rows) for difference in found]
    reports = [row for row in rows if row.kind == DifferenceKind.REPORT]
    by_stop = {stop.pk: stop for stop in stops}
    answered += [
        Difference(DifferenceKind.REPORT, row.measure, row.expected, row.found, by_stop.get(row.stop_id or 0), row.container_type, row)
        for row in reports
    ]
    rank = {stop.pk: number for number, stop in enumerate(stops)}
    return sorted(answered, key=lambda each: rank[each.stop.pk] if each.stop else len(rank))


def unanswered(tour: Tour) -> list[Difference]:
    """Return the differences that nobody has said anything of; on a closed tour, those that were flagged after the closing."""
    left = [difference for difference in differences_of(tour) if not difference.is_answered]
    return [difference for difference in left if difference.row is not None] if tour.state == TourState.CLOSED else left


def _at_stops(stops: Iterable[Stop]) -> list[Difference]:
    found = []
    for stop in stops:
        lines: list[StopLine] = stop.all_lines  # type: ignore[attr-defined]
        if stop.state == StopState.MISSED:
            found.append(Difference(DifferenceKind.MISSED, "", sum(line.planned_full for line in lines), 0, stop))
        elif stop.state != StopState.TO_DO:
            found += [
                Difference(DifferenceKind.PLAN, measure, getattr(line, plan), getattr(line, measure) or 0, stop, line.container_type)
                for line in lines
                for measure, plan in PLANS.items()
                if getattr(line, plan) != (getattr(line, measure) or 0)
            ]
    return found


def expected_at_hub(stops: Iterable[Stop]) -> dict[int, tuple[int, int]]:
    """Return what should come in with a truck, as (full, empty) by container type id.

    What was taken at the stops, and what the truck carried to leave there and did not leave: it leaves with its plan, over the whole
    tour. Stops carry `all_lines`.
    """
    sums: dict[int, list[int]] = {}
    for stop in stops:
        for line in stop.all_lines:  # type: ignore[attr-defined]
            full, empty, unleft_full, unleft_empty = sums.setdefault(line.container_type_id, [0, 0, 0, 0])
            sums[line.container_type_id] = [
                full + (line.loaded_full or 0),
                empty + line.taken_empty,
                unleft_full + line.planned_left_full - line.left_full,
                unleft_empty + line.planned_empty - (line.left_empty or 0),
            ]
    return {kind: (full + max(0, left_full), empty + max(0, left)) for kind, (full, empty, left_full, left) in sums.items()}


def _at_hub(tour: Tour, stops: list[Stop], rows: Iterable[TourDifference]) -> list[Difference]:
    """What was counted against what should have come in, less what is known to be lost; kinds that nobody counted are not asked about."""
    expected, gone = expected_at_hub(stops), _written_off(rows)
    found = []
    for count in tour.hub_counts.select_related("container_type").order_by("container_type__position", "container_type__code"):
        full, empty = expected.get(count.container_type_id, (0, 0))
        for measure, wanted, counted in ((Measure.LOADED_FULL, full, count.full), (Measure.TAKEN_EMPTY, empty, count.empty)):
            left = max(0, wanted - gone.get((count.container_type_id, measure), 0))
            if left != counted:
                found.append(Difference(DifferenceKind.HUB, measure, left, counted, None, count.container_type))
    return found


def _written_off(rows: Iterable[TourDifference]) -> dict[tuple[int | None, str], int]:
    """Return how many were lost or broken on the way, by container type id and measure."""
    gone: dict[tuple[int | None, str], int] = {}
    for row in rows:
        if row.answer in (Answer.LOST, Answer.BROKEN):
            key = row.container_type_id, row.measure
            gone[key] = gone.get(key, 0) + row.expected - row.found
    return gone


def _answered(difference: Difference, rows: Iterable[TourDifference]) -> Difference:
    """Return the difference with its row: one about the same figures, or the correction that led to them."""
    for row in rows:
        same = (row.kind, row.measure, row.stop_id, row.container_type_id, row.expected) == (
            difference.kind,
            difference.measure,
            difference.stop and difference.stop.pk,
            difference.container_type and difference.container_type.pk,
            difference.expected,
        )
        if same and difference.found in (row.found, row.number):
            return Difference(**{**vars(difference), "row": row})
    return difference
