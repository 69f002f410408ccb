"""The first rule of the forecast: that of the tool used before, without its faults. docs/developer.md gives the formula.

Bottles come in at an even pace since the last pickup. Declared since then: pace = declared / days; else pace = what the last pickup took
/ days since the one before. Full on: last pickup + capacity / pace. Set right: only pickups that took place count (they are read from
the ledger, where nothing is yet to come); every kind of container counts, by the catalogue's number of bottles; the buffer stock is no
room; what is collected through a place counts with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from crates.models import Declaration
from pickups.forecast import Branch, Forecast, Gap
from stores.enums import Status

DAY = 86_400  # seconds
# A declaration on the day of the pickup tells what the truck left, not the pace at which bottles come in.
LEAST_DAYS = 1.0
MOST_DAYS = 3_650  # further away, a date would only look like knowledge


@dataclass(frozen=True)
class Seen:
    """So many bottles at a moment: collected, or declared."""

    at: datetime
    bottles: float


@dataclass(frozen=True)
class Member:
    """A place, or one that is collected through it: its room in bottles, and its last declaration."""

    capacity: float
    declared: Seen | None = None


@dataclass(frozen=True)
class Facts:
    """What the rule knows of a place.

    Arguments:
        store_id: the place. own: itself. children: those collected through it.
        last: its last pickup with the bottles that it took, the children's included. before: when the one before was.
    """

    store_id: int
    own: Member
    children: Sequence[Member] = ()
    last: Seen | None = None
    before: datetime | None = None


def baseline(store_ids: Collection[int], at: datetime) -> dict[int, Forecast]:
    """Return the forecast of each of these places, by id; four queries."""
    return {facts.store_id: project(facts, at) for facts in read(store_ids, at)}


def project(facts: Facts, at: datetime) -> Forecast:
    """Apply the rule to what is known of a place. Never a date before the last pickup; more declared is never a later date."""
    everybody = [facts.own, *facts.children]
    known: dict[str, Any] = {
        "store_id": facts.store_id,
        "at": at,
        "capacity": round(sum(member.capacity for member in everybody)),
        "members": len(facts.children),
        "last_pickup": facts.last and facts.last.at,
        "before_last": facts.before,
        "collected": facts.last and round(facts.last.bottles),
        "declared_at": facts.own.declared and facts.own.declared.at,
        "declared": facts.own.declared and round(facts.own.declared.bottles),
    }
    if facts.last is None:
        return Forecast(**known, gap=Gap.NO_ROOM if known["capacity"] <= 0 else Gap.NEVER_COLLECTED)
    fresh = [member for member in everybody if _days(facts.last.at, member.declared) >= LEAST_DAYS]
    if facts.own in fresh[:1]:
        known["declared"] = round(sum(member.declared.bottles for member in fresh if member.declared))
        known["capacity"] = round(sum(member.capacity for member in fresh))
        rate = sum(member.declared.bottles / _days(facts.last.at, member.declared) for member in fresh if member.declared)
        return _dated(known, Branch.DECLARATION, rate, facts.last.at, none=Gap.NOTHING_DECLARED)
    if facts.before is None:
        return Forecast(**known, gap=Gap.NO_ROOM if known["capacity"] <= 0 else Gap.ONE_PICKUP)
    rate = facts.last.bottles / max(LEAST_DAYS, (facts.last.at - facts.before).total_seconds() / DAY)
    return _dated(known, Branch.PICKUPS, rate, facts.last.at, none=Gap.ONE_PICKUP)


def _days(start: datetime, seen: Seen | None) -> float:
    """Return the days from `start` to what was seen; below 0 when it was before, or never."""
    return -1.0 if seen is None else (seen.at - start).total_seconds() / DAY


def _dated(known: dict[str, Any], branch: Branch, rate: float, start: datetime, *, none: Gap) -> Forecast:
    """Return the forecast at `rate` bottles a day since `start`; without a date when there is no room or no pace (`none`)."""
    capacity = known["capacity"]
    if capacity <= 0:
        return Forecast(**known, gap=Gap.NO_ROOM)
    if rate <= 0:
        return Forecast(**known, gap=none)
    days = capacity / rate
    if days > MOST_DAYS:
        return Forecast(**known, gap=Gap.TOO_SLOW, rate=rate)
    nearly = days * settings.PICKUP_FILL_PERCENT / 100
    return Forecast(**known, branch=branch, rate=rate, full_at=start + timedelta(days=days), nearly_at=start + timedelta(days=nearly))


# -- reading


def read(store_ids: Collection[int], at: datetime) -> list[Facts]:
    """Return what is known at `at` of each of these places, in their order; four queries."""
    parents = list(store_ids)
    children: dict[int, list[int]] = {}
    became: dict[int, int] = {}
    for place, other, is_merged in _rows(_OTHERS, {"ids": parents, "active": Status.ACTIVE}):
        if is_merged:
            became[place] = other
        else:
            children.setdefault(other, []).append(place)
    values = {
        "ids": [*parents, *(child for found in children.values() for child in found), *became],
        "at": at,
        "posted": Declaration.POSTED,
        "zone": settings.NETWORK_TIME_ZONE,
    }
    room = {store: float(bottles) for store, bottles in _rows(_ROOM, values)}
    declared: dict[int, Seen] = {}
    for store, moment, bottles in sorted(_rows(_DECLARED, values), key=lambda row: row[1]):
        declared[became.get(store, store)] = Seen(moment, float(bottles))
    pickups: dict[int, list[Seen]] = {}
    for store, moment, bottles in sorted(_rows(_PICKUPS, values), key=lambda row: row[1], reverse=True):
        pickups.setdefault(became.get(store, store), []).append(Seen(moment, float(bottles)))

    def member(store: int) -> Member:
        return Member(room.get(store, 0.0), declared.get(store))

    facts = []
    for parent in parents:
        own, others = pickups.get(parent, []), children.get(parent, [])
        last, before = _last_two(own, [seen for child in others for seen in pickups.get(child, [])])
        facts.append(Facts(parent, member(parent), tuple(member(child) for child in others), last, before))
    return facts


def _last_two(own: Sequence[Seen], others: Sequence[Seen]) -> tuple[Seen | None, datetime | None]:
    """Return a place's last pickup, with what was collected from its children since the one before, and the moment of that one.

    Arguments: `own` and `others`, pickups with one a day, the latest first in `own`.
    """
    if not own:
        return None, None
    last, before = own[0], own[1].at if len(own) > 1 else None
    through = sum(seen.bottles for seen in others if seen.at <= last.at and (before is None or seen.at > before))
    return Seen(last.at, last.bottles + through), before


def _rows(sql: str, values: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# The places collected through each of these; and those that became part of one or the other, whose past counts there.
_OTHERS = """
    WITH child AS (
        SELECT id, collected_through_id FROM stores_store WHERE collected_through_id = ANY(%(ids)s) AND status = %(active)s
    )
    SELECT id, collected_through_id, false FROM child
    UNION ALL
    SELECT id, merged_into_id, true FROM stores_store
    WHERE merged_into_id = ANY(%(ids)s) OR merged_into_id IN (SELECT id FROM child)
    ORDER BY 1
