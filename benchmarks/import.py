"""How fast a whole history comes in, against the fastest way its ledger rows could: PostgreSQL's own COPY.

    python benchmarks/import.py [--stores 1000] [--years 3]

It writes an export of the present tool into a temporary folder (per store and week two stops and four declarations, a count
every quarter, deposits every month: about a million lines for 1,000 stores and three years), then times, on a database of
its own:

- import: `import_legacy` of that folder, everything it does included, commit too;
- COPY: the resulting movement and entry rows put back into the same tables, emptied, with all triggers, indexes and
  constraints on, by one COPY each in one transaction.

The import also writes stores, tours, stops, counts, declarations, deposits and what it remembers of each row: COPY does not.
Target: at least 25 % of the speed of COPY, and a peak memory of the process under 500 MB. Fails when either is missed.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from own_database import own_database

TARGET_SPEED = 0.25
TARGET_MB = 500
HUBS = 3
LAST = dt.date(2025, 6, 30)
Row = list[object]


def spread(*numbers: int) -> int:
    """A number that looks drawn by lot, always the same for the same arguments."""
    mixed = 2166136261
    for number in numbers:
        mixed = ((mixed ^ number) * 16777619) & 0xFFFFFFFF
    return mixed >> 7


def points(stores: int) -> Iterator[Row]:
    """Hubs 1 to 3, then the stores from 101 on."""
    for number in (*range(1, HUBS + 1), *range(101, 101 + stores)):
        kind = "Massification" if number <= HUBS else "Magasin"
        mail = f'{{"p{number}@example.org"}}'
        yield [
            number,
            f"Place {number}",
            "13001",
            "Marseille",
            kind,
            "actif",
            43.3 + number % 97 / 300,
            5.4 + number % 89 / 300,
            mail,
            40,
            8,
            0,
        ]


def tours(weeks: int, stores: int) -> Iterator[Row]:
    """One tour per half week and twenty stores."""
    for half in range(weeks * 2):
        for group in range((stores + 19) // 20):
            yield [1 + half * ((stores + 19) // 20) + group, day_of(half, weeks), 1 + group % HUBS, 1, "Clôturé", "12 T", "240.50"]


def day_of(half: int, weeks: int) -> str:
    """The day of a half week; the last one is LAST."""
    return (LAST - dt.timedelta(days=(weeks * 7 - 1) - half * 7 // 2)).isoformat()


def stops(weeks: int, stores: int) -> Iterator[Row]:
    """Each store twice a week: full crates taken, as many empty ones left, give or take one."""
    groups = (stores + 19) // 20
    for half in range(weeks * 2):
        day = day_of(half, weeks)
        for index in range(stores):
            full, small = 4 + spread(half, index) % 9, spread(index, half) % 5
            group = index // 20
            yield [
                1 + half * stores + index, day, 101 + index, 1 + half * groups + group, 1 + group % HUBS, full, small, 0,
                full + spread(half, index, 1) % 3 - 1, small, 0,
            ]  # fmt: skip


def inventories(weeks: int, stores: int) -> Iterator[Row]:
    """Each place once a quarter."""
    number = 0
    for week in range(0, weeks, 13):
        day = (LAST - dt.timedelta(days=(weeks - week) * 7 - 1)).isoformat()
        for place in (*range(1, HUBS + 1), *range(101, 101 + stores)):
            number += 1
            hub = place <= HUBS
            yield [number, f"{day}T{8 + place % 9:02d}:30:00+00:00", place, 6000 if hub else 40, 2000 if hub else 8, 0, 200 if hub else ""]


def declarations(weeks: int, stores: int) -> Iterator[Row]:
    """Each store four times a week."""
    number = 0
    for quarter in range(weeks * 4):
        day = (LAST - dt.timedelta(days=(weeks * 7 - 1) - quarter * 7 // 4)).isoformat()
        for index in range(stores):
            number += 1
            yield [
                number,
                day,
                101 + index,
                "f",
                spread(quarter, index, 2) % 30,
                40,
                spread(quarter, index, 3) % 8 if index % 2 else "",
                "",
            ]


def deposits(weeks: int, stores: int) -> Iterator[Row]:
    """Each store every month."""
    first = (LAST - dt.timedelta(days=weeks * 7 - 1)).replace(day=1)
    for month in range(weeks * 12 // 52):
        day = dt.date(first.year + (first.month - 1 + month) // 12, (first.month - 1 + month) % 12 + 1, 1)
        for index in range(stores):
            yield [1 + month * stores + index, day.isoformat(), 101 + index, 200 + index % 90, 150, 40, 30]


def write_export(folder: Path, stores: int, weeks: int) -> int:
    """Write the export; return how many lines it has."""
    points_header = (
        "id,nom,adresse_code_postal,adresse_ville,type,statut,latitude,longitude,emails,stock_casiers_75,stock_casiers_33,stock_paloxs"
    )
    files: dict[str, tuple[str, Iterable[Row]]] = {
        "point_de_collecte": (points_header, points(stores)),
        "transporteur": ("id,nom,entrepot_id", [[1, "Transports Calanques", 1]]),
        "tournee": ("id,date,point_de_massification_id,transporteur_id,statut,type_de_vehicule,prix", tours(weeks, stores)),
        "collecte": (
            "id,date,point_de_collecte_id,tournee_id,point_de_massification_id,collecte_nb_casier_75_plein,collecte_nb_casier_33_plein,"
            "collecte_nb_palox_plein,livraison_nb_casier_75_vide,livraison_nb_casier_33_vide,livraison_nb_palox_vide",
            stops(weeks, stores),
        ),
        "inventaire": (
            "id,date,point_de_collecte_id,stock_casiers_75,stock_casiers_33,stock_paloxs,stock_casiers_75_plein",
            inventories(weeks, stores),
        ),
        "remplissage_contenants": (
            "id,date,point_de_collecte_id,demande_collecte,nb_casiers_plein,nb_casiers_total,nb_casiers_33_plein,nb_casiers_33_total",
            declarations(weeks, stores),
        ),
        "consigne": ("id,date,point_de_collecte_id,consigne,deconsigne,consigne_20,deconsigne_20", deposits(weeks, stores)),
    }
    lines = 0
    for name, (header, rows) in files.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            file.write(header + "\n")
            writer = csv.writer(file)
            for row in rows:
                writer.writerow(row)
                lines += 1
    return lines


def timed_import(folder: Path) -> float:
    """Import the folder; return the seconds it took."""
    from lincassable.legacy.reading import open_export
    from lincassable.legacy.services import import_legacy

    start = time.perf_counter()
    at = dt.datetime.combine(LAST, dt.time(23, 59, 59), dt.UTC)
    report = import_legacy(open_export(folder), source="bench", at=at - dt.timedelta(hours=2))
    seconds = time.perf_counter() - start
    if report.bad_rows:
        sys.exit(f"the export should be clean: {report.problems[0]}")
    return seconds


def timed_copy(folder: Path) -> tuple[float, int, int]:
    """Put the ledger's rows back by COPY; return the seconds, and how many movements and entries there are."""
    from django.db import connection, transaction

    tables = ("crates_movement", "crates_entry")
    counts = []
    with connection.cursor() as cursor:
        for table in tables:
            with (folder / table).open("wb") as file, cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT") as copy:
                for block in copy:
                    file.write(block)
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts.append(cursor.fetchone()[0])
        cursor.execute("SET lincassable.allow_truncate = 'on'")
        cursor.execute("TRUNCATE crates_balance, crates_entry, crates_movement CASCADE")
        cursor.execute("RESET lincassable.allow_truncate")
        cursor.execute("CHECKPOINT")
        start = time.perf_counter()
        with transaction.atomic():
            for table in tables:
                with (folder / table).open("rb") as file, cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    while block := file.read(1 << 20):
                        copy.write(block)
        return time.perf_counter() - start, counts[0], counts[1]


def main() -> None:
    """Write the export, import it, put its ledger back by COPY, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=1000)
    parser.add_argument("--years", type=float, default=3)
    options = parser.parse_args()
    weeks = round(options.years * 52)
    with tempfile.TemporaryDirectory() as name, own_database("lincassable_bench_import"):
        folder = Path(name)
        lines = write_export(folder, options.stores, weeks)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        seconds = timed_import(folder)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        from crates.check import check_ledger

        wrong = check_ledger()
        copy_seconds, movements, entries = timed_copy(folder)
    speed = copy_seconds / seconds
    print(f"{lines:,} lines: {movements:,} movements, {entries:,} entries")
    print(f"import {seconds:.1f} s ({lines / seconds:,.0f} lines/s) · COPY of the ledger rows {copy_seconds:.1f} s")
    print(f"speed of the import: {speed:.0%} of COPY (target: at least {TARGET_SPEED:.0%})")
    print(f"peak memory: {peak} MB, {before} MB before the import (target: under {TARGET_MB} MB)")
    print("ledger: " + ("holds" if not wrong else wrong[0]))
    if speed < TARGET_SPEED or peak >= TARGET_MB or wrong:
        sys.exit("target missed")


if __name__ == "__main__":
    main()
