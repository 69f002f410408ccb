"""Questions to the ledger: what is where, now or at any moment, and what happened since. Nothing here writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, QuerySet
from django.utils import timezone

from crates.enums import Cause
from crates.models import Balance, ContainerType, Declaration, Entry, StoreContainer
from stores.merging import PLACE, merged_places, with_merged
from stores.models import Store


class StockLine(NamedTuple):
    """The stock of one container type at one place, as screens show it.

    `full` is cut at zero and `empty` is `total - full`; `total` is never cut. `raw_full` is the ledger's own figure,
    which may be negative when more was loaded than we thought was there.
    """

    container_type: ContainerType
    empty: int
    full: int
    total: int
    raw_full: int

    @classmethod
    def of(cls, container_type: ContainerType, empty: int, full: int) -> StockLine:
        """Return the line to show for the ledger's figures `empty` and `full`: cut once, here."""
        shown = full if full > 0 else 0
        total = empty + full
        return tuple.__new__(cls, (container_type, total - shown, shown, total, full))  # half the time of cls(…)


class StockRow(NamedTuple):
    """The stock of one container type at one place, by ids alone: for what goes through the whole network.

    The figures are those of `StockLine`.
    """

    store_id: int
    container_type_id: int
    empty: int
    full: int
    total: int
    raw_full: int


class Change(NamedTuple):
    """What happened to one container type at one place after a moment (numbers of containers).

    `loaded_full` and `left_empty` are what tours took away and brought, corrections included; at a hub, where tours
    unload, both are negative. `added_full` and `added_empty` are what all entries together added, later ones too: today's
    balance less these is the one of that moment.
    """

    loaded_full: int
    left_empty: int
    added_full: int
    added_empty: int


class NegativeBalance(NamedTuple):
    """A balance that cannot be: something was not recorded. `empty` and `full` are the ledger's own figures."""

    store_id: int
    container_type: ContainerType
    empty: int
    full: int


def catalogue() -> dict[int, ContainerType]:
    """Return every container type by id, in the order of screens, in one query."""
    return {kind.pk: kind for kind in ContainerType.objects.order_by("position", "code")}


def stock_of(store: Store) -> list[StockLine]:
    """Return the stock of `store` now, one line per container type that it uses or holds, in the order of screens."""
    kinds, figures = _read(_NOW.format(where="WHERE store_id = %s"), [store.pk])
    used = set(StoreContainer.objects.filter(store=store).values_list("container_type_id", flat=True))
    held = {kind: (empty, full) for _store, kind, empty, full, _catalogue in figures}
    return [StockLine.of(kind, *held.get(pk, (0, 0))) for pk, kind in kinds.items() if pk in used or pk in held]


def stock_rows(stores: QuerySet[Store] | Iterable[int] | None = None) -> list[StockRow]:
    """Return the stock now as flat rows, in no order: one indexed read of the balances and nothing else.

    Arguments: `stores` a queryset, ids, or None for the whole network.
    """
    row = partial(tuple.__new__, StockRow)
    with connection.cursor() as cursor:
        cursor.execute(*_now(stores))
        return [
            row((store, kind, empty + full - (full if full > 0 else 0), full if full > 0 else 0, empty + full, full))
            for store, kind, empty, full in cursor.fetchall()
        ]


def stock_of_all(stores: QuerySet[Store] | Iterable[int] | None = None) -> dict[int, list[StockLine]]:
    """Return the stock now, by store id, in one query: an indexed read of the balances, whatever the history.

    Arguments: `stores` a queryset, ids, or None for the whole network. Stores that never held anything are absent;
    lines are in the order of screens, stores in no order.
    """
    return _by_store(*_read(*_now(stores)))


def stock_at(moment: datetime, store: Store | None = None) -> dict[int, list[StockLine]]:
    """Return the stock as it stood at `moment` (facts of that very moment included), by store id: one query, two for all places.

    Arguments: `store` for one place only. What is recorded later about an earlier moment counts, so the answer for a
    past moment is the best one known today.
    """
    early = store is None and is_early(moment)
    where = "AND store_id = %(store)s" if store else ""
    return _by_store(*_read(figures_at(early=early, where=where), {"moment": moment, "store": store and store.pk}))


