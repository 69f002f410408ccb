"""Stops, inventories and declarations: what a row says, with its references resolved, ready to be staged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from lincassable.legacy import cells
from lincassable.legacy.cells import CellRefused
from lincassable.legacy.enums import CODES, STOCK_COLUMNS, STOP_COLUMNS, Table
from lincassable.legacy.known import Place, Work, place_of
from lincassable.legacy.rows import Row, RowRefused, digest

Numbers = list[int | None]  # a list: the database reads it as an array
FIRST_DECLARATION = 1000  # ms after the day began: declarations stand after the inventories of their day, before its stops

MANY = 10_000  # containers at one stop that make somebody look twice: more than ten of the largest trucks hold

STOP_EXTRAS = (
    ("collecte_nb_fut_vide", "fûts vides repris"),
    ("livraison_nb_fut_vide", "fûts vides livrés"),
    ("collecte_nb_palette_bouteille", "palettes de bouteilles reprises"),
    ("livraison_nb_palette_bouteille", "palettes de bouteilles livrées"),
    ("collecte_nb_palette_vide", "palettes vides reprises"),
    ("livraison_nb_palette_vide", "palettes vides livrées"),
)
STOP_COLUMNS_KNOWN = frozenset(
    {
        "id", "date", "point_de_collecte_id", "point_de_massification_id", "tournee_id", "creneau_horaire_debut", "creneau_horaire_fin",
        "collecte_nb_bouteilles", "chargement_retour", "cyke_id", "created_at",
        *(column for pair in STOP_COLUMNS.values() for column in pair), *(column for column, _word in STOP_EXTRAS),
    }
)  # fmt: skip
INVENTORY_COLUMNS = frozenset({"id", "date", "point_de_collecte_id", *(c for columns in STOCK_COLUMNS.values() for c in columns[:2])})
DECLARATION_COLUMNS = frozenset(
    [
        "id",
        "date",
        "point_de_collecte_id",
        "demande_collecte",
        "nb_casiers_plein",
        "nb_casiers_total",
        "nb_casiers_33_plein",
        "nb_casiers_33_total",
        "remplissage_palox",
        "remplissage_palox_2",
    ]
)


class StopFact(NamedTuple):
    """A stop as it is staged. `numbers` are full taken and empty left per container, in the order of CODES."""

    row_id: int
    digest: Any
    store_id: int
    hub_id: int | None
    tour_id: int | None
    day: dt.date | None
    numbers: Numbers
    note: str
    window_start: dt.time | None
    window_end: dt.time | None


class CountFact(NamedTuple):
    """An inventory or a declaration as it is staged.

    `clock` orders counts of one day (ms since the day began); `numbers` are total and full per container, in the order of
    CODES; `fills` the fill of each palox (%), for declarations.
    """

    row_id: int
    digest: Any
    store_id: int
    keeps_stock: bool
    day: dt.date | None
    clock: int
    numbers: Numbers
    fills: list[int]
    wants_pickup: bool


def stop_fact(row: Row, work: Work) -> StopFact:
    """Return what a stop's row says. Raises RowRefused when it cannot be used."""
    store = _needed_place(row, work)
    hub_id = row.optional("point_de_massification_id", cells.identifier, None)
    hub = place_of(work, hub_id)
    if hub_id is not None and hub is None:
        row.bad("point_de_massification_id", _("there is no place %(id)d: nothing is written at a hub.") % {"id": hub_id})
    tour_id = row.optional("tournee_id", cells.identifier, None)
    tour = work.tours.get(tour_id) if tour_id is not None else None
    if tour_id is not None and tour is None and (work.tours or Table.TOUR in work.tables):
        row.bad("tournee_id", _("there is no tour %(id)d: the stop is kept without it.") % {"id": tour_id})
    day = row.day("date")
    if day is None:
        row.warn(_("date: this stop has no day, so it counts nowhere."))
    numbers: list[int] = [row.number(column) for code in CODES for column in STOP_COLUMNS[code]]
    if min(numbers) < 0:
        row.warn(_("a negative quantity (%(numbers)s): a correction by hand, imported as such.") % {"numbers": _negative(row)})
    if max(numbers) >= MANY:
        row.warn(_("%(number)d containers at one stop: imported, but have a look.") % {"number": max(numbers)})
    note = _stop_note(row)
    start, end = _window(row)
    hub_pk = hub.pk if hub else None
    return StopFact(
        row.id, digest(store.pk, hub_pk, tour, day, numbers, note, start, end), store.pk, hub_pk, tour, day, list(numbers), note, start, end
    )


def _needed_place(row: Row, work: Work) -> Place:
    found = row.reference("point_de_collecte_id")
    if found is None:
        raise RowRefused(_("point_de_collecte_id: it names no place."))
    place = place_of(work, found)
    if place is None:
        raise RowRefused(_("point_de_collecte_id: there is no place %(id)d.") % {"id": found})
    return place


