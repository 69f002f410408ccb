"""The stops of a tour under planning: added, changed, taken out, put in order, and marks that tell whether somebody else was there first.

`planning.revise_tour` is the door; what is here works on a tour whose row is locked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lincassable.accounts.actors import Actor
from pickups.enums import StopState
from pickups.lines import PlannedLine, PlannedPallet, StopPlan
from pickups.models import Stop, StopLine, StopPallet, Tour
from pickups.services.requests import release_requests
from stores.enums import Status
from stores.models import Store

# The four planned quantities of a line, in the order of `PlannedLine.moved`.
PLANNED = ("planned_full", "planned_empty", "planned_taken_empty", "planned_left_full")


@dataclass
class Changes:
    """What a revision changed: fields, and stops by what happened to them."""

    date_before: date | None = None
    fields: set[str] = field(default_factory=set)
    added: list[Stop] = field(default_factory=list)
    changed: list[Stop] = field(default_factory=list)
    changed_for_store: list[Stop] = field(default_factory=list)
    removed: list[Stop] = field(default_factory=list)
    reordered: bool = False
    # Lazy: written in the log in the coordinator's language, in the mail in the carrier's.
    sentences: list[str] = field(default_factory=list)

    @property
    def concerns_stops(self) -> bool:
        """Whether the carrier would visit other places, in another order or otherwise."""
        return bool(self.added or self.changed or self.removed or self.reordered)


def _tell(sentence: object, thing: object) -> str:
    return str(sentence) % thing


told = lazy(_tell, str)


def marks_of(stops: Iterable[Stop]) -> dict[int, str]:
    """Return, by stop key, a short mark of what is planned there: another mark means that somebody has changed it.

    Arguments: stops, with `all_lines` and `all_pallets`, or lines and pallets prefetched (else two queries each).
    """
    return {stop.pk: _mark(stop) for stop in stops}


def order_mark(stops: Iterable[Stop]) -> str:
    """Return a short mark of which stops there are, and in which order. Arguments: stops, in order."""
    return _short(repr([stop.pk for stop in stops]))


def _mark(stop: Stop) -> str:
    known_lines, known_pallets = getattr(stop, "all_lines", None), getattr(stop, "all_pallets", None)
    lines = sorted(
        (line.container_type_id, *(getattr(line, name) for name in PLANNED))
        for line in (stop.lines.all() if known_lines is None else known_lines)
    )
    pallets = sorted(
        (pallet.direction, pallet.pallet_type, pallet.container_type_id or 0, pallet.planned)
        for pallet in (stop.pallets.all() if known_pallets is None else known_pallets)
        if pallet.planned
    )
    return _short(repr((stop.state, stop.window_start, stop.window_end, stop.note, [line for line in lines if any(line[1:])], pallets)))


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def check_seen(tour: Tour, stops: Iterable[Stop], seen: Mapping[int, str]) -> None:
    """Refuse to overwrite what somebody else has planned since. The tour is locked.

    Arguments: stops, about to be changed or removed; seen, marks by stop key as they were when the coordinator looked.
    Raises ValidationError (code "stale") with a sentence for each stop that is gone or has another mark.
    """
    touched = {stop.pk: stop for stop in stops if stop.pk in seen}
    found = {stop.pk: stop for stop in Stop.objects.filter(pk__in=touched, tour=tour).prefetch_related("lines", "pallets").order_by("pk")}
    problems = []
    for pk, stop in touched.items():
        if pk not in found:
            problems.append(_("%s is no longer in the tour: somebody else has just taken it out.") % stop.store)
        elif _mark(found[pk]) != seen[pk]:
            words = _("%s has just been changed by somebody else: look at what is planned there now, then change it again.")
            problems.append(words % stop.store)
    if problems:
        raise ValidationError([ValidationError(problem, code="stale") for problem in problems])


def check_store(tour: Tour, store: Store) -> None:
    """Raise ValidationError when a truck cannot stop at `store` on this tour; the tour may not be saved yet."""
    if store.collected_through_id is not None:
        raise ValidationError(
            _("%(store)s is collected through %(parent)s: add that place instead.") % {"store": store, "parent": store.collected_through},
            code="collected_through",
        )
    if store.status == Status.ARCHIVED:
        raise ValidationError(_("%s is archived: it takes no part in the network any more.") % store, code="archived")
    if store.pk == tour.hub_id:
        raise ValidationError(_("%s is the hub of this tour: the truck goes there at the end, it is no stop.") % store, code="hub")
    if tour.pk and Stop.objects.filter(tour=tour, store=store).exists():
        raise ValidationError(_("%s is already a stop of this tour.") % store, code="twice")


def add(tour: Tour, plan: StopPlan, *, by: Actor) -> Stop:
    """Create one stop of a locked tour, with its planned lines and pallets. Raises ValidationError."""
    check_store(tour, plan.store)
    last = tour.stops.order_by("-position").values_list("position", flat=True).first() or 0
    stop = Stop(
        tour=tour,
        store=plan.store,
        position=last + 1 if plan.position is None else plan.position,
        window_start=plan.window_start,
        window_end=plan.window_end,
        note=plan.note,
        **Stop.author(by),
    )
    stop.full_clean()
    stop.save()
    _plan_lines(stop, plan.lines)
    _plan_pallets(stop, plan.pallets)
    return stop


def _plan_lines(stop: Stop, lines: Iterable[PlannedLine]) -> bool:
    """Make the planned quantities of a stop those of `lines`. Returns whether anything changed."""
    wanted = {line.container_type.pk: line.moved for line in lines if any(line.moved)}
    present = {line.container_type_id: line for line in stop.lines.all()}
    before = {pk: tuple(getattr(line, name) for name in PLANNED) for pk, line in present.items()}
    if wanted == before:
        return False
    StopLine.objects.filter(pk__in=[line.pk for pk, line in present.items() if pk not in wanted]).delete()
    rows = [StopLine(stop=stop, container_type_id=pk, **dict(zip(PLANNED, moved, strict=True))) for pk, moved in wanted.items()]
    StopLine.objects.bulk_create(rows, update_conflicts=True, unique_fields=["stop", "container_type"], update_fields=list(PLANNED))
    return True


def _sums(pallets: Iterable[PlannedPallet]) -> dict[tuple[str, str, int | None], int]:
    """Return how many pallets of each sort, without those of which there are none."""
    sums: dict[tuple[str, str, int | None], int] = {}
    for pallet in pallets:
        if pallet.number:
            sums[pallet.what] = sums.get(pallet.what, 0) + pallet.number
    return sums


def _present_pallets(stop: Stop) -> dict[tuple[str, str, int | None], int]:
    rows = stop.pallets.all() if stop.pk else []
    return {(row.direction, row.pallet_type, row.container_type_id): row.planned for row in rows if row.planned}


def _plan_pallets(stop: Stop, pallets: Sequence[PlannedPallet] | None) -> bool:
    """Make the planned pallets of a stop those of `pallets`; None leaves them. Returns whether anything changed."""
    if pallets is None or (wanted := _sums(pallets)) == _present_pallets(stop):
        return False
    StopPallet.objects.filter(stop=stop).delete()  # a stop that is still to do has no actual ones
    rows = [
        StopPallet(stop=stop, direction=direction, pallet_type=base, container_type_id=kind, planned=number)
        for (direction, base, kind), number in wanted.items()
    ]
    StopPallet.objects.bulk_create(rows)
    return True


def change(tour: Tour, stop: Stop, plan: StopPlan, changes: Changes) -> None:
    """Change a stop of a locked tour that is still to do. Its rank and the note for the driver do not concern the store.

    Raises ValidationError when it is gone, when it was visited, when its place would change.
    """
    locked = Stop.objects.select_for_update(of=("self",)).select_related("store").filter(pk=stop.pk, tour=tour).first()
    if locked is None:
        raise ValidationError(_("%s is no longer in the tour: somebody else has just taken it out.") % stop.store, code="stale")
    values: dict[str, Any] = {"window_start": plan.window_start, "window_end": plan.window_end, "note": plan.note, "store": plan.store}
    if plan.position is not None:
        values["position"] = plan.position
    different = {name: value for name, value in values.items() if getattr(locked, name) != value}
    if locked.state != StopState.TO_DO:
        if different or _differs(locked, plan):
            raise ValidationError(_("%s has already been visited: correct the quantities instead.") % locked.store, code="visited")
        return
    if "store" in different:
        raise ValidationError(_("To visit another place, remove this stop and add that place."), code="store")
    for name, value in different.items():
        setattr(locked, name, value)
    if different:
        locked.full_clean()
        locked.save(update_fields=list(different))
    quantities = _plan_lines(locked, plan.lines)
    pallets = _plan_pallets(locked, plan.pallets)
    if quantities or pallets or different:
        changes.changed.append(locked)
        changes.sentences.append(told(gettext_lazy("stop changed: %s"), locked.store))
    if quantities or {"window_start", "window_end"} & set(different):
        changes.changed_for_store.append(locked)


def _differs(stop: Stop, plan: StopPlan) -> bool:
    """Return whether `plan` has other quantities than were planned at `stop`."""
    wanted = {line.container_type.pk: line.moved for line in plan.lines if any(line.moved)}
    planned = {line.container_type_id: tuple(getattr(line, name) for name in PLANNED) for line in stop.lines.all()}
    if wanted != {pk: moved for pk, moved in planned.items() if any(moved)}:
        return True
    return plan.pallets is not None and _sums(plan.pallets) != _present_pallets(stop)


def remove(tour: Tour, stop: Stop, changes: Changes, *, by: Actor) -> None:
    """Delete a stop of a locked tour that nobody has visited; one that is already gone changes nothing. Raises ValidationError."""
    mine = Stop.objects.select_for_update(of=("self",)).select_related("store", "request")
    locked = mine.filter(pk=stop.pk, tour=tour).first()
    if locked is None:
        return
    if locked.state != StopState.TO_DO:
        raise ValidationError(_("%s has already been visited: it stays in the tour.") % locked.store, code="visited")
    release_requests([locked], by=by)
    for model in (StopLine, StopPallet):
        model.objects.filter(stop=locked).delete()
    Stop.objects.filter(pk=locked.pk).delete()
    locked.all_lines = []  # type: ignore[attr-defined] # what the mail to its store shows
    changes.removed.append(locked)
    changes.sentences.append(told(gettext_lazy("stop removed: %s"), locked.store))


def put_in_order(tour: Tour, store_ids: Sequence[int], changes: Changes) -> None:
    """Put the stops of a locked tour in the order of `store_ids`.

    Visited stops come first, as they are; stops that the list does not name (somebody has just added them) come last.
    """
    stops = list(tour.stops.select_related("store").order_by("position", "pk"))
    rank = {store: number for number, store in enumerate(store_ids)}
    wanted = sorted(
        stops, key=lambda stop: (stop.state == StopState.TO_DO, rank.get(stop.store_id, len(rank)) if stop.state == StopState.TO_DO else 0)
    )
    if wanted == stops and len({stop.position for stop in stops}) == len(stops):
        return
    for number, stop in enumerate(wanted, start=1):
        stop.position = number
    Stop.objects.bulk_update(wanted, ["position"])
    if wanted != stops:
        changes.reordered = True
        changes.sentences.append(told(gettext_lazy("new order: %s"), " → ".join(stop.store.name for stop in wanted)))
