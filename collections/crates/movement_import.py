"""Loads movements of containers from a spreadsheet into the ledger. Again by external id changes nothing."""

from __future__ import annotations

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from crates.models import ContainerType, Entry, Movement
from crates.movement_columns import COLUMNS, MovementForm
from crates.services import Line, MovedLine, lock_stores, moved_lines
from crates.services.bulk import Draft, check_draft, post_movements
from crates.services.lines import Net, net_of
from lincassable.importing.columns import Column, simplified
from lincassable.importing.engine import Importer, LineRefused, Outcome, Record, Row, Track
from lincassable.importing.fields import Moment, network_zone
from stores.models import Store

# Keys of imported movements are derived from their source and external id, so that a replay meets the same key.
NAMESPACE = uuid.UUID("5b0f4e0a-6d0c-5f43-9a53-1f6d2a7c9e11")
CHUNK = 5_000  # movements asked for, and posted, at once


def key_of(source: str, external_id: str) -> uuid.UUID:
    """Return the key of the movement that `source` calls `external_id`."""
    return uuid.uuid5(NAMESPACE, json.dumps([source, external_id]))


@dataclass(frozen=True, slots=True)
class Known:
    """A movement of the file that the ledger has already: what must be the same for the file to change nothing."""

    cause: str
    occurred_at: datetime
    net: Net

    def says_the_same(self, cause: str, moment: Moment, net: Net) -> bool:
        """Whether the file's movement is this one; a file with days only is held to the day."""
        same_time = moment.day == self.occurred_at.astimezone(network_zone()).date() if moment.day_only else moment.at == self.occurred_at
        return same_time and self.cause == cause and self.net == net


class MovementImporter(Importer):
    """Lines with the same external id are one movement. The ledger is append-only: a movement is created or is there."""

    name = "movements"

    @cached_property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """The columns that are understood."""
        return COLUMNS

    def form(self) -> forms.Form:
        """The form of a line."""
        return MovementForm()

    def records(self, rows: list[Row]) -> list[Record]:
        """One record per external id, in the order of the file. Locks the places concerned."""
        of_id: dict[str, Record] = {}
        for row in rows:
            of_id.setdefault(row.data["external_id"], Record([])).rows.append(row)
        records = list(of_id.values())
        for record in records:
            record.refusal = self._disagreement(record)
        self._read(rows, records)
        return records

    def _disagreement(self, record: Record) -> ValidationError | None:
        """Why lines with the same external id are not one movement; None when they are."""
        if record.data["external_id"] in self.refused_ids:
            return ValidationError(_("Another line of this movement is refused: a movement is imported whole or not at all."))
        first = record.rows[0]
        for row in record.rows[1:]:
            for name in ("date", "cause"):
                if not same(row.data[name], first.data[name]):
                    sentence = _("Line %(line)d has the same external id with another value here: a movement has one date and one cause.")
                    return LineRefused(row.line, {name: sentence % {"line": first.line}})
        return None

    def _read(self, rows: Iterable[Row], records: Sequence[Record]) -> None:
        wanted = {row.data[name] for row in rows for name in ("from_place", "to_place")} - {""}
        places = Store.objects.filter(source=self.source, source_id__in=wanted)
        self.places: dict[str, int] = dict(places.order_by("pk").values_list("source_id", "pk"))
        # All at once and in the order of their ids, so that nothing else can wait for us in a circle.
        lock_stores(self.places.values())
        self.containers: dict[str, int] = {}
        for kind in ContainerType.objects.order_by("-position", "-code"):
            for word in (kind.name_fr, kind.name_en, kind.code):
                self.containers[simplified(word)] = kind.pk
        self.codes = ", ".join(ContainerType.objects.filter(is_active=True).order_by("position", "code").values_list("code", flat=True))
        self.drafts: list[Draft] = []
        self.known: dict[uuid.UUID, Known] = {}
        keys = [key_of(self.source, record.data["external_id"]) for record in records]
        for start in range(0, len(keys), CHUNK):
            self.known |= known_movements(keys[start : start + CHUNK])

    def save(self, record: Record) -> Outcome:
        """Check the movement, and keep it to be posted by `finish`, unless the ledger has it."""
        data = record.data
        entries = [line for row in record.rows for line in self._lines(row)]
        net = net_of(entries)
        key = key_of(self.source, data["external_id"])
        known = self.known.get(key)
        if known is not None:
            if known.says_the_same(data["cause"], data["date"], net):
                return Outcome.UNCHANGED
            raise ValidationError({"external_id": _(
                "This movement was imported before, with other values. What the ledger holds is never overwritten: "
                "correct it in the admin, under “movements”."
            )})  # fmt: skip
        note = next((row.data["note"] for row in record.rows if row.data["note"]), "")
        draft = Draft(key, data["cause"], data["date"].at, net, note, (self.source, data["external_id"]))
        check_draft(draft)
        self.drafts.append(draft)
        return Outcome.CREATED

    def finish(self, track: Track) -> None:
        """Post the new movements by the thousand; whole or not at all, since each was checked on its own."""
        starts = range(0, len(self.drafts), CHUNK)
        for start in track(starts, len(starts), _("Posting")):
            post_movements(self.drafts[start : start + CHUNK], by=self.by)

    def _lines(self, row: Row) -> list[Line]:
        """The signed lines of one line of the file. Raises LineRefused for an unknown place or container."""
        kind = self.containers.get(simplified(row.data["container"]))
        if kind is None:
            sentence = _("No container is called “%(name)s”. Write one of: %(codes)s.")
            raise LineRefused(row.line, {"container": sentence % {"name": row.data["container"], "codes": self.codes}})
        moved = MovedLine(kind, row.data["content"], row.data["quantity"])
        return moved_lines(self._place(row, "from_place"), self._place(row, "to_place"), [moved])

    def _place(self, row: Row, name: str) -> int | None:
        external_id = row.data[name]
        if not external_id:
            return None
        if external_id not in self.places:
            sentence = _("No collection point has the external id “%(id)s” in the source “%(source)s”: import the places first.")
            raise LineRefused(row.line, {name: sentence % {"id": external_id, "source": self.source}})
        return self.places[external_id]

    def describe(self, record: Record) -> str:
        """Its day, cause, and how many containers."""
        data = record.data
        quantity = sum(row.data["quantity"] for row in record.rows)
        return f"{data['date'].day:%d/%m/%Y} · {data['cause']} · {data['from_place'] or '–'} → {data['to_place'] or '–'} · {quantity}"


def same(one: Any, other: Any) -> bool:
    """Whether two lines give the same value; days are compared as days."""
    if isinstance(one, Moment) and isinstance(other, Moment) and one.day_only and other.day_only:
        return one.day == other.day
    return one == other


def known_movements(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Known]:
    """Return what the ledger says of the movements that have these keys, in two queries."""
    movements = {movement.pk: movement for movement in Movement.objects.filter(key__in=keys).order_by("pk")}
    nets: defaultdict[int, Net] = defaultdict(dict)
    lines = Entry.objects.filter(movement__in=movements).order_by("pk")
    for movement, store, kind, content, quantity in lines.values_list(
        "movement_id", "store_id", "container_type_id", "content", "quantity"
    ):
        nets[movement][store, kind, content] = quantity
    return {movement.key: Known(movement.cause, movement.occurred_at, nets[pk]) for pk, movement in movements.items()}
