"""Questions to the ledger: what is where, now or at any moment, and what happened since. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from crates.enums import Cause, Content
from crates.models import Balance, ContainerType, Count, Declaration, Entry, StoreContainer
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
        return cls(container_type, total - shown, shown, total, full)


class Change(NamedTuple):
    """What happened to one container type at one place in a period (numbers of containers).

    `loaded_full` and `left_empty` are what tours took away and brought, corrections included; at a hub, where tours
    unload, both are negative. `declared_full` and `counted_total` are the last figures given in the period, if any.
    """

    container_type: ContainerType
    loaded_full: int
    left_empty: int
    declared_full: int | None
    counted_total: int | None


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
    held = _pairs_of_balances(store_ids=[store.pk])
    used = set(StoreContainer.objects.filter(store=store).values_list("container_type_id", flat=True))
    figures = {container_type: (empty, full) for _store, container_type, empty, full in held}
    return [StockLine.of(kind, *figures.get(pk, (0, 0))) for pk, kind in catalogue().items() if pk in used or pk in figures]


def stock_of_all(stores: QuerySet[Store] | Iterable[int] | None = None) -> dict[int, list[StockLine]]:
    """Return the stock now, by store id, from the balances: one indexed read and the catalogue, whatever the history.

    Arguments: `stores` a queryset, ids, or None for the whole network. Stores that never held anything are absent;
    lines are in the order of screens.
    """
    return _by_store(_pairs_of_balances(stores))


def stock_at(moment: datetime, store: Store | None = None) -> dict[int, list[StockLine]]:
    """Return the stock as it stood at `moment` (facts of that very moment included), by store id.

    Arguments: `store` for one place only. What is recorded later about an earlier moment counts, so the answer for a
    past moment is the best one known today. It is today's balance less what happened since.
    """
    where, values = ("AND store_id = %s", [store.pk]) if store else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT store_id, container_type_id,
                coalesce(sum(quantity) FILTER (WHERE content = 'empty'), 0)::bigint,
                coalesce(sum(quantity) FILTER (WHERE content = 'full'), 0)::bigint
            FROM (
                SELECT store_id, container_type_id, content, quantity FROM crates_balance WHERE true {where}
                UNION ALL
                SELECT store_id, container_type_id, content, -quantity FROM crates_entry
                WHERE occurred_at > %s AND store_id IS NOT NULL {where}
            ) AS line
            GROUP BY store_id, container_type_id ORDER BY store_id, container_type_id
            """,  # noqa: S608  the condition is one of two constants
            [*values, moment, *values],
        )
        return _by_store(cursor.fetchall())


def _pairs_of_balances(stores: QuerySet[Store] | Iterable[int] | None = None, *, store_ids: Iterable[int] | None = None) -> list[tuple]:
    """Return (store id, container type id, empty, full) from the balances, ordered by store."""
    chosen = stores if store_ids is None else store_ids
    where, values = "", []
    if isinstance(chosen, QuerySet):
        inner, inner_values = chosen.order_by().values("pk").query.sql_with_params()
        where, values = f"WHERE store_id IN ({inner})", list(inner_values)
    elif chosen is not None:
        where, values = "WHERE store_id = ANY(%s)", [list(chosen)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT store_id, container_type_id,
                coalesce(max(quantity) FILTER (WHERE content = 'empty'), 0), coalesce(max(quantity) FILTER (WHERE content = 'full'), 0)
            FROM crates_balance {where} GROUP BY store_id, container_type_id ORDER BY store_id
            """,  # noqa: S608  the condition is Django's own SQL, its values are parameters
            values,
        )
        return cursor.fetchall()


def _by_store(rows: Iterable[tuple]) -> dict[int, list[StockLine]]:
    """Group (store id, container type id, empty, full) by store, with lines in the order of screens."""
    kinds = catalogue()
    order = {pk: rank for rank, pk in enumerate(kinds)}
    stock: dict[int, list[StockLine]] = {}
    for store, container_type, empty, full in sorted(rows, key=lambda row: (row[0], order[row[1]])):
        stock.setdefault(store, []).append(StockLine.of(kinds[container_type], empty, full))
    return stock


def changes_since(moment: datetime, store_ids: Collection[int], until: datetime | None = None) -> dict[int, list[Change]]:
    """Return what happened after `moment` and up to `until` (None: now), by store id, in four queries.

    Stores where nothing happened are absent.
    """
    until = until or timezone.now()
    moved: dict[tuple[int, int], dict[str, int]] = {}
    picked = Entry.objects.filter(
        store_id__in=store_ids, occurred_at__gt=moment, occurred_at__lte=until, movement__cause__in=[Cause.PICKUP, Cause.DELIVERY]
    )
    sums = picked.order_by().values_list("store_id", "container_type_id", "content").annotate(Sum("quantity"))
    for store, kind, content, quantity in sums:
        moved.setdefault((store, kind), {})[content] = quantity
    seen = Count.objects.filter(store_id__in=store_ids, at__gt=moment, at__lte=until, withdrawn=False).exclude(
        declaration__state=Declaration.HELD
    )
    declared, counted = _last_figures(seen, "declaration", "full"), _last_figures(seen, "inventory", "total")
    kinds = catalogue()
    changes: dict[int, list[Change]] = {}
    for store, kind in sorted(moved.keys() | declared.keys() | counted.keys()):
        here = moved.get((store, kind), {})
        line = Change(
            kinds[kind],
            loaded_full=-here.get(Content.FULL, 0),
            left_empty=here.get(Content.EMPTY, 0),
            declared_full=declared.get((store, kind)),
            counted_total=counted.get((store, kind)),
        )
        changes.setdefault(store, []).append(line)
    for lines in changes.values():
        lines.sort(key=lambda line: (line.container_type.position, line.container_type.code))
    return changes


def _last_figures(counts: QuerySet[Count], owner: str, figure: str) -> dict[tuple[int, int], int]:
    """Return the last `figure` seen by declarations or inventories, by (store id, container type id)."""
    rows = counts.filter(**{f"{owner}__isnull": False, f"{figure}__isnull": False})
    last = rows.order_by("store_id", "container_type_id", "-at", "-pk").distinct("store_id", "container_type_id")
    return {(store, kind): number for store, kind, number in last.values_list("store_id", "container_type_id", figure)}


def last_declarations(store_ids: Collection[int]) -> dict[int, Declaration]:
    """Return the last declaration taken into account of each store, by store id; its lines are fetched with it."""
    rows = Declaration.objects.filter(store_id__in=store_ids, state=Declaration.POSTED)
    last = rows.order_by("store_id", "-declared_at", "-pk").distinct("store_id").prefetch_related("lines__container_type")
    return {declaration.store_id: declaration for declaration in last}


def last_declared_at(store_ids: Collection[int]) -> dict[int, datetime]:
    """Return when each store last declared, by store id; those that never did are absent."""
    rows = Declaration.objects.filter(store_id__in=store_ids, state=Declaration.POSTED).order_by()
    return dict(rows.values_list("store_id").annotate(Max("declared_at")))


def negative_balances() -> list[NegativeBalance]:
    """Return the places where the ledger holds fewer than none, in full, in empty or in all: to look into."""
    kinds = catalogue()
    suspects = Balance.objects.filter(quantity__lt=0).order_by().values_list("store_id", flat=True).distinct()
    rows = _pairs_of_balances(store_ids=list(suspects))
    return [NegativeBalance(store, kinds[kind], empty, full) for store, kind, empty, full in rows if empty < 0 or full < 0]
