"""The stock as the present tool would show it, to compare both screens."""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

from crates.queries import stock_at, stock_of_all
from lincassable.legacy.cells import zone
from lincassable.legacy.enums import CODES
from lincassable.legacy.known import end_of
from stores.models import Store


class StockRow(TypedDict):
    """The stock of one container at one place; `store` is the id there if there is one, else ours."""

    store: int | str
    name: str
    container: str
    total: int
    full: int


def stock_rows(at: dt.datetime | None = None) -> list[StockRow]:
    """Return the stock of every place and container, zeros too, in the order of our ids.

    Arguments: `at`, any moment of the day to show; the present tool knows days only, so everything of that local day
    counts. None: now.
    """
    stock = stock_of_all() if at is None else stock_at(end_of(at.astimezone(zone()).date()))
    rows: list[StockRow] = []
    for store in Store.objects.order_by("pk"):
        lines = {line.container_type.code: line for line in stock.get(store.pk, [])}
        for code in CODES:
            line = lines.get(code)
            total, full = (line.total, line.full) if line else (0, 0)
            rows.append({"store": legacy_id(store), "name": store.name, "container": code, "total": total, "full": full})
    return rows


def legacy_id(store: Store) -> int | str:
    """Return the id of a place there if it has one (a number when it is one), else ours."""
    text = store.source_id
    if not text:
        return store.pk
    return int(text) if text.isdecimal() and text.isascii() else text