def is_early(moment: datetime) -> bool:
    """Whether `moment` is in the first half of what is recorded: then it is shorter to count from the start than back from now."""
    first = Entry.objects.order_by("occurred_at").values_list("occurred_at", flat=True).first()
    return first is not None and moment - first < timezone.now() - moment


def figures_at(*, early: bool, where: str = "") -> str:
    """Return the SQL of the stock at the parameter `moment`: rows (store_id, container_type_id, empty, full), one per pair.

    Arguments: `early`, see `is_early`: all entries up to the moment are summed; else today's balances less what happened
    since. Both say the same, as balances are the sum of entries. `where` is a further condition, SQL of the caller.
    """
    return (_AT_EARLY if early else _AT_LATE).format(where=where)


# Each sums entries by themselves, so that the database may share the work among its processes.
_AT_EARLY = """
    SELECT store_id, container_type_id, coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0)::bigint AS empty,
        coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint AS "full"
    FROM crates_entry WHERE occurred_at <= %(moment)s AND store_id IS NOT NULL {where} GROUP BY 1, 2
"""
_AT_LATE = """
    SELECT store_id, container_type_id, sum(empty)::bigint AS empty, sum("full")::bigint AS "full" FROM (
        SELECT store_id, container_type_id, coalesce(max(quantity) FILTER (WHERE content = 'empty'), 0) AS empty,
            coalesce(max(quantity) FILTER (WHERE content = 'full'), 0) AS "full"
        FROM crates_balance WHERE true {where} GROUP BY 1, 2
        UNION ALL
        SELECT store_id, container_type_id, -coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0),
            -coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)
        FROM crates_entry WHERE occurred_at > %(moment)s AND store_id IS NOT NULL {where} GROUP BY 1, 2
    ) AS part GROUP BY 1, 2
"""


# Both contents of a (place, container type) side by side, so that half as many rows travel; each is one row at most.
_NOW = """
    SELECT store_id, container_type_id, coalesce(max(quantity) FILTER (WHERE content = 'empty'), 0) AS empty,
        coalesce(max(quantity) FILTER (WHERE content = 'full'), 0) AS "full"
    FROM crates_balance {where} GROUP BY store_id, container_type_id
"""


def _now(stores: QuerySet[Store] | Iterable[int] | None) -> tuple[str, list[Any]]:
    """Return the SQL of the balances of `stores` as (store id, container type id, empty, full), and its values."""
    if stores is None:
        return _NOW.format(where=""), []
    if isinstance(stores, QuerySet):
        inner, values = stores.order_by().values("pk").query.sql_with_params()
        return _NOW.format(where=f"WHERE store_id IN ({inner})"), list(values)
    return _NOW.format(where="WHERE store_id = ANY(%s)"), [list(stores)]


def _read(figures: str, values: list[Any] | dict[str, Any]) -> tuple[dict[int, ContainerType], list[tuple]]:
    """Return the catalogue by id, in the order of screens, and the rows (store id, container type id, empty, full).

    Both come by one query: one row, the last as a rule, carries the catalogue, so that a small network waits for the
    server once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT store_id, container_type_id, empty, "full", NULL AS catalogue FROM ({figures}) AS stock
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, coalesce(json_agg(kind ORDER BY position, code), '[]') FROM crates_containertype AS kind
            """,  # noqa: S608  `figures` is SQL of this module and of Django, its values are parameters
            values,
        )
        rows = cursor.fetchall()
    found = next(index for index in range(len(rows) - 1, -1, -1) if rows[index][4] is not None)
    names, kinds = _catalogue_columns(), rows.pop(found)[4]
    return {kind["id"]: ContainerType.from_db(connection.alias, names, [kind[name] for name in names]) for kind in kinds}, rows


@lru_cache
def _catalogue_columns() -> list[str]:
    return [field.attname for field in ContainerType._meta.concrete_fields]


def _by_store(kinds: dict[int, ContainerType], rows: list[tuple]) -> dict[int, list[StockLine]]:
    """Group rows by store, with lines in the order of screens. The one loop that grows with the network: kept plain."""
    of_kind: dict[int, list[tuple]] = {pk: [] for pk in kinds}
    for row in rows:
        of_kind[row[1]].append(row)
    stock: defaultdict[int, list[StockLine]] = defaultdict(list)
    line = tuple.__new__
    for pk, kind in kinds.items():
        for store, _kind, empty, full, _catalogue in of_kind[pk]:  # the same as `StockLine.of`, in half its time
            shown, total = full if full > 0 else 0, empty + full
            stock[store].append(line(StockLine, (kind, total - shown, shown, total, full)))
    return dict(stock)


