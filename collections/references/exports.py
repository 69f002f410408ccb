"""Products and shelves as files, with the titles that the importers read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from lincassable.exporting import table_file
from references.import_columns import REFERENCE_COLUMNS, SHELF_COLUMNS
from references.models import Reference, ShelfItem


def references_file(suffix: str) -> HttpResponse:
    """Return every product as a file. Arguments: suffix, "csv" or "xlsx"."""
    return table_file("references", [column.header for column in REFERENCE_COLUMNS], _references(), suffix=suffix)


def _references() -> Iterator[list[Any]]:
    rows = Reference.objects.select_related("producer", "bottle_model", "deposit").order_by("producer__name", "name", "volume_cl", "pk")
    for one in rows.iterator(chunk_size=2000):
        yield [
            one.source_id,
            one.producer.name,
            one.name,
            one.get_drink_display(),
            one.volume_cl,
            one.bottle_model.code if one.bottle_model else None,
            one.deposit.amount_eur if one.deposit else None,
            one.ean,
            None if one.label_washable is None else _("yes") if one.label_washable else _("no"),
            one.height_mm,
            one.diameter_mm,
            one.on_market_from,
            one.on_market_to,
        ]


def shelves_file(suffix: str) -> HttpResponse:
    """Return what every place has on its shelf, as a file. Arguments: suffix, "csv" or "xlsx"."""
    return table_file("shelves", [column.header for column in SHELF_COLUMNS] + [_("since"), _("last said")], _shelves(), suffix=suffix)


def _shelves() -> Iterator[list[Any]]:
    rows = ShelfItem.objects.select_related("store", "reference__producer").order_by("store__name", "store", "reference", "pk")
    for item in rows.iterator(chunk_size=2000):
        product = item.reference
        yield [
            item.store.source_id,
            item.store.name,
            item.store.city,
            product.ean,
            product.producer.name,
            product.name,
            product.volume_cl,
            item.get_state_display(),
            item.since,
            item.said_at,
        ]
