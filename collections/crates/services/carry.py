"""How a late fact travels through the counts made after it: rule 4, "a count wins".

Each (place, container type) has two dimensions, empty E and full F; the total is T = E + F. A count pins T, F or both
at its moment. A fact recorded now about an earlier moment changes (E, F) by some amount; every later count takes back
what concerns its own dimension, at its own moment, so that the stock since that count stays what was counted:

- a count of both takes all of it back, and nothing goes further;
- a count of the total takes the change of T back on the empty ones (full stays as it was believed to be);
- a declaration of the full ones takes the change of F back by un-filling or re-filling (T stays).

What is left after a count goes on to the next. The movements that take back are called offsets.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from crates.enums import Cause, Content
from crates.models import Movement
from crates.services.lines import Net
from crates.services.rows import insert_movement
from lincassable.accounts.actors import Actor

EMPTY, FULL = Content.EMPTY.value, Content.FULL.value
Pair = tuple[int, int]  # (store id, container type id)
Change = tuple[int, int]  # (empty, full)


class Pin(NamedTuple):
    """One line of a count that fixes the total, the full ones, or both; `total` and `full` are None where it does not."""

    id: int
    at: datetime
    total: int | None
    full: int | None
    inventory_id: int | None
    declaration_id: int | None

    @property
    def owner(self) -> tuple[datetime, int, int]:
        """What orders and groups offsets: the moment, then the inventory or the declaration."""
        return self.at, self.inventory_id or 0, self.declaration_id or 0


@dataclass
class Place:
    """What is known about a (place, container type) at a moment: its stock then, and the pins that come later."""

    empty: int = 0
    full: int = 0
    pins: list[Pin] = field(default_factory=list)


_STOCK = """
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0)::bigint AS empty,
               coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint AS "full"
        FROM (
            SELECT content, quantity FROM crates_balance
                WHERE store_id = pair.store_id AND container_type_id = pair.container_type_id
            UNION ALL
            SELECT content, -quantity FROM crates_entry
                WHERE store_id = pair.store_id AND container_type_id = pair.container_type_id AND occurred_at > %s
        ) AS line
    ) AS stock
"""
_NO_STOCK = 'CROSS JOIN (SELECT 0 AS empty, 0 AS "full") AS stock'


def places_at(pairs: Iterable[Pair], moment: datetime, *, strictly: bool, stock: bool) -> dict[Pair, Place]:
    """Return each pair's later pins, in order, and its stock at `moment`, by one query.

    Arguments: `strictly` leaves out the pins of that very moment; `stock` False skips the stock (left at 0).
    The stock is today's balance less what happened since: one or two index ranges, whatever the length of the history.
    """
    places = {pair: Place() for pair in sorted(set(pairs))}
    if not places:
        return places
    columns = [[pair[side] for pair in places] for side in (0, 1)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT pair.store_id, pair.container_type_id, stock.empty, stock."full", pin.id, pin.at,
                CASE WHEN pin.pins_total THEN pin.total END, CASE WHEN pin.pins_full THEN pin."full" END,
                pin.inventory_id, pin.declaration_id
            FROM unnest(%s::bigint[], %s::bigint[]) AS pair (store_id, container_type_id)
            {_STOCK if stock else _NO_STOCK}
            LEFT JOIN crates_count AS pin ON pin.store_id = pair.store_id AND pin.container_type_id = pair.container_type_id
                AND pin.at {">" if strictly else ">="} %s AND NOT pin.withdrawn AND (pin.pins_total OR pin.pins_full)
            ORDER BY pin.at, pin.id
            """,  # noqa: S608  the only inserted parts are the constants of this module
            [*columns, *([moment] if stock else []), moment],
        )
        for store, container_type, empty, full, *pin in cursor.fetchall():
            place = places[store, container_type]
            place.empty, place.full = empty, full
            if pin[0] is not None:
                place.pins.append(Pin(*pin))
    return places


def taken_back(change: Change, pins: Iterable[Pin]) -> Iterator[tuple[Pin, Change]]:
    """Yield, for each pin that must hold against `change`, what it takes back; pure arithmetic (see the module)."""
    empty, full = change
    for pin in pins:
        if not empty and not full:
            return
        if pin.total is not None and pin.full is not None:
            back = (-empty, -full)
        elif pin.total is not None:
            back = (-(empty + full), 0)
        else:
            back = (full, -full)
        if back != (0, 0):
            yield pin, back
        empty, full = empty + back[0], full + back[1]


def changes_of(net: Net) -> dict[Pair, Change]:
    """Return what lines change at each (place, container type) of the network."""
    changes: defaultdict[Pair, list[int]] = defaultdict(lambda: [0, 0])
    for (store, container_type, content), quantity in net.items():
        if store is not None:
            changes[store, container_type][content == FULL] += quantity
    return {pair: (empty, full) for pair, (empty, full) in changes.items() if empty or full}


def count_lines(store: int, container_type: int, change: Change, *, outside: bool) -> Net:
    """Return the lines of a count's difference: against the outside world, or (a filling) within the place."""
    net: Net = {(store, container_type, EMPTY): change[0], (store, container_type, FULL): change[1]}
    if outside:
        net |= {(None, container_type, EMPTY): -change[0], (None, container_type, FULL): -change[1]}
    return {key: quantity for key, quantity in net.items() if quantity}


def add(net: Net, more: Net) -> Net:
    """Return the sum of two sets of lines, without zeros."""
    total = dict(net)
    for key, quantity in more.items():
        total[key] = total.get(key, 0) + quantity
    return {key: quantity for key, quantity in total.items() if quantity}


def carry(late: Movement | None, changes: dict[Pair, Change], places: dict[Pair, Place], *, by: Actor) -> None:
    """Write the offsets of `changes`, which `late` brought, at the pins of `places`.

    One offset per (late movement, inventory or declaration), at the moment of that count. The stores are locked by
    the caller.
    """
    offsets: defaultdict[tuple, Net] = defaultdict(dict)
    owners: dict[tuple, Pin] = {}
    for (store, container_type), change in changes.items():
        for pin, back in taken_back(change, places[store, container_type].pins):
            owners[pin.owner] = pin
            lines = count_lines(store, container_type, back, outside=pin.total is not None)
            offsets[pin.owner] = add(offsets[pin.owner], lines)
    for owner in sorted(offsets):
        write_offset(late, owners[owner], offsets[owner], by=by)


def write_offset(late: Movement | None, pin: Pin, net: Net, *, by: Actor) -> None:
    """Write one offset at the moment of `pin`'s count, if there is anything to write."""
    if net:
        cause = Cause.INVENTORY if pin.inventory_id else Cause.DECLARATION
        offset = Movement(
            key=uuid.uuid4(),
            cause=cause,
            occurred_at=pin.at,
            inventory_id=pin.inventory_id,
            declaration_id=pin.declaration_id,
            offsets=late,
            **Movement.author(by),
        )
        insert_movement(offset, net)