"""

# Without a known capacity, what is there stands for it; the buffer stock is taken off, kind by kind.
_ROOM = """
    SELECT store_id, sum(greatest(0, coalesce(nullif(u.capacity, 0), f.total, 0) - coalesce(u.buffer, 0)) * k.bottles)
    FROM (SELECT store_id, container_type_id, sum(quantity) AS total FROM crates_balance WHERE store_id = ANY(%(ids)s) GROUP BY 1, 2) AS f
    FULL JOIN (SELECT * FROM crates_storecontainer WHERE store_id = ANY(%(ids)s)) AS u USING (store_id, container_type_id)
    JOIN crates_containertype AS k ON k.id = container_type_id
    GROUP BY store_id
"""

# The last declaration of each place in bottles: numbers of full ones, or for kinds told in %% the sum of their fillings.
_DECLARED = """
    SELECT asked.store_id, d.declared_at, coalesce(sum(k.bottles * CASE
        WHEN k.declared_as = 'percent' AND cardinality(c.fill_percents) > 0 THEN (SELECT sum(p) FROM unnest(c.fill_percents) AS p) / 100.0
        ELSE coalesce(c."full", 0) END), 0)
    FROM unnest(%(ids)s::bigint[]) AS asked (store_id)
    CROSS JOIN LATERAL (
        SELECT id, declared_at FROM crates_declaration AS d
        WHERE d.store_id = asked.store_id AND d.state = %(posted)s AND d.declared_at <= %(at)s
        ORDER BY d.declared_at DESC, d.id DESC LIMIT 1
    ) AS d
    LEFT JOIN crates_count AS c ON c.declaration_id = d.id AND NOT c.withdrawn
    LEFT JOIN crates_containertype AS k ON k.id = c.container_type_id
    GROUP BY 1, 2
"""

# The last pickups of each place, one a local day, net of their corrections: full containers that left with a truck. Eight lines of each
# kind hold the last two days with room for corrections, so that years of history are not read.
_PICKUPS = """
    SELECT store_id, moment, bottles FROM (
        SELECT *, row_number() OVER (PARTITION BY store_id ORDER BY moment DESC) AS rank FROM (
            SELECT pair.store_id, max(e.occurred_at) FILTER (WHERE e.quantity < 0) AS moment, sum(-e.quantity * k.bottles) AS bottles
            FROM (
                SELECT DISTINCT store_id, container_type_id FROM crates_balance WHERE store_id = ANY(%(ids)s)
            ) AS pair
            JOIN crates_containertype AS k ON k.id = pair.container_type_id AND k.bottles > 0
            CROSS JOIN LATERAL (
                SELECT e.occurred_at, e.quantity FROM crates_entry AS e JOIN crates_movement AS m ON m.id = e.movement_id
                WHERE e.store_id = pair.store_id AND e.container_type_id = k.id AND e.content = 'full' AND m.cause = 'pickup'
                    AND e.occurred_at <= %(at)s
                ORDER BY e.occurred_at DESC LIMIT 8
            ) AS e
            GROUP BY pair.store_id, (e.occurred_at AT TIME ZONE %(zone)s)::date
            HAVING sum(-e.quantity * k.bottles) > 0
        ) AS day
    ) AS ranked WHERE rank <= 4 ORDER BY store_id, moment DESC
"""
