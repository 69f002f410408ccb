"""The full table that goes with the coordinators' week: every place of the stock board, as a spreadsheet.

Places are read a page of the board at a time, and rows are written as they come: a large network needs no more memory than a small one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from lincassable.exporting import TYPES, XLSX, table_bytes
from lincassable.messaging.attachments import Attachment
from lincassable.reporting.board_table import board_headers, place_rows
from lincassable.reporting.enums import PLACES
from lincassable.reporting.network_queries import places
from lincassable.reporting.stock_board import Asked, board


def headers() -> list[str]:
    """Return the titles of the columns."""
    return [*board_headers(), _("full on")]


def rows() -> Iterator[list[Any]]:
    """Yield a row per place and container, the most urgent place first, each place once."""
    page, seen = 1, set[int]()
    while True:
        shown = board(Asked(page=page, size=PLACES))
        # A place whose urgency changes between two pages may come twice.
        for place in places([row for row in shown.rows if row.store_id not in seen]):
            seen.add(place.row.store_id)
            for line in place_rows(place.row):
                yield [*line, place.full_on]
        if page >= shown.pages:
            return
        page += 1


def network_table(week: str) -> Attachment:
    """Return the table as an XLSX file, in the language that is active. week: the label of the ISO week."""
    return Attachment(f"stock-{week}.xlsx", TYPES[XLSX], table_bytes(headers(), rows(), suffix=XLSX))
