"""What a coordinator is doing to a tour's stops on the compose screen, before it is written.

On a draft each gesture is written at once. On a tour that was sent, gestures are collected here (in the session) until the coordinator has
seen who will be told. Both ways go the same road: gestures → `Pending` → `revision_of` → `services.revise_tour`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from crates.models import ContainerType
from crates.queries import catalogue
from pickups.enums import StopState
from pickups.lines import PlannedLine, PlannedPallet, StopPlan
from pickups.models import Stop, StopLine, StopPallet, Tour, Vehicle
from pickups.services.stop_plans import PLANNED, marks_of, order_mark
from pickups.warnings_stops import stops_of
from stores.models import Store

Plan = dict[str, Any]  # {"lines": {kind id: four numbers}, "pallets": [[direction, base, kind id or None, number]], "start", "end", "note"}


@dataclass
class Pending:
    """Gestures that are not written yet, as plain data that a session can keep. Places are named by their key.

    Arguments:
        added: plans of new stops by place. edited: plans of stops that are in the tour, by place.
        removed: places taken out.
        seen: the marks (`marks_of`) of the stops to change or to take out, as the coordinator saw them, by place.
        order: places in the order of visit; empty when it was not touched.
        fields: of the tour: "vehicle" (key or None), "departs_at" ("08:00").
    """

    added: dict[int, Plan] = field(default_factory=dict)
    edited: dict[int, Plan] = field(default_factory=dict)
    removed: list[int] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.edited or self.removed or self.order or self.fields)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Pending:
        """Return what `to_json` made; JSON turns keys into text."""
        numbered = {name: {int(key): value for key, value in kept.get(name, {}).items()} for name in ("added", "edited", "seen")}
        return cls(
            **numbered, removed=list(kept.get("removed", [])), order=list(kept.get("order", [])), fields=dict(kept.get("fields", {}))
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the session."""
        by_text = {name: {str(key): value for key, value in getattr(self, name).items()} for name in ("added", "edited", "seen")}
        return {**by_text, "removed": self.removed, "order": self.order, "fields": self.fields}

    # -- gestures

    def add(self, store_id: int, plan: Plan) -> None:
        """Visit a place; one that was taken out a moment ago is simply back."""
        if store_id in self.removed:
            self.removed.remove(store_id)
            self.edited[store_id] = plan
        else:
            self.added[store_id] = plan

    def remove(self, store_id: int, mark: str) -> None:
        """Visit a place no more. Arguments: mark, of its stop as the coordinator saw it; "" for one that is not written yet."""
        if self.added.pop(store_id, None) is None:
            self.removed.append(store_id)
            self.seen.setdefault(store_id, mark)
        self.edited.pop(store_id, None)
        self.order = [pk for pk in self.order if pk != store_id]

    def edit(self, store_id: int, plan: Plan, mark: str) -> None:
        """Plan something else at a place. Arguments: mark, as in `remove`."""
        if store_id in self.added:
            self.added[store_id] = plan
        else:
            self.edited[store_id] = plan
            self.seen.setdefault(store_id, mark)


def plan_of(stop: Stop) -> Plan:
    """Return what is planned at a stop (with `all_lines` and `all_pallets`) as plain data."""
    return {
        "lines": {str(line.container_type_id): [getattr(line, name) for name in PLANNED] for line in stop.all_lines},  # type: ignore[attr-defined]
        "pallets": [[p.direction, p.pallet_type, p.container_type_id, p.planned] for p in stop.all_pallets if p.planned],  # type: ignore[attr-defined]
        "start": _written(stop.window_start),
        "end": _written(stop.window_end),
        "note": stop.note,
    }


def plan_from(lines: Iterable[PlannedLine]) -> Plan:
    """Return the plan of a new stop with these quantities."""
    return {"lines": {str(line.container_type.pk): list(line.moved) for line in lines}, "pallets": [], "start": "", "end": "", "note": ""}


def rows_of(tour: Tour, pending: Pending) -> list[Stop]:
    """Return the stops as they would be (see `rows_and_mark`)."""
    return rows_and_mark(tour, pending)[0]


