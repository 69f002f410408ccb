"""Importing in tests, and reading what came of it."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from pathlib import Path

from crates.check import check_ledger
from crates.models import Entry, Movement
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.queries import stock_rows
from lincassable.legacy.reading import open_export
from lincassable.legacy.report import Report
from lincassable.legacy.services import import_legacy
from lincassable.legacy.tests.exports import PARIS, Export, stock

_folders = itertools.count()


def evening(day: str | dt.date) -> dt.datetime:
    """The end of a day in Paris."""
    day = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return dt.datetime.combine(day, dt.time(23, 59, 59), PARIS)


def bring_in(export: Export, day: str | dt.date | None = "2025-06-30", **options: object) -> Report:
    """Write an export to a folder of its own and import it as of the end of `day`."""
    only = options.pop("only", None)
    with tempfile.TemporaryDirectory() as folder:
        export.write(Path(folder), only=only)
        at = evening(day) if day else None
        return import_legacy(open_export(Path(folder)), source="tool", at=at, **options)


def figures(at: dt.datetime | None = None) -> dict[tuple[int, str], tuple[int, int]]:
    """What `manage.py stock` prints: (total, full) by (id there, container)."""
    return {(row["store"], row["container"]): (row["total"], row["full"]) for row in stock_rows(at)}


def assert_agrees(export: Export, day: dt.date, at: dt.datetime | None = None) -> None:
    """The stock here is what the tool shows on `day`, wherever it was counted."""
    here = figures(at)
    for pair, (total, full) in stock(export, day).items():
        assert here[pair][0] == total, (pair, day, here[pair], total)
        if full is not None:
            assert here[pair][1] == full, (pair, day, here[pair], full)


def ledger_size() -> tuple[int, int, int]:
    """How many movements, entries and remembered rows there are."""
    return Movement.objects.count(), Entry.objects.count(), LegacyRow.objects.count()


def assert_holds() -> None:
    """The ledger holds."""
    assert check_ledger() == []
