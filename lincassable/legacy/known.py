"""What earlier imports have left, and what the present one works with."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone

from crates.models import ContainerType
from lincassable.accounts.actors import Actor
from lincassable.legacy.cells import zone
from lincassable.legacy.enums import CODES, RowState, Table
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.report import Report
from stores.enums import STOCK_KEEPERS
from stores.models import Store

NAMESPACE = uuid.UUID("0c5f1f9e-6c5b-4f0e-9a3c-5b7d0f2f9b11")


@dataclass(frozen=True, slots=True)
class Place:
    """A collection point of the export: our id, and whether it keeps stock (hub or sorting centre)."""

    pk: int
    keeps_stock: bool


@dataclass
class Work:
    """One import at work: the files, the moment, what is known so far. `tables` are those that the export has."""

    source: str
    at: dt.datetime
    now: dt.datetime
    by: Actor
    report: Report
    files: dict[str, Path]
    tables: set[str] = field(default_factory=set)
    places: dict[int, Place] = field(default_factory=dict)
    zones: dict[int, int] = field(default_factory=dict)
    carriers: dict[int, int] = field(default_factory=dict)
    tours: dict[int, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    # What the points' own stock columns say, by store id: code -> [total, full or None].
    figures: dict[int, dict[str, list[int | None]]] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        """The local day of the export: rows of that day and before have happened. Never after today."""
        return min(self.at.astimezone(zone()).date(), self.now.astimezone(zone()).date())

    @property
    def end_of_day(self) -> dt.datetime:
        """The last moment of that day, or now when it is not over yet."""
        return min(end_of(self.today), self.now)

    @property
    def reason(self) -> str:
        """What corrections give as their reason."""
        from django.utils.translation import gettext as _

        return _("changed in the present tool (%(source)s)") % {"source": self.source}

    @property
    def gone(self) -> str:
        """What corrections give as their reason for rows that are there no more."""
        from django.utils.translation import gettext as _

        return _("gone from the present tool (%(source)s)") % {"source": self.source}


def start_of(day: dt.date) -> dt.datetime:
    """Return the first moment of a local day."""
    return dt.datetime.combine(day, dt.time(), zone()).astimezone(dt.UTC)


def end_of(day: dt.date) -> dt.datetime:
    """Return the last moment of a local day."""
    return start_of(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1)


def noon_of(day: dt.date) -> dt.datetime:
    """Return the noon of a local day, when stops that have a day only take place."""
    return dt.datetime.combine(day, dt.time(12), zone()).astimezone(dt.UTC)


def known_rows(source: str, table: Table) -> dict[int, LegacyRow]:
    """Return what earlier imports left of a table, by the id there. For tables of some thousand rows."""
    return {row.row_id: row for row in LegacyRow.objects.filter(source=source, table_name=table).order_by("row_id")}


def recall(work: Work) -> None:
    """Fill `work` with what earlier imports left, for exports that do not have every table, and with the catalogue."""
    codes = ContainerType.objects.filter(code__in=CODES).values_list("code", "pk").order_by("pk")
    work.kinds = dict(codes)
    for table, known in ((Table.ZONE, work.zones), (Table.CARRIER, work.carriers), (Table.TOUR, work.tours)):
        rows = LegacyRow.objects.filter(source=work.source, table_name=table, state=RowState.HERE).order_by("row_id")
        known.update({row_id: here or 0 for row_id, here in rows.values_list("row_id", "object_id")})
    rows = LegacyRow.objects.filter(source=work.source, table_name=Table.POINT, state=RowState.HERE).order_by("row_id")
    work.places = places_of({row_id: here or 0 for row_id, here in rows.values_list("row_id", "object_id")})


def places_of(stores: dict[int, int]) -> dict[int, Place]:
    """Return the places with these ids here, by their id there."""
    kinds = dict(Store.objects.filter(pk__in=stores.values()).order_by("pk").values_list("pk", "kind"))
    return {row_id: Place(pk, kinds[pk] in STOCK_KEEPERS) for row_id, pk in stores.items() if pk in kinds}


def place_of(work: Work, row_id: int | None) -> Place | None:
    """Return the place that a row names, or None."""
    return work.places.get(row_id) if row_id is not None else None


def remember(rows: Iterable[LegacyRow]) -> None:
    """Write what rows are here now, new ones and changed ones."""
    rows = list(rows)
    LegacyRow.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["source", "table_name", "row_id"],
        update_fields=["digest", "state", "object_id", "version", "detail"],
    )


def key_for(source: str, table: str, row_id: int, version: int) -> uuid.UUID:
    """Return the key of what a row becomes here: always the same, so that it is written once."""
    return uuid.uuid5(NAMESPACE, f"{source}/{table}/{row_id}/{version}")


def external_id(table: str, row_id: int, version: int) -> str:
    """Return the external id of what a row becomes here; replaced counts keep theirs, so versions are told apart."""
    return f"{table}/{row_id}" if version == 1 else f"{table}/{row_id}/{version}"


def make_work(source: str, at: dt.datetime, files: dict[str, Path], **more: Any) -> Work:
    """Return a fresh import at work, knowing what earlier ones left."""
    work = Work(source=source, at=at, now=timezone.now(), by=Actor.system(), report=Report(), files=files, **more)
    recall(work)
    return work