def rows_and_mark(tour: Tour, pending: Pending) -> tuple[list[Stop], str]:
    """Return the stops as they would be, in order, and the mark of the plan as it is saved: another one says that it was changed.

    The stops have `all_lines`, `all_pallets`, `mark` ("" for new ones) and `touched`: whether the gestures are about that stop.
    Nothing is saved: stops are changed in memory. A constant number of queries.
    """
    saved = stops_of(tour)
    _attach_marks(saved)
    mark = order_mark(saved) + "".join(stop.mark[:4] for stop in saved)  # type: ignore[attr-defined]
    kept = [stop for stop in saved if stop.store_id not in pending.removed]
    present = {stop.store_id for stop in kept}
    kinds = catalogue() if pending.added or pending.edited else {}
    for stop in kept:
        if stop.store_id in pending.edited:
            _put(stop, pending.edited[stop.store_id], kinds)
    fresh = [pk for pk in pending.added if pk not in present]
    stores = {store.pk: store for store in Store.objects.filter(pk__in=fresh).select_related("zone")} if fresh else {}
    for pk in (pk for pk in fresh if pk in stores):
        stop = Stop(tour=tour, store=stores[pk])
        stop.mark, stop.touched = "", True  # type: ignore[attr-defined]
        _put(stop, pending.added[pk], kinds)
        kept.append(stop)
    if pending.order:
        rank = {pk: number for number, pk in enumerate(pending.order)}
        kept.sort(
            key=lambda stop: (stop.state == StopState.TO_DO, rank.get(stop.store_id, len(rank)) if stop.state == StopState.TO_DO else 0)
        )
    return kept, mark


def _attach_marks(stops: Sequence[Stop]) -> None:
    """Give saved stops their marks."""
    marks = marks_of(stops)
    for stop in stops:
        stop.mark, stop.touched = marks[stop.pk], False  # type: ignore[attr-defined]


def _put(stop: Stop, plan: Plan, kinds: Mapping[int, ContainerType]) -> None:
    """Write a plan into a stop, in memory."""
    known = {line.container_type_id: line for line in getattr(stop, "all_lines", [])}
    lines = []
    for kind in kinds.values():
        moved = plan["lines"].get(str(kind.pk))
        if moved and (any(moved) or kind.pk in known):
            line = known.get(kind.pk) or StopLine(stop=stop, container_type=kind)
            for name, number in zip(PLANNED, moved, strict=True):
                setattr(line, name, number)
            lines.append(line)
    stop.all_lines = lines  # type: ignore[attr-defined]
    stop.all_pallets = [  # type: ignore[attr-defined]
        StopPallet(stop=stop, direction=direction, pallet_type=base, container_type=kinds.get(kind or 0), planned=number)
        for direction, base, kind, number in plan["pallets"]
    ]
    stop.window_start, stop.window_end, stop.note = _read(plan["start"]), _read(plan["end"]), plan["note"]
    stop.touched = True  # type: ignore[attr-defined]


def revision_of(tour: Tour, pending: Pending) -> dict[str, Any]:
    """Return the gestures as arguments of `revise_tour`; stops that somebody else took out meanwhile are left aside."""
    stops = {stop.store_id: stop for stop in tour.stops.select_related("store").order_by("position", "pk")}
    kinds = catalogue()
    stores = {store.pk: store for store in Store.objects.filter(pk__in=pending.added).order_by("pk")}
    plans = [_plan(stops[pk].store, plan, kinds, stops[pk]) for pk, plan in pending.edited.items() if pk in stops]
    plans += [_plan(stores[pk], plan, kinds) for pk, plan in pending.added.items() if pk in stores]
    revision: dict[str, Any] = {
        "stops": plans,
        "removed": [stops[pk] for pk in pending.removed if pk in stops],
        "order": pending.order or None,
        "seen": {stops[pk].pk: mark for pk, mark in pending.seen.items() if pk in stops and mark},
    }
    if pending.fields:
        revision["fields"] = fields_of(pending)
    return revision


def fields_of(pending: Pending) -> dict[str, Any]:
    """Return the tour's fields that the gestures change."""
    values: dict[str, Any] = {}
    if "vehicle" in pending.fields:
        values["vehicle"] = Vehicle.objects.filter(pk=pending.fields["vehicle"]).select_related("carrier").first()
    if "departs_at" in pending.fields:
        values["departs_at"] = _read(pending.fields["departs_at"])
    return values


def gone(tour: Tour, pending: Pending) -> list[int]:
    """Return the places that the gestures change although somebody else has taken them out of the tour."""
    present = set(tour.stops.values_list("store_id", flat=True))
    return [pk for pk in pending.edited if pk not in present]


def _plan(store: Store, plan: Plan, kinds: Mapping[int, ContainerType], stop: Stop | None = None) -> StopPlan:
    lines = [PlannedLine(kinds[int(pk)], *moved) for pk, moved in plan["lines"].items() if int(pk) in kinds]
    pallets = [PlannedPallet(direction, base, kinds.get(kind or 0), number) for direction, base, kind, number in plan["pallets"]]
    return StopPlan(store, lines, stop, None, _read(plan["start"]), _read(plan["end"]), plan["note"], pallets)


def _written(moment: time | None) -> str:
    return "" if moment is None else f"{moment:%H:%M}"


def _read(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
