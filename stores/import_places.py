"""Which place a line of a file is about: by its external id in the file's source, or by its name and town."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from lincassable.importing.columns import simplified
from lincassable.importing.engine import Row
from stores.models import Store


class KnownPlaces:
    """The places that the lines of a file name, in columns `store_id`, `store` and `city`; two queries.

    A place that became part of another one stands for that one.
    """

    def __init__(self, source: str, rows: Iterable[Row]) -> None:
        """Arguments: source, the list that the external ids belong to; rows, the lines."""
        rows = list(rows)
        ids, names = {row.data["store_id"] for row in rows} - {""}, {simplified(row.data["store"]) for row in rows} - {""}
        places = Store.objects.select_related("merged_into").order_by("pk")
        self.by_id = {store.source_id: store.merged_into or store for store in places.filter(source=source, source_id__in=ids)}
        self.by_name: dict[tuple[str, str], dict[int, Store]] = {}
        for store in places if names else []:
            if simplified(store.name) in names:
                stands = store.merged_into or store
                self.by_name.setdefault((simplified(store.name), simplified(store.city)), {})[stands.pk] = stands
        self.ids = {store.pk for store in self.by_id.values()} | {pk for same in self.by_name.values() for pk in same}

    def find(self, data: Mapping[str, Any]) -> Store:
        """Return the place of a line. Raises ValidationError when there is none, or several of that name."""
        found = self.by_id.get(data["store_id"])
        if found is not None:
            return found
        same = self.by_name.get((simplified(data["store"]), simplified(data["city"])), {})
        if len(same) == 1:
            return next(iter(same.values()))
        if same:
            raise ValidationError({"store": _("Several places have this name in this town: give the external id.")})
        raise ValidationError({"store": _("No collection point has this external id, or this name in this town.")})
