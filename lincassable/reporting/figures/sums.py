"""Adding up the rows of a source, and listing them: both from the same statement, so that a list adds up to its number.

A source takes one query for all of a period's sums (GROUPING SETS: the whole, each month or year, each zone or carrier …), whatever the
size of the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from lincassable.reporting.figures.asked import Asked
from lincassable.reporting.figures.enums import ROWS_SHOWN, Clock, Dimension
from lincassable.reporting.figures.periods import Period, zone_name
from lincassable.reporting.figures.sources import Source

Sum = dict[str, int]


@dataclass
class Sums:
    """What a source adds up to. Arguments: whole; by month or year (its first day); by member of the dimension asked for (0: none)."""

    whole: Sum = field(default_factory=dict)
    buckets: dict[date, Sum] = field(default_factory=dict)
    members: dict[int, Sum] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row behind a number. Arguments: key, of what the admin opens; day, local; place, zone, carrier, producer: ids, None where there
    is none; what, in words; measures, by name."""

    key: int
    day: date
    place: int | None
    zone: int | None
    carrier: int | None
    producer: int | None
    what: str
    measures: Sum


def knows(source: Source, asked: Asked) -> bool:
    """Whether the rows of a source can be filtered as asked: no tour belongs to one place."""
    return set(asked.filters) <= set(source.knows)


def facts_in(source: Source, period: Period) -> QuerySet[Any]:
    """Return the rows of a source in a period: up to now, except plans; of months, those that lie within it as a whole."""
    rows = source.facts()
    if source.clock == Clock.MOMENT:
        return rows.filter(Q(at__gte=period.since, at__lt=period.until))
    if source.clock == Clock.MONTH:
        first, end = period.months
        return rows.filter(Q(day__gte=first, day__lt=end))
    return rows.filter(Q(day__gte=period.first, day__lte=period.last if source.clock == Clock.PLAN else period.last_known))


def _told(source: Source, rows: QuerySet[Any]) -> tuple[str, list[Any]]:
    """Return the statement that gives the rows their day, zone, carrier and producer, and its parameters."""
    sql, values = rows.query.sql_with_params()
    joins, found = "", {"zone": "NULL::bigint", "carrier": "NULL::bigint", "producer": "NULL::bigint", "place": "NULL::bigint"}
    if Dimension.STORE in source.knows:
        joins = " LEFT JOIN stores_store AS p ON p.id = f.place LEFT JOIN references_producer AS m ON m.store_id = f.place"
        found |= {"zone": "p.zone_id", "producer": "m.id", "place": "f.place"}
    if source.by_stop:
        joins += " LEFT JOIN pickups_stop AS s ON s.id = f.stop LEFT JOIN pickups_tour AS t ON t.id = s.tour_id"
        found["carrier"] = "t.carrier_id"
    found |= {name: f"f.{column}" for name, column in source.own.items()}
    is_moment = source.clock == Clock.MOMENT
    day = "(f.at AT TIME ZONE %s)::date" if is_moment else "f.day"
    columns = ", ".join(f"coalesce({expression}, 0) AS {name}_id" for name, expression in found.items())
    measures = ", ".join(f"f.{name}" for name in source.measures)
    told = f'SELECT f."row", {day} AS day, {columns}, f.what, {measures} FROM ({sql}) AS f{joins}'  # noqa: S608  names of ours
    return told, [*([zone_name()] if is_moment else []), *values]


COLUMNS = {Dimension.ZONE: "zone_id", Dimension.CARRIER: "carrier_id", Dimension.PRODUCER: "producer_id", Dimension.STORE: "place_id"}


def _where(asked: Asked) -> tuple[str, list[int]]:
    conditions = [f"{COLUMNS[dimension]} = %s" for dimension in asked.filters]
    return " AND ".join(conditions) or "true", list(asked.filters.values())


def sums_of(source: Source, asked: Asked) -> Sums:
    """Return the sums of a source; one query. The caller has asked `knows` first."""
    told, values = _told(source, facts_in(source, asked.looked_at))
    where, keys = _where(asked)
    member = COLUMNS[asked.by] if asked.by and asked.by in source.knows else "0"
    adding = ", ".join(f"coalesce(sum({name}), 0)::bigint" for name in source.measures)
    # How many places told something: sorted for, so only where it is shown.
    places = "count(DISTINCT nullif(place_id, 0))" if source.clock == Clock.MONTH else "0"
    sql = f"""
        WITH told AS (SELECT *, date_trunc(%s, day)::date AS bucket, {member} AS member FROM ({told}) AS every WHERE {where})
        SELECT grouping(bucket), grouping(member), bucket, member, count(*), {places}, {adding}
        FROM told GROUP BY GROUPING SETS ((), (bucket), (member))"""  # noqa: S608  names of ours
    found = Sums()
    with connection.cursor() as cursor:
        cursor.execute(sql, [asked.looked_at.bucket, *values, *keys])
        for over_buckets, over_members, bucket, key, *numbers in cursor.fetchall():
            line = dict(zip(("rows", "places", *source.measures), numbers, strict=True))
            if not over_buckets:
                found.buckets[bucket] = line
            elif not over_members:
                found.members |= {key: line} if asked.by in source.knows else {}
            else:
                found.whole = line
    return found


def first_day(source: Source, asked: Asked) -> date | None:
    """Return the day of the oldest row of a source that passes the filters, whatever the period; None without any. One query."""
    order = "at" if source.clock == Clock.MOMENT else "day"
    told, values = _told(source, source.facts())
    where, keys = _where(asked)
    # Ordered by the rows' own time, so that an index gives the first one.
    told = told.replace("SELECT", f"SELECT f.{order} AS moment,", 1)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT day FROM ({told}) AS every WHERE {where} ORDER BY moment LIMIT 1", [*values, *keys])  # noqa: S608
        row = cursor.fetchone()
    return row[0] if row else None


def rows_of(source: Source, asked: Asked, *, page: int | None = 1, size: int = ROWS_SHOWN) -> list[Row]:
    """Return the rows that `sums_of(…).whole` adds up, the newest first; a page of them, from 1, or all (None). One query."""
    told, values = _told(source, facts_in(source, asked.looked_at))
    where, keys = _where(asked)
    measures = ", ".join(source.measures)
    sql = f"""SELECT "row", day, place_id, zone_id, carrier_id, producer_id, what, {measures} FROM ({told}) AS every WHERE {where}
        ORDER BY day DESC, "row" DESC, what LIMIT %s OFFSET %s"""  # noqa: S608  names of ours
    limits = [None, 0] if page is None else [size, (page - 1) * size]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, *keys, *limits])
        return [
            Row(
                key,
                day,
                place or None,
                zone or None,
                carrier or None,
                producer or None,
                what or "",
                dict(zip(source.measures, numbers, strict=True)),
            )
            for key, day, place, zone, carrier, producer, what, *numbers in cursor.fetchall()
        ]
