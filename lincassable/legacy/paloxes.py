"""Numbered paloxes of an export: registered, and seen where the present tool says they are."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.utils.translation import gettext as _

from crates.enums import PaloxState
from crates.models import Palox
from crates.palox_numbers import LONGEST, find, normal
from crates.services.paloxes import describe_palox, scrap_palox, see
from lincassable.legacy import cells
from lincassable.legacy.cells import shown
from lincassable.legacy.enums import RowState, Table
from lincassable.legacy.known import Work, known_rows, noon_of, place_of, remember
from lincassable.legacy.models import LegacyRow
from lincassable.legacy.rows import Row, RowRefused, digest_of, rows
from stores.models import Store

COLUMNS = frozenset({"id", "numero", "model", "statut", "point_de_collecte_id", "format_tri", "created_at"})
STATES = {
    "en stock": PaloxState.IN_STOCK,
    "tri": PaloxState.SORTING,
    "lavage": PaloxState.WASHING,
    "point de collecte": PaloxState.STORE,
}


def palox_fields(row: Row, work: Work, numbers: dict[str, int]) -> dict[str, Any]:
    """Return what a row says of a palox. Raises RowRefused without a number, or for one that was there before."""
    number = normal(row.text("numero"))
    if not number or len(number) > LONGEST:
        raise RowRefused(_("numero: “%(text)s” is no number.") % {"text": shown(number)})
    if number.upper() in numbers:
        raise RowRefused(_("numero: “%(text)s” is also the number of row %(id)d.") % {"text": number, "id": numbers[number.upper()]})
    numbers[number.upper()] = row.id
    word = row.text("statut")
    state = STATES.get(word.lower(), PaloxState.IN_STOCK)
    if word and word.lower() not in STATES:
        row.bad("statut", _("“%(text)s” is not one of %(words)s; “en stock” is used.") % {"text": shown(word), "words": ", ".join(STATES)})
    wanted = row.optional("point_de_collecte_id", cells.identifier, None)
    place = place_of(work, wanted)
    if wanted is not None and place is None:
        row.bad("point_de_collecte_id", _("there is no place %(id)d. It is left out.") % {"id": wanted})
    if state == PaloxState.STORE and place is None:
        state = PaloxState.IN_STOCK
    return {
        "number": number,
        "model": row.text("model")[:60],
        "sorting_format": row.text("format_tri")[:60],
        "state": state.value,
        "store": place.pk if place else None,
    }


def import_paloxes(work: Work) -> None:
    """Read the paloxes: new ones are registered, changed ones seen again, those that are gone taken out of the network."""
    path = work.files.get(Table.PALOX)
    source = rows(path, f"{Table.PALOX}.csv", COLUMNS, work.report) if path else None
    if source is None:
        return
    work.tables.add(Table.PALOX)
    known = known_rows(work.source, Table.PALOX)
    here: set[int] = set()
    numbers: dict[str, int] = {}
    for row in source:
        try:
            fields = palox_fields(row, work, numbers)
        except RowRefused as refused:
            row.skip(str(refused))
            continue
        here.add(row.id)
        old = known.get(row.id)
        if old is not None and old.state == RowState.HERE and old.digest == digest_of(fields):
            work.report.count(Table.PALOX, "unchanged")
            continue
        palox = _write(work, row, fields, old)
        remember([_memory(work, row.id, fields, palox, old)])
        work.report.count(Table.PALOX, "changed" if old else "new")
    for row_id, old in known.items():
        if row_id not in here and old.state == RowState.HERE:
            scrap_palox(Palox.objects.get(pk=old.here), by=work.by, reason=work.gone)
            old.state = RowState.GONE
            remember([old])
            work.report.count(Table.PALOX, "gone")


def _memory(work: Work, row_id: int, fields: dict[str, Any], palox: Palox, old: LegacyRow | None) -> LegacyRow:
    version = old.version + 1 if old else 1
    return LegacyRow(
        source=work.source,
        table_name=Table.PALOX,
        row_id=row_id,
        digest=digest_of(fields),
        object_id=palox.pk,
        version=version,
        detail=fields,
    )


def _write(work: Work, row: Row, fields: dict[str, Any], old: LegacyRow | None) -> Palox:
    """Register a palox or bring it up to date; a number that is known here already is that palox."""
    palox = Palox.objects.filter(pk=old.here).first() if old else None
    palox = palox or find([fields["number"]]).get(fields["number"].upper())
    if palox is None:
        palox = Palox(source=work.source, source_id=str(row.id), created_at=min(_made(row, work), work.now))
        palox.number, palox.model, palox.sorting_format = fields["number"], fields["model"], fields["sorting_format"]
        palox.save()
    else:
        taken = find([fields["number"]]).get(fields["number"].upper())
        number = fields["number"] if taken is None or taken.pk == palox.pk else palox.number
        palox = describe_palox(palox, by=work.by, number=number, model=fields["model"], sorting_format=fields["sorting_format"])
    store = Store.objects.filter(pk=fields["store"]).first() if fields["store"] else None
    moved = old is None or old.state == RowState.GONE or any((old.detail or {}).get(name) != fields[name] for name in ("state", "store"))
    if moved:
        at = _made(row, work) if old is None else work.end_of_day
        return see(palox, fields["state"], store=store, at=min(at, work.now), key=uuid.uuid4(), by=work.by).palox
    return palox


def _made(row: Row, work: Work) -> dt.datetime:
    """Return since when the present tool knows the palox."""
    try:
        day = row.day("created_at")
    except RowRefused:
        day = None
    return noon_of(day) if day else work.end_of_day