def changes_since(moment: datetime, store_ids: Collection[int], until: datetime | None = None) -> dict[tuple[int, int], Change]:
    """Return what happened after `moment`, by (store id, container type id), in two queries.

    What happened at a place that became part of another one is that one's. Pairs without an entry are absent.

    Arguments: until, up to when tours are counted (None: now).
    """
    became = merged_places(store_ids)
    values: dict[str, Any] = {
        "ids": [*store_ids, *became],
        "moment": moment,
        "until": until or timezone.now(),
        "trucks": [Cause.PICKUP, Cause.DELIVERY],
    }
    found: dict[tuple[int, int], Change] = {}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, values)
        for store, kind, *figures in cursor.fetchall():
            key = (became.get(store, store), kind)
            found[key] = Change(*map(sum, zip(found[key], figures, strict=True))) if key in found else Change(*figures)
    return found


_CHANGES = """
    SELECT store_id, container_type_id, coalesce(-sum(quantity) FILTER (WHERE is_full AND by_truck), 0)::bigint,
        coalesce(sum(quantity) FILTER (WHERE NOT is_full AND by_truck), 0)::bigint,
        coalesce(sum(quantity) FILTER (WHERE is_full), 0)::bigint, coalesce(sum(quantity) FILTER (WHERE NOT is_full), 0)::bigint
    FROM (
        SELECT e.store_id, e.container_type_id, e.quantity, e.content = 'full' AS is_full,
            e.occurred_at <= %(until)s
                AND (SELECT m.cause = ANY(%(trucks)s) FROM crates_movement AS m WHERE m.id = e.movement_id) AS by_truck
        FROM crates_entry AS e
        WHERE e.store_id = ANY(%(ids)s) AND e.occurred_at > %(moment)s
    ) AS entry GROUP BY 1, 2
"""


def last_declarations(store_ids: Collection[int]) -> dict[int, Declaration]:
    """Return the last declaration taken into account of each store, by store id; its lines are fetched with it."""
    rows = Declaration.objects.filter(store__in=with_merged(store_ids), state=Declaration.POSTED).annotate(place=PLACE)
    last = rows.order_by("place", "-declared_at", "-pk").distinct("place").prefetch_related("lines__container_type")
    return {declaration.place: declaration for declaration in last}


def last_declared_at(store_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each store last declared, by store id; those that never did are absent."""
    rows = Declaration.objects.filter(store__in=with_merged(store_ids), state=Declaration.POSTED).order_by()
    return dict(rows.annotate(place=PLACE).values_list("place").annotate(Max("declared_at")))


def negative_balances() -> list[NegativeBalance]:
    """Return the places where the ledger holds fewer than none, in full, in empty or in all: to look into."""
    suspects = Balance.objects.filter(quantity__lt=0).order_by().values_list("store_id", flat=True).distinct()
    kinds, rows = _read(*_now(list(suspects)))
    return [NegativeBalance(row[0], kinds[row[1]], row[2], row[3]) for row in sorted(rows) if row[2] < 0 or row[3] < 0]


def buffers_of(store_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return the buffer stock of stores, by (store id, container type id): what stays there while a tour is on its way."""
    rows = StoreContainer.objects.filter(store_id__in=store_ids).order_by().values_list("store_id", "container_type_id", "buffer")
    return {(store, kind): buffer for store, kind, buffer in rows}


def rotation(store_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return the rotation stock of stores, by (store id, container type id): the total less the buffer, never below 0; two queries.

    It is what tours may take away and bring back; kinds that a store neither uses nor holds are absent.
    """
    buffers = buffers_of(store_ids)
    held = {(store, line.container_type.pk): line.total for store, lines in stock_of_all(list(store_ids)).items() for line in lines}
    return {pair: max(0, held.get(pair, 0) - buffers.get(pair, 0)) for pair in sorted(buffers.keys() | held.keys())}
