"""Which SQL the columns of rows written set by set are filled with, and the rest of them with the models' own defaults."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

Columns = dict[str, str]  # column -> SQL, on the staged rows of `bulk`

STOP: Columns = {
    "id": "object_id",
    "uuid": "gen_random_uuid()",
    "tour_id": "tour_id",
    "store_id": "store_id",
    "position": "least(row_number() OVER (PARTITION BY tour_id ORDER BY row_id), 32767)",
    "window_start": "window_start",
    "window_end": "window_end",
    "state": "'done'",
    "completed_at": "at",
    "note": "note",
    "source": "%(source)s",
    "source_id": "'collecte/' || row_id",
    "actor_kind": "'system'",
}
STOP_LINE: Columns = {
    "stop_id": "object_id",
    "container_type_id": "kind.id",
    "planned_full": "greatest(n.f, 0)",
    "planned_empty": "greatest(n.e, 0)",
    "loaded_full": "greatest(n.f, 0)",
    "left_empty": "greatest(n.e, 0)",
}
_TOLD: Columns = {
    "id": "object_id",
    "key": "gen_random_uuid()",
    "store_id": "store_id",
    "source": "%(source)s",
    "actor_kind": "'system'",
}
INVENTORY: Columns = {**_TOLD, "counted_at": "at", "recorded_at": "%(now)s", "source_id": "'inventaire/' || row_id"}
DECLARATION: Columns = {
    **_TOLD,
    "declared_at": "at",
    "received_at": "at",
    "wants_pickup": "wants_pickup",
    "state": "'posted'",
    "source_id": "'remplissage_contenants/' || row_id",
}
COUNT: Columns = {
    "store_id": "s.store_id",
    "container_type_id": "kind.id",
    "at": "s.at",
    "total": "n.total",
    "full": "n.full_ones",
    "fill_percents": "CASE WHEN kind.nth = %(paloxes)s THEN s.fills ELSE '{}' END",
}
MOVEMENT: Columns = {
    "id": "movement_id",
    "key": "gen_random_uuid()",
    "cause": "(ARRAY['pickup', 'inventory', 'declaration'])[rank + 1]",
    "occurred_at": "at",
    "recorded_at": "%(now)s",
    "inventory_id": "CASE WHEN rank = 1 THEN object_id END",
    "declaration_id": "CASE WHEN rank = 2 THEN object_id END",
    "origin_kind": "CASE WHEN rank = 0 THEN 'stop' ELSE '' END",
    "origin_id": "CASE WHEN rank = 0 THEN object_id END",
    "source": "CASE WHEN rank = 0 THEN %(source)s ELSE '' END",
    "source_id": "CASE WHEN rank = 0 THEN 'collecte/' || row_id ELSE '' END",
    "actor_kind": "'system'",
}


def plain_defaults(model: type[models.Model], told: frozenset[str]) -> dict[str, Any]:
    """Return the model's own defaults of the columns that are not `told` and that the database would not fill in."""
    fields = (field for field in model._meta.concrete_fields if field.column not in told and not field.primary_key)
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in fields
        if not field.null and not field.has_db_default()
    }