def _negative(row: Row) -> str:
    columns = [column for code in CODES for column in STOP_COLUMNS[code]]
    return ", ".join(f"{column} {row.number(column)}" for column in columns if row.number(column) < 0)


def _stop_note(row: Row) -> str:
    """Return what the ledger does not count (kegs, pallets, bottles that are no whole crates) in words; odd cells are told."""
    parts = []
    for column, word in STOP_EXTRAS:
        index = row.sheet.columns.get(column)
        if index is not None and row.raw(column) not in ("", "0"):
            number = row.optional(column, cells.whole, None)
            if number:
                parts.append(f"{number} {word}")
    text = row.raw("collecte_nb_bouteilles")
    if text and not text.isdigit():
        number = row.optional("collecte_nb_bouteilles", cells.whole, None)
        if number is not None:
            row.warn(_("collecte_nb_bouteilles: “%(text)s” is read as %(number)d.") % {"text": text, "number": number})
    return ", ".join(parts)[:250]


def _window(row: Row) -> tuple[dt.time | None, dt.time | None]:
    start, end = (row.optional(column, cells.clock, None) for column in ("creneau_horaire_debut", "creneau_horaire_fin"))
    if start and end and start >= end:
        row.warn(_("creneau_horaire: it ends before it begins. It is left out."))
        return None, None
    return start, end


def inventory_fact(row: Row, work: Work) -> CountFact:
    """Return what an inventory's row says; what is missing counts as 0. Raises RowRefused when it cannot be used."""
    place = _needed_place(row, work)
    when = row.moment("date")
    if when is None:
        raise RowRefused(_("date: it has no day."))
    numbers: list[int | None] = []
    for code in CODES:
        total_column, full_column, _buffer = STOCK_COLUMNS[code]
        total, full = row.number_or_none(total_column), row.number_or_none(full_column)
        if total is None and total_column in row.sheet.columns:
            row.warn(_("%(column)s: nothing was counted; it stands for 0.") % {"column": total_column})
        if (total or 0) < 0 or (full or 0) < 0:
            row.warn(_("%(column)s: a negative quantity, imported as such.") % {"column": total_column})
        numbers += [total or 0, 0 if full is None and place.keeps_stock else full]
    day, clock = when
    return _count(row.id, place, day, clock, numbers, [], False)


def _count(row_id: int, place: Place, day: dt.date, clock: int, numbers: Numbers, fills: list[int], wants_pickup: bool) -> CountFact:
    """Return a count with its digest, which is of everything but the id."""
    known = digest(place.pk, place.keeps_stock, day, clock, numbers, fills, wants_pickup)
    return CountFact(row_id, known, place.pk, place.keeps_stock, day, clock, numbers, fills, wants_pickup)


def declaration_fact(row: Row, work: Work) -> CountFact:
    """Return what a declaration's row says. Raises RowRefused when it cannot be used."""
    place = _needed_place(row, work)
    when = row.moment("date")
    if when is None:
        raise RowRefused(_("date: it has no day."))
    numbers: list[int | None] = []
    for total_column, full_column in (("nb_casiers_total", "nb_casiers_plein"), ("nb_casiers_33_total", "nb_casiers_33_plein")):
        total, full = row.number_or_none(total_column), row.number_or_none(full_column)
        if total is not None and full is not None and full > total:
            row.warn(
                _("%(column)s: %(full)d full of %(total)d, more than there are.") % {"column": full_column, "full": full, "total": total}
            )
        if (total or 0) < 0 or (full or 0) < 0:
            row.warn(_("%(column)s: a negative quantity, imported as such.") % {"column": full_column})
        numbers += [total, full]
    fills = _fills(row)
    numbers += [None, sum(1 for fill in fills if fill >= 100) if fills else None]
    day, clock = when
    return _count(row.id, place, day, clock, numbers, fills, row.optional("demande_collecte", cells.truth, False))


def _fills(row: Row) -> list[int]:
    """Return how full each palox is, in %; what cannot be is told and left out."""
    fills = []
    for column in ("remplissage_palox", "remplissage_palox_2"):
        text = row.raw(column)
        if not text:
            continue
        fill = row.optional(column, _percent, None)
        if fill is not None:
            fills.append(fill)
    return fills


def _percent(text: str) -> int | None:
    fill = cells.whole(text.removesuffix("%"))
    if fill is not None and not 0 <= fill <= 100:
        raise CellRefused(_("a palox cannot be %(number)d %% full.") % {"number": fill})
    return fill


Reader = Callable[[Row, Work], Any]
READERS: dict[Table, tuple[Reader, frozenset[str]]] = {
    Table.STOP: (stop_fact, STOP_COLUMNS_KNOWN),
    Table.INVENTORY: (inventory_fact, INVENTORY_COLUMNS),
    Table.DECLARATION: (declaration_fact, DECLARATION_COLUMNS),
}
