"""Zones and collection points: what a row says, and how it becomes a store with its contacts and containers."""

from __future__ import annotations

import math
import re
import statistics
from decimal import Decimal
from typing import Any

import opening_hours
from django.utils.translation import gettext as _

from lincassable.legacy import cells
from lincassable.legacy.cells import CellRefused
from lincassable.legacy.enums import CODES, STOCK_COLUMNS
from lincassable.legacy.rows import Row, RowRefused
from stores.enums import Kind, Status
from stores.models import Store

COLUMNS = frozenset(
    [
        "id",
        "nom",
        "adresse",
        "adresse_numero",
        "adresse_rue",
        "adresse_code_postal",
        "adresse_ville",
        "latitude",
        "longitude",
        "type",
        "statut",
        "setup_date",
        "zone_de_collecte_id",
        "collecte_par_id",
        "contacts",
        "emails",
        "emails_consigne",
        "telephones",
        "horaires",
        "info",
        "consigne",
        "previsible",
        "contenant_collecte_types",
        "stock_casiers_75",
        "stock_casiers_75_plein",
        "stock_casiers_75_tampon",
        "stock_casiers_33",
        "stock_casiers_33_plein",
        "stock_casiers_33_tampon",
        "stock_paloxs",
        "stock_paloxs_plein",
        "created_at",
    ]
)
KINDS = {"magasin": Kind.SHOP, "producteur": Kind.PRODUCER, "massification": Kind.HUB, "tri": Kind.SORTING}
STATUSES = {"actif": Status.ACTIVE, "archive": Status.ARCHIVED, "archivé": Status.ARCHIVED}
CONTAINERS = {"casier_x12": "75", "casier_x24": "33", "palox": "palox"}
FARTHEST_KM = 1000  # from the middle of the network; farther is a slip in a coordinate
_RANGE = re.compile(r"(\d{1,2})\s*[hH:]\s*(\d{2})?\s*(?:-|–|à)\s*(\d{1,2})\s*[hH:]\s*(\d{2})?")
_POSTCODE_TOWN = re.compile(r"\b(\d{5})\s+([^,]+)")


def point_fields(row: Row) -> dict[str, Any]:
    """Return what a row says of a place, ready for JSON; references stay ids of the present tool. Never refuses."""
    name = row.name("nom", 160)
    if not name:
        row.bad("nom", _("it has no name."))
        name = _("Place %(id)d") % {"id": row.id}
    fields: dict[str, Any] = {
        "name": name,
        "kind": _one_of(row, "type", KINDS, Kind.SHOP).value,
        "status": _one_of(row, "statut", STATUSES, Status.ACTIVE).value,
        **_address(row),
        **_position(row),
        **_hours_and_notes(row),
        "zone": row.optional("zone_de_collecte_id", cells.identifier, None),
        "through": row.optional("collecte_par_id", cells.identifier, None),
        "since": _since(row),
        "containers": _containers(row),
        "people": _people(row),
    }
    return fields


def _one_of(row: Row, column: str, words: dict[str, Any], default: Any) -> Any:
    text = row.text(column)
    found = words.get(text.lower())
    if found is None and text:
        sentence = _("“%(text)s” is not one of %(words)s; “%(default)s” is used.")
        default_word = next(word for word, value in words.items() if value == default)
        row.bad(column, sentence % {"text": cells.shown(text), "words": ", ".join(words), "default": default_word})
    return found or default


def _address(row: Row) -> dict[str, str]:
    """Return street, postcode and town: from their own columns, else from the address in one line."""
    whole, postcode, city = row.text("adresse"), row.text("adresse_code_postal"), row.text("adresse_ville")
    street = " ".join(part for part in (row.text("adresse_numero"), row.text("adresse_rue")) if part)
    inline = _POSTCODE_TOWN.search(whole)
    if inline:
        postcode, city = postcode or inline[1], city or inline[2].strip()
        street = street or whole[: inline.start()].strip(" ,")
    parts = [part.strip() for part in whole.split(",") if part.strip()]
    if len(parts) > 1 and parts[-1].lower() == "france":
        parts.pop()
    street = street or ", ".join(parts[:-1])
    city = city or (parts[-1] if parts else "–")
    if postcode and not re.fullmatch(r"[0-9A-Za-z -]{3,10}", postcode):
        row.bad("adresse_code_postal", _("“%(text)s” is not a postcode. It is left out.") % {"text": cells.shown(postcode)})
        postcode = ""
    return {"street": street[:200], "postcode": postcode, "city": city[:120]}


def _position(row: Row) -> dict[str, str | None]:
    """Return latitude and longitude in degrees, as text with six decimals; None for both when they cannot be used."""
    found: list[Decimal] = []
    for column, most in (("latitude", 90), ("longitude", 180)):
        try:
            number = cells.decimal(row.raw(column))
            if number is None:
                raise CellRefused(_("missing coordinates: it has no place on the map."))
            if abs(number) > most:
                raise CellRefused(_("“%(text)s” lies beyond %(most)d degrees: no place on the map.") % {"text": number, "most": most})
            if "," in row.raw(column):
                row.warn(_("%(column)s: “%(text)s” is written with a comma.") % {"column": column, "text": row.raw(column)})
            found.append(number)
        except CellRefused as refused:
            row.bad(column, str(refused))
            return {"latitude": None, "longitude": None}
    return {"latitude": f"{found[0]:.6f}", "longitude": f"{found[1]:.6f}"}


