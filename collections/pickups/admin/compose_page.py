"""What the compose screen shows: the plan row by row with its figures and warnings, the places that could join, the map's points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from crates.models import ContainerType, StoreContainer
from crates.queries import catalogue
from pickups.admin.compose_forms import Typed, digest, plain
from pickups.candidates import Candidate, candidates_for, with_stock
from pickups.composing import Pending, fields_of, rows_and_mark
from pickups.enums import SENT_TOUR_STATES, StopState
from pickups.figures import Figures, Step
from pickups.models import Stop, Tour, Vehicle
from pickups.warnings import TourWarning, warnings_of
from stores.models import Zone

SHOWN = 40  # places in the list before “more”


@dataclass
class Cell:
    """The two usual quantities of one kind of container in a row: their fields' names and what stands in them."""

    kind: ContainerType
    full_name: str
    full: str
    empty_name: str
    empty: str


@dataclass
class Row:
    """One stop on the screen. `other` sums up in words what only the stop's own page can change.

    `is_unsaved`: what stands in its fields was typed, and refused together with the rest of the gesture.
    """

    number: int
    step: Step
    cells: list[Cell]
    start: str
    end: str
    note: str
    was: str
    other: str = ""
    is_unsaved: bool = False
    errors: list[str] = field(default_factory=list)
    warnings: list[TourWarning] = field(default_factory=list)

    @property
    def stop(self) -> Stop:
        """The stop, saved or not."""
        return self.step.stop

    @property
    def is_visited(self) -> bool:
        """Whether the truck was there: then its plan no longer changes."""
        return self.stop.state != StopState.TO_DO


@dataclass
class Outcome:
    """What came of a gesture: a sentence to say, or what is wrong, in general and row by row (with what was typed)."""

    said: str = ""
    errors: list[str] = field(default_factory=list)
    row_errors: dict[int, list[str]] = field(default_factory=dict)
    typed: dict[int, Typed] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether anything was refused."""
        return bool(self.errors or self.row_errors)


def plan_context(tour: Tour, pending: Pending, outcome: Outcome | None = None) -> dict[str, Any]:
    """Return what the plan's fragment needs: rows, figures, warnings, and the mark of the plan as it is shown."""
    outcome = outcome or Outcome()
    fields = fields_of(pending)
    vehicle = fields.get("vehicle", tour.vehicle)
    tour.departs_at, tour.vehicle = fields.get("departs_at", tour.departs_at), vehicle  # in memory only
    stops, mark = rows_and_mark(tour, pending)
    figures = Figures(tour, stops, vehicle)
    warnings = warnings_of(tour, stops)
    return {
        "tour": tour,
        "rows": _rows(figures, warnings, outcome),
        "figures": figures,
        "warnings": [warning for warning in warnings if warning.stop is None],
        "warning_count": len(warnings),
        "pending": pending,
        "is_sent": tour.state in SENT_TOUR_STATES,
        "plan_mark": mark,
        "vehicles": list(Vehicle.objects.filter(carrier=tour.carrier_id, is_active=True).order_by("name")),
        "outcome": outcome,
        "measure_names": {"kg": _("weight (kg)"), "pallets": _("pallet places"), "crates": _("crates")},
    }


def _rows(figures: Figures, warnings: list[TourWarning], outcome: Outcome) -> list[Row]:
    """Return the rows, in order. Two queries."""
    kinds = catalogue()
    used: dict[int, set[int]] = {}
    ids = [stop.store_id for stop in figures.stops]
    for store, kind in StoreContainer.objects.filter(store_id__in=ids).order_by().values_list("store_id", "container_type_id"):
        used.setdefault(store, set()).add(kind)
    by_stop: dict[int, list[TourWarning]] = {}
    for warning in warnings:
        if warning.stop is not None:
            by_stop.setdefault(warning.stop.store_id, []).append(warning)
    rows = [_row(number, step, used.get(step.stop.store_id, set()), kinds) for number, step in enumerate(figures.steps, start=1)]
    for row in rows:
        pk = row.stop.store_id
        row.warnings, row.errors = by_stop.get(pk, []), outcome.row_errors.get(pk, [])
        if outcome.refused and pk in outcome.typed:
            row.is_unsaved = True
            _put_back(row, outcome.typed[pk].values)
    return rows


