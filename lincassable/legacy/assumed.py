"""Places that nobody ever counted show the stock columns of their own row: an assumed count stands for them here.

It pins the totals at the end of the local day of the export, so that the place shows these figures whatever its stops.
It is made again when a newer export says something else, withdrawn while a real count of that day or an earlier one is
there, and restored when that count goes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import Min
from django.utils.translation import gettext as _

from crates.models import ContainerType, Inventory
from crates.queries import stock_at
from crates.services import CountedLine, record_inventory, withdraw_inventory
from lincassable.legacy.enums import ASSUMED, CODES, Table
from lincassable.legacy.known import NAMESPACE, Work, end_of
from lincassable.legacy.models import AssumedCount
from stores.models import Store

Figures = dict[str, list[int | None]]


def first_real_counts(store_ids: Iterable[int]) -> dict[int, dt.datetime]:
    """Return the moment of the first real count in force of each place that has one."""
    real = Inventory.objects.filter(store_id__in=list(store_ids), withdrawn_at__isnull=True)
    real = real.exclude(source_id__startswith=f"{ASSUMED}/")
    return dict(real.order_by().values_list("store_id").annotate(Min("counted_at")))


def settle(work: Work, *, same_export: bool) -> None:
    """Make, renew, withdraw or restore assumed counts after an import.

    Arguments: `same_export`, whether this very export was imported before: its columns are believed for the day remembered.
    """
    mine = AssumedCount.objects.filter(store__source=work.source).select_related("inventory", "store")
    counts = {count.store_id: count for count in mine.order_by("store_id")}
    _follow_figures(work, counts, same_export=same_export)
    realise(work, counts.values())


def _follow_figures(work: Work, counts: dict[int, AssumedCount], *, same_export: bool) -> None:
    """Note the columns of the export, and the day they are believed for."""
    real = first_real_counts(work.figures)
    end = work.end_of_day
    stock = {} if same_export else _stock(work, end)
    keepers = set(Store.objects.keeping_stock().filter(pk__in=work.figures).order_by("pk").values_list("pk", flat=True))
    for store_id, figures in work.figures.items():
        lines = _as_counted(figures, keeps_stock=store_id in keepers)
        count = counts.get(store_id)
        if count is None:
            counts[store_id] = AssumedCount(store_id=store_id, at=end, figures=lines)
        elif count.figures != lines:
            count.figures, count.at = lines, end
        elif not same_export and not _counted(real.get(store_id), end) and not _shows(stock.get(store_id, {}), lines):
            count.at = end  # stops since then moved the figures; the present tool still shows its columns
    if Table.POINT in work.tables:
        for store_id in counts.keys() - work.figures.keys():  # the place is gone from the export
            counts[store_id].figures = {}


def _as_counted(figures: Figures, *, keeps_stock: bool) -> Figures:
    """Return the columns as a count has them: at hubs and sorting centres a missing full figure is 0."""
    return {code: [total, 0 if full is None and keeps_stock else full] for code, (total, full) in figures.items()}


def _stock(work: Work, moment: dt.datetime) -> dict[int, dict[str, tuple[int, int]]]:
    """Return total and full per place and container at a moment."""
    return {
        store_id: {line.container_type.code: (line.total, line.raw_full) for line in lines}
        for store_id, lines in stock_at(moment).items()
        if store_id in work.figures
    }


def _shows(stock: dict[str, tuple[int, int]], figures: Figures) -> bool:
    """Whether a place's stock is what its columns say."""
    for code, (total, full) in figures.items():
        here_total, here_full = stock.get(code, (0, 0))
        if here_total != total or (full is not None and here_full != full):
            return False
    return True


def _counted(first: dt.datetime | None, at: dt.datetime) -> bool:
    """Whether a real count is there on the local day of `at`, or before."""
    from lincassable.legacy.cells import zone

    return first is not None and first <= end_of(at.astimezone(zone()).date())


def realise(work: Work, counts: Iterable[AssumedCount]) -> None:
    """Let the inventories follow what is to be assumed."""
    counts = list(counts)
    real = first_real_counts(count.store_id for count in counts)
    for count in counts:
        wanted = bool(count.figures) and not _counted(real.get(count.store_id), count.at)
        said = count.inventory if count.in_force else None
        same = said is not None and said.counted_at == count.at and _lines_of(said) == count.figures
        if (wanted and same) or (not wanted and said is None):
            if count._state.adding:
                count.save()
            continue
        if said is not None and said.withdrawn_at is None:
            withdraw_inventory(said, by=work.by, reason=_("the columns of the present tool say something else, or a real count is there"))
        count.in_force = wanted
        count.version += 1
        if wanted:
            count.inventory = _record(work, count)
        count.save()
        work.report.count(ASSUMED, "new" if wanted else "gone")


def _lines_of(inventory: Inventory) -> Figures:
    kinds = {kind.pk: kind.code for kind in ContainerType.objects.order_by("pk")}
    return {kinds[kind]: [total, full] for kind, total, full in inventory.lines.values_list("container_type_id", "total", "full")}


def _record(work: Work, count: AssumedCount) -> Inventory:
    lines = [CountedLine(work.kinds[code], count.figures[code][0] or 0, count.figures[code][1]) for code in CODES]
    return record_inventory(
        count.store,
        key=uuid.uuid5(NAMESPACE, f"{ASSUMED}/{count.store_id}/{count.version}"),
        counted_at=count.at,
        lines=lines,
        by=work.by,
        note=_("Nobody has counted here yet: these are the figures of the present tool."),
        source=(work.source, f"{ASSUMED}/{count.store.source_id}/{count.version}"),
    )