def _hours_and_notes(row: Row) -> dict[str, str]:
    hours, notes = row.text("horaires"), [row.text("info")]
    ranges = _RANGE.findall(hours)
    written = ",".join(f"{int(a):02d}:{b or '00'}-{int(c):02d}:{d or '00'}" for a, b, c, d in ranges)
    if hours and opening_hours.validate(hours):
        written = hours
    elif hours and (_RANGE.sub("", hours).strip(" ,;/et") or not opening_hours.validate(written)):
        row.warn(_("horaires: “%(text)s” is kept in the notes for drivers, as text.") % {"text": cells.shown(hours)})
        notes.append(f"Horaires : {hours}")
        written = ""
    return {"opening_hours": written[:400], "access_notes": "\n".join(note for note in notes if note)}


def _since(row: Row) -> str | None:
    """Return the day the place joined, ISO."""
    for column in ("setup_date", "created_at"):
        try:
            day = row.day(column)
        except RowRefused as refused:
            row.bad(column, str(refused).removeprefix(f"{column}: "))
            continue
        if day:
            return day.isoformat()
    return None


def _containers(row: Row) -> dict[str, int]:
    """Return the containers that the place uses, by code, with their buffers."""
    used: dict[str, int] = {}
    for word in row.words("contenant_collecte_types"):
        code = CONTAINERS.get(word.lower())
        if code is None:
            row.bad("contenant_collecte_types", _("“%(text)s” is no container that is known here.") % {"text": cells.shown(word)})
        else:
            used[code] = 0
    for code in CODES:
        total, _full, column = STOCK_COLUMNS[code]
        buffer = (row.optional(column, cells.whole, None) or 0) if column else 0
        if buffer < 0:
            row.bad(column, _("%(number)d cannot be a buffer. It is left out.") % {"number": buffer})
        elif buffer:
            used[code] = buffer
            _compare_buffer(row, column, buffer, total)
    return used


def _compare_buffer(row: Row, column: str, buffer: int, total: str) -> None:
    try:
        stock = cells.whole(row.raw(total))
    except CellRefused:
        return  # told with the figures
    if stock is not None and buffer > max(stock, 0):
        sentence = _("%(column)s: a buffer of %(buffer)d, but only %(stock)d there.")
        row.warn(sentence % {"column": column, "buffer": buffer, "stock": stock})


def _people(row: Row) -> list[list[Any]]:
    """Return [name, e-mail, phone, asked for deposits] for each person; the lists of the present tool run side by side."""
    names, phones = row.words("contacts"), row.words("telephones")
    mails, deposits = row.words("emails"), row.words("emails_consigne")
    people: list[list[Any]] = []
    for index in range(max(len(names), len(phones), len(mails))):
        people.append([*(items[index] if index < len(items) else "" for items in (names, mails, phones)), False])
    for mail in deposits:
        same = next((person for person in people if person[1].casefold() == mail.casefold()), None)
        if same is None:
            people.append(["", mail, "", True])
        else:
            same[3] = True
    return [[cells.repaired(text)[0] if isinstance(text, str) else text for text in person] for person in people]


def point_figures(row: Row) -> dict[str, list[int | None]]:
    """Return what the point's own stock columns say: code -> [total, full or None]; what is missing is 0."""
    figures: dict[str, list[int | None]] = {}
    for code in CODES:
        total_column, full_column, _buffer = STOCK_COLUMNS[code]
        total = row.optional(total_column, cells.whole, None) or 0
        if total < 0:
            row.warn(_("%(column)s: %(number)d, fewer than none.") % {"column": total_column, "number": total})
        figures[code] = [total, row.optional(full_column, cells.whole, None)]
    return figures


def leave_out_far_positions(found: dict[int, tuple[Row, dict[str, Any]]]) -> None:
    """Leave out the coordinates that lie absurdly far from all the others: digits swapped, or the two exchanged."""
    placed = [(row, fields) for row, fields in found.values() if fields["latitude"] is not None]
    if len(placed) < 3:
        return
    middle = [statistics.median(float(fields[axis]) for _row, fields in placed) for axis in ("latitude", "longitude")]
    for row, fields in placed:
        km = _distance_km(middle, [float(fields["latitude"]), float(fields["longitude"])])
        if km > FARTHEST_KM:
            row.bad("latitude, longitude", _("%(km)d km from the middle of the network: no place on the map.") % {"km": km})
            fields["latitude"] = fields["longitude"] = None


def _distance_km(one: list[float], other: list[float]) -> float:
    """Return the distance over the globe (haversine formula, mean radius 6,371 km)."""
    (lat1, lon1), (lat2, lon2) = (map(math.radians, one)), (map(math.radians, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * math.asin(min(1, math.sqrt(half)))


# The fields of Store that a row sets directly.
STORE_FIELDS = ("name", "kind", "status", "street", "postcode", "city", "latitude", "longitude", "opening_hours", "access_notes")


def store_values(fields: dict[str, Any], names: tuple[str, ...] = STORE_FIELDS) -> dict[str, Any]:
    """Return the values of a store's own fields, as the model has them."""
    values = {name: fields[name] for name in names}
    for axis in ("latitude", "longitude"):
        if values.get(axis) is not None:
            values[axis] = Decimal(values[axis])
    return values


def unsaved_store(fields: dict[str, Any], source: str, row_id: int) -> Store:
    """Return the store that a new row becomes."""
    return Store(**store_values(fields), source=source, source_id=str(row_id))