def _row(number: int, step: Step, used: set[int], kinds: Mapping[int, ContainerType]) -> Row:
    """Return one row, with cells for the kinds that the place uses or that are planned there."""
    stop = step.stop
    lines = {line.container_type_id: line for line in stop.all_lines}  # type: ignore[attr-defined]
    wanted = used | {pk for pk, line in lines.items() if line.planned_full or line.planned_empty}
    shown = [kind for pk, kind in kinds.items() if pk in wanted] or list(kinds.values())[:2]
    cells = []
    for kind in shown:
        line = lines.get(kind.pk)
        full, empty = (line.planned_full, line.planned_empty) if line else (0, 0)
        names = (f"{side}_{stop.store_id}_{kind.pk}" for side in ("full", "empty"))
        cells.append(Cell(kind, next(names), str(full or ""), next(names), str(empty or "")))
    start, end = (f"{moment:%H:%M}" if moment else "" for moment in (stop.window_start, stop.window_end))
    values = {cell.full_name: cell.full for cell in cells} | {cell.empty_name: cell.empty for cell in cells}
    was = digest(plain(value) for value in (*(values[name] for name in sorted(values)), start, end, stop.note))
    return Row(number, step, cells, start, end, stop.note, was, _other(stop))


def _put_back(row: Row, values: dict[str, str]) -> None:
    """Show again what was typed and refused."""
    for cell in row.cells:
        cell.full, cell.empty = values.get(cell.full_name, cell.full), values.get(cell.empty_name, cell.empty)
    row.start, row.end, row.note = values["start"], values["end"], values["note"]


def _other(stop: Stop) -> str:
    """Return what is planned besides full ones to take and empty ones to leave, in words."""
    parts = []
    for line in stop.all_lines:  # type: ignore[attr-defined]
        if line.planned_taken_empty:
            parts.append(_("%(number)s empty %(kind)s to take") % {"number": line.planned_taken_empty, "kind": line.container_type.short})
        if line.planned_left_full:
            parts.append(_("%(number)s full %(kind)s to leave") % {"number": line.planned_left_full, "kind": line.container_type.short})
    for pallet in stop.all_pallets:  # type: ignore[attr-defined]
        if pallet.planned:
            parts.append(f"{pallet.planned} × {pallet} ({pallet.get_direction_display()})")
    return ", ".join(parts)


def places_context(request: HttpRequest, tour: Tour, in_tour: set[int]) -> dict[str, Any]:
    """Return what the list of places needs: those that the filter of the address keeps, the most urgent first."""
    text, zone = filter_of(request, tour)
    found = [candidate for candidate in candidates_for(tour, text=text, zone_id=zone) if candidate.store.pk not in in_tour]
    more = request.GET.get("shown", "")
    shown = max(SHOWN, min(int(more), 400)) if more.isdecimal() and len(more) < 7 else SHOWN
    return {
        "candidates": with_stock(found[:shown]),
        "candidate_count": len(found),
        "next_shown": shown + SHOWN if len(found) > shown else 0,
        "text": text,
        "zone_id": zone,
        "zones": list(Zone.objects.order_by("name")),
    }


def filter_of(request: HttpRequest, tour: Tour) -> tuple[str, int | None]:
    """Return the text and the zone that the list is filtered by: the tour's zone until another one, or all, is chosen."""
    zone, text = request.GET.get("zone"), request.GET.get("q", "").replace("\x00", "").strip()[:80]
    return text, tour.zone_id if zone is None else int(zone) if zone.isdecimal() and len(zone) < 19 else None


def map_points(candidates: list[Candidate]) -> list[list[Any]]:
    """Return the points of the map as short rows: key, latitude, longitude, name, urgency, words."""
    return [
        [
            row.store.pk,
            round(float(row.store.latitude), 5),
            round(float(row.store.longitude), 5),
            str(row.store),
            row.urgency,
            words_of(row),
        ]
        for row in candidates
        if row.store.latitude is not None and row.store.longitude is not None
    ]


def words_of(candidate: Candidate) -> str:
    """Return why a place is where it is in the list, in a few words."""
    if candidate.asked:
        return _("asked to be collected")
    if candidate.planned:
        return _("already on a tour")
    if candidate.forecast is not None and candidate.forecast.days_left is not None:
        return candidate.forecast.when
    return _("%(percent)s %% full") % {"percent": candidate.fill} if candidate.fill is not None else _("not enough data")


def map_settings(tour: Tour) -> dict[str, str]:
    """Return what the map needs besides its points."""
    return {
        "tile_url": settings.TILE_URL,
        "attribution": settings.TILE_ATTRIBUTION,
        "points": reverse("admin:pickups_tour_points", args=[tour.pk]),
    }
