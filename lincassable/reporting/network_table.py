"""The full table that goes with the coordinators' week: every place of the stock board, as a spreadsheet.

Places are ranked once, then read `PLACES` at a time, and rows are written as they come: a large network needs little more memory than a
small one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lincassable.exporting import TYPES, XLSX, table_bytes
from lincassable.messaging.attachments import Attachment
from lincassable.reminders.people import batched
from lincassable.reporting.board_table import board_headers, place_rows
from lincassable.reporting.enums import PLACES
from lincassable.reporting.network import NetworkWeek
from lincassable.reporting.stock_board import Asked, board, ranked
from lincassable.reporting.stock_sql import Scope


def headers() -> list[str]:
    """Return the titles of the columns."""
    return [*board_headers(), _("full on")]


def rows(full_on: Mapping[int, date]) -> Iterator[list[Any]]:
    """Yield a row per place and container, the most urgent place first, each place once. full_on: see `NetworkWeek`."""
    for some in batched(ranked(), PLACES):
        for row in board(Asked(Scope(stores=tuple(some)), page=None)).rows:
            for line in place_rows(row):
                yield [*line, full_on.get(row.store_id)]


def network_table(report: NetworkWeek) -> Attachment:
    """Return the table as an XLSX file, in the language that is active."""
    content = table_bytes(headers(), rows(report.full_on), suffix=XLSX)
    return Attachment(f"stock-{report.week.label}.xlsx", TYPES[XLSX], content)
