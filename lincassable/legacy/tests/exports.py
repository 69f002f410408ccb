"""Small exports of the present tool, and its rules worked out the slow way from the rows alone.

Nothing here knows of movements, pins or digests: an export is lists of rows, `stock` reads them as the tool does.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
HUB, SORTING = 1, 2
CODES = ("75", "33", "palox")
TOTALS = {"75": "stock_casiers_75", "33": "stock_casiers_33", "palox": "stock_paloxs"}
TAKEN = {"75": "collecte_nb_casier_75_plein", "33": "collecte_nb_casier_33_plein", "palox": "collecte_nb_palox_plein"}
LEFT = {"75": "livraison_nb_casier_75_vide", "33": "livraison_nb_casier_33_vide", "palox": "livraison_nb_palox_vide"}
Rows = tuple[dict, ...]


@dataclass(frozen=True)
class Export:
    """The rows of an export, by table. Points have ids; 1 is a hub, 2 a sorting centre."""

    points: Rows = ()
    stops: Rows = ()
    inventories: Rows = ()
    declarations: Rows = ()
    tours: Rows = ()
    deposits: Rows = ()
    paloxes: Rows = ()
    zones: Rows = field(default=({"id": 1, "nom": "Aix"},))
    carriers: Rows = field(default=({"id": 1, "nom": "Vélo Durance", "entrepot_id": HUB, "cyke_connexion": "true"},))

    def tables(self) -> dict[str, Rows]:
        return {
            "zone_de_collecte": self.zones,
            "point_de_collecte": self.points,
            "transporteur": self.carriers,
            "tournee": self.tours,
            "collecte": self.stops,
            "inventaire": self.inventories,
            "remplissage_contenants": self.declarations,
            "consigne": self.deposits,
            "palox": self.paloxes,
        }

    def write(self, folder: Path, *, only: tuple[str, ...] | None = None, encoding: str = "utf-8", delimiter: str = ",") -> Path:
        """Write the tables as CSV; a table without rows is a bare header."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables().items():
            if only is not None and name not in only:
                continue
            columns = list(dict.fromkeys(column for row in rows for column in row)) or ["id"]
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
            writer.writeheader()
            writer.writerows(rows)
            (folder / f"{name}.csv").write_bytes(text.getvalue().encode(encoding))
        return folder

    def with_(self, **tables: Rows) -> Export:
        return replace(self, **tables)


def point(row_id: int, *, kind: str = "Magasin", stock: tuple[int, int, int] = (0, 0, 0), **more: object) -> dict:
    """A collection point with the figures that the tool shows for it."""
    return {
        "id": row_id,
        "nom": f"Point {row_id}",
        "adresse_ville": "Aix-en-Provence",
        "latitude": 43.5 + row_id / 1000,
        "longitude": 5.4,
        "type": {HUB: "Massification", SORTING: "Tri"}.get(row_id, kind),
        "statut": "actif",
        "zone_de_collecte_id": 1,
        "contenant_collecte_types": "{casier_x12,casier_x24,palox}",
        **{TOTALS[code]: number for code, number in zip(CODES, stock, strict=True)},
        **more,
    }


def stop(
    row_id: int, store: int, day: str, taken: tuple = (0, 0, 0), left: tuple = (0, 0, 0), hub: int | str = HUB, **more: object
) -> dict:
    """A stop; an empty day is none."""
    return {
        "id": row_id,
        "date": day,
        "point_de_collecte_id": store,
        "point_de_massification_id": hub,
        "tournee_id": "",
        **{TAKEN[code]: number for code, number in zip(CODES, taken, strict=True)},
        **{LEFT[code]: number for code, number in zip(CODES, left, strict=True)},
        **more,
    }


def inventory(row_id: int, store: int, date: str, totals: tuple = (0, 0, 0), full: tuple = ("", "", "")) -> dict:
    """A count."""
    return {
        "id": row_id,
        "date": date,
        "point_de_collecte_id": store,
        **{TOTALS[code]: number for code, number in zip(CODES, totals, strict=True)},
        **{f"{TOTALS[code]}_plein": number for code, number in zip(CODES, full, strict=True)},
    }


def declaration(row_id: int, store: int, date: str, full: object = "", total: object = "", **more: object) -> dict:
    """What staff said."""
    return {
        "id": row_id,
        "date": date,
        "point_de_collecte_id": store,
        "demande_collecte": "f",
        "nb_casiers_plein": full,
        "nb_casiers_total": total,
        **more,
    }


def local_day(text: str) -> dt.date:
    """The day in Paris of a date or a time with a zone."""
    return dt.date.fromisoformat(text) if len(text) == 10 else dt.datetime.fromisoformat(text).astimezone(PARIS).date()


def stock(export: Export, day: dt.date) -> dict[tuple[int, str], tuple[int, int | None]]:
    """What the tool shows on `day`: (total, full) by (point, container); full None where it keeps no count of them.

    Points without an inventory are left out: they show their columns.
    """
    shown: dict[tuple[int, str], tuple[int, int | None]] = {}
    kinds = {row["id"]: row["type"] for row in export.points}
    for row_id, kind in kinds.items():
        counts = [row for row in export.inventories if row["point_de_collecte_id"] == row_id and local_day(row["date"]) <= day]
        if not counts:
            continue
        last = max(counts, key=lambda row: (local_day(row["date"]), _time(row["date"]), row["id"]))
        since = [row for row in export.stops if row["date"] and local_day(last["date"]) <= local_day(row["date"]) <= day]
        for code in CODES:
            total = int(last[TOTALS[code]] or 0)
            full = int(last[f"{TOTALS[code]}_plein"] or 0)
            for row in since:
                for column, sign in (("point_de_collecte_id", -1), ("point_de_massification_id", 1)):
                    if row[column] == row_id:
                        total += sign * (int(row[TAKEN[code]]) - int(row[LEFT[code]]))
                        full += sign * int(row[TAKEN[code]])
            shown[row_id, code] = (total, max(0, full) if kind in ("Massification", "Tri") else None)
    return shown


def _time(text: str) -> dt.time:
    return dt.time() if len(text) == 10 else dt.datetime.fromisoformat(text).astimezone(PARIS).time()
