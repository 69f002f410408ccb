"""Places that are collected through others: where their truck stops, and what they add there. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from crates.enums import Unit
from crates.queries import buffers_of, last_declarations, stock_of_all
from pickups.enums import OPEN_REQUEST_STATES
from pickups.lines import PlannedLine
from pickups.models import RequestPart, Stop
from stores.models import Store

LONGEST_CHAIN = 5  # places collected through one another; more is a mistake in the directory


def place_of(store: Store) -> Store:
    """Return where the truck stops for `store`: itself, or the place at the end of the chain it is collected through.

    No query for a place of its own; one per place of the chain, unless they are loaded.
    """
    place = store
    for _step in range(LONGEST_CHAIN):
        if place.collected_through_id is None:
            return place
        place = place.collected_through  # type: ignore[assignment]  # not None: its id is not
    return place


def children_of(store_ids: Collection[int]) -> dict[int, list[Store]]:
    """Return the active places that are collected through each of these, near or far, by store id. Usually one or two queries."""
    found: dict[int, list[Store]] = {}
    top = {pk: pk for pk in store_ids}
    for _step in range(LONGEST_CHAIN):
        level = list(Store.objects.active().filter(collected_through__in=top).order_by("name", "pk"))
        if not level:
            break
        above = {store.pk: top[store.collected_through_id] for store in level if store.collected_through_id}
        for store in level:
            found.setdefault(above[store.pk], []).append(store)
        top = above
    return found


def own_lines(store_ids: Collection[int]) -> dict[int, list[PlannedLine]]:
    """Return what could be taken from and left at each place for itself, by store id; places with nothing to move are absent.

    Full ones: those there, without the buffer stock, which stays. Paloxes: also those declared at PICKUP_FILL_PERCENT % or more.
    As many empty ones come back as full ones leave. A constant number of queries.
    """
    kept = buffers_of(store_ids)
    nearly = _nearly_full(store_ids)
    found: dict[int, list[PlannedLine]] = {}
    for store, lines in stock_of_all(list(store_ids)).items():
        for line in lines:
            pair = (store, line.container_type.pk)
            full = min(max(line.full, nearly.get(pair, 0)), max(line.total, line.full) - kept.get(pair, 0))
            if full > 0:
                found.setdefault(store, []).append(PlannedLine(line.container_type, full, full))
    return found


def _nearly_full(store_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return how many containers declared in % were nearly full at the last declaration, by (store id, container type id)."""
    found = {}
    for store, declaration in last_declarations(store_ids).items():
        for line in declaration.lines.all():
            if line.container_type.declared_as == Unit.PERCENT:
                enough = [percent for percent in line.fill_percents if percent >= settings.PICKUP_FILL_PERCENT]
                found[store, line.container_type_id] = len(enough)
    return found


class Share(NamedTuple):
    """What a place that is collected through another one adds there. part: its open wish, None when it did not ask."""

    store: Store
    lines: list[PlannedLine]
    part: RequestPart | None = None

    @property
    def note(self) -> str:
        """What the place wrote with its wish."""
        return self.part.note if self.part else ""

    @property
    def text(self) -> str:
        """The full ones in words: “6 × 75 cl, 2 × 33 cl”; that they are not known, when they are not."""
        found = ", ".join(f"{line.planned_full} × {line.container_type.short}" for line in self.lines if line.planned_full)
        return found or _("quantity not known")


def shares_of(store_ids: Collection[int]) -> dict[int, list[Share]]:
    """Return what the places collected through each of these add there, by store id: those with full containers, or that asked.

    A constant number of queries: one or two without any such place.
    """
    children = children_of(store_ids)
    ids = [store.pk for stores in children.values() for store in stores]
    if not ids:
        return {}
    lines = own_lines(ids)
    open_parts = RequestPart.objects.live().filter(store__in=ids, request__state__in=OPEN_REQUEST_STATES).order_by("pk")
    parts = {part.store_id: part for part in open_parts}
    shares = {
        place: [Share(store, lines.get(store.pk, []), parts.get(store.pk)) for store in stores if store.pk in lines or store.pk in parts]
        for place, stores in children.items()
    }
    return {place: found for place, found in shares.items() if found}


def with_shares(stops: Iterable[Stop]) -> list[Stop]:
    """Return the stops, each with `shares`: what the places collected through its place add there (see `shares_of`)."""
    stops = list(stops)
    shares = shares_of([stop.store_id for stop in stops])
    for stop in stops:
        stop.shares = shares.get(stop.store_id, [])  # type: ignore[attr-defined]
    return stops
