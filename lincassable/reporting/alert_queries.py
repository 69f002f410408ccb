"""Finding the alerts of `alerts.REGISTRY`: set-based, for the whole network or a part of it, now or at a past moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from crates.queries import catalogue
from lincassable.reporting.alerts import REGISTRY, Alert
from lincassable.reporting.enums import AlertKind
from lincassable.reporting.stock_sql import Scope

OF_KIND = "SELECT '{kind}' AS kind, store_id, container_type_id, figure, other, since FROM ({sql}) AS of_kind"
NONE = """SELECT ''::text AS kind, NULL::bigint AS store_id, NULL::bigint AS container_type_id, 0::bigint AS figure, 0::bigint AS other,
    NULL::timestamptz AS since WHERE false"""


def union_of(kinds: Iterable[AlertKind], scope: Scope, line: str = "line") -> str:
    """Return the SQL of the alerts of these kinds: rows (kind, store_id, container_type_id, figure, other, since).

    Arguments: `line` names the step that holds the lines to look at, a part of `stock_sql`'s.
    """
    wanted = [kind for kind in kinds if scope.moment is None or REGISTRY[kind].in_the_past]
    return " UNION ALL ".join(OF_KIND.format(kind=kind, sql=REGISTRY[kind].sql.format(line=line)) for kind in wanted) or NONE


def find(scope: Scope | None = None, kinds: Sequence[AlertKind] = tuple(AlertKind)) -> list[Alert]:
    """Return the alerts of a part of the network, each once, in two queries whatever its size.

    Arguments: `scope` None is the whole network, now. The order is that of the registry, then the most pressing first.
    Unseen paloxes that are nowhere in particular make an alert without a place, told only when the whole network is asked.
    """
    scope = scope or Scope()
    nowhere = "alert.store_id IS NULL" if scope == Scope(moment=scope.moment) else "false"
    sql = f"""
        WITH {", ".join(scope.steps)}
        SELECT alert.kind, alert.store_id, coalesce(place.name, ''), container_type_id, figure, other, since
        FROM ({union_of(kinds, scope)}) AS alert LEFT JOIN place ON place.id = alert.store_id
        WHERE place.id IS NOT NULL OR {nowhere}
        ORDER BY figure * 100.0 / nullif(other, 0) DESC NULLS LAST, figure DESC, place.name, alert.store_id, container_type_id
    """  # noqa: S608  composed of constants of ours; values are parameters
    of_id = catalogue()
    with connection.cursor() as cursor:
        cursor.execute(sql, scope.values)
        rows = cursor.fetchall()
    order = {kind: rank for rank, kind in enumerate(REGISTRY)}
    found = [Alert(AlertKind(row[0]), row[1], row[2], of_id.get(row[3]), *row[4:]) for row in rows]
    return sorted(found, key=lambda alert: order[alert.kind])


def told_to_stores(store_ids: Sequence[int]) -> dict[int, list[Alert]]:
    """Return, by store id, the alerts that a store's own mail tells. Nearly full is already its advice, and not told again."""
    kinds = [kind for kind, rule in REGISTRY.items() if rule.for_store]
    found: dict[int, list[Alert]] = defaultdict(list)
    for alert in find(Scope(stores=tuple(store_ids)), kinds):
        if alert.store_id is not None:
            found[alert.store_id].append(alert)
    return dict(found)
