"""Facts that are later than everything the ledger knows of their places, written set by set.

Nothing recorded stands after such facts, so nothing has to be carried: each place is told forwards in time. In every
(place, container) two sums run from one pin to the next: the total since the last inventory, the full ones since the last
count of them. What a pin finds different from its sum is its movement. A test proves that the services write the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import connection, models

from crates.models import Count, Declaration, Inventory, Movement
from lincassable.legacy.columns import COUNT, DECLARATION, INVENTORY, MOVEMENT, STOP, STOP_LINE, plain_defaults
from lincassable.legacy.enums import CODES, Table
from lincassable.legacy.facts import FIRST_DECLARATION
from lincassable.legacy.known import Work
from lincassable.legacy.staging import STAGES
from lincassable.legacy.tours import TourDesk
from pickups.models import Stop, StopLine

CHUNK = 50_000  # movements per statement: the database remembers each row until its constraints are checked
# New rows by table: what is remembered of none.
_NEW = """
    NOT EXISTS (SELECT 1 FROM legacy_legacyrow AS r WHERE r.source = %(source)s AND r.table_name = '{table}' AND r.row_id = s.row_id)
"""
_NOON = "((s.day + time '12:00') AT TIME ZONE %(zone)s)"
_MIDNIGHT = "(s.day::timestamp AT TIME ZONE %(zone)s)"
# The moment of a row, and how rows of one moment follow each other.
MOMENTS = {
    Table.STOP: f"least({_NOON}, %(now)s)",
    Table.INVENTORY: _MIDNIGHT,
    Table.DECLARATION: f"{_MIDNIGHT} + interval '{FIRST_DECLARATION} ms' + s.clock * interval '1 us'",
}
_SERIALS = {Table.STOP: "pickups_stop", Table.INVENTORY: "crates_inventory", Table.DECLARATION: "crates_declaration"}


def count_moment(table: Table, day: dt.date, clock: int) -> dt.datetime:
    """Return the moment at which a count of that day stands; the same as `MOMENTS` says in SQL."""
    from lincassable.legacy.known import start_of

    if table == Table.INVENTORY:
        return start_of(day)
    return start_of(day) + dt.timedelta(milliseconds=FIRST_DECLARATION, microseconds=clock)


class Bulk:
    """One bulk write: `take` the new rows of each staged table, then `write` them all."""

    def __init__(self, work: Work, tables: list[Table]) -> None:
        self.work, self.tables = work, tables
        self.values: dict[str, Any] = {
            "source": work.source,
            "now": work.now,
            "today": work.today,
            "zone": settings.NETWORK_TIME_ZONE,
            "kinds": [work.kinds[code] for code in CODES],
        }

    def run(self, sql: str, **more: Any) -> list[tuple]:
        """Execute one statement with the import's values; return its rows, if any."""
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self.values, **more})
            return cursor.fetchall() if cursor.description else []

    def insert(self, model: type[models.Model], columns: dict[str, str], rows: str, **more: Any) -> None:
        """Write rows of a model by one statement.

        Arguments: columns, the SQL of each column that is told here; the others get the model's defaults, so that a new
        field needs nothing here. rows, what follows `SELECT …`. more, further values of the statement.
        """
        rest = plain_defaults(model, frozenset(columns))
        told = {**columns, **{name: f"%(rest_{name})s" for name in rest}}
        names = ", ".join(connection.ops.quote_name(name) for name in told)
        table = connection.ops.quote_name(model._meta.db_table)
        sql = f"INSERT INTO {table} ({names}) SELECT {', '.join(told.values())} {rows}"
        self.run(sql, **{f"rest_{name}": value for name, value in rest.items()}, **more)

    def take(self) -> None:
        """Set the new rows of every staged table apart, with their moment and their id here; late ones are marked."""
        for table in self.tables:
            name = f"{STAGES[table]}_new"
            self.run(f"DROP TABLE IF EXISTS {name}")
            self.run(
                f"""
                CREATE TEMP TABLE {name} ON COMMIT DROP AS
                SELECT s.*, {MOMENTS[table]} AS at, coalesce(s.day <= %(today)s, false) AS posted, false AS late,
                    NULL::bigint AS object_id
                FROM {STAGES[table]} AS s WHERE {_NEW.format(table=table.value)}
                """  # noqa: S608  the names are constants of this module
            )
        horizon = self._horizon()
        for table in self.tables:
            name = f"{STAGES[table]}_new"
            serial = f"nextval(pg_get_serial_sequence('{_SERIALS[table]}', 'id'))"
            self.run(f"UPDATE {name} SET late = true WHERE posted AND at <= %(horizon)s", horizon=horizon)  # noqa: S608
            self.run(f"UPDATE {name} SET object_id = {serial} WHERE posted AND NOT late")  # noqa: S608
            self.run(f"ANALYZE {name}")

    def _horizon(self) -> dt.datetime:
        """Return the last moment that the ledger knows anything of at the places of the new rows."""
        places = " UNION ".join(f"SELECT store_id FROM {STAGES[table]}_new WHERE posted" for table in self.tables)  # noqa: S608
        if Table.STOP in self.tables:
            places += " UNION SELECT hub_id FROM lg_stop_new WHERE posted AND hub_id IS NOT NULL"
        rows = self.run(
            f"""
            SELECT greatest(
                (SELECT max(last.at) FROM ({places}) AS place CROSS JOIN LATERAL
                    (SELECT max(e.occurred_at) AS at FROM crates_entry AS e WHERE e.store_id = place.store_id) AS last),
                (SELECT max(last.at) FROM ({places}) AS place CROSS JOIN LATERAL
                    (SELECT max(c.at) AS at FROM crates_count AS c WHERE c.store_id = place.store_id) AS last))
            """  # noqa: S608  the names are constants of this module
        )
        return rows[0][0] or dt.datetime(1900, 1, 1, tzinfo=dt.UTC)

    def write(self, desk: TourDesk) -> None:
        """Write everything that was taken and is not late: objects, counts, movements, entries."""
        self.run("SET CONSTRAINTS ALL IMMEDIATE")  # checked statement by statement, not remembered until the end
        if Table.STOP in self.tables:
            self._give_tours(desk)
            self._write_stops()
        if Table.INVENTORY in self.tables:
            self._write_inventories()
        if Table.DECLARATION in self.tables:
            self._write_declarations()
        self._order_events()
        self._write_counts()
        self._tell_lines()
        self._find_differences()
        self._write_ledger()
        self._remember()
        self.run("SET CONSTRAINTS ALL DEFERRED")

    def _give_tours(self, desk: TourDesk) -> None:
        """Give stops without a tour the one of their day and hub."""
        wanted = self.run(
            "SELECT day, hub_id, min(store_id) FROM lg_stop_new WHERE tour_id IS NULL AND object_id IS NOT NULL GROUP BY 1, 2"
        )
        given = desk.without_tour(wanted)
        if given:
            self.run(
                """
                UPDATE lg_stop_new AS s SET tour_id = g.tour_id
                FROM unnest(%(days)s::date[], %(hubs)s::bigint[], %(tours)s::bigint[]) AS g (day, hub_id, tour_id)
                WHERE s.tour_id IS NULL AND s.object_id IS NOT NULL AND s.day = g.day AND s.hub_id IS NOT DISTINCT FROM g.hub_id
                """,
                days=[day for day, _hub in given],
                hubs=[hub for _day, hub in given],
                tours=list(given.values()),
            )

    def _write_stops(self) -> None:
        self.insert(
            Stop,
            STOP,
            "FROM lg_stop_new WHERE object_id IS NOT NULL ORDER BY object_id",
        )
        # A figure below zero is a correction by hand: it is in the ledger, and no plan can hold it.
        self.insert(
            StopLine,
            STOP_LINE,
            """
            FROM lg_stop_new AS s CROSS JOIN unnest(%(kinds)s::bigint[]) WITH ORDINALITY AS kind (id, nth)
            CROSS JOIN LATERAL (SELECT s.numbers[2 * kind.nth - 1] AS f, s.numbers[2 * kind.nth] AS e) AS n
            WHERE object_id IS NOT NULL AND (n.f > 0 OR n.e > 0)
            """,
        )

    def _write_inventories(self) -> None:
        self.insert(Inventory, INVENTORY, "FROM lg_inventory_new WHERE object_id IS NOT NULL ORDER BY object_id")

    def _write_declarations(self) -> None:
        self.insert(Declaration, DECLARATION, "FROM lg_declaration_new WHERE object_id IS NOT NULL ORDER BY object_id")

    def _order_events(self) -> None:
        """Number all facts in the order of time; at one moment stops come first, then counts by their time and id."""
        clock = {Table.STOP: "0", Table.INVENTORY: "clock", Table.DECLARATION: "clock"}
        union = " UNION ALL ".join(
            f"SELECT {rank} AS rank, at, {clock[table]} AS clock, row_id, object_id, store_id FROM {STAGES[table]}_new"  # noqa: S608
            " WHERE object_id IS NOT NULL"
            for rank, table in enumerate((Table.STOP, Table.INVENTORY, Table.DECLARATION))
            if table in self.tables
        )
        self.run("DROP TABLE IF EXISTS lg_event")
        self.run(
            f"""
            CREATE TEMP TABLE lg_event ON COMMIT DROP AS
            SELECT *, nextval(pg_get_serial_sequence('crates_movement', 'id')) AS movement_id
            FROM (SELECT *, row_number() OVER (ORDER BY at, rank, clock, row_id) AS seq FROM ({union}) AS fact ORDER BY seq) AS told
            """  # noqa: S608  the names are constants of this module
        )
        self.run("CREATE UNIQUE INDEX ON lg_event (rank, object_id)")
        self.run("ANALYZE lg_event")

    def _write_counts(self) -> None:
        """Write the lines of counts, in the order of time: of one moment, the latest line holds."""
        for rank, table, owner in ((1, Table.INVENTORY, "inventory_id"), (2, Table.DECLARATION, "declaration_id")):
            if table not in self.tables:
                continue
            total_pins, full_pins = (
                ("true", "n.full_ones IS NOT NULL") if rank == 1 else ("false", "n.full_ones IS NOT NULL AND NOT s.keeps_stock")
            )
            self.insert(
                Count,
                {owner: "s.object_id", **COUNT, "pins_total": total_pins, "pins_full": full_pins},
                f"""
                FROM {STAGES[table]}_new AS s JOIN lg_event AS v ON v.rank = {rank} AND v.object_id = s.object_id
                CROSS JOIN unnest(%(kinds)s::bigint[]) WITH ORDINALITY AS kind (id, nth)
                CROSS JOIN LATERAL (SELECT s.numbers[2 * kind.nth - 1] AS total, s.numbers[2 * kind.nth] AS full_ones) AS n
                WHERE n.total IS NOT NULL OR n.full_ones IS NOT NULL OR (kind.nth = %(paloxes)s AND cardinality(s.fills) > 0)
                ORDER BY v.seq, kind.nth
                """,
                paloxes=CODES.index("palox") + 1,
            )

    def _tell_lines(self) -> None:
        """Lay down what each fact changes or pins at each (place, container): e and f of stops, total and full of counts."""
        self.run("DROP TABLE IF EXISTS lg_line")
        self.run(
            "CREATE TEMP TABLE lg_line (seq bigint, store_id bigint, kind_id bigint, e bigint, f bigint, total bigint, full_ones bigint)"
            " ON COMMIT DROP"
        )
        if Table.STOP in self.tables:
            for place, sign in (("store_id", -1), ("hub_id", 1)):
                self.run(
                    f"""
                    INSERT INTO lg_line
                    SELECT v.seq, s.{place}, kind.id, {-sign} * n.e, {sign} * n.f, NULL, NULL
                    FROM lg_stop_new AS s JOIN lg_event AS v ON v.rank = 0 AND v.object_id = s.object_id
                    CROSS JOIN unnest(%(kinds)s::bigint[]) WITH ORDINALITY AS kind (id, nth)
                    CROSS JOIN LATERAL (SELECT s.numbers[2 * kind.nth - 1] AS f, s.numbers[2 * kind.nth] AS e) AS n
                    WHERE (n.e <> 0 OR n.f <> 0) AND s.store_id IS DISTINCT FROM s.hub_id
                    """  # noqa: S608  the names are constants of this module
                )
        for rank, owner in ((1, "inventory_id"), (2, "declaration_id")):
            self.run(
                f"""
                INSERT INTO lg_line
                SELECT v.seq, c.store_id, c.container_type_id, 0, 0,
                    CASE WHEN c.pins_total THEN c.total END, CASE WHEN c.pins_full THEN c."full" END
                FROM lg_event AS v JOIN crates_count AS c ON c.{owner} = v.object_id
                WHERE v.rank = {rank} AND (c.pins_total OR c.pins_full)
                """  # noqa: S608  the names are constants of this module
            )
        self.run("ANALYZE lg_line")

    def _find_differences(self) -> None:
        """Work out what each pin finds different: its figure less the former pin's and all that moved in between."""
        parts = {}
        for pin, moved, start in (
            ("total", "e + f", "sum(b.quantity)"),
            ("full_ones", "f", "sum(b.quantity) FILTER (WHERE b.content = 'full')"),
        ):
            parts[pin] = f"""
                SELECT seq, store_id, kind_id, pinned - coalesce(lag(coalesce(pinned, start) + moved) OVER pair, start) AS change
                FROM (
                    SELECT g.store_id, g.kind_id, g.nth, max(g.{pin}) AS pinned, max(g.seq) FILTER (WHERE g.{pin} IS NOT NULL) AS seq,
                        sum(g.moved) AS moved, max(g.start) AS start
                    FROM (
                        SELECT l.store_id, l.kind_id, l.seq, l.{pin}, {moved} AS moved, coalesce(held.start, 0) AS start,
                            count(l.{pin}) OVER (PARTITION BY l.store_id, l.kind_id ORDER BY l.seq) AS nth
                        FROM lg_line AS l LEFT JOIN (
                            SELECT b.store_id, b.container_type_id, {start} AS start FROM crates_balance AS b GROUP BY 1, 2
                        ) AS held ON held.store_id = l.store_id AND held.container_type_id = l.kind_id
                        WHERE l.store_id IS NOT NULL
                    ) AS g GROUP BY 1, 2, 3
                ) AS spans WINDOW pair AS (PARTITION BY store_id, kind_id ORDER BY nth)
            """  # noqa: S608  the names are constants of this module
        self.run("DROP TABLE IF EXISTS lg_difference")
        self.run(
            f"""
            CREATE TEMP TABLE lg_difference ON COMMIT DROP AS
            SELECT seq, store_id, kind_id, sum(t) - sum(f) AS e, sum(f) AS f FROM (
                SELECT seq, store_id, kind_id, change AS t, 0 AS f FROM ({parts["total"]}) AS total WHERE seq IS NOT NULL
                UNION ALL
                SELECT seq, store_id, kind_id, 0, change FROM ({parts["full_ones"]}) AS full_ones WHERE seq IS NOT NULL
            ) AS change GROUP BY 1, 2, 3 HAVING sum(t) <> 0 OR sum(f) <> 0
            """  # noqa: S608  the names are constants of this module
        )

    def _write_ledger(self) -> None:
        """Write movements and entries, so many at a time; the entries of a movement always by one statement."""
        self.run("DROP TABLE IF EXISTS lg_entry")
        self.run(
            """
            CREATE TEMP TABLE lg_entry ON COMMIT DROP AS
            SELECT seq, store_id, kind_id, CASE WHEN side = 0 THEN 'empty' ELSE 'full' END AS content, quantity
            FROM (
                SELECT seq, store_id, kind_id, 0 AS side, e AS quantity FROM lg_line WHERE e <> 0
                UNION ALL SELECT seq, store_id, kind_id, 1, f FROM lg_line WHERE f <> 0
                UNION ALL SELECT seq, store_id, kind_id, 0, e FROM lg_difference WHERE e <> 0
                UNION ALL SELECT seq, store_id, kind_id, 1, f FROM lg_difference WHERE f <> 0
                UNION ALL SELECT seq, NULL, kind_id, 0, -e FROM lg_difference JOIN lg_event USING (seq) WHERE rank = 1 AND e <> 0
                UNION ALL SELECT seq, NULL, kind_id, 1, -f FROM lg_difference JOIN lg_event USING (seq) WHERE rank = 1 AND f <> 0
            ) AS line
            """
        )
        self.run("CREATE INDEX ON lg_entry (seq)")
        self.run("ANALYZE lg_entry")
        last = self.run("SELECT coalesce(max(seq), 0) FROM lg_event")[0][0]
        for start in range(0, last, CHUNK):
            self._write_chunk(start, start + CHUNK)

    def _write_chunk(self, after: int, up_to: int) -> None:
        self.insert(
            Movement,
            MOVEMENT,
            """
            FROM lg_event AS v
            WHERE seq > %(after)s AND seq <= %(up_to)s AND EXISTS (SELECT 1 FROM lg_entry AS e WHERE e.seq = v.seq)
            ORDER BY seq
            """,
            after=after,
            up_to=up_to,
        )
        self.run(
            """
            INSERT INTO crates_entry (movement_id, store_id, container_type_id, content, quantity, occurred_at)
            SELECT v.movement_id, e.store_id, e.kind_id, e.content, e.quantity, v.at
            FROM lg_entry AS e JOIN lg_event AS v ON v.seq = e.seq WHERE e.seq > %(after)s AND e.seq <= %(up_to)s ORDER BY e.seq
            """,
            after=after,
            up_to=up_to,
        )

    def _remember(self) -> None:
        """Remember what each row has become, and count them."""
        for table in self.tables:
            written = self.run(
                f"""
                WITH remembered AS (
                    INSERT INTO legacy_legacyrow (source, table_name, row_id, digest, state, object_id, version)
                    SELECT %(source)s, %(table)s, row_id, digest, 'here', object_id, 1
                    FROM {STAGES[table]}_new WHERE object_id IS NOT NULL ORDER BY row_id RETURNING 1
                ) SELECT count(*) FROM remembered
                """,  # noqa: S608  the names are constants of this module
                table=table.value,
            )
            self.work.report.count(table, "new", written[0][0])
